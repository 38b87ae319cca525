package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"holdfast/internal/atlassian"
	"holdfast/internal/cluster"
	"holdfast/internal/devserver"
	"holdfast/internal/links"
	"holdfast/internal/logging"
	"holdfast/internal/message"
	"holdfast/internal/notify"
)

// The ports of dev: those at which Temporal's own tools look for a server on
// this machine, so that the other commands find it without being told.
const (
	devPort   = 7233
	devUIPort = 8233
)

// devStopTimeout is how long steps that are under way may go on after Ctrl-C;
// what is cut off goes on at the next start.
const devStopTimeout = 10 * time.Second

// devFlags are what a user says of dev.
type devFlags struct {
	data, store, credentials string
	notifications            string
	linksListen, linksURL    string
	port, uiPort             int
}

func newDev(a *app) *cobra.Command {
	var f devFlags
	cmd := &cobra.Command{
		Use:   "dev",
		Short: "Run the whole service on this machine, for real sites",
		Long: `Run the whole service in this process until it is interrupted: Temporal with
its Web UI, and a worker. The other commands, in another terminal, find it
without being told where it is. It listens on 127.0.0.1 only, unless
--links-listen says otherwise for downloads.

Everything is kept in the folder --data: policies and runs, the store with the
backups, and credentials.json, which holds the API tokens of your sites. Ended
in any way and started again, it goes on where it was. A release with another
minor version of Temporal's server makes a new database, and imports the
policies and their backups from the store by itself.`,
		Example: "  holdfast dev\n" +
			"  holdfast dev --data /srv/holdfast --store file:///mnt/backups/holdfast",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.dev(cmd.Context(), f) },
	}
	fl := cmd.Flags()
	fl.StringVar(&f.data, "data", "", "folder to keep everything in (default: holdfast in your folder for data)")
	fl.StringVar(&f.store, "store", "", "where to keep the backups, file:///directory or gs://bucket/prefix (default: the folder store in --data; remembered)")
	fl.StringVar(&f.credentials, "credentials", os.Getenv("HOLDFAST_CREDENTIALS"), "JSON file with the credentials of sites (default: credentials.json in --data); HOLDFAST_CREDENTIAL_<NAME>_EMAIL and _TOKEN come before it")
	fl.StringVar(&f.notifications, "notifications", os.Getenv("HOLDFAST_NOTIFICATIONS"), "JSON file with the webhooks and commands that policies notify (default: notifications.json in --data, where it is)")
	fl.StringVar(&f.linksListen, "links-listen", cmp.Or(os.Getenv("HOLDFAST_LINKS_LISTEN"), links.DefaultListen), "host:port that serves downloads of a store in a directory, or off; a bucket serves them itself")
	fl.StringVar(&f.linksURL, "links-url", os.Getenv("HOLDFAST_LINKS_URL"), "what links to downloads begin with where others reach --links-listen by another address")
	fl.IntVar(&f.port, "port", devPort, "port of Temporal")
	fl.IntVar(&f.uiPort, "ui-port", devUIPort, "port of Temporal's Web UI")
	return cmd
}

// devBegun is the JSON result of dev: where everything is.
type devBegun struct {
	Data        string `json:"data"`
	Store       string `json:"store"`
	Credentials string `json:"credentials"`
	Temporal    string `json:"temporal"`
	WebUI       string `json:"webUI"`
	// Imported are the policies that were imported into a new database.
	Imported []message.ImportResult `json:"imported,omitempty"`
	// Left are the databases of other versions of Temporal's server.
	Left []string `json:"left,omitempty"`
}

func (a *app) dev(ctx context.Context, f devFlags) (err error) {
	for flag, port := range map[string]int{"--port": f.port, "--ui-port": f.uiPort} {
		if port < 1 || port > 65535 {
			return usagef("%s is %d: give a number from 1 to 65535", flag, port)
		}
	}
	if f.port == f.uiPort {
		return usagef("--port and --ui-port are both %d: give two ports", f.port)
	}
	if err := links.Check(f.linksListen, f.linksURL); err != nil {
		return usagef("--links-listen, --links-url: %v", err)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(demoMemory)
	}
	dir, err := openDevDir(f.data, f.store)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, dir.close()) }()
	if f.credentials == "" {
		f.credentials = dir.credentials()
	}
	credentials, err := atlassian.LoadCredentials(f.credentials)
	if err != nil {
		return err
	}
	if f.notifications == "" {
		f.notifications = dir.notifications()
	}
	hooks, err := notify.Load(f.notifications)
	if err != nil {
		return err
	}
	s, err := startStack(ctx, stackConfig{
		database: dir.database(), port: f.port, uiPort: f.uiPort,
		store: dir.store(), scratch: dir.scratch(), installation: dir.Installation,
		credentials: credentials, hooks: hooks, stopTimeout: devStopTimeout,
		linksListen: f.linksListen, linksURL: f.linksURL, fetches: logging.New(a.err, slog.LevelInfo),
		log: a.log, verbose: a.log.Enabled(ctx, slog.LevelDebug),
	})
	if err != nil {
		return portAdvice(err, f)
	}
	defer func() { err = errors.Join(err, s.close()) }()
	if err := dir.begin(s.server.Addr()); err != nil {
		return err
	}
	begun := devBegun{
		Data: dir.path, Store: s.store.URL(), Credentials: f.credentials,
		Temporal: s.server.Addr(), WebUI: s.server.UIURL(), Left: dir.left,
	}
	if dir.Import {
		begun.Imported = a.devImport(ctx, s.client, dir)
	}
	next := a.devNext(ctx, s, begun)
	if err := a.print(begun, func(w io.Writer) {
		row(w, "Web UI", begun.WebUI)
		row(w, "Temporal", begun.Temporal)
		row(w, "data", begun.Data)
		row(w, "store", begun.Store)
		row(w, "credentials", begun.Credentials)
		begun.printImported(w)
		fmt.Fprint(w, next)
	}); err != nil {
		return err
	}
	select {
	case err := <-s.host.Failed():
		return err
	case <-ctx.Done():
	}
	fmt.Fprintf(a.err, "Ending: steps that are under way have %v; the rest goes on at the next start. Ctrl-C again ends at once.\n", devStopTimeout)
	return nil
}

// portAdvice names the flag of a port that is taken.
func portAdvice(err error, f devFlags) error {
	var taken *devserver.PortTakenError
	if !errors.As(err, &taken) {
		return err
	}
	flag := "--port"
	if taken.Port == f.uiPort {
		flag = "--ui-port"
	}
	return fmt.Errorf("%w with %s", err, flag)
}

const forConfluence = "These are of Jira; for Confluence, give both --product confluence too.\n"

// devNext is what the user may type next, in another terminal.
func (a *app) devNext(ctx context.Context, s *stack, begun devBegun) string {
	address := ""
	if !usual(begun.Temporal) {
		address = " --address " + begun.Temporal
	}
	var b strings.Builder
	ctx, cancel := a.call(ctx)
	defer cancel()
	names := credentialNames(begun.Credentials, os.Environ())
	policies, err := listPolicies(ctx, s.client)
	switch {
	case err == nil && len(policies) > 0:
		fmt.Fprintf(&b, "\nYour policies, in another terminal:\n  holdfast%s policy list\n", address)
	case len(names) > 0:
		b.WriteString(firstSteps(address, names))
	default:
		if _, err := os.Stat(begun.Credentials); errors.Is(err, fs.ErrNotExist) {
			fmt.Fprintf(&b, "\nThere is no file %s yet.", begun.Credentials)
		}
		fmt.Fprintf(&b, "\nPut an account's API token into %[1]s; it is seen without a restart:\n"+
			"  {\"acme\": {\"email\": \"backup@acme.example\", \"token\": \"…\"}}\n"+
			"Then, in another terminal, see what the account may read, and make a policy, which starts its first backup:\n"+
			"  holdfast%[2]s site check --site https://acme.atlassian.net --credential acme\n"+
			"  holdfast%[2]s policy create --site https://acme.atlassian.net --credential acme\n"+forConfluence, begun.Credentials, address)
	}
	b.WriteString("\nInterrupt it (Ctrl-C) to end it; started again, it goes on where it was.\n")
	return b.String()
}

// firstSteps are the commands that begin with one of the credentials that there are.
func firstSteps(address string, names []string) string {
	credential, which := shellQuote(names[0]), ""
	if len(names) > 1 {
		credential, which = "CREDENTIAL", fmt.Sprintf("CREDENTIAL is that of your site, one of %s.\n", strings.Join(names, ", "))
	}
	return fmt.Sprintf("\nIn another terminal, see what the account may read, and make a policy, which starts its first backup:\n"+
		"  holdfast%[1]s site check --site https://YOUR-SITE.atlassian.net --credential %[2]s\n"+
		"  holdfast%[1]s policy create --site https://YOUR-SITE.atlassian.net --credential %[2]s\n"+forConfluence, address, credential) + which
}

// usual reports whether commands reach address without being told.
func usual(address string) bool {
	opts, err := cluster.ClientOptions(cluster.Options{})
	if err != nil || opts.ConnectionOptions.TLS != nil || opts.Credentials != nil || opts.Namespace != devserver.DefaultNamespace {
		return false
	}
	host, port, err := net.SplitHostPort(opts.HostPort)
	return err == nil && net.JoinHostPort(strings.Replace(host, "localhost", "127.0.0.1", 1), port) == address
}

// credentialNames are the names of the credentials that the file and the
// environment hold, in order; a file that can't be read holds none.
func credentialNames(path string, environ []string) []string {
	var names []string
	if data, err := os.ReadFile(path); err == nil {
		var file map[string]json.RawMessage
		_ = json.Unmarshal(data, &file) // LoadCredentials has told
		for name := range file {
			names = append(names, name)
		}
	}
	for _, line := range environ {
		name, value, _ := strings.Cut(line, "=")
		name, ours := strings.CutPrefix(name, "HOLDFAST_CREDENTIAL_")
		name, token := strings.CutSuffix(name, "_TOKEN")
		if ours && token && value != "" {
			names = append(names, strings.ToLower(name))
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}
