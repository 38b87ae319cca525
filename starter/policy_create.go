package main

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	"go.temporal.io/sdk/client"

	"holdfast/internal/backup"
	"holdfast/internal/message"
)

// policyFlags are what a user says of a new policy.
type policyFlags struct {
	target
	settings   settingFlags
	noRun, yes bool
	as         string
}

// created is the JSON result of policy create.
type created struct {
	Check  message.CheckResult `json:"check"`
	Policy backup.Policy       `json:"policy"`
	Backup *backup.Backup      `json:"backup,omitempty"` // absent with --no-run
}

func newPolicyCreate(a *app) *cobra.Command {
	var f policyFlags
	cmd := &cobra.Command{
		Use:   "create --site URL --credential NAME",
		Short: "Create a policy and start its first backup",
		Long: `Create a policy and start its first backup.

A worker checks first what the credential reaches at the site; if that fails,
nothing is saved. What the account lacks is shown, then the whole policy, and
you are asked whether to go on.`,
		Example: "  holdfast policy create --site https://acme.atlassian.net --credential acme\n" +
			"  holdfast policy create --site https://acme.atlassian.net --credential acme --exclude TEST --no-attachments --no-run --yes\n" +
			"  holdfast policy create --site https://acme.atlassian.net --credential acme --product confluence --personal-spaces=false --versions 10\n" +
			"  holdfast policy create --site https://acme.atlassian.net --credential acme --schedule @weekly --time-zone Europe/Berlin --jitter 1h --notify ops",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.policyCreate(cmd.Context(), f) },
	}
	f.target.add(cmd)
	f.settings.add(cmd)
	fl := cmd.Flags()
	fl.BoolVar(&f.noRun, "no-run", false, "save the policy only")
	fl.BoolVar(&f.yes, "yes", false, "do not ask")
	fl.StringVar(&f.as, "as", operator(), "who creates the policy; shown as it is said")
	completeValues(cmd, "as")
	return cmd
}

// policy is the policy that the flags describe, but for the site's cloud id.
func (f policyFlags) policy() (backup.Policy, error) {
	p, err := f.target.policy()
	if err != nil {
		return p, err
	}
	p.CreatedBy = f.as
	return p, f.settings.apply(&p, time.Now())
}

func (a *app) policyCreate(ctx context.Context, f policyFlags) error {
	p, err := f.policy()
	if err != nil {
		return err
	}
	c, err := a.dial(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	result := created{}
	if result.Check, err = a.checkSite(ctx, c, p); err != nil {
		return err
	}
	p.CloudID = result.Check.CloudID
	if err := backup.Validate(p); err != nil {
		return usagef("%v", err)
	}
	if err := a.notForgotten(ctx, c, p.ID); err != nil {
		return err
	}
	a.review(p, result.Check)
	question := "Save this policy and start its first backup?"
	if f.noRun {
		question = "Save this policy?"
	}
	if err := a.confirm(ctx, question, f.yes); err != nil {
		return err
	}
	view, err := a.configure(ctx, c, p)
	if err != nil {
		return err
	}
	result.Policy = view.Policy
	if !f.noRun {
		ctx, cancel := a.call(ctx)
		defer cancel()
		b, err := runBackup(ctx, c, p.ID, message.RunBackupInput{By: f.as})
		if err != nil {
			return fmt.Errorf("policy %s is saved, its first backup did not start: %w", p.ID, err)
		}
		result.Backup = &b
	}
	return a.print(result, func(w io.Writer) {
		fmt.Fprintf(w, "Policy %s is saved.\n", p.ID)
		if b := result.Backup; b != nil {
			fmt.Fprintf(w, "Backup %s is in progress. Watch it:\n  %s\n", b.ID, a.hint("holdfast backup watch "+b.ID))
		} else {
			fmt.Fprintf(w, "Start a backup:\n  %s\n", a.hint("holdfast backup run "+p.ID))
		}
	})
}

// checkSite is check with the time limit of a request.
func (a *app) checkSite(ctx context.Context, c client.Client, p backup.Policy) (message.CheckResult, error) {
	ctx, cancel := a.call(ctx)
	defer cancel()
	defer a.tellWaiting(ctx, c, message.CheckID(p.ID), "check "+p.Site, p.Site)()
	return check(ctx, c, p.ID, message.CheckInput{Site: p.Site, Product: p.Product, Credential: p.Credential, Options: p.Options})
}

// configure is the request with the time limit of a request.
func (a *app) configure(ctx context.Context, c client.Client, p backup.Policy) (message.PolicyView, error) {
	ctx, cancel := a.call(ctx)
	defer cancel()
	return configure(ctx, c, p)
}

// review shows a policy before it is saved, and what the account lacks for it.
func (a *app) review(p backup.Policy, found message.CheckResult) {
	w := tabwriter.NewWriter(a.err, 0, 0, 2, ' ', 0)
	describePolicy(w, p)
	previewSchedule(w, p, time.Now())
	previewLimits(w, p)
	row(w, "found", sight(p.Product, found.Containers, found.Items))
	for _, lack := range found.Lacks {
		row(w, "lacks", lack)
	}
	_ = w.Flush()
}

// sight is what a site shows of a product. Confluence does not count its pages.
func sight(p backup.Product, containers, items int) string {
	s := fmt.Sprintf("%s %s", count(containers), p.Containers())
	if p == backup.Confluence {
		return s
	}
	return fmt.Sprintf("%s, %s %s", s, count(items), p.Items())
}
