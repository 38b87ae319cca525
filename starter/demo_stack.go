package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"go.temporal.io/sdk/client"

	"holdfast/activities"
	"holdfast/internal/atlassian"
	"holdfast/internal/cluster"
	"holdfast/internal/devserver"
	"holdfast/internal/host"
	"holdfast/internal/samplesite"
	"holdfast/internal/store"
	"holdfast/internal/store/storeurl"
)

// demoStack is all of holdfast in this process, and a site to back up.
type demoStack struct {
	site   *samplesite.Site
	server *devserver.Server
	client client.Client
	store  store.Store
	host   *host.Host
}

// startDemo starts a stack that keeps everything in the demo's folder. The caller closes it.
func startDemo(ctx context.Context, d *demoDir, log *slog.Logger, verbose bool) (*demoStack, error) {
	s := &demoStack{}
	if err := s.start(ctx, d, log, verbose); err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

func (s *demoStack) start(ctx context.Context, d *demoDir, log *slog.Logger, verbose bool) (err error) {
	flags := d.site()
	if s.site, err = flags.site(); err != nil {
		return err
	}
	if err = s.site.Start(ctx); err != nil {
		if d.Listen != "" {
			return fmt.Errorf("serve the site of the earlier demo where it was: %w (end what listens there, or begin a new demo without --again)", err)
		}
		return err
	}
	// The policy's id comes from the site's address: a demo that goes on needs the same.
	d.Listen = strings.TrimPrefix(s.site.URL(), "http://")
	if err = d.save(); err != nil {
		return err
	}
	s.server, err = devserver.Start(ctx, devserver.Config{
		DBPath: d.database(), UI: true, SearchAttributes: cluster.SearchAttributes(), Logger: log, Verbose: verbose,
	})
	if err != nil {
		return err
	}
	var namespace string
	s.client, namespace, err = cluster.Dial(ctx, cluster.Options{
		Address: s.server.Addr(), Namespace: s.server.Namespace(), Logger: log,
	})
	if err != nil {
		return err
	}
	// A database of an earlier demo may have been made with fewer.
	if err = cluster.EnsureSearchAttributes(ctx, s.client, namespace); err != nil {
		return err
	}
	if s.store, err = storeurl.Open(ctx, "file://"+d.store()); err != nil {
		return err
	}
	s.host, err = host.Start(ctx, host.Config{
		Client: s.client, Store: s.store, Scratch: d.scratch(), Installation: d.Installation, Log: log,
		StopTimeout: 2 * time.Second,
		Sites: activities.NewSites(activities.SitesConfig{
			Credentials: atlassian.StaticCredentials(map[string]atlassian.Credential{
				sampleCredential: {Email: s.site.Email(), Token: s.site.Token()},
			}),
			Client: atlassian.Config{Logger: log},
		}),
	})
	return err
}

// close ends the stack in the opposite order of its start.
func (s *demoStack) close() error {
	var errs []error
	if s.host != nil {
		errs = append(errs, s.host.Stop())
	}
	if s.client != nil {
		s.client.Close()
	}
	if s.server != nil {
		errs = append(errs, s.server.Stop())
	}
	if s.site != nil {
		errs = append(errs, s.site.Close())
	}
	return errors.Join(errs...)
}
