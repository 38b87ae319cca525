package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/google/uuid"

	"holdfast/internal/backup"
)

// demoDir is the folder of a demo: everything that it keeps.
type demoDir struct {
	path      string
	temporary bool // made for this demo, and it has kept nothing there yet
	demoFacts
}

// demoFacts are what a demo must know to go on where an earlier one ended. They
// are in demo.json.
type demoFacts struct {
	// Installation is who owns the backups in the store.
	Installation string `json:"installation"`
	// Listen is the address of the sample site: another one would be another site.
	Listen   string `json:"listen,omitempty"`
	Fixtures string `json:"fixtures,omitempty"`
	// Product is what is backed up: jira, confluence or both; empty, of an early demo, means jira.
	Product     string `json:"product,omitempty"`
	Issues      int    `json:"issues"`
	Pages       int    `json:"pages,omitempty"`
	Attachments int    `json:"attachments"`
	Seed        uint64 `json:"seed"`
}

const demoFile = "demo.json"

func (d *demoDir) store() string    { return filepath.Join(d.path, "store") }
func (d *demoDir) scratch() string  { return filepath.Join(d.path, "scratch") }
func (d *demoDir) database() string { return filepath.Join(d.path, databaseName()) }

// openDemoDir makes the folder of a new demo, or opens that of an earlier one
// where again is set. An empty path is a new temporary folder. product and site are
// what the flags say; a demo that goes on has those of the first.
func openDemoDir(path string, again bool, product string, site siteFlags) (*demoDir, error) {
	temporary := path == ""
	if temporary {
		if again {
			return nil, usagef("--again needs --data: the folder of the earlier demo")
		}
		dir, err := os.MkdirTemp("", "holdfast-demo-")
		if err != nil {
			return nil, fmt.Errorf("make a folder for the demo: %w: give one with --data", err)
		}
		path = dir
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("find the folder of the demo: %w: give it as an absolute path with --data", err)
	}
	d := &demoDir{path: path, temporary: temporary}
	data, err := os.ReadFile(filepath.Join(path, demoFile))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if err := d.create(product, site); err != nil {
			return nil, errors.Join(err, d.abandon())
		}
		return d, nil
	case err != nil:
		return nil, fmt.Errorf("read the earlier demo: %w: give another folder with --data", err)
	case !again:
		return nil, fmt.Errorf("%s holds an earlier demo: go on with it with --again, or give another folder with --data", path)
	}
	if err := json.Unmarshal(data, &d.demoFacts); err != nil {
		return nil, fmt.Errorf("read the earlier demo: %s: %w: give another folder with --data", demoFile, err)
	}
	return d, nil
}

// create makes the folder of a new demo. One that holds anything else is left alone.
func (d *demoDir) create(product string, site siteFlags) error {
	have, err := os.ReadDir(d.path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("look into the folder of the demo: %w: give another one with --data", err)
	}
	if len(have) > 0 {
		return fmt.Errorf("%s is not empty, and no demo made it: give a new folder with --data", d.path)
	}
	for _, dir := range []string{d.path, d.store(), d.scratch()} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return fmt.Errorf("make the folder of the demo: %w: give another one with --data", err)
		}
	}
	d.demoFacts = demoFacts{
		Installation: "demo-" + uuid.NewString(),
		Product:      product, Issues: site.issues, Pages: site.pages, Attachments: site.attachments, Seed: site.seed,
	}
	if site.fixtures != "" {
		if d.Fixtures, err = filepath.Abs(site.fixtures); err != nil {
			return fmt.Errorf("find the fixtures: %w: give them as an absolute path", err)
		}
	}
	return nil
}

// products are those that the demo backs up.
func (d *demoDir) products() []backup.Product {
	switch d.Product {
	case bothProducts:
		return []backup.Product{backup.Jira, backup.Confluence}
	case string(backup.Confluence):
		return []backup.Product{backup.Confluence}
	}
	return []backup.Product{backup.Jira}
}

// save writes demo.json: from then on the folder is a demo's.
func (d *demoDir) save() error {
	data, err := json.MarshalIndent(d.demoFacts, "", "  ")
	if err == nil {
		err = os.WriteFile(filepath.Join(d.path, demoFile), append(data, '\n'), 0o600)
	}
	if err != nil {
		return fmt.Errorf("keep the demo's settings: %w: give another folder with --data", err)
	}
	d.temporary = false
	return nil
}

// abandon removes a folder that was made for a demo which did not come to
// anything: there is nothing in it to look at.
func (d *demoDir) abandon() error {
	if !d.temporary {
		return nil
	}
	return os.RemoveAll(d.path)
}

// site is the sample site of the demo.
func (d *demoDir) site() siteFlags {
	return siteFlags{fixtures: d.Fixtures, issues: d.Issues, pages: d.Pages, attachments: d.Attachments, seed: d.Seed, listen: d.Listen}
}
