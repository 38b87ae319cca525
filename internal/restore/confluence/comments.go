package confluence

import (
	"context"

	"holdfast/internal/archive"
	"holdfast/internal/atlassian"
	"holdfast/internal/restore"
)

// Why a comment is not as it was.
const (
	noPage       = "its page was not created"
	noComment    = "the comment that it answers was not restored"
	inTrash      = "the API deletes comments for good: what was in the trash is not restored"
	inArchive    = "the API does not archive comments"
	notInText    = "the text that it is about is not in the page: it stands below the page"
	belowComment = "the comment that it answers stands below the page, and so does it"
	notResolved  = "the site does not take that it was resolved"
)

var commentKinds = []string{footerKind, footerReply, inlineKind, inlineReply}

// comments gives pages and blog posts their comments, each after the one that it answers.
func (r *run) comments(ctx context.Context) error {
	for g, err := range r.job.Archive.Groups(ctx, r.batch.Items, itemKinds...) {
		if err != nil {
			return err
		}
		ref, ok, err := r.job.IDs.Get(ctx, g.Item.Kind, g.Item.ID)
		if err != nil {
			return err
		}
		it := &item{Group: g, kind: g.Item.Kind, id: ref.ID, refs: r.links(ctx)}
		if !ok || r.space.ID == "" {
			it.id = ""
		}
		if err := r.commentsOf(ctx, it); err != nil {
			return err
		}
		r.beat(1, 0)
	}
	return nil
}

// commentsOf gives one item its comments.
func (r *run) commentsOf(ctx context.Context, it *item) error {
	c := &commenting{run: r, it: it, made: map[string]remark{}, skipped: map[string]bool{}}
	if it.id == "" {
		return c.each(func(rec archive.Record) error {
			r.miss(rec.Kind, rec.ID, rec.Parent, noPage)
			return nil
		})
	}
	if err := c.open(ctx); err != nil {
		return err
	}
	return c.each(func(rec archive.Record) error { return c.comment(ctx, rec) })
}

// commenting is the restoring of the comments of one item.
type commenting struct {
	*run
	it *item
	// made are comments that are there, by their id in the backup.
	made     map[string]remark
	passages map[string]passage
	// skipped are comments that are not to be restored.
	skipped map[string]bool
	// there are comments of an earlier attempt, by their parents, "" for none.
	there map[string][]remark
}

// remark is a comment of the destination.
type remark struct {
	id, kind   string
	origin     string // its id in the backup, where its property says so
	text       string
	version    int
	resolution string
	// old says that an earlier attempt made it: it may have made its answers, too.
	old bool
}

// each calls for each comment, in the order of the archive.
func (c *commenting) each(do func(archive.Record) error) error {
	for rec, err := range c.it.Parts.All(commentKinds...) {
		if err == nil {
			err = do(rec)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// open finds the passages of comments in the text, and what an earlier attempt made.
func (c *commenting) open(ctx context.Context) error {
	marked, _ := c.written(c.it, true)
	c.passages = passages(marked)
	if c.it.refs.err != nil {
		return c.it.refs.err
	}
	c.there = map[string][]remark{}
	for _, kind := range []string{footerKind, inlineKind} {
		if err := c.look(ctx, kind, v2+"/"+resources[c.it.kind]+"/{id}/"+commentWord[kind]+"-comments", c.it.id, ""); err != nil {
			return err
		}
	}
	return nil
}

// commentWord is the word of the routes of comments.
var commentWord = map[string]string{footerKind: "footer", footerReply: "footer", inlineKind: "inline", inlineReply: "inline"}

// look lists comments of the destination, and whose they are.
func (c *commenting) look(ctx context.Context, kind, route, id, parent string) error {
	q := query("body-format", "storage")
	if kind == inlineKind {
		q["resolution-status"] = []string{"open", "reopened", "resolved", "dangling"}
	}
	var found []remark
	err := c.list(ctx, route, q, func(one raw) error {
		found = append(found, remark{
			id: text(one, "id"), kind: kind, text: text(one, "body", "storage", "value"), version: number(one, "version", "number"),
			resolution: text(one, "resolutionStatus"), old: true,
		})
		return nil
	}, id)
	if err != nil {
		return err
	}
	for i := range found {
		o, err := c.readOrigin(ctx, footerKind, found[i].id)
		if err != nil {
			return err
		}
		found[i].origin = o.ID
	}
	c.there[parent] = append(c.there[parent], found...)
	return nil
}

// comment creates a comment, or goes on with the one that an earlier attempt made.
func (c *commenting) comment(ctx context.Context, rec archive.Record) error {
	why := ""
	switch text(rec.Body, "status") {
	case "trashed", "deleted":
		why = inTrash
	case "archived":
		why = inArchive
	}
	if c.skipped[rec.Parent] {
		why = noComment
	}
	if why != "" {
		c.skipped[rec.ID] = true
		c.skip(rec.Kind, rec.ID, rec.Parent, why)
		return nil
	}
	parent, reply := remark{}, rec.Kind == footerReply || rec.Kind == inlineReply
	if reply {
		var ok bool
		if parent, ok = c.made[rec.Parent]; !ok {
			c.miss(rec.Kind, rec.ID, rec.Parent, noComment)
			return nil
		}
	}
	texts, first, err := c.texts(rec)
	if err != nil {
		return err
	}
	m, how, err := c.make(ctx, rec, parent, reply, texts[0])
	if err != nil {
		return c.failed(err, rec.Kind, rec.ID, rec.Parent)
	}
	if m.origin == "" {
		err := c.addProperty(ctx, footerKind, m.id, restore.OriginKey, c.origin(rec, first))
		if isRefusal(err) {
			how = append(how, noOrigin)
		} else if err != nil {
			return err
		}
	}
	if err := c.finish(ctx, rec, &m, texts, &how); err != nil {
		return c.failed(err, rec.Kind, rec.ID, rec.Parent)
	}
	newest := texts[len(texts)-1]
	how = append(how, newest.why...)
	for _, e := range texts {
		if e.id != "" {
			c.done(remarkVersion, e.id, rec.ID, e.why...)
		}
	}
	if number(rec.Body, "version", "number") > 1 && c.it.Parts.Len(remarkVersion) > 0 {
		c.done(remarkVersion, text(rec.Body, "version", "number"), rec.ID, newest.why...)
	}
	c.made[rec.ID] = m
	c.job.IDs.Put(restore.Ref{Kind: rec.Kind, From: rec.ID, ID: m.id, Extra: m.kind})
	c.done(rec.Kind, rec.ID, rec.Parent, how...)
	return nil
}

// make creates the comment with its first text, unless it is there.
func (c *commenting) make(ctx context.Context, rec archive.Record, parent remark, reply bool, first edition) (remark, []string, error) {
	if reply && parent.old {
		if err := c.answers(ctx, parent); err != nil {
			return remark{}, nil, err
		}
	}
	inline := rec.Kind == inlineKind || rec.Kind == inlineReply
	m, found := c.take(parent.id, rec.ID, first.text)
	var why []string
	if !found {
		var err error
		if m, err = c.post(ctx, rec, parent, reply, first); err != nil {
			return m, nil, err
		}
	}
	if inline && m.kind == footerKind {
		if why = append(why, notInText); reply {
			why[0] = belowComment
		}
	}
	return m, why, nil
}

// answers looks for the answers to a comment, once.
func (c *commenting) answers(ctx context.Context, to remark) error {
	if _, asked := c.there[to.id]; asked {
		return nil
	}
	c.there[to.id] = nil
	return c.look(ctx, to.kind, v2+"/"+commentWord[to.kind]+"-comments/{id}/children", to.id, to.id)
}

// take takes what an earlier attempt made of a comment: by its property, or, where that was
// not reached, by its text.
func (c *commenting) take(parent, id, value string) (remark, bool) {
	for _, byText := range []bool{false, true} {
		for i, m := range c.there[parent] {
			if !byText && m.origin == id || byText && m.origin == "" && m.text == value {
				c.there[parent] = append(c.there[parent][:i:i], c.there[parent][i+1:]...)
				return m, true
			}
		}
	}
	return remark{}, false
}

// post creates a comment: one in the text whose passage is not to be found, below the page.
func (c *commenting) post(ctx context.Context, rec archive.Record, parent remark, reply bool, first edition) (remark, error) {
	body := object{"body": object{"representation": "storage", "value": first.text}}
	kind := footerKind
	switch {
	case reply:
		body["parentCommentId"], kind = parent.id, parent.kind
	case c.it.kind == blogKind:
		body["blogPostId"] = c.it.id
	default:
		body["pageId"] = c.it.id
	}
	at, ok := c.passages[text(rec.Body, "properties", "inlineMarkerRef")]
	if rec.Kind == inlineKind && ok && text(rec.Body, "resolutionStatus") != "dangling" {
		kind = inlineKind
		body["inlineCommentProperties"] = object{
			"textSelection": at.text, "textSelectionMatchCount": at.count, "textSelectionMatchIndex": at.index,
		}
	}
	made, err := c.write(ctx, "POST "+v2+"/"+commentWord[kind]+"-comments", nil, body)
	if rec.Kind == inlineKind && kind == inlineKind && refused(err, 400) {
		delete(body, "inlineCommentProperties")
		kind = footerKind
		made, err = c.write(ctx, "POST "+v2+"/footer-comments", nil, body)
	}
	if err != nil {
		return remark{}, err
	}
	m := remark{id: text(made, "id"), kind: kind, version: max(1, number(made, "version", "number")), resolution: text(made, "resolutionStatus")}
	if m.id == "" {
		return m, atlassian.NewError(atlassian.ClassProtocol, 0, "POST "+v2+"/footer-comments", "the reply names no comment")
	}
	return m, nil
}
