package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"holdfast/internal/backup"
	"holdfast/internal/failure"
	"holdfast/internal/message"
)

// tried is the JSON result of notify test: what became of a test at one of the
// policy's notifications.
type tried struct {
	To string `json:"to"`
	// Outcome is that of the delivery, "refused", or "waiting" where it goes on.
	Outcome string `json:"outcome"`
	Answer  string `json:"answer,omitempty"` // how it was taken, or what stands in its way
}

// The outcomes of a test that was not taken.
const (
	triedRefused = "refused"
	triedWaiting = "waiting"
)

func newNotifyTest(a *app) *cobra.Command {
	var in message.NoteInput
	cmd := &cobra.Command{
		Use:   "test POLICY [NAME]",
		Short: "Announce a test to a policy's notifications",
		Long: `Announce a test to all of a policy's notifications, or to the one of that name,
and tell how each takes it. Nothing is to be done about a test. One that is not
taken within --timeout goes on being tried for three days.

Exit codes: 0 all have taken it, 1 one has not.`,
		Example: "  holdfast notify test jira-acme\n" +
			"  holdfast notify test jira-acme ops --timeout 20s",
		ValidArgsFunction: a.complete(completePolicies),
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) < 1 || len(args) > 2 {
				return usagef("%q takes one POLICY and at most one NAME; %d were given", cmd.CommandPath(), len(args))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 {
				in.To = args[1]
			}
			return a.notifyTest(cmd.Context(), args[0], in)
		},
	}
	addNote(cmd, &in.Text, &in.By, "what the test says", "who tests")
	return cmd
}

func (a *app) notifyTest(ctx context.Context, policyID string, in message.NoteInput) error {
	c, err := a.dial(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	view, err := a.lookAt(ctx, c, policyID)
	if err != nil {
		return err
	}
	asking, cancel := a.call(ctx)
	defer cancel()
	notice, err := message.TestNotify.Call(asking, c, message.PolicyID(policyID), in)
	if err != nil {
		return explain("test the notifications of policy "+policyID, err)
	}
	names := view.Policy.Notify
	if in.To != "" {
		names = []string{in.To}
	}
	all := make([]tried, 0, len(names))
	good := true
	for _, name := range names {
		stop := a.tellWaiting(asking, c, message.NotificationID(notice, name), "tell "+name, name)
		t := awaitNotification(asking, c, notice, name)
		stop()
		good = good && t.Outcome == string(message.Delivered)
		all = append(all, t)
	}
	if ctx.Err() != nil {
		return explain("test the notifications of policy "+policyID, ctx.Err())
	}
	err = a.print(all, func(w io.Writer) {
		row(w, "NOTIFICATION", "OUTCOME", "ANSWER")
		for _, t := range all {
			row(w, t.To, t.Outcome, t.Answer)
		}
	})
	if err == nil && !good {
		return outcomeOf(backup.Failed) // it is said already
	}
	return err
}

// awaitNotification waits for the delivery of a notice, and tells what stands in its
// way when the time is over.
func awaitNotification(ctx context.Context, c client.Client, n backup.Notice, to string) tried {
	id := message.NotificationID(n, to)
	var got message.NotificationResult
	err := c.GetWorkflow(ctx, id, "").Get(ctx, &got)
	kind, text := failure.Of(err)
	var late *serviceerror.DeadlineExceeded // the server may say so first
	switch {
	case err == nil:
		return tried{to, string(got.Outcome), got.Answer}
	case kind == failure.HookRefused || kind == failure.HookAway:
		return tried{to, triedRefused, text}
	case ctx.Err() != nil || errors.Is(err, context.DeadlineExceeded) || errors.As(err, &late):
		why := stuck(ctx, c, id, to)
		if why == "" {
			why = "no worker has taken it: start one, with --notifications"
		}
		return tried{to, triedWaiting, why}
	}
	return tried{to, triedRefused, fmt.Sprint(advice(err))}
}
