package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"go.temporal.io/sdk/client"

	"holdfast/activities"
	"holdfast/internal/atlassian"
	"holdfast/internal/cluster"
	"holdfast/internal/health"
	"holdfast/internal/host"
	"holdfast/internal/links"
	"holdfast/internal/metrics"
	"holdfast/internal/notify"
	"holdfast/internal/store"
	"holdfast/internal/store/storeurl"
)

// serve works until a signal, or until it can't go on.
func serve(ctx context.Context, s settings, listenGiven bool, log *slog.Logger) (err error) {
	ctx, release := signal.NotifyContext(ctx, syscall.SIGTERM, os.Interrupt)
	defer release()

	target, err := storeurl.Open(ctx, s.store)
	if err != nil {
		return err
	}
	counts := metrics.New()
	var state health.Health
	monitor, err := listen(s.listen, listenGiven, &state, counts, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, monitor.close()) }()
	credentials, err := loadCredentials(s.credentials, log)
	if err != nil {
		return err
	}
	hooks, err := loadNotifications(s.notifications, log)
	if err != nil {
		return err
	}
	downloads, err := links.Start(ctx, links.Config{Store: target, Listen: s.linksListen, BaseURL: s.linksURL, Log: log})
	if err != nil {
		return fmt.Errorf("--%s: %w", linksFlag, err)
	}
	if downloads != nil {
		log.Info("links to downloads are served", "url", downloads.URL())
		defer func() { err = errors.Join(err, closeLinks(ctx, downloads)) }()
	}
	c, namespace, err := cluster.Dial(ctx, cluster.Options{
		Address: s.address, Namespace: s.namespace, ConfigFile: s.configFile, Profile: s.profile,
		Logger: log, Metrics: counts.SDK(),
	})
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
	watching := watchPolicies(ctx, c, target, counts, log, func(longest time.Duration) { warnOfRetention(ctx, c, namespace, longest, log) })
	defer watching()
	h, err := host.Start(ctx, host.Config{
		Client: c, Store: target, Scratch: s.scratch, Slots: s.slots, Installation: installation, Log: log,
		MaxActivities: s.activities, MaxWorkflowTasks: s.workflowTasks, StopTimeout: s.drain, Metrics: counts, Hooks: hooks, Links: downloads,
		Sites: activities.NewSites(activities.SitesConfig{
			Credentials: credentials, Client: atlassian.Config{Logger: log, Observer: counts},
		}),
	})
	if err != nil {
		return err
	}
	counts.Scratch(h.Scratch().Usage)
	state.Begin(alive(h), ready(h, c, target))
	select {
	case <-ctx.Done():
		state.Drain("draining: it was asked to end")
		release() // from here on a signal ends the process at once
		log.Info("asked to end: letting steps that are under way go on", "for", s.drain)
	case err = <-h.Failed():
		state.Drain("ending: it can't go on")
	}
	return errors.Join(err, h.Stop())
}

// linksStop is how long fetches that are under way may go on when a worker ends:
// who fetches goes on where he was, with a link of another worker.
const linksStop = 5 * time.Second

// closeLinks ends the serving of downloads.
func closeLinks(ctx context.Context, s *links.Server) error {
	bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), linksStop)
	defer cancel()
	return s.Close(bounded)
}

func loadCredentials(path string, log *slog.Logger) (*atlassian.Credentials, error) {
	credentials, err := atlassian.LoadCredentials(path)
	if err != nil {
		return nil, err
	}
	warnOfAbsent(path, "credentials", log)
	return credentials, nil
}

// loadNotifications returns nil where there is no file: such a worker leaves notices to others.
func loadNotifications(path string, log *slog.Logger) (*notify.Hooks, error) {
	if path == "" {
		return nil, nil
	}
	hooks, err := notify.Load(path)
	if err != nil {
		return nil, err
	}
	warnOfAbsent(path, "notifications", log)
	return hooks, nil
}

// warnOfAbsent warns where there is no file at path, which the flag --name has. It
// may come later and is read then; a typing error would never be.
func warnOfAbsent(path, name string, log *slog.Logger) {
	if path == "" {
		return
	}
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		log.Warn("there is no "+name+" file yet: make it, or correct --"+name, "path", path)
	}
}

// alive is what must hold for the worker to go on at all.
func alive(h *host.Host) []health.Check {
	return []health.Check{{Name: "pollers", Test: func(context.Context) error { return h.Alive() }}}
}

// storeLife is how long an answer of the store counts: each costs a request.
const storeLife = 20 * time.Second

// ready is what must hold for the worker to do work.
func ready(h *host.Host, c client.Client, s store.Store) []health.Check {
	return append(alive(h),
		health.Check{Name: "temporal", Test: func(ctx context.Context) error {
			_, err := c.CheckHealth(ctx, &client.CheckHealthRequest{})
			return err
		}},
		health.Cached(health.Check{Name: "store", Test: func(ctx context.Context) error { return reachable(ctx, s) }}, storeLife),
		health.Check{Name: "scratch", Test: func(context.Context) error { return h.Scratch().Probe() }},
	)
}

// reachable asks the store the cheapest question: for something that is not there.
func reachable(ctx context.Context, s store.Store) error {
	if _, err := s.Stat(ctx, "holdfast-is-ready"); err != nil && !errors.Is(err, store.ErrNotExist) {
		return err
	}
	// A directory that is gone, or not mounted, holds nothing either.
	if u, err := url.Parse(s.URL()); err == nil && u.Scheme == "file" {
		if _, err := os.Stat(filepath.FromSlash(u.Path)); err != nil {
			return err
		}
	}
	return nil
}

// warnOfRetention warns where the runs of backups can be looked at for a shorter
// time than the backups themselves.
func warnOfRetention(ctx context.Context, c client.Client, namespace string, longest time.Duration, log *slog.Logger) {
	advice, err := cluster.CheckRetention(ctx, c, namespace, longest)
	switch {
	case err != nil:
		log.Warn("how long the namespace keeps closed runs is not known", "error", err)
	case advice != "":
		log.Warn(advice)
	}
}
