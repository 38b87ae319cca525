package gcs

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"google.golang.org/api/googleapi"

	"holdfast/internal/store"
)

// patience is how long a Store goes on in spite of faults.
type patience struct {
	// request is how long one request may take that carries little, and how long a
	// transfer may stand still.
	request time.Duration
	// faults is how long passing faults may go on since the last progress.
	faults time.Duration
	// rate is how many bytes a second a request that carries many must carry.
	rate int64
	// pause is the longest pause after the first fault; it doubles up to maxPause.
	pause, maxPause time.Duration
}

// defaultPatience: 30 seconds are longer than any answer of a bucket that works;
// Google asks for retries with pauses that double up to at least 30 seconds in
// all; 128 KiB/s are a sixteenth of a line of 16 Mbit/s.
func defaultPatience() patience {
	return patience{request: 30 * time.Second, faults: time.Minute, rate: 128 << 10, pause: 500 * time.Millisecond, maxPause: 15 * time.Second}
}

// carry is how long a request may take that carries so many bytes.
func (p patience) carry(bytes int) time.Duration {
	return p.request + time.Duration(int64(bytes)*int64(time.Second)/p.rate)
}

// try calls f until it succeeds, fails for good, or passing faults went on for
// too long. A call that takes too long is a passing fault.
func (s *Store) try(ctx context.Context, f func(context.Context) error) error {
	return s.tryFor(ctx, s.patience.request, f)
}

// tryFor is try with another time for each call.
func (s *Store) tryFor(ctx context.Context, limit time.Duration, f func(context.Context) error) error {
	for t := s.newTries(); ; {
		err := s.call(ctx, limit, f)
		if err == nil || !t.again(ctx, err) {
			return err
		}
	}
}

func (s *Store) call(ctx context.Context, limit time.Duration, f func(context.Context) error) error {
	callCtx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	err := f(callCtx)
	return cause(ctx, callCtx, err, limit)
}

// cause tells why a call failed whose context is inner: the end of the caller's
// context comes before what it led to, and the end of inner alone is a stall. So
// are deadlines that the library and the network set themselves: their errors
// would pass for the caller's deadline.
func cause(ctx, inner context.Context, err error, limit time.Duration) error {
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case inner.Err() != nil, errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("%w for %s", errStalled, limit)
	}
	return err
}

// errStalled is the passing fault of a transfer that stands still. It is no
// deadline of the caller's.
var errStalled = errors.New("the bucket did not answer")

// tries counts the time of passing faults.
type tries struct {
	patience patience
	failed   int // times since the last progress
	since    time.Time
	pause    time.Duration
}

func (s *Store) newTries() *tries {
	t := &tries{patience: s.patience}
	t.progress()
	return t
}

// progress starts the time anew.
func (t *tries) progress() { t.failed, t.since, t.pause = 0, time.Now(), t.patience.pause }

// again reports whether to try again after err, when it has waited. The first
// fault is tried again however long it took: a stall may take all of the time.
func (t *tries) again(ctx context.Context, err error) bool {
	t.failed++
	if ctx.Err() != nil || !passing(err) || t.failed > 1 && time.Since(t.since) > t.patience.faults {
		return false
	}
	timer := time.NewTimer(rand.N(t.pause) + time.Millisecond)
	defer timer.Stop()
	t.pause = min(2*t.pause, t.patience.maxPause)
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// passing reports whether err is a fault that may be gone the next time: of the
// network, of the service (408, 429, 5xx), or of a quota. What is not known to be
// an answer is taken for one of the network.
func passing(err error) bool {
	var api *googleapi.Error
	if errors.As(err, &api) {
		switch {
		case api.Code == http.StatusRequestTimeout, api.Code == http.StatusTooManyRequests, api.Code >= 500:
			return true
		case api.Code == http.StatusForbidden:
			return quota(api)
		}
		return false
	}
	if answer := tokenAnswer(err); answer != nil {
		return answer.StatusCode == http.StatusTooManyRequests || answer.StatusCode >= 500
	}
	for _, answer := range []error{
		errNoBucket, errPastEnd, store.ErrNotExist, store.ErrPrecondition, store.ErrRefused, store.ErrCorrupt, store.ErrName, context.Canceled, context.DeadlineExceeded,
	} {
		if errors.Is(err, answer) {
			return false
		}
	}
	return err != nil
}

// watch ends a transfer that stands still while it is armed.
type watch struct {
	limit time.Duration
	timer *time.Timer
	mu    sync.Mutex
	armed bool
	last  time.Time
}

// newWatch returns a watch that calls abandon; it is not armed.
func newWatch(limit time.Duration, abandon func()) *watch {
	w := &watch{limit: limit, timer: time.AfterFunc(limit, abandon), last: time.Now()}
	w.timer.Stop()
	return w
}

// arm starts the time.
func (w *watch) arm() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.armed = true
	w.timer.Reset(w.limit)
}

// disarm stops the time: what passes until arm is not the bucket's.
func (w *watch) disarm() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.armed = false
	w.timer.Stop()
}

// progress starts the time anew, if the watch is armed.
func (w *watch) progress() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.last = time.Now()
	if w.armed {
		w.timer.Reset(w.limit)
	}
}

// idle returns how long ago the last progress was.
func (w *watch) idle() time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	return time.Since(w.last)
}
