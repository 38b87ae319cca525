package atlassian

import (
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// witness is an Observer that remembers.
type witness struct {
	mu       sync.Mutex
	requests []string
	waited   map[Wait]time.Duration
}

func (w *witness) Request(route string, class Class) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.requests = append(w.requests, route+" "+string(class))
}

func (w *witness) Waited(why Wait, d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.waited == nil {
		w.waited = make(map[Wait]time.Duration)
	}
	w.waited[why] += d
}

func TestObserverHearsEveryTryAndWait(t *testing.T) {
	statuses := []int{http.StatusTooManyRequests, http.StatusBadGateway, http.StatusOK, http.StatusForbidden}
	seen := &witness{}
	c := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		status := statuses[0]
		statuses = statuses[1:]
		answer(w, status, "{}")
	}, func(c *Config) { c.Observer = seen })
	const route = "GET /rest/api/3/issue/{issueIdOrKey}"
	_, err := c.Do(t.Context(), Request{Route: route, Path: []string{"SECRET-1"}})
	require.NoError(t, err)
	_, err = c.Do(t.Context(), Request{Route: route, Path: []string{"SECRET-1"}})
	require.Equal(t, ClassForbidden, ClassOf(err))
	require.Equal(t, []string{route + " quota", route + " away", route + " ", route + " forbidden"}, seen.requests, "route templates, never addresses")
	require.Positive(t, seen.waited[WaitQuota])
	require.Positive(t, seen.waited[WaitAway])
	require.Contains(t, seen.waited, WaitLimit)
}
