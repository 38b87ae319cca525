package confluence

import (
	"encoding/json"
	"net/url"
	"slices"
	"strconv"

	"holdfast/internal/atlassian"
)

// raw is a JSON value as the site sent it.
type raw = json.RawMessage

// text is the text, or the token of the number, at a path of a body.
func text(body raw, path ...string) string { return atlassian.Text(atlassian.Member(body, path...)) }

// number is the integer at a path of a body; 0 where there is none.
func number(body raw, path ...string) int {
	n, _ := atlassian.Int(atlassian.Member(body, path...))
	return int(n)
}

// query makes a query of names and values in turn; a name that comes again has
// several values.
func query(pairs ...string) url.Values {
	q := url.Values{}
	for pair := range slices.Chunk(pairs, 2) {
		q.Add(pair[0], pair[1])
	}
	return q
}

// pageLimit is the most that lists of REST v2 give at a time (OpenAPI: limit, maximum).
const pageLimit = 250

// limited adds a page size to a query.
func limited(q url.Values, n int) url.Values {
	q.Set("limit", strconv.Itoa(n))
	return q
}
