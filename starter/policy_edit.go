package main

import (
	"context"
	"fmt"
	"io"
	"reflect"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"go.temporal.io/sdk/client"

	"holdfast/internal/backup"
	"holdfast/internal/message"
)

// policyEditFlags are what a user says of the change of a policy.
type policyEditFlags struct {
	settings   settingFlags
	credential string
	yes        bool
	as         string
}

func newPolicyEdit(a *app) *cobra.Command {
	var f policyEditFlags
	cmd := &cobra.Command{
		Use:   "edit POLICY",
		Short: "Change a policy",
		Long: `Change a policy: what is given changes, all else stays. What changes is shown,
and you are asked whether to go on. Where the credential or what backups hold
changes, a worker checks first what the credential reaches.

Limits of backups that are there stay as they are: extend or delete them.`,
		Example: "  holdfast policy edit jira-acme --schedule '0 3 * * 1' --time-zone Europe/Berlin --jitter 1h\n" +
			"  holdfast policy edit jira-acme --exclude TEST --exclude OLD --yes\n" +
			"  holdfast policy edit jira-acme --schedule none --notify none",
		ValidArgsFunction: a.complete(completePolicies),
		Args:              one("POLICY"),
		RunE:              func(cmd *cobra.Command, args []string) error { return a.policyEdit(cmd.Context(), args[0], f) },
	}
	f.settings.add(cmd)
	fl := cmd.Flags()
	fl.VisitAll(hideDefault) // what is not given stays as it is
	fl.StringVar(&f.credential, "credential", "", "name of another credential, as the workers know it")
	fl.BoolVar(&f.yes, "yes", false, "do not ask")
	fl.StringVar(&f.as, "as", operator(), "who changes the policy; shown as it is said")
	completeValues(cmd, "credential")
	completeValues(cmd, "as")
	return cmd
}

// hideDefault has --help tell of no default, by the value that it takes for none.
func hideDefault(f *pflag.Flag) {
	switch f.Value.Type() {
	case "stringArray": // it has none
	case "int":
		f.DefValue = "0"
	default:
		f.DefValue = ""
	}
}

// apply is the policy as it is to be.
func (f policyEditFlags) apply(was backup.Policy, now time.Time) (backup.Policy, error) {
	p := was
	if f.credential != "" {
		p.Credential = f.credential
	}
	if err := f.settings.apply(&p, now); err != nil {
		return p, err
	}
	if err := backup.Validate(p); err != nil {
		return p, usagef("%v", err)
	}
	return p, nil
}

func (a *app) policyEdit(ctx context.Context, policyID string, f policyEditFlags) error {
	c, err := a.dial(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	view, err := a.lookAt(ctx, c, policyID)
	if err != nil {
		return err
	}
	was := view.Policy
	p, err := f.apply(was, time.Now())
	if err != nil {
		return err
	}
	changes := changesOf(was, p)
	if len(changes) == 0 {
		return usagef("nothing of policy %s would change: give what is to be different", policyID)
	}
	if err := a.reviewEdit(ctx, c, was, p, changes); err != nil {
		return err
	}
	if err := a.confirm(ctx, "Change this policy?", f.yes); err != nil {
		return err
	}
	asking, cancel := a.call(ctx)
	defer cancel()
	view, err = message.Edit.Call(asking, c, message.PolicyID(policyID), message.EditInput{Was: was, Policy: p, By: f.as})
	if err != nil {
		return explain("edit policy "+policyID, err)
	}
	if view.Backups == nil {
		view.Backups = []backup.Backup{}
	}
	return a.print(view, func(w io.Writer) {
		fmt.Fprintf(w, "Policy %s is changed. Look at it:\n  %s\n", policyID, a.hint("holdfast policy show "+policyID))
	})
}

// reviewEdit shows what changes and, where it may matter, what the credential reaches.
func (a *app) reviewEdit(ctx context.Context, c client.Client, was, p backup.Policy, changes []change) error {
	var found message.CheckResult
	checked := was.Credential != p.Credential || !reflect.DeepEqual(was.Options, p.Options)
	if checked {
		var err error
		if found, err = a.checkSite(ctx, c, p); err != nil {
			return err
		}
		if found.CloudID != p.CloudID {
			return fmt.Errorf("check %s: it is another site now, with the cloud id %s instead of %s: create a policy for it, or give the credential of the one that it was", p.Site, found.CloudID, p.CloudID)
		}
	}
	w := tabwriter.NewWriter(a.err, 0, 0, 2, ' ', 0)
	row(w, "policy", p.ID)
	for _, ch := range changes {
		row(w, ch.name, cell(ch.was)+" -> "+cell(ch.is))
	}
	if checked {
		row(w, "found", sight(p.Product, found.Containers, found.Items))
		for _, lack := range found.Lacks {
			row(w, "lacks", lack)
		}
	}
	if !reflect.DeepEqual(was.Schedule, p.Schedule) {
		previewSchedule(w, p, time.Now())
	}
	if was.Limits != p.Limits {
		previewLimits(w, p)
	}
	return w.Flush()
}

// change is a setting that is to be another one.
type change struct{ name, was, is string }

// changesOf are the settings in which two policies differ, as they are shown.
func changesOf(was, is backup.Policy) (changes []change) {
	before, after := settings(was), settings(is)
	for _, s := range after {
		if old := valueOf(before, s.name); old != s.value {
			changes = append(changes, change{s.name, old, s.value})
		}
	}
	for _, s := range before {
		if valueOf(after, s.name) == "" && s.value != "" {
			changes = append(changes, change{s.name, s.value, ""})
		}
	}
	return changes
}

func valueOf(all []setting, name string) string {
	for _, s := range all {
		if s.name == name {
			return s.value
		}
	}
	return ""
}
