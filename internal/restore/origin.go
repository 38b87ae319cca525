package restore

import (
	"time"

	"holdfast/internal/archive"
)

// OriginKey is the property that says what something was in the backup (T6). A restore
// finds by it what an earlier attempt created (T5).
const OriginKey = "holdfast.origin"

// PanelMark begins the text of the panel that a restore puts at the top of what somebody wrote.
const PanelMark = "Restored by holdfast"

// Origin is the value of that property.
type Origin struct {
	Restore string `json:"restore"`
	Backup  string `json:"backup"`
	Site    string `json:"site"`
	Kind    string `json:"kind"`
	ID      string `json:"id"`
	Key     string `json:"key,omitempty"`
	// Author wrote it at Created, Changer changed it last at Updated: ids of accounts, and
	// times as the backup has them.
	Author      string `json:"author,omitempty"`
	AuthorName  string `json:"authorName,omitempty"`
	Created     string `json:"created,omitempty"`
	Changer     string `json:"changer,omitempty"`
	ChangerName string `json:"changerName,omitempty"`
	Updated     string `json:"updated,omitempty"`
	// Version is that of a text that has versions.
	Version int `json:"version,omitempty"`
	// Resolved is when an issue was resolved.
	Resolved string `json:"resolved,omitempty"`
	// Refused are the fields that the site did not take.
	Refused []string `json:"refused,omitempty"`
}

// OriginOf is that of a record, without who wrote it and when.
func (p Plan) OriginOf(r archive.Record) Origin {
	return Origin{Restore: p.Spec.ID, Backup: p.Spec.BackupID, Site: p.Source, Kind: r.Kind, ID: r.ID, Key: r.Key}
}

// Sentence says it for people: the text of a panel.
func (o Origin) Sentence() string {
	s := PanelMark + " from " + o.Site + ": " + o.Written()
	created, updated := when(o.Created), when(o.Updated)
	if updated == "" || updated == created && (o.Changer == "" || o.Changer == o.Author) {
		return s
	}
	return s + ", last changed" + by(o.Changer, o.ChangerName) + " on " + updated
}

// Written says who wrote it, and when.
func (o Origin) Written() string {
	s := "written" + by(o.Author, o.AuthorName)
	if o.Created != "" {
		s += " on " + when(o.Created)
	}
	return s
}

// by names an account as well as it is known.
func by(accountID, name string) string {
	switch {
	case name != "":
		return " by " + name
	case accountID != "":
		return " by account " + accountID
	}
	return ""
}

// when writes a time of Jira or of Confluence for people; one that it cannot read it leaves as it is.
func when(t string) string {
	for _, layout := range []string{"2006-01-02T15:04:05.000-0700", time.RFC3339} {
		if at, err := time.Parse(layout, t); err == nil {
			return at.UTC().Format("2006-01-02 15:04 UTC")
		}
	}
	return t
}
