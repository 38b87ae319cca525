package jira

import (
	"context"
	"encoding/json"
	"slices"

	"holdfast/internal/atlassian"
	"holdfast/internal/restore"
)

// details restores what belongs to the issues of a batch, and what of them refers to others.
func (a *applying) details(ctx context.Context) error {
	there, err := a.there(ctx, []string{"status", "resolution", "assignee", "parent", "attachment", "comment", "worklog", "watches", "issuetype"})
	if err != nil {
		return err
	}
	project, _, err := a.projectRef(ctx)
	if err != nil {
		return err
	}
	files, err := a.files(ctx)
	if err != nil {
		return err
	}
	ways := newWays(a.target, project.ID)
	for g, err := range a.job.Archive.Groups(ctx, a.batch.Items, kindIssue) {
		if err != nil {
			return err
		}
		now, ok := there[g.Item.ID]
		if !ok {
			if err := a.partsWithoutIssue(g); err != nil {
				return err
			}
			continue
		}
		d := &issueDetails{applying: a, group: g, now: now, files: files[g.Item.ID], ways: ways,
			watching: string(atlassian.Member(now.fields, "watches", "isWatching")) == "true"}
		if err := d.restore(ctx); err != nil {
			return err
		}
		a.beat(1, 0)
	}
	return nil
}

// files are those of the batch's issues in the backup.
func (a *applying) files(ctx context.Context) (map[string][]restore.File, error) {
	if a.job.Plan.Spec.Options.NoAttachments {
		return nil, nil
	}
	ids := make([]string, len(a.batch.Items))
	for i, p := range a.batch.Items {
		ids[i] = p.ID
	}
	return a.job.Archive.Files(ctx, a.batch.Container, ids)
}

// issueNow is an issue as it is in the destination.
type issueNow struct {
	ref    restore.Ref
	fields json.RawMessage
}

// there reads the issues of the batch in the destination, by their ids in the backup; those
// that are not there are left out.
func (a *applying) there(ctx context.Context, fields []string) (map[string]issueNow, error) {
	from := map[string]string{} // id there → id in the backup
	refs := map[string]restore.Ref{}
	var ids []string
	for _, p := range a.batch.Items {
		ref, ok, err := a.job.IDs.Get(ctx, kindIssue, p.ID)
		if err != nil {
			return nil, err
		}
		if ok {
			from[ref.ID], refs[p.ID] = p.ID, ref
			ids = append(ids, ref.ID)
		}
	}
	found := map[string]issueNow{}
	for some := range slices.Chunk(ids, bulkSize) {
		reply, err := a.target.client.Do(ctx, atlassian.Request{Route: bulkRoute, Body: map[string]any{"issueIdsOrKeys": some, "fields": fields}})
		if err != nil {
			return nil, err
		}
		for issue := range atlassian.Elements(atlassian.Member(reply.Body, "issues")) {
			id := from[textOf(issue, "id")]
			found[id] = issueNow{refs[id], atlassian.Member(issue, "fields")}
		}
	}
	return found, nil
}

// partsWithoutIssue notes what cannot be restored because its issue is not there.
func (a *applying) partsWithoutIssue(g restore.Group) error {
	for p, err := range g.Parts.All("attachment", "comment", "worklog", "remotelink", "watchers") {
		if err != nil {
			return err
		}
		if p.Kind != "attachment" || !a.job.Plan.Spec.Options.NoAttachments {
			a.missed(p, "its issue is not there")
		}
	}
	a.missed(g.Item, "it is not there")
	return nil
}

// issueDetails restores what belongs to one issue.
type issueDetails struct {
	*applying
	group restore.Group
	now   issueNow
	files []restore.File
	ways  *ways
	flaws []flaw
	// watching says that the restoring account watched the issue before, wrote that it has
	// written something of it since.
	watching, wrote bool

	media map[string]string // id at the media service, by the file's name
}

// send writes to the issue.
func (d *issueDetails) send(ctx context.Context, route string, body any, path ...string) (json.RawMessage, error) {
	d.wrote = true
	return d.target.writeWith(ctx, route, queryOf(route), body, path...)
}

func (d *issueDetails) flawed(reason string, fields ...string) {
	d.flaws = append(d.flaws, flawed(reason, fields...))
}

// restore restores all of it. The status comes last: what is closed may take no more.
func (d *issueDetails) restore(ctx context.Context) error {
	for _, step := range []func(context.Context) error{d.attachments, d.comments, d.worklogs, d.remoteLinks} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	record := d.group.Item
	if !d.wanted(record.Kind, record.ID) {
		return d.watchers(ctx)
	}
	for _, step := range []func(context.Context) error{d.textsAndParent, d.status, d.people} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	d.written(record, d.flaws...)
	return d.watchers(ctx) // who writes becomes one
}

// document is what makes documents of this issue those of the destination, with its files.
func (d *issueDetails) document(ctx context.Context) (*document, *error) {
	failed := new(error)
	return &document{plan: d.job.Plan, mapping: d.job.Mapping, user: d.user, file: func(name string) (string, bool) {
		id, ok, err := d.mediaOf(ctx, name)
		if err != nil && *failed == nil {
			*failed = err
		}
		return id, ok
	}}, failed
}

// textsAndParent writes documents that show files, now that these are there, and the parent.
func (d *issueDetails) textsAndParent(ctx context.Context) error {
	fields := atlassian.Member(d.group.Item.Body, "fields")
	texts, err := d.texts(ctx, fields)
	if err != nil {
		return err
	}
	parent, err := d.parent(ctx, fields)
	if err != nil {
		return err
	}
	if len(texts) == 0 && parent == "" {
		return nil
	}
	all := map[string]any{}
	for name, doc := range texts {
		all[name] = doc
	}
	if parent != "" {
		all["parent"] = map[string]string{"id": parent}
	}
	r, err := d.edit(ctx, all)
	if err != nil || r == nil {
		return err
	}
	// One at a time: what one is refused for need not keep the others out.
	for name, value := range all {
		why := r
		if len(all) > 1 {
			if why, err = d.edit(ctx, map[string]any{name: value}); err != nil {
				return err
			}
		}
		if why != nil {
			d.flawed("the field "+name+" is not as it was: "+why.reason(), d.destinationPath(name))
		}
	}
	return nil
}

// edit edits the issue; nobody is mailed about it. It returns the refusal, if any.
func (d *issueDetails) edit(ctx context.Context, fields map[string]any) (*refusal, error) {
	_, err := d.send(ctx, "PUT "+issueRoute, map[string]any{"fields": fields}, d.now.ref.ID)
	if r := refused(err); r != nil {
		return r, nil
	}
	return nil, err
}

// texts are the documents of the issue that show files.
func (d *issueDetails) texts(ctx context.Context, fields json.RawMessage) (map[string]json.RawMessage, error) {
	types, err := d.fieldTypes(ctx)
	if err != nil {
		return nil, err
	}
	texts := map[string]json.RawMessage{}
	for id, value := range atlassian.Members(fields) {
		to := id
		if id != "description" && id != "environment" {
			if types[id].Custom != "textarea" {
				continue
			}
			to, _ = d.job.Mapping.To(kindField, id)
		}
		if to == "" || !atlassian.IsObject(value) {
			continue
		}
		doc, failed := d.document(ctx)
		made := doc.remap(value)
		if *failed != nil {
			return nil, *failed
		}
		if !doc.media {
			continue
		}
		for _, reason := range doc.reasons {
			d.flawed(reason, d.comparePath(id, types[id]))
		}
		if id == "description" && !d.job.Plan.Spec.Options.NoPanels {
			made = underPanel(d.originOfIssue(d.group.Item), made)
		}
		texts[to] = made
	}
	return texts, nil
}

// parent is the parent that the issue is to get; "" where it has it, or had none.
func (d *issueDetails) parent(ctx context.Context, fields json.RawMessage) (string, error) {
	id := textOf(atlassian.Member(fields, "parent"), "id")
	if id == "" {
		return "", nil
	}
	ref, ok, err := d.job.IDs.Get(ctx, kindIssue, id)
	if err != nil {
		return "", err
	}
	if !ok {
		d.flawed("its parent is not restored", "fields.parent")
		return "", nil
	}
	if textOf(atlassian.Member(d.now.fields, "parent"), "id") == ref.ID {
		return "", nil
	}
	return ref.ID, nil
}

// people sets the assignee, which transitions may have changed.
func (d *issueDetails) people(ctx context.Context) error {
	was := textOf(atlassian.Member(d.group.Item.Body, "fields", "assignee"), "accountId")
	to := d.active(was)
	if was != "" && to == "" {
		return nil // noted when it was created
	}
	if textOf(atlassian.Member(d.now.fields, "assignee"), "accountId") == to {
		return nil
	}
	var account any
	if to != "" {
		account = to
	}
	_, err := d.send(ctx, "PUT "+issueRoute+"/assignee", map[string]any{"accountId": account}, d.now.ref.ID)
	if r := refused(err); r != nil {
		d.flawed("its assignee is not as it was: "+r.reason(), "fields.assignee")
		return nil
	}
	return err
}
