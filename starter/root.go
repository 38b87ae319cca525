package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/user"
	"time"

	"github.com/spf13/cobra"
	"go.temporal.io/sdk/client"

	"holdfast/internal/buildinfo"
	"holdfast/internal/cluster"
	"holdfast/internal/logging"
)

// app is what the commands of one invocation share.
type app struct {
	streams
	address   string
	namespace string
	timeout   time.Duration
	output    string
	level     string

	log     *slog.Logger
	started bool // the arguments made sense and the command began
}

func newRoot(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "holdfast",
		Short: "Back up Atlassian sites into a store of your own, and restore them",
		Long: `holdfast backs up Atlassian sites into a store of your own. Temporal runs the
backups, workers do them, and this command line asks for them.

Start with 'holdfast demo': it shows a whole backup in this process, of a site
of its own. 'holdfast dev' runs the service on this machine, for real sites.

Where no flag says otherwise, the cluster is the one that Temporal's own tools
use: TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TEMPORAL_API_KEY, TEMPORAL_TLS_…, or
the file temporal.toml.

Exit codes:
  0  done; the backup or restore that was waited for is COMPLETE
  1  failed
  2  wrong arguments
  3  the backup or restore that was waited for, or the backup that was verified, is INCOMPLETE
  4  refused: the rules do not allow the restore, or it makes no sense, and nothing was done`,
		Example: "  holdfast demo\n" +
			"  holdfast dev\n" +
			"  holdfast policy create --site https://acme.atlassian.net --credential acme",
		Version:      buildinfo.Read().Program(),
		SilenceUsage: true, SilenceErrors: true,
		PersistentPreRunE: func(*cobra.Command, []string) error { return a.prepare() },
	}
	f := cmd.PersistentFlags()
	f.StringVar(&a.address, "address", "", "host:port of Temporal's frontend")
	f.StringVar(&a.namespace, "namespace", "", "Temporal namespace")
	f.DurationVar(&a.timeout, "timeout", time.Minute, "how long a request may take; watching and verifying may take longer")
	f.StringVarP(&a.output, "output", "o", "table", "form of the results: table or json")
	f.StringVar(&a.level, "log-level", "warn", "least level that is logged: "+logging.Levels)
	completeValues(cmd, "output", "table", "json")
	completeValues(cmd, "log-level", "debug", "info", "warn", "error")
	cmd.AddCommand(newDev(a), newDemo(a), newSampleSite(a), newPolicy(a), newBackup(a), newDownload(a), newRestore(a), newVerify(a), newNotify(a), newSite(a), newStore(a), newCompletion(a), newVersion(a))
	cmd.CompletionOptions.DisableDefaultCmd = true // ours has examples
	group(cmd)
	a.noteStart(cmd)
	return cmd
}

// noteStart makes every command note that it begins: an error before that, of
// flags and arguments, is one of usage.
func (a *app) noteStart(cmd *cobra.Command) {
	if begin := cmd.RunE; begin != nil {
		cmd.RunE = func(cmd *cobra.Command, args []string) error {
			a.started = true
			return begin(cmd, args)
		}
	}
	for _, sub := range cmd.Commands() {
		a.noteStart(sub)
	}
}

// group makes a command that has none of its own work ask for a subcommand.
func group(cmd *cobra.Command) {
	cmd.Args = cobra.ArbitraryArgs
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) > 0 {
			return usagef("%q is no command of %q", args[0], cmd.CommandPath())
		}
		_ = cmd.Help()
		return usagef("%q needs a command", cmd.CommandPath())
	}
}

// prepare looks at the flags that all commands have.
func (a *app) prepare() error {
	level, err := logging.ParseLevel(a.level)
	if err != nil {
		return usagef("%v", err)
	}
	if a.output != "table" && a.output != "json" {
		return usagef("output %q is not known: use table or json", a.output)
	}
	if a.timeout <= 0 {
		return usagef("--timeout is %v: give a positive duration such as 30s", a.timeout)
	}
	a.log = logging.New(a.err, level)
	return nil
}

// json reports whether results are to be JSON.
func (a *app) json() bool { return a.output == "json" }

// dial connects to the cluster. The caller closes the client.
func (a *app) dial(ctx context.Context) (client.Client, error) {
	c, _, err := cluster.Dial(ctx, cluster.Options{Address: a.address, Namespace: a.namespace, Logger: a.log})
	return c, err
}

// call gives a request its time.
func (a *app) call(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, a.timeout)
}

// operator is who runs this command, as far as the system tells: user@host. It
// is shown in backups as a hint and proves nothing.
func operator() string {
	name := "unknown"
	if u, err := user.Current(); err == nil {
		name = u.Username
	}
	host, err := os.Hostname()
	if err != nil {
		return name
	}
	return fmt.Sprintf("%s@%s", name, host)
}
