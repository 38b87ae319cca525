package archive

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
)

// MaxSegment is the size in raw bytes past which a segment is closed and the
// next one begun: a bound for readers and for what a fault costs. A segment goes
// past it by one record at most.
const MaxSegment = 64 << 20

// SegmentWriter writes the records of one segment to a file on local disk, not
// yet compressed. After an error, resume the file where it was last synced.
type SegmentWriter struct {
	f       *os.File
	w       *bufio.Writer
	line    []byte
	size    int64
	records map[string]int
}

// CreateSegment begins a segment in a new file, or anew in one that is there.
func CreateSegment(path string) (*SegmentWriter, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, fmt.Errorf("begin a segment: %w", err)
	}
	return newSegmentWriter(f), nil
}

// ResumeSegment goes on with a segment of which the first size bytes are good,
// as Size told after a Sync; what is behind them is cut off. It reads them to
// count their records. A file that is shorter, or does not end a record there,
// is an error that is fs.ErrInvalid: begin anew.
func ResumeSegment(path string, size int64) (*SegmentWriter, error) {
	if size == 0 {
		return CreateSegment(path)
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("resume a segment: %w", err)
	}
	w := newSegmentWriter(f)
	if err := w.resume(size); err != nil {
		f.Close()
		return nil, fmt.Errorf("resume the segment %s at byte %d: %w", path, size, err)
	}
	return w, nil
}

func newSegmentWriter(f *os.File) *SegmentWriter {
	return &SegmentWriter{f: f, w: bufio.NewWriterSize(f, 256<<10), records: map[string]int{}}
}

func (w *SegmentWriter) resume(size int64) error {
	for line, err := range lines(io.LimitReader(w.f, size)) {
		if err != nil {
			return fmt.Errorf("%w: %w", fs.ErrInvalid, err)
		}
		r, err := DecodeRecord(line)
		if err != nil {
			return fmt.Errorf("%w: %w", fs.ErrInvalid, err)
		}
		w.records[r.Kind]++
		w.size += int64(len(line)) + 1
	}
	if w.size != size {
		return fmt.Errorf("%w: its records end at byte %d", fs.ErrInvalid, w.size)
	}
	if err := w.f.Truncate(size); err != nil {
		return err
	}
	_, err := w.f.Seek(size, io.SeekStart)
	return err
}

// Write appends a record. A record that can't be one is ErrRecord, and the
// segment is as before.
func (w *SegmentWriter) Write(r Record) error {
	line, err := AppendRecord(w.line[:0], r)
	if err != nil {
		return err
	}
	if cap(line) <= 1<<20 { // keep the buffer, unless one record was huge
		w.line = line
	}
	if _, err := w.w.Write(line); err != nil {
		return fmt.Errorf("write a segment: %w", err)
	}
	w.size += int64(len(line))
	w.records[r.Kind]++
	return nil
}

// Size returns how many bytes were written, on disk or not.
func (w *SegmentWriter) Size() int64 { return w.size }

// Full reports whether the next record belongs into another segment.
func (w *SegmentWriter) Full() bool { return w.size >= MaxSegment }

// Records returns how many records of each kind were written.
func (w *SegmentWriter) Records() map[string]int { return maps.Clone(w.records) }

// Sync brings all that was written to the disk.
func (w *SegmentWriter) Sync() error {
	if err := w.w.Flush(); err != nil {
		return fmt.Errorf("write a segment: %w", err)
	}
	if err := w.f.Sync(); err != nil {
		return fmt.Errorf("write a segment: %w", err)
	}
	return nil
}

// Close syncs and closes the file.
func (w *SegmentWriter) Close() error { return errors.Join(w.Sync(), w.f.Close()) }

// Abandon closes the file and leaves what was not synced undecided.
func (w *SegmentWriter) Abandon() { _ = w.f.Close() }
