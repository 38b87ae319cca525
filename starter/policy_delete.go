package main

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"holdfast/internal/backup"
	"holdfast/internal/message"
)

// The values of policy delete's --backups.
const (
	keepBackups   = "keep"
	deleteBackups = "delete"
)

// policyDeleteFlags are the flags of policy delete.
type policyDeleteFlags struct {
	backups string
	yes     bool
	as      string
}

func newPolicyDelete(a *app) *cobra.Command {
	var f policyDeleteFlags
	cmd := &cobra.Command{
		Use:   "delete POLICY",
		Short: "Delete a policy, and its backups now or when they expire",
		Long: `Delete a policy: it starts no backups any more, and a run in progress is
cancelled. You are asked what becomes of its backups: they are kept until they
expire, or deleted now, held ones too. As long as some are kept, 'policy resume'
takes the policy back.`,
		Example: "  holdfast policy delete jira-acme\n" +
			"  holdfast policy delete jira-acme --backups keep --yes",
		ValidArgsFunction: a.complete(completePolicies),
		Args:              one("POLICY"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.policyDelete(cmd.Context(), args[0], f)
		},
	}
	fl := cmd.Flags()
	fl.StringVar(&f.backups, "backups", "", "what becomes of its backups: keep (until they expire) or delete (now); asked where it is not given")
	fl.BoolVar(&f.yes, "yes", false, "do not ask; --backups must be given")
	fl.StringVar(&f.as, "as", operator(), "who deletes it; shown as it is said")
	completeValues(cmd, "backups", keepBackups, deleteBackups)
	completeValues(cmd, "as")
	return cmd
}

func (f policyDeleteFlags) validate() error {
	switch {
	case f.backups != "" && f.backups != keepBackups && f.backups != deleteBackups:
		return usagef("--backups is %q: give keep (until they expire) or delete (now)", f.backups)
	case f.yes && f.backups == "":
		return usagef("--yes leaves open what becomes of the backups: give --backups keep or --backups delete too")
	}
	return nil
}

func (a *app) policyDelete(ctx context.Context, policyID string, f policyDeleteFlags) error {
	if err := f.validate(); err != nil {
		return err
	}
	c, err := a.dial(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	view, err := a.lookAt(ctx, c, policyID)
	if err != nil {
		return err
	}
	a.reviewDelete(view)
	if f.backups == "" {
		if f.backups, err = a.choose(ctx, "Delete this policy, and keep its backups until they expire, or delete them now?", keepBackups, deleteBackups); err != nil {
			return err
		}
	} else if err := a.confirm(ctx, "Delete this policy, and "+deleteWords(f.backups)+"?", f.yes); err != nil {
		return err
	}
	asking, cancel := a.call(ctx)
	defer cancel()
	view, err = message.DeletePolicy.Call(asking, c, message.PolicyID(policyID), message.DeletePolicyInput{By: f.as, DeleteBackups: f.backups == deleteBackups})
	if err != nil {
		return explain("delete policy "+policyID, err)
	}
	if view.Backups == nil {
		view.Backups = []backup.Backup{}
	}
	return a.print(view, func(w io.Writer) {
		fmt.Fprintf(w, "Policy %s is deleted.\n", policyID)
		switch left := kept(view.Backups); {
		case left == 0:
		case f.backups == deleteBackups:
			fmt.Fprintf(w, "Its backups are being deleted: %s left. See it:\n  %s\n", count(left), a.hint("holdfast policy show "+policyID))
		default:
			fmt.Fprintf(w, "Its backups are kept until they expire: %s. Until then the policy can be taken back:\n  %s\n",
				count(left), a.hint("holdfast policy resume "+policyID))
		}
	})
}

func deleteWords(backups string) string {
	if backups == deleteBackups {
		return "delete all its backups now"
	}
	return "keep its backups until they expire"
}

// kept counts the backups that have bytes in the store.
func kept(backups []backup.Backup) (n int) {
	for _, b := range backups {
		if b.DeletedAt.IsZero() && (backup.HasBytes(b) || b.Status == backup.Expired) {
			n++
		}
	}
	return n
}

// reviewDelete shows what a deletion is about.
func (a *app) reviewDelete(v message.PolicyView) {
	w := tabwriter.NewWriter(a.err, 0, 0, 2, ' ', 0)
	row(w, "policy", v.Policy.ID)
	row(w, "of", fmt.Sprintf("%s of %s", v.Policy.Product, v.Policy.Site))
	if v.Running != "" {
		row(w, "in progress", v.Running+", which is cancelled")
	}
	held, last := 0, time.Time{}
	for _, b := range v.Backups {
		if !backup.Available(b, time.Now()) {
			continue
		}
		if b.Held != nil {
			held++
		} else if b.ExpiresAt.After(last) {
			last = b.ExpiresAt
		}
	}
	row(w, "available backups", v.Available)
	if !last.IsZero() {
		row(w, "the last of them expires", when(last))
	}
	if held > 0 {
		row(w, "of them on hold", fmt.Sprintf("%d, which do not expire before they are released", held))
	}
	_ = w.Flush()
}
