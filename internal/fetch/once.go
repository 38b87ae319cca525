package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"syscall"
	"time"
)

// openPart opens the file that is written, for this process alone.
func openPart(path string) (*os.File, error) {
	part, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("write a download: %w: choose another file", err)
	}
	if err := syscall.Flock(int(part.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = part.Close()
		return nil, fmt.Errorf("%s: %w: wait for it, or choose another file", path, ErrBusy)
	}
	return part, nil
}

// newClient is a client that follows no redirection: a link is good for one server.
func newClient() *http.Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.DisableCompression = true // sizes are those of the file
	transport.ResponseHeaderTimeout = silence
	return &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// once asks one link for what is missing, and takes what comes.
func (t *transfer) once(ctx context.Context, address string) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return errors.New("the link is no address: ask the operator of the workers to look at --links-url")
	}
	if t.at > 0 {
		req.Header.Set("Range", fmt.Sprintf("bytes=%d-", t.at))
		if t.etag != "" {
			req.Header.Set("If-Range", t.etag)
		}
	}
	res, err := t.Client.Do(req)
	if err != nil {
		return fmt.Errorf("%s does not answer: %w", req.URL.Host, withoutAddress(err))
	}
	defer res.Body.Close()
	if err := t.begin(res, req.URL.Host); err != nil {
		return err
	}
	quiet := time.AfterFunc(silence, cancel)
	defer quiet.Stop()
	return t.take(ctx, res.Body, req.URL.Host, func() { quiet.Reset(silence) })
}

// begin looks at the head of an answer, and makes the file fit it.
func (t *transfer) begin(res *http.Response, host string) error {
	etag := res.Header.Get("ETag")
	if strings.HasPrefix(etag, "W/") {
		etag = "" // a weak one says nothing of bytes
	}
	switch res.StatusCode {
	case http.StatusOK:
		if res.ContentLength >= 0 && res.ContentLength != t.Size {
			return fmt.Errorf("%s has a file of %d bytes where there should be %d", host, res.ContentLength, t.Size)
		}
		if t.at > 0 { // it is another file by now, or there are no ranges
			if err := t.again(); err != nil {
				return &diskError{err}
			}
		}
	case http.StatusPartialContent:
		var from, to, size int64
		if _, err := fmt.Sscanf(res.Header.Get("Content-Range"), "bytes %d-%d/%d", &from, &to, &size); err != nil || from != t.at || size != t.Size {
			return fmt.Errorf("%s has sent another part of the file than it was asked for", host)
		}
	case http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusGone:
		return fmt.Errorf("%s does not take the link any more (%d)", host, res.StatusCode)
	default:
		return fmt.Errorf("%s answers with %s", host, res.Status)
	}
	t.etag = etag
	return nil
}

// take writes what comes, up to the size of the file. alive is called for each part of it.
func (t *transfer) take(ctx context.Context, body io.Reader, host string, alive func()) error {
	buf := make([]byte, 256<<10)
	for t.at < t.Size {
		if ctx.Err() != nil { // what has arrived already could be read all the same
			return ctx.Err()
		}
		n, err := body.Read(buf[:min(int64(len(buf)), t.Size-t.at)])
		if n > 0 {
			alive()
			if _, err := t.part.Write(buf[:n]); err != nil {
				return &diskError{fmt.Errorf("write %s: %w: make room, and do it again: it goes on", t.Part, err)}
			}
			_, _ = t.sum.Write(buf[:n]) // it never fails
			t.at += int64(n)
			t.tell("")
		}
		if err != nil && t.at < t.Size {
			return fmt.Errorf("%s has broken off: %w", host, withoutAddress(err))
		}
	}
	return nil
}

// diskError is an error on this side: another link does not help.
type diskError struct{ cause error }

func (e *diskError) Error() string { return e.cause.Error() }
func (e *diskError) Unwrap() error { return e.cause }

// withoutAddress is an error of a request without the address, which holds a signature.
func withoutAddress(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}
