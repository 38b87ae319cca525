package jira

import (
	"encoding/json"
	"time"

	"holdfast/internal/archive"
	"holdfast/internal/atlassian"
	"holdfast/internal/restore"
)

// originKey is the property that says what something was in the backup (T6). A
// restore finds by it what an earlier attempt created (T5).
const originKey = "holdfast.origin"

// origin is the value of that property.
type origin struct {
	Restore    string `json:"restore"`
	Backup     string `json:"backup"`
	Site       string `json:"site"`
	Kind       string `json:"kind"`
	ID         string `json:"id"`
	Key        string `json:"key,omitempty"`
	Author     string `json:"author,omitempty"`
	AuthorName string `json:"authorName,omitempty"`
	Created    string `json:"created,omitempty"`
	Updated    string `json:"updated,omitempty"`
	// Resolved is when an issue was resolved.
	Resolved string `json:"resolved,omitempty"`
	// Refused are the fields that the site did not take.
	Refused []string `json:"refused,omitempty"`
}

// kindPlaceholder is the kind of an issue that keeps a number free and is deleted at once.
const kindPlaceholder = "placeholder"

// originOf is that of a record whose body has author and times as comments and
// work logs do.
func (a *applying) originOf(r archive.Record) origin {
	o := a.originFrom(r)
	o.Author, o.AuthorName = userIn(atlassian.Member(r.Body, "author"))
	o.Created = atlassian.Text(atlassian.Member(r.Body, "created"))
	o.Updated = atlassian.Text(atlassian.Member(r.Body, "updated"))
	return o
}

// originFrom is that of a record of which no author is known.
func (a *applying) originFrom(r archive.Record) origin {
	p := a.job.Plan
	return origin{Restore: p.Spec.ID, Backup: p.Spec.BackupID, Site: p.Source, Kind: r.Kind, ID: r.ID, Key: r.Key}
}

// originOfIssue has its creator and its times.
func (a *applying) originOfIssue(r archive.Record) origin {
	o := a.originFrom(r)
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
func (a *applying) ours(properties json.RawMessage) (origin, bool) {
	for p := range atlassian.Elements(properties) {
		if atlassian.Text(atlassian.Member(p, "key")) == originKey {
			return a.ownOrigin(atlassian.Member(p, "value"))
		}
	}
	return origin{}, false
}

// ownOrigin reads an origin; false where it is not of this restore.
func (a *applying) ownOrigin(value json.RawMessage) (origin, bool) {
	var o origin
	if len(value) == 0 || json.Unmarshal(value, &o) != nil || o.Restore != a.job.Plan.Spec.ID {
		return origin{}, false
	}
	return o, true
}

// put notes what a record is in the destination.
func (a *applying) put(kind, from, id, key, extra string) {
	a.job.IDs.Put(restore.Ref{Kind: kind, From: from, ID: id, Key: key, Extra: extra})
}

// when writes a time of Jira for people; one that it cannot read it leaves as it is.
func when(t string) string {
	for _, layout := range []string{"2006-01-02T15:04:05.000-0700", time.RFC3339} {
		if at, err := time.Parse(layout, t); err == nil {
			return at.UTC().Format("2006-01-02 15:04 UTC")
		}
	}
	return t
}
