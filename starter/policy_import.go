package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"
	"go.temporal.io/sdk/client"

	"holdfast/internal/backup"
	"holdfast/internal/message"
	"holdfast/workflows"
)

// importFlags are the flags of policy import.
type importFlags struct {
	takeOver, yes bool
	credential    string
}

func newPolicyImport(a *app) *cobra.Command {
	var f importFlags
	cmd := &cobra.Command{
		Use:   "import [POLICY...]",
		Short: "Rebuild policies and their backups from the workers' store",
		Long: `Rebuild policies and their backups in this cluster from what the workers' store
has of them: those that are named, or all that this cluster does not have. What
will be imported is shown, and you are asked whether to go on. What was
extended, held, paused or deleted is so afterwards; downloads have to be
prepared again; a run that was in progress counts as terminated.

A policy that another installation controls is refused: two of them would not
know of each other's runs and expiries. Once that one has ended for good,
--take-over makes this one its owner; should it come back, it writes nothing.`,
		Example: "  holdfast policy import\n" +
			"  holdfast policy import jira-acme confluence-acme --take-over --yes",
		RunE: func(cmd *cobra.Command, args []string) error { return a.policyImport(cmd.Context(), args, f) },
	}
	fl := cmd.Flags()
	fl.BoolVar(&f.takeOver, "take-over", false, "import what another installation controls too, and make this one its owner")
	fl.StringVar(&f.credential, "credential", "", "name of the credential of policies whose policy.json is lost (default: the site's subdomain)")
	fl.BoolVar(&f.yes, "yes", false, "do not ask")
	completeValues(cmd, "credential")
	return cmd
}

func (a *app) policyImport(ctx context.Context, ids []string, f importFlags) error {
	for _, id := range ids {
		if _, _, err := backup.ParsePolicyID(id); err != nil {
			return usagef("%v", err)
		}
	}
	c, err := a.dial(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	found, known, err := a.importable(ctx, c, ids)
	if err != nil {
		return err
	}
	chosen, err := chooseImports(found, known, ids, f.takeOver)
	if err != nil {
		return err
	}
	a.reviewImport(found, known, chosen)
	results := []message.ImportResult{}
	if len(chosen) > 0 {
		if err := a.confirm(ctx, fmt.Sprintf("Import %s?", strings.Join(chosen, ", ")), f.yes); err != nil {
			return err
		}
	}
	var failed []error
	for _, id := range chosen {
		result, err := importPolicy(ctx, c, workflows.ImportInput{PolicyID: id, TakeOver: f.takeOver, Credential: f.credential})
		if err != nil {
			failed = append(failed, err)
			continue
		}
		results = append(results, result)
	}
	err = a.print(results, func(w io.Writer) {
		a.printImports(w, results)
		if len(chosen) == 0 {
			fmt.Fprintf(w, "There is nothing to import from %s.\n", found.Store)
		}
	})
	return errors.Join(append(failed, err)...)
}

// importable is what the workers' store has, and which policies this cluster has.
func (a *app) importable(ctx context.Context, c client.Client, ids []string) (found message.StoredResult, known []string, err error) {
	ctx, cancel := a.call(ctx)
	defer cancel()
	all, err := listPolicies(ctx, c)
	if err != nil {
		return found, nil, err
	}
	for _, p := range all {
		known = append(known, p.ID)
	}
	found, err = lookStored(ctx, c, ids)
	return found, known, err
}

// chooseImports are the ids of the policies that are to be imported: those that are
// named, or all that are not known here and may be. One that is named and may not be
// is an error.
func chooseImports(found message.StoredResult, known, ids []string, takeOver bool) (chosen []string, err error) {
	for _, p := range found.Policies {
		named := len(ids) > 0
		switch {
		case slices.Contains(known, p.ID):
			if named {
				return nil, fmt.Errorf("policy %[1]s is here already: look at it with 'holdfast policy show %[1]s'", p.ID)
			}
		case p.Unreadable():
			if named {
				return nil, fmt.Errorf("policy %s can't be imported from %s: %s; look at what is there with 'holdfast store list'", p.ID, found.Store, p.Problem)
			}
		case !p.Ours && !takeOver:
			if named {
				return nil, fmt.Errorf("policy %[1]s in %[2]s belongs to installation %[3]s: go on with it there or, once that one has ended for good, take it over with 'holdfast policy import %[1]s --take-over'",
					p.ID, found.Store, p.Owner)
			}
		default:
			chosen = append(chosen, p.ID)
		}
	}
	return chosen, nil
}

// reviewImport shows what the store has, and what becomes of it.
func (a *app) reviewImport(found message.StoredResult, known, chosen []string) {
	if len(found.Policies) == 0 {
		return
	}
	w := tabwriter.NewWriter(a.err, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "The workers' store %s has:\n", cell(found.Store))
	row(w, "POLICY", "SITE", "AVAILABLE", "NEWEST", "OWNER", "IMPORT")
	for _, p := range found.Policies {
		what := "no"
		switch {
		case slices.Contains(known, p.ID):
			what = "no: it is here"
		case slices.Contains(chosen, p.ID) && !p.Ours:
			what = "yes: it is taken over"
		case slices.Contains(chosen, p.ID):
			what = "yes"
		case p.Unreadable():
			what = "no: " + p.Problem
		case !p.Ours:
			what = "no: take it over with --take-over"
		}
		row(w, p.ID, p.Site, fmt.Sprintf("%d of %d", p.Available, p.Backups), when(p.Newest), p.Owner, what)
	}
	if found.More > 0 {
		row(w, fmt.Sprintf("and %s more: name those that are to be imported", count(found.More)))
	}
	_ = w.Flush()
}

func (a *app) printImports(w io.Writer, results []message.ImportResult) {
	for _, r := range results {
		if r.Known {
			fmt.Fprintf(w, "Policy %s was here already.\n", r.PolicyID)
			continue
		}
		fmt.Fprintf(w, "Policy %s is imported: %s backups, %s of them available.\n", r.PolicyID, count(r.Backups), count(r.Available))
		for _, note := range r.Notes {
			fmt.Fprintf(w, "  %s\n", cell(note))
		}
	}
	if len(results) > 0 {
		fmt.Fprintf(w, "Look at it:\n  %s\n", a.hint("holdfast policy show "+results[0].PolicyID))
	}
}
