package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"holdfast/internal/archive"
	"holdfast/internal/backup"
	"holdfast/internal/message"
	"holdfast/internal/store"
)

func newStoreVerify(a *app) *cobra.Command {
	var share shareFlag
	cmd := &cobra.Command{
		Use:   "verify STORE [BACKUP|POLICY]",
		Short: "Read backups from a store and check every byte",
		Long: `Read backups from a store, here, and check every byte against their manifests:
one backup, those of a policy, or all. It reads the store alone, and changes
nothing: no Temporal and no worker is needed. 'backup verify' lets a worker do
it, and has the policy remember what was found.`,
		Example: "  holdfast store verify file:///var/backups/holdfast\n" +
			"  holdfast store verify gs://acme-backups/holdfast jira-acme.20261123T021658Z\n" +
			"  holdfast store verify gs://acme-backups/holdfast jira-acme --read-data 1/7",
		Args: storeArgs(1, "one STORE, and at most one BACKUP or POLICY"),
		RunE: func(cmd *cobra.Command, args []string) error {
			of := ""
			if len(args) > 1 {
				of = args[1]
			}
			return a.storeVerify(cmd.Context(), args[0], of, share)
		},
	}
	share.add(cmd)
	return cmd
}

func (a *app) storeVerify(ctx context.Context, address, of string, share shareFlag) error {
	s, err := openExisting(ctx, address)
	if err != nil {
		return err
	}
	backups, err := verifiable(ctx, s, of)
	if err != nil {
		return err
	}
	all := []message.VerifyResult{}
	worst := backup.Complete
	for _, b := range backups {
		found, err := a.verifyStored(ctx, s, b, share)
		if err != nil {
			return fmt.Errorf("%w: check the address and the permissions of this account, and try again", err)
		}
		all = append(all, found)
		if found.Status == backup.Failed || worst == backup.Complete {
			worst = found.Status
		}
	}
	if err := a.print(all, func(w io.Writer) { printStoreVerified(w, all) }); err != nil {
		return err
	}
	return outcomeOf(worst)
}

// verifiable are the ids of the backups of which there is data, or should be: the
// one that is named, those of the policy that is named, or all, oldest first.
func verifiable(ctx context.Context, s store.Store, of string) (ids []string, err error) {
	policyID, one := of, ""
	if id, _, err := backup.ParseBackupID(of); err == nil {
		policyID, one = id, of
	}
	policies, err := storedPolicies(ctx, s, policyID)
	if err != nil {
		return nil, err
	}
	for _, policy := range policies {
		found, err := readStored(ctx, s, policy, time.Now())
		if err != nil {
			return nil, err
		}
		for n := len(found.Backups) - 1; n >= 0; n-- {
			b := found.Backups[n]
			if one == "" && b.readable() || one == b.ID {
				ids = append(ids, b.ID)
			}
			if one == b.ID && !b.readable() {
				return nil, fmt.Errorf("backup %s is %s: it has no data that could be verified; 'holdfast store list %s --policy %s' has those that do",
					one, b.Status, s.URL(), policy)
			}
		}
	}
	if one != "" && len(ids) == 0 {
		return nil, fmt.Errorf("the store %s holds nothing of a backup %s: 'holdfast store list %s --policy %s' has the ids", s.URL(), one, s.URL(), policyID)
	}
	return ids, nil
}

// readable reports whether a backup has data, or should have: one that is lost
// without having expired is damage.
func (b storedBackup) readable() bool {
	switch b.Status {
	case backup.Complete, backup.Incomplete:
		return true
	case backup.Failed:
		return b.Sealed || !b.ExpiresAt.IsZero() && b.DeletedAt.IsZero()
	}
	return false
}

// verifyStored reads one backup, and shows how far it is.
func (a *app) verifyStored(ctx context.Context, s store.Store, backupID string, share shareFlag) (message.VerifyResult, error) {
	policyID, _, err := backup.ParseBackupID(backupID)
	if err != nil {
		return message.VerifyResult{}, err
	}
	d := a.newDisplay()
	if a.json() { // the results are on standard output
		d = &display{w: a.err, lines: json.NewEncoder(a.err)}
	}
	defer d.done()
	pace, shown := transferPace{backup: backupID, step: stepVerify}, time.Time{}
	found, err := archive.Verify(ctx, s, policyID, backupID, archive.VerifyOptions{
		Share: share.n, Of: share.of,
		Progress: func(p archive.VerifyProgress) {
			if now := time.Now(); now.Sub(shown) >= d.every() {
				d.show(pace.note(now, p.Bytes, p.Total, ""))
				shown = now
			}
		},
	})
	if err != nil {
		return message.VerifyResult{}, err
	}
	return message.VerifyResult{
		BackupID: backupID, Share: share.n, Of: share.of,
		Status: verdict(found), Counts: found.Counts, Problems: found.Problems, ProblemCount: found.ProblemCount,
	}, nil
}

// verdict is the status of what was verified.
func verdict(v archive.Verification) backup.Status {
	switch {
	case v.OK():
		return backup.Complete
	case v.Readable:
		return backup.Incomplete
	}
	return backup.Failed
}

func printStoreVerified(w io.Writer, all []message.VerifyResult) {
	if len(all) == 0 {
		fmt.Fprintln(w, "There are no backups to verify.")
		return
	}
	for n, v := range all {
		if n > 0 {
			fmt.Fprintln(w)
		}
		printVerified(w, v.BackupID, v)
	}
}
