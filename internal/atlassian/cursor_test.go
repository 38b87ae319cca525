package atlassian

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

var plans = Cursors{Request: Request{Route: "GET /rest/api/3/plans/plan"}, Items: "values"}

// cursorIDs reads a list and returns its ids and the cursors that were asked for.
func cursorIDs(t *testing.T, l Cursors, replies ...string) (ids, asked []string, err error) {
	t.Helper()
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.URL.Query().Get("cursor"))
		answer(w, 200, replies[min(len(asked), len(replies))-1])
	})
	err = l.Pages(t.Context(), c, func(page []json.RawMessage) error {
		for _, raw := range page {
			ids = append(ids, Identify(raw, nil))
		}
		return nil
	})
	return ids, asked, err
}

func TestCursorsAreFollowedToTheLastPage(t *testing.T) {
	for name, replies := range map[string][]string{
		"by a member": {`{"values":[{"id":"1"}],"nextPageCursor":"a+b","last":false}`,
			`{"values":[],"nextPageCursor":"c"}`, `{"values":[{"id":"2"}],"nextPageCursor":"d","last":true}`},
		"by the links of Confluence's second API": {`{"values":[{"id":"1"}],"_links":{"next":"/wiki/api/v2/pages?limit=250&cursor=a%2Bb&sort=id","base":"https://a.example/wiki"}}`,
			`{"values":[],"_links":{"next":"/wiki/api/v2/pages?cursor=c"}}`, `{"values":[{"id":"2"}],"_links":{"base":"https://a.example/wiki"}}`},
		"by the link of a search": {`{"values":[{"id":"1"}],"_links":{"next":"/rest/api/search?next=true&cursor=a%2Bb&start=1&cql=x#y"}}`,
			`{"values":[],"_links":{"next":"/rest/api/search?cql=x&cursor=c#cursor=z"}}`, `{"values":[{"id":"2"}],"_links":{}}`},
		"by a link that is not followed": {`{"values":[{"id":"1"}],"links":{"next":"?cursor=a%2Bb&limit=100"}}`,
			`{"values":[],"links":{"next":"https://elsewhere.example/x?limit=100&cursor=c"}}`, `{"values":[{"id":"2"}],"links":{"next":null}}`},
	} {
		ids, asked, err := cursorIDs(t, plans, replies...)
		require.NoError(t, err, name)
		require.Equal(t, []string{"1", "2"}, ids, name)
		require.Equal(t, []string{"", "a+b", "c"}, asked, name)
	}
}

// TestALinkHeaderTellsTheCursorWhereTheBodyDoesNot states that the header's link to
// the next page is found among others, and that the body's comes first.
func TestALinkHeaderTellsTheCursorWhereTheBodyDoesNot(t *testing.T) {
	const base = `<https://a.example/wiki>; rel="base"`
	for name, tt := range map[string]struct {
		links []string
		body  string
		want  string // the cursor; "" for the last page
	}{
		"alone":                       {[]string{`</wiki/api/v2/pages?cursor=a%2Bb>; rel="next"`}, ``, "a+b"},
		"before others":               {[]string{`</wiki/api/v2/pages?limit=1&cursor=a>; rel="next", ` + base}, ``, "a"},
		"after others":                {[]string{base + `, </wiki/api/v2/pages?cursor=a>; rel="next"`}, ``, "a"},
		"in a header of its own":      {[]string{base, `</wiki/api/v2/pages?cursor=a>;rel=next`}, ``, "a"},
		"with commas and semicolons":  {[]string{`</wiki/api/v2/pages?cursor=a,b%3Bc>; title="x"; rel="next"`}, ``, "a,b;c"},
		"the body comes first":        {[]string{`</wiki/api/v2/pages?cursor=header>; rel="next"`}, `,"_links":{"next":"/x?cursor=body"}`, "body"},
		"a body with other links":     {[]string{`</wiki/api/v2/pages?cursor=a>; rel="next"`}, `,"_links":{"base":"x"}`, "a"},
		"none":                        {[]string{base}, ``, ""},
		"one that is not well-formed": {[]string{`</wiki/api/v2/pages?cursor=a; rel="next"`}, ``, ""},
	} {
		t.Run(name, func(t *testing.T) {
			var asked []string
			c := serve(t, func(w http.ResponseWriter, r *http.Request) {
				if asked = append(asked, r.URL.Query().Get("cursor")); len(asked) == 1 {
					w.Header()["Link"] = tt.links
					answer(w, 200, `{"values":[{"id":"1"}]`+tt.body+`}`)
					return
				}
				answer(w, 200, `{"values":[]}`)
			})
			require.NoError(t, plans.Pages(t.Context(), c, func([]json.RawMessage) error { return nil }))
			if tt.want == "" {
				require.Equal(t, []string{""}, asked)
				return
			}
			require.Equal(t, []string{"", tt.want}, asked)
		})
	}
}

func TestALinkWithoutACursorIsNoEndOfTheList(t *testing.T) {
	for _, links := range []string{`"_links":{"next":"/wiki/api/v2/pages?limit=1"}`, `"links":{"next":"x"}`, `"_links":{"next":"/x?cursor="}`} {
		_, asked, err := cursorIDs(t, plans, `{"values":[{"id":"1"}],`+links+`}`)
		require.Equal(t, ClassProtocol, ClassOf(err), links)
		require.Len(t, asked, 1)
	}
}

func TestACursorThatComesAgainEndsTheList(t *testing.T) {
	_, asked, err := cursorIDs(t, plans, `{"values":[{"id":"1"}],"nextPageCursor":"a"}`)
	require.Equal(t, ClassProtocol, ClassOf(err))
	require.Len(t, asked, 2)
	_, _, err = cursorIDs(t, plans, `{"data":[]}`)
	require.Equal(t, ClassProtocol, ClassOf(err))
}

func TestAPageThatIsTooLargeIsAskedForInHalves(t *testing.T) {
	var asked []string
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		asked = append(asked, q.Get("cursor")+q.Get("limit"))
		limit, err := strconv.Atoi(q.Get("limit"))
		require.NoError(t, err)
		switch {
		case q.Get("cursor") == "":
			answer(w, 200, `{"values":[{"id":"1"}],"_links":{"next":"?cursor=a"}}`)
		case limit > 12:
			w.Header().Set("Content-Length", "999999999")
			answer(w, 200, "{")
		default:
			answer(w, 200, `{"values":[{"id":"2"}]}`)
		}
	})
	l := Cursors{Request: Request{Route: "GET /wiki/api/v2/pages", Query: url.Values{"limit": {"50"}}}, Items: "values", Shrink: true}
	var n int
	count := func(page []json.RawMessage) error { n += len(page); return nil }
	require.NoError(t, l.Pages(t.Context(), c, count))
	require.Equal(t, 2, n)
	require.Equal(t, []string{"50", "a50", "a25", "a12"}, asked)
	require.Equal(t, "50", l.Request.Query.Get("limit"))
	l.Shrink = false
	require.ErrorIs(t, l.Pages(t.Context(), c, count), ErrTooLarge)
}

func TestABareArrayEndsWithAnEmptyPage(t *testing.T) {
	var asked []string
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		asked = append(asked, q.Get("startAt")+"/"+q.Get("maxResults"))
		start, _ := strconv.Atoi(q.Get("startAt"))
		list := "["
		for i := start; i < min(start+400, 1000); i++ {
			if i > start {
				list += ","
			}
			list += fmt.Sprintf(`{"accountId":"a%d"}`, i)
		}
		answer(w, 200, list+"]")
	})
	n := 0
	whole, err := c.Stream(t.Context(), Offset{Request: Request{Route: "GET /rest/api/3/users/search"}, ID: []string{"accountId"}, PageSize: 1000}, func(page []Entry) error {
		n += len(page)
		return nil
	})
	require.NoError(t, err)
	require.True(t, whole)
	require.Equal(t, 1000, n)
	require.Equal(t, []string{"0/1000", "400/1000", "800/1000", "1000/1000"}, asked)
}

func TestTheServiceDeskHasNamesOfItsOwnForPages(t *testing.T) {
	var asked []string
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.URL.RawQuery)
		if r.URL.Query().Get("start") == "0" {
			answer(w, 200, `{"values":[{"id":"1"},{"id":"2"}],"isLastPage":false}`)
			return
		}
		answer(w, 200, `{"values":[{"id":"3"}],"isLastPage":true}`)
	})
	entries, whole, err := c.Collect(t.Context(), Offset{Request: Request{Route: "GET /x"}, Items: "values", PageSize: 2, Start: true})
	require.NoError(t, err)
	require.True(t, whole)
	require.Equal(t, []string{"1", "2", "3"}, ids(entries))
	require.Equal(t, []string{"limit=2&start=0", "limit=2&start=2"}, asked)
}

// linked serves a list of Confluence's first API: at is what a page begins with, of
// which it gives some, since others are not for the account.
func linked(t *testing.T, pages map[string]string, size int) (got, asked []string, whole bool, err error) {
	t.Helper()
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		require.False(t, q.Has("startAt") || q.Has("maxResults"))
		asked = append(asked, q.Get("start")+"/"+q.Get("limit"))
		answer(w, 200, pages[q.Get("start")])
	})
	l := Offset{Request: Request{Route: "GET /wiki/rest/api/group"}, Items: "results", PageSize: size, Links: true}
	whole, err = c.Stream(t.Context(), l, func(page []Entry) error {
		got = append(got, ids(page)...)
		return nil
	})
	return got, asked, whole, err
}

func TestAListOfConfluencesFirstAPIEndsWhereThereIsNoLinkToTheNext(t *testing.T) {
	const next = `,"_links":{"next":"/rest/api/group?limit=200&start=%s"}`
	link := func(start string) string { return fmt.Sprintf(next, start) }
	for name, tt := range map[string]struct {
		pages      map[string]string
		size       int
		ids, asked []string
	}{
		"the page size is that of what came": {map[string]string{
			"0": `{"results":[{"id":"a"},{"id":"b"}],"size":2,"limit":2` + link("200") + `}`, "2": `{"results":[{"id":"c"}],"_links":{}}`,
		}, 200, []string{"a", "b", "c"}, []string{"0/200", "2/200"}},
		"a total is not the list's": {map[string]string{
			"0": `{"results":[{"id":"a"}],"total":1` + link("1") + `}`, "1": `{"results":[{"id":"b"}],"total":9}`,
		}, 200, []string{"a", "b"}, []string{"0/200", "1/200"}},
		"a limit of 0 is not sent": {map[string]string{"0": `{"results":[]}`}, 0, nil, []string{"0/"}},
		"a full page may be the last": {map[string]string{"0": `{"results":[{"id":"a"}],"limit":1,"_links":{"self":"x"}}`}, 1,
			[]string{"a"}, []string{"0/1"}},
		"an empty page with a link goes on where that begins": {map[string]string{
			"0": `{"results":[]` + link("200") + `}`, "200": `{"results":[{"id":"z"}]}`,
		}, 200, []string{"z"}, []string{"0/200", "200/200"}},
	} {
		t.Run(name, func(t *testing.T) {
			got, asked, whole, err := linked(t, tt.pages, tt.size)
			require.NoError(t, err)
			require.True(t, whole)
			require.Equal(t, tt.ids, got)
			require.Equal(t, tt.asked, asked)
		})
	}
	for _, odd := range []string{link("0"), link(""), `,"_links":{"next":"/rest/api/group"}`} {
		_, asked, _, err := linked(t, map[string]string{"0": `{"results":[]` + odd + `}`}, 200)
		require.Equal(t, ClassProtocol, ClassOf(err), "an empty page that links to itself would never end")
		require.Len(t, asked, 1)
	}
	_, asked, whole, err := linked(t, map[string]string{"0": `{"results":[{"id":"a"}]` + link("1") + `}`, "1": `{"results":[{"id":"a"}]` + link("2") + `}`}, 200)
	require.NoError(t, err)
	require.False(t, whole, "a page that repeats itself")
	require.Len(t, asked, 2*Walks)
}

func TestATokenOfAGetIsInItsQuery(t *testing.T) {
	var asked []string
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.URL.RawQuery)
		if len(asked) == 1 {
			answer(w, 200, `{"issues":[{"id":"1"}],"nextPageToken":"x"}`)
			return
		}
		answer(w, 200, `{"issues":[],"isLast":true}`)
	})
	whole, err := c.Pages(t.Context(), Tokens{Request: Request{Route: "GET /x"}, Items: "issues"}, func([]json.RawMessage) error { return nil })
	require.NoError(t, err)
	require.True(t, whole)
	require.Equal(t, []string{"", "nextPageToken=x"}, asked)
}

func TestIdentify(t *testing.T) {
	raw := json.RawMessage(`{"id":7,"a":{"b":"x"},"c":"y","d":null}`)
	for want, paths := range map[string][]string{"7": nil, "x": {"a.b"}, "x/y": {"a.b", "c"}, "y": {"d", "c"}, "": {"e"}} {
		require.Equal(t, want, Identify(raw, paths))
	}
}
