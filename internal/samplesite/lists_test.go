package samplesite_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"holdfast/internal/samplesite/content"
)

// TestLists reads every list page by page and holds it against the truth.
func TestLists(t *testing.T) {
	site, c := checked(t, small())
	truth := first(t, site, "BIG-1")
	bodies := func(items []content.Item) (out []string) {
		for _, i := range items {
			out = append(out, string(i.Body))
		}
		return out
	}
	for _, one := range []struct {
		path, list  string
		page, total int
		want        []string
	}{
		{"/rest/api/3/issue/BIG-1/comment?", "comments", 100, 250, bodies(truth.Comments())},
		{"/rest/api/3/issue/BIG-1/comment?maxResults=5000", "comments", 100, 250, bodies(truth.Comments())},
		{"/rest/api/3/issue/BIG-1/worklog?", "worklogs", 120, 120, bodies(truth.Worklogs())},
		{"/rest/api/3/issue/BIG-1/worklog?maxResults=50", "worklogs", 50, 120, bodies(truth.Worklogs())},
		{"/rest/api/3/issue/BIG-1/changelog?maxResults=101", "values", 100, 300, bodies(truth.Changelog())},
	} {
		t.Run(one.path, func(t *testing.T) {
			var got []string
			for start := 0; ; {
				var p map[string]json.RawMessage
				c.get(fmt.Sprintf("%s&startAt=%d", one.path, start)).decode(t, &p)
				var items []json.RawMessage
				require.NoError(t, json.Unmarshal(p[one.list], &items))
				require.Equal(t, fmt.Sprint(one.total), string(p["total"]))
				require.Equal(t, fmt.Sprint(start), string(p["startAt"]))
				if len(items) == 0 {
					break // a position past the end is echoed with an empty page
				}
				require.LessOrEqual(t, len(items), one.page)
				for _, i := range items {
					got = append(got, string(i))
				}
				start += len(items)
			}
			require.Equal(t, one.want, got)
		})
	}
	t.Run("sizes below 1 are 1, a negative start is 0, the first of repeated integers counts", func(t *testing.T) {
		var p struct {
			StartAt, MaxResults int
			Comments            []json.RawMessage
		}
		c.get("/rest/api/3/issue/BIG-1/comment?maxResults=-1&startAt=-5&startAt=9").decode(t, &p)
		require.Equal(t, []int{0, 1, 1}, []int{p.StartAt, p.MaxResults, len(p.Comments)})
	})
	t.Run("newest first", func(t *testing.T) {
		var p struct{ Comments []json.RawMessage }
		c.get("/rest/api/3/issue/BIG-1/comment?orderBy=-created&maxResults=1").decode(t, &p)
		require.Equal(t, string(truth.Comments()[249].Body), string(p.Comments[0]))
	})
	t.Run("worklogs started within a time", func(t *testing.T) {
		var p struct{ Total int }
		c.get(fmt.Sprintf("/rest/api/3/issue/BIG-1/worklog?startedAfter=%d", truth.Worklogs()[99].Time)).decode(t, &p)
		require.Less(t, p.Total, 40)
	})
	t.Run("small lists", func(t *testing.T) {
		var links []json.RawMessage
		c.get("/rest/api/3/issue/BIG-1/remotelink").decode(t, &links)
		require.Len(t, links, 4)
		require.Equal(t, string(truth.RemoteLinks()[3].Body), string(links[3]))
		require.Equal(t, string(truth.WatchersBody()), string(c.get("/rest/api/3/issue/BIG-1/watchers").body))
		require.Equal(t, string(truth.VotesBody()), string(c.get("/rest/api/3/issue/BIG-1/votes").body))
		var props struct{ Properties map[string]json.RawMessage }
		c.get("/rest/api/3/issue/BIG-1?fields=id&properties=*all").decode(t, &props)
		require.Len(t, props.Properties, 3)
		for _, p := range truth.Properties() {
			require.Equal(t, string(p.Value), string(props.Properties[p.Name]))
		}
	})
}

func TestBulkChangelog(t *testing.T) {
	site, c := checked(t, small())
	type page struct {
		Logs []struct {
			Issue     string            `json:"issueId"`
			Histories []json.RawMessage `json:"changeHistories"`
		} `json:"issueChangeLogs"`
		Next string `json:"nextPageToken"`
	}
	got := map[string][]string{}
	token, pages := "", 0
	for {
		var p page
		c.post("/rest/api/3/changelog/bulkfetch", fmt.Sprintf(`{"issueIdsOrKeys":["BIG-1","BIG-5","BIG-6","99"],"maxResults":50,"nextPageToken":%q}`, token)).decode(t, &p)
		pages++
		for _, l := range p.Logs {
			for _, h := range l.Histories {
				got[l.Issue] = append(got[l.Issue], string(h))
			}
		}
		if p.Next == "" {
			break
		}
		token = p.Next
	}
	require.Greater(t, pages, 5)
	for _, key := range []string{"BIG-1", "BIG-5", "BIG-6"} {
		truth := first(t, site, key)
		var want []string
		for _, h := range truth.Changelog() {
			want = append(want, string(h.Body))
		}
		require.Equal(t, want, got[truth.IDText()], key)
	}
	require.Greater(t, site.Counts().Pages["POST /rest/api/3/changelog/bulkfetch"], 4)
}
