// Package content is what the sample site holds: projects, people, issues and
// all that belongs to them. A Source is either generated from a seed and sizes
// or read from recorded responses; it never changes while it is served.
package content

import (
	"io"
	"time"

	"holdfast/internal/samplesite/rawjson"
)

// Base is the address that bodies name in "self" and similar members. It is
// fixed, not the address that the site listens on, so that the bodies are a
// function of seed and sizes alone.
const Base = "https://sample.atlassian.net"

// TimeLayout is how Jira Cloud writes times: no colon in the offset, so not RFC 3339.
const TimeLayout = "2006-01-02T15:04:05.000-0700"

// Source is the content of a site. It is safe for concurrent use.
type Source interface {
	// People lists the accounts, the first of which is the one that the site's credentials belong to.
	People() []Person
	// Fields lists the field definitions of GET /rest/api/3/field.
	Fields() []rawjson.Raw
	Projects() []Project
	// Rows lists the issues by ascending id.
	Rows() []Row
	// Issue returns the issue of a row, generated anew each time. The row may
	// also be one that Rows does not list, for an issue added later.
	Issue(row Row) Issue
	// Attachment finds an attachment by id; false where there is none.
	Attachment(id int64) (Attachment, bool)
	// Setup is what the site holds beside projects and issues.
	Setup() *Setup
}

// Person is an account.
type Person struct {
	AccountID string
	Name      string
	Active    bool
	Body      rawjson.Raw // as in "author", "assignee", "watchers"
}

// Project is a Jira project without the members that depend on what is asked.
type Project struct {
	ID         int64
	Key        string
	Name       string
	Type       string           // "software", "service_desk" or "business"
	Simplified bool             // team-managed
	Summary    []rawjson.Member // what project/search gives without expand
	Details    []rawjson.Member // what GET /project/{key} gives
	Versions   []rawjson.Raw
	Components []rawjson.Raw
}

// Row is what the site's index knows of an issue.
type Row struct {
	ID      int64
	Key     string
	Project int // index in Projects
	Number  int // the number in the key
	Created int64
	Updated int64 // both Unix milliseconds
	ordinal int   // position in Rows
}

// Item is one part of an issue's comments, worklogs, changelog or remote links.
type Item struct {
	ID   string
	Time int64 // Unix ms: created, or started for a worklog
	Body rawjson.Raw
}

// Issue is one issue with all that belongs to it.
type Issue interface {
	// Top is the members of the body beside "fields" and "changelog": id, key, self, expand.
	Top() []rawjson.Member
	// Fields is the members of "fields" in order. A nil value stands for a
	// collection that the site composes itself: comment, worklog, attachment.
	Fields() []rawjson.Member
	Comments() []Item    // oldest first
	Worklogs() []Item    // oldest first
	Changelog() []Item   // oldest first
	RemoteLinks() []Item // by ascending id
	Properties() []rawjson.Member
	Watchers() []Person
	Voters() []Person
	Attachments() []Attachment
	// Recorded is the whole body with "changelog" as it was recorded, or nil.
	Recorded() rawjson.Raw
}

// Attachment is a file of an issue.
type Attachment struct {
	ID        int64
	Issue     int64 // id of the issue
	Name      string
	MediaType string
	Size      int64
	Body      rawjson.Raw // as in the field "attachment"
	Meta      rawjson.Raw // as GET /attachment/{id} gives it
	seed      uint64
	kind      fileKind
	path      string // of the bytes on disk, where they are not made from seed
}

// Open returns the bytes, which are made or opened while they are read. What can be
// closed is to be closed.
func (a Attachment) Open() io.ReadSeeker { return a.Head(a.Size) }

// FormatTime writes Unix milliseconds as Jira does, in the time zone of the site.
func FormatTime(ms int64) string { return time.UnixMilli(ms).In(siteZone).Format(TimeLayout) }

// siteZone is a fixed offset, so that generated bodies do not depend on a time zone database.
var siteZone = time.FixedZone("", 8*3600)

// ParseTime reads a time as Jira writes it; 0 where it is not one.
func ParseTime(s string) int64 {
	t, err := time.Parse(TimeLayout, s)
	if err != nil {
		return 0
	}
	return t.UnixMilli()
}

// Head returns the first n bytes only.
func (a Attachment) Head(n int64) io.ReadSeeker {
	if a.path != "" {
		return &diskFile{path: a.path, size: n}
	}
	return newFileReader(a.seed, a.kind, n)
}
