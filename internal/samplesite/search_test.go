package samplesite_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holdfast/internal/samplesite"
	"holdfast/internal/samplesite/content"
)

type found struct {
	Issues []struct{ ID, Key string }
	Next   string `json:"nextPageToken"`
	IsLast bool   `json:"isLast"`
}

func (f found) ids() (out []string) {
	for _, i := range f.Issues {
		out = append(out, i.ID)
	}
	return out
}

const searchPath = "/rest/api/3/search/jql"

// walk reads all pages of a search.
func walk(t *testing.T, c *client, jql string, size int) (ids []string, pages int) {
	t.Helper()
	body := map[string]any{"jql": jql, "maxResults": size}
	for {
		b, err := json.Marshal(body)
		require.NoError(t, err)
		var f found
		c.post(searchPath, string(b)).decode(t, &f)
		ids = append(ids, f.ids()...)
		pages++
		require.Equal(t, f.Next == "", f.IsLast)
		if f.Next == "" {
			return ids, pages
		}
		body["nextPageToken"] = f.Next
	}
}

func idsOf(site *samplesite.Site, project string, keep func(samplesite.TrueIssue) bool) (out []string) {
	for i := range site.Truth().Issues(project) {
		if !i.Hidden && !i.Deleted && (keep == nil || keep(i)) {
			out = append(out, i.IDText())
		}
	}
	return out
}

func TestSearchPages(t *testing.T) {
	site, c := checked(t, small())
	want := idsOf(site, "BIG", nil)

	t.Run("every issue once, in the order asked for", func(t *testing.T) {
		got, pages := walk(t, c, "project = BIG ORDER BY id ASC", 100)
		require.Equal(t, want, got)
		require.Equal(t, 3, pages)
		require.Equal(t, 2, site.Counts().Pages["POST "+searchPath])
	})
	t.Run("pages of ids hold up to 5000, of other fields 100, by default 50", func(t *testing.T) {
		var f found
		c.post(searchPath, `{"jql":"project = BIG","maxResults":5000}`).decode(t, &f)
		require.Len(t, f.Issues, 260)
		require.Empty(t, f.Issues[0].Key, "the default field is the id only")
		c.post(searchPath, `{"jql":"project = BIG","maxResults":5000,"fields":["summary"]}`).decode(t, &f)
		require.Len(t, f.Issues, 100)
		var g found
		c.post(searchPath, `{"jql":"project = BIG"}`).decode(t, &g)
		require.Len(t, g.Issues, 50)
	})
	t.Run("a token in the query string of a POST is ignored: page 1 again", func(t *testing.T) {
		var one, two found
		c.post(searchPath, `{"jql":"project = BIG"}`).decode(t, &one)
		c.post(searchPath+"?nextPageToken="+url.QueryEscape(one.Next), `{"jql":"project = BIG"}`).decode(t, &two)
		require.Equal(t, one.ids(), two.ids())
	})
	t.Run("an issue deleted between pages moves no other issue out of sight", func(t *testing.T) {
		var one found
		c.post(searchPath, `{"jql":"project = BIG ORDER BY id","maxResults":10}`).decode(t, &one)
		site.DeleteIssue(one.Issues[9].ID)
		site.HideIssue(one.Issues[3].ID)
		var two found
		c.post(searchPath, fmt.Sprintf(`{"jql":"project = BIG ORDER BY id","maxResults":10,"nextPageToken":%q}`, one.Next)).decode(t, &two)
		require.Equal(t, want[10:20], two.ids())
	})
}

func TestSearchRefusals(t *testing.T) {
	_, c := checked(t, small())
	for _, one := range []struct {
		name, body string
		status     int
		contains   string
	}{
		{"maxResults 0", `{"jql":"project=BIG","maxResults":0}`, 400, `"errors":{}`},
		{"maxResults -1", `{"jql":"project=BIG","maxResults":-1}`, 400, `"errors":{}`},
		{"maxResults 5001", `{"jql":"project=BIG","maxResults":5001}`, 400, `"errors":{}`},
		{"maxResults null is 0", `{"jql":"project=BIG","maxResults":null}`, 400, `"errors":{}`},
		{"maxResults true", `{"jql":"project=BIG","maxResults":true}`, 400, "Invalid request payload"},
		{"maxResults as text is coerced", `{"jql":"project=BIG","maxResults":"5"}`, 200, "issues"},
		{"maxResults 1.5 is coerced", `{"jql":"project=BIG","maxResults":1.5}`, 200, "issues"},
		{"undecodable token", `{"jql":"project=BIG","nextPageToken":"nonsense"}`, 400, "token"},
		{"empty token is page 1", `{"jql":"project=BIG","nextPageToken":""}`, 200, "issues"},
		{"null token is page 1", `{"jql":"project=BIG","nextPageToken":null}`, 200, "issues"},
		{"the token is judged before maxResults", `{"jql":"","maxResults":0,"nextPageToken":"x"}`, 400, "token"},
		{"maxResults is judged before the JQL", `{"jql":"","maxResults":0}`, 400, "maxResults"},
		{"no JQL", `{}`, 400, "Unbounded"},
		{"order alone is unbounded", `{"jql":"order by created"}`, 400, "Unbounded"},
		{"unknown property", `{"jql":"project=BIG","startAt":0}`, 400, "Invalid request payload"},
		{"array", `[]`, 400, "Invalid request payload"},
		{"bad JSON", `{"jql":`, 400, "error parsing JSON"},
		{"null body", `null`, 400, "No content to map"},
		{"reconcileIssues null", `{"jql":"project=BIG","reconcileIssues":null}`, 500, "stack-trace"},
		{"properties with null", `{"jql":"project=BIG","properties":["a",null]}`, 500, "stack-trace"},
		{"six properties", `{"jql":"project=BIG","properties":["1","2","3","4","5","6"]}`, 400, "properties"},
		{"eight orderings", `{"jql":"project=BIG order by id,id,id,id,id,id,id,id"}`, 400, "ORDER BY"},
		{"unknown field", `{"jql":"colour = red"}`, 400, "colour"},
		{"unknown project", `{"jql":"project = NONE"}`, 400, "NONE"},
		{"absent key", `{"jql":"key = BIG-999"}`, 400, "BIG-999"},
		{"date with seconds", `{"jql":"created > \"2024-01-01 10:00:00\""}`, 400, "invalid"},
		{"unfinished", `{"jql":"project ="}`, 400, "JQL"},
		{"unclosed", `{"jql":"project in (BIG"}`, 400, "JQL"},
		{"unclosed quote", `{"jql":"project = \"BIG"}`, 400, "JQL"},
	} {
		t.Run(one.name, func(t *testing.T) {
			a := c.post(searchPath, one.body)
			require.Equal(t, one.status, a.status, "%s", a.body)
			require.Contains(t, string(a.body), one.contains)
			if strings.HasPrefix(one.contains, "Invalid") {
				require.NotContains(t, string(a.body), `"errors"`)
			}
		})
	}
	t.Run("no Content-Type: 415 problem", func(t *testing.T) {
		a := c.post(searchPath, `{"jql":"project=BIG"}`, func(r *http.Request) { r.Header.Del("Content-Type") })
		require.Equal(t, 415, a.status)
		require.Equal(t, "application/problem+json", a.header.Get("Content-Type"))
		require.Contains(t, string(a.body), "Content-Type 'null' is not supported.")
	})
	t.Run("zero-length body", func(t *testing.T) {
		a := c.post(searchPath, "", func(r *http.Request) { r.Header.Set("Content-Type", "application/json") })
		require.Equal(t, 400, a.status)
		require.Contains(t, string(a.body), "No content to map")
	})
}

func TestJQL(t *testing.T) {
	cfg := small()
	cfg.TimeZone = "Asia/Kolkata" // half an hour off every whole hour
	site, c := checked(t, cfg)
	all := append(idsOf(site, "BIG", nil), idsOf(site, "TWO", nil)...)
	pivot := first(t, site, "BIG-100")
	zone, err := time.LoadLocation(cfg.TimeZone)
	require.NoError(t, err)
	minute := time.UnixMilli(pivot.Created).In(zone).Truncate(time.Minute)
	either := func(keep func(samplesite.TrueIssue) bool) []string {
		return append(idsOf(site, "BIG", keep), idsOf(site, "TWO", keep)...)
	}
	for _, one := range []struct {
		jql  string
		want []string
	}{
		{"project in (BIG, TWO)", all},
		{"project = 10001", idsOf(site, "TWO", nil)},
		{"project != BIG", idsOf(site, "TWO", nil)},
		{"NOT project = BIG AND id > 1", idsOf(site, "TWO", nil)},
		{`(project = "TWO" OR key = BIG-1)`, append([]string{first(t, site, "BIG-1").IDText()}, idsOf(site, "TWO", nil)...)},
		{"id in (" + pivot.IDText() + ")", []string{pivot.IDText()}},
		{"project = BIG AND id > " + pivot.IDText(), idsOf(site, "BIG", func(i samplesite.TrueIssue) bool { return i.ID > pivot.ID })},
		{"key <= BIG-3", []string{first(t, site, "BIG-1").IDText(), first(t, site, "BIG-2").IDText(), first(t, site, "BIG-3").IDText()}},
		{fmt.Sprintf("created >= %d", pivot.Created), either(func(i samplesite.TrueIssue) bool { return i.Created >= pivot.Created })},
		{fmt.Sprintf("created >= %q", minute.Format("2006-01-02 15:04")), either(func(i samplesite.TrueIssue) bool { return i.Created >= minute.UnixMilli() })},
		{fmt.Sprintf("created < '%s'", minute.Format("2006/01/02 15:04")), either(func(i samplesite.TrueIssue) bool { return i.Created < minute.UnixMilli() })},
		{fmt.Sprintf("updated > %d and updated <= %d", pivot.Updated, pivot.Updated+1e10), either(func(i samplesite.TrueIssue) bool { return i.Updated > pivot.Updated && i.Updated <= pivot.Updated+1e10 })},
		{"created > -1d", nil},
		{"project = EMPTY", nil},
	} {
		t.Run(one.jql, func(t *testing.T) {
			got, _ := walk(t, c, one.jql, 5000)
			slices.Sort(got)
			slices.Sort(one.want)
			require.Equal(t, one.want, got)
		})
	}
}

func TestAddedIssue(t *testing.T) {
	now := time.Date(2026, 11, 23, 3, 0, 0, 0, time.UTC)
	cfg := small()
	cfg.Now = func() time.Time { return now }
	site, c := checked(t, cfg)
	id, key, err := site.AddIssue("TWO", 2)
	require.NoError(t, err)
	require.Equal(t, "TWO-4", key)
	require.Equal(t, 200, c.get("/rest/api/3/issue/"+key+"?expand=changelog").status, "known at once by its key")
	require.Equal(t, 200, c.post("/rest/api/3/issue/bulkfetch", `{"issueIdsOrKeys":["`+key+`"],"fields":["*all"]}`).status)
	jql := fmt.Sprintf("created >= %d", now.UnixMilli())
	_, _ = walk(t, c, "project = BIG", 5000) // would not find it, so does not count
	for n, want := range []int{0, 0, 1} {
		got, _ := walk(t, c, jql, 100)
		require.Len(t, got, want, "search %d", n+1)
	}
	truth := first(t, site, key)
	require.Equal(t, id, truth.ID)
	require.Equal(t, now.UnixMilli(), truth.Created)
	_, _, err = site.AddIssue("TWO", -1)
	require.NoError(t, err)
	for range 3 {
		got, _ := walk(t, c, jql, 100)
		require.Len(t, got, 1)
	}
	site.IndexIssues()
	got, _ := walk(t, c, jql, 100)
	require.Len(t, got, 2)
	_, _, err = site.AddIssue("NONE", 0)
	require.ErrorContains(t, err, "name one of its own")
}

func TestProjectSearch(t *testing.T) {
	cfg := samplesite.Config{Rate: -1, Content: content.Spec{Seed: 3}}
	for i := range 230 {
		cfg.Content.Projects = append(cfg.Content.Projects, content.ProjectSpec{Key: fmt.Sprintf("P%d", i), Issues: i % 3})
	}
	site, c := checked(t, cfg)
	type page struct {
		Values []struct {
			Key     string
			Insight *struct{ TotalIssueCount int }
		}
		Total, MaxResults int
		IsLast            bool
		NextPage          string
	}
	for _, one := range []struct{ asked, size, pages int }{{0, 50, 5}, {100, 100, 3}, {5000, 100, 3}} {
		var keys []string
		pages := 0
		for start, last := 0, false; !last; pages++ {
			path := fmt.Sprintf("/rest/api/3/project/search?expand=insight&startAt=%d", start)
			if one.asked > 0 {
				path += fmt.Sprintf("&maxResults=%d", one.asked)
			}
			var p page
			c.get(path).decode(t, &p)
			require.Equal(t, 230, p.Total)
			require.Equal(t, one.size, p.MaxResults)
			for _, v := range p.Values {
				keys = append(keys, v.Key)
				count := len(idsOf(site, v.Key, nil))
				require.Equal(t, count, v.Insight.TotalIssueCount)
			}
			require.Equal(t, p.IsLast, p.NextPage == "")
			start, last = start+len(p.Values), p.IsLast
		}
		require.Len(t, keys, 230)
		require.True(t, slices.IsSorted(keys))
		require.Equal(t, one.pages, pages)
	}
	var p page
	c.get("/rest/api/3/project/search?startAt=500").decode(t, &p)
	require.Empty(t, p.Values)
	c.get("/rest/api/3/project/search?status=archived,deleted").decode(t, &p)
	require.Zero(t, p.Total)
	c.get("/rest/api/3/project/search?keys=P1&keys=P2").decode(t, &p)
	require.Equal(t, 2, p.Total)
}

func TestSearchWarnings(t *testing.T) {
	site, c := checked(t, small())
	require.NotContains(t, string(c.post(searchPath, `{"jql":"project = TWO"}`).body), "warnings")
	site.WarnInSearch("The result set was truncated due to an ingestion limit.")
	require.Contains(t, string(c.post(searchPath, `{"jql":"project = TWO"}`).body), `"warnings":[{`)
	require.Equal(t, 410, c.get("/rest/api/3/search?jql=project=TWO").status)
}

func TestShortPages(t *testing.T) {
	cfg := small()
	cfg.ShortPages = true
	site, c := checked(t, cfg)
	got, pages := walk(t, c, "project = BIG ORDER BY id", 20)
	require.Equal(t, idsOf(site, "BIG", nil), got)
	require.Greater(t, pages, 13)
	n := site.Counts()
	require.LessOrEqual(t, n.Unprovoked("POST "+searchPath), 13, "what short pages cost is the site's doing")
	require.Positive(t, n.Provoked["POST "+searchPath])
}
