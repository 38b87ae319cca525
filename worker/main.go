// Command worker joins a Temporal cluster and does the work of backups: it runs
// holdfast's workflows, talks to Atlassian's sites and writes to the store. Run
// as many as you like, on as many hosts as you like.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"

	"github.com/spf13/cobra"

	"holdfast/internal/buildinfo"
	"holdfast/internal/logging"
	"holdfast/internal/store/storeurl"
)

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

// The exit codes of the worker.
const (
	exitDone   = 0 // it was asked to end, and has
	exitFailed = 1 // it could not start, or could not go on
	exitUsage  = 2 // its arguments make no sense
)

func run(args []string, stdout, stderr io.Writer) int {
	started := false
	cmd := command(stderr, &started)
	cmd.SetArgs(args)
	cmd.SetOut(stdout)
	cmd.SetErr(stderr)
	err := cmd.Execute()
	var address *storeurl.AddressError
	switch {
	case err == nil:
		return exitDone
	case !started, errors.As(err, &address):
		fmt.Fprintf(stderr, "worker: %s\nRun 'worker --help' for what it takes.\n", plain(err))
		return exitUsage
	}
	fmt.Fprintf(stderr, "worker: %v\n", err)
	return exitFailed
}

// plain is an error of flags without the name of the function of Go that found it.
func plain(err error) string {
	return regexp.MustCompile(`: strconv\.\w+: parsing "[^"]*": `).ReplaceAllString(err.Error(), ": ")
}

// command is the command line. It sets started once the arguments have made sense.
func command(stderr io.Writer, started *bool) *cobra.Command {
	var s settings
	cmd := &cobra.Command{
		Use:   "worker --store URL --scratch DIR",
		Short: "Do the work of holdfast's backups",
		Long: `worker joins a Temporal cluster and does the work of holdfast's backups until it
is sent SIGTERM or SIGINT. Then it says that it is not ready, takes no more work,
lets the steps that are under way go on for --drain-timeout, and ends; a second
signal ends it at once. What was cut off goes on at another worker, or here after
the next start.

Where no flag says otherwise, the cluster is the one that Temporal's own tools
use: TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TEMPORAL_API_KEY, TEMPORAL_TLS_…, or
the file temporal.toml and a profile of it. All other flags have names in the
environment too: --scratch-slots is HOLDFAST_SCRATCH_SLOTS. A flag comes before
the environment, and what is empty there counts as not set.

At --metrics-listen it answers /healthz (it lives), /readyz (it can work: 200, or
503 and why not) and /metrics (for Prometheus).

Exit codes: 0 ended as asked, 1 failed, 2 wrong arguments.`,
		Example: "  worker --address temporal:7233 --store gs://acme-backups/holdfast --scratch /var/lib/holdfast --credentials credentials.json\n" +
			"  HOLDFAST_STORE=file:///mnt/backups HOLDFAST_SCRATCH=/scratch worker --profile prod --metrics-listen 0.0.0.0:9464",
		Version:      buildinfo.Read().Program(),
		Args:         cobra.NoArgs,
		SilenceUsage: true, SilenceErrors: true,
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error { return fromEnvironment(cmd.Flags(), os.LookupEnv) },
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := s.check(); err != nil {
				return err
			}
			level, err := logging.ParseLevel(s.level)
			if err != nil {
				return err
			}
			*started = true
			return serve(cmd.Context(), s, cmd.Flags().Changed(listenFlag), logging.New(stderr, level))
		},
	}
	s.register(cmd.Flags())
	for _, name := range []string{"store", "scratch"} {
		// The error can only be that there is no such flag.
		_ = cmd.MarkFlagRequired(name)
	}
	cmd.AddCommand(healthcheck(started))
	cmd.CompletionOptions.DisableDefaultCmd = true
	return cmd
}
