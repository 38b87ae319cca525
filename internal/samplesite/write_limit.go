package samplesite

import (
	"maps"
	"slices"
	"strconv"
	"sync"
	"time"
)

// Atlassian limits what is written to one issue: so many writes within so long.
// https://developer.atlassian.com/cloud/jira/platform/rate-limiting/
var perIssue = []struct {
	writes int
	within time.Duration
}{{20, 2 * time.Second}, {100, 30 * time.Second}}

// issueLimits counts the writes to each issue.
type issueLimits struct {
	mu     sync.Mutex
	writes map[int64][]time.Time // of the longest span, oldest first
	swept  time.Time
}

// take counts a write to an issue, or returns the 429 where there were too many.
func (l *issueLimits) take(issue int64, cfg Config) *reply {
	if cfg.Rate < 0 || cfg.FastWrites {
		return nil
	}
	now, longest := cfg.Now(), perIssue[len(perIssue)-1].within
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sweep(now, longest)
	recent := slices.DeleteFunc(l.writes[issue], func(at time.Time) bool { return now.Sub(at) >= longest })
	for _, limit := range perIssue {
		n := 0
		for _, at := range recent {
			if now.Sub(at) < limit.within {
				n++
			}
		}
		if n < limit.writes {
			continue
		}
		first := recent[len(recent)-limit.writes]
		p := tooMany("jira-per-issue-on-write")
		p.header.Set("Retry-After", strconv.Itoa(int((limit.within-now.Sub(first)+time.Second-1)/time.Second)))
		l.writes[issue] = recent
		return &p
	}
	l.writes[issue] = append(recent, now)
	return nil
}

// sweep forgets issues that nobody writes to any more.
func (l *issueLimits) sweep(now time.Time, longest time.Duration) {
	if l.writes == nil {
		l.writes = map[int64][]time.Time{}
	}
	if now.Sub(l.swept) < longest {
		return
	}
	l.swept = now
	maps.DeleteFunc(l.writes, func(_ int64, at []time.Time) bool { return now.Sub(at[len(at)-1]) >= longest })
}
