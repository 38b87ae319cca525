package samplesite_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// page is the address of one page.
func (r *reader) page(k kindOfData, path string, at int, next string) string {
	u, err := url.Parse(path)
	require.NoError(r.t, err)
	q := u.Query()
	size := strconv.Itoa(k.max)
	if r.small {
		size = "7"
	}
	switch k.pager {
	case "startAt", "arrayPages":
		q.Set("startAt", strconv.Itoa(at))
		q.Set("maxResults", size)
	case "cursor":
		q.Set("maxResults", size)
		if next != "" {
			q.Set("cursor", next)
		}
	case "rules":
		q.Set("limit", size)
		if next != "" {
			q.Set("cursor", next)
		}
	case "tokens":
		q.Set("maxResults", size)
		if next != "" {
			q.Set("nextPageToken", next)
		}
	case "start":
		q.Set("start", strconv.Itoa(at))
		q.Set("limit", size)
	}
	u.RawQuery = q.Encode()
	return u.String()
}

// entries takes a page apart and tells whether another follows.
func (r *reader) entries(k kindOfData, a answer, at *int, next *string) (items []json.RawMessage, more bool) {
	var p struct {
		Values, Data, Issues     []json.RawMessage
		Keys                     []struct{ Key string }
		Total                    *int
		IsLast, Last, IsLastPage bool
		NextPageCursor           string
		NextPageToken            string
		Links                    struct{ Next *string }
	}
	if k.pager != "array" && k.pager != "arrayPages" {
		a.decode(r.t, &p)
	}
	switch k.pager {
	case "one":
		return []json.RawMessage{a.body}, false
	case "array", "arrayPages":
		a.decode(r.t, &items)
		*at += len(items)
		return items, k.pager == "arrayPages" && len(items) > 0
	case "list":
		var m map[string]json.RawMessage
		a.decode(r.t, &m)
		require.NoError(r.t, json.Unmarshal(m[k.items], &items), "%s", a.body)
		return items, false
	case "keys":
		for _, key := range p.Keys {
			one := r.get(a.req.URL.Path + "/" + url.PathEscape(key.Key))
			require.Equal(r.t, http.StatusOK, one.status)
			items = append(items, one.body)
		}
		return items, false
	case "startAt":
		*at += len(p.Values)
		require.NotNil(r.t, p.Total, k.name)
		require.Equal(r.t, *at >= *p.Total, p.IsLast, k.name)
		return p.Values, !p.IsLast
	case "start":
		*at += len(p.Values)
		return p.Values, !p.IsLastPage
	case "cursor":
		*next = p.NextPageCursor
		require.Equal(r.t, p.Last, *next == "", k.name)
		return p.Values, !p.Last
	case "tokens":
		*next = p.NextPageToken
		require.Equal(r.t, p.IsLast, *next == "", k.name)
		return p.Issues, !p.IsLast
	default: // rules
		if p.Links.Next == nil {
			return p.Data, false
		}
		q, err := url.ParseQuery(strings.TrimPrefix(*p.Links.Next, "?"))
		require.NoError(r.t, err)
		*next = q.Get("cursor")
		return p.Data, true
	}
}

// idOf joins the members that identify an entry.
func idOf(t testing.TB, k kindOfData, body json.RawMessage) string {
	var parts []string
	if k.pager == "keys" {
		k.id = "key"
	}
	for path := range strings.SplitSeq(k.id, "/") {
		value := body
		for name := range strings.SplitSeq(path, ".") {
			var m map[string]json.RawMessage
			require.NoError(t, json.Unmarshal(value, &m), "%s: %s", k.name, body)
			if name != "" {
				value = m[name]
			} else {
				value = nil
			}
		}
		if s := strings.Trim(string(value), `"`); s != "" {
			parts = append(parts, s)
		}
	}
	return strings.Join(parts, "/")
}
