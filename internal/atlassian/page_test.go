package atlassian

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// offsetSite serves a list paged by startAt; before changes it before each page.
type offsetSite struct {
	ids     []string
	cap     int // most items per page, whatever is asked for
	before  func(s *offsetSite, call int)
	total   func(s *offsetSite) string // JSON members after the list
	calls   int
	asked   []string
	queries []string
}

func (s *offsetSite) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if s.before != nil {
		s.before(s, s.calls)
	}
	s.calls++
	s.asked = append(s.asked, r.URL.Query().Get("startAt"))
	s.queries = append(s.queries, r.URL.RawQuery)
	start, _ := strconv.Atoi(r.URL.Query().Get("startAt"))
	size, _ := strconv.Atoi(r.URL.Query().Get("maxResults"))
	start = min(start, len(s.ids))
	end := min(start+min(size, s.cap), len(s.ids))
	var items []string
	for _, id := range s.ids[start:end] {
		items = append(items, fmt.Sprintf(`{"id":%q,"n":1.0E+2}`, id))
	}
	more := fmt.Sprintf(`,"total":%d`, len(s.ids))
	if s.total != nil {
		more = s.total(s)
	}
	answer(w, 200, fmt.Sprintf(`{"startAt":%d,"comments":[%s]%s}`, start, strings.Join(items, ","), more))
}

func numbered(n int) []string {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = strconv.Itoa(1000 + i)
	}
	return ids
}

var comments = Offset{
	Request: Request{Route: issueRoute + "/comment", Path: []string{"10001"}}, Items: "comments", PageSize: 100,
}

func ids(entries []Entry) []string {
	var got []string
	for _, e := range entries {
		got = append(got, e.ID)
	}
	return got
}

func TestPagesStartWhereTheLastOneEndedNotWhereItWasAskedTo(t *testing.T) {
	s := &offsetSite{ids: numbered(250), cap: 60}
	entries, whole, err := serve(t, s.ServeHTTP).Collect(t.Context(), comments)
	require.NoError(t, err)
	require.True(t, whole)
	require.Equal(t, s.ids, ids(entries))
	require.Equal(t, []string{"0", "60", "120", "180", "240"}, s.asked)
	require.Equal(t, `{"id":"1000","n":1.0E+2}`, string(entries[0].Body))
	for _, q := range s.queries {
		require.Equal(t, 1, strings.Count(q, "startAt="), "of repeated numbers Jira takes the first")
	}
}

func TestANumberOfPagesThatFitsNeedsNoEmptyPage(t *testing.T) {
	for n, calls := range map[int]int{0: 1, 1: 1, 100: 1, 101: 2, 200: 2} {
		s := &offsetSite{ids: numbered(n), cap: 100}
		entries, whole, err := serve(t, s.ServeHTTP).Collect(t.Context(), comments)
		require.NoError(t, err)
		require.True(t, whole)
		require.Len(t, entries, n)
		require.Equal(t, calls, s.calls, "%d entries", n)
	}
}

func TestAnEntryDeletedBetweenTwoPagesIsNoticed(t *testing.T) {
	s := &offsetSite{ids: numbered(250), cap: 100, before: func(s *offsetSite, call int) {
		if call == 1 {
			s.ids = slices.Delete(s.ids, 2, 3)
		}
	}}
	entries, whole, err := serve(t, s.ServeHTTP).Collect(t.Context(), comments)
	require.NoError(t, err)
	require.True(t, whole)
	require.Equal(t, s.ids, ids(entries), "the second walk has the entry that moved into the first page, and not the deleted one")
	require.Equal(t, 6, s.calls)
}

func TestAnEntryAddedBetweenTwoPagesIsNoticed(t *testing.T) {
	s := &offsetSite{ids: numbered(250), cap: 100, before: func(s *offsetSite, call int) {
		if call == 1 {
			s.ids = append([]string{"999"}, s.ids...)
		}
	}}
	entries, whole, err := serve(t, s.ServeHTTP).Collect(t.Context(), comments)
	require.NoError(t, err)
	require.True(t, whole)
	require.Equal(t, s.ids, ids(entries))
}

func TestAListThatNeverAddsUpIsReportedAfterThreeWalks(t *testing.T) {
	lists := map[string]*offsetSite{
		"the total says more":    {ids: numbered(150), cap: 100, total: func(s *offsetSite) string { return `,"total":151` }},
		"the total says less":    {ids: numbered(150), cap: 100, total: func(s *offsetSite) string { return `,"total":120` }},
		"the list keeps growing": {ids: numbered(150), cap: 100, before: func(s *offsetSite, call int) { s.ids = append(s.ids, fmt.Sprint(call)) }},
	}
	for name, s := range lists {
		t.Run(name, func(t *testing.T) {
			entries, whole, err := serve(t, s.ServeHTTP).Collect(t.Context(), comments)
			require.NoError(t, err)
			require.False(t, whole)
			require.GreaterOrEqual(t, len(entries), 150, "what was seen is kept")
			seen := map[string]bool{}
			for _, id := range ids(entries) {
				require.False(t, seen[id], "each once")
				seen[id] = true
			}
		})
	}
}

func TestAListWithoutATotalEnds(t *testing.T) {
	none := func(*offsetSite) string { return `` }
	s := &offsetSite{ids: numbered(150), cap: 100, total: none}
	entries, whole, err := serve(t, s.ServeHTTP).Collect(t.Context(), comments)
	require.NoError(t, err)
	require.True(t, whole)
	require.Len(t, entries, 150)

	s = &offsetSite{ids: numbered(150), cap: 100, total: func(s *offsetSite) string { return fmt.Sprintf(`,"isLast":%v`, s.calls == 2) }}
	_, whole, err = serve(t, s.ServeHTTP).Collect(t.Context(), comments)
	require.NoError(t, err)
	require.True(t, whole)
	require.Equal(t, 2, s.calls)

	c := serve(t, func(w http.ResponseWriter, r *http.Request) { answer(w, 200, `{"comments":[{"id":1},{"id":2}]}`) })
	entries, whole, err = c.Collect(t.Context(), comments)
	require.NoError(t, err)
	require.False(t, whole, "a site that ignores startAt")
	require.Equal(t, []string{"1", "2"}, ids(entries))
}

func TestStreamYieldsEachOnceOverAllWalks(t *testing.T) {
	s := &offsetSite{ids: numbered(250), cap: 100, before: func(s *offsetSite, call int) {
		if call == 1 {
			s.ids = slices.Delete(s.ids, 2, 3)
		}
	}}
	var got []string
	whole, err := serve(t, s.ServeHTTP).Stream(t.Context(), comments, func(page []Entry) error {
		got = append(got, ids(page)...)
		return nil
	})
	require.NoError(t, err)
	require.True(t, whole)
	require.Len(t, got, 250)
	slices.Sort(got)
	require.Len(t, slices.Compact(got), 250)
	_, err = serve(t, s.ServeHTTP).Stream(t.Context(), comments, func([]Entry) error { return io.ErrClosedPipe })
	require.ErrorIs(t, err, io.ErrClosedPipe)
}

func TestAPageWithoutItsListMakesNoSense(t *testing.T) {
	for _, body := range []string{`{}`, `[]`, `{"comments":null}`, `{"comments":{}}`, `{"comments":[{}],"total":1}`, `{"comments":[1],"total":1}`} {
		c := serve(t, func(w http.ResponseWriter, r *http.Request) { answer(w, 200, body) })
		_, _, err := c.Collect(t.Context(), comments)
		require.Equal(t, ClassProtocol, ClassOf(err), body)
	}
	c := serve(t, func(w http.ResponseWriter, r *http.Request) { answer(w, 200, `{"values":[]}`) })
	_, err := c.List(t.Context(), Request{Route: "GET /rest/api/3/field"})
	require.Equal(t, ClassProtocol, ClassOf(err))
}

var found = Tokens{Request: Request{Route: "POST /rest/api/3/search/jql"}, Body: map[string]any{"jql": "project = 1", "maxResults": 5000}, Items: "issues"}

// tokenSite answers the replies in turn, the last one for ever, and keeps the bodies it was sent.
func tokenSite(bodies *[]string, replies ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if r.URL.RawQuery != "" {
			body = []byte("a query: on POST a token there is ignored")
		}
		*bodies = append(*bodies, string(body))
		answer(w, 200, replies[min(len(*bodies), len(replies))-1])
	}
}

func TestPagesByToken(t *testing.T) {
	tests := []struct {
		name    string
		replies []string
		items   int
		whole   bool
		class   Class
	}{
		{"a last page without token", []string{`{"issues":[1,2],"nextPageToken":"a","isLast":false}`, `{"issues":[3],"isLast":true}`}, 3, true, ""},
		{"neither token nor isLast ends", []string{`{"issues":[1]}`}, 1, true, ""},
		{"a null token ends", []string{`{"issues":[1],"nextPageToken":null}`}, 1, true, ""},
		{"isLast ends although there is a token", []string{`{"issues":[1],"nextPageToken":"a","isLast":true}`}, 1, true, ""},
		{"an empty page with a token goes on", []string{`{"issues":[],"nextPageToken":"a"}`, `{"issues":[1]}`}, 1, true, ""},
		{"not the last, but no token", []string{`{"issues":[1],"isLast":false}`}, 1, false, ""},
		{"a warning means truncated", []string{`{"issues":[1],"isLast":true,"warnings":[{"type":"X","message":"y"}]}`}, 1, false, ""},
		{"a warning on an earlier page", []string{`{"issues":[1],"nextPageToken":"a","warnings":["x"]}`, `{"issues":[2],"isLast":true}`}, 2, false, ""},
		{"a warning of another shape", []string{`{"issues":[1],"isLast":true,"warnings":{"a":1}}`}, 1, false, ""},
		{"no warnings", []string{`{"issues":[1],"isLast":true,"warnings":[]}`}, 1, true, ""},
		{"the same token again", []string{`{"issues":[1],"nextPageToken":"a"}`}, 2, false, ClassProtocol},
		{"tokens in a circle", []string{`{"issues":[1],"nextPageToken":"a"}`, `{"issues":[1],"nextPageToken":"b"}`, `{"issues":[1],"nextPageToken":"a"}`}, 3, false, ClassProtocol},
		{"no list", []string{`{"errorMessages":[]}`}, 0, false, ClassProtocol},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var bodies []string
			items := 0
			whole, err := serve(t, tokenSite(&bodies, tt.replies...)).Pages(t.Context(), found, func(page []json.RawMessage) error {
				items += len(page)
				return nil
			})
			require.Equal(t, tt.class, ClassOf(err))
			require.Equal(t, tt.whole, whole)
			require.Equal(t, tt.items, items)
			require.JSONEq(t, `{"jql":"project = 1","maxResults":5000}`, bodies[0], "no token, and no null: Jira answers it with 500")
			if len(bodies) > 1 {
				require.JSONEq(t, `{"jql":"project = 1","maxResults":5000,"nextPageToken":"a"}`, bodies[1])
			}
		})
	}
}

func TestAnExpiredTokenIsNotPageOneAgain(t *testing.T) {
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if strings.Contains(string(body), "nextPageToken") {
			answer(w, 400, `{"errorMessages":["x"],"errors":{}}`)
			return
		}
		answer(w, 200, `{"issues":[1],"nextPageToken":"a"}`)
	})
	_, err := c.Pages(t.Context(), found, func([]json.RawMessage) error { return nil })
	require.Equal(t, ClassProtocol, ClassOf(err))
}
