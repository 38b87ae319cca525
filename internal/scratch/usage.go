package scratch

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Usage is how a ledger's folder is used at a moment.
type Usage struct {
	Slots     int   // how many leases there may be
	Leased    int   // how many there are
	UsedBytes int64 // sizes of all files in the folder
	FreeBytes int64 // free space of its disk
}

// Usage looks how the folder is used.
func (l *Ledger) Usage() (Usage, error) {
	u := Usage{Slots: len(l.slots)}
	l.mu.Lock()
	for _, s := range l.slots {
		if s.held != nil {
			u.Leased++
		}
	}
	l.mu.Unlock()
	err := filepath.WalkDir(l.place.dir, func(_ string, e fs.DirEntry, err error) error {
		if err == nil && e.Type().IsRegular() {
			var info fs.FileInfo
			if info, err = e.Info(); err == nil {
				u.UsedBytes += info.Size()
			}
		}
		if errors.Is(err, fs.ErrNotExist) {
			return nil // work goes on while we look
		}
		return err
	})
	if err == nil {
		u.FreeBytes, err = l.opts.Free(l.place.dir)
	}
	if err != nil {
		return Usage{}, fmt.Errorf("look at the use of %s: %w; let the worker read it", l.place.dir, err)
	}
	return u, nil
}

// Probe writes a small file into the folder and removes it.
func (l *Ledger) Probe() error {
	path := filepath.Join(l.place.dir, "probe")
	err := os.WriteFile(path, []byte("holdfast looks whether it can write here\n"), 0o600)
	if removed := os.Remove(path); err == nil {
		err = removed
	}
	if err != nil {
		return fmt.Errorf("write to the scratch folder: %w; look at its disk and permissions", err)
	}
	return nil
}
