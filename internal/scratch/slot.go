package scratch

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// lease is <slot>/lease.json: who has the slot.
type lease struct {
	Key     Key       `json:"key"`
	Folder  string    `json:"folder"` // name beside lease.json; never used twice
	Boot    string    `json:"boot,omitempty"`
	Touched time.Time `json:"touched"`
}

// slot is one part of the place.
type slot struct {
	dir   string
	held  *lease        // nil while it is free
	users int           // who use or wait for the folder now
	turn  chan struct{} // holds one token: one user at a time
}

func openSlot(place string, n int, boot string) (*slot, error) {
	s := &slot{dir: filepath.Join(place, "slots", strconv.Itoa(n)), turn: make(chan struct{}, 1)}
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return nil, err
	}
	b, err := os.ReadFile(s.file())
	if err != nil && !os.IsNotExist(err) {
		return nil, err
	}
	var l lease
	// A file that is no lease, or one of another start of the machine, means a free slot.
	if json.Unmarshal(b, &l) == nil && l.Folder != "" && filepath.IsLocal(l.Folder) && l.Boot == boot {
		s.held = &l
	}
	return s, s.clear()
}

// dropSlots removes the slots of a place that had more than n.
func dropSlots(place string, n int) error {
	dir := filepath.Join(place, "slots")
	entries, err := os.ReadDir(dir)
	if err != nil && !os.IsNotExist(err) {
		return err
	}
	for _, e := range entries {
		if i, err := strconv.Atoi(e.Name()); err == nil && i < n {
			continue
		}
		if err := os.RemoveAll(filepath.Join(dir, e.Name())); err != nil {
			return fmt.Errorf("remove a scratch slot that is no more: %w", err)
		}
	}
	return nil
}

func (s *slot) file() string   { return filepath.Join(s.dir, "lease.json") }
func (s *slot) folder() string { return filepath.Join(s.dir, s.held.Folder) }

// intact reports whether the folder of the held slot is there: somebody may have
// emptied the disk by hand.
func (s *slot) intact() bool {
	_, err := os.Stat(s.folder())
	return err == nil
}

// take leases the free slot. The folder has a new name each time, so that one who
// lost an earlier lease of the slot and does not know it yet writes nowhere.
func (s *slot) take(key Key, boot string, now time.Time) error {
	l := &lease{Key: key, Folder: "d-" + strings.ToLower(rand.Text()[:12]), Boot: boot, Touched: now}
	if err := os.Mkdir(filepath.Join(s.dir, l.Folder), 0o700); err != nil {
		return err
	}
	if err := s.save(l); err != nil {
		os.Remove(filepath.Join(s.dir, l.Folder))
		return err
	}
	s.held, s.turn = l, make(chan struct{}, 1)
	return nil
}

func (s *slot) touch(now time.Time) error {
	l := *s.held
	l.Touched = now
	if err := s.save(&l); err != nil {
		return err
	}
	s.held = &l
	return nil
}

func (s *slot) save(l *lease) error {
	b, err := json.Marshal(l)
	if err != nil {
		return err
	}
	return replaceFile(s.file(), b)
}

// end frees the slot: first on record, then on the disk.
func (s *slot) end() error {
	if err := os.Remove(s.file()); err != nil && !os.IsNotExist(err) {
		return err
	}
	s.held, s.users = nil, 0
	return s.clear()
}

// clear removes all that does not belong to the lease. The folder is renamed
// first: a user who lost it cannot add to it while it is being emptied.
func (s *slot) clear() error {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if s.held != nil && (e.Name() == "lease.json" || e.Name() == s.held.Folder) {
			continue
		}
		path := filepath.Join(s.dir, e.Name())
		if e.IsDir() && !strings.HasPrefix(e.Name(), "ended-") {
			ended := filepath.Join(s.dir, "ended-"+e.Name())
			if err := os.Rename(path, ended); err != nil {
				return err
			}
			path = ended
		}
		if err := os.RemoveAll(path); err != nil {
			return fmt.Errorf("empty scratch: %w", err)
		}
	}
	return nil
}
