// Package health tells over HTTP whether a process lives and whether it can work.
package health

import (
	"context"
	"encoding/json"
	"net/http"
	"sync"
	"time"
)

// Check is something that must hold.
type Check struct {
	Name string // as reasons begin: "store"
	// Test returns why it does not hold, without content and credentials.
	Test func(ctx context.Context) error
}

// Cached is a check whose answer counts for a while: each one costs something.
// At most one test is under way.
func Cached(c Check, life time.Duration) Check {
	var (
		mu   sync.Mutex
		last error
		at   time.Time
	)
	return Check{c.Name, func(ctx context.Context) error {
		mu.Lock()
		defer mu.Unlock()
		if at.IsZero() || time.Since(at) >= life {
			// The answer is for those who ask next too: not cut off with this one.
			asking, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
			last = c.Test(asking)
			cancel()
			at = time.Now()
		}
		return last
	}}
}

// patience is how long the checks of one request may take. Those who ask give
// up after a few seconds themselves.
const patience = 3 * time.Second

// Health answers for a process. The zero value lives, and is not ready: it is
// starting. It is safe for concurrent use.
type Health struct {
	mu     sync.Mutex
	alive  []Check
	ready  []Check
	reason string // why it is not ready, whatever the checks say
	begun  bool
}

// Begin makes the process ready as long as all of ready hold, and alive as long
// as all of alive do.
func (h *Health) Begin(alive, ready []Check) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.alive, h.ready, h.begun = alive, ready, true
}

// Drain makes the process not ready for good, for a reason such as "draining".
func (h *Health) Drain(reason string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.reason = reason
}

// Answer is the body of both answers.
type Answer struct {
	OK bool `json:"ok"`
	// Reasons say what does not hold.
	Reasons []string `json:"reasons,omitempty"`
}

// Alive tells whether the process should go on at all.
func (h *Health) Alive(ctx context.Context) Answer {
	h.mu.Lock()
	checks := h.alive
	h.mu.Unlock()
	return answer(ctx, checks, nil)
}

// Ready tells whether the process can do work.
func (h *Health) Ready(ctx context.Context) Answer {
	h.mu.Lock()
	checks, reason, begun := h.ready, h.reason, h.begun
	h.mu.Unlock()
	switch {
	case reason != "":
		return answer(ctx, nil, []string{reason})
	case !begun:
		return answer(ctx, nil, []string{"starting"})
	}
	return answer(ctx, checks, nil)
}

// answer makes all checks, at the same time.
func answer(ctx context.Context, checks []Check, reasons []string) Answer {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	failed := make([]error, len(checks))
	var all sync.WaitGroup
	for i, c := range checks {
		all.Go(func() { failed[i] = c.Test(ctx) })
	}
	all.Wait()
	for i, err := range failed {
		if err != nil {
			reasons = append(reasons, checks[i].Name+": "+err.Error())
		}
	}
	return Answer{OK: len(reasons) == 0, Reasons: reasons}
}

// Handler serves /healthz (Alive) and /readyz (Ready): status 200 where all is
// well, 503 otherwise, and an Answer as JSON.
func (h *Health) Handler() http.Handler {
	mux := http.NewServeMux()
	for path, ask := range map[string]func(context.Context) Answer{"GET /healthz": h.Alive, "GET /readyz": h.Ready} {
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			got := ask(r.Context())
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("Cache-Control", "no-store")
			if !got.OK {
				w.WriteHeader(http.StatusServiceUnavailable)
			}
			// Nobody is left to tell where the connection is gone.
			_ = json.NewEncoder(w).Encode(got)
		})
	}
	return mux
}
