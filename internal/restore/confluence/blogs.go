package confluence

import (
	"context"

	"holdfast/internal/archive"
	"holdfast/internal/restore"
)

// blogs creates blog posts without text, with the time of their creation: the one time
// that the API lets us set. They are told of when they have their text.
func (r *run) blogs(ctx context.Context) error {
	if r.space.ID == "" {
		return nil
	}
	for g, err := range r.job.Archive.Groups(ctx, r.batch.Items, itemKinds...) {
		if err != nil {
			return err
		}
		if _, known, err := r.job.IDs.Get(ctx, blogKind, g.Item.ID); known || err != nil {
			if err != nil {
				return err
			}
			continue
		}
		id, err := r.blog(ctx, g.Item, text(g.Item.Body, "title"))
		if err != nil {
			if _, ok := refusal(err); ok {
				continue // it is tried again with its text, and told of then
			}
			return err
		}
		r.job.IDs.Put(restore.Ref{Kind: blogKind, From: g.Item.ID, ID: id})
	}
	return nil
}

// blog creates a blog post, or finds the one of an earlier attempt: of the same title and
// time.
func (r *run) blog(ctx context.Context, rec archive.Record, title string) (string, error) {
	created, status := text(rec.Body, "createdAt"), "current"
	if text(rec.Body, "status") == "draft" {
		status = "draft"
	}
	if status == "draft" {
		if id, err := r.draft(ctx, rec.Kind, title, ""); id != "" || err != nil {
			return id, err
		}
	} else {
		have := siblings{of: map[[2]string][]string{}}
		err := r.list(ctx, v2+"/spaces/{id}/blogposts", query("title", title, "status", "current"), func(post raw) error {
			if text(post, "title") == title && sameTime(text(post, "createdAt"), created) {
				have.add(rec.Kind, title, text(post, "id"))
			}
			return nil
		}, r.space.ID)
		if err != nil {
			return "", err
		}
		if id, err := r.there(ctx, have, restore.Position{Kind: rec.Kind, ID: rec.ID}, title); id != "" || err != nil {
			return id, err
		}
	}
	body := object{
		"spaceId": r.space.ID, "status": status, "title": title,
		"body": object{"representation": "storage", "value": ""},
	}
	if created != "" {
		body["createdAt"] = created
	}
	post, err := r.write(ctx, "POST "+v2+"/blogposts", nil, body)
	return text(post, "id"), err
}
