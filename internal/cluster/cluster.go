// Package cluster is how holdfast meets Temporal: client options, data
// converter and search attributes, in one place for clients, workers, replay
// and tests.
package cluster

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"strings"
	"time"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/contrib/envconfig"
	"go.temporal.io/sdk/converter"
	sdklog "go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
)

// DefaultNamespace is the namespace where neither a flag nor the environment names one.
const DefaultNamespace = client.DefaultNamespace

// Options say which cluster to join. What is empty comes from where Temporal's
// own tools take it: the environment (TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE,
// TEMPORAL_API_KEY, TEMPORAL_TLS_…) or the file temporal.toml, and at last from
// the defaults, 127.0.0.1:7233 and "default".
type Options struct {
	Address   string
	Namespace string
	// ConfigFile is the file to read instead of temporal.toml, and Profile the part of it
	// that counts; empty means TEMPORAL_CONFIG_FILE and TEMPORAL_PROFILE, then Temporal's own defaults.
	ConfigFile string
	Profile    string
	// Identity is how this process shows in histories; empty leaves it to the SDK: pid@host.
	Identity string
	// Logger hears what the SDK says; nil means that nobody does.
	Logger *slog.Logger
	// Metrics takes the SDK's metrics; nil means that there are none.
	Metrics client.MetricsHandler
}

// DataConverter is what all payloads go through.
func DataConverter() converter.DataConverter { return converter.GetDefaultDataConverter() }

// FailureConverter is what all errors in histories go through.
func FailureConverter() converter.FailureConverter { return temporal.GetDefaultFailureConverter() }

// ClientOptions are the options that a client of the cluster needs.
func ClientOptions(o Options) (client.Options, error) {
	if o.ConfigFile != "" {
		// Temporal's own rule is that a file that is not there is an empty one.
		if _, err := os.Stat(o.ConfigFile); err != nil {
			return client.Options{}, fmt.Errorf("read Temporal's settings: %w: correct --config-file", err)
		}
	}
	opts, err := envconfig.LoadClientOptions(envconfig.LoadClientOptionsRequest{
		ConfigFilePath: o.ConfigFile, ConfigFileProfile: o.Profile,
	})
	if err != nil {
		return opts, fmt.Errorf("read Temporal's settings: %w: correct the TEMPORAL_… variables or temporal.toml", err)
	}
	if o.Address != "" {
		opts.HostPort = o.Address
	}
	if o.Namespace != "" {
		opts.Namespace = o.Namespace
	}
	if opts.HostPort == "" {
		opts.HostPort = "127.0.0.1:7233"
	}
	if opts.Namespace == "" {
		opts.Namespace = DefaultNamespace
	}
	if _, _, err := net.SplitHostPort(opts.HostPort); err != nil && !strings.Contains(opts.HostPort, "/") {
		return opts, fmt.Errorf("address of Temporal: %q is not host:port: correct --address or TEMPORAL_ADDRESS to one such as 127.0.0.1:7233", opts.HostPort)
	}
	opts.Identity = o.Identity
	opts.Logger = Logger(o.Logger)
	opts.MetricsHandler = o.Metrics
	opts.DataConverter = DataConverter()
	opts.FailureConverter = FailureConverter()
	return opts, nil
}

// ReplayerOptions make a replayer that reads histories as the workers write them.
func ReplayerOptions() worker.WorkflowReplayerOptions {
	return worker.WorkflowReplayerOptions{DataConverter: DataConverter(), FailureConverter: FailureConverter()}
}

// Logger is a logger in the form that the SDK takes. Nil means one that says nothing.
func Logger(l *slog.Logger) sdklog.Logger {
	if l == nil {
		l = slog.New(slog.DiscardHandler)
	}
	return sdklog.NewStructuredLogger(l)
}

// dialTimeout is how long a cluster may take to answer the first call.
const dialTimeout = 10 * time.Second

// Dial connects to a cluster and returns the client and the namespace that it
// works in. The caller closes the client.
func Dial(ctx context.Context, o Options) (client.Client, string, error) {
	opts, err := ClientOptions(o)
	if err != nil {
		return nil, "", err
	}
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	c, err := client.DialContext(ctx, opts)
	if err != nil {
		return nil, "", fmt.Errorf("connect to Temporal at %s: %w: %s", opts.HostPort, err, dialAdvice(err, opts.ConnectionOptions.TLS != nil))
	}
	return c, opts.Namespace, nil
}

// dialAdvice is what to do about a connection that fails. gRPC hands on nothing
// but the text of what went wrong, and a server that wanted TLS, or another
// certificate, just hangs up.
func dialAdvice(err error, secure bool) string {
	text := err.Error()
	hungUp := strings.Contains(text, "EOF") || strings.Contains(text, "broken pipe") ||
		strings.Contains(text, "connection reset") || strings.Contains(text, "remote error: tls")
	switch {
	case strings.Contains(text, "does not look like a TLS handshake"):
		return "there is no TLS at this address: check --address, or take away what asks for TLS (TEMPORAL_TLS, TEMPORAL_TLS_…, TEMPORAL_API_KEY, or the profile in temporal.toml)"
	case strings.Contains(text, "no children to pick from"):
		return "no address is known for this name: check --address"
	case strings.Contains(text, "signed by unknown authority"):
		return "give the authority that signed the cluster's certificate: TEMPORAL_TLS_SERVER_CA_CERT_PATH, or the profile in temporal.toml"
	case strings.Contains(text, "x509:"):
		return "check --address, or say for whom the cluster's certificate is: TEMPORAL_TLS_SERVER_NAME, or the profile in temporal.toml"
	case secure && hungUp:
		return "the cluster hangs up: it may want a client certificate that it knows (TEMPORAL_TLS_CLIENT_CERT_PATH and TEMPORAL_TLS_CLIENT_KEY_PATH), or have no TLS at all"
	case hungUp:
		return "the cluster hangs up: it may want TLS (TEMPORAL_TLS=true, or the profile in temporal.toml)"
	}
	return "check --address, or start one ('holdfast dev', or Temporal's own 'temporal server start-dev')"
}
