package atlassian

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"mime/multipart"
	"net/textproto"
	"slices"
	"sync"
)

// Upload is a file that is sent as multipart/form-data.
type Upload struct {
	Request // its Body is not used; Write is implied
	// Field is the name of the form's part, "file" at Atlassian; Fields are further parts, sent before it.
	Field  string
	Fields map[string]string
	Name   string // file name
	Type   string // media type; empty, or none, means bytes of an unknown kind
	Size   int64
	// Open opens the bytes; they are streamed. It is called for each try.
	Open func(ctx context.Context) (io.ReadCloser, error)
}

// Upload sends a file, with the header X-Atlassian-Token: no-check. Errors are as those of Do; one of
// Open, or of reading what it gave, is returned as it is.
func (c *Client) Upload(ctx context.Context, u Upload) (*Reply, error) {
	r, err := c.prepare(ctx, u.Request)
	if err != nil {
		return nil, err
	}
	r.Write = true
	form, err := newForm(u)
	if err != nil || u.Size < 0 {
		return nil, protocolError(r.Route, "the file has no size, or a part of its form no usable name")
	}
	base, err := c.base(ctx, r)
	if err != nil {
		return nil, err
	}
	var (
		reply *Reply
		own   error // of the file
	)
	err = c.retry(ctx, r.Route, true, func() *Error {
		var failed *Error
		reply, failed, own = c.tryUpload(ctx, r, u, base, form)
		return failed
	})
	if own != nil {
		return nil, own
	}
	if err != nil {
		return nil, c.orGone(ctx, err)
	}
	return reply, nil
}

// tryUpload sends the file once. own is what was wrong with the file itself; failed is
// then set, too.
func (c *Client) tryUpload(ctx context.Context, r Request, u Upload, base string, f *form) (reply *Reply, failed *Error, own error) {
	file, err := u.Open(ctx)
	if err != nil {
		return nil, protocolError(r.Route, "the file cannot be opened"), err
	}
	source := &source{file: file, left: u.Size, size: u.Size}
	req, failed := c.newRequest(ctx, r, base, nil)
	if failed != nil {
		file.Close()
		return nil, failed, nil
	}
	req.Header.Set("Content-Type", f.media)
	req.Header.Set("X-Atlassian-Token", "no-check")
	req.ContentLength = int64(len(f.head)) + u.Size + int64(len(f.tail))
	req.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(f.head), source, bytes.NewReader(f.tail)), source}
	reply, failed = c.exchange(ctx, r, req)
	// The transport may read on for a while after the reply's head came.
	source.Close()
	if failed != nil {
		if own = source.failure(); own != nil {
			return nil, protocolError(r.Route, "the file cannot be read"), own
		}
	}
	return reply, failed, nil
}

// form is what is sent around the bytes of a file.
type form struct {
	head, tail []byte
	media      string // the Content-Type, with the boundary
}

func newForm(u Upload) (*form, error) {
	var buf bytes.Buffer
	w := multipart.NewWriter(&buf)
	for _, name := range slices.Sorted(maps.Keys(u.Fields)) {
		if err := w.WriteField(name, u.Fields[name]); err != nil {
			return nil, err
		}
	}
	kind, params, err := mime.ParseMediaType(u.Type)
	if err != nil {
		kind, params = "application/octet-stream", nil
	}
	head := textproto.MIMEHeader{}
	head.Set("Content-Disposition", multipart.FileContentDisposition(u.Field, u.Name))
	head.Set("Content-Type", mime.FormatMediaType(kind, params))
	if _, err := w.CreatePart(head); err != nil {
		return nil, err
	}
	at := buf.Len()
	if err := w.Close(); err != nil {
		return nil, err
	}
	return &form{head: buf.Bytes()[:at], tail: buf.Bytes()[at:], media: w.FormDataContentType()}, nil
}

// source reads a file of which the size is known, and remembers why it could not.
// It may be closed while it is read.
type source struct {
	mu   sync.Mutex
	file io.ReadCloser
	left int64
	size int64
	err  error
	shut bool
}

var errShut = errors.New("the upload is over")

func (s *source) Read(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.shut:
		return 0, errShut
	case s.err != nil:
		return 0, s.err
	case s.left == 0:
		return 0, s.ended()
	}
	n, err := s.file.Read(p[:min(int64(len(p)), s.left)])
	s.left -= int64(n)
	switch {
	case err == io.EOF && s.left > 0:
		s.err = fmt.Errorf("the file ends %d bytes before its %d: %w", s.left, s.size, io.ErrUnexpectedEOF)
		return n, s.err
	case err != nil && err != io.EOF:
		s.err = err
		return n, err
	}
	return n, nil
}

// ended looks that there are no more bytes than were announced.
func (s *source) ended() error {
	var one [1]byte
	n, err := io.ReadFull(s.file, one[:])
	switch {
	case n > 0:
		s.err = fmt.Errorf("the file goes on beyond its %d bytes: it is not the one that was to be sent", s.size)
		return s.err
	case err != io.EOF:
		s.err = err
		return err
	}
	return io.EOF
}

// failure is why the file could not be read; nil where that was not what failed.
func (s *source) failure() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

func (s *source) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.shut {
		return nil
	}
	s.shut = true
	return s.file.Close()
}
