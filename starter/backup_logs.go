package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"holdfast/internal/backup"
)

func newBackupLogs(a *app) *cobra.Command {
	var f logsFlags
	cmd := &cobra.Command{
		Use:   "logs BACKUP",
		Short: "Tell the story of a backup: its steps, waits and failures",
		Long: `Tell the story of a backup, in progress or ended: each step with its outcome,
duration and host, what was waited for and why, what failed and was tried again.
It is read from Temporal, which keeps the histories of ended runs for as long as
its namespace says; no worker is needed. With -o json there is one object per line.`,
		Example: "  holdfast backup logs jira-acme.20261123T021658Z\n" +
			"  holdfast backup logs jira-acme.20261123T021658Z --follow\n" +
			"  holdfast backup logs jira-acme.20261123T021658Z -o json | jq 'select(.outcome == \"failed\")'",
		ValidArgsFunction: a.complete(completeBackups),
		Args:              one("BACKUP"),
		RunE:              func(cmd *cobra.Command, args []string) error { return a.backupLogs(cmd.Context(), args[0], f) },
	}
	cmd.Flags().BoolVarP(&f.follow, "follow", "f", false, "go on until the backup ends")
	cmd.Flags().BoolVar(&f.all, "all", false, "also the housekeeping: leases of scratch")
	return cmd
}

type logsFlags struct{ follow, all bool }

func (a *app) backupLogs(ctx context.Context, backupID string, f logsFlags) error {
	if _, err := policyOf(backupID); err != nil {
		return err
	}
	c, err := a.dial(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	show := a.showLog
	if !f.all {
		show = func(l logLine) error {
			if l.housekeeping && l.Outcome == stepDone {
				return nil
			}
			return a.showLog(l)
		}
	}
	err = newStory(c, backupID, show).tell(ctx, f.follow)
	var notFound *serviceerror.NotFound
	switch {
	case errors.As(err, &notFound):
		return a.forgotten(ctx, c, backupID, err)
	case err != nil && ctx.Err() != nil:
		return fmt.Errorf("following backup %s ended; the backup goes on: follow it again with 'holdfast backup logs %s --follow'", backupID, backupID)
	}
	return explain("read the log of backup "+backupID, err)
}

// forgotten is the error for a run whose history Temporal has not: it never was
// there, or is kept no longer.
func (a *app) forgotten(ctx context.Context, c client.Client, backupID string, cause error) error {
	asking, cancel := a.call(ctx)
	defer cancel()
	b, _, err := showBackup(asking, c, backupID)
	switch {
	case err != nil:
		return err
	case b.Status == backup.InProgress:
		return explain("read the log of backup "+backupID, cause)
	}
	return fmt.Errorf("the history of backup %s, which ended at %s, is no longer kept by Temporal: what became of it is in 'holdfast backup show %s'",
		backupID, when(b.EndedAt), backupID)
}

// showLog writes one line of a story.
func (a *app) showLog(l logLine) error {
	if a.json() {
		return json.NewEncoder(a.out).Encode(l)
	}
	out := a.table()
	if l.Event == logSummary {
		_, err := fmt.Fprintln(out, "\n"+l.summary(product(l.Backup)))
		return err
	}
	took := ""
	if l.Event == logStep && !l.Time.IsZero() {
		took = (time.Duration(l.Seconds * float64(time.Second))).Round(10 * time.Millisecond).String()
	}
	_, err := fmt.Fprintf(out, "%s  %-9s %9s  %-12s %s\n", when(l.Time), l.word(), took, l.Host, cell(l.sentence()))
	return err
}

// word is the line's kind at a glance.
func (l logLine) word() string {
	switch l.Event {
	case logStep:
		if l.Outcome == stepFailed || l.Outcome == stepLost {
			return strings.ToUpper(l.Outcome)
		}
		return l.Outcome
	case logWait:
		return "WAITING"
	}
	return l.Event
}

// sentence is what the line says.
func (l logLine) sentence() string {
	s := l.Text
	if l.Try > 1 {
		s += fmt.Sprintf(", try %d", l.Try)
	}
	if l.Reason != "" {
		s += ": " + l.Reason
	}
	return s
}

// summary is the last line, for people.
func (l logLine) summary(p backup.Product) string {
	s := fmt.Sprintf("%s: %s steps, %s tried again, %s failed, waited %s", l.Status, count(l.Steps), count(l.Retries), count(l.Failures),
		time.Duration(l.Waited*float64(time.Second)).Round(time.Second))
	if c := l.Counts; c != nil {
		s = fmt.Sprintf("%s\n%s %s of %s %s, %s attachments, %s stored, %s missing, %s gone", s,
			count(c.Items), p.Items(), count(c.Containers), p.Containers(), count(c.Attachments), size(c.StoredBytes), count(c.Missing), count(c.Gone))
	}
	if l.Reason != "" {
		s += "\n" + cell(l.Reason)
	}
	return strings.TrimSpace(s)
}
