// Package devserver runs a Temporal server with its Web UI inside this process:
// for the demo, for one machine's own service, and for tests against the real
// thing. All its ports are on 127.0.0.1. It is never linked into the worker.
package devserver

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"sync"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/server/common/authorization"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/headers"
	"go.temporal.io/server/temporal"
)

// DefaultNamespace is the namespace of a Server whose Config names none.
const DefaultNamespace = "default"

// DefaultRetention is how long closed workflows can be looked at. It is longer
// than the 14 days for which a backup is kept, so that its run can be seen as
// long as its bytes.
const DefaultRetention = 30 * 24 * time.Hour

// Version is the version of the Temporal server. A database is for one minor
// version: the server does not migrate it. Put Minor into its name.
const Version = headers.ServerVersion

// Config says how a Server is to run. The zero value is one in memory, without Web UI.
type Config struct {
	// DBPath is the SQLite file that holds the state; it is made where it does
	// not exist. Empty means in memory, gone at Stop.
	DBPath string
	// Database keeps the state instead of SQLite; DBPath must be empty then.
	Database *Database
	// Port is where the frontend listens, on 127.0.0.1; zero means any that is free.
	Port int
	// UI serves Temporal's Web UI too.
	UI bool
	// UIPort is where the Web UI listens, on 127.0.0.1; zero means any that is free.
	UIPort int
	// Namespace is registered at start; empty means DefaultNamespace.
	Namespace string
	// Retention is how long closed workflows are kept at least; zero means
	// DefaultRetention. Where the database has less it is raised, never lowered.
	Retention time.Duration
	// SearchAttributes are registered when the namespace is made; later ones
	// through the operator service.
	SearchAttributes map[string]enumspb.IndexedValueType
	// SuggestContinueAsNew is the number of events after which the server
	// suggests that a workflow continue as new; zero means the server's default.
	SuggestContinueAsNew int
	// Logger hears of errors of the server; nil means that nobody does.
	Logger *slog.Logger
	// Verbose passes everything that the server says on to Logger, by its level.
	// Otherwise it hears of errors only: a server in one process warns of much
	// that matters to clusters alone.
	Verbose bool
}

// Server is a running Temporal server.
type Server struct {
	namespace string
	address   string
	ui        *webUI
	temporal  temporal.Server
	log       *logger

	stop     sync.Once
	stopped  error
	released func()
}

// Start starts a server and returns when it answers. The caller stops it.
func Start(ctx context.Context, cfg Config) (*Server, error) {
	if cfg.Namespace == "" {
		cfg.Namespace = DefaultNamespace
	}
	if cfg.Retention == 0 {
		cfg.Retention = DefaultRetention
	}
	s := &Server{namespace: cfg.Namespace, log: newLogger(cfg.Logger, cfg.Verbose), released: func() {}}
	if err := s.start(ctx, cfg); err != nil {
		return nil, errors.Join(fmt.Errorf("start the Temporal server in this process: %w", err), s.Stop())
	}
	return s, nil
}

func (s *Server) start(ctx context.Context, cfg Config) error {
	ports, err := cfg.ports()
	if err != nil {
		return err
	}
	s.address = hostPort(ports[frontendPort])
	settings := settings(ports)
	if cfg.Database != nil {
		cfg.Database.addTo(settings)
	} else if s.released, err = openDatabase(settings, cfg); err != nil {
		return err
	}
	authorizer, err := authorization.GetAuthorizerFromConfig(&settings.Global.Authorization)
	if err != nil {
		return err
	}
	claims, err := authorization.GetClaimMapperFromConfig(&settings.Global.Authorization, s.log)
	if err != nil {
		return err
	}
	server, err := temporal.NewServer(
		temporal.WithConfig(settings),
		temporal.ForServices(temporal.DefaultServices),
		temporal.WithStaticHosts(staticHosts(ports)),
		temporal.WithLogger(s.log),
		temporal.WithAuthorizer(authorizer),
		temporal.WithClaimMapper(func(*config.Config) authorization.ClaimMapper { return claims }),
		temporal.WithDynamicConfigClient(dynamicConfig(cfg)),
	)
	if err != nil {
		return err
	}
	if err := server.Start(); err != nil {
		return err
	}
	s.temporal = server
	if cfg.Database != nil {
		if err := register(ctx, s.ClientOptions(), cfg); err != nil {
			return err
		}
	}
	if cfg.UI {
		if s.ui, err = startUI(ctx, cfg.UIPort, s.address, cfg.Namespace); err != nil {
			return err
		}
	}
	return s.ready(ctx, cfg.Retention)
}

// ready waits until the namespace can be seen: the frontend reads the list of
// namespaces after it has begun to answer. Then it sees to the retention.
func (s *Server) ready(ctx context.Context, retention time.Duration) error {
	opts := s.ClientOptions()
	opts.Logger = slog.New(slog.DiscardHandler)
	c, err := client.DialContext(ctx, opts)
	if err != nil {
		return err
	}
	defer c.Close()
	for {
		_, err := c.CountWorkflow(ctx, countNothing(s.namespace))
		if err == nil {
			return keepFor(ctx, c, s.namespace, retention)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for namespace %s: %w", s.namespace, errors.Join(ctx.Err(), err))
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// Addr is the address of the frontend, host:port.
func (s *Server) Addr() string { return s.address }

// Namespace is the namespace that was registered at start.
func (s *Server) Namespace() string { return s.namespace }

// ClientOptions are what a client needs to reach the server.
func (s *Server) ClientOptions() client.Options {
	return client.Options{HostPort: s.address, Namespace: s.namespace}
}

// UIURL is the address of the Web UI, or "" where it is not served.
func (s *Server) UIURL() string {
	if s.ui == nil {
		return ""
	}
	return s.ui.url
}

// WorkflowURL is the page of the Web UI that shows a workflow, or one run of it
// where runID is not empty; "" where the Web UI is not served.
func (s *Server) WorkflowURL(workflowID, runID string) string {
	if s.ui == nil {
		return ""
	}
	page := s.ui.url + "/namespaces/" + url.PathEscape(s.namespace) + "/workflows/" + url.PathEscape(workflowID)
	if runID != "" {
		page += "/" + url.PathEscape(runID)
	}
	return page
}

// Stop ends the server and its Web UI. Stop the workers and close the clients
// first: the server waits for a second for calls that are still open.
func (s *Server) Stop() error {
	s.stop.Do(func() {
		s.log.quiet()
		if s.ui != nil {
			s.ui.stop()
		}
		if s.temporal != nil {
			s.stopped = s.temporal.Stop()
		}
		s.released()
	})
	return s.stopped
}

// answers reports whether a GET of the address succeeds.
func answers(ctx context.Context, c *http.Client, address string) bool {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return false
	}
	resp, err := c.Do(req)
	if err != nil {
		return false
	}
	_ = resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}
