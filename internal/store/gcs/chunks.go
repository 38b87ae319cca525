package gcs

import (
	"context"
	"io"

	"cloud.google.com/go/storage"
	"github.com/googleapis/gax-go/v2"

	"holdfast/internal/store"
)

// copySize is how much is read from the caller at a time once chunks are sent.
const copySize = 128 << 10

// putChunks sends head and what in gives after it, in chunks of head's size. The
// library sends a chunk again on a passing fault, and the checksum of all with the
// last one: the service stores nothing that does not match it.
func (s *Store) putChunks(ctx context.Context, w *write, head []byte, in *source) (store.Object, error) {
	chunk := len(head)
	limit := s.patience.carry(chunk) + s.patience.faults
	upload, cancel := context.WithCancel(ctx)
	defer cancel()
	// The library bounds neither the start of an upload nor a request that is never
	// answered, but by the context.
	still := newWatch(limit+s.patience.request, cancel)
	defer still.disarm()

	out := s.object(w.name).Retryer(
		storage.WithPolicy(storage.RetryIdempotent),
		storage.WithBackoff(gax.Backoff{Initial: s.patience.pause, Max: s.patience.maxPause, Multiplier: 2}),
		storage.WithErrorFunc(func(err error) bool { return passing(err) && still.idle() < s.patience.faults }),
	).If(conditions(w.cond)).NewWriter(upload)
	out.ContentType, out.Metadata = contentType, w.metadata()
	out.ChunkSize = chunk
	out.ChunkTransferTimeout = s.patience.carry(chunk)
	out.ChunkRetryDeadline = limit
	out.ProgressFunc = func(int64) { still.progress() }

	err := send(out, still, w, head, in)
	if in.err != nil || ctx.Err() != nil {
		cancel() // before Close, which would make an object of what was sent
	}
	still.arm()
	if cerr := out.Close(); cerr != nil {
		err = cerr // why writing failed
	}
	still.disarm()
	if in.err != nil {
		return store.Object{}, in.err // the caller's own
	}
	return s.settle(ctx, w, out.Attrs(), cause(ctx, upload, err, still.limit))
}

// send writes head and what in gives after it to out. The time in which the
// caller gives nothing is not out's.
func send(out io.Writer, still *watch, w *write, head []byte, in *source) error {
	// What is written in small parts shows progress while a chunk fills.
	for len(head) > 0 {
		n := min(len(head), copySize)
		if err := sendPart(out, still, w, head[:n]); err != nil {
			return err
		}
		head = head[n:]
	}
	buf := make([]byte, copySize)
	for {
		n, err := in.Read(buf)
		if n > 0 {
			if err := sendPart(out, still, w, buf[:n]); err != nil {
				return err
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func sendPart(out io.Writer, still *watch, w *write, part []byte) error {
	w.add(part)
	still.arm()
	_, err := out.Write(part)
	still.disarm()
	still.progress()
	return err
}
