package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"holdfast/internal/backup"
	"holdfast/internal/restore"
)

// mapKinds are the kinds that a mapping file may name (restore.Overrides), by product.
func mapKinds(p backup.Product) []string {
	if p == backup.Confluence {
		return []string{"user", "group", "role"}
	}
	return []string{"user", "group", "role", "issueType", "status", "priority", "resolution", "field", "issueLinkType", "securityLevel"}
}

// mapFile reads and checks the mapping file that was given; none is nil.
func (f planFlags) mapFile(p backup.Product, address string) ([]byte, error) {
	if f.mapping == "" {
		return nil, nil
	}
	if address == "" {
		return nil, usagef("--map is put into the store of the workers, and nothing of it into Temporal: give the store's address with --store")
	}
	return readMapFile(f.mapping, p)
}

// readMapFile reads and checks a mapping file.
func readMapFile(path string, p backup.Product) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, usagef("--map: %v: check its name", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, restore.MaxMapFile+1))
	if err != nil {
		return nil, fmt.Errorf("read the mapping file %s: %w", path, err)
	}
	if len(data) > restore.MaxMapFile {
		return nil, usagef("--map: %s is larger than 4 MiB, and may have %d entries in all: leave out what has the same name in the destination", path, restore.MaxOverrides)
	}
	if _, err := parseMap(data, p); err != nil {
		return nil, usagef("--map: %s: %v", path, err)
	}
	return data, nil
}

// putMap puts a mapping file into the folder of the restore that is about to be asked for, and
// notes in s which one it is. Where the restore never begins the workers delete it in time.
func (a *app) putMap(ctx context.Context, file []byte, address string, s *restore.Spec) error {
	if file == nil {
		return nil
	}
	ctx, cancel := a.call(ctx)
	defer cancel()
	st, err := openExisting(ctx, address)
	if err != nil {
		return err
	}
	if s.Map, err = restore.OpenFolder(st, s.ID).PutMap(ctx, file); err != nil {
		return fmt.Errorf("--map: %w; check --store: it is the one that the workers have", err)
	}
	return nil
}

// parseMap reads {"kind": {"in the backup": "in the destination"}}. A name that is there
// twice is an error: JSON has no order that says which one is meant.
func parseMap(data []byte, p backup.Product) (restore.Overrides, error) {
	m, entries := restore.Overrides{}, 0
	dec := json.NewDecoder(bytes.NewReader(data))
	err := members(dec, func(kind string) error {
		switch {
		case !slices.Contains(mapKinds(p), kind):
			return fmt.Errorf("kind %q is not known of %s: give one of %s", kind, p, strings.Join(mapKinds(p), ", "))
		case m[kind] != nil:
			return fmt.Errorf("kind %q is there twice: give its entries together", kind)
		}
		m[kind] = map[string]string{}
		return members(dec, func(from string) error {
			var to string
			if err := dec.Decode(&to); err != nil {
				return fmt.Errorf("%s %q is mapped to what is no text: give an id or a name", kind, from)
			}
			switch _, twice := m[kind][from]; {
			case from == "" || to == "":
				return fmt.Errorf("%s has an entry with an empty side: give ids or names", kind)
			case twice:
				return fmt.Errorf("%s %q is mapped twice: keep one of them", kind, from)
			}
			m[kind][from] = to
			if entries++; entries > restore.MaxOverrides {
				return fmt.Errorf("it has more than %d entries: leave out what has the same name in the destination", restore.MaxOverrides)
			}
			return nil
		})
	})
	if syntax := brokenAt(data); err != nil && syntax != nil {
		return nil, syntax
	}
	if err != nil {
		return nil, err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something follows the object: keep one")
	}
	return m, nil
}

// members takes an object, and tells each of the names in it; what it tells takes the
// value.
func members(dec *json.Decoder, each func(name string) error) error {
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return errors.New(`it is not like {"user": {"ann@acme.example": "ann@new.example"}}: correct its JSON`)
	}
	for dec.More() {
		t, err := dec.Token()
		name, ok := t.(string)
		if err != nil || !ok {
			return errors.New("its JSON is broken: correct it")
		}
		if err := each(name); err != nil {
			return err
		}
	}
	if _, err := dec.Token(); err != nil {
		return errors.New("its JSON is broken: correct it")
	}
	return nil
}

// brokenAt says where JSON is broken, and how, without what is there; nil where it is not, or where
// there is none, or only more of it than one value.
func brokenAt(data []byte) error {
	var syntax *json.SyntaxError
	if !errors.As(json.Unmarshal(data, new(json.RawMessage)), &syntax) || len(bytes.TrimSpace(data)) == 0 {
		return nil
	}
	before := data[:min(max(syntax.Offset-1, 0), int64(len(data)))]
	if strings.HasPrefix(syntax.Error(), "unexpected end") {
		before = data
	}
	line := bytes.Count(before, []byte("\n")) + 1
	column := utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:]) + 1
	how := oddCharacter.ReplaceAllString(syntax.Error(), "unexpected character")
	return fmt.Errorf("its JSON is broken at line %d, column %d: %s: correct it", line, column, how)
}

// oddCharacter is how encoding/json names a character that is none of JSON's own: it is content.
var oddCharacter = regexp.MustCompile(`invalid character '(?:[^{}\[\]:,"]|\\.+)'`)
