package archive

import (
	"context"
	"fmt"
	"iter"
)

// RecordsFrom is Records without the first skip records, which are read but not
// decoded. What it reads to the end is held against the size and the checksums of the
// segment, but not against its counts.
func (r *Reader) RecordsFrom(ctx context.Context, seg Segment, skip int) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		var raw int64
		n := 0
		for line, err := range readLines(ctx, r.s, r.dir, seg.stored(), nil) {
			if err != nil {
				yield(Record{}, err)
				return
			}
			n++
			if raw += int64(len(line)) + 1; raw > seg.RawBytes {
				yield(Record{}, seg.tooLong())
				return
			}
			if n <= skip {
				continue
			}
			rec, err := DecodeRecord(line)
			if err != nil {
				yield(Record{}, fmt.Errorf("%s, line %d: %w: %w", seg.Object, n, ErrCorrupt, err))
				return
			}
			if !yield(rec, nil) {
				return
			}
		}
	}
}

// tooLong is the error of a segment that goes on where the manifest says that it
// ends: what a few bytes can be made to unpack to has no end.
func (s Segment) tooLong() error {
	return fmt.Errorf("%s: %w: it has more than the %d raw bytes that the manifest says", s.Object, ErrCorrupt, s.RawBytes)
}

// tooLong is that of a Segment for an index.
func (i Index) tooLong() error {
	return fmt.Errorf("%s: %w: it has more than the %d attachments that the manifest says", i.Object, ErrCorrupt, i.Attachments)
}

// Rows yields the rows of an index of the manifest, as Records does.
func (r *Reader) Rows(ctx context.Context, index Index) iter.Seq2[IndexRow, error] {
	return rows(ctx, r.s, r.dir, index)
}
