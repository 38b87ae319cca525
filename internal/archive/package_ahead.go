package archive

import (
	"bytes"
	"context"
	"io"
	"sync"
)

// What a stream of a package reads ahead. A bucket takes some tens of milliseconds to
// open an object, which is most of the time of a backup with many small attachments:
// these are read several at a time before their turn comes. Together they take at
// most aheadPieces times aheadContent of memory, or half of it, as each content has
// its header before it.
const (
	aheadPieces  = 32
	aheadContent = 256 << 10 // larger ones are read in their turn
)

// ahead holds the pieces that follow the one that a stream is in.
type ahead struct {
	queue []aheadPiece
	over  bool  // there are no more
	err   error // why, where that is a fault
	group sync.WaitGroup
}

// aheadPiece is a piece whose bytes are its own.
type aheadPiece struct {
	piece
	content chan *aheadBody // of what is read before its turn; nil for anything else
}

// following returns the next piece and, of one that was read ahead, its content.
func (s *PackageStream) following() (piece, *aheadBody, bool, error) {
	a := &s.ahead
	for len(a.queue) < aheadPieces && !a.over {
		one, err, ok := s.next()
		if !ok || err != nil {
			a.over, a.err = true, err
			break
		}
		next := aheadPiece{piece: one}
		switch {
		case one.data != nil:
			next.data = bytes.Clone(one.data)
		case one.size <= aheadContent && one.at >= s.from && one.end() <= s.to:
			next.content = make(chan *aheadBody, 1)
			a.group.Go(func() { next.content <- s.readAhead(one) })
		}
		a.queue = append(a.queue, next)
	}
	if len(a.queue) == 0 {
		return piece{}, nil, false, a.err
	}
	first := a.queue[0]
	a.queue = a.queue[1:]
	if first.content == nil {
		return first.piece, nil, true, nil
	}
	return first.piece, <-first.content, true, nil
}

// readAhead reads the content of a piece.
func (s *PackageStream) readAhead(one piece) *aheadBody {
	body, err := s.p.r.s.Get(s.ctx, s.p.r.dir+one.entry.object, 0, -1)
	if err != nil {
		return &aheadBody{err: err}
	}
	defer body.Close()
	// One byte more, if there is one, tells that the object is another one.
	data := make([]byte, one.size+1)
	n, err := io.ReadFull(body, data)
	if err == io.EOF || err == io.ErrUnexpectedEOF && n > 0 {
		err = nil // it ends here: whether it should, the stream finds out
	}
	return &aheadBody{Reader: bytes.NewReader(data[:n]), err: err}
}

// stop ends what is under way.
func (a *ahead) stop(cancel context.CancelFunc) {
	cancel()
	a.group.Wait()
	a.queue = nil
}

// aheadBody is a content that was read ahead, or the error of that.
type aheadBody struct {
	*bytes.Reader
	err error
}

// Read implements io.Reader.
func (b *aheadBody) Read(p []byte) (int, error) {
	if b.err != nil {
		return 0, b.err
	}
	return b.Reader.Read(p)
}

// Close implements io.Closer.
func (b *aheadBody) Close() error { return nil }
