package samplesite_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holdfast/internal/samplesite"
)

func TestBurstLimit(t *testing.T) {
	now := time.Date(2026, 11, 23, 3, 0, 0, 0, time.UTC)
	cfg := small()
	cfg.Rate = 3
	cfg.Now = func() time.Time { return now }
	site, c := checked(t, cfg)
	for left := 2; left >= 0; left-- {
		a := c.get("/rest/api/3/issue/BIG-1")
		require.Equal(t, 200, a.status)
		require.Equal(t, "3", a.header.Get("X-RateLimit-Limit"))
		require.Equal(t, fmt.Sprint(left), a.header.Get("X-RateLimit-Remaining"))
		require.Equal(t, `"jira-burst-based";q=3;w=1`, a.header.Get("RateLimit-Policy"))
	}
	with, without := c.get("/rest/api/3/issue/BIG-2"), c.get("/rest/api/3/issue/BIG-2")
	for _, a := range []answer{with, without} {
		require.Equal(t, 429, a.status, "the limit is the route's, not the issue's")
		require.Equal(t, "jira-burst-based", a.header.Get("RateLimit-Reason"))
	}
	require.Equal(t, "1", with.header.Get("Retry-After"))
	require.Empty(t, without.header.Get("Retry-After"))
	require.Equal(t, 200, c.get("/rest/api/3/field").status, "another route has its own")
	now = now.Add(time.Second)
	require.Equal(t, 200, c.get("/rest/api/3/issue/BIG-2").status)
	n := site.Counts()
	require.Equal(t, 2, n.Throttled)
	const issue = "GET /rest/api/3/issue/{issueIdOrKey}"
	require.Equal(t, 6, n.Requests[issue])
	require.Equal(t, 2, n.Provoked[issue], "BIG-2 was asked for three times, since it was refused twice")
}

func TestAnnouncedRates(t *testing.T) {
	_, c := start(t, samplesite.Demo(10, 0))
	for path, want := range map[string]string{"/rest/api/3/field": "350", "/rest/api/3/issue/SHOP-1": "400"} {
		require.Equal(t, want, c.get(path).header.Get("X-RateLimit-Limit"), path)
	}
	require.Equal(t, "200", c.post(searchPath, `{"jql":"project=SHOP"}`).header.Get("X-RateLimit-Limit"))
}

func TestFaults(t *testing.T) {
	site, c := start(t, small())
	comments := "/rest/api/3/issue/{issueIdOrKey}/comment"
	path := "/rest/api/3/issue/BIG-1/comment"

	t.Run("a status for so many requests of a route from the n-th on", func(t *testing.T) {
		f := site.Inject(samplesite.Rule{Method: "GET", Route: comments, From: 2, Count: 2, Effect: samplesite.Effect{Status: 503, Header: http.Header{"Retry-After": {"7"}}, Body: "<html>"}})
		got := []int{}
		for range 5 {
			a := c.get(path)
			got = append(got, a.status)
			if a.status == 503 {
				require.Equal(t, "7", a.header.Get("Retry-After"))
				require.Equal(t, "<html>", string(a.body))
			}
			require.Equal(t, 200, c.get("/rest/api/3/field").status)
		}
		require.Equal(t, []int{200, 503, 503, 200, 200}, got)
		require.Equal(t, 2, f.Fired())
	})
	t.Run("all routes until healed", func(t *testing.T) {
		f := site.Inject(samplesite.Rule{Effect: samplesite.Effect{Status: 500}})
		require.Equal(t, 500, c.get(path).status)
		require.Equal(t, 500, c.get("/rest/api/3/myself").status)
		f.Heal()
		require.Equal(t, 200, c.get("/rest/api/3/myself").status)
		require.Equal(t, 2, f.Fired())
	})
	t.Run("one item only", func(t *testing.T) {
		f := site.Inject(samplesite.Rule{Path: "/issue/BIG-2", Effect: samplesite.Effect{Status: 502}})
		defer f.Heal()
		require.Equal(t, 200, c.get("/rest/api/3/issue/BIG-1").status)
		require.Equal(t, 502, c.get("/rest/api/3/issue/BIG-2").status)
	})
	t.Run("a body that breaks off", func(t *testing.T) {
		site.Inject(samplesite.Rule{Route: comments, Count: 1, Effect: samplesite.Effect{CutAfter: 1000}})
		a := c.get(path)
		require.Error(t, a.err)
		require.Len(t, a.body, 1000)
		require.NoError(t, c.get(path).err)
	})
	t.Run("no reply at all", func(t *testing.T) {
		f := site.Inject(samplesite.Rule{Route: comments, Effect: samplesite.Effect{CutAfter: -1}})
		require.Empty(t, c.get(path).body)
		f.Heal()
	})
	t.Run("the media host's bytes break off", func(t *testing.T) {
		a := first(t, site, "BIG-4").Attachments()[0]
		site.Inject(samplesite.Rule{Route: samplesite.MediaRoute, Count: 1, Effect: samplesite.Effect{CutAfter: 5000}})
		at := c.get(contentPath(a.ID)).header.Get("Location")
		r := c.get(at, anonymous)
		require.Error(t, r.err)
		require.Len(t, r.body, 5000)
		require.Len(t, c.get(c.get(contentPath(a.ID)).header.Get("Location"), anonymous).body, 70_000)
		require.Equal(t, 1, site.Counts().Provoked["GET "+samplesite.MediaRoute], "the second read of the same bytes is the site's doing")
	})
	t.Run("a change at the moment of a request", func(t *testing.T) {
		before := first(t, site, "BIG-1").Comments()
		site.Inject(samplesite.Rule{Route: comments, From: 2, Count: 1, Effect: samplesite.Effect{Do: func() { site.DeleteComment("BIG-1", before[3].ID) }}})
		var p struct{ Total int }
		c.get(path).decode(t, &p)
		require.Equal(t, 250, p.Total)
		c.get(path+"?startAt=100").decode(t, &p)
		require.Equal(t, 249, p.Total)
		require.Len(t, first(t, site, "BIG-1").Comments(), 249)
	})
	t.Run("delay", func(t *testing.T) {
		f := site.Inject(samplesite.Rule{Route: comments, Effect: samplesite.Effect{Delay: 50 * time.Millisecond}})
		defer f.Heal()
		at := time.Now()
		require.Equal(t, 200, c.get(path).status)
		require.GreaterOrEqual(t, time.Since(at), 50*time.Millisecond)
	})
	t.Run("a quota: 429 without Retry-After, resets of odd formats", func(t *testing.T) {
		for _, reset := range []string{"2026-03-26T16:00:00Z", "2026-03-26T16:00Z", ""} {
			f := site.Inject(samplesite.Rule{Count: 1, Effect: samplesite.Quota("jira-quota-global-based", reset)})
			a := c.get("/rest/api/3/field")
			require.Equal(t, 429, a.status)
			require.Equal(t, "jira-quota-global-based", a.header.Get("RateLimit-Reason"))
			require.Equal(t, reset, a.header.Get("X-RateLimit-Reset"))
			require.Empty(t, a.header.Get("Retry-After"))
			require.Equal(t, 1, f.Fired())
		}
		f := site.Inject(samplesite.Rule{Effect: samplesite.Quota("", "")})
		defer f.Heal()
		a := c.get("/rest/api/3/field")
		require.Empty(t, a.header.Get("RateLimit-Reason"))
		require.NotEmpty(t, a.header.Get("X-Failure-Category"))
	})
}

func TestProvokedRequests(t *testing.T) {
	site, c := start(t, small())
	const bulk = "POST /rest/api/3/issue/bulkfetch"
	one, two := first(t, site, "BIG-1").IDText(), first(t, site, "BIG-2").IDText()
	fetch := func(ids string) { c.post("/rest/api/3/issue/bulkfetch", `{"issueIdsOrKeys":[`+ids+`]}`) }

	c.get("/rest/api/3/myself")
	c.get("/rest/api/3/myself")
	c.get("/rest/api/3/field")
	c.get("/rest/api/3/field")
	require.Empty(t, site.Counts().Provoked, "asking twice without cause is the client's doing")

	site.DeleteIssue(two)
	fetch(one + "," + two)
	require.Zero(t, site.Counts().Provoked[bulk])
	fetch(two)
	require.Equal(t, 1, site.Counts().Provoked[bulk], "asking again for what was absent")
	c.get("/rest/api/3/issue/" + two)
	require.Equal(t, 1, site.Counts().Provoked["GET /rest/api/3/issue/{issueIdOrKey}"])

	site.Inject(samplesite.Rule{Route: "/rest/api/3/field", Count: 1, Effect: samplesite.Effect{Status: 500}})
	c.get("/rest/api/3/field") // the same as before, after a change of the content
	c.get("/rest/api/3/field") // the same again, since that one failed
	c.get("/rest/api/3/field")
	n := site.Counts()
	require.Equal(t, 5, n.Requests["GET /rest/api/3/field"])
	require.Equal(t, 2, n.Provoked["GET /rest/api/3/field"])
	require.Equal(t, 3, n.Unprovoked("GET /rest/api/3/field"))

	t.Run("a list read again because it changed is provoked to its end", func(t *testing.T) {
		read := func() {
			for _, start := range []int{0, 100, 200} {
				c.get(fmt.Sprintf("/rest/api/3/issue/BIG-1/comment?startAt=%d", start))
			}
			_, _ = walk(t, c, "project = BIG", 100)
		}
		const comments = "GET /rest/api/3/issue/{issueIdOrKey}/comment"
		before := site.Counts().Provoked["POST "+searchPath]
		site.Inject(samplesite.Rule{Path: "startAt=100", Count: 1, Effect: samplesite.Effect{Do: func() {
			site.DeleteComment(one, first(t, site, one).Comments()[2].ID)
		}}})
		site.Inject(samplesite.Rule{Route: searchPath, From: 2, Count: 1, Effect: samplesite.Effect{Do: func() { site.DeleteIssue("BIG-9") }}})
		read()
		require.Zero(t, site.Counts().Provoked[comments])
		read()
		require.Equal(t, 3, site.Counts().Provoked[comments])
		require.Equal(t, 3, site.Counts().Provoked["POST "+searchPath]-before)
	})
	c.get("/nothing")
	require.Equal(t, 1, site.Counts().Unmatched)
	site.ResetCounts()
	require.Zero(t, site.Counts().Unmatched)
	require.Empty(t, site.Counts().Requests)
}
