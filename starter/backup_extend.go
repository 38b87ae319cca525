package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"holdfast/internal/message"
)

// extendFlags are the flags of backup extend.
type extendFlags struct {
	to string
	by span
	as string
}

func newBackupExtend(a *app) *cobra.Command {
	var f extendFlags
	cmd := &cobra.Command{
		Use:   "extend BACKUP (--to TIME | --by DURATION)",
		Short: "Put the expiry of a backup off",
		Long: `Put the expiry of a backup off: to a time, or by a duration from when it would
expire. To keep a backup for as long as it takes, see 'backup hold'.`,
		Example: "  holdfast backup extend jira-acme.20261123T021658Z --by 14d\n" +
			"  holdfast backup extend jira-acme.20261123T021658Z --to 2027-01-31\n" +
			"  holdfast backup extend jira-acme.20261123T021658Z --to 2027-01-31T18:00:00Z",
		ValidArgsFunction: a.complete(completeBackups),
		Args:              one("BACKUP"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.backupExtend(cmd.Context(), args[0], f)
		},
	}
	fl := cmd.Flags()
	fl.StringVar(&f.to, "to", "", "when it expires: a day (in UTC) or a time, such as 2027-01-31 or 2027-01-31T18:00:00Z")
	fl.Var(&f.by, "by", "how much later it expires, such as 14d or 36h")
	fl.StringVar(&f.as, "as", operator(), "who extends it; shown as it is said")
	for _, name := range []string{"to", "by", "as"} {
		completeValues(cmd, name)
	}
	return cmd
}

// until is the new expiry of a backup that expires at was.
func (f extendFlags) until(was time.Time) (time.Time, error) {
	switch {
	case (f.to == "") == (f.by == 0):
		return time.Time{}, usagef("give either --to TIME or --by DURATION")
	case f.to == "":
		return was.Add(time.Duration(f.by)), nil
	}
	return parseTime("--to", f.to)
}

// timeForms are the forms of a time that a user may type.
var timeForms = []string{time.RFC3339, "2006-01-02 15:04:05Z07:00", "2006-01-02T15:04Z07:00", time.DateOnly}

// parseTime reads a time; a day is its first second in UTC.
func parseTime(flag, text string) (time.Time, error) {
	for _, form := range timeForms {
		if t, err := time.Parse(form, text); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, usagef("%s is %q, which is no time: give a day such as 2027-01-31, or a time such as 2027-01-31T18:00:00Z", flag, text)
}

func (a *app) backupExtend(ctx context.Context, backupID string, f extendFlags) error {
	policyID, err := policyOf(backupID)
	if err != nil {
		return err
	}
	if _, err := f.until(time.Now()); err != nil {
		return err
	}
	c, err := a.dial(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	ctx, cancel := a.call(ctx)
	defer cancel()
	b, _, err := showBackup(ctx, c, backupID)
	if err != nil {
		return err
	}
	to, err := f.until(b.ExpiresAt)
	if err != nil {
		return err
	}
	b, err = message.Extend.Call(ctx, c, message.PolicyID(policyID), message.ExtendInput{BackupID: backupID, To: to, By: f.as})
	if err != nil {
		return explain("extend backup "+backupID, err)
	}
	return a.print(b, func(w io.Writer) { fmt.Fprintf(w, "Backup %s expires at %s.\n", b.ID, when(b.ExpiresAt)) })
}
