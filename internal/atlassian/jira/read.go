package jira

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"holdfast/internal/atlassian"
)

// owner is what a list of records belongs to: an issue, a project, a board; the
// zero value is the site.
type owner struct {
	id, key string
	body    json.RawMessage
	// above are the ids of what it belongs to itself, outermost first, and
	// aboveBody the body of the last of these.
	above     []string
	aboveBody json.RawMessage
}

// below is an entry of one of the owner's lists as an owner.
func (o owner) below(e atlassian.Entry) owner {
	b := owner{id: e.ID, body: e.Body, aboveBody: o.body}
	if o.id != "" {
		b.above = append(slices.Clone(o.above), o.id)
	}
	return b
}

// path returns the last n ids of the owner and what it belongs to.
func (o owner) path(n int) []string {
	chain := append(slices.Clone(o.above), o.id)
	return slices.Clone(chain[max(0, len(chain)-n):])
}

// records are what was read of one kind for one owner.
type records struct {
	entries []atlassian.Entry
	at      time.Time
	// apart says that they came in a reply of their own, not with the owner.
	apart bool
	// reason says what is wrong with the list, where something is; hidden that
	// the account may not see who is in it.
	reason string
	hidden bool
}

// read reads all records of a kind that belong to an issue, from the row of the
// table alone. A list that changes on the way is read again, as a whole.
func (j *Jira) read(ctx context.Context, k kind, of owner) (records, error) {
	if len(k.embedded) > 0 {
		entries, whole := embedded(k, of.body)
		if k.bytes {
			return usable(entries), nil
		}
		if whole {
			return records{entries: entries}, nil
		}
	}
	if len(k.count) > 0 && !counted(k, of.body) {
		return records{}, nil
	}
	r := atlassian.Request{Route: k.Route, Query: k.query}
	if k.each != "" {
		r.Route = k.each
	}
	if strings.Contains(r.Route, "{") {
		r.Path = []string{of.id}
	}
	found := records{apart: true}
	err := j.request(ctx, k, r, of, &found)
	found.at = now()
	if len(k.embedded) > 0 && switchedOff(k, of.body, err) {
		return records{}, nil
	}
	return found, err
}

// counted reports whether the number in the owner's body is not 0. Where there
// is none (voting switched off, say) there is nothing to ask for.
func counted(k kind, body json.RawMessage) bool {
	n := atlassian.Member(body, k.count...)
	return len(n) > 0 && string(n) != "null" && string(n) != "0"
}

// switchedOff reports whether a list does not exist at all: an issue without a
// field for it, and a site that refuses to list it, as it does with worklogs
// where time tracking is switched off.
func switchedOff(k kind, body json.RawMessage, err error) bool {
	return len(atlassian.Member(body, k.embedded...)) == 0 &&
		(atlassian.ClassOf(err) == atlassian.ClassNotFound || badRequest(err))
}

// usable leaves out attachments that could not be asked for nor named.
func usable(entries []atlassian.Entry) records {
	var r records
	for _, e := range entries {
		if strings.Trim(e.ID, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-") != "" || e.ID == "" {
			r.reason = "an attachment without a usable id"
			continue
		}
		r.entries = append(r.entries, e)
	}
	return r
}

func (j *Jira) request(ctx context.Context, k kind, r atlassian.Request, of owner, found *records) error {
	switch k.Pager {
	case pagerOffset, pagerToken:
		entries, whole, err := j.client.Collect(ctx, atlassian.Offset{Request: r, Items: k.items, PageSize: k.pageSize})
		if !whole {
			found.reason = notWhole
		}
		found.entries = entries
		return err
	case pagerArray:
		list, err := j.client.List(ctx, r)
		for _, raw := range list {
			found.entries = append(found.entries, atlassian.Entry{ID: atlassian.Text(atlassian.Member(raw, "id")), Body: raw})
		}
		return err
	}
	reply, err := j.client.Do(ctx, r)
	if err != nil {
		return err
	}
	if !atlassian.IsObject(reply.Body) {
		return fail(atlassian.ClassProtocol, reply.Status, r.Route, "the reply is not an object")
	}
	if k.Pager == pagerMembers {
		for name, value := range atlassian.Members(atlassian.Member(reply.Body, k.items)) {
			found.entries = append(found.entries, atlassian.Entry{ID: name, Body: value})
		}
		return nil
	}
	found.entries = []atlassian.Entry{{ID: oneID(k, of, reply.Body), Body: reply.Body}}
	if k.people != "" && hidden(k, reply.Body) {
		found.hidden = true
		found.reason = "no permission to see who they are: give the account \"View voters and watchers\""
	}
	return nil
}

// oneID is the id of a record that is a whole reply: its own, else that of what
// it belongs to, else its kind.
func oneID(k kind, of owner, body json.RawMessage) string {
	if id := atlassian.Text(atlassian.Member(body, "id")); id != "" {
		return id
	}
	if of.id != "" {
		return of.id
	}
	return k.Name
}

// hidden reports whether the reply counts people but names none, as it does
// to an account that may not see them.
func hidden(k kind, body json.RawMessage) bool {
	n, _ := atlassian.Int(atlassian.Member(body, k.count[len(k.count)-1]))
	for range atlassian.Elements(atlassian.Member(body, k.people)) {
		return false
	}
	return n > 0
}

// embedded returns the records that came with their owner, and whether they
// are all: as many distinct ids as the total says. A list without a total (an
// issue's attachments) is never cut.
func embedded(k kind, body json.RawMessage) (entries []atlassian.Entry, whole bool) {
	page := atlassian.Member(body, k.embedded...)
	list := page
	if k.list != "" {
		list = atlassian.Member(page, k.list)
	}
	distinct := map[string]struct{}{}
	for raw := range atlassian.Elements(list) {
		id := atlassian.Text(atlassian.Member(raw, "id"))
		distinct[id] = struct{}{}
		entries = append(entries, atlassian.Entry{ID: id, Body: raw})
	}
	total, ok := atlassian.Int(atlassian.Member(page, "total"))
	return entries, ok && atlassian.IsArray(list) && int(total) == len(distinct) && len(entries) == len(distinct)
}

// emit emits the records as items.
func (f records) emit(k kind, of owner, emit func(atlassian.Item) error) error {
	for _, e := range f.entries {
		item := atlassian.Item{Kind: k.Name, ID: e.ID, Parent: of.id, FetchedAt: f.at, Body: e.Body}
		if k.bytes {
			item.Attachment = attachment(e, of)
		}
		if err := emit(item); err != nil {
			return err
		}
	}
	return nil
}

func attachment(e atlassian.Entry, of owner) *atlassian.Attachment {
	text := func(path ...string) string { return atlassian.Text(atlassian.Member(e.Body, path...)) }
	a := &atlassian.Attachment{
		ID: e.ID, Name: text("filename"), MediaType: text("mimeType"), Size: -1,
		Item: of.id, ItemKey: of.key, Author: text("author", "accountId"), Created: text("created"),
	}
	if n, ok := atlassian.Int(atlassian.Member(e.Body, "size")); ok && n >= 0 {
		a.Size = n
	}
	return a
}
