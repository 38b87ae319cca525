package samplesite

import (
	"encoding/json"
	"hash/maphash"
	"maps"
	"strconv"
	"strings"
	"sync"
)

// Counts is what the site was asked, by kind: "GET /rest/api/3/field", with the
// template of the route.
type Counts struct {
	// Requests counts all that reached a route, Provoked those of them that the
	// site itself caused: a request made again because the first was refused,
	// broken off or answered with a short page, or because the content changed.
	Requests map[string]int
	Provoked map[string]int
	// Pages counts requests for a page past the first.
	Pages map[string]int
	// Throttled counts 429 of the burst limit.
	Throttled int
	// Unmatched counts requests for paths and methods that the site does not have.
	Unmatched int
	// Leaks counts credentials shown to the media host.
	Leaks int
	// Bytes counts bytes of bodies sent.
	Bytes int64
}

// Unprovoked returns the requests of a kind that the site did not cause.
func (c Counts) Unprovoked(kind string) int { return c.Requests[kind] - c.Provoked[kind] }

// counter keeps 16 bytes of each different request, so that it can tell a
// repetition: the one thing here that grows with what is asked.
type counter struct {
	mu    sync.Mutex
	c     Counts
	seen  map[uint64]memory
	again map[string]bool // lists of which the first page was read again because of us
	seed  maphash.Seed
}

// memory is what is known of an identical earlier request.
type memory struct {
	epoch  uint32 // of the content, when it was answered
	failed bool
}

func newCounter() *counter {
	n := &counter{seed: maphash.MakeSeed()}
	n.reset()
	return n
}

func (n *counter) reset() {
	n.c = Counts{Requests: map[string]int{}, Provoked: map[string]int{}, Pages: map[string]int{}}
	n.seen, n.again = map[uint64]memory{}, map[string]bool{}
}

// identify returns a hash of what makes two requests the same. Signed URLs differ
// each time; what they name does not.
func (n *counter) identify(c *call) uint64 {
	var h maphash.Hash
	h.SetSeed(n.seed)
	_, _ = h.WriteString(c.r.Method)
	_, _ = h.WriteString(c.r.URL.Path)
	if c.route.template != MediaRoute {
		_, _ = h.WriteString("?" + c.r.URL.RawQuery + "\n")
	}
	_, _ = h.Write(c.body)
	return h.Sum64()
}

func kindOf(rt *route) string { return rt.method + " " + rt.template }

func (n *counter) begin(c *call, id uint64, epoch uint32) {
	kind := kindOf(c.route)
	n.mu.Lock()
	defer n.mu.Unlock()
	n.c.Requests[kind]++
	before, again := n.seen[id]
	changed := before.epoch != epoch && !c.asksWho()
	next := c.pastFirst()
	if next {
		n.c.Pages[kind]++
	}
	provoked := again && (before.failed || changed || next && n.again[c.list()]) || c.provoked()
	if provoked {
		n.c.Provoked[kind]++
	}
	// A list that is read again from its start is read again to its end.
	if provoked && !next {
		n.again[c.list()] = true
	}
	n.seen[id] = memory{epoch: epoch}
}

// fail records that the request is not answered as it should be.
func (n *counter) fail(id uint64) {
	n.mu.Lock()
	defer n.mu.Unlock()
	m := n.seen[id]
	m.failed = true
	n.seen[id] = m
}

func (n *counter) throttle()        { n.locked(func() { n.c.Throttled++ }) }
func (n *counter) leak()            { n.locked(func() { n.c.Leaks++ }) }
func (n *counter) bytes(b int64)    { n.locked(func() { n.c.Bytes += b }) }
func (n *counter) unmatched(string) { n.locked(func() { n.c.Unmatched++ }) }

func (n *counter) locked(f func()) {
	n.mu.Lock()
	defer n.mu.Unlock()
	f()
}

// Counts returns a copy of what was counted so far.
func (s *Site) Counts() Counts {
	s.count.mu.Lock()
	defer s.count.mu.Unlock()
	out := s.count.c
	out.Requests, out.Provoked, out.Pages = maps.Clone(out.Requests), maps.Clone(out.Provoked), maps.Clone(out.Pages)
	return out
}

// ResetCounts begins to count anew.
func (s *Site) ResetCounts() { s.count.locked(s.count.reset) }

// pastFirst reports whether the request asks for a page past the first.
func (c *call) pastFirst() bool {
	for _, name := range []string{"startAt", "start"} {
		if n, err := strconv.ParseInt(c.query.Get(name), 10, 64); err == nil && n > 0 {
			return true
		}
	}
	return c.pageToken() != ""
}

// list names what the pages of one list have in common.
func (c *call) list() string {
	name := c.r.Method + " " + c.r.URL.Path
	if ofWiki(c.route.template) {
		return name + " " + strconv.FormatUint(c.askedFor(), 16)
	}
	if k, valid := c.continued(); valid {
		return name + " " + strconv.FormatUint(k.Query, 16)
	}
	if c.route.template == Prefix+"/search/jql" {
		var in struct{ JQL string }
		_ = json.Unmarshal(c.body, &in) // what cannot be read has no query
		return name + " " + strconv.FormatUint(hashOf(in.JQL+strings.Join(c.query["jql"], ",")), 16)
	}
	return name
}

// asksWho reports whether the request is for the account itself, which no change of the content changes.
func (c *call) asksWho() bool {
	return c.route.template == Prefix+"/myself" || c.route.template == WikiV1+"/user/current"
}
