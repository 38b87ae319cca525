package confluence

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strconv"

	"holdfast/internal/archive"
	"holdfast/internal/atlassian"
	"holdfast/internal/restore"
)

// Why a file is not there.
const (
	noBytes     = "its bytes are not in the backup"
	newestOnly  = "its older versions are not in the backup: its version is another number"
	attachRoute = v1 + "/content/{id}/child/attachment"
)

// attachments gives an item its files, each version after the one before it: those first
// that are in the trash, so that their names are free again.
func (r *run) attachments(ctx context.Context, it *item, files []restore.File) error {
	if r.job.Plan.Spec.Options.NoAttachments || it.Parts.Len(attachmentKind) == 0 {
		return nil
	}
	have, err := r.attached(ctx, it)
	if err != nil {
		return err
	}
	for _, trashed := range []bool{true, false} {
		for rec, err := range it.Parts.All(attachmentKind) {
			if err == nil && (text(rec.Body, "status") == "trashed") == trashed {
				err = r.attachment(ctx, it, rec, versionsOf(rec.ID, files), have)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// versionsOf are the files of an attachment, the oldest first.
func versionsOf(id string, files []restore.File) []restore.File {
	var of []restore.File
	for _, f := range files {
		if f.Row.ID == id {
			of = append(of, f)
		}
	}
	slices.SortFunc(of, func(a, b restore.File) int { return cmp.Compare(a.Row.Version, b.Row.Version) })
	return of
}

// attached is a file that an item of the destination has.
type attached struct {
	id, name, file string
	version        int
	trashed        bool
}

// attached lists the files of an item of the destination.
func (r *run) attached(ctx context.Context, it *item) (*[]attached, error) {
	var have []attached
	err := r.list(ctx, v2+"/"+resources[it.kind]+"/{id}/attachments", query("status", "current", "status", "archived", "status", "trashed"), func(a raw) error {
		have = append(have, attached{
			id: text(a, "id"), name: text(a, "title"), file: text(a, "fileId"),
			version: number(a, "version", "number"), trashed: text(a, "status") == "trashed",
		})
		return nil
	}, it.id)
	return &have, err
}

// attachment uploads the versions of a file that are not there yet.
func (r *run) attachment(ctx context.Context, it *item, rec archive.Record, versions []restore.File, have *[]attached) error {
	if len(versions) == 0 {
		r.miss(attachmentKind, rec.ID, it.Item.ID, noBytes)
		return nil
	}
	older, err := r.olderFiles(it, rec.ID)
	if err != nil {
		return err
	}
	trashed := text(rec.Body, "status") == "trashed"
	name := text(rec.Body, "title")
	at, err := r.claim(ctx, rec.ID, name, trashed, have)
	if err != nil {
		return err
	}
	for n := at.version; n < len(versions) && !at.trashed; n++ {
		described := rec
		if v, ok := older[versions[n].Row.Version]; ok {
			described = v
		}
		up, err := r.upload(ctx, it, described, name, versions[n])
		if err != nil {
			return r.failed(err, attachmentKind, rec.ID, it.Item.ID)
		}
		up.version = n + 1
		at = up
		r.beat(0, versions[n].Row.Size)
		if was := text(described.Body, "fileId"); was != "" {
			it.refs.files[was] = at.file
		}
	}
	it.refs.files[text(rec.Body, "fileId")] = at.file
	var why []string
	err = r.addProperty(ctx, attachmentKind, at.id, restore.OriginKey, r.origin(rec, nil))
	if trashed && !at.trashed && (err == nil || isRefusal(err)) {
		if _, err := r.write(ctx, "DELETE "+v2+"/attachments/{id}", nil, nil, at.id); err != nil {
			return r.failed(err, attachmentKind, rec.ID, it.Item.ID)
		}
	}
	if isRefusal(err) {
		if !trashed {
			why = append(why, noOrigin)
		}
	} else if err != nil {
		return err
	}
	if text(rec.Body, "status") == "archived" {
		why = append(why, notFiledAway)
	}
	if newest := number(rec.Body, "version", "number"); newest > len(versions) {
		why = append(why, newestOnly)
	}
	r.job.IDs.Put(restore.Ref{Kind: attachmentKind, From: rec.ID, ID: at.id, Extra: at.file})
	r.done(attachmentKind, rec.ID, it.Item.ID, why...)
	for _, f := range versions[:len(versions)-1] {
		var why []string
		if text(older[f.Row.Version].Body, "status") == "archived" {
			why = append(why, notFiledAway)
		}
		delete(older, f.Row.Version)
		r.done(olderFileKind, strconv.Itoa(f.Row.Version), rec.ID, why...)
	}
	for _, n := range slices.Sorted(maps.Keys(older)) {
		r.miss(olderFileKind, older[n].ID, rec.ID, noBytes)
	}
	return nil
}

func isRefusal(err error) bool {
	_, ok := refusal(err)
	return ok
}

// olderFiles are the records of the older versions of an attachment, by their numbers.
func (r *run) olderFiles(it *item, id string) (map[int]archive.Record, error) {
	older := map[int]archive.Record{}
	if it.Parts.Len(olderFileKind) == 0 {
		return older, nil
	}
	for v, err := range it.Parts.All(olderFileKind) {
		if err != nil {
			return nil, err
		}
		if v.Parent == id {
			older[number(v.Body, "version", "number")] = v
		}
	}
	return older, nil
}

// claim takes what an earlier attempt made of a file out of what is there; its zero value
// means that nothing is. What belongs into the trash may have been cut off before it went there: it has
// the name alone then, or the property.
func (r *run) claim(ctx context.Context, id, name string, trashed bool, have *[]attached) (attached, error) {
	for _, gone := range []bool{true, false} {
		for i, a := range *have {
			if a.name != name || a.trashed != gone || gone && !trashed {
				continue
			}
			o, err := r.readOrigin(ctx, attachmentKind, a.id)
			if err != nil && !isRefusal(err) {
				return attached{}, err
			}
			if o.ID != "" && o.ID != id {
				continue
			}
			*have = slices.Delete(*have, i, i+1)
			return a, nil
		}
	}
	return attached{}, nil
}

// upload sends one version of a file.
func (r *run) upload(ctx context.Context, it *item, rec archive.Record, name string, f restore.File) (attached, error) {
	status := "current"
	if it.draft {
		status = "draft"
	}
	fields := map[string]string{"minorEdit": "false"}
	if truth(rec.Body, "version", "minorEdit") {
		fields["minorEdit"] = "true"
	}
	if comment := text(rec.Body, "comment"); comment != "" {
		fields["comment"] = comment
	}
	reply, err := r.client.Upload(ctx, atlassian.Upload{
		Request: atlassian.Request{Route: "PUT " + attachRoute, Path: []string{it.id}, Query: query("status", status)},
		Field:   "file", Fields: fields, Name: name, Type: f.Row.MediaType, Size: f.Row.Size, Open: f.Open,
	})
	if err != nil {
		return attached{}, r.sure(ctx, err)
	}
	one := reply.Body
	for first := range atlassian.Elements(member(reply.Body, "results")) {
		one = first
		break
	}
	a := attached{id: text(one, "id"), name: name, file: text(one, "extensions", "fileId")}
	if a.id == "" {
		return a, atlassian.NewError(atlassian.ClassProtocol, reply.Status, "PUT "+attachRoute, "the reply names no attachment")
	}
	if a.file == "" {
		described, err := r.get(ctx, v2+"/attachments/{id}", nil, a.id)
		if err != nil {
			return a, err
		}
		a.file = text(described, "fileId")
	}
	return a, nil
}
