package archive

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"iter"

	"holdfast/internal/store"
)

// PackagePoint is a place in a package from which its bytes are made. The zero value
// is its start.
type PackagePoint struct {
	Offset int64 `json:"offset"`
	// CRC32 is that of what lies before Offset of the content that Offset is in, so
	// that an entry is checked which does not end in the part that it begins in.
	CRC32 uint32 `json:"crc32,omitempty"`
}

// Open returns a stream of the package's bytes from a point up to an offset. Content is
// held against its CRC-32 as it passes: damage is ErrCorrupt and names the object.
// The caller closes it.
func (p *Package) Open(ctx context.Context, from PackagePoint, to int64) *PackageStream {
	to = min(to, p.Size())
	ctx, cancel := context.WithCancel(ctx)
	next, stop := iter.Pull2(p.pieces(ctx, from.Offset, to))
	return &PackageStream{
		p: p, ctx: ctx, cancel: cancel, from: from.Offset, at: from.Offset, to: to, next: next, stop: stop,
		now: piece{at: from.Offset}, crc: from.CRC32,
	}
}

// PackageStream is a range of the bytes of a package.
type PackageStream struct {
	p      *Package
	ctx    context.Context
	cancel context.CancelFunc
	from   int64 // where it begins
	at, to int64
	next   func() (piece, error, bool)
	stop   func()
	ahead  ahead

	now  piece         // the piece that the stream is in, or has just read to its end
	body io.ReadCloser // of the object of now, from at on
	crc  uint32        // of the content of now before at
	err  error
}

// Read implements io.Reader.
func (s *PackageStream) Read(b []byte) (int, error) {
	for s.err == nil {
		if s.at == s.now.end() {
			s.err = s.advance()
			continue
		}
		if s.at == s.to {
			s.err = io.EOF // within a content
			continue
		}
		var n int
		n, s.err = s.read(b[:min(int64(len(b)), min(s.to, s.now.end())-s.at)])
		if n > 0 || len(b) == 0 {
			return n, nil
		}
	}
	return 0, s.err
}

// read reads on in the piece.
func (s *PackageStream) read(b []byte) (int, error) {
	if s.now.data != nil {
		n := copy(b, s.now.data[s.at-s.now.at:])
		s.at += int64(n)
		return n, nil
	}
	if s.body == nil {
		if err := s.openBody(); err != nil {
			return 0, err
		}
	}
	n, err := s.body.Read(b)
	s.crc = crc32.Update(s.crc, crc32.IEEETable, b[:n])
	s.at += int64(n)
	if err == io.EOF {
		err = nil
		if s.at < min(s.to, s.now.end()) {
			err = io.ErrUnexpectedEOF
		}
	}
	return n, s.fault(err)
}

// advance finishes the piece and goes on to the next.
func (s *PackageStream) advance() error {
	if err := s.finish(); err != nil {
		return err
	}
	if s.at == s.to {
		return io.EOF
	}
	next, content, ok, err := s.following()
	if err == nil && (!ok || next.at > s.at || next.end() <= s.at) {
		err = fmt.Errorf("%w: its indexes are not those that it was laid out by", ErrCorrupt)
	}
	if err != nil {
		return fmt.Errorf("package of the backup %s: %w", s.p.r.manifest.Backup, err)
	}
	if s.now = next; next.at == s.at {
		s.crc = 0 // otherwise it is that of the point where the stream began
	}
	if content != nil {
		s.body = content
	}
	return nil
}

// openBody opens the object of the piece where the stream is.
func (s *PackageStream) openBody() (err error) {
	offset, length := s.at-s.now.at, min(s.to, s.now.end())-s.at
	if length == s.now.size {
		length = -1 // what is read whole the store holds against its own checksum
	}
	s.body, err = s.p.r.s.Get(s.ctx, s.p.r.dir+s.now.entry.object, offset, length)
	return s.fault(err)
}

// finish closes the object of the piece, which is read to its end.
func (s *PackageStream) finish() error {
	if s.body == nil {
		return nil
	}
	// What follows decides whether the object ends there.
	n, err := s.body.Read(make([]byte, 1))
	if err != nil && err != io.EOF {
		return s.fault(err)
	}
	if n > 0 {
		return s.fault(io.ErrUnexpectedEOF)
	}
	if s.crc != s.now.entry.crc32 {
		return fmt.Errorf("%s: %w: its CRC-32 is another one", s.now.entry.object, ErrCorrupt)
	}
	return s.closeBody()
}

func (s *PackageStream) closeBody() error {
	if s.body == nil {
		return nil
	}
	err := s.body.Close()
	s.body = nil
	return err
}

// fault tells damage from a store that is away.
func (s *PackageStream) fault(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, store.ErrNotExist):
		return fmt.Errorf("%s: %w: it is missing", s.now.entry.object, ErrCorrupt)
	case errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("%s: %w: it does not have the %d bytes that it must have", s.now.entry.object, ErrCorrupt, s.now.size)
	}
	return fmt.Errorf("read %s for a package: %w", s.now.entry.object, err)
}

// Point is where the stream is: from there the next one goes on once this one has
// given all that it has.
func (s *PackageStream) Point() PackagePoint {
	point := PackagePoint{Offset: s.at}
	if s.now.data == nil && s.at < s.now.end() {
		point.CRC32 = s.crc
	}
	return point
}

// Close ends the stream.
func (s *PackageStream) Close() error {
	s.ahead.stop(s.cancel)
	s.stop()
	return s.closeBody()
}
