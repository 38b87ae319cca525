package jira

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"

	"holdfast/internal/archive"
	"holdfast/internal/atlassian"
	"holdfast/internal/restore"
)

// attachments uploads the issue's files. They have no properties: one that is there is known by its
// name and size, the first by the first of its likes.
func (d *issueDetails) attachments(ctx context.Context) error {
	d.media = map[string]string{}
	if d.job.Plan.Spec.Options.NoAttachments {
		return nil
	}
	have := map[fileID][]string{}
	for _, f := range inOrder(atlassian.Member(d.now.fields, "attachment")) {
		size, _ := atlassian.Int(atlassian.Member(f, "size"))
		id := fileID{textOf(f, "filename"), size}
		have[id] = append(have[id], textOf(f, "id"))
	}
	bytes := map[string]restore.File{}
	for _, f := range d.files {
		bytes[f.Row.ID] = f
	}
	records, err := collect(d.group.Parts.All("attachment"))
	if err != nil {
		return err
	}
	for _, r := range sortByNumber(records["attachment"]) {
		size, _ := atlassian.Int(atlassian.Member(r.Body, "size"))
		id := fileID{textOf(r.Body, "filename"), size}
		if left := have[id]; len(left) > 0 {
			have[id] = left[1:]
			d.put(r.Kind, r.ID, left[0], "", "")
			d.written(r)
			continue
		}
		if !d.wanted(r.Kind, r.ID) {
			continue
		}
		f, ok := bytes[r.ID]
		if !ok {
			d.missed(r, "its bytes are not in the backup")
			continue
		}
		if err := d.upload(ctx, r, id, f); err != nil {
			return err
		}
	}
	return nil
}

// fileID is what files are known by.
type fileID struct {
	name string
	size int64
}

// inOrder are the entries of a list in the order of their ids, which is that of their making.
func inOrder(list []byte) []json.RawMessage {
	var all []json.RawMessage
	for e := range atlassian.Elements(list) {
		all = append(all, e)
	}
	slices.SortStableFunc(all, func(a, b json.RawMessage) int {
		x, _ := atlassian.Int([]byte(textOf(a, "id")))
		y, _ := atlassian.Int([]byte(textOf(b, "id")))
		return int(x - y)
	})
	return all
}

func (d *issueDetails) upload(ctx context.Context, r archive.Record, id fileID, f restore.File) error {
	d.wrote = true
	reply, err := d.target.client.Upload(ctx, atlassian.Upload{
		Request: atlassian.Request{Route: "POST " + issueRoute + "/attachments", Path: []string{d.now.ref.ID}},
		Field:   "file", Name: id.name, Type: f.Row.MediaType, Size: f.Row.Size, Open: f.Open,
	})
	if why := refused(err); why != nil {
		if why.status == http.StatusRequestEntityTooLarge {
			d.missed(r, "it is larger than the destination takes")
		} else {
			d.missed(r, why.reason())
		}
		return nil
	}
	if err != nil {
		return err
	}
	for made := range atlassian.Elements(reply.Body) {
		d.put(r.Kind, r.ID, textOf(made, "id"), "", "")
	}
	d.written(r)
	d.beat(0, f.Row.Size)
	return nil
}

// mediaOf is the id at the media service of the issue's first file of a name.
func (d *issueDetails) mediaOf(ctx context.Context, name string) (string, bool, error) {
	if id, ok := d.media[name]; ok {
		return id, id != "", nil
	}
	records, err := collect(d.group.Parts.All("attachment"))
	if err != nil {
		return "", false, err
	}
	for _, r := range sortByNumber(records["attachment"]) {
		if textOf(r.Body, "filename") != name || name == "" {
			continue
		}
		ref, ok, err := d.job.IDs.Get(ctx, r.Kind, r.ID)
		if err != nil {
			return "", false, err
		}
		if !ok {
			continue
		}
		id, err := d.target.client.FileID(ctx, atlassian.Request{Route: "GET /rest/api/3/attachment/content/{id}", Path: []string{ref.ID}})
		if err != nil && refused(err) == nil {
			return "", false, err
		}
		d.media[name] = id
		return id, id != "", nil
	}
	d.media[name] = ""
	return "", false, nil
}
