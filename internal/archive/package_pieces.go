package archive

import (
	"context"
	"iter"
)

// linesRoom is how many bytes of lines and of the directory are made at a time.
const linesRoom = 64 << 10

// piece is a run of bytes of a package, one at least: data, or the content of an object.
type piece struct {
	at    int64 // in the package
	size  int64
	data  []byte // valid until the next piece; nil where the bytes are those of the entry's object
	entry packed
}

// end is where the piece ends.
func (p piece) end() int64 { return p.at + p.size }

// pieces yields what the bytes from one offset up to another consist of, in order; the
// first and the last piece may reach beyond them. Groups that lie before are not
// walked.
func (p *Package) pieces(ctx context.Context, from, to int64) iter.Seq2[piece, error] {
	return func(yield func(piece, error) bool) {
		w := &piecer{p: p, from: from, to: to, yield: yield}
		if err := w.run(ctx); err != nil && !w.stopped {
			yield(piece{}, err)
		}
	}
}

// piecer is one walk over the pieces of a package.
type piecer struct {
	p        *Package
	from, to int64
	at       int64
	buf      []byte
	yield    func(piece, error) bool
	stopped  bool // nobody wants any more
}

func (w *piecer) run(ctx context.Context) error {
	for group, room := range w.p.rooms {
		if w.skip(room.data) {
			continue
		}
		if group == w.p.groups() {
			if err := w.sums(ctx); err != nil || w.stopped {
				return err
			}
			continue
		}
		for e, err := range w.p.entries(ctx, group) {
			if err != nil {
				return err
			}
			if !w.emit(e.appendLocal(w.buf[:0], w.p.time)) || !w.content(e) {
				return nil
			}
		}
	}
	if err := w.directory(ctx); err != nil || w.stopped {
		return err
	}
	w.emit(w.p.tail)
	return nil
}

// skip passes over what lies before all that is wanted.
func (w *piecer) skip(room int64) bool {
	if w.at+room > w.from {
		return false
	}
	w.at += room
	return true
}

// emit yields bytes and keeps their room for the next ones; it reports whether more
// is wanted.
func (w *piecer) emit(data []byte) bool {
	if cap(data) <= 4*linesRoom {
		w.buf = data[:0]
	}
	return w.one(piece{at: w.at, size: int64(len(data)), data: data})
}

func (w *piecer) content(e packed) bool {
	one := piece{at: w.at, size: e.size, entry: e}
	if e.object == "" {
		one.data = e.data
	}
	return w.one(one)
}

func (w *piecer) one(one piece) bool {
	w.at += one.size
	if w.at > w.from && one.size > 0 {
		w.stopped = !w.yield(one, nil)
	}
	w.stopped = w.stopped || w.at >= w.to
	return !w.stopped
}

// sums yields SHA256SUMS.
func (w *piecer) sums(ctx context.Context) error {
	if !w.emit(w.p.sums.appendLocal(w.buf[:0], w.p.time)) {
		return nil
	}
	for group, room := range w.p.rooms[:w.p.groups()] {
		if w.skip(room.sums) {
			continue
		}
		err := w.batch(ctx, group, func(b []byte, e packed) []byte { return e.appendSum(b) })
		if err != nil || w.stopped {
			return err
		}
	}
	return nil
}

// directory yields the directory at the end.
func (w *piecer) directory(ctx context.Context) error {
	var offset int64
	for group, room := range w.p.rooms {
		if w.skip(room.central) {
			offset += room.data
			continue
		}
		var head []byte
		err := w.batch(ctx, group, func(b []byte, e packed) []byte {
			b = e.appendCentral(b, w.p.time, offset)
			head = e.appendLocal(head[:0], w.p.time)
			offset += int64(len(head)) + e.size
			return b
		})
		if err != nil || w.stopped {
			return err
		}
	}
	return nil
}

// batch yields what add appends for each entry of a group, many at a time.
func (w *piecer) batch(ctx context.Context, group int, add func([]byte, packed) []byte) error {
	buf := w.buf[:0]
	for e, err := range w.p.entries(ctx, group) {
		if err != nil {
			return err
		}
		if buf = add(buf, e); len(buf) >= linesRoom {
			if !w.emit(buf) {
				return nil
			}
			buf = w.buf[:0]
		}
	}
	if len(buf) > 0 {
		w.emit(buf)
	}
	return nil
}
