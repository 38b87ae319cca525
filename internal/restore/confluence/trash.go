package confluence

import (
	"context"
	"slices"

	"holdfast/internal/restore"
)

// trash makes what was in the trash, with all that it holds, and puts it there again. Its
// title may be taken by now.
func (r *run) trash(ctx context.Context) error {
	files, err := r.files(ctx)
	if err != nil {
		return err
	}
	var have siblings
	for g, err := range r.job.Archive.Groups(ctx, r.batch.Items, itemKinds...) {
		if err != nil {
			return err
		}
		if r.space.ID == "" {
			r.miss(g.Item.Kind, g.Item.ID, "", noSpace)
			continue
		}
		if !r.wanted(g.Item.Kind, g.Item.ID) {
			continue
		}
		if have.of == nil {
			if have, err = r.trashed(ctx); err != nil {
				return err
			}
		}
		if err := r.discard(ctx, g, files[g.Item.ID], have); err != nil {
			return err
		}
		r.beat(1, 0)
	}
	return nil
}

// trashed lists what is in the trash of the space.
func (r *run) trashed(ctx context.Context) (siblings, error) {
	s := siblings{of: map[[2]string][]string{}}
	for _, kind := range []string{pageKind, blogKind} {
		err := r.list(ctx, v2+"/spaces/{id}/"+resources[kind], query("status", "trashed", "sort", "id"), func(one raw) error {
			s.add(kind, text(one, "title"), text(one, "id"))
			return nil
		}, r.space.ID)
		if err != nil {
			return s, err
		}
	}
	return s, nil
}

// discard restores one item into the trash.
func (r *run) discard(ctx context.Context, g restore.Group, files []restore.File, have siblings) error {
	rec := g.Item
	title := text(rec.Body, "title")
	for _, name := range []string{title, renamed(title, rec.ID)} {
		// One that was cut off between its deletion and this batch's end.
		id, err := r.mine(ctx, have, rec.Kind, name, rec.ID)
		if err != nil {
			return err
		}
		if id != "" {
			r.job.IDs.Put(restore.Ref{Kind: rec.Kind, From: rec.ID, ID: id})
			return r.tellDiscarded(g, name != title)
		}
	}
	it, err := r.content(ctx, g, files)
	if err != nil || it == nil {
		return err
	}
	if err := r.commentsOf(ctx, it); err != nil {
		return err
	}
	if _, err := r.write(ctx, "DELETE "+v2+"/"+resources[it.kind]+"/{id}", nil, nil, it.id); err != nil {
		return r.failed(err, it.kind, rec.ID, "")
	}
	return nil
}

// tellDiscarded tells of an item that is in the trash, with all that it holds.
func (r *run) tellDiscarded(g restore.Group, renamed bool) error {
	var why []string
	if renamed {
		why = append(why, otherTitle)
	}
	r.done(g.Item.Kind, g.Item.ID, "", why...)
	t := tally{counting: newCounting(nil, r.job.Plan.Spec), versions: map[string]int{}}
	t.fate(g.Item)
	for rec, err := range g.Parts.All() {
		if err != nil {
			return err
		}
		if f, note := t.fate(rec); f != create && slices.Contains(commentKinds, rec.Kind) {
			r.skip(rec.Kind, rec.ID, rec.Parent, note)
		} else if f == create && text(rec.Body, "key") == restore.OriginKey {
			r.skip(rec.Kind, rec.ID, rec.Parent, replacedOrigin)
		} else if f == create {
			r.done(rec.Kind, rec.ID, rec.Parent)
		}
	}
	return nil
}

// mine takes what an earlier attempt put into the trash of an item, by its property.
func (r *run) mine(ctx context.Context, have siblings, kind, title, from string) (string, error) {
	for _, id := range have.of[[2]string{kind, title}] {
		o, err := r.readOrigin(ctx, kind, id)
		if err != nil && !isRefusal(err) {
			return "", err
		}
		if o.ID == from && o.Restore == r.job.Plan.Spec.ID {
			return id, nil
		}
	}
	return "", nil
}
