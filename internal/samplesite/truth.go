package samplesite

import (
	"io"
	"iter"
	"slices"
	"strconv"

	"holdfast/internal/samplesite/content"
	"holdfast/internal/samplesite/rawjson"
)

// Truth is the site's own content, read without HTTP: what a backup is
// compared with. It shows the content as it is at the moment of the call.
type Truth struct{ site *Site }

// Truth returns the site's content.
func (s *Site) Truth() Truth { return Truth{s} }

// TrueProject is a project and whether the account sees it.
type TrueProject struct {
	content.Project
	Forbidden bool // the account does not see the project
	NoBrowse  bool // the account sees it but none of its issues
}

// Body returns the exact body of GET /rest/api/3/project/{key}.
func (p TrueProject) Body() rawjson.Raw { return rawjson.Members(p.Details) }

// Projects yields every project.
func (t Truth) Projects() iter.Seq[TrueProject] {
	return func(yield func(TrueProject) bool) {
		w := t.site.world
		for i, p := range t.site.src.Projects() {
			w.mu.RLock()
			one := TrueProject{Project: p, Forbidden: !w.listed(i), NoBrowse: w.noBrowse[i]}
			w.mu.RUnlock()
			if !yield(one) {
				return
			}
		}
	}
}

// Fields returns the field definitions as GET /rest/api/3/field lists them.
func (t Truth) Fields() []rawjson.Raw { return t.site.src.Fields() }

// People returns every account, as issues show it.
func (t Truth) People() []content.Person { return t.site.src.People() }

// TrueIssue is an issue, whether the account sees it, and all that belongs to it.
type TrueIssue struct {
	content.Row
	Deleted bool
	Hidden  bool // by a security level, or because its project is not readable
	site    *Site
	content.Issue
}

// Issues yields every issue of a project by ascending id, deleted and hidden ones included.
func (t Truth) Issues(projectKey string) iter.Seq[TrueIssue] {
	return func(yield func(TrueIssue) bool) {
		w := t.site.world
		projects := t.site.src.Projects()
		w.mu.RLock()
		rows := slices.Clone(w.rows)
		w.mu.RUnlock()
		for _, row := range rows {
			if projects[row.Project].Key == projectKey && !yield(t.issue(row)) {
				return
			}
		}
	}
}

// Issue returns an issue by id or key, also a deleted or hidden one.
func (t Truth) Issue(idOrKey string) (TrueIssue, bool) {
	w := t.site.world
	w.mu.RLock()
	i, found := w.position(idOrKey)
	var row content.Row
	if found {
		row = w.rows[i]
	}
	w.mu.RUnlock()
	if !found {
		return TrueIssue{}, false
	}
	return t.issue(row), true
}

func (t Truth) issue(row content.Row) TrueIssue {
	w := t.site.world
	w.mu.RLock()
	defer w.mu.RUnlock()
	one := TrueIssue{Row: row, site: t.site, Issue: t.site.src.Issue(row)}
	if f := w.issues[row.ID]; f != nil {
		one.Deleted, one.Hidden = f.deleted, f.hidden
	}
	one.Hidden = one.Hidden || !w.listed(row.Project) || w.noBrowse[row.Project]
	return one
}

// IDText returns the issue's id as bodies have it.
func (i TrueIssue) IDText() string { return strconv.FormatInt(i.ID, 10) }

// Body returns the exact body that bulkfetch gives for fields "*all" and what expand names.
func (i TrueIssue) Body(expand ...string) rawjson.Raw {
	return i.site.body(i.Row, shape{fields: selected([]string{"*all"}, ""), expand: expand})
}

// Comments returns the comments that were not deleted, oldest first.
func (i TrueIssue) Comments() []content.Item {
	return i.site.world.comments(i.Row, i.Issue.Comments())
}

// WatchersBody and VotesBody are the exact bodies of /watchers and /votes.
func (i TrueIssue) WatchersBody() rawjson.Raw { return i.site.watchers(i.Row) }

// VotesBody is the exact body of /votes.
func (i TrueIssue) VotesBody() rawjson.Raw { return i.site.votes(i.Row) }

// TrueAttachment is an attachment and whether its bytes can be had.
type TrueAttachment struct {
	content.Attachment
	Lost bool // still listed, bytes gone
	site *Site
}

// Open returns the bytes that the site gives, which may be fewer than announced.
func (a TrueAttachment) Open() io.ReadSeeker { return a.site.bytesOf(a.Attachment) }

// Attachments returns the attachments that the issue lists.
func (i TrueIssue) Attachments() []TrueAttachment {
	var out []TrueAttachment
	for _, a := range i.site.world.attachments(i.Issue.Attachments()) {
		out = append(out, TrueAttachment{Attachment: a, Lost: i.site.world.isLost(a.ID), site: i.site})
	}
	return out
}
