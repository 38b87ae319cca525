package gcstest

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// Op is a kind of request.
type Op string

// The requests that the server knows.
const (
	Insert  Op = "insert"  // an object in one request
	Begin   Op = "begin"   // the start of an upload in chunks
	Chunk   Op = "chunk"   // a chunk but the last
	Final   Op = "final"   // the last chunk
	Read    Op = "read"    // the content
	Attrs   Op = "attrs"   // the description
	List    Op = "list"    // a page of names
	Delete  Op = "delete"  //
	Patch   Op = "patch"   // of metadata and holds
	Rewrite Op = "rewrite" // a step of a copy
	Compose Op = "compose" //
	Bucket  Op = "bucket"  // the bucket's description
	Fetch   Op = "fetch"   // the content, by a signed URL

	SignBlob Op = "signBlob" // a signature of IAM's; the name is the account's
)

// Fault is one planned fault.
type Fault struct {
	Op Op
	// Name is contained in the object's name (of List: the prefix; of Rewrite and
	// Compose: the new name); empty: all.
	Name string
	// After is how many requests that match pass before it fires.
	After int
	// Times is how often it fires; 0 means once, < 0 for ever.
	Times int

	// Status, where set, is answered instead of doing what is asked, with Reason
	// and Message. Of an upload it comes after AfterBytes, which are kept.
	Status          int
	Reason, Message string
	// Reset breaks the connection off instead of doing what is asked; a Read or Fetch
	// after AfterBytes.
	Reset bool
	// Lost does what is asked and breaks the connection off before the answer.
	Lost bool
	// Cut does what is asked and breaks off in the middle of the answer's JSON.
	Cut bool
	// Flip inverts the lowest bit of the first byte that is sent or read; of a copy
	// and of what is composed, that of its checksum.
	Flip bool
	// Unchecked lets an upload or what is composed pass whatever its checksum.
	Unchecked bool
	// Stall lets the request stand still until the client gives up; a Read after
	// AfterBytes.
	Stall bool
	// AfterBytes is how many bytes pass before the fault.
	AfterBytes int64
	// Before, where set, is called first.
	Before func()
}

type plan struct {
	Fault
	seen, fired int
}

// Plan adds faults.
func (s *Server) Plan(faults ...Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range faults {
		if f.Times == 0 {
			f.Times = 1
		}
		s.plans = append(s.plans, &plan{Fault: f})
	}
}

// AllFired fails the test if a planned fault did not fire as often as planned (one
// without end: at least once).
func (s *Server) AllFired(t testing.TB) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.plans {
		if p.fired == 0 || p.fired < p.Times {
			t.Errorf("the fault of %s %q fired %d times of %d", p.Op, p.Name, p.fired, p.Times)
		}
	}
}

// due returns the fault that is due, or nil.
func (s *Server) due(op Op, name string) *Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.plans {
		if p.Op != op || !strings.Contains(name, p.Name) || p.Times >= 0 && p.fired == p.Times {
			continue
		}
		if p.seen++; p.seen <= p.After {
			continue
		}
		p.fired++
		f := p.Fault
		return &f
	}
	return nil
}

// before plays the part of a fault that comes before the request is done, and
// reports whether that was all.
func (s *Server) before(c *call) bool {
	f := c.fault
	if f.Before != nil {
		f.Before()
	}
	switch {
	case f.Lost || f.Cut:
		// The answer is held back.
		c.answer = httptest.NewRecorder()
		c.w = c.answer
		return false
	case f.AfterBytes > 0 || f.Flip || f.Unchecked:
		return false // where the bytes pass
	case f.Status != 0:
		fail(c.w, f.Status, f.Reason, f.message())
		return true
	case f.Reset:
		breakOff(c.conn)
		return true
	case f.Stall:
		s.stall(c)
		return true
	}
	return false
}

func (f *Fault) message() string {
	if f.Message != "" {
		return f.Message
	}
	return http.StatusText(f.Status)
}

// stall takes what comes and says nothing until the client goes away.
func (s *Server) stall(c *call) {
	_, _ = io.Copy(io.Discard, c.r.Body)
	select {
	case <-c.r.Context().Done():
	case <-s.done:
	}
}

// after plays the part of a fault that comes when the request is done.
func (c *call) after() {
	if c.answer == nil {
		return
	}
	if c.fault.Lost {
		breakOff(c.conn)
		return
	}
	body := c.answer.Body.Bytes()
	header := c.conn.Header()
	for key, values := range c.answer.Header() {
		header[key] = values
	}
	c.conn.WriteHeader(c.answer.Code)
	_, _ = c.conn.Write(body[:len(body)/2])
	_ = http.NewResponseController(c.conn).Flush()
	breakOff(c.conn)
}

// breakOff resets the connection.
func breakOff(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler) // HTTP's own way, where the connection can't be had
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	conn.Close()
}
