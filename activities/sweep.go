package activities

import (
	"context"
	"fmt"
	"strings"

	"holdfast/internal/archive"
	"holdfast/internal/store"
)

// sweepWindow is how many attachments of a backup are held in memory at a time.
const sweepWindow = 1 << 16

// sweep deletes what no attempt that counts has stored, and makes sure that
// everything is there that one has. Attachments are held against the indexes in
// windows of their names, so that memory does not grow with their number.
func (s *sealing) sweep(ctx context.Context) error {
	due := make(map[string]int64) // of segments and indexes, by name: their sizes
	for _, seg := range s.manifest.Segments {
		due[seg.Object] = seg.Bytes
	}
	for _, index := range s.manifest.Indexes {
		due[index.Object] = index.Bytes
	}
	w := window{sealing: s, size: sweepWindow, have: make(map[string]store.Object)}
	for o, err := range s.store.List(ctx, s.path()) {
		if err != nil {
			return fmt.Errorf("list %s: %w", s.path(), err)
		}
		s.beat.add(StepProgress{})
		name := strings.TrimPrefix(o.Name, s.path())
		size, listed := due[name]
		switch {
		case strings.HasPrefix(name, attachments):
			if err := w.add(ctx, name, o); err != nil {
				return err
			}
		case listed:
			if o.Size != size {
				return fmt.Errorf("%s: %w: it has %d bytes, and %d were stored", o.Name, archive.ErrCorrupt, o.Size, size)
			}
			delete(due, name)
		case name == archive.ReportName, name == archive.SumsName, name == archive.StateName, name == archive.ManifestName:
		default:
			if err := drop(ctx, s.store, o); err != nil {
				return err
			}
		}
	}
	for name := range due {
		return fmt.Errorf("%s%s: %w: it was stored and is not there", s.path(), name, archive.ErrCorrupt)
	}
	return w.close(ctx, last)
}

// attachments is the folder of the attachments, and last a name after all in it.
const (
	attachments = "attachments/"
	last        = "attachments0" // "0" follows "/"
)

// window is a run of the attachments that the store has, in the order of names.
type window struct {
	*sealing
	size  int                     // attachments held at a time
	after string                  // the last name of the window before
	have  map[string]store.Object // by name; Generation is 0 once an index has it
}

func (w *window) add(ctx context.Context, name string, o store.Object) error {
	w.have[name] = o
	if len(w.have) < w.size {
		return nil
	}
	return w.close(ctx, name)
}

// close holds the window, which ends with the name upTo, against all indexes.
func (w *window) close(ctx context.Context, upTo string) error {
	for _, index := range w.manifest.Indexes {
		for row, err := range archive.Rows(ctx, w.store, w.path(), index) {
			if err != nil {
				return fmt.Errorf("read index %s: %w", index.Object, err)
			}
			w.beat.add(StepProgress{})
			if row.Object <= w.after || row.Object > upTo {
				continue
			}
			o, ok := w.have[row.Object]
			if !ok {
				return fmt.Errorf("%s%s: %w: it was stored and is not there", w.path(), row.Object, archive.ErrCorrupt)
			}
			if o.Size != row.Size {
				return fmt.Errorf("%s: %w: it has %d bytes, and %d were stored", o.Name, archive.ErrCorrupt, o.Size, row.Size)
			}
			o.Generation = 0
			w.have[row.Object] = o
		}
	}
	for _, o := range w.have {
		if o.Generation == 0 {
			continue
		}
		if err := drop(ctx, w.store, o); err != nil {
			return err
		}
	}
	clear(w.have)
	w.after = upTo
	return nil
}
