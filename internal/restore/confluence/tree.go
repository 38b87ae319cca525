package confluence

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"holdfast/internal/archive"
	"holdfast/internal/restore"
)

// tree makes a place for each item of a level of the tree, in the order of siblings. Pages
// are told of when they have their text.
func (r *run) tree(ctx context.Context) error {
	var have siblings
	for _, p := range r.batch.Items {
		if r.space.ID == "" {
			if p.Kind != pageKind {
				r.miss(p.Kind, p.ID, "", noSpace)
			}
			continue
		}
		if p.Kind != pageKind && !r.wanted(p.Kind, p.ID) {
			continue
		}
		s, err := shapeOf(p)
		if err != nil {
			return err
		}
		at, err := r.place(ctx, p, s)
		if err != nil {
			return err
		}
		if have.of == nil || have.parent != at.parent {
			if have, err = r.siblings(ctx, at); err != nil {
				return err
			}
		}
		if err := r.node(ctx, p, s, at, have); err != nil {
			return err
		}
		if p.Kind != pageKind {
			r.beat(1, 0)
		}
	}
	return nil
}

const noSpace = "its space was not created"

// node makes a place for one item, or finds the one that an earlier attempt made.
func (r *run) node(ctx context.Context, p restore.Position, s shape, at place, have siblings) error {
	if p.Kind == pageKind {
		_, err := r.page(ctx, p, s, at, have)
		if _, ok := refusal(err); ok {
			return nil // it is tried again with its text, and told of then
		}
		return err
	}
	m, err := r.make(ctx, p, s, at, have)
	if err != nil {
		return r.failed(err, p.Kind, p.ID, "")
	}
	body, err := json.Marshal(object{"authorId": s.Author, "createdAt": s.Created})
	if err != nil {
		return err
	}
	err = r.addProperty(ctx, p.Kind, m.id, restore.OriginKey, r.origin(archive.Record{Kind: p.Kind, ID: p.ID, Body: body}, nil))
	if _, ok := refusal(err); ok {
		m.why = append(m.why, noOrigin)
	} else if err != nil {
		return err
	}
	if p.Kind == whiteboardKind || p.Kind == databaseKind {
		m.why = append(m.why, emptyShell)
	}
	r.job.IDs.Put(restore.Ref{Kind: p.Kind, From: p.ID, ID: m.id})
	r.done(p.Kind, p.ID, "", m.why...)
	return nil
}

// page makes a place for a page.
func (r *run) page(ctx context.Context, p restore.Position, s shape, at place, have siblings) (restore.Ref, error) {
	ref, known, err := r.job.IDs.Get(ctx, p.Kind, p.ID)
	if known || err != nil {
		return ref, err // the homepage, or one of an earlier try
	}
	m, err := r.make(ctx, p, s, at, have)
	if err != nil {
		return ref, err
	}
	ref = restore.Ref{Kind: p.Kind, From: p.ID, ID: m.id, Extra: strings.Join(m.why, "; ")}
	r.job.IDs.Put(ref)
	return ref, nil
}

// make finds what an earlier attempt made of an item, or creates it.
func (r *run) make(ctx context.Context, p restore.Position, s shape, at place, have siblings) (made, error) {
	m := made{}
	if at.why != "" {
		m.why = append(m.why, at.why)
	}
	if s.Draft {
		id, err := r.draft(ctx, p.Kind, s.Title, at.parent)
		if m.id = id; id != "" || err != nil {
			return m, err
		}
		return r.create(ctx, p, s, at)
	}
	for _, title := range []string{s.Title, renamed(s.Title, p.ID)} {
		id, err := r.there(ctx, have, p, title)
		if err != nil {
			return m, err
		}
		if m.id = id; id != "" {
			if have.home[id] {
				m.why = append(m.why, belowHome)
			}
			if title != s.Title {
				m.why = append(m.why, otherTitle)
			}
			return m, nil
		}
	}
	return r.create(ctx, p, s, at)
}

// there takes what an earlier attempt made of an item. The title of a page says enough before
// contents are written; what is for the trash may have that of something in use, and whatever
// else has titles may have the same one. Those have properties then.
func (r *run) there(ctx context.Context, have siblings, p restore.Position, title string) (string, error) {
	if r.batch.Phase != phaseTrash && (p.Kind == pageKind || p.Kind == blogKind) {
		return have.take(p.Kind, title), nil
	}
	for _, id := range have.of[[2]string{p.Kind, title}] {
		o, err := r.readOrigin(ctx, p.Kind, id)
		if err != nil && !isRefusal(err) {
			return "", err
		}
		if err == nil && (o.ID == "" || o.ID == p.ID) {
			return id, nil
		}
	}
	return "", nil
}

const (
	noOrigin   = "the site does not take the property that says what it is of"
	emptyShell = "it is empty: the API neither gives nor takes what is on it"
)

// siblings are what is below one parent in the destination, by kind and title.
type siblings struct {
	parent string
	of     map[[2]string][]string
	// home are those that are below the homepage, where they may be in place of the root.
	home map[string]bool
}

// take returns the first of a kind and title that was not taken yet; "" where there is none.
func (s siblings) take(kind, title string) string {
	key := [2]string{kind, title}
	ids := s.of[key]
	if len(ids) == 0 {
		return ""
	}
	s.of[key] = ids[1:]
	return ids[0]
}

func (s siblings) add(kind, title, id string) {
	key := [2]string{kind, title}
	s.of[key] = append(s.of[key], id)
}

// siblings asks what is below a parent, in the order of the ids.
func (r *run) siblings(ctx context.Context, at place) (siblings, error) {
	s := siblings{parent: at.parent, of: map[[2]string][]string{}, home: map[string]bool{}}
	if at.parent == "" {
		return s, r.roots(ctx, s)
	}
	err := r.list(ctx, v2+"/"+resources[at.kind]+"/{id}/direct-children", query("sort", "id"), func(child raw) error {
		s.add(text(child, "type"), text(child, "title"), text(child, "id"))
		return nil
	}, at.parent)
	return s, err
}

// roots asks what is at the root of the space: pages by their list, whatever else by a
// search, since there is no list of it.
func (r *run) roots(ctx context.Context, s siblings) error {
	err := r.list(ctx, v2+"/spaces/{id}/pages", query("depth", "root", "sort", "id", "status", "current", "status", "archived"), func(page raw) error {
		s.add(pageKind, text(page, "title"), text(page, "id"))
		return nil
	}, r.space.ID)
	if err != nil {
		return err
	}
	others := false
	for _, p := range r.batch.Items {
		others = others || p.Kind != pageKind
	}
	if !others {
		return nil
	}
	home, ok, err := r.job.IDs.Get(ctx, homepageKind, r.from)
	if err != nil {
		return err
	}
	if ok {
		err = r.list(ctx, v2+"/pages/{id}/direct-children", query("sort", "id"), func(child raw) error {
			if kind := text(child, "type"); kind != pageKind {
				s.add(kind, text(child, "title"), text(child, "id"))
				s.home[text(child, "id")] = true
			}
			return nil
		}, home.ID)
		if err != nil {
			return err
		}
	}
	quoted, err := json.Marshal(r.space.Key) // a string of CQL is quoted and escaped as one of JSON
	if err != nil {
		return err
	}
	cql := fmt.Sprintf("space = %s and type in (folder, whiteboard, database, embed)", quoted)
	err = r.list(ctx, v1+"/search", query("cql", cql, "excerpt", "none"), func(hit raw) error {
		kind, id := text(hit, "content", "type"), text(hit, "content", "id")
		if resources[kind] == "" {
			return nil
		}
		node, err := r.get(ctx, v2+"/"+resources[kind]+"/{id}", nil, id)
		if err == nil && text(node, "parentId") == "" {
			s.add(kind, text(node, "title"), id)
		}
		if _, ok := refusal(err); ok {
			return nil
		}
		return err
	})
	if refused(err, 400, 403, 404) {
		return nil // a site without search has no more to offer
	}
	return err
}
