package samplesite

import (
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"

	"holdfast/internal/samplesite/rawjson"
)

// limiter is the burst limit: so many requests per second of each method and
// route template, counted in windows of one second, as live sites announce it.
type limiter struct {
	rate         int
	noRetryAfter bool

	mu      sync.Mutex
	windows map[*route]*window
	refused int
}

type window struct {
	second int64
	used   int
}

// Measured on live Jira Cloud in 2026: what routes announce where no rate is configured.
const (
	generalRate = 350
	issueRate   = 400
	searchRate  = 200
)

func newLimiter(cfg Config) *limiter {
	return &limiter{rate: cfg.Rate, noRetryAfter: cfg.NoRetryAfter, windows: map[*route]*window{}}
}

func (l *limiter) quota(rt *route) int {
	switch {
	case l.rate > 0:
		return l.rate
	case rt.method == http.MethodGet && rt.template == Prefix+"/issue/{issueIdOrKey}":
		return issueRate
	case rt.method == http.MethodPost && rt.template == Prefix+"/search/jql":
		return searchRate
	}
	return generalRate
}

// take counts a request, sets the headers that authenticated replies carry, and
// returns the 429 where the window is used up.
func (l *limiter) take(c *call, h http.Header, now time.Time) *reply {
	if l.rate < 0 {
		return nil
	}
	quota, reason := l.quota(c.route), "jira-burst-based"
	if ofWiki(c.route.template) {
		reason = "confluence-burst-based"
	}
	l.mu.Lock()
	w := l.windows[c.route]
	if w == nil {
		w = &window{}
		l.windows[c.route] = w
	}
	if s := now.Unix(); w.second != s {
		w.second, w.used = s, 0
	}
	w.used++
	left := quota - w.used
	if left < 0 {
		l.refused++
	}
	refused := l.refused
	l.mu.Unlock()
	if c.known || left < 0 {
		h.Set("X-Ratelimit-Limit", strconv.Itoa(quota))
		h.Set("X-Ratelimit-Remaining", strconv.Itoa(max(left, 0)))
		h.Set("Ratelimit-Policy", fmt.Sprintf(`"%s";q=%d;w=1`, reason, quota))
		h.Set("Ratelimit", fmt.Sprintf(`"%s";r=%d;t=1`, reason, max(left, 0)))
	}
	if left >= 0 {
		return nil
	}
	p := tooMany(reason)
	if ofWiki(c.route.template) {
		p.header.Set("Content-Type", wikiType)
		p.body = rawjson.Object("message", "Rate limit exceeded.")
	}
	p.header.Set("X-Ratelimit-Reset", now.Add(time.Second).UTC().Truncate(time.Second).Format("2006-01-02T15:04:05Z"))
	if !l.noRetryAfter && refused%2 == 1 {
		p.header.Set("Retry-After", "1")
	}
	return &p
}

// tooMany is a 429 with its reason.
func tooMany(reason string) reply {
	p := typed(http.StatusTooManyRequests, jsonType, rawjson.Object("errorMessages", []string{"Rate limit exceeded."}, "errors", rawjson.Raw("{}")))
	p.header.Set("Ratelimit-Reason", reason)
	return p
}
