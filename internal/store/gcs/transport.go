package gcs

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"sync"
	"time"

	"google.golang.org/api/option"
	htransport "google.golang.org/api/transport/http"
)

// scope is what a token is asked for; what it may do is up to the account's roles.
const scope = "https://www.googleapis.com/auth/cloud-platform"

// newClient returns a client that adds the account's tokens to requests, but to
// those of an emulator.
func newClient(ctx context.Context, opts []option.ClientOption) (*http.Client, error) {
	base := http.DefaultTransport.(*http.Transport).Clone()
	base.MaxIdleConnsPerHost = 100
	base.HTTP2 = &http.HTTP2Config{SendPingTimeout: 30 * time.Second} // tells a connection that is gone
	auth := []option.ClientOption{option.WithScopes(scope)}
	if os.Getenv("STORAGE_EMULATOR_HOST") != "" {
		auth = []option.ClientOption{option.WithoutAuthentication()}
	}
	transport, err := htransport.NewTransport(ctx, &bodyGuard{base}, append(auth, opts...)...)
	if err != nil {
		return nil, fmt.Errorf("credentials: %w", err)
	}
	return &http.Client{Transport: transport}, nil
}

// bodyGuard returns the answer to a request when nobody reads the request's body
// any more. net/http may go on reading it after an early answer, while the library
// already fills its buffer with the next chunk.
type bodyGuard struct{ base *http.Transport }

// RoundTrip implements http.RoundTripper.
func (g *bodyGuard) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body == nil || r.Body == http.NoBody {
		return g.base.RoundTrip(r)
	}
	body := &guardedBody{ReadCloser: r.Body, closed: make(chan struct{})}
	guarded := *r
	guarded.Body = body
	guarded.GetBody = nil // a second body would not be guarded; Store tries again itself
	res, err := g.base.RoundTrip(&guarded)
	if err != nil {
		body.wait()
		return nil, err
	}
	select {
	case <-body.closed:
		return res, nil
	default:
	}
	// Answers to requests with a body are small. The end of this one ends the
	// sending, too.
	answer, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	res.Body.Close()
	body.wait()
	res.Body = io.NopCloser(io.MultiReader(bytes.NewReader(answer), &failed{err}))
	return res, nil
}

// CloseIdleConnections lets http.Client close those of base.
func (g *bodyGuard) CloseIdleConnections() { g.base.CloseIdleConnections() }

// guardedBody tells when it is closed.
type guardedBody struct {
	io.ReadCloser
	once   sync.Once
	closed chan struct{}
}

// Close may be called more than once.
func (b *guardedBody) Close() error {
	err := b.ReadCloser.Close()
	b.once.Do(func() { close(b.closed) })
	return err
}

// wait waits until net/http has closed the body, as it promises to do.
func (b *guardedBody) wait() {
	timer := time.NewTimer(10 * time.Second)
	defer timer.Stop()
	select {
	case <-b.closed:
	case <-timer.C:
	}
}

// failed is the end of an answer: io.EOF, or what reading it failed with.
type failed struct{ err error }

func (f *failed) Read([]byte) (int, error) {
	if f.err != nil {
		return 0, f.err
	}
	return 0, io.EOF
}
