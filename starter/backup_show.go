package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"holdfast/internal/archive"
	"holdfast/internal/backup"
	"holdfast/internal/store"
	"holdfast/internal/store/storeurl"
)

func newBackupShow(a *app) *cobra.Command {
	var address string
	cmd := &cobra.Command{
		Use:   "show BACKUP",
		Short: "Show the details of a backup",
		Long: `Show the details of a backup. With --store its report is read from there too:
what is captured of each kind of data, and every item that is missing.`,
		Example: "  holdfast backup show jira-acme.20261123T021658Z\n" +
			"  holdfast backup show jira-acme.20261123T021658Z --store file:///var/backups/holdfast",
		ValidArgsFunction: a.complete(completeBackups),
		Args:              one("BACKUP"),
		RunE:              func(cmd *cobra.Command, args []string) error { return a.backupShow(cmd.Context(), args[0], address) },
	}
	cmd.Flags().StringVar(&address, "store", "", "where backups are kept, as the workers know it: file:///directory or gs://bucket/prefix")
	return cmd
}

// shown is the JSON result of backup show.
type shown struct {
	backup.Backup
	Actions  []action  `json:"actions"`
	Coverage *coverage `json:"coverage,omitempty"` // with --store
}

// coverage is a backup's report (D3).
type coverage struct {
	Kinds []archive.KindRow `json:"kinds"`
	// Items are those that are missing or gone: all of them up to maxItems.
	Items     []archive.ItemRow `json:"items,omitempty"`
	ItemCount int               `json:"itemCount"`
}

// maxItems is how many missing and gone items are shown; report.json has all.
const maxItems = 1000

func (a *app) backupShow(ctx context.Context, backupID, address string) error {
	policyID, err := policyOf(backupID)
	if err != nil {
		return err
	}
	c, err := a.dial(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	asking, cancel := a.call(ctx)
	defer cancel()
	b, view, err := showBackup(asking, c, backupID)
	if err != nil {
		return err
	}
	result := shown{Backup: b, Actions: actionsOf(b, view.Policy, time.Now())}
	if address != "" {
		s, err := openExisting(ctx, address)
		if err != nil {
			return err
		}
		if result.Coverage, err = readCoverage(ctx, s, policyID, backupID); err != nil {
			return err
		}
		if result.Coverage == nil && (b.Status == backup.Complete || b.Status == backup.Incomplete) {
			return fmt.Errorf("%s holds no report of backup %s: check --store: it is the one that the workers have", s.URL(), backupID)
		}
	}
	return a.print(result, func(w io.Writer) {
		printBackup(w, b, view.Policy)
		a.printActions(w, result.Actions)
		if result.Coverage != nil {
			printCoverage(w, result.Coverage)
		}
	})
}

// openExisting opens a store to read from. A worker makes the directory of a
// store that is new; whoever reads would only hide a typing error so.
func openExisting(ctx context.Context, address string) (store.Store, error) {
	if u, err := url.Parse(address); err == nil && u.Scheme == "file" && u.Host == "" {
		if _, err := os.Stat(filepath.FromSlash(u.Path)); errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("open the store %s: there is no such directory: check the address", address)
		}
	}
	return storeurl.Open(ctx, address)
}

// readCoverage reads a backup's report; one that has none (in progress, failed) is nil.
func readCoverage(ctx context.Context, s store.Store, policyID, backupID string) (*coverage, error) {
	c := &coverage{}
	report, err := archive.OpenReport(ctx, s, policyID, backupID, archive.ReportVisitor{
		Item: func(row archive.ItemRow) error {
			c.ItemCount++
			if len(c.Items) < maxItems {
				c.Items = append(c.Items, row)
			}
			return nil
		},
	})
	if errors.Is(err, store.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("%w: check --store, and the backup with 'holdfast backup verify %s'", err, backupID)
	}
	c.Kinds = report.Kinds
	return c, nil
}

// describeBackup writes which backup it is, in a few lines.
func describeBackup(w io.Writer, b backup.Backup, p backup.Policy) {
	row(w, "backup", b.ID)
	row(w, "of", fmt.Sprintf("%s of %s", p.Product, p.Site))
	row(w, "status", b.Status)
	row(w, "started", startedText(b))
	row(w, "expires", when(b.ExpiresAt))
	printHeld(w, b)
	row(w, "size", size(b.Counts.StoredBytes))
}

func printHeld(w io.Writer, b backup.Backup) {
	if b.Held != nil {
		row(w, "held", "since "+noteText(b.Held))
	}
}

// printBackup writes the details of a backup (D1).
func printBackup(w io.Writer, b backup.Backup, p backup.Policy) {
	row(w, "backup", b.ID)
	row(w, "of", fmt.Sprintf("%s of %s", p.Product, p.Site))
	row(w, "status", b.Status)
	if b.Reason != "" {
		row(w, "reason", b.Reason)
	}
	row(w, "started", startedText(b))
	switch {
	case !b.EndedAt.IsZero():
		row(w, "ended", fmt.Sprintf("%s, after %s", when(b.EndedAt), b.EndedAt.Sub(b.StartedAt).Round(time.Second)))
	case !b.Deadline.IsZero():
		row(w, "gives up", when(b.Deadline))
	}
	printEnd(w, b)
	if b.Download != nil {
		row(w, "download", downloadText(b.Download))
	}
	if b.VerifiedAt.IsZero() && (b.Status == backup.Complete || b.Status == backup.Incomplete) {
		row(w, "last verified", "not yet: holdfast backup verify "+b.ID)
	} else {
		row(w, "last verified", when(b.VerifiedAt))
	}
	describeOptions(w, p.Product, b.Options)
	printCounts(w, p.Product, b.Counts)
}

// startedText is when a backup started, and by whom.
func startedText(b backup.Backup) string {
	if b.Scheduled {
		return when(b.StartedAt) + " by the schedule"
	}
	return when(b.StartedAt) + " by " + cell(b.By) + " (as they say)"
}

// printEnd writes when the bytes of a backup go, or went, and what keeps them.
func printEnd(w io.Writer, b backup.Backup) {
	switch {
	case b.ExpiresAt.IsZero():
	case b.Status == backup.Expired:
		row(w, "was", b.Was)
	case b.Held != nil:
		row(w, "expires", when(b.ExpiresAt)+", and not before it is released")
	default:
		row(w, "expires", when(b.ExpiresAt))
	}
	printHeld(w, b)
	switch {
	case b.Deletion != "":
		row(w, "deletion", "waits: "+b.Deletion)
	case !b.DeletedAt.IsZero():
		row(w, "deleted", when(b.DeletedAt))
	case b.Status == backup.Expired:
		row(w, "deletion", "in progress")
	}
}

func printCounts(w io.Writer, p backup.Product, c backup.Counts) {
	row(w, p.Containers(), count(c.Containers))
	if p == backup.Confluence {
		row(w, "pages and blog posts", count(c.Items)) // kinds tell them apart
	} else {
		row(w, p.Items(), count(c.Items))
	}
	row(w, "records", count(c.Records))
	row(w, "attachments", fmt.Sprintf("%s, %s (%s copied from earlier backups)", count(c.Attachments), size(c.AttachmentBytes), count(c.AttachmentsReused)))
	row(w, "size", fmt.Sprintf("%s of records, %s stored in all", size(c.RawBytes), size(c.StoredBytes)))
	row(w, "missing", count(c.Missing))
	row(w, "gone", fmt.Sprintf("%s (deleted or hidden since the census)", count(c.Gone)))
}

// printCoverage writes the coverage report (D3).
func printCoverage(w io.Writer, c *coverage) {
	fmt.Fprintln(w)
	row(w, "KIND", "COVERAGE", "CAPTURED", "MISSING", "GONE", "NOTE")
	for _, k := range c.Kinds {
		row(w, k.Name, k.State, count(k.Captured), count(k.Missing), count(k.Gone), k.Note)
	}
	if c.ItemCount == 0 {
		return
	}
	fmt.Fprintln(w)
	row(w, "ITEM", "KIND", "OUTCOME", "REASON")
	for _, i := range c.Items {
		row(w, strings.TrimSpace(i.Key+" "+i.ID), i.Kind, i.Outcome, i.Reason)
	}
	if left := c.ItemCount - len(c.Items); left > 0 {
		row(w, fmt.Sprintf("and %s more: report.json in the backup's folder has all", count(left)))
	}
}
