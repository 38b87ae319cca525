package atlassian

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"
)

// guard is the transport of a client. It keeps credentials from every address
// but the one they are for: net/http itself would send them to another port of
// the same host. Requests go through RoundTrip, never http.Client, so that no
// redirect is followed unseen and no error quotes an address.
type guard struct {
	next         http.RoundTripper
	scheme, host string
}

// RoundTrip implements http.RoundTripper.
func (g *guard) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.URL.Scheme != g.scheme || req.URL.Host != g.host {
		req = req.Clone(req.Context())
		for _, name := range []string{"Authorization", "Cookie", "Proxy-Authorization"} {
			req.Header.Del(name)
		}
	}
	return g.next.RoundTrip(req)
}

func newTransport() http.RoundTripper {
	t, ok := http.DefaultTransport.(*http.Transport)
	if !ok {
		t = &http.Transport{Proxy: http.ProxyFromEnvironment}
	}
	t = t.Clone()
	t.MaxIdleConnsPerHost = 2 * defaultInFlight
	return t
}

// send sends the request and watches that the exchange does not stall: neither the
// reply's head, counted from the last part of the request that was sent, nor any
// part of its body may take longer than Config.IdleTimeout.
func (c *Client) send(req *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancelCause(req.Context())
	stalled := &stallError{c.config.IdleTimeout}
	timer := time.AfterFunc(c.config.IdleTimeout, func() { cancel(stalled) })
	req = req.WithContext(ctx)
	var sent *sending
	if req.Body != nil && req.Body != http.NoBody {
		sent = &sending{ReadCloser: req.Body, timer: timer, idle: c.config.IdleTimeout}
		req.Body = sent
	}
	resp, err := c.transport.RoundTrip(req)
	sent.end()
	timer.Stop()
	if err != nil {
		cancel(nil)
		if context.Cause(ctx) == stalled {
			return nil, stalled
		}
		return nil, err
	}
	resp.Body = &watched{body: resp.Body, ctx: ctx, cancel: cancel, timer: timer, idle: c.config.IdleTimeout, stalled: stalled}
	return resp, nil
}

// sending is the body of a request. Each part of it that is sent begins the wait anew;
// the time that it takes to come from where it is kept does not count.
type sending struct {
	io.ReadCloser
	idle time.Duration

	mu    sync.Mutex
	timer *time.Timer // nil once the reply's head is there
}

func (s *sending) Read(p []byte) (int, error) {
	s.touch(func(t *time.Timer) { t.Stop() })
	n, err := s.ReadCloser.Read(p)
	s.touch(func(t *time.Timer) { t.Reset(s.idle) })
	return n, err
}

func (s *sending) touch(f func(*time.Timer)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.timer != nil {
		f(s.timer)
	}
}

// end lets the timer be the reply's. It may be called on nil.
func (s *sending) end() {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.timer = nil
}

// stallError says that a reply stalled.
type stallError struct{ idle time.Duration }

func (e *stallError) Error() string { return fmt.Sprintf("nothing came for %v", e.idle) }

// watched is a body whose reads must not stall. The time that the reader takes
// between two reads does not count.
type watched struct {
	body    io.ReadCloser
	ctx     context.Context
	cancel  context.CancelCauseFunc
	timer   *time.Timer
	idle    time.Duration
	stalled *stallError
}

func (w *watched) Read(p []byte) (int, error) {
	w.timer.Reset(w.idle)
	n, err := w.body.Read(p)
	w.timer.Stop()
	if err != nil && err != io.EOF && context.Cause(w.ctx) == w.stalled {
		err = w.stalled
	}
	return n, err
}

func (w *watched) Close() error {
	w.timer.Stop()
	err := w.body.Close()
	w.cancel(nil)
	return err
}
