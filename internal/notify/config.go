package notify

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"holdfast/internal/backup"
	"holdfast/internal/secretfile"
)

// Hooks are the entries of a worker's notifications, by their names. They are safe
// for concurrent use.
type Hooks struct {
	mu     sync.Mutex
	file   *secretfile.File
	byName map[string]entry
}

// Load reads the JSON file at path:
//
//	{"ops": {"webhook": "https://ops.example/holdfast", "secret": "…"},
//	 "pager": {"command": ["/usr/local/bin/page", "backups"], "events": ["failed", "missed"]}}
//
// A delivery after the file changed sees the change. An entry without events asks
// for all. A file that is absent holds nothing: it may come later. One that others
// than its owner can read is refused, as is one that others can write: it names
// commands.
func Load(path string) (*Hooks, error) {
	h := &Hooks{file: secretfile.New(path, "notifications")}
	if err := h.read(); err != nil {
		return nil, err
	}
	return h, nil
}

// lookup returns the entry of that name as the file has it now.
func (h *Hooks) lookup(name string) (entry, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if err := h.read(); err != nil {
		return entry{}, err
	}
	e, ok := h.byName[name]
	if !ok {
		return entry{}, fmt.Errorf("notification %q: %w: add it to the notifications file of the workers", name, ErrUnknown)
	}
	return e, nil
}

// read reads the file where it changed since the last time.
func (h *Hooks) read() error {
	return h.file.Update(func(content []byte) (err error) {
		byName := map[string]entry{}
		if content != nil {
			byName, err = parse(content)
		}
		if err == nil {
			h.byName = byName
		}
		return err
	})
}

// fileEntry is an entry as the file has it.
type fileEntry struct {
	Webhook string         `json:"webhook"`
	Secret  string         `json:"secret"`
	Command []string       `json:"command"`
	Events  []backup.Event `json:"events"`
}

// parse never quotes the file in its errors, but the names of entries and events.
func parse(data []byte) (map[string]entry, error) {
	var file map[string]fileEntry
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&file); err != nil {
		return nil, fmt.Errorf(`not of the form {"name": {"webhook": "https://…", "secret": "…", "events": ["failed"]}, "other": {"command": ["/…"]}} (byte %d)`, dec.InputOffset())
	}
	byName := make(map[string]entry, len(file))
	for name, f := range file {
		e, err := f.entry()
		if err != nil {
			return nil, fmt.Errorf("notification %q %w", name, err)
		}
		byName[name] = e
	}
	return byName, nil
}

// entry is what f asks for. An error goes on from the entry's name.
func (f fileEntry) entry() (entry, error) {
	for _, event := range f.Events {
		if !slices.Contains(backup.Events(), event) {
			return entry{}, fmt.Errorf("asks for an event that there is not: take some of %q", backup.Events())
		}
	}
	e := entry{events: f.Events}
	switch {
	case f.Webhook != "" && len(f.Command) > 0:
		return entry{}, errors.New("has both a webhook and a command: make two entries of it")
	case f.Webhook != "":
		return f.webhook(e)
	case len(f.Command) > 0:
		return f.command(e)
	}
	return entry{}, errors.New("has neither a webhook nor a command: give it one")
}

func (f fileEntry) webhook(e entry) (entry, error) {
	u, err := url.Parse(f.Webhook)
	switch {
	case err != nil, u.Scheme != "https" && u.Scheme != "http", u.Hostname() == "":
		return entry{}, errors.New("has an address that is none: give one such as https://ops.example/holdfast")
	case f.Secret == "":
		return entry{}, errors.New("has no secret: give it one, by which the other side knows that a notice is yours")
	}
	e.hook = newWebhook(u, f.Secret)
	return e, nil
}

func (f fileEntry) command(e entry) (entry, error) {
	program := f.Command[0]
	switch {
	case f.Secret != "":
		return entry{}, errors.New("has a command and a secret, which is of no use to it: leave the secret out")
	case program == "", strings.ContainsRune(program, '/') && !filepath.IsAbs(program):
		return entry{}, errors.New("has a command that is no name: give the name of a program, or its absolute path, and each of its arguments by itself")
	}
	e.hook = &command{argv: f.Command, limit: Timeout}
	return e, nil
}
