package confluence

import (
	"encoding/json"
	"iter"
	"net/url"
	"slices"
	"strconv"

	"holdfast/internal/atlassian"
)

// raw is a JSON value as a site sent it.
type raw = json.RawMessage

// object is the body of a request.
type object = map[string]any

// text is the text, or the token of the number, at a path of a body.
func text(body raw, path ...string) string { return atlassian.Text(atlassian.Member(body, path...)) }

// member is the value at a path of a body; nil where there is none.
func member(body raw, path ...string) raw { return atlassian.Member(body, path...) }

// members yields the members of an object.
func members(body raw) iter.Seq2[string, raw] { return atlassian.Members(body) }

// number is the integer at a path of a body; 0 where there is none.
func number(body raw, path ...string) int {
	n, _ := atlassian.Int(atlassian.Member(body, path...))
	return int(n)
}

// truth is the boolean at a path of a body.
func truth(body raw, path ...string) bool { return string(atlassian.Member(body, path...)) == "true" }

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

func decimal(n int) string { return strconv.Itoa(n) }
