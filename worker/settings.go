package main

import (
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"holdfast/internal/host"
	"holdfast/internal/links"
	"holdfast/internal/logging"
	"holdfast/internal/scratch"
	"holdfast/internal/store/storeurl"
)

// settings are the worker's flags.
type settings struct {
	address, namespace  string
	configFile, profile string
	store               string
	credentials         string
	notifications       string
	scratch             string
	slots               int
	activities          int
	workflowTasks       int
	listen              string
	linksListen         string
	linksURL            string
	drain               time.Duration
	level               string
}

const (
	listenFlag    = "metrics-listen"
	defaultListen = "127.0.0.1:9464"
	listenHelp    = "host:port that answers /healthz, /readyz and /metrics, or off"
)

func (s *settings) register(f *pflag.FlagSet) {
	f.StringVar(&s.address, "address", "", "host:port of Temporal's frontend (default: Temporal's own settings, then 127.0.0.1:7233)")
	f.StringVar(&s.namespace, "namespace", "", "Temporal namespace (default: Temporal's own settings, then default)")
	f.StringVar(&s.configFile, "config-file", "", "Temporal's settings, instead of temporal.toml (default: TEMPORAL_CONFIG_FILE)")
	f.StringVar(&s.profile, "profile", "", "profile of Temporal's settings (default: TEMPORAL_PROFILE, then default)")
	f.StringVar(&s.store, "store", "", "where backups are kept: file:///directory or gs://bucket/prefix")
	f.StringVar(&s.credentials, "credentials", "", "JSON file with the credentials of sites, readable by its owner alone; HOLDFAST_CREDENTIAL_<NAME>_EMAIL and _TOKEN come before it")
	f.StringVar(&s.notifications, "notifications", "", "JSON file with the webhooks and commands that policies notify, readable by its owner alone")
	f.StringVar(&s.scratch, "scratch", "", "directory on a local disk for work in progress")
	f.IntVar(&s.slots, "scratch-slots", scratch.DefaultSlots, "how many shards may lie in the scratch directory at a time, 1 GiB each; so many are captured here at a time")
	f.IntVar(&s.activities, "max-activities", host.DefaultMaxActivities, "how many other steps, such as reading back what was stored, are under way at a time")
	f.IntVar(&s.workflowTasks, "max-workflow-tasks", host.DefaultMaxWorkflowTasks, "how many workflows are decided on at a time, at least 2")
	f.StringVar(&s.listen, listenFlag, defaultListen, listenHelp+"; where the default is taken, another port is")
	f.StringVar(&s.linksListen, linksFlag, links.DefaultListen, "host:port that serves downloads of a store in a directory, or off; a bucket serves them itself")
	f.StringVar(&s.linksURL, "links-url", "", "what links to downloads begin with where others reach --links-listen by another address, such as that of a proxy with TLS")
	f.DurationVar(&s.drain, "drain-timeout", host.DefaultStopTimeout, "how long steps that are under way may go on after the first signal")
	f.StringVar(&s.level, "log-level", "info", "least level that is logged: "+logging.Levels)
}

// check returns what makes no sense.
func (s *settings) check() error {
	switch {
	case s.slots < 1:
		return fmt.Errorf("--scratch-slots is %d: give at least 1", s.slots)
	case s.activities < 1:
		return fmt.Errorf("--max-activities is %d: give at least 1", s.activities)
	case s.workflowTasks < 2:
		return fmt.Errorf("--max-workflow-tasks is %d: give at least 2", s.workflowTasks)
	case s.drain <= 0:
		return fmt.Errorf("--drain-timeout is %v: give a positive duration such as 30s", s.drain)
	}
	if err := storeurl.Apart(s.store, s.scratch); err != nil {
		return fmt.Errorf("%w (--store, --scratch)", err)
	}
	if err := checkListen(linksFlag, s.linksListen, links.DefaultListen); err != nil {
		return err
	}
	if err := links.Check(s.linksListen, s.linksURL); err != nil {
		return fmt.Errorf("--links-url: %w", err)
	}
	return checkListen(listenFlag, s.listen, defaultListen)
}

func checkListen(flag, listen, example string) error {
	if listen == listenOff {
		return nil
	}
	_, port, err := net.SplitHostPort(listen)
	if err != nil {
		return fmt.Errorf("--%s is %q: give host:port, such as %s, or off", flag, listen, example)
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return fmt.Errorf("--%s is %q: give a port from 1 to 65535, or 0 for any that is free", flag, listen)
	}
	return nil
}

// linksFlag is the flag of the address at which downloads are served.
const linksFlag = "links-listen"

// listenOff is the value of --metrics-listen and --links-listen that stands for no
// listener.
const listenOff = links.Off

// environmentName is the name of a flag in the environment; empty for flags that have none.
func environmentName(flag string) string {
	switch flag {
	case "help", "version":
		return ""
	case "address", "namespace", "profile", "config-file":
		// Temporal's own: package cluster reads them.
		return "TEMPORAL_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
	}
	return "HOLDFAST_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// fromEnvironment sets the flags that were not given to what the environment says.
func fromEnvironment(f *pflag.FlagSet, lookup func(string) (string, bool)) error {
	var problem error
	f.VisitAll(func(flag *pflag.Flag) {
		name := environmentName(flag.Name)
		if problem != nil || flag.Changed || !strings.HasPrefix(name, "HOLDFAST_") {
			return
		}
		if value, ok := lookup(name); ok && value != "" {
			if err := f.Set(flag.Name, value); err != nil {
				problem = fmt.Errorf("%s in the environment: %w", name, err)
			}
		}
	})
	return problem
}
