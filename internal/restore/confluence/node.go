package confluence

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"holdfast/internal/restore"
)

// shape is what is needed of a record to make a place for it in the tree: the Extra of its
// position, so that the archive is not read in the order of the tree.
type shape struct {
	Title   string `json:"title,omitempty"`
	Subtype string `json:"subtype,omitempty"`
	Draft   bool   `json:"draft,omitempty"`
	URL     string `json:"url,omitempty"`
	// Author and Created are of what has no text: of pages they are read with it.
	Author  string `json:"author,omitempty"`
	Created string `json:"created,omitempty"`
	// Up is the kind of what it is below; empty at the root, and top below the homepage.
	Up string `json:"up,omitempty"`
	// Why says why it is at the top and not where it was.
	Why string `json:"why,omitempty"`
}

const top = "top"

// Why something is not in its place.
const (
	notSelected = "its parent was not selected: placed at the top of the space"
	notInBackup = "its parent is not in the backup: placed at the top of the space"
	notCreated  = "its parent was not created: placed at the top of the space"
	belowHome   = "the API places it below the homepage, not at the root"
	otherTitle  = "the title was taken: its id in the backup is added to it"
)

func (s shape) String() string {
	data, err := json.Marshal(s)
	if err != nil {
		return "{}" // it has texts alone
	}
	return string(data)
}

func shapeOf(p restore.Position) (shape, error) {
	var s shape
	if err := json.Unmarshal([]byte(p.Extra), &s); err != nil {
		return s, fmt.Errorf("the place of %s %s in the plan cannot be read: %w; plan again", p.Kind, p.ID, err)
	}
	return s, nil
}

// place is where something goes in the destination.
type place struct {
	parent string // empty at the root
	kind   string // of the parent
	why    string // it is not where it was
}

// place finds where something goes.
func (r *run) place(ctx context.Context, p restore.Position, s shape) (place, error) {
	switch s.Up {
	case "":
		return place{why: s.Why}, nil
	case top:
	default:
		ref, ok, err := r.job.IDs.Get(ctx, s.Up, p.Parent)
		if ok || err != nil {
			return place{ref.ID, s.Up, s.Why}, err
		}
		s.Why = notCreated
	}
	home, _, err := r.job.IDs.Get(ctx, homepageKind, r.from)
	return place{home.ID, pageKind, s.Why}, err
}

// made is something in a tree of the destination.
type made struct {
	id string
	// why says how it is not as it was.
	why []string
}

// create makes a page without text, or something else that stands in a tree.
func (r *run) create(ctx context.Context, p restore.Position, s shape, at place) (made, error) {
	m := made{}
	if at.why != "" {
		m.why = append(m.why, at.why)
	}
	id, up, err := r.post(ctx, p.Kind, s, at.parent)
	if p.Kind == pageKind && s.Title != "" && refused(err, http.StatusBadRequest, http.StatusConflict) {
		// Titles are unique in a space.
		other, look := r.titled(ctx, s.Title)
		if look != nil {
			return m, look
		}
		home, _, look := r.job.IDs.Get(ctx, homepageKind, r.from)
		switch {
		case look != nil:
			return m, look
		case other == "":
			return m, err
		case other != home.ID && r.batch.Phase != phaseTrash:
			m.id = other // it is ours, from an attempt that had another place for it
			return m, nil
		}
		s.Title = renamed(s.Title, p.ID)
		m.why = append(m.why, otherTitle)
		id, up, err = r.post(ctx, p.Kind, s, at.parent)
	} else if p.Kind == folderKind && refused(err, http.StatusBadRequest, http.StatusConflict) {
		s.Title = renamed(s.Title, p.ID)
		m.why = append(m.why, otherTitle)
		id, up, err = r.post(ctx, p.Kind, s, at.parent)
	}
	if at.parent == "" && up != "" {
		m.why = append(m.why, belowHome)
	}
	m.id = id
	return m, err
}

// renamed is the title of a page whose own is taken.
func renamed(title, id string) string { return title + " (" + id + ")" }

// post creates something in a tree, and returns what it is below.
func (r *run) post(ctx context.Context, kind string, s shape, parent string) (id, up string, err error) {
	body := object{"spaceId": r.space.ID, "title": s.Title}
	q := query()
	if parent != "" {
		body["parentId"] = parent
	} else if kind == pageKind {
		q.Set("root-level", "true")
	}
	if kind == pageKind {
		body["status"], body["body"] = "current", object{"representation": "storage", "value": ""}
		if s.Draft {
			body["status"] = "draft"
		}
		if s.Subtype != "" {
			body["subtype"] = s.Subtype
		}
	}
	if kind == embedKind {
		body["embedUrl"] = s.URL
	}
	created, err := r.write(ctx, "POST "+v2+"/"+resources[kind], q, body)
	return text(created, "id"), text(created, "parentId"), err
}

// titled is the id of the page of the space with a title; "" where there is none.
func (r *run) titled(ctx context.Context, title string) (id string, err error) {
	err = r.list(ctx, v2+"/spaces/{id}/pages", query("title", title, "status", "current", "status", "archived"), func(page raw) error {
		if text(page, "title") == title {
			id = text(page, "id")
		}
		return nil
	}, r.space.ID)
	return id, err
}
