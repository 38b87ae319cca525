package jira

import (
	"encoding/json"

	"holdfast/internal/archive"
	"holdfast/internal/atlassian"
	"holdfast/internal/restore"
)

// kindPlaceholder is the kind of an issue that keeps a number free and is deleted at once.
const kindPlaceholder = "placeholder"

// originOf is that of a record whose body has author and times as comments and
// work logs do.
func (a *applying) originOf(r archive.Record) restore.Origin {
	o := a.job.Plan.OriginOf(r)
	o.Author, o.AuthorName = userIn(atlassian.Member(r.Body, "author"))
	o.Created = atlassian.Text(atlassian.Member(r.Body, "created"))
	o.Updated = atlassian.Text(atlassian.Member(r.Body, "updated"))
	return o
}

// originOfIssue has its creator and its times.
func (a *applying) originOfIssue(r archive.Record) restore.Origin {
	o := a.job.Plan.OriginOf(r)
	fields := atlassian.Member(r.Body, "fields")
	o.Author, o.AuthorName = userIn(atlassian.Member(fields, "creator"))
	o.Created = atlassian.Text(atlassian.Member(fields, "created"))
	o.Updated = atlassian.Text(atlassian.Member(fields, "updated"))
	o.Resolved = atlassian.Text(atlassian.Member(fields, "resolutiondate"))
	return o
}

func userIn(user json.RawMessage) (id, name string) {
	return atlassian.Text(atlassian.Member(user, "accountId")), atlassian.Text(atlassian.Member(user, "displayName"))
}

// property is a property as calls that create something take it.
type property struct {
	Key   string `json:"key"`
	Value any    `json:"value"`
}

// ours reads the origin from a list of properties as comments and work logs have it;
// false where it is not of this restore.
func (a *applying) ours(properties json.RawMessage) (restore.Origin, bool) {
	for p := range atlassian.Elements(properties) {
		if atlassian.Text(atlassian.Member(p, "key")) == restore.OriginKey {
			return a.ownOrigin(atlassian.Member(p, "value"))
		}
	}
	return restore.Origin{}, false
}

// ownOrigin reads an origin; false where it is not of this restore.
func (a *applying) ownOrigin(value json.RawMessage) (restore.Origin, bool) {
	var o restore.Origin
	if len(value) == 0 || json.Unmarshal(value, &o) != nil || o.Restore != a.job.Plan.Spec.ID {
		return restore.Origin{}, false
	}
	return o, true
}

// put notes what a record is in the destination.
func (a *applying) put(kind, from, id, key, extra string) {
	a.job.IDs.Put(restore.Ref{Kind: kind, From: from, ID: id, Key: key, Extra: extra})
}
