// Command worker joins a Temporal cluster and does the work of backups: it runs
// holdfast's workflows, talks to Atlassian's sites and writes to the store. Run
// as many as you like, on as many hosts as you like.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"holdfast/activities"
	"holdfast/internal/atlassian"
	"holdfast/internal/buildinfo"
	"holdfast/internal/cluster"
	"holdfast/internal/host"
	"holdfast/internal/logging"
	"holdfast/internal/store/storeurl"
)

func main() {
	os.Exit(run(os.Args[1:], os.Stderr))
}

// The exit codes of the worker.
const (
	exitDone   = 0 // it was asked to end, and has
	exitFailed = 1 // it could not start, or could not go on
	exitUsage  = 2 // its arguments make no sense
)

func run(args []string, stderr io.Writer) int {
	started := false
	cmd := command(stderr, &started)
	cmd.SetArgs(args)
	cmd.SetErr(stderr)
	err := cmd.Execute()
	switch {
	case err == nil:
		return exitDone
	case !started:
		fmt.Fprintf(stderr, "worker: %v\nRun 'worker --help' for what it takes.\n", err)
		return exitUsage
	}
	fmt.Fprintf(stderr, "worker: %v\n", err)
	return exitFailed
}

// settings are the worker's flags.
type settings struct {
	address, namespace string
	store              string
	credentials        string
	scratch            string
	slots              int
	level              string
}

func command(stderr io.Writer, started *bool) *cobra.Command {
	var s settings
	cmd := &cobra.Command{
		Use:   "worker --store URL --scratch DIR",
		Short: "Do the work of holdfast's backups",
		Long: `worker joins a Temporal cluster and does the work of holdfast's backups until it
is sent SIGTERM or SIGINT. Then it takes no more work, lets the steps that are
under way go on for up to 30 seconds, and ends; a second signal ends it at once.
What was cut off goes on at another worker, or here after the next start.

Where no flag says otherwise, the cluster is the one that Temporal's own tools
use: TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TEMPORAL_API_KEY, TEMPORAL_TLS_…, or
the file temporal.toml.

Exit codes: 0 ended as asked, 1 failed, 2 wrong arguments.`,
		Version:      buildinfo.Read().Program(),
		Args:         cobra.NoArgs,
		SilenceUsage: true, SilenceErrors: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			level, err := logging.ParseLevel(s.level)
			if err != nil {
				return err
			}
			if s.slots < 1 {
				return fmt.Errorf("--scratch-slots is %d: give at least 1", s.slots)
			}
			*started = true
			return serve(cmd.Context(), s, logging.New(stderr, level))
		},
	}
	f := cmd.Flags()
	f.StringVar(&s.address, "address", "", "host:port of Temporal's frontend (default: Temporal's own settings, then 127.0.0.1:7233)")
	f.StringVar(&s.namespace, "namespace", "", "Temporal namespace (default: Temporal's own settings, then default)")
	f.StringVar(&s.store, "store", "", "where backups are kept: file:///directory")
	f.StringVar(&s.credentials, "credentials", "", "JSON file with the credentials of sites, readable by its owner alone; HOLDFAST_CREDENTIAL_<NAME>_EMAIL and _TOKEN come before it")
	f.StringVar(&s.scratch, "scratch", "", "directory on a local disk for work in progress")
	f.IntVar(&s.slots, "scratch-slots", 4, "how many shards may lie in the scratch directory at a time, 1 GiB each")
	f.StringVar(&s.level, "log-level", "info", "least level that is logged: "+logging.Levels)
	for _, name := range []string{"store", "scratch"} {
		// The error can only be that there is no such flag.
		_ = cmd.MarkFlagRequired(name)
	}
	return cmd
}

// serve works until a signal, or until it can't go on.
func serve(ctx context.Context, s settings, log *slog.Logger) error {
	ctx, release := signal.NotifyContext(ctx, syscall.SIGTERM, os.Interrupt)
	defer release()

	credentials, err := atlassian.LoadCredentials(s.credentials)
	if err != nil {
		return err
	}
	if s.credentials != "" {
		// It may come later and is read then; a typing error would never be.
		if _, err := os.Stat(s.credentials); errors.Is(err, fs.ErrNotExist) {
			log.Warn("there is no credentials file yet: make it, or correct --credentials", "path", s.credentials)
		}
	}
	target, err := storeurl.Open(ctx, s.store)
	if err != nil {
		return err
	}
	c, namespace, err := cluster.Dial(ctx, cluster.Options{Address: s.address, Namespace: s.namespace, Logger: log})
	if err != nil {
		return err
	}
	defer c.Close()
	if err := cluster.EnsureSearchAttributes(ctx, c, namespace); err != nil {
		return err
	}
	installation, err := host.ClusterInstallation(ctx, c, namespace)
	if err != nil {
		return err
	}
	h, err := host.Start(ctx, host.Config{
		Client: c, Store: target, Scratch: s.scratch, Slots: s.slots, Installation: installation, Log: log,
		Sites: activities.NewSites(activities.SitesConfig{
			Credentials: credentials, Client: atlassian.Config{Logger: log},
		}),
	})
	if err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		release() // from here on a signal ends the process at once
		log.Info("asked to end: letting steps that are under way go on", "for", host.DefaultStopTimeout)
	case err = <-h.Failed():
	}
	return errors.Join(err, h.Stop())
}
