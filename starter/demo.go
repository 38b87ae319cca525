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
	data        string
	again, keep bool
}

func newDemo(a *app) *cobra.Command {
	var f demoFlags
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Show a whole backup, of a site of its own, in this process",
		Long: `Show a whole backup in this process: a Jira site with made-up content, Temporal
with its Web UI, and a worker. The backup is run, watched, read back from the
store and verified byte by byte. Nothing leaves this machine.

Everything stays in the folder that is printed at the end. With --again a demo
that was cut off goes on where it was, and one that ended runs another backup.

Exit codes: 0 the backup is COMPLETE and verified, 3 INCOMPLETE, 1 anything else.`,
		Example: "  holdfast demo\n  holdfast demo --issues 2000 --attachments 300 --keep",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if f.again {
				for _, name := range []string{"fixtures", "issues", "attachments", "seed"} {
					if cmd.Flags().Changed(name) {
						return usagef("--%s can't be given with --again: the site is that of the earlier demo", name)
					}
				}
			}
			return a.demo(cmd.Context(), f)
		},
	}
	f.site.add(cmd)
	fl := cmd.Flags()
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
	dir, err := openDemoDir(f.data, f.again, f.site)
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

	b, err := stack.begin(ctx)
	if err != nil {
		return err
	}
	r := &demoReport{
		Event: "demo", Data: dir.path, Store: stack.store.URL(), Site: stack.site.URL(),
		Temporal: stack.server.Addr(), WebUI: stack.server.UIURL(), Backup: b.ID,
		Run: stack.server.WorkflowURL(message.BackupID(b.ID), stack.runID(ctx, b.ID)),
	}
	if err := a.demoBegun(r); err != nil {
		return err
	}
	row, err := a.demoFollow(ctx, stack, b.ID)
	if err != nil {
		return err
	}
	if err := r.read(ctx, stack.store, row); err != nil {
		return err
	}
	r.Took = time.Since(began).Round(10 * time.Millisecond).String()
	if err := a.demoEnded(r, f.keep); err != nil {
		return err
	}
	ended = true
	if f.keep {
		select {
		case <-ctx.Done():
		case err := <-stack.host.Failed():
			return err
		}
	}
	return r.outcome()
}

// begin creates the policy and starts a backup, as `policy create` does. A run
// that an earlier demo left open goes on instead.
func (s *demoStack) begin(ctx context.Context) (backup.Backup, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	p, err := target{site: s.site.URL(), product: string(backup.Jira), credential: sampleCredential}.policy()
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
