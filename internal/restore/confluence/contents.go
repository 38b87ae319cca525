package confluence

import (
	"context"
	"strings"

	"holdfast/internal/archive"
	"holdfast/internal/restore"
)

// homeExtra is the Extra of what the homepage of the backup is in the destination; of other
// pages it is why they are not as they were.
const homeExtra = "home"

// moveMarker is the Extra of the position of a page that was made before what it is below.
const moveMarker = "move"

// contents gives pages and blog posts what they hold.
func (r *run) contents(ctx context.Context) error {
	files, err := r.files(ctx)
	if err != nil {
		return err
	}
	for g, err := range r.job.Archive.Groups(ctx, r.batch.Items, itemKinds...) {
		if err != nil {
			return err
		}
		if !r.wantedOf(g, attachmentKind, olderFileKind, labelKind, propertyKind, versionKind) {
			continue
		}
		if _, err := r.content(ctx, g, files[g.Item.ID]); err != nil {
			return err
		}
		r.beat(1, 0)
	}
	return nil
}

// files finds the files of the batch's items.
func (r *run) files(ctx context.Context) (map[string][]restore.File, error) {
	if r.job.Plan.Spec.Options.NoAttachments {
		return nil, nil
	}
	var ids []string
	for _, p := range r.batch.Items {
		ids = append(ids, p.ID)
	}
	return r.job.Archive.Files(ctx, r.batch.Container, ids)
}

// wantedOf reports whether an item, or one of its parts of these kinds, is to be restored.
func (r *run) wantedOf(g restore.Group, kinds ...string) bool {
	if r.job.Only == nil || r.job.Only(g.Item.Kind, g.Item.ID) {
		return true
	}
	for part, err := range g.Parts.All(kinds...) {
		if err != nil || r.job.Only(part.Kind, part.ID) {
			return true
		}
	}
	return false
}

// item is a page or blog post that is being restored.
type item struct {
	restore.Group
	kind string
	id   string // in the destination
	// draft says that it was never published.
	draft bool
	// home says that it is the homepage, which the site made.
	home  bool
	title string
	why   []string // it is not as it was
	refs  *references
}

// content gives one item its files, its text, its labels and its properties. It returns
// nil where the item is not there.
func (r *run) content(ctx context.Context, g restore.Group, files []restore.File) (*item, error) {
	it, err := r.item(ctx, g)
	if it == nil || err != nil {
		return nil, err
	}
	if err := r.attachments(ctx, it, files); err != nil {
		return nil, err
	}
	if err := r.body(ctx, it); err != nil {
		return nil, err
	}
	if err := r.labels(ctx, it); err != nil {
		return nil, err
	}
	if err := r.properties(ctx, it); err != nil {
		return nil, err
	}
	for rec, err := range it.Parts.All(restrictKind) {
		if err != nil {
			return nil, err
		}
		if !restricts(rec.Body) || r.batch.Phase == phaseTrash {
			r.done(rec.Kind, rec.ID, it.Item.ID) // nothing is to be written
		}
	}
	return it, nil
}

// body writes the text of an item, and tells of the item.
func (r *run) body(ctx context.Context, it *item) error {
	move := ""
	if it.Position.Extra == moveMarker {
		ref, ok, err := r.job.IDs.Get(ctx, text(it.Item.Body, "parentType"), text(it.Item.Body, "parentId"))
		if err != nil {
			return err
		}
		if move = ref.ID; !ok {
			it.why = append(it.why, notCreated)
		}
	}
	if err := r.publish(ctx, it, move); err != nil {
		return r.failed(err, it.kind, it.Item.ID, "")
	}
	r.done(it.kind, it.Item.ID, "", it.why...)
	return nil
}

// item finds what an item is in the destination, or makes it where that failed before.
func (r *run) item(ctx context.Context, g restore.Group) (*item, error) {
	rec := g.Item
	it := &item{Group: g, kind: rec.Kind, title: text(rec.Body, "title"), draft: text(rec.Body, "status") == "draft", refs: r.links(ctx)}
	if r.space.ID == "" {
		r.miss(rec.Kind, rec.ID, "", noSpace)
		return nil, nil
	}
	ref, ok, err := r.job.IDs.Get(ctx, rec.Kind, rec.ID)
	if err != nil {
		return nil, err
	}
	if !ok {
		if ref, err = r.late(ctx, g); err != nil {
			return nil, r.failed(err, rec.Kind, rec.ID, "")
		}
	}
	it.id, it.home = ref.ID, ref.Extra == homeExtra
	if ref.Extra != "" && !it.home {
		it.why = append(it.why, ref.Extra)
	}
	if it.home && text(rec.Body, "subtype") == "live" {
		it.why = append(it.why, homeIsPage)
	}
	if strings.Contains(ref.Extra, otherTitle) {
		it.title = renamed(it.title, rec.ID)
	}
	return it, nil
}

// late makes a page or blog post that was not made in its turn.
func (r *run) late(ctx context.Context, g restore.Group) (restore.Ref, error) {
	rec := g.Item
	ref := restore.Ref{Kind: rec.Kind, From: rec.ID}
	if rec.Kind == blogKind {
		title := text(rec.Body, "title")
		id, err := r.blog(ctx, rec, title)
		if refused(err, 400, 409) && r.batch.Phase == phaseTrash {
			ref.Extra = otherTitle
			id, err = r.blog(ctx, rec, renamed(title, rec.ID))
		}
		ref.ID = id
		if err == nil {
			r.job.IDs.Put(ref)
		}
		return ref, err
	}
	p := g.Position
	p.Parent = text(rec.Body, "parentId")
	s := pageShape(rec)
	at, err := r.place(ctx, p, s)
	if err != nil {
		return ref, err
	}
	have, err := r.siblings(ctx, at)
	if err != nil {
		return ref, err
	}
	return r.page(ctx, p, s, at, have)
}

// pageShape is the place of a page as its record has it.
func pageShape(rec archive.Record) shape {
	s := shape{Title: text(rec.Body, "title"), Draft: text(rec.Body, "status") == "draft", Up: text(rec.Body, "parentType")}
	if text(rec.Body, "subtype") == "live" {
		s.Subtype = "live"
	}
	if text(rec.Body, "parentId") == "" {
		s.Up = ""
	}
	return s
}
