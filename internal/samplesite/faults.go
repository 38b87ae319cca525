package samplesite

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Rule says which requests a planned fault meets and what it does to them.
type Rule struct {
	// Method and Route choose requests; empty means any. Route is a template of
	// Atlassian's OpenAPI document such as "/rest/api/3/issue/bulkfetch", or MediaRoute.
	Method, Route string
	// Path, where given, must occur in the request's path and query.
	Path string
	// From is the first matching request that is met, counted from 1 since the rule was added; 0 means 1.
	From int
	// Count is how many are met from there on; 0 means all until it is healed.
	Count int
	Effect
}

// Effect is what a fault does. The zero value does nothing but count.
type Effect struct {
	// Do runs before the request is answered: for changes of the site's content at that moment.
	Do func()
	// Delay holds the request back.
	Delay time.Duration
	// Status, where not 0, is answered instead, with Header and Body.
	Status int
	Header http.Header
	Body   string
	// CutAfter, where not 0, drops the connection after so many bytes of the
	// body; a negative one drops it before the first byte of the reply.
	CutAfter int64
}

// Fault is a rule in force.
type Fault struct {
	rule Rule
	set  *faults
	seen int
	hits int
	off  bool
}

// Fired returns how many requests the fault has met.
func (f *Fault) Fired() int {
	f.set.mu.Lock()
	defer f.set.mu.Unlock()
	return f.hits
}

// Heal ends the fault.
func (f *Fault) Heal() {
	f.set.mu.Lock()
	defer f.set.mu.Unlock()
	f.off = true
}

// faults is the list of rules; every rule that matches takes part, the first one that answers wins.
type faults struct {
	mu   sync.Mutex
	list []*Fault
}

// Inject puts a rule into force.
func (s *Site) Inject(rule Rule) *Fault {
	f := &Fault{rule: rule, set: s.faults}
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.list = append(s.faults.list, f)
	return f
}

// effect is what all rules together do to one request.
type effect struct {
	delay time.Duration
	reply *reply
	cut   int64
}

// disturbing reports whether the client gets less than it asked for.
func (e effect) disturbing() bool { return e.reply != nil || e.cut >= 0 }

// wait sleeps the delay; false where the client went away meanwhile.
func (e effect) wait(ctx context.Context) bool {
	if e.delay <= 0 {
		return true
	}
	t := time.NewTimer(e.delay)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}

func (f *faults) apply(c *call) effect {
	out := effect{cut: -1}
	var do []func()
	f.mu.Lock()
	kept := f.list[:0]
	for _, one := range f.list {
		if one.off {
			continue
		}
		kept = append(kept, one)
		if !one.meets(c) {
			continue
		}
		e := one.rule.Effect
		if e.Do != nil {
			do = append(do, e.Do)
		}
		out.delay += e.Delay
		if e.Status != 0 && out.reply == nil {
			out.reply = e.answer()
		}
		if e.CutAfter != 0 {
			out.cut = max(e.CutAfter, 0)
		}
	}
	clear(f.list[len(kept):])
	f.list = kept
	f.mu.Unlock()
	for _, fn := range do {
		fn() // without the lock: it may inject or heal
	}
	return out
}

func (f *Fault) meets(c *call) bool {
	r := f.rule
	if r.Method != "" && r.Method != c.route.method || r.Route != "" && r.Route != c.route.template {
		return false
	}
	if r.Path != "" && !strings.Contains(c.r.URL.RequestURI(), r.Path) {
		return false
	}
	f.seen++
	from := max(r.From, 1)
	if f.seen < from {
		return false
	}
	if r.Count > 0 && f.seen >= from+r.Count {
		f.off = true
		return false
	}
	f.hits++
	return true
}

func (e Effect) answer() *reply {
	contentType := "text/html;charset=UTF-8" // what the gateways in front of Jira send
	p := typed(e.Status, contentType, []byte(e.Body))
	for k, v := range e.Header {
		p.header[http.CanonicalHeaderKey(k)] = v
	}
	return &p
}

// Quota is an effect: the 429 of a quota, which has no Retry-After. reset is the
// text of X-RateLimit-Reset, which live sites write as 2026-03-26T16:00:00Z,
// without the seconds, or not at all; reason is RateLimit-Reason, or "".
func Quota(reason, reset string) Effect {
	p := tooMany(reason)
	if reason == "" {
		p.header.Del("Ratelimit-Reason")
		p.header.Set("X-Failure-Category", "FAILURE_CLIENT_RATE_LIMIT")
	}
	p.header.Set("X-Ratelimit-Limit", "65000")
	p.header.Set("X-Ratelimit-Remaining", "0")
	if reset != "" {
		p.header.Set("X-Ratelimit-Reset", reset)
	}
	return Effect{Status: p.status, Header: p.header, Body: string(p.body)}
}
