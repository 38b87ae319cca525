package atlassian

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// quotaError is the Error of a 429.
func quotaError(resp *http.Response, route string, now time.Time) *Error {
	reason := resp.Header.Get("Ratelimit-Reason")
	e := replyError(resp, route, ClassQuota, reason)
	e.Until = namedWait(resp.Header, now)
	// A burst limit is that of one route, that of writes to an issue is the issue's. Everything
	// else, known or not, is taken as the quota of the whole site.
	e.narrow = reason == "jira-per-issue-on-write"
	e.wide = !strings.Contains(reason, "burst") && !e.narrow
	return e
}

// hourSlack is how long after the full UTC hour, when Atlassian's quotas are
// renewed, a named wait ends at the latest.
const hourSlack = time.Minute

// namedWait returns until when the site asks us to wait, or the zero time. No
// header is trusted beyond the next full hour.
func namedWait(h http.Header, now time.Time) time.Time {
	until := retryAfter(h.Get("Retry-After"), now)
	if until.IsZero() {
		until = resetTime(h.Get("X-Ratelimit-Reset"))
	}
	if !until.After(now) {
		return time.Time{}
	}
	if latest := now.UTC().Truncate(time.Hour).Add(time.Hour + hourSlack); until.After(latest) {
		return latest
	}
	return until
}

func retryAfter(v string, now time.Time) time.Time {
	if seconds, err := strconv.ParseInt(strings.TrimSpace(v), 10, 32); err == nil {
		return now.Add(time.Duration(seconds) * time.Second)
	}
	if t, err := http.ParseTime(v); err == nil {
		return t
	}
	return time.Time{}
}

// resetTime reads ISO 8601, which the site sends with and without seconds.
func resetTime(v string) time.Time {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04Z07:00", "2006-01-02T15:04:05Z0700"} {
		if t, err := time.Parse(layout, strings.TrimSpace(v)); err == nil {
			return t
		}
	}
	return time.Time{}
}

// burstLimit returns how many requests a second the site announces for the
// route that answered, 0 where it does not say.
func burstLimit(h http.Header) float64 {
	for _, name := range []string{"Ratelimit-Policy", "Beta-Ratelimit-Policy"} {
		for _, v := range h.Values(name) {
			for policy := range strings.SplitSeq(v, ",") {
				if limit := policyLimit(policy); limit > 0 {
					return limit
				}
			}
		}
	}
	// x-ratelimit-limit has no window. Hourly quotas start at 65,000: a
	// number of that size is not a burst limit.
	limit, err := strconv.ParseFloat(strings.TrimSpace(h.Get("X-Ratelimit-Limit")), 64)
	if err == nil && limit >= 1 && limit <= 1000 && !strings.Contains(h.Get("Ratelimit-Reason"), "quota") {
		return limit
	}
	return 0
}

// policyLimit reads `"jira-burst-based";q=350;w=1`; it is 0 for other policies,
// which count points and not requests.
func policyLimit(policy string) float64 {
	name, params, _ := strings.Cut(policy, ";")
	if !strings.Contains(name, "burst") {
		return 0
	}
	quota, window := 0.0, 1.0
	for p := range strings.SplitSeq(params, ";") {
		k, v, _ := strings.Cut(strings.TrimSpace(p), "=")
		n, err := strconv.ParseFloat(v, 64)
		if err != nil || n <= 0 {
			continue
		}
		switch k {
		case "q":
			quota = n
		case "w":
			window = n
		}
	}
	if limit := quota / window; limit <= 1e6 {
		return limit
	}
	return 0
}
