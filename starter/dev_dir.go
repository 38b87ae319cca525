package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"

	"github.com/google/uuid"

	"holdfast/internal/buildinfo"
	"holdfast/internal/devserver"
	"holdfast/internal/store/storeurl"
)

// devDir is the folder of `holdfast dev`: everything that it keeps.
type devDir struct {
	path string
	devFacts
	lock *os.File
	// left are the databases of other servers, which stay as they are.
	left []string
}

// devFacts are what one start must know of those before it. They are in dev.json.
type devFacts struct {
	// Installation is who owns the policies in the store.
	Installation string `json:"installation"`
	// Store is where backups are kept, as a URL; empty means the folder's own.
	Store string `json:"store,omitempty"`
	// OpenedBy is the program that last opened the database, with Temporal's
	// server of the version ServedBy.
	OpenedBy string `json:"openedBy"`
	ServedBy string `json:"temporalServer"`
	// Began is true once the service has run: from then on there is a database to be missed.
	Began bool `json:"began"`
	// Import is set while the policies in the store are still to be imported into a new
	// database: that of another minor version of Temporal's server can't be opened.
	Import bool `json:"import,omitempty"`
	// Serving is the address of Temporal in the last run: commands that talk to it know
	// its store.
	Serving string `json:"serving,omitempty"`
}

const devFile = "dev.json"

func (d *devDir) scratch() string     { return filepath.Join(d.path, "scratch") }
func (d *devDir) credentials() string { return filepath.Join(d.path, "credentials.json") }
func (d *devDir) database() string    { return filepath.Join(d.path, databaseName()) }

// lastDatabase is the database of the start before.
func (d *devDir) lastDatabase() string {
	if d.ServedBy == "" {
		return d.database()
	}
	return filepath.Join(d.path, databaseOf(minorOf(d.ServedBy)))
}

// notifications is the file of notifications, which is there where the user made it.
func (d *devDir) notifications() string { return filepath.Join(d.path, "notifications.json") }

// store is where backups are kept, as a URL.
func (d *devDir) store() string {
	if d.Store != "" {
		return d.Store
	}
	return fileURL(filepath.Join(d.path, "store"))
}

// databaseName is the file of Temporal's state: one per minor version of its server.
func databaseName() string { return databaseOf(devserver.Minor()) }

func databaseOf(minor string) string { return "temporal-" + minor + ".db" }

// minorOf is the minor version of a version: "1.31" of "1.31.2".
func minorOf(version string) string {
	parts := strings.SplitN(version, ".", 3)
	return strings.Join(parts[:min(2, len(parts))], ".")
}

// fileURL is a folder as the address of a store.
func fileURL(path string) string {
	return (&url.URL{Scheme: "file", Path: filepath.ToSlash(path)}).String()
}

// defaultDataDir is the folder for data of this user, as the system has it.
func defaultDataDir() (string, error) {
	if dir := os.Getenv("XDG_DATA_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "holdfast"), nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", usagef("there is no folder for your data (%v): give one with --data", err)
	}
	if runtime.GOOS == "darwin" {
		return filepath.Join(home, "Library", "Application Support", "holdfast"), nil
	}
	return filepath.Join(home, ".local", "share", "holdfast"), nil
}

// openDevDir makes or opens the folder and locks it until it is closed. An empty
// path is the default one; an empty store is that of the start before.
func openDevDir(path, store string) (*devDir, error) {
	if path == "" {
		var err error
		if path, err = defaultDataDir(); err != nil {
			return nil, err
		}
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("find the folder %s: %w: give it as an absolute path with --data", path, err)
	}
	d := &devDir{path: path}
	if err := d.open(store); err != nil {
		return nil, errors.Join(err, d.close())
	}
	return d, nil
}

func (d *devDir) open(store string) error {
	for _, dir := range []string{d.path, d.scratch()} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return fmt.Errorf("make the folder of the service: %w: give another one with --data", err)
		}
	}
	if err := d.take(); err != nil {
		return err
	}
	data, err := os.ReadFile(filepath.Join(d.path, devFile))
	fresh := errors.Is(err, fs.ErrNotExist)
	if err == nil {
		err = json.Unmarshal(data, &d.devFacts)
	}
	if err != nil && !fresh {
		return fmt.Errorf("read %s: %w: put it back from a copy, or give another folder with --data", filepath.Join(d.path, devFile), err)
	}
	if err := d.checkDatabases(fresh); err != nil {
		return err
	}
	if err := d.chooseStore(fresh, store); err != nil {
		return err
	}
	if fresh {
		d.Installation = "dev-" + uuid.NewString()
	}
	d.OpenedBy, d.ServedBy = buildinfo.Read().Program(), devserver.Version
	if err := d.save(); err != nil {
		return err
	}
	return d.makeCredentials()
}

// take locks the folder: two services on one store and one scratch would spoil each other's work.
func (d *devDir) take() error {
	path := filepath.Join(d.path, "lock")
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("lock the folder of the service: %w: give another one with --data", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close()
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			return fmt.Errorf("lock %s: %w: give a folder on a local disk with --data", path, err)
		}
		by := ""
		if pid, err := os.ReadFile(path); err == nil && len(pid) > 0 {
			by = " (process " + cell(strings.TrimSpace(string(pid))) + ")"
		}
		return fmt.Errorf("%s is in use by another 'holdfast dev'%s: use that one, end it first, or give another folder with --data", d.path, by)
	}
	d.lock = f
	if err := f.Truncate(0); err == nil {
		_, _ = fmt.Fprintln(f, os.Getpid()) // a hint for people: the lock is the lock
	}
	return nil
}

// checkDatabases looks which databases there are: each is for one minor version of
// Temporal's server. Where this program has another server than the one that ran
// last, it begins a new one, into which the policies are imported from the store; a
// folder that has lost its database is refused.
func (d *devDir) checkDatabases(fresh bool) error {
	found, err := filepath.Glob(filepath.Join(globQuote(d.path), databaseOf("*")))
	if err != nil {
		return fmt.Errorf("look for databases in %s: %w: give another folder with --data", d.path, err)
	}
	ours := slices.Contains(found, d.database())
	d.left = slices.DeleteFunc(found, func(path string) bool { return path == d.database() })
	switch last := d.lastDatabase(); {
	case fresh && len(found) > 0:
		return fmt.Errorf("%s holds a database and no %s: it is no folder of 'holdfast dev', or lost that file; put it back, or give another folder with --data", d.path, devFile)
	case d.Import:
		return nil // cut off
	case last != d.database() && slices.Contains(d.left, last):
		if ours {
			return d.olderDatabase(last)
		}
		d.Import = true
		return nil
	case d.Began && (!ours || last != d.database()):
		return fmt.Errorf("%s is gone, which held your policies: put it back from a copy, or begin anew with another folder by --data (the backups in %s stay as they are, and 'holdfast policy import' takes them over there)",
			last, d.store())
	}
	return nil
}

// olderDatabase refuses to go on with a database since whose end another one was in use.
func (d *devDir) olderDatabase(last string) error {
	return fmt.Errorf("%s is older than %s, which %s used last: go on with that program, or move %s elsewhere (with the files -wal and -shm beside it): "+
		"the next start then makes a new one and imports the policies from the store. Or start anew with another folder by --data",
		d.database(), last, d.OpenedBy, d.database())
}

// chooseStore keeps the store of the first start: policies look for their
// backups where they were made.
func (d *devDir) chooseStore(fresh bool, store string) error {
	switch {
	case fresh:
		if err := storeurl.Apart(store, d.scratch()); err != nil {
			return err
		}
		d.Store = store
	case store != "" && store != d.store():
		return usagef("the backups of %s are in %s: start it without --store, or give another folder with --data (if you have moved them, correct \"store\" in %s)",
			d.path, d.store(), filepath.Join(d.path, devFile))
	}
	return nil
}

// begin notes that the service has run, and where.
func (d *devDir) begin(address string) error {
	if d.Began && d.Serving == address {
		return nil
	}
	d.Began, d.Serving = true, address
	return d.save()
}

// imported notes that the policies are in the new database.
func (d *devDir) imported() error {
	d.Import = false
	return d.save()
}

// save writes dev.json: whole, whenever the process or the power ends.
func (d *devDir) save() error {
	data, err := json.MarshalIndent(d.devFacts, "", "  ")
	if err == nil {
		err = replaceFile(filepath.Join(d.path, devFile), append(data, '\n'))
	}
	if err != nil {
		return fmt.Errorf("keep the settings of the service: %w: give another folder with --data", err)
	}
	return nil
}

// makeCredentials makes an empty file for the user to fill, where there is none.
func (d *devDir) makeCredentials() error {
	f, err := os.OpenFile(d.credentials(), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err == nil {
		_, err = f.WriteString("{}\n")
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		return fmt.Errorf("make a file for credentials: %w: give another folder with --data", err)
	}
	return nil
}

// close lets go of the folder.
func (d *devDir) close() error {
	if d.lock == nil {
		return nil
	}
	return d.lock.Close()
}

// globQuote makes a path match itself alone.
func globQuote(path string) string {
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`).Replace(path)
}

// replaceFile writes a file of its owner's under its name once it is whole.
func replaceFile(path string, data []byte) error {
	fresh := path + ".new"
	f, err := os.OpenFile(fresh, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(fresh, path)
}
