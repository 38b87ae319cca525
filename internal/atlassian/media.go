package atlassian

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// mediaRoute stands for the media host in errors: its addresses are signed and
// appear nowhere.
const (
	mediaHost  = "(media host)"
	mediaRoute = "GET " + mediaHost
)

// maxRedirects is how many hosts an attachment may be passed on through.
const maxRedirects = 5

// maxResumes is how often in a row a stream is opened again without a byte of progress.
const maxResumes = 5

// Open opens the bytes that a Request leads to, from offset on: they come from
// the site itself or from the media host that it redirects to, which gets no
// credentials. size is how long the whole is said to be, negative where that
// is not known. A stream that breaks off is opened again where it broke, by a
// fresh redirect. Errors of Open and of reads are *Error; the context must
// last until the stream is closed.
func (c *Client) Open(ctx context.Context, r Request, offset, size int64) (io.ReadCloser, error) {
	s := &stream{ctx: ctx, client: c, request: r, at: offset, size: size}
	if err := s.open(); err != nil {
		return nil, err
	}
	return s, nil
}

// FileID returns the id at the media service of the file that a Request for bytes leads
// to: documents show files by it. It is told by the address that the site redirects
// to, of which nothing else is kept; "" where the site gives the bytes itself.
func (c *Client) FileID(ctx context.Context, r Request) (string, error) {
	base, err := c.base(ctx, r)
	if err != nil {
		return "", err
	}
	if r, err = c.prepare(ctx, r); err != nil {
		return "", err
	}
	var id string
	err = c.retry(ctx, r.Route, false, func() *Error {
		req, failed := c.newRequest(ctx, r, base, nil)
		if failed != nil {
			return failed
		}
		resp, err := c.send(req)
		if err != nil {
			return awayError(r.Route, ctx, err)
		}
		defer resp.Body.Close()
		c.throttle.heed(c.key(r.Route), resp.Header)
		if !isRedirect(resp.StatusCode) || loginRefused(resp.Header) != "" {
			return c.judge(r.Route, resp)
		}
		location, failed := redirect(req.URL, resp, r.Route)
		if failed != nil {
			return failed
		}
		// /file/{id}/binary
		if _, rest, ok := strings.Cut(location.Path, "/file/"); ok {
			id, _, _ = strings.Cut(rest, "/")
		}
		return nil
	})
	return id, err
}

// stream is an attachment's bytes.
type stream struct {
	ctx     context.Context
	client  *Client
	request Request
	at      int64 // position of the next byte
	size    int64
	body    io.ReadCloser
	framed  bool // the reply says where it ends
	resumes int  // in a row, without progress
	err     error
}

func (s *stream) Read(p []byte) (int, error) {
	for s.err == nil {
		n, err := s.body.Read(p)
		s.at += int64(n)
		if n > 0 {
			s.resumes = 0
			return n, nil
		}
		switch {
		case err == nil:
			return 0, nil
		case err == io.EOF && (s.framed || s.at >= s.size):
			s.err = io.EOF
		default:
			s.err = s.resume(err)
		}
	}
	return 0, s.err
}

// resume opens the stream anew after err.
func (s *stream) resume(err error) error {
	s.body.Close()
	s.resumes++
	if s.ctx.Err() != nil || s.resumes > maxResumes {
		return awayError(mediaRoute, s.ctx, err)
	}
	if err := sleepUntil(s.ctx, time.Now().Add(s.client.backoff(s.resumes-1))); err != nil {
		return awayError(mediaRoute, s.ctx, err)
	}
	return s.open()
}

func (s *stream) Close() error { return s.body.Close() }

// open asks for the bytes from s.at on.
func (s *stream) open() error {
	base, err := s.client.base(s.ctx, s.request)
	if err != nil {
		return err
	}
	r, err := s.client.prepare(s.ctx, s.request)
	if err != nil {
		return err
	}
	refused := 0
	return s.client.retry(s.ctx, s.request.Route, false, func() *Error {
		resp, failed := s.ask(r, base)
		if failed == nil {
			return s.accept(resp)
		}
		if failed.Route == mediaHost && failed.Class == ClassForbidden {
			// The signature may have run out on the way: a fresh one is worth two tries.
			if refused++; refused < 3 {
				failed.Class = ClassAway
			}
		}
		return failed
	})
}

// ask makes the request and follows redirects. The reply that it returns has a
// status of 2xx or 416.
func (s *stream) ask(r Request, base string) (*http.Response, *Error) {
	c := s.client
	req, failed := c.newRequest(s.ctx, r, base, nil)
	if failed != nil {
		return nil, failed
	}
	s.prepare(req)
	route := r.Route
	for range maxRedirects {
		resp, err := c.send(req)
		if err != nil {
			return nil, awayError(route, s.ctx, err)
		}
		if route != mediaRoute {
			c.throttle.heed(c.key(route), resp.Header)
		}
		if !isRedirect(resp.StatusCode) || loginRefused(resp.Header) != "" {
			return c.settle(route, resp)
		}
		location, failed := redirect(req.URL, resp, route)
		resp.Body.Close()
		if failed != nil {
			return nil, failed
		}
		// A request of its own, not a copy: nothing but these headers goes there.
		if req, err = http.NewRequestWithContext(s.ctx, http.MethodGet, location.String(), nil); err != nil {
			return nil, protocolError(mediaRoute, "the redirect's address is not valid")
		}
		req.Header.Set("User-Agent", c.config.UserAgent)
		s.prepare(req)
		route = mediaRoute
	}
	return nil, protocolError(mediaRoute, fmt.Sprintf("more than %d redirects", maxRedirects))
}

// prepare asks for bytes as they are, from s.at on.
func (s *stream) prepare(req *http.Request) {
	req.Header.Set("Accept", "*/*")
	req.Header.Set("Accept-Encoding", "identity")
	if s.at > 0 {
		req.Header.Set("Range", fmt.Sprintf("bytes=%d-", s.at))
	}
}

// settle judges the reply that is not a redirect.
func (c *Client) settle(route string, resp *http.Response) (*http.Response, *Error) {
	if resp.StatusCode == http.StatusRequestedRangeNotSatisfiable {
		return resp, nil
	}
	var failed *Error
	if route == mediaRoute {
		failed = judgeMedia(c, resp)
	} else if failed = c.judge(route, resp); failed != nil && resp.StatusCode == http.StatusGone {
		failed.Class = ClassNotFound
	}
	if failed != nil {
		resp.Body.Close()
		return nil, failed
	}
	return resp, nil
}

// judgeMedia is judge for the media host, which knows no account: a refusal
// there is about the signature, and its limits are not the site's.
func judgeMedia(c *Client, resp *http.Response) *Error {
	failed := c.judge(mediaRoute, resp)
	if failed == nil {
		return nil
	}
	switch resp.StatusCode {
	case http.StatusUnauthorized, http.StatusForbidden:
		failed.Class, failed.Reason = ClassForbidden, "the media host refuses the address that the site gave"
	case http.StatusGone:
		failed.Class, failed.Reason = ClassNotFound, ""
	case http.StatusTooManyRequests:
		failed.Class = ClassAway
	}
	return failed
}

func isRedirect(status int) bool {
	switch status {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return true
	}
	return false
}

// redirect returns where resp redirects to. Its errors do not quote the address.
func redirect(from *url.URL, resp *http.Response, route string) (*url.URL, *Error) {
	location, err := resp.Location()
	if err != nil || !httpURL(location) {
		return nil, replyError(resp, route, ClassProtocol, "a redirect without a usable address")
	}
	if from.Scheme == "https" && location.Scheme != "https" {
		return nil, replyError(resp, route, ClassProtocol, "a redirect from https to http")
	}
	return location, nil
}

// accept takes the reply as the stream's body, which begins at s.at.
func (s *stream) accept(resp *http.Response) *Error {
	s.framed = resp.ContentLength >= 0 || len(resp.TransferEncoding) > 0 || resp.ProtoMajor >= 2
	var problem error
	switch resp.StatusCode {
	case http.StatusRequestedRangeNotSatisfiable:
		resp.Body.Close()
		if s.size >= 0 && s.at == s.size {
			s.body, s.framed = http.NoBody, true
			return nil
		}
		return replyError(resp, mediaRoute, ClassProtocol, "there are no bytes at the offset")
	case http.StatusPartialContent:
		problem = startsAt(resp.Header.Get("Content-Range"), s.at)
	default:
		// The whole, although a part was asked for: skip what we have.
		if s.at > 0 {
			_, problem = io.CopyN(io.Discard, resp.Body, s.at)
			if problem == io.EOF && s.framed {
				problem = errRange
			}
		}
	}
	if problem != nil {
		resp.Body.Close()
		if errors.Is(problem, errRange) {
			return replyError(resp, mediaRoute, ClassProtocol, errRange.Error())
		}
		return awayError(mediaRoute, s.ctx, problem)
	}
	s.body = resp.Body
	return nil
}

var errRange = errors.New("the part that came is not the one that was asked for")

// startsAt checks "bytes 100-199/200".
func startsAt(contentRange string, offset int64) error {
	part, ok := strings.CutPrefix(contentRange, "bytes ")
	var start int64
	if _, err := fmt.Sscanf(part, "%d-", &start); !ok || err != nil || start != offset {
		return errRange
	}
	return nil
}
