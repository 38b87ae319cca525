package jira

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"holdfast/internal/atlassian"
	"holdfast/internal/atlassian/kinds"
)

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
func (j *Jira) read(ctx context.Context, k kinds.Row, of kinds.Owner) (records, error) {
	if len(k.Embedded) > 0 {
		entries, whole := k.EmbeddedIn(of.Body)
		if k.Attach != nil {
			return usable(entries), nil
		}
		if whole {
			return records{entries: entries}, nil
		}
	}
	if !k.Asked(of.Body) {
		return records{}, nil
	}
	found := records{apart: true}
	err := j.request(ctx, k, of, &found)
	found.at = kinds.Now()
	if len(k.Embedded) > 0 && switchedOff(k, of.Body, err) {
		return records{}, nil
	}
	return found, err
}

// switchedOff reports whether a list does not exist at all: an issue without a
// field for it, and a site that refuses to list it, as it does with worklogs
// where time tracking is switched off.
func switchedOff(k kinds.Row, body json.RawMessage, err error) bool {
	return len(atlassian.Member(body, k.Embedded...)) == 0 &&
		(atlassian.ClassOf(err) == atlassian.ClassNotFound || kinds.BadRequest(err))
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

// request asks for the records of a kind. A list with a total is read as a whole;
// of another kind there is one reply.
func (j *Jira) request(ctx context.Context, k kinds.Row, of kinds.Owner, found *records) error {
	if k.Pager == kinds.Offset || k.Pager == kinds.Token {
		if k.Each != "" {
			k.Route = k.Each
		}
		entries, whole, err := j.client.Collect(ctx, atlassian.Offset{Request: k.Request(of), Items: k.Items, PageSize: k.PageSize})
		if !whole {
			found.reason = kinds.NotWhole
		}
		found.entries = entries
		return err
	}
	out, err := j.reader.Pages(ctx, k, of, func(p kinds.Page) error {
		found.entries = append(found.entries, p.Entries...)
		return nil
	})
	found.reason = out.Reason
	if err == nil && k.People != "" && hidden(k, found.entries) {
		found.hidden = true
		found.reason = "no permission to see who they are: give the account \"View voters and watchers\""
	}
	return err
}

// hidden reports whether the reply counts people but names none, as it does
// to an account that may not see them.
func hidden(k kinds.Row, replies []atlassian.Entry) bool {
	for _, reply := range replies {
		n, _ := atlassian.Int(atlassian.Member(reply.Body, k.Number[len(k.Number)-1]))
		for range atlassian.Elements(atlassian.Member(reply.Body, k.People)) {
			return false
		}
		if n > 0 {
			return true
		}
	}
	return false
}

// emit emits the records as items.
func (f records) emit(k kinds.Row, of kinds.Owner, emit func(atlassian.Item) error) error {
	for _, e := range f.entries {
		item := atlassian.Item{Kind: k.Name, ID: e.ID, Parent: of.ID, FetchedAt: f.at, Body: e.Body}
		if k.Attach != nil {
			item.Attachment = k.Attach(e, of)
		}
		if err := emit(item); err != nil {
			return err
		}
	}
	return nil
}

func attachment(e atlassian.Entry, of kinds.Owner) *atlassian.Attachment {
	text := func(path ...string) string { return atlassian.Text(atlassian.Member(e.Body, path...)) }
	a := &atlassian.Attachment{
		ID: e.ID, Name: text("filename"), MediaType: text("mimeType"), Size: -1,
		Item: of.ID, ItemKey: of.Key, Author: text("author", "accountId"), Created: text("created"),
	}
	if n, ok := atlassian.Int(atlassian.Member(e.Body, "size")); ok && n >= 0 {
		a.Size = n
	}
	return a
}
