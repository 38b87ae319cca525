package confluence

import (
	"context"
	"maps"

	"holdfast/internal/archive"
	"holdfast/internal/restore"
)

// Why tasks and what apps keep are not there.
const (
	noTask    = "the text of its page has no such task"
	noHolder  = "what it belongs to was not created"
	noMessage = "the site does not take the message of its version"
	ofTrash   = "what it belongs to is in the trash"
)

// trashMarker is the Extra of the position of what belongs to something in the trash.
const trashMarker = "trash"

// rest restores tasks, which came with the texts of their pages, and custom content.
func (r *run) rest(ctx context.Context) error {
	tasks := map[string]map[string]raw{} // of one page, by their local ids
	for g, err := range r.job.Archive.Groups(ctx, r.batch.Items, itemKinds...) {
		if err != nil {
			return err
		}
		rec := g.Item
		switch {
		case !r.wanted(rec.Kind, rec.ID):
			continue
		case g.Position.Extra == trashMarker:
			r.skip(rec.Kind, rec.ID, "", ofTrash)
		case rec.Kind == taskKind:
			err = r.task(ctx, rec, tasks)
		default:
			err = r.custom(ctx, rec)
		}
		if err != nil {
			return err
		}
		r.beat(1, 0)
	}
	return nil
}

// task sees to it that a task has the status that it had.
func (r *run) task(ctx context.Context, rec archive.Record, known map[string]map[string]raw) error {
	kind, id := pageKind, text(rec.Body, "pageId")
	if id == "" {
		kind, id = blogKind, text(rec.Body, "blogPostId")
	}
	page, ok, err := r.job.IDs.Get(ctx, kind, id)
	if err != nil {
		return err
	}
	if !ok {
		r.miss(rec.Kind, rec.ID, "", noHolder)
		return nil
	}
	tasks, asked := known[page.ID]
	if !asked {
		clear(known)
		tasks = map[string]raw{}
		known[page.ID] = tasks
		filter := "page-id"
		if kind == blogKind {
			filter = "blogpost-id"
		}
		err := r.list(ctx, v2+"/tasks", query(filter, page.ID, "include-blank-tasks", "true"), func(one raw) error {
			tasks[text(one, "localId")] = one
			return nil
		})
		if err != nil {
			return r.failed(err, rec.Kind, rec.ID, "")
		}
	}
	task, ok := tasks[text(rec.Body, "localId")]
	if !ok {
		r.miss(rec.Kind, rec.ID, "", noTask)
		return nil
	}
	if want := text(rec.Body, "status"); want != text(task, "status") {
		if _, err := r.write(ctx, "PUT "+v2+"/tasks/{id}", nil, object{"status": want}, text(task, "id")); err != nil {
			return r.failed(err, rec.Kind, rec.ID, "")
		}
	}
	refs := r.links(ctx)
	if refs.text(text(rec.Body, "body", "storage", "value")); refs.err != nil {
		return refs.err
	}
	r.job.IDs.Put(restore.Ref{Kind: taskKind, From: rec.ID, ID: text(task, "id")})
	r.done(rec.Kind, rec.ID, "", refs.why()...)
	return nil
}

// containers are what custom content may belong to, by the members that name it.
var containers = []struct{ member, kind, list string }{
	{"customContentId", customKind, v2 + "/custom-content/{id}/children"},
	{"pageId", pageKind, v2 + "/pages/{id}/custom-content"},
	{"blogPostId", blogKind, v2 + "/blogposts/{id}/custom-content"},
	{"spaceId", spaceKind, v2 + "/spaces/{id}/custom-content"},
}

// custom creates custom content, unless an earlier attempt did.
func (r *run) custom(ctx context.Context, rec archive.Record) error {
	body := object{"type": text(rec.Body, "type"), "title": text(rec.Body, "title")}
	if status := text(rec.Body, "status"); status == "draft" {
		body["status"] = status
	}
	list, of := "", restore.Ref{}
	for _, c := range containers {
		id := text(rec.Body, c.member)
		if id == "" {
			continue
		}
		ref, ok, err := r.job.IDs.Get(ctx, c.kind, id)
		if err != nil {
			return err
		}
		if !ok {
			r.miss(rec.Kind, rec.ID, "", noHolder)
			return nil
		}
		body[c.member], list, of = ref.ID, c.list, ref
		break
	}
	if list == "" {
		r.miss(rec.Kind, rec.ID, "", noHolder)
		return nil
	}
	refs := r.links(ctx)
	for format, value := range members(member(rec.Body, "body")) {
		said := text(value, "value")
		if format == "storage" {
			said = refs.text(said)
		}
		if refs.err != nil {
			return refs.err
		}
		body["body"] = object{"representation": format, "value": said}
	}
	id, err := r.findCustom(ctx, rec, list, of.ID)
	if err == nil && id == "" {
		var made raw
		made, err = r.write(ctx, "POST "+v2+"/custom-content", nil, body)
		id = text(made, "id")
	}
	if err != nil {
		return r.failed(err, rec.Kind, rec.ID, "")
	}
	why := refs.why()
	if err := r.addProperty(ctx, customKind, id, restore.OriginKey, r.origin(rec, nil)); isRefusal(err) {
		why = append(why, noOrigin)
	} else if err != nil {
		return err
	}
	if err := r.sayOfCustom(ctx, id, body, rec); isRefusal(err) {
		why = append(why, noMessage)
	} else if err != nil {
		return err
	}
	r.job.IDs.Put(restore.Ref{Kind: customKind, From: rec.ID, ID: id})
	r.done(rec.Kind, rec.ID, "", why...)
	return nil
}

// sayOfCustom gives custom content the message of its version. The API takes one with a change alone:
// it is changed to what it is.
func (r *run) sayOfCustom(ctx context.Context, id string, body object, rec archive.Record) error {
	if text(rec.Body, "version", "message") == "" {
		return nil
	}
	now, err := r.get(ctx, v2+"/custom-content/{id}", nil, id)
	said := r.message(rec.Body)
	if err != nil || text(now, "version", "message") == said {
		return err
	}
	body = maps.Clone(body)
	body["id"], body["version"] = id, object{"number": number(now, "version", "number") + 1, "message": said}
	if body["status"] == nil {
		body["status"] = "current"
	}
	_, err = r.write(ctx, "PUT "+v2+"/custom-content/{id}", nil, body, id)
	return err
}

// findCustom looks for what an earlier attempt made of custom content: of the type and title,
// with its property, or with none where it was cut off before.
func (r *run) findCustom(ctx context.Context, rec archive.Record, list, of string) (string, error) {
	q := query()
	if list != containers[0].list {
		q.Set("type", text(rec.Body, "type"))
	}
	var ids []string
	err := r.list(ctx, list, q, func(one raw) error {
		if text(one, "title") == text(rec.Body, "title") && text(one, "type") == text(rec.Body, "type") {
			ids = append(ids, text(one, "id"))
		}
		return nil
	}, of)
	if refused(err, 404) {
		return "", nil // there is none of the type yet
	}
	if err != nil {
		return "", err
	}
	bare := ""
	for _, id := range ids {
		o, err := r.readOrigin(ctx, customKind, id)
		if err != nil && !isRefusal(err) {
			return "", err
		}
		if o.ID == rec.ID {
			return id, nil
		}
		if o.ID == "" {
			bare = id
		}
	}
	return bare, nil
}
