// Package gcstest is a bucket of Google Cloud Storage for tests: the part of the
// JSON API that holdfast uses, served on 127.0.0.1, with contents in a directory
// so that large objects take no memory.
//
// It is stricter than the emulators that can be had: checksums of uploads in
// chunks, preconditions of every method, holds and retention policies are
// enforced, and a finished upload answers its last request again, as the service
// does. It keeps no old generations, no access rules and no MD5, and asks for no
// credentials, but by the addresses of the XML API: there it gives an object to who
// has a signed URL of version 4 by one of its accounts. Faults are planned with Plan.
package gcstest

import (
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"hash/crc32"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"google.golang.org/api/option"
)

// Server is a service with buckets. Its fields may be set before it is used.
type Server struct {
	// RewriteStep is how many bytes one call of a copy copies; 0 means all.
	RewriteStep int64

	url  string
	dir  string
	done chan struct{}

	mu         sync.Mutex
	buckets    map[string]*bucket
	sessions   map[string]*session
	rewrites   map[string]int64
	generation int64
	plans      []*plan
	requests   map[Op]int
	accounts   map[string]*rsa.PrivateKey
}

// bucket holds objects by name.
type bucket struct {
	objects   map[string]*object
	retention time.Duration
}

// object is a live generation. It is replaced, never changed.
type object struct {
	bucket, name               string
	generation, metageneration int64
	size                       int64
	crc32c                     uint32
	contentType                string
	metadata                   map[string]string
	components                 int
	created, updated           time.Time
	temporaryHold, eventHold   bool
	path                       string // of the content
}

// Start serves the buckets until the test ends, with contents in a directory of
// the test's.
func Start(t testing.TB, buckets ...string) *Server {
	t.Helper()
	s, closeServer := Serve(t.TempDir(), buckets...)
	t.Cleanup(closeServer)
	return s
}

// Serve is Start for what is no test, with contents in dir.
func Serve(dir string, buckets ...string) (s *Server, closeServer func()) {
	s = &Server{
		dir: dir, done: make(chan struct{}), buckets: map[string]*bucket{}, sessions: map[string]*session{}, rewrites: map[string]int64{},
		generation: time.Now().UnixMicro(), requests: map[Op]int{}, accounts: map[string]*rsa.PrivateKey{},
	}
	for _, name := range buckets {
		s.CreateBucket(name)
	}
	server := httptest.NewServer(s)
	s.url = server.URL
	return s, sync.OnceFunc(func() {
		close(s.done)
		server.CloseClientConnections()
		server.Close()
	})
}

// URL is the value of STORAGE_EMULATOR_HOST with which a process asks this server.
func (s *Server) URL() string { return s.url }

// Options makes a client ask this server.
func (s *Server) Options() []option.ClientOption {
	return []option.ClientOption{option.WithEndpoint(s.url + "/storage/v1/"), option.WithoutAuthentication()}
}

// CreateBucket makes an empty bucket, whatever was there.
func (s *Server) CreateBucket(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.buckets[name] = &bucket{objects: map[string]*object{}}
}

// DeleteBucket removes a bucket with all that is in it.
func (s *Server) DeleteBucket(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.buckets, name)
}

// Retain gives a bucket a retention policy of that period, 0 for none.
func (s *Server) Retain(bucket string, period time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.buckets[bucket].retention = period
}

// Hold sets and releases the holds of an object. It panics if there is no such.
func (s *Server) Hold(bucket, name string, temporary, event bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := *s.buckets[bucket].objects[name]
	o.temporaryHold, o.eventHold = temporary, event
	o.metageneration++
	s.buckets[bucket].objects[name] = &o
}

// Remove deletes an object as an operator would, whatever holds it.
func (s *Server) Remove(bucket, name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.buckets[bucket].objects, name)
}

// Corrupt inverts the lowest bit of byte offset of an object's content. Copies of
// it have the same file, and change too.
func (s *Server) Corrupt(bucket, name string, offset int64) error {
	s.mu.Lock()
	o := s.buckets[bucket].objects[name]
	s.mu.Unlock()
	if o == nil {
		return fmt.Errorf("corrupt %s in %s: there is no such object", name, bucket)
	}
	f, err := os.OpenFile(o.path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	var b [1]byte
	if _, err := f.ReadAt(b[:], offset); err != nil {
		return err
	}
	b[0] ^= 1
	_, err = f.WriteAt(b[:], offset)
	return err
}

// Names returns the names of a bucket's objects, in no order.
func (s *Server) Names(bucket string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var names []string
	if b := s.buckets[bucket]; b != nil {
		for name := range maps.Keys(b.objects) {
			names = append(names, name)
		}
	}
	return names
}

// Requests returns how many requests of the kind there were, those that failed
// included.
func (s *Server) Requests(op Op) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.requests[op]
}

// content is a file that is being written.
type content struct {
	*os.File
	size int64
	sum  uint32
}

func (s *Server) newContent() (*content, error) {
	f, err := os.OpenFile(filepath.Join(s.dir, rand.Text()), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	return &content{File: f}, nil
}

// Write counts what is written.
func (c *content) Write(p []byte) (int, error) {
	n, err := c.File.Write(p)
	c.size += int64(n)
	c.sum = crc32.Update(c.sum, crc32.MakeTable(crc32.Castagnoli), p[:n])
	return n, err
}

// ReadFrom hides that of os.File, which would count nothing.
func (c *content) ReadFrom(r io.Reader) (int64, error) {
	return io.CopyBuffer(struct{ io.Writer }{c}, r, make([]byte, 128<<10))
}

// discard removes the file; readers that have it open read on.
func (c *content) discard() {
	c.Close()
	os.Remove(c.Name())
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c, ok := s.parse(w, r)
	if !ok {
		fail(w, http.StatusNotFound, "notFound", "no such method: "+r.Method+" "+r.URL.Path)
		return
	}
	s.mu.Lock()
	s.requests[c.op]++
	s.mu.Unlock()
	c.fault = s.due(c.op, c.name)
	if c.fault != nil && s.before(c) {
		return
	}
	if c.op == SignBlob {
		s.signBlob(c)
		return
	}
	if s.find(c.bucket) == nil {
		fail(c.w, http.StatusNotFound, "notFound", "The specified bucket does not exist.")
		return
	}
	switch c.op {
	case Begin:
		s.start(c)
	case Insert:
		s.insert(c)
	case Chunk, Final:
		s.chunk(c)
	case Read:
		s.read(c)
	case Fetch:
		s.fetch(c)
	case Attrs:
		s.attrs(c)
	case List:
		s.list(c)
	case Delete:
		s.delete(c)
	case Patch:
		s.patch(c)
	case Rewrite:
		s.rewrite(c)
	case Compose:
		s.compose(c)
	case Bucket:
		reply(c.w, map[string]any{"kind": "storage#bucket", "name": c.bucket})
	}
}

func (s *Server) find(name string) *bucket {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.buckets[name]
}
