package confluence

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"

	"holdfast/internal/archive"
)

// manyKinds are the kinds of a space that there may be as many of as there are pages.
var manyKinds = []string{taskKind, customKind}

// many compares tasks and custom content; got nil says that their space is not there.
func (c *comparing) many(ctx context.Context, got *kept) error {
	for w, err := range c.job.Archive.Container(ctx, c.batch.Container, manyKinds...) {
		if err != nil {
			return err
		}
		ref, err := c.ref(ctx, w.Kind, w.ID)
		if err != nil {
			return err
		}
		if ref.ID == "" && !c.whole && !c.excused(w, "") {
			continue // what it belongs to was not selected
		}
		g, ok, err := got.take(w.Kind, ref.ID)
		if err != nil {
			return err
		}
		if !ok {
			c.missing(w)
			continue
		}
		if err := c.compare(ctx, w, g); err != nil {
			return err
		}
	}
	for _, left := range got.left() {
		c.job.Diff.TooMany(left.kind, left.id)
	}
	return nil
}

// kept are records of the destination that wait in a file for those of the archive; of each, where it is
// in there is in memory.
type kept struct {
	file *os.File
	out  *bufio.Writer
	size int64
	at   map[keptKey]keptPlace
}

type keptKey struct{ kind, id string }

type keptPlace struct {
	from int64
	size int32
}

func newKept(scratch string) (*kept, error) {
	f, err := os.CreateTemp(scratch, "compare-*")
	if err != nil {
		return nil, fmt.Errorf("keep what the destination has on disk: %w; make room there", err)
	}
	_ = os.Remove(f.Name()) // it goes with its last handle
	return &kept{file: f, out: bufio.NewWriterSize(f, 64<<10), at: map[keptKey]keptPlace{}}, nil
}

func (k *kept) close() { _ = k.file.Close() }

func (k *kept) add(r archive.Record) error {
	key := keptKey{r.Kind, r.ID}
	if _, twice := k.at[key]; twice {
		return nil // a list that grows while it is read may give one twice
	}
	if _, err := k.out.Write(r.Body); err != nil {
		return fmt.Errorf("keep what the destination has on disk: %w; make room there", err)
	}
	k.at[key] = keptPlace{k.size, int32(len(r.Body))}
	k.size += int64(len(r.Body))
	return nil
}

// take gives a record away.
func (k *kept) take(kind, id string) (archive.Record, bool, error) {
	r := archive.Record{Kind: kind, ID: id}
	if k == nil {
		return r, false, nil
	}
	key := keptKey{kind, id}
	at, ok := k.at[key]
	if !ok {
		return r, false, nil
	}
	delete(k.at, key)
	if err := k.out.Flush(); err != nil {
		return r, false, fmt.Errorf("keep what the destination has on disk: %w; make room there", err)
	}
	r.Body = make(raw, at.size)
	if _, err := io.ReadFull(io.NewSectionReader(k.file, at.from, int64(at.size)), r.Body); err != nil {
		return r, false, fmt.Errorf("read what was kept on disk: %w", err)
	}
	return r, true, nil
}

// left are those that nobody took.
func (k *kept) left() []keptKey {
	if k == nil {
		return nil
	}
	var all []keptKey
	for key := range k.at {
		all = append(all, key)
	}
	return all
}
