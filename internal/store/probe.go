package store

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
)

// probeDir is the folder of the objects that Probe writes.
const probeDir = ".holdfast-probe/"

// Probe writes, reads, lists and deletes a small object, so that a worker can
// refuse to start on a store that does not do what it must. It leaves nothing
// behind, unless the store refuses the deletion.
func Probe(ctx context.Context, s Store) error {
	id := rand.Text()
	name, data := probeDir+id, []byte("holdfast looks whether it can write here: "+id+"\n")
	fail := func(doing string, err error) error {
		return fmt.Errorf("probe of the store %s, %s: %w; check its address and the permissions of this account, which must read, write, list and delete", s.URL(), doing, err)
	}

	o, err := PutBytes(ctx, s, name, data, IfAbsent())
	if err != nil {
		return fail("writing an object", err)
	}
	if _, err := PutBytes(ctx, s, name, data, IfAbsent()); !errors.Is(err, ErrPrecondition) {
		return fail("writing the object again under the condition that it is absent", fmt.Errorf("want a failed precondition, got %v", err))
	}
	got, err := ReadAll(ctx, s, name, 1<<10)
	if err == nil && !bytes.Equal(got, data) {
		err = ErrCorrupt
	}
	if err != nil {
		return fail("reading the object back", err)
	}
	listed := false
	for l, err := range s.List(ctx, name) {
		if err != nil {
			return fail("listing", err)
		}
		listed = listed || l.Name == name
	}
	if !listed {
		return fail("listing", errors.New("the object just written is not listed"))
	}
	if err := s.Delete(ctx, name, o.Generation); err != nil {
		return fail("deleting the object", err)
	}
	if _, err := s.Stat(ctx, name); !errors.Is(err, ErrNotExist) {
		return fail("looking for the deleted object", fmt.Errorf("want that it does not exist, got %v", err))
	}
	return nil
}
