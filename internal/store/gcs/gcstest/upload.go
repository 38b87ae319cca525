package gcstest

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"
)

// session is an upload in chunks.
type session struct {
	bucket, name string
	about        described
	query        url.Values
	mu           sync.Mutex
	content      *content
	made         *object // when it is finished
}

// insert makes an object in one request.
func (s *Server) insert(c *call) {
	defer c.after()
	_, params, err := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	if err != nil {
		fail(c.w, http.StatusBadRequest, "invalid", "not multipart")
		return
	}
	parts := multipart.NewReader(c.r.Body, params["boundary"])
	part, err := parts.NextPart()
	var about described
	if err == nil {
		err = json.NewDecoder(part).Decode(&about)
	}
	if err == nil {
		part, err = parts.NextPart()
	}
	if err != nil {
		fail(c.w, http.StatusBadRequest, "invalid", "not what was expected: "+err.Error())
		return
	}
	body, err := s.newContent()
	if err != nil {
		fail(c.w, http.StatusInternalServerError, "backendError", err.Error())
		return
	}
	if !s.take(c, body, part) {
		body.discard()
		return
	}
	o, refused := s.publish(c.bucket, c.nameOf(about), c.query, about, body, c.wanted(about.CRC32C))
	if refused != nil {
		body.discard()
		refused.write(c.w)
		return
	}
	reply(c.w, o.resource())
}

func (c *call) nameOf(about described) string {
	if c.name != "" {
		return c.name
	}
	return about.Name
}

// wanted returns the checksum that the content is held against.
func (c *call) wanted(sum string) string {
	if c.fault != nil && c.fault.Unchecked {
		return ""
	}
	return sum
}

// take reads the bytes of an upload into body, with the fault that is due, and
// reports whether all came and are to be answered.
func (s *Server) take(c *call, body *content, r io.Reader) bool {
	if f := c.fault; f != nil && f.AfterBytes > 0 {
		_, _ = io.CopyN(body, r, f.AfterBytes)
		switch {
		case f.Status != 0:
			fail(c.w, f.Status, f.Reason, f.message())
		case f.Stall:
			s.stall(c)
		default:
			breakOff(c.conn)
		}
		return false
	}
	if c.fault != nil && c.fault.Flip {
		var first [1]byte
		if _, err := io.ReadFull(r, first[:]); err == nil {
			first[0] ^= 1
			r = io.MultiReader(bytes.NewReader(first[:]), r)
		}
	}
	_, err := body.ReadFrom(r)
	return err == nil // else the client has gone: nobody hears an answer
}

// publish makes an object of the content, if what the client asks for holds.
func (s *Server) publish(bucketName, name string, query url.Values, about described, body *content, wanted string) (*object, *refusal) {
	if got := encode(body.sum); wanted != "" && wanted != got {
		return nil, &refusal{http.StatusBadRequest, "invalid", fmt.Sprintf("Provided CRC32C %q doesn't match calculated CRC32C %q.", wanted, got)}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.buckets[bucketName]
	if b == nil {
		return nil, &refusal{http.StatusNotFound, "notFound", "The specified bucket does not exist."}
	}
	old := b.objects[name]
	if refused := check(query, "if", old); refused != nil {
		return nil, refused
	}
	if refused := b.kept(old); refused != nil {
		return nil, refused
	}
	s.generation++
	now := time.Now().UTC()
	o := &object{
		bucket: bucketName, name: name, generation: s.generation, metageneration: 1, size: body.size, crc32c: body.sum,
		contentType: about.ContentType, metadata: about.Metadata, components: about.components, created: now, updated: now, path: body.Name(),
	}
	body.Close()
	b.objects[name] = o
	if old != nil {
		os.Remove(old.path)
	}
	return o, nil
}

// start begins an upload in chunks.
func (s *Server) start(c *call) {
	defer c.after()
	u := &session{bucket: c.bucket, query: c.query}
	if err := json.NewDecoder(c.r.Body).Decode(&u.about); err != nil {
		fail(c.w, http.StatusBadRequest, "parseError", err.Error())
		return
	}
	u.name = c.nameOf(u.about)
	s.mu.Lock()
	refused := check(c.query, "if", s.buckets[c.bucket].objects[u.name])
	s.mu.Unlock()
	if refused != nil {
		refused.write(c.w)
		return
	}
	var err error
	if u.content, err = s.newContent(); err != nil {
		fail(c.w, http.StatusInternalServerError, "backendError", err.Error())
		return
	}
	id := rand.Text()
	s.mu.Lock()
	s.sessions[id] = u
	s.mu.Unlock()
	c.w.Header().Set("Location", fmt.Sprintf("%s/upload/storage/v1/b/%s/o?uploadType=resumable&upload_id=%s", s.url, c.bucket, id))
	c.w.Header().Set("X-GUploader-UploadID", id)
}

// Forget lets the server lose its uploads in chunks, finished ones included.
func (s *Server) Forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sessions = map[string]*session{}
}

// chunk takes one chunk.
func (s *Server) chunk(c *call) {
	defer c.after()
	u := c.session
	if u == nil {
		fail(c.w, http.StatusNotFound, "notFound", "Upload not found")
		return
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.made != nil { // the answer was lost, it seems
		reply(c.w, u.made.resource())
		return
	}
	var first, last, total int64
	text, known := c.r.Header.Get("Content-Range"), c.op == Final
	var err error
	switch {
	case strings.HasPrefix(text, "bytes */"):
		_, err = fmt.Sscanf(text, "bytes */%d", &total)
		first = total
	case known:
		_, err = fmt.Sscanf(text, "bytes %d-%d/%d", &first, &last, &total)
	default:
		_, err = fmt.Sscanf(text, "bytes %d-%d/*", &first, &last)
	}
	if err != nil || first > u.content.size {
		fail(c.w, http.StatusBadRequest, "invalid", "Content-Range "+text)
		return
	}
	// What is here already comes once more.
	if _, err := io.CopyN(io.Discard, c.r.Body, u.content.size-first); err != nil && u.content.size > first {
		return
	}
	if !s.take(c, u.content, c.r.Body) {
		return
	}
	if !known {
		c.w.Header().Set("X-Http-Status-Code-Override", "308")
		c.w.Header().Set("Range", fmt.Sprintf("bytes=0-%d", u.content.size-1))
		return
	}
	if u.content.size != total {
		fail(c.w, http.StatusBadRequest, "invalid", "the upload has another size than it says")
		return
	}
	// The checksum comes with the last chunk, or came with the description.
	wanted := strings.TrimPrefix(c.r.Header.Get("X-Goog-Hash"), "crc32c=")
	if wanted == "" {
		wanted = u.about.CRC32C
	}
	o, refused := s.publish(u.bucket, u.name, u.query, u.about, u.content, c.wanted(wanted))
	if refused != nil {
		refused.write(c.w)
		return
	}
	u.made = o
	reply(c.w, o.resource())
}
