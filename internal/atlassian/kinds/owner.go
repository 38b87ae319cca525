package kinds

import (
	"encoding/json"
	"slices"
	"time"

	"holdfast/internal/atlassian"
)

// Owner is what a list of records belongs to: an issue, a page, a project, a
// board; the zero value is the site.
type Owner struct {
	ID, Key string
	Body    json.RawMessage
	At      time.Time // when Body was fetched
	// Above are the ids of what it belongs to itself, outermost first, and
	// AboveBody the body of the last of these.
	Above     []string
	AboveBody json.RawMessage
}

// Below is an entry of one of the owner's lists, fetched at that time, as an owner.
func (o Owner) Below(e atlassian.Entry, at time.Time) Owner {
	b := Owner{ID: e.ID, Key: key(e), Body: e.Body, At: at, AboveBody: o.Body}
	if o.ID != "" {
		b.Above = append(slices.Clone(o.Above), o.ID)
	}
	return b
}

// Path returns the last n ids of the owner and what it belongs to, outermost first.
func (o Owner) Path(n int) []string {
	chain := append(slices.Clone(o.Above), o.ID)
	return slices.Clone(chain[max(0, len(chain)-n):])
}

// within reports whether the id is that of the owner or of what it belongs to.
func (o Owner) within(id string) bool { return o.ID == id || slices.Contains(o.Above, id) }

// key is the key of an entry; "" where it has none.
func key(e atlassian.Entry) string { return atlassian.Text(atlassian.Member(e.Body, "key")) }
