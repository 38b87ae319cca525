package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/cobra"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"holdfast/activities"
	"holdfast/internal/atlassian"
	"holdfast/internal/backup"
	"holdfast/internal/failure"
	"holdfast/internal/message"
)

// siteCheckFlags are the flags of site check.
type siteCheckFlags struct {
	target
	local       bool
	credentials string
}

func newSiteCheck(a *app) *cobra.Command {
	var f siteCheckFlags
	cmd := &cobra.Command{
		Use:   "check --site URL --credential NAME",
		Short: "Ask what a credential may read at a site, kind by kind",
		Long: `Ask what a credential may read at a site: who the account is, whether it is an
administrator, which projects or spaces it can't read, and for every kind of data whether
it may be read, which permission or scope is missing, and what that costs.
Nothing is changed and nothing is captured.

A worker asks, with its credentials and from its network. With --local this
process does, with the credentials of --credentials and of the environment.

Exit codes: 0 all can be read, 3 something can't, 1 failed, 2 wrong arguments.`,
		Example: "  holdfast site check --site https://acme.atlassian.net --credential acme\n" +
			"  holdfast site check --site https://acme.atlassian.net --credential acme --local --credentials credentials.json -o json\n" +
			"  holdfast site check --site https://acme.atlassian.net --credential acme --product confluence",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.siteCheck(cmd.Context(), f) },
	}
	f.target.add(cmd)
	fl := cmd.Flags()
	fl.BoolVar(&f.local, "local", false, "ask from this process instead of a worker's")
	fl.StringVar(&f.credentials, "credentials", os.Getenv("HOLDFAST_CREDENTIALS"),
		"with --local: JSON file with the credentials of sites; HOLDFAST_CREDENTIAL_<NAME>_EMAIL and _TOKEN come before it")
	return cmd
}

// siteChecked is the JSON result of site check.
type siteChecked struct {
	Site    string         `json:"site"`
	Product backup.Product `json:"product"`
	activities.SiteAccess
	// Readable says that nothing lacks.
	Readable bool `json:"readable"`
}

func (a *app) siteCheck(ctx context.Context, f siteCheckFlags) error {
	p, err := f.target.policy()
	if err != nil {
		return err
	}
	if f.credentials != "" && !f.local && f.credentials != os.Getenv("HOLDFAST_CREDENTIALS") {
		return usagef("--credentials is for --local: workers have their own")
	}
	result := siteChecked{Site: p.Site, Product: p.Product}
	if f.local {
		result.SiteAccess, err = a.lookLocally(ctx, p, f.credentials)
	} else {
		result.SiteAccess, err = a.lookFromWorker(ctx, p)
	}
	if err != nil {
		return err
	}
	result.Readable = readable(result.SiteAccess)
	if err := a.print(result, result.table); err != nil {
		return err
	}
	if !result.Readable {
		return outcomeOf(backup.Incomplete) // what a backup would be: the exit code is the same
	}
	return nil
}

// lookLocally asks from this process.
func (a *app) lookLocally(ctx context.Context, p backup.Policy, credentials string) (activities.SiteAccess, error) {
	known, err := atlassian.LoadCredentials(credentials)
	if err != nil {
		return activities.SiteAccess{}, err
	}
	ctx, cancel := a.call(ctx)
	defer cancel()
	look := activities.New(activities.Deps{Log: a.log, Sites: activities.NewSites(activities.SitesConfig{
		Credentials: known, Client: atlassian.Config{Logger: a.log},
	})})
	seen, err := look.CheckSite(ctx, activities.CheckSiteInput{Site: p.Site, Product: p.Product, Credential: p.Credential})
	if kind, _ := failure.Of(err); kind == failure.NoCredential {
		return seen, &explained{fmt.Sprintf("check %s: %s: give a file that holds it with --credentials, or set HOLDFAST_CREDENTIAL_<NAME>_EMAIL and _TOKEN",
			p.Site, noCredentialHere(p.Credential, credentials)), err}
	}
	return seen, explainSite(p.Site, err)
}

// noCredentialHere says where a credential was looked for.
func noCredentialHere(name, file string) string {
	if file == "" {
		return fmt.Sprintf("credential %s is not in the environment, and no file was given", name)
	}
	if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
		return fmt.Sprintf("there is no file %s, and credential %s is not in the environment", file, name)
	}
	return fmt.Sprintf("credential %s is neither in %s nor in the environment", name, file)
}

// lookFromWorker lets a worker ask. One that asks already answers both.
func (a *app) lookFromWorker(ctx context.Context, p backup.Policy) (activities.SiteAccess, error) {
	var seen activities.SiteAccess
	c, err := a.dial(ctx)
	if err != nil {
		return seen, err
	}
	defer c.Close()
	ctx, cancel := a.call(ctx)
	defer cancel()
	defer a.tellWaiting(ctx, c, message.SiteCheckID(p.ID), "check "+p.Site, p.Site)()
	run, err := c.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID: message.SiteCheckID(p.ID), TaskQueue: message.TaskQueue,
		WorkflowIDReusePolicy:    enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
		WorkflowIDConflictPolicy: enumspb.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
		StaticSummary:            "what credential " + p.Credential + " may read at " + p.Site,
	}, message.SiteCheckWorkflow, message.CheckInput{Site: p.Site, Product: p.Product, Credential: p.Credential})
	if err == nil {
		err = run.Get(ctx, &seen)
	}
	if err == nil && seen.Credential != p.Credential {
		err = fmt.Errorf("a check with credential %s was under way: try again", seen.Credential)
	}
	return seen, explainCheck(ctx, c, message.SiteCheckID(p.ID), p.Site, err)
}
