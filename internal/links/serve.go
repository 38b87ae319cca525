package links

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"holdfast/internal/store"
)

// clientPatience is how long a client may take for 32 KiB of what it is sent. One
// that takes longer is cut off, and can go on where it was.
const clientPatience = time.Minute

// ServeHTTP serves one fetch.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	out := &answer{ResponseWriter: w, control: http.NewResponseController(w), patience: s.patience}
	start := s.now()
	g, err := s.serve(out, r)
	level := s.log.Info
	if err != nil {
		level = s.log.Warn
	}
	args := []any{
		"object", g.name, "method", r.Method, "range", ranges(r.Header.Get("Range")), "status", out.status, "bytes", out.bytes,
		"duration", s.now().Sub(start).Round(time.Millisecond), "client", r.RemoteAddr,
	}
	switch {
	case err != nil:
		args = append(args, "outcome", err.Error())
	default:
		args = append(args, "outcome", "done")
	}
	level("a download was fetched", args...)
}

// ranges is what a client asks for, fit for a log.
func ranges(header string) string {
	asked, ok := strings.CutPrefix(header, "bytes=")
	if !ok || strings.Trim(asked, "0123456789-, ") != "" {
		return ""
	}
	return fmt.Sprintf("%.100s", header)
}

// serve answers a request, and tells why not all of it could be given.
func (s *Server) serve(out *answer, r *http.Request) (grant, error) {
	out.Header().Set("Cache-Control", "private, no-store")
	out.Header().Set("X-Content-Type-Options", "nosniff")
	out.Header().Set("Referrer-Policy", "no-referrer")
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		out.Header().Set("Allow", "GET, HEAD")
		return grant{}, out.refuse(&refusal{http.StatusMethodNotAllowed, "a link can only be fetched"})
	}
	if r.ContentLength != 0 { // nothing reads it; who sends it slowly must not keep the connection
		_ = out.control.SetReadDeadline(time.Now().Add(10 * time.Second))
	}
	g, refused := s.granted(r)
	if refused != nil {
		return g, out.refuse(refused)
	}
	ctx := r.Context()
	content, err := s.open(ctx, g.name)
	switch {
	case errors.Is(err, store.ErrNotExist):
		return g, out.refuse(&refusal{http.StatusNotFound, "what the link is to has been deleted"})
	case err != nil:
		_ = out.refuse(&refusal{http.StatusServiceUnavailable, "the store is away: try again"})
		return g, err
	}
	defer content.Close()
	header := out.Header()
	header.Set("Content-Type", "application/octet-stream")
	header.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": g.file}))
	header.Set("Etag", `"`+strconv.FormatInt(content.object.Generation, 10)+`"`)
	// It does ranges, If-Range, If-None-Match and HEAD, as RFC 9110 has them.
	http.ServeContent(out, r, "", content.object.Updated, content)
	return g, errors.Join(content.err, out.err)
}

// open opens an object, and tells which generation it opened.
func (s *Server) open(ctx context.Context, name string) (*content, error) {
	for range 5 {
		before, err := look(ctx, s.store, name)
		if err != nil {
			return nil, err
		}
		r, err := s.store.Get(ctx, name, 0, -1)
		if errors.Is(err, store.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		after, err := look(ctx, s.store, name)
		if err == nil && after.Generation == before.Generation {
			return &content{ctx: ctx, store: s.store, object: before, body: r}, nil
		}
		r.Close()
	}
	return nil, fmt.Errorf("open %s: it is being replaced", name)
}

// look describes an object without reading it, as Stat of a directory would for its
// checksum.
func look(ctx context.Context, s store.Store, name string) (store.Object, error) {
	for o, err := range s.List(ctx, name) {
		if err != nil {
			return store.Object{}, err
		}
		if o.Name == name { // which comes before all that begin with it
			return o, nil
		}
		break
	}
	return store.Object{}, fmt.Errorf("look for %s: %w", name, store.ErrNotExist)
}

// content reads one generation of an object, wherever it is sought.
type content struct {
	ctx    context.Context
	store  store.Store
	object store.Object
	body   io.ReadCloser // nil: to be opened at offset
	at     int64         // where body is
	offset int64         // where the next Read is to be
	err    error
}

func (c *content) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += c.offset
	case io.SeekEnd:
		offset += c.object.Size
	}
	if offset < 0 {
		return 0, fmt.Errorf("seek %s before its start", c.object.Name)
	}
	c.offset = offset
	return offset, nil
}

func (c *content) Read(p []byte) (int, error) {
	if c.offset >= c.object.Size {
		return 0, io.EOF
	}
	if c.body == nil || c.at != c.offset {
		if c.err = c.reopen(); c.err != nil {
			return 0, c.err
		}
	}
	n, err := c.body.Read(p)
	c.at += int64(n)
	c.offset = c.at
	if err == io.EOF && c.offset < c.object.Size {
		err = io.ErrUnexpectedEOF
	}
	if err != nil && err != io.EOF {
		c.err = err
	}
	return n, err
}

// reopen opens the object at offset.
func (c *content) reopen() error {
	c.Close()
	body, err := c.store.Get(c.ctx, c.object.Name, c.offset, -1)
	if err != nil {
		return err
	}
	c.body, c.at = body, c.offset
	now, err := look(c.ctx, c.store, c.object.Name)
	if err == nil && now.Generation != c.object.Generation {
		err = fmt.Errorf("read %s: it was replaced meanwhile", c.object.Name)
	}
	return err
}

func (c *content) Close() error {
	if c.body == nil {
		return nil
	}
	body := c.body
	c.body = nil
	return body.Close()
}

// answer counts what is sent, and gives each part of it a time.
type answer struct {
	http.ResponseWriter
	control  *http.ResponseController
	patience time.Duration
	status   int
	bytes    int64
	err      error
}

func (a *answer) WriteHeader(status int) {
	a.status = status
	a.ResponseWriter.WriteHeader(status)
}

func (a *answer) Write(p []byte) (int, error) {
	if a.status == 0 {
		a.status = http.StatusOK
	}
	// The error can only be that there is no connection to bound.
	_ = a.control.SetWriteDeadline(time.Now().Add(a.patience))
	n, err := a.ResponseWriter.Write(p)
	a.bytes += int64(n)
	if err != nil {
		a.err = fmt.Errorf("the client was cut off, or went: %w", err)
	}
	return n, err
}

// refuse answers with a refusal, and returns it as an error.
func (a *answer) refuse(r *refusal) error {
	http.Error(a, r.why, r.status)
	return errors.New(r.why)
}
