// Package fetch fetches large files by links that end: what is there is kept, and
// goes on by the next link, in the same process or in a later one.
package fetch

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"net/http"
	"os"
	"time"
)

// File is a file that is to be fetched.
type File struct {
	// Link gives an address of it. It is asked for another one whenever an address
	// does not work any more. Its error ends the fetch.
	Link func(ctx context.Context) (string, error)
	// Size and SHA256 (hex) are what has to come out.
	Size   int64
	SHA256 string
	// Part is where it is written. What is there already is taken for its beginning.
	Part string
	// Progress, which may be nil, is told often how many bytes are there, and what is
	// waited for, if anything.
	Progress func(done int64, waiting string)
	// Client makes the requests; nil means one of its own.
	Client *http.Client
	// Retry is how long the first wait is after a failure; each further one doubles it.
	// 0 means a second.
	Retry time.Duration
}

// ErrBusy means that another process fetches into the same file.
var ErrBusy = errors.New("another process fetches into it")

// ErrDamaged means that what was fetched is not the file. It is removed.
var ErrDamaged = errors.New("what was fetched is not what was prepared")

const (
	// maxFailures is after how many failures in a row, without a byte between them, a
	// fetch gives up.
	maxFailures = 6
	// maxRetry is the longest wait after a failure.
	maxRetry = 30 * time.Second
	// silence is how long a server may send nothing.
	silence = time.Minute
)

// Fetch fetches f into f.Part, whole and checked. Errors name no address: it is as
// good as a credential. After an error that is not ErrDamaged what is there goes on
// with the next Fetch.
func Fetch(ctx context.Context, f File) error {
	part, err := openPart(f.Part)
	if err != nil {
		return err
	}
	defer part.Close()
	t := &transfer{File: f, part: part, sum: sha256.New()}
	if t.Client == nil {
		t.Client = newClient()
	}
	if t.Retry == 0 {
		t.Retry = time.Second
	}
	if err := t.resume(ctx); err != nil {
		return err
	}
	earlier := t.at > 0
	for {
		if err := t.fetch(ctx); err != nil {
			return err
		}
		if hex.EncodeToString(t.sum.Sum(nil)) == f.SHA256 {
			return t.finish()
		}
		if !earlier {
			return errors.Join(fmt.Errorf("%s: %w", f.Part, ErrDamaged), os.Remove(f.Part))
		}
		// The beginning was that of another file.
		earlier = false
		if err := t.again(); err != nil {
			return err
		}
	}
}

// transfer is a fetch under way.
type transfer struct {
	File
	part *os.File
	at   int64 // bytes that are there
	sum  hash.Hash
	etag string // of what the bytes of this process came from
}

// resume takes what is there for the beginning of the file.
func (t *transfer) resume(ctx context.Context) error {
	info, err := t.part.Stat()
	if err != nil {
		return fmt.Errorf("look at what is there of a download: %w", err)
	}
	if info.Size() > t.Size {
		return t.again()
	}
	t.at, err = io.Copy(t.sum, readerUntil{ctx, t.part})
	if err != nil {
		return fmt.Errorf("read what is there of a download: %w", err)
	}
	t.tell("")
	return nil
}

// readerUntil reads until a context ends.
type readerUntil struct {
	ctx context.Context
	r   io.Reader
}

func (r readerUntil) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.r.Read(p)
}

// again begins anew.
func (t *transfer) again() error {
	t.at, t.etag = 0, ""
	t.sum.Reset()
	if err := t.part.Truncate(0); err != nil {
		return fmt.Errorf("begin a download anew: %w", err)
	}
	_, err := t.part.Seek(0, io.SeekStart)
	return err
}

// finish makes what is there last.
func (t *transfer) finish() error {
	t.tell("")
	if err := t.part.Sync(); err != nil {
		return fmt.Errorf("write %s: %w: see that its disk has room", t.Part, err)
	}
	return nil
}

func (t *transfer) tell(waiting string) {
	if t.Progress != nil {
		t.Progress(t.at, waiting)
	}
}

// fetch fetches what is missing, by as many links as it takes.
func (t *transfer) fetch(ctx context.Context) error {
	failures, wait := 0, t.Retry
	for t.at < t.Size {
		address, err := t.Link(ctx)
		if err != nil {
			return err
		}
		had := t.at
		err = t.once(ctx, address)
		switch {
		case err == nil:
			continue
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.As(err, new(*diskError)):
			return err
		}
		if t.at > had {
			failures, wait = 0, t.Retry
		}
		if failures++; failures == maxFailures {
			return err
		}
		t.tell(err.Error())
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(wait):
		}
		wait = min(2*wait, maxRetry)
	}
	return nil
}
