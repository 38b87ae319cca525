package archive

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"

	"github.com/klauspost/compress/zstd"

	"holdfast/internal/store"
)

// maxWindow bounds the memory of a decoder. Frames that Compress writes have a
// window of 8 MiB; zstd's own default limit is 128 MiB.
const maxWindow = 128 << 20

// stored is what is known of an object's bytes as they are in the store.
type stored struct {
	object string
	bytes  int64
	sha256 string
	crc32c uint32
	crc32  string // empty where the manifest is of a time when it had none
}

func (s Segment) stored() stored  { return stored{s.Object, s.Bytes, s.SHA256, s.CRC32C, s.CRC32} }
func (r IndexRow) stored() stored { return stored{r.Object, r.Size, r.SHA256, r.CRC32C, r.CRC32} }
func (i Index) stored() stored    { return stored{i.Object, i.Bytes, i.SHA256, i.CRC32C, i.CRC32} }

// stored describes what was written to s as an object's bytes.
func (s *summer) stored(object string) stored {
	return stored{object, s.n, s.sha256(), s.crc32c(), s.crc32()}
}

// checkCounts returns an error, which is ErrCorrupt, if a segment's records are
// not those that the manifest says.
func (s Segment) checkCounts(raw int64, records map[string]int) error {
	if raw != s.RawBytes {
		return fmt.Errorf("%s: %w: %d raw bytes, the manifest says %d", s.Object, ErrCorrupt, raw, s.RawBytes)
	}
	if !maps.Equal(records, s.Records) && len(records)+len(s.Records) > 0 {
		return fmt.Errorf("%s: %w: records %v, the manifest says %v", s.Object, ErrCorrupt, records, s.Records)
	}
	return nil
}

// checkCounts returns an error, which is ErrCorrupt, if an index's rows are not
// those that the manifest says.
func (i Index) checkCounts(rows rowCounts) error {
	want := rowCounts{i.Attachments, i.Reused, i.AttachmentBytes}
	if rows != want {
		return fmt.Errorf("%s: %w: %d attachments, %d of them copied, of %d bytes; the manifest says %d, %d and %d",
			i.Object, ErrCorrupt, rows.n, rows.reused, rows.size, want.n, want.reused, want.size)
	}
	return nil
}

// rowCounts adds up the rows of an index.
type rowCounts struct {
	n, reused int
	size      int64
}

func (c *rowCounts) add(row IndexRow) {
	c.n++
	c.size += row.Size
	if row.From != "" {
		c.reused++
	}
}

// source reads an object and sums up its bytes; it remembers what the store
// failed with, so that it isn't taken for damage.
type source struct {
	r        io.ReadCloser
	sum      *summer
	progress func(int64)
	err      error
}

func (s *source) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	_, _ = s.sum.Write(p[:n])
	if s.progress != nil && n > 0 {
		s.progress(int64(n))
	}
	if err != nil && err != io.EOF {
		s.err = err
	}
	return n, err
}

// check compares the bytes that were read to the end.
func (s *source) check(want stored) error {
	switch {
	case s.sum.n != want.bytes:
		return fmt.Errorf("%s: %w: %d bytes, not %d", want.object, ErrCorrupt, s.sum.n, want.bytes)
	case s.sum.sha256() != want.sha256:
		return fmt.Errorf("%s: %w: its SHA-256 is another one", want.object, ErrCorrupt)
	case s.sum.crc32c() != want.crc32c:
		return fmt.Errorf("%s: %w: its CRC32C is another one", want.object, ErrCorrupt)
	case want.crc32 != "" && s.sum.crc32() != want.crc32:
		return fmt.Errorf("%s: %w: its CRC-32 is another one", want.object, ErrCorrupt)
	}
	return nil
}

// getter is the part of a store.Store that reading needs; the file of a package has
// it too.
type getter interface {
	Get(ctx context.Context, name string, offset, length int64) (io.ReadCloser, error)
}

// get opens an object of the backup. One that is absent is ErrCorrupt.
func get(ctx context.Context, s getter, dir, object string, progress func(int64)) (*source, error) {
	rc, err := s.Get(ctx, dir+object, 0, -1)
	if errors.Is(err, store.ErrNotExist) {
		return nil, fmt.Errorf("%s: %w: it is missing", object, ErrCorrupt)
	}
	if err != nil {
		return nil, err
	}
	return &source{r: rc, sum: newSummer(io.Discard), progress: progress}, nil
}

// readLines yields the lines of a compressed object; a line is valid until the
// next one. The object is compared with what is known of it at the end. Damage
// is ErrCorrupt; progress, which may be nil, is told of stored bytes read.
func readLines(ctx context.Context, s getter, dir string, want stored, progress func(int64)) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		src, err := get(ctx, s, dir, want.object, progress)
		if err != nil {
			yield(nil, err)
			return
		}
		defer src.r.Close()
		dec, err := zstd.NewReader(src, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxWindow))
		if err != nil {
			yield(nil, err)
			return
		}
		defer dec.Close()
		for line, err := range lines(dec) {
			switch {
			case src.err != nil:
				err = src.err
			case err != nil:
				err = fmt.Errorf("%s: %w: %w", want.object, ErrCorrupt, err)
			}
			if !yield(line, err) || err != nil {
				return
			}
		}
		// The decoder stops at the end of the last frame; this finds bytes after it.
		if _, err := io.Copy(io.Discard, src); err != nil {
			yield(nil, err)
			return
		}
		if err := src.check(want); err != nil {
			yield(nil, err)
		}
	}
}
