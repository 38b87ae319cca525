package archive

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"

	"holdfast/internal/store"
)

// packageFile is the file of a package: a zip file of exactly the form that holdfast
// writes. Go's archive/zip reads more than that (comments, gaps, entries that overlap,
// records that contradict each other), so that two programs could see different
// contents in one file; a backup has one.
type packageFile struct {
	r   io.ReaderAt
	end zipEnd
	// where the contents of the entries are that are read by name: all but the
	// attachments.
	known map[string]section
}

// section is where a content is.
type section struct{ at, size int64 }

// errNoPackage is wrapped where a file is no package, or not all of one.
var errNoPackage = fmt.Errorf("%w: it is not a whole package of a backup: a download that broke off has to go on to its end", ErrCorrupt)

// openZip reads what stands at the end of a package of so many bytes.
func openZip(r io.ReaderAt, size int64) (*packageFile, error) {
	f := &packageFile{r: r, known: map[string]section{}}
	tail := make([]byte, min(size, end64Size+locator64Size+endSize))
	if err := f.readAt(tail, size-int64(len(tail))); err != nil {
		return nil, err
	}
	if len(tail) < endSize {
		return nil, fmt.Errorf("%w (%d bytes)", errNoPackage, size)
	}
	end := tail[len(tail)-endSize:]
	f.end = zipEnd{
		entries: int64(binary.LittleEndian.Uint16(end[10:])),
		bytes:   int64(binary.LittleEndian.Uint32(end[12:])),
		offset:  int64(binary.LittleEndian.Uint32(end[16:])),
	}
	if f.end.needs64() && len(tail) == end64Size+locator64Size+endSize {
		f.end = zipEnd{
			entries: int64(binary.LittleEndian.Uint64(tail[32:])),
			bytes:   int64(binary.LittleEndian.Uint64(tail[40:])),
			offset:  int64(binary.LittleEndian.Uint64(tail[48:])),
		}
	}
	// There is one way to write an end, and it is at the end.
	want := f.end.append(nil)
	if !bytes.HasSuffix(tail, want) || f.end.offset < 0 || f.end.bytes < 0 || f.end.entries < 0 ||
		f.end.offset > size || f.end.bytes > size || f.end.offset+f.end.bytes+int64(len(want)) != size {
		return nil, fmt.Errorf("%w (%d bytes)", errNoPackage, size)
	}
	return f, nil
}

// readFault marks an error of the file itself, which says nothing of its content.
type readFault struct{ err error }

func (e *readFault) Error() string { return e.err.Error() }

// Unwrap returns what the file said.
func (e *readFault) Unwrap() error { return e.err }

// readAt reads bytes that must be there.
func (f *packageFile) readAt(b []byte, at int64) error {
	n, err := f.r.ReadAt(b, at)
	if n == len(b) {
		return nil
	}
	return &readFault{fmt.Errorf("read the package at byte %d: %w", at, err)}
}

// Get implements getter for the entries that are known.
func (f *packageFile) Get(ctx context.Context, name string, offset, length int64) (io.ReadCloser, error) {
	s, ok := f.known[name]
	if !ok || offset != 0 || length >= 0 {
		return nil, fmt.Errorf("%s: %w", name, store.ErrNotExist)
	}
	return f.open(ctx, s), nil
}

func (f *packageFile) open(ctx context.Context, s section) io.ReadCloser {
	return &fileReader{ctx: ctx, f: f, section: s}
}

// fileReader reads a section.
type fileReader struct {
	ctx context.Context
	f   *packageFile
	section
}

// Read implements io.Reader.
func (r *fileReader) Read(b []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, &readFault{err}
	}
	if r.size == 0 {
		return 0, io.EOF
	}
	b = b[:min(int64(len(b)), r.size)]
	if err := r.f.readAt(b, r.at); err != nil {
		return 0, err
	}
	r.at, r.size = r.at+int64(len(b)), r.size-int64(len(b))
	return len(b), nil
}

// Close implements io.Closer.
func (r *fileReader) Close() error { return nil }

// directory reads the records of the entries one after the other, and holds them
// against each other: each entry begins where the one before it ends.
type directory struct {
	f    *packageFile
	r    *bufio.Reader
	read int64 // entries
	left int64 // bytes of the directory
	at   int64 // where the next entry begins
	buf  []byte
}

func (f *packageFile) directory(ctx context.Context) *directory {
	return &directory{f: f, r: bufio.NewReaderSize(f.open(ctx, section{f.end.offset, f.end.bytes}), 256<<10), left: f.end.bytes}
}

// errEntry is wrapped by what is wrong with the records of an entry. Nothing
// behind it can be relied on.
var errEntry = fmt.Errorf("%w: the records of the zip file contradict each other", ErrCorrupt)

// next returns an entry, whose content is in the section; io.EOF after the last one.
func (d *directory) next() (e packed, content section, err error) {
	if d.left == 0 && d.read == d.f.end.entries {
		if d.at != d.f.end.offset {
			return e, content, fmt.Errorf("%w: there are bytes between the last entry and the directory", errEntry)
		}
		return e, content, io.EOF
	}
	e, offset, when, err := d.central()
	if err != nil {
		return e, content, err
	}
	d.read++
	if offset != d.at {
		return e, content, fmt.Errorf("%w: entry %d begins at byte %d, not %d", errEntry, d.read, offset, d.at)
	}
	local := e.appendLocal(nil, when)
	content = section{offset + int64(len(local)), e.size}
	if e.size < 0 || e.size > d.f.end.offset || content.at+e.size > d.f.end.offset {
		return e, content, fmt.Errorf("%w: entry %d goes beyond the entries", errEntry, d.read)
	}
	have := make([]byte, len(local))
	if err := d.f.readAt(have, offset); err != nil {
		return e, content, err
	}
	if !bytes.Equal(have, local) {
		return e, content, fmt.Errorf("%w: what stands before the content of entry %d is not what the directory says of it", errEntry, d.read)
	}
	d.at = content.at + e.size
	return e, content, nil
}

// central reads a record of the directory.
func (d *directory) central() (e packed, offset int64, when zipTime, err error) {
	if err = d.take(centralSize); err != nil {
		return
	}
	if err = d.more(int(binary.LittleEndian.Uint16(d.buf[28:])) + int(binary.LittleEndian.Uint16(d.buf[30:]))); err != nil {
		return
	}
	b := d.buf
	name := int(binary.LittleEndian.Uint16(b[28:]))
	e.name = string(b[centralSize : centralSize+name])
	e.crc32 = binary.LittleEndian.Uint32(b[16:])
	e.size = int64(binary.LittleEndian.Uint32(b[24:]))
	offset = int64(binary.LittleEndian.Uint32(b[42:]))
	when = zipTime{time: binary.LittleEndian.Uint16(b[12:]), date: binary.LittleEndian.Uint16(b[14:])}
	extra := b[centralSize+name:]
	if len(extra) >= 4 {
		extra = extra[4:]
	}
	if e.size == math.MaxUint32 && len(extra) >= 16 {
		e.size, extra = int64(binary.LittleEndian.Uint64(extra)), extra[16:]
	}
	if offset == math.MaxUint32 && len(extra) >= 8 {
		offset = int64(binary.LittleEndian.Uint64(extra))
	}
	// There is one way to write a record: no other method, no flags, no comment.
	if e.size < 0 || offset < 0 || !bytes.Equal(e.appendCentral(nil, when, offset), b) {
		err = fmt.Errorf("%w: the directory's record %d is not one that a package has", errEntry, d.read+1)
	}
	return
}

// take reads the next n bytes of the directory into buf, more appends to it.
func (d *directory) take(n int) error {
	d.buf = d.buf[:0]
	return d.more(n)
}

func (d *directory) more(n int) error {
	if int64(n) > d.left {
		return fmt.Errorf("%w: the directory ends within record %d of %d", errEntry, d.read+1, d.f.end.entries)
	}
	have := len(d.buf)
	d.buf = append(d.buf, make([]byte, n)...)
	if _, err := io.ReadFull(d.r, d.buf[have:]); err != nil {
		return err
	}
	d.left -= int64(n)
	return nil
}

// shown is a name as problems tell it: those of attachments hold what somebody wrote.
func shown(name string) string {
	if strings.HasPrefix(name, attachmentDir) {
		head, _, _ := strings.Cut(name, "-")
		return head
	}
	return fmt.Sprintf("%.80q", name)
}

// isReadFault reports whether err is one of the file.
func isReadFault(err error) bool {
	var fault *readFault
	return errors.As(err, &fault)
}
