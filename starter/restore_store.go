package main

import (
	"cmp"
	"encoding/json"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
)

// storeFlag is where what the workers wrote can be read.
type storeFlag struct{ address string }

func (f *storeFlag) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.address, "store", os.Getenv("HOLDFAST_STORE"), "where the workers keep backups, file:///directory or gs://bucket/prefix (default: that of 'holdfast dev' on this machine)")
}

// store is the address that was given, or that of the `holdfast dev` on this machine to
// which the command talks; empty where neither is known.
func (a *app) store(f storeFlag) string { return cmp.Or(f.address, a.devStore()) }

// devStore is the store of the `holdfast dev` that runs in the usual folder, where the
// command talks to it.
func (a *app) devStore() string {
	path, err := defaultDataDir()
	if err != nil {
		return ""
	}
	data, err := os.ReadFile(filepath.Join(path, devFile))
	d := devDir{path: path}
	if err != nil || json.Unmarshal(data, &d.devFacts) != nil || d.Serving == "" {
		return ""
	}
	if a.address != d.Serving && !(a.address == "" && usual(d.Serving)) {
		return ""
	}
	return d.store()
}
