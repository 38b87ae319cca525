package restore

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"holdfast/internal/store"
)

// Overrides is a mapping file: by kind ("user", "issueType", "status", "priority",
// "field", "issueLinkType", "resolution", "role", "group", "securityLevel"), what is in the
// backup, by id or name (users by account id or e-mail), to what it is in the
// destination, by id or name.
type Overrides map[string]map[string]string

// The most entries in all, and the most bytes, that a mapping file may have. A plan has it in
// memory; the bytes are far more than the entries need.
const (
	MaxOverrides = 2000
	MaxMapFile   = 4 << 20
)

// PutMap writes a mapping file, byte by byte as it is, into the folder of a restore that is yet
// to be asked for, and returns what Spec.Map has of it. One of the same content that is there
// already stays; another one is an error.
func (f Folder) PutMap(ctx context.Context, file []byte) (sum string, err error) {
	_, err = store.PutBytes(ctx, f.s, mapName, file, store.IfAbsent())
	if errors.Is(err, store.ErrPrecondition) {
		have, rerr := store.ReadAll(ctx, f.s, mapName, MaxMapFile)
		if err = rerr; err == nil && !bytes.Equal(have, file) {
			err = errors.New("another one is there, of a restore of the same backup that was planned in the same second: plan again")
		}
	}
	if err != nil {
		return "", fmt.Errorf("put the mapping file of restore %s into the store: %w", f.id, err)
	}
	return sumOf(file), nil
}

// overrides reads the mapping file that has this sum; no sum is none. One that is not there, or
// is another one, wraps ErrRequest. No error says what is in it.
func (f Folder) overrides(ctx context.Context, sum string) (Overrides, error) {
	if sum == "" {
		return nil, nil
	}
	data, err := store.ReadAll(ctx, f.s, mapName, maxDocument) // a larger one than MaxMapFile is another one
	if errors.Is(err, store.ErrNotExist) {
		return nil, fmt.Errorf("%w: the mapping file of restore %s is not in the store %s: plan again with --map, and with the --store that the workers have",
			ErrRequest, f.id, f.s.URL())
	}
	if err != nil {
		return nil, fmt.Errorf("read the mapping file of restore %s: %w", f.id, err)
	}
	var m Overrides
	if sumOf(data) != sum || json.Unmarshal(data, &m) != nil {
		return nil, fmt.Errorf("%w: the mapping file of restore %s in the store %s is not the one that was given: plan again with --map",
			ErrRequest, f.id, f.s.URL())
	}
	return m, nil
}

// unused are the entries that are about nothing of the backup, as a mapping that follows m
// shows: "issueType Bugg". Users by e-mail are not told of: rows have no addresses.
func (m Overrides) unused(rows *Mapping) []string {
	var left []string
	for _, kind := range slices.Sorted(maps.Keys(m)) {
		known := map[string]bool{}
		for row := range rows.All(kind) {
			known[row.ID], known[row.Name] = true, true
		}
		for _, name := range slices.Sorted(maps.Keys(m[kind])) {
			if !known[name] && !strings.Contains(name, "@") {
				left = append(left, kind+" "+name)
			}
		}
	}
	return left
}

// some are the first few of a list, for people.
func some(all []string) string {
	const few = 5
	if len(all) <= few {
		return strings.Join(all, ", ")
	}
	return fmt.Sprintf("%s, and %d more", strings.Join(all[:few], ", "), len(all)-few)
}

func sumOf(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
