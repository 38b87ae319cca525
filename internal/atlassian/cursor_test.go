package atlassian

import (
	"encoding/json"
	"fmt"
	"net/http"
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
		"by a link that is not followed": {`{"values":[{"id":"1"}],"links":{"next":"?cursor=a%2Bb&limit=100"}}`,
			`{"values":[],"links":{"next":"https://elsewhere.example/x?limit=100&cursor=c"}}`, `{"values":[{"id":"2"}],"links":{"next":null}}`},
	} {
		ids, asked, err := cursorIDs(t, plans, replies...)
		require.NoError(t, err, name)
		require.Equal(t, []string{"1", "2"}, ids, name)
		require.Equal(t, []string{"", "a+b", "c"}, asked, name)
	}
}

func TestACursorThatComesAgainEndsTheList(t *testing.T) {
	_, asked, err := cursorIDs(t, plans, `{"values":[{"id":"1"}],"nextPageCursor":"a"}`)
	require.Equal(t, ClassProtocol, ClassOf(err))
	require.Len(t, asked, 2)
	_, _, err = cursorIDs(t, plans, `{"data":[]}`)
	require.Equal(t, ClassProtocol, ClassOf(err))
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
