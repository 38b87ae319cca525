package kinds

import (
	"encoding/json"

	"holdfast/internal/atlassian"
)

// EmbeddedIn returns the records that came with their owner, and whether they are
// all: as many distinct ids as the total says, or a meta.hasMore that is false.
// Entries may be without an id.
func (r Row) EmbeddedIn(body json.RawMessage) (entries []atlassian.Entry, whole bool) {
	page := atlassian.Member(body, r.Embedded...)
	list := page
	if r.List != "" {
		list = atlassian.Member(page, r.List)
	}
	distinct := map[string]struct{}{}
	for raw := range atlassian.Elements(list) {
		id := atlassian.Identify(raw, r.ID)
		distinct[id] = struct{}{}
		entries = append(entries, atlassian.Entry{ID: id, Body: raw})
	}
	if !atlassian.IsArray(list) {
		return nil, false
	}
	if total, ok := atlassian.Int(atlassian.Member(page, "total")); ok {
		return entries, int(total) == len(distinct) && len(entries) == len(distinct)
	}
	return entries, string(atlassian.Member(page, "meta", "hasMore")) == "false"
}
