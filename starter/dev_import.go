package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"go.temporal.io/sdk/client"

	"holdfast/internal/message"
	"holdfast/workflows"
)

// devImport imports the policies of this installation from the store into a new
// database. What can't be imported is told, and tried again at the next start.
func (a *app) devImport(ctx context.Context, c client.Client, dir *devDir) []message.ImportResult {
	results := []message.ImportResult{}
	found, err := lookStored(ctx, c, nil)
	var failed []error
	if err != nil {
		failed = append(failed, err)
	}
	for _, p := range found.Policies {
		if p.Owner != dir.Installation || p.Unreadable() {
			continue
		}
		result, err := importPolicy(ctx, c, workflows.ImportInput{PolicyID: p.ID})
		if err != nil {
			failed = append(failed, err)
			continue
		}
		results = append(results, result)
	}
	if found.More > 0 {
		failed = append(failed, fmt.Errorf("%d more policies are in the store: import them by their names", found.More))
	}
	if len(failed) == 0 {
		failed = append(failed, dir.imported())
	}
	if err := errors.Join(failed...); err != nil && ctx.Err() == nil {
		fmt.Fprintf(a.err, "Not all policies are imported from the store: %v\nThe next start tries it again; 'holdfast policy import' does at once.\n", err)
	}
	return results
}

// printImported tells of the policies that were imported, and of databases that stay.
func (b devBegun) printImported(w io.Writer) {
	for _, r := range b.Imported {
		if !r.Known {
			row(w, "imported", fmt.Sprintf("%s from the store: %s backups, %s of them available", r.PolicyID, count(r.Backups), count(r.Available)))
		}
		for _, note := range r.Notes {
			row(w, "", note)
		}
	}
	for _, path := range b.Left {
		row(w, "left", path+", a database of another version of Temporal's server: it is not read any more, and can be deleted")
	}
}
