package gcstest

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

// live returns the object that the request names, of the generation that it
// names, or why not.
func (s *Server) live(c *call, name, generation string) (*object, *refusal) {
	b := s.buckets[c.bucket]
	if b == nil {
		return nil, &refusal{http.StatusNotFound, "notFound", "The specified bucket does not exist."}
	}
	o := b.objects[name]
	if o == nil || generation != "" && generation != strconv.FormatInt(o.generation, 10) {
		return nil, notFound(c.bucket, name)
	}
	return o, nil
}

// look is live with the preconditions of the query, for what changes nothing.
func (s *Server) look(c *call) (*object, *refusal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o, refused := s.live(c, c.name, c.query.Get("generation"))
	if refused == nil {
		refused = check(c.query, "if", o)
	}
	return o, refused
}

func (s *Server) attrs(c *call) {
	defer c.after()
	o, refused := s.look(c)
	if refused != nil {
		refused.write(c.w)
		return
	}
	reply(c.w, o.resource())
}

// read sends the content, or a range of it.
func (s *Server) read(c *call) {
	s.mu.Lock()
	o, refused := s.live(c, c.name, c.query.Get("generation"))
	var f *os.File
	var err error
	if refused == nil {
		if refused = check(c.query, "if", o); refused == nil {
			f, err = os.Open(o.path) // before it can be replaced
		}
	}
	s.mu.Unlock()
	switch {
	case refused != nil:
		// The service answers downloads with plain text.
		http.Error(c.w, refused.message, refused.status)
		return
	case err != nil:
		fail(c.w, http.StatusInternalServerError, "backendError", err.Error())
		return
	}
	defer f.Close()
	header := c.w.Header()
	header.Set("X-Goog-Hash", "crc32c="+encode(o.crc32c))
	header.Set("X-Goog-Generation", strconv.FormatInt(o.generation, 10))
	header.Set("X-Goog-Metageneration", strconv.FormatInt(o.metageneration, 10))
	header.Set("X-Goog-Stored-Content-Length", strconv.FormatInt(o.size, 10))
	header.Set("Content-Type", o.contentType)
	var content io.ReadSeeker = f
	if c.fault != nil {
		content = &faultyContent{ReadSeeker: f, s: s, c: c, left: c.fault.AfterBytes}
	}
	http.ServeContent(c.w, c.r, "", o.updated, content)
}

// faultyContent plays a fault while content is sent.
type faultyContent struct {
	io.ReadSeeker
	s    *Server
	c    *call
	left int64
	done bool
}

func (f *faultyContent) Read(p []byte) (int, error) {
	if f.left == 0 && !f.done {
		f.done = true
		switch fault := f.c.fault; {
		case fault.Flip:
			n, err := f.ReadSeeker.Read(p)
			if n > 0 {
				p[0] ^= 1
			}
			return n, err
		case fault.Stall:
			_ = http.NewResponseController(f.c.conn).Flush()
			f.s.stall(f.c)
			return 0, io.ErrUnexpectedEOF
		case fault.Reset:
			_ = http.NewResponseController(f.c.conn).Flush()
			return 0, io.ErrUnexpectedEOF // ends the answer early
		}
	}
	if f.left > 0 {
		p = p[:min(int64(len(p)), f.left)]
	}
	n, err := f.ReadSeeker.Read(p)
	f.left = max(0, f.left-int64(n))
	return n, err
}

// list answers with a page of names.
func (s *Server) list(c *call) {
	defer c.after()
	limit, _ := strconv.Atoi(c.query.Get("maxResults"))
	if limit <= 0 || limit > 1000 {
		limit = 1000
	}
	after, _ := base64.RawURLEncoding.DecodeString(c.query.Get("pageToken"))
	prefix, delimiter := c.query.Get("prefix"), c.query.Get("delimiter")

	s.mu.Lock()
	b := s.buckets[c.bucket]
	if b == nil {
		s.mu.Unlock()
		fail(c.w, http.StatusNotFound, "notFound", "The specified bucket does not exist.")
		return
	}
	entries := map[string]*object{} // nil for what is a prefix
	for name, o := range b.objects {
		rest, ok := strings.CutPrefix(name, prefix)
		if !ok {
			continue
		}
		if i := strings.Index(rest, delimiter); delimiter != "" && i >= 0 {
			name, o = prefix+rest[:i+len(delimiter)], nil
		}
		if name > string(after) {
			entries[name] = o
		}
	}
	s.mu.Unlock()

	names := make([]string, 0, len(entries))
	for name := range entries {
		names = append(names, name)
	}
	slices.Sort(names)
	answer := map[string]any{"kind": "storage#objects"}
	if len(names) > limit {
		names = names[:limit]
		answer["nextPageToken"] = base64.RawURLEncoding.EncodeToString([]byte(names[limit-1]))
	}
	var items []any
	var prefixes []string
	for _, name := range names {
		if o := entries[name]; o != nil {
			items = append(items, o.resource())
		} else {
			prefixes = append(prefixes, name)
		}
	}
	answer["items"], answer["prefixes"] = items, prefixes
	reply(c.w, answer)
}

func (s *Server) delete(c *call) {
	defer c.after()
	s.mu.Lock()
	defer s.mu.Unlock()
	o, refused := s.live(c, c.name, c.query.Get("generation"))
	if refused == nil {
		refused = check(c.query, "if", o)
	}
	if refused == nil {
		refused = s.buckets[c.bucket].kept(o)
	}
	if refused != nil {
		refused.write(c.w)
		return
	}
	delete(s.buckets[c.bucket].objects, c.name)
	os.Remove(o.path)
	c.w.WriteHeader(http.StatusNoContent)
}

// patch changes metadata and holds.
func (s *Server) patch(c *call) {
	defer c.after()
	var about described
	if err := json.NewDecoder(c.r.Body).Decode(&about); err != nil {
		fail(c.w, http.StatusBadRequest, "parseError", err.Error())
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	old, refused := s.live(c, c.name, c.query.Get("generation"))
	if refused == nil {
		refused = check(c.query, "if", old)
	}
	if refused != nil {
		refused.write(c.w)
		return
	}
	o := *old
	if about.Metadata != nil {
		o.metadata = about.Metadata
	}
	if about.TemporaryHold != nil {
		o.temporaryHold = *about.TemporaryHold
	}
	if about.EventHold != nil {
		o.eventHold = *about.EventHold
	}
	o.metageneration++
	o.updated = time.Now().UTC()
	s.buckets[c.bucket].objects[c.name] = &o
	reply(c.w, o.resource())
}

// describedBy decodes a body that may be empty.
func describedBy(c *call) (about described, err error) {
	data, err := io.ReadAll(c.r.Body)
	if err == nil && len(bytes.TrimSpace(data)) > 0 {
		err = json.Unmarshal(data, &about)
	}
	if err != nil {
		return described{}, fmt.Errorf("body of %s: %w", c.op, err)
	}
	return about, nil
}
