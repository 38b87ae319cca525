package atlassian

import (
	"errors"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func header(lines ...string) http.Header {
	h := http.Header{}
	for _, l := range lines {
		name, value, _ := strings.Cut(l, ": ")
		h.Add(name, value)
	}
	return h
}

func TestHowLongASiteAsksUsToWait(t *testing.T) {
	now := time.Date(2026, 3, 26, 15, 20, 0, 0, time.UTC)
	nextHour := now.Truncate(time.Hour).Add(time.Hour)
	tests := []struct {
		name string
		h    http.Header
		want time.Time
	}{
		{"nothing is said", header(), time.Time{}},
		{"Retry-After in seconds", header("Retry-After: 89"), now.Add(89 * time.Second)},
		{"Retry-After as a date", header("Retry-After: " + now.Add(time.Minute).Format(http.TimeFormat)), now.Add(time.Minute)},
		{"Retry-After 0 says nothing", header("Retry-After: 0"), time.Time{}},
		{"a negative Retry-After says nothing", header("Retry-After: -5"), time.Time{}},
		{"rubbish says nothing", header("Retry-After: soon", "X-RateLimit-Reset: later"), time.Time{}},
		{"a reset without Retry-After", header("X-Ratelimit-Reset: 2026-03-26T15:30:05Z"), now.Add(10*time.Minute + 5*time.Second)},
		{"a reset without seconds", header("X-RateLimit-Reset: 2026-03-26T16:00Z"), nextHour},
		{"a reset with an offset", header("X-RateLimit-Reset: 2026-03-26T17:00:00+0100"), nextHour},
		{"a reset in the past says nothing", header("X-RateLimit-Reset: 2026-03-26T15:00Z"), time.Time{}},
		{"Retry-After comes before the reset", header("Retry-After: 10", "X-RateLimit-Reset: 2026-03-26T16:00Z"), now.Add(10 * time.Second)},
		{"no header is trusted beyond the full hour", header("Retry-After: 86400"), nextHour.Add(hourSlack)},
		{"no reset is trusted beyond the full hour", header("X-RateLimit-Reset: 2027-01-01T00:00Z"), nextHour.Add(hourSlack)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			require.True(t, tt.want.Equal(namedWait(tt.h, now)), "got %v", namedWait(tt.h, now))
		})
	}
}

func TestAnnouncedBurstLimits(t *testing.T) {
	tests := []struct {
		name string
		h    http.Header
		want float64
	}{
		{"nothing is announced", header(), 0},
		{"a burst policy", header(`ratelimit-policy: "jira-burst-based";q=350;w=1`), 350},
		{"a window of more than a second", header(`RateLimit-Policy: "jira-burst-based"; q=100; w=10`), 10},
		{"a list with a quota of points", header(`RateLimit-Policy: "global-app-quota";q=65000;w=3600, "jira-burst-based";q=200;w=1`), 200},
		{"points are not requests", header(`RateLimit-Policy: "global-app-quota";q=65000;w=3600`), 0},
		{"the Beta- prefix", header(`Beta-RateLimit-Policy: "jira-burst-based";q=150;w=1`), 150},
		{"x-ratelimit-limit alone", header("X-RateLimit-Limit: 400"), 400},
		{"x-ratelimit-limit of an hourly quota", header("X-RateLimit-Limit: 65000"), 0},
		{"rubbish", header(`RateLimit-Policy: "jira-burst-based";q=x;w=0`, "X-RateLimit-Limit: many"), 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { require.Equal(t, tt.want, burstLimit(tt.h)) })
	}
}

// refuse answers 429 with these headers.
func refuse(w http.ResponseWriter, lines ...string) {
	for name, values := range header(lines...) {
		w.Header()[name] = values
	}
	answer(w, http.StatusTooManyRequests, `{}`)
}

func TestA429WithoutRetryAfterIsRetriedWithBackoff(t *testing.T) {
	for _, lines := range [][]string{nil, {"Retry-After: 0"}, {"X-Failure-Category: x", "X-RateLimit-Limit: 360000"}} {
		var n atomic.Int32
		c := serve(t, func(w http.ResponseWriter, r *http.Request) {
			if n.Add(1) < 4 {
				refuse(w, lines...)
				return
			}
			answer(w, 200, `{}`)
		})
		_, err := c.Do(t.Context(), getIssue)
		require.NoError(t, err)
		require.EqualValues(t, 4, n.Load())
	}
}

func TestRetryAfterIsTheMinimum(t *testing.T) {
	var n atomic.Int32
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if n.Add(1) == 1 {
			refuse(w, "Retry-After: 1", "RateLimit-Reason: jira-burst-based")
			return
		}
		answer(w, 200, `{}`)
	})
	start := time.Now()
	_, err := c.Do(t.Context(), getIssue)
	require.NoError(t, err)
	require.GreaterOrEqual(t, time.Since(start), time.Second)
}

func TestAWaitBeyondRetryForIsReturnedAtOnce(t *testing.T) {
	tests := []struct {
		name    string
		headers []string
		another bool // whether another route is refused too, without being asked
	}{
		{"quota pauses the whole site", []string{"Retry-After: 100", "RateLimit-Reason: jira-quota-tenant-based"}, true},
		{"an unknown reason is taken as quota", []string{"Retry-After: 100", "RateLimit-Reason: jira-cost-based"}, true},
		{"no reason is taken as quota", []string{"Retry-After: 100"}, true},
		{"burst slows down this route only", []string{"Retry-After: 100", "RateLimit-Reason: jira-burst-based"}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var asked atomic.Int32
			c := serve(t, func(w http.ResponseWriter, r *http.Request) {
				asked.Add(1)
				if strings.Contains(r.URL.Path, "/issue/") {
					refuse(w, tt.headers...)
					return
				}
				answer(w, 200, `{}`)
			})
			start := time.Now()
			_, err := c.Do(t.Context(), getIssue)
			var e *Error
			require.True(t, errors.As(err, &e))
			require.Equal(t, ClassQuota, e.Class)
			latest := start.UTC().Truncate(time.Hour).Add(time.Hour + hourSlack)
			if want := start.Add(100 * time.Second); want.Before(latest) {
				latest = want
			}
			require.WithinDuration(t, latest, e.Until, 2*time.Second)
			require.Less(t, time.Since(start), time.Second)

			_, err = c.Do(t.Context(), getIssue)
			require.Equal(t, ClassQuota, ClassOf(err))
			require.EqualValues(t, 1, asked.Load(), "a paused route is not asked")

			_, err = c.Do(t.Context(), Request{Route: "GET /rest/api/3/field"})
			if tt.another {
				require.Equal(t, ClassQuota, ClassOf(err))
				require.EqualValues(t, 1, asked.Load())
			} else {
				require.NoError(t, err)
			}
		})
	}
}

func TestA503WithALongRetryAfterIsReturnedAtOnce(t *testing.T) {
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Retry-After", "50")
		answer(w, 503, `{}`)
	})
	start := time.Now()
	_, err := c.Do(t.Context(), getIssue)
	require.Equal(t, ClassAway, ClassOf(err))
	require.Less(t, time.Since(start), time.Second)
}

func TestASiteThatStaysAwayIsGivenUpAfterRetryFor(t *testing.T) {
	for status, class := range map[int]Class{500: ClassAway, 429: ClassQuota} {
		c := serve(t, func(w http.ResponseWriter, r *http.Request) { answer(w, status, `{}`) },
			func(config *Config) { config.RetryFor = 200 * time.Millisecond })
		start := time.Now()
		_, err := c.Do(t.Context(), getIssue)
		require.Equal(t, class, ClassOf(err))
		require.Less(t, time.Since(start), time.Second)
	}
}

func TestTheBackoffDoublesUpToFifteenTimesAndIsJittered(t *testing.T) {
	c := client(t, "https://a.example", func(config *Config) { config.Backoff = 2 * time.Second })
	for n, base := range []time.Duration{2, 4, 8, 16, 30, 30, 30} {
		for range 100 {
			got := c.backoff(n)
			require.GreaterOrEqual(t, got, base*time.Second*7/10)
			require.LessOrEqual(t, got, base*time.Second*13/10)
		}
	}
}

func TestTheThrottleStaysWithinNineTenthsAndFollowsWhatIsAnnounced(t *testing.T) {
	th := NewThrottle(0)
	key := routeKey{"a", "GET /x"}
	allowed := func() float64 {
		_, r := th.gates(key)
		return float64(r.limiter.Limit()) + float64(r.limiter.Burst())
	}
	require.InDelta(t, 90, allowed(), 0.01)
	th.heed(key, header(`ratelimit-policy: "jira-burst-based";q=350;w=1`))
	require.InDelta(t, 315, allowed(), 0.01)
	th.heed(key, header(`ratelimit-policy: "jira-burst-based";q=50;w=1`))
	require.InDelta(t, 45, allowed(), 0.01)
	other := routeKey{"a", "GET /y"}
	_, r := th.gates(other)
	require.InDelta(t, 90, float64(r.limiter.Limit())+float64(r.limiter.Burst()), 0.01, "routes are apart")

	th.refused(key, time.Now(), false, "jira-burst-based")
	th.refused(key, time.Now(), false, "jira-burst-based")
	require.InDelta(t, 22.5, allowed(), 0.01, "refusals together halve the rate once")
	th.succeeded(key)
	require.InDelta(t, 22.5, allowed(), 0.01, "it recovers slowly")
	for range 10 {
		_, r := th.gates(key)
		r.changed = time.Now().Add(-2 * time.Second)
		th.succeeded(key)
	}
	require.InDelta(t, 45, allowed(), 0.01, "and up to where it was")
}

func TestAtMostSoManyRequestsAreInFlightPerSite(t *testing.T) {
	var now, most atomic.Int32
	th := NewThrottle(3)
	handler := func(w http.ResponseWriter, r *http.Request) {
		n := now.Add(1)
		defer now.Add(-1)
		for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
		}
		time.Sleep(60 * time.Millisecond)
		answer(w, 200, `{}`)
	}
	c := serve(t, handler, func(config *Config) { config.Throttle = th })
	other := client(t, c.Site(), func(config *Config) { config.Throttle = th })
	var wg sync.WaitGroup
	for i := range 24 {
		wg.Go(func() {
			of := []*Client{c, other}[i%2]
			_, err := of.Do(t.Context(), Request{Route: "GET /rest/api/3/issue/{issueIdOrKey}", Path: []string{"1"}})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	require.EqualValues(t, 3, most.Load(), "two clients of one process share the bound")
}

func TestARouteIsNotAskedFasterThanItsShare(t *testing.T) {
	var mu sync.Mutex
	var times []time.Time
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		times = append(times, time.Now())
		mu.Unlock()
		w.Header().Set("RateLimit-Policy", `"jira-burst-based";q=40;w=1`)
		answer(w, 200, `{}`)
	})
	for range 60 {
		_, err := c.Do(t.Context(), getIssue)
		require.NoError(t, err)
	}
	for i := range times {
		in := 0
		for _, at := range times[i:] {
			if at.Sub(times[i]) < 950*time.Millisecond {
				in++
			}
		}
		require.LessOrEqual(t, in, 40)
	}
}
