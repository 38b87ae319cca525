package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"go.temporal.io/sdk/client"

	"holdfast/activities"
	"holdfast/internal/atlassian"
	"holdfast/internal/cluster"
	"holdfast/internal/devserver"
	"holdfast/internal/host"
	"holdfast/internal/links"
	"holdfast/internal/notify"
	"holdfast/internal/store"
	"holdfast/internal/store/storeurl"
)

// stack is the service in this process: Temporal with its Web UI, and a worker.
type stack struct {
	server *devserver.Server
	client client.Client
	store  store.Store
	links  *links.Server // of downloads; nil where the store makes links itself
	host   *host.Host
}

// stackConfig says where a stack keeps what it keeps, and who it is.
type stackConfig struct {
	database     string // file of Temporal's state
	port, uiPort int    // of Temporal and of its Web UI; zero is any that is free
	store        string // URL
	scratch      string // folder
	installation string
	credentials  *atlassian.Credentials
	linksListen  string        // host:port of downloads; empty is any port of this machine that is free
	linksURL     string        // what links to downloads begin with; empty is that address
	hooks        *notify.Hooks // of notifications; nil: there are none
	stopTimeout  time.Duration // for steps that are under way when it is closed
	fetches      *slog.Logger  // hears of each fetch of a download, whatever the level of log
	log          *slog.Logger
	verbose      bool // Temporal's server tells all
}

// startStack starts the service. The caller closes it.
func startStack(ctx context.Context, cfg stackConfig) (*stack, error) {
	s := &stack{}
	if err := s.start(ctx, cfg); err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

func (s *stack) start(ctx context.Context, cfg stackConfig) (err error) {
	// A store that is not to be had is told of before a server is started.
	if s.store, err = storeurl.Open(ctx, cfg.store); err != nil {
		return err
	}
	if s.links, err = links.Start(ctx, links.Config{Store: s.store, Listen: cfg.linksListen, BaseURL: cfg.linksURL, Log: cmp.Or(cfg.fetches, cfg.log)}); err != nil {
		return err
	}
	s.server, err = devserver.Start(ctx, devserver.Config{
		DBPath: cfg.database, Port: cfg.port, UI: true, UIPort: cfg.uiPort,
		SearchAttributes: cluster.SearchAttributes(), Logger: cfg.log, Verbose: cfg.verbose,
	})
	if err != nil {
		return err
	}
	if s.client, err = dialServer(ctx, s.server, cfg.log); err != nil {
		return err
	}
	// A database that is there already may have been made with fewer.
	if err = cluster.EnsureSearchAttributes(ctx, s.client, s.server.Namespace()); err != nil {
		return err
	}
	s.host, err = host.Start(ctx, host.Config{
		Client: s.client, Store: s.store, Scratch: cfg.scratch, Installation: cfg.installation,
		StopTimeout: cfg.stopTimeout, Hooks: cfg.hooks, Links: s.links, Log: cfg.log,
		Sites: activities.NewSites(activities.SitesConfig{
			Credentials: cfg.credentials, Client: atlassian.Config{Logger: cfg.log},
		}),
	})
	return err
}

// dialServer connects to the server of this process. What the environment says
// of other clusters (keys, TLS) does not matter to it.
func dialServer(ctx context.Context, server *devserver.Server, log *slog.Logger) (client.Client, error) {
	opts := server.ClientOptions()
	opts.Logger = cluster.Logger(log)
	opts.DataConverter, opts.FailureConverter = cluster.DataConverter(), cluster.FailureConverter()
	c, err := client.DialContext(ctx, opts)
	if err != nil {
		return nil, fmt.Errorf("connect to the Temporal server in this process: %w: try again", err)
	}
	return c, nil
}

// linksStop is how long fetches of downloads may go on when a stack is closed.
const linksStop = 2 * time.Second

// close ends the stack in the opposite order of its start.
func (s *stack) close() error {
	var errs []error
	if s.host != nil {
		errs = append(errs, s.host.Stop())
	}
	fetches, cancel := context.WithTimeout(context.Background(), linksStop)
	defer cancel()
	errs = append(errs, s.links.Close(fetches))
	if s.client != nil {
		s.client.Close()
	}
	if s.server != nil {
		errs = append(errs, s.server.Stop())
	}
	return errors.Join(errs...)
}
