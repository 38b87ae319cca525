package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"runtime/debug"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"holdfast/internal/backup"
	"holdfast/internal/failure"
	"holdfast/internal/message"
)

// demoFlags are what a user says of a demo.
type demoFlags struct {
	site        siteFlags
	product     string
	data        string
	again, keep bool
}

// bothProducts is the demo of Jira and Confluence.
const bothProducts = "both"

func newDemo(a *app) *cobra.Command {
	var f demoFlags
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Show whole backups, of a site of its own, in this process",
		Long: `Show whole backups in this process: a site with Jira and Confluence and made-up
content, Temporal with its Web UI, and a worker. A backup of each is run, watched,
read back from the store and verified byte by byte. Nothing leaves this machine.

Everything stays in the folder that is printed at the end. With --again a demo
that was cut off goes on where it was, and one that ended runs other backups.

Exit codes: 0 each backup is COMPLETE and verified, 3 one is INCOMPLETE, 1 anything
else.`,
		Example: "  holdfast demo\n  holdfast demo --product confluence --pages 2000 --attachments 300 --keep",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if f.again {
				for _, name := range []string{"product", "fixtures", "issues", "pages", "attachments", "seed"} {
					if cmd.Flags().Changed(name) {
						return usagef("--%s can't be given with --again: the site is that of the earlier demo", name)
					}
				}
			}
			if err := f.choose(cmd.Flags().Changed); err != nil {
				return err
			}
			return a.demo(cmd.Context(), f)
		},
	}
	f.site.add(cmd)
	fl := cmd.Flags()
	fl.StringVar(&f.product, "product", bothProducts, "what to back up: jira, confluence or both")
	completeValues(cmd, "product", string(backup.Jira), string(backup.Confluence), bothProducts)
	fl.StringVar(&f.data, "data", "", "folder to keep everything in (default: a new temporary one)")
	fl.BoolVar(&f.again, "again", false, "go on with the demo that --data holds")
	fl.BoolVar(&f.keep, "keep", false, "go on serving the Web UI and the site until interrupted")
	return cmd
}

// demoMemory is what the Go runtime may take before it collects garbage harder:
// the server alone would let it grow without need.
const demoMemory = 320 << 20

func (a *app) demo(ctx context.Context, f demoFlags) (err error) {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(demoMemory)
	}
	began := time.Now()
	dir, err := openDemoDir(f.data, f.again, f.product, f.site)
	if err != nil {
		return err
	}
	ended := false
	defer func() {
		if err != nil && !ended && ctx.Err() != nil {
			err = fmt.Errorf("the demo was interrupted; go on with it: holdfast demo --data %s --again", shellQuote(dir.path))
		}
	}()
	stack, err := startDemo(ctx, dir, a.log, a.log.Enabled(ctx, slog.LevelDebug))
	if err != nil {
		return errors.Join(err, dir.abandon())
	}
	defer func() { err = errors.Join(err, stack.close()) }()

	reports, err := stack.beginAll(ctx, dir)
	if err != nil {
		return err
	}
	if err := a.demoBegun(reports); err != nil {
		return err
	}
	for _, r := range reports {
		row, err := a.demoFollow(ctx, stack, r.Backup)
		if err != nil {
			return err
		}
		if err := r.read(ctx, stack.store, row); err != nil {
			return err
		}
		r.Took = time.Since(began).Round(10 * time.Millisecond).String()
		if err := a.demoEnded(r); err != nil {
			return err
		}
	}
	a.demoGoesOn(reports, f.keep)
	ended = true
	if f.keep {
		select {
		case <-ctx.Done():
		case err := <-stack.host.Failed():
			return err
		}
	}
	return outcomeOfAll(reports)
}

// choose settles which products the demo has.
func (f *demoFlags) choose(given func(flag string) bool) error {
	switch f.product {
	case string(backup.Jira):
		if given("pages") {
			return usagef("--pages is for confluence, and this is a demo of jira: leave it out, or give --product both")
		}
		f.site.pages = 0
	case string(backup.Confluence):
		if given("issues") {
			return usagef("--issues is for jira, and this is a demo of confluence: leave it out, or give --product both")
		}
		f.site.issues = 0
	case bothProducts:
	default:
		return usagef("product %q is not known: take jira, confluence or both", f.product)
	}
	return nil
}

// beginAll starts a backup of each product; they run at the same time.
func (s *demoStack) beginAll(ctx context.Context, dir *demoDir) ([]*demoReport, error) {
	var all []*demoReport
	for _, p := range dir.products() {
		b, err := s.begin(ctx, p)
		if err != nil {
			return nil, err
		}
		all = append(all, &demoReport{
			Event: "demo", Data: dir.path, Store: s.store.URL(), Site: s.site.URL(),
			Temporal: s.server.Addr(), WebUI: s.server.UIURL(), Backup: b.ID, Product: p,
			Run: s.server.WorkflowURL(message.BackupID(b.ID), s.runID(ctx, b.ID)),
		})
	}
	return all, nil
}

// begin creates the policy and starts a backup, as `policy create` does. A run
// that an earlier demo left open goes on instead.
func (s *demoStack) begin(ctx context.Context, product backup.Product) (backup.Backup, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	p, err := target{site: s.site.URL(), product: string(product), credential: sampleCredential}.policy()
	if err != nil {
		return backup.Backup{}, err
	}
	p.Limits, p.CreatedBy, p.Options = demoLimits(), operator(), backup.Options{Attachments: true}
	found, err := check(ctx, s.client, p.ID, message.CheckInput{Site: p.Site, Product: p.Product, Credential: p.Credential})
	if err != nil {
		return backup.Backup{}, err
	}
	p.CloudID = found.CloudID
	if _, err := configure(ctx, s.client, p); err != nil {
		return backup.Backup{}, err
	}
	b, err := runBackup(ctx, s.client, p.ID, message.RunBackupInput{By: operator()})
	if kind, _ := failure.Of(err); kind == failure.Running {
		b, _, err = showBackup(ctx, s.client, detail[string](err))
	}
	return b, err
}

// demoLimits let the demo be repeated at once, and be watched closely.
func demoLimits() backup.Limits {
	l := backup.DefaultLimits()
	l.Cadence = time.Second
	l.Heartbeat = 6 * time.Second
	return l
}

// runID is the run of a backup's workflow, empty where it can't be told.
func (s *demoStack) runID(ctx context.Context, backupID string) string {
	d, err := s.client.DescribeWorkflowExecution(ctx, message.BackupID(backupID), "")
	if err != nil {
		return ""
	}
	return d.GetWorkflowExecutionInfo().GetExecution().GetRunId()
}

// demoFollow shows the run until it ends, or until the worker can't go on.
func (a *app) demoFollow(ctx context.Context, s *demoStack, backupID string) (b backup.Backup, err error) {
	watching, stop := context.WithCancel(ctx)
	defer stop()
	g, watching := errgroup.WithContext(watching)
	g.Go(func() error {
		defer stop()
		b, _, err = a.follow(watching, s.client, backupID)
		return err
	})
	g.Go(func() error {
		select {
		case <-watching.Done():
			return nil
		case err := <-s.host.Failed():
			return err
		}
	})
	return b, g.Wait()
}
