package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"holdfast/internal/archive"
	"holdfast/internal/backup"
	"holdfast/internal/message"
	"holdfast/internal/restore"
)

// planFlags are the flags of restore plan.
type planFlags struct {
	restoreFlags
	to, credential string
	file           string
	store          storeFlag
	noWait         bool
	as             string
}

func newRestorePlan(a *app) *cobra.Command {
	var f planFlags
	cmd := &cobra.Command{
		Use:   "plan [BACKUP | --file FILE] --to SITE --credential NAME",
		Short: "Plan a restore, and show its preview",
		Long: `Plan a restore of a backup, or of a part of it, into a site, and show its preview:
what will be created, what is there already, what users and configuration are
there, and what can't be restored. Nothing is written before 'restore apply'. With
--file it is restored from a downloaded file, which is verified whole and then put
into the store, as a file given with --map is: both need --store.

Exit codes: 0 the preview is there, 1 it could not be planned, 4 refused, or there is
nothing to restore.`,
		Example: "  holdfast restore plan jira-acme.20261123T021658Z --to https://new.atlassian.net --credential new\n" +
			"  holdfast restore plan jira-acme.20261123T021658Z --to https://acme.atlassian.net --credential acme --project EE --as-key EE2\n" +
			"  holdfast restore plan jira-acme.20261123T021658Z --to https://acme.atlassian.net --credential acme --issue EE-12 --with-children --as-key EE2\n" +
			"  holdfast restore plan confluence-acme.20261123T021658Z --to https://new.atlassian.net --credential new --space ENG --as-key ENG=DEV --map map.json --store gs://acme-backups/holdfast --permissions\n" +
			"  holdfast restore plan --file jira-acme.20261123T021658Z.zip --store gs://acme-backups/holdfast --to https://new.atlassian.net --credential new",
		ValidArgsFunction: a.complete(completeBackups),
		Args: func(cmd *cobra.Command, args []string) error {
			switch {
			case f.file == "":
				return one("BACKUP")(cmd, args)
			case len(args) > 0:
				return usagef("--file is given instead of a BACKUP, which the file names itself: give one of both")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.restorePlan(cmd.Context(), strings.Join(args, ""), f)
		},
	}
	f.restoreFlags.add(cmd)
	f.store.add(cmd)
	fl := cmd.Flags()
	fl.StringVar(&f.to, "to", "", "address of the site to restore into")
	fl.StringVar(&f.credential, "credential", "", "name of the credential for it, as the workers know it")
	fl.StringVar(&f.file, "file", "", "downloaded file to restore from, instead of the backup in the store")
	fl.BoolVar(&f.noWait, "no-wait", false, "do not wait for the preview")
	fl.StringVar(&f.as, "as", operator(), "who restores; shown as it is said")
	for _, name := range []string{"to", "credential"} {
		_ = cmd.MarkFlagRequired(name) // fails only for a flag that does not exist
	}
	for _, name := range []string{"to", "credential", "as"} {
		completeValues(cmd, name)
	}
	return cmd
}

// spec is what the flags ask for, of a backup that is there.
func (f planFlags) spec(backupID string) (restore.Spec, error) {
	policyID, err := policyOf(backupID)
	if err != nil {
		return restore.Spec{}, err
	}
	s := restore.Spec{BackupID: backupID, PolicyID: policyID, Product: product(backupID), From: backup.FromStore,
		Site: strings.TrimRight(f.to, "/"), Credential: f.credential}
	if _, err := backup.PolicyID(s.Product, s.Site); err != nil {
		return s, usagef("--to: %v", err)
	}
	if s.Credential == "" {
		return s, usagef("--credential is empty: give the name under which the workers know the account")
	}
	return s, f.restoreFlags.apply(&s)
}

func (a *app) restorePlan(ctx context.Context, backupID string, f planFlags) error {
	in := message.RestoreInput{By: f.as}
	if f.file != "" {
		m, err := a.backupInFile(ctx, f.file)
		if err != nil {
			return err
		}
		backupID, in.Limits = m.Backup, fileLimits(m)
	}
	s, err := f.spec(backupID)
	if err != nil {
		return err
	}
	mapping, err := f.mapFile(s.Product, a.store(f.store))
	if err != nil {
		return err
	}
	c, err := a.dial(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	if f.file != "" {
		err = a.uploadFile(ctx, f.file, a.store(f.store), &s)
	} else {
		in.Limits, err = a.mayRestore(ctx, c, backupID)
	}
	if err != nil {
		return err
	}
	s.ID = restore.NewID(s.BackupID, time.Now())
	if err := a.putMap(ctx, mapping, a.store(f.store), &s); err != nil {
		return err
	}
	in.Spec = s
	asking, cancel := a.call(ctx)
	defer cancel()
	if err := startRestore(asking, c, in); err != nil {
		return err
	}
	if !f.noWait {
		return a.watchRestore(ctx, c, s.ID, a.store(f.store))
	}
	v := message.RestoreView{ID: s.ID, BackupID: s.BackupID, Product: s.Product, Site: s.Site, From: s.From,
		Status: restore.Planning, By: f.as, RequestedAt: time.Now().UTC()}
	return a.print(v, func(w io.Writer) {
		describeRestore(w, v)
		a.printNext(w, v)
	})
}

// mayRestore refuses a backup that can't be restored (T1), warns of one that is
// INCOMPLETE, and returns the limits of its policy. Of a policy that this cluster does
// not have, the store knows more: the plan looks there.
func (a *app) mayRestore(ctx context.Context, c client.Client, backupID string) (backup.Limits, error) {
	b, view, err := a.lookAtBackup(ctx, c, backupID)
	var unknown *serviceerror.NotFound
	if errors.As(err, &unknown) {
		return backup.DefaultLimits(), nil
	}
	if err != nil {
		return backup.Limits{}, err
	}
	if err := backup.MayRestore(b, backup.FromStore, time.Now(), view.Policy.Limits); err != nil {
		return backup.Limits{}, refusef("restore backup %s: %w", backupID, err)
	}
	if b.Status == backup.Incomplete {
		fmt.Fprintf(a.err, "Backup %s is %s: %s\n", backupID, b.Status, cell(b.Reason))
	}
	return view.Policy.Limits, nil
}

// fileLimits are those of a restore from a file: how long it can be restored is fixed in its
// manifest (T2).
func fileLimits(m archive.Manifest) backup.Limits {
	limits := backup.DefaultLimits()
	if m.Limits.FileLife > 0 {
		limits.FileLife = m.Limits.FileLife
	}
	return limits
}

// backupInFile is the manifest of the backup that a downloaded file says it is one of.
// Its time is looked at before anything else is read (T2).
func (a *app) backupInFile(ctx context.Context, path string) (m archive.Manifest, err error) {
	file, err := os.Open(path)
	if err != nil {
		return m, usagef("--file: %v: check its name", err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return m, usagef("--file: %s is no file: give one that 'holdfast download get' has fetched", path)
	}
	m, err = archive.ReadPackageManifest(ctx, file, info.Size())
	if err != nil {
		return m, refusef("%s can't be restored from: %w: fetch it again with 'holdfast download get'", path, err)
	}
	if until := m.FileUntil(); !time.Now().Before(until) {
		return m, refusef("%s: %w", path, &backup.FileTooOld{BackupID: m.Backup, Ended: until})
	}
	return m, nil
}
