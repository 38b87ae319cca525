package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"holdfast/internal/archive"
	"holdfast/internal/backup"
	"holdfast/internal/catalog"
	"holdfast/internal/store"
)

func newStoreList(a *app) *cobra.Command {
	var policyID string
	cmd := &cobra.Command{
		Use:   "list STORE",
		Short: "List the policies and backups that a store has",
		Long: `List the policies and backups that a store has, as they are now. It reads the
store alone: no Temporal, no worker and no credential of a site is needed. What
is damaged or missing is told, and the rest is listed all the same.`,
		Example: "  holdfast store list file:///var/backups/holdfast\n" +
			"  holdfast store list gs://acme-backups/holdfast --policy jira-acme -o json",
		Args: storeArgs(0, "one STORE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.storeList(cmd.Context(), args[0], policyID)
		},
	}
	cmd.Flags().StringVar(&policyID, "policy", "", "this policy alone")
	return cmd
}

// stored is a policy as a store has it.
type stored struct {
	Policy backup.Policy `json:"policy"`
	backup.Standing
	// Owner is the installation that controls it.
	Owner string `json:"owner,omitempty"`
	// Filed is whether policy.json could be read; without it, the policy is what the
	// newest manifest says of it.
	Filed        bool           `json:"filed"`
	LastComplete time.Time      `json:"lastComplete,omitzero"`
	Available    int            `json:"available"`
	Backups      []storedBackup `json:"backups"` // newest first
	Problems     []string       `json:"problems,omitempty"`
}

// storedBackup is a backup as a store has it.
type storedBackup struct {
	backup.Backup
	// Now is its status at this moment: EXPIRED once its time is over.
	Now backup.Status `json:"now"`
	// Sealed is whether it has its manifest: its data is there.
	Sealed bool `json:"sealed"`
}

func (a *app) storeList(ctx context.Context, address, policyID string) error {
	s, err := openExisting(ctx, address)
	if err != nil {
		return err
	}
	ids, err := storedPolicies(ctx, s, policyID)
	if err != nil {
		return err
	}
	now := time.Now()
	all := []stored{}
	for _, id := range ids {
		p, err := readStored(ctx, s, id, now)
		if err != nil {
			return err
		}
		all = append(all, p)
	}
	return a.print(all, func(w io.Writer) { printStored(w, s.URL(), all) })
}

// storedPolicies are the ids of all policies in a store, or the one that is named.
func storedPolicies(ctx context.Context, s store.Store, policyID string) (ids []string, err error) {
	if policyID != "" {
		if _, _, err := backup.ParsePolicyID(policyID); err != nil {
			return nil, usagef("%v: 'holdfast store list %s' has the ids", err, s.URL())
		}
	}
	for id, err := range catalog.PolicyIDs(ctx, s) {
		if err != nil {
			return nil, fmt.Errorf("%w: check the address and the permissions of this account", err)
		}
		if policyID == "" || id == policyID {
			ids = append(ids, id)
		}
	}
	if policyID != "" && len(ids) == 0 {
		return nil, fmt.Errorf("the store %s has nothing of policy %s: look at what it has with 'holdfast store list %s'", s.URL(), policyID, s.URL())
	}
	return ids, nil
}

// readStored reads a policy; one that can't be read has that as its problem.
func readStored(ctx context.Context, s store.Store, id string, now time.Time) (stored, error) {
	found, err := catalog.Read(ctx, s, id)
	switch {
	case errors.Is(err, catalog.ErrNoPolicy), errors.Is(err, archive.ErrFormat):
		found.Policy.ID, found.Policy.Product = id, product(id)
		found.Problems = []string{err.Error()}
	case err != nil:
		return stored{}, fmt.Errorf("%w: check the address and the permissions of this account", err)
	}
	p := stored{
		Policy: found.Policy, Standing: found.Standing, Owner: found.Owner, Filed: found.Filed,
		LastComplete: found.LastCompleteStart, Backups: []storedBackup{}, Problems: found.Problems,
	}
	for _, b := range found.Backups {
		if backup.Available(b, now) {
			p.Available++
		}
		p.Backups = append(p.Backups, storedBackup{b, backup.StatusAt(b, now), found.Sealed[b.ID]})
	}
	return p, nil
}

func printStored(w io.Writer, address string, all []stored) {
	if len(all) == 0 {
		fmt.Fprintf(w, "The store %s has no policies.\n", address)
		return
	}
	for n, p := range all {
		if n > 0 {
			fmt.Fprintln(w)
		}
		row(w, "policy", p.Policy.ID)
		row(w, "of", fmt.Sprintf("%s of %s", p.Policy.Product, cell(p.Policy.Site)))
		row(w, "owner", p.Owner)
		if p.Retired != nil {
			row(w, "deleted", when(p.Retired.At)+" by "+p.Retired.By)
		}
		if p.Paused != nil {
			row(w, "paused", when(p.Paused.At)+" by "+p.Paused.By)
		}
		row(w, "available", fmt.Sprintf("%d of %d backups", p.Available, len(p.Backups)))
		row(w, "last COMPLETE", when(p.LastComplete))
		for _, problem := range p.Problems {
			row(w, "problem", problem)
		}
		if len(p.Backups) == 0 {
			continue
		}
		fmt.Fprintln(w)
		row(w, "BACKUP", "STATUS", "STARTED", "EXPIRES", "DATA", strings.ToUpper(p.Policy.Product.Items()), "STORED", "REASON")
		for _, b := range p.Backups {
			row(w, b.ID, b.Now, when(b.StartedAt), b.expiry(), b.data(), count(b.Counts.Items), size(b.Counts.StoredBytes), b.Reason)
		}
	}
}

// expiry is when a backup expires, for people.
func (b storedBackup) expiry() string {
	if b.Held != nil {
		return "held by " + b.Held.By
	}
	return when(b.ExpiresAt)
}

// data says whether the data of a backup is there.
func (b storedBackup) data() string {
	switch {
	case b.Sealed && b.Status == backup.Expired:
		return "being deleted"
	case b.Sealed:
		return "there"
	case b.Status == backup.Expired:
		return "deleted"
	}
	return "none"
}
