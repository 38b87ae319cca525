package confluence

import (
	"context"
	"io"
	"net/url"
	"slices"
	"strconv"

	"holdfast/internal/atlassian"
	"holdfast/internal/atlassian/kinds"
)

const (
	attachmentRoute = "GET " + v2 + "/attachments/{id}"
	// downloadRoute gives the bytes. The links in the metadata are not for API tokens
	// any more: they answer 401 (CHANGE-2735 of Atlassian's changelog).
	downloadRoute = "GET " + v1 + "/content/{id}/child/attachment/{attachmentId}/download"
)

// attachments is the row of the newest versions of files.
func attachments() kinds.Row {
	r := also(ofItem("attachment", "descriptions of attachments", kinds.Cursor, v2+"/pages/{id}/attachments"), "/attachments").
		Needs("View of the page and its space", readAttachment)
	r.Query = statuses(pageStatuses)
	r.Attach = func(e atlassian.Entry, of kinds.Owner) *atlassian.Attachment { return attachment(e, of.ID, of.Body) }
	return r
}

// attachmentVersions is the row of the older versions of files. The list of versions
// has no sizes: each is asked for.
func attachmentVersions() kinds.Row {
	r := ofItem(attachmentVersionKind, "older versions of attachments", kinds.Cursor, v2+"/attachments/{id}/versions").
		Under("attachment").By("number").Needs("View of the page and its space", readAttachment)
	r.Number, r.Above = []string{"version", "number"}, 1
	list := r
	r.Read = func(ctx context.Context, reader *kinds.Reader, of kinds.Owner, yield func(kinds.Page) error) (kinds.Outcome, error) {
		newest := text(of.Body, "version", "number")
		return reader.Pages(ctx, list, of, func(page kinds.Page) error {
			for _, e := range page.Entries {
				if e.ID == newest {
					continue
				}
				reply, err := reader.Client.Do(ctx, atlassian.Request{
					Route: attachmentRoute, Path: []string{of.ID}, Query: query("version", e.ID),
				})
				if atlassian.ClassOf(err) == atlassian.ClassNotFound {
					continue // deleted since it was listed
				}
				if err != nil {
					return err
				}
				if err := yield(oneEntry(e.ID, reply.Body)); err != nil {
					return err
				}
			}
			return nil
		})
	}
	r.Attach = func(e atlassian.Entry, of kinds.Owner) *atlassian.Attachment {
		a := attachment(e, of.Above[len(of.Above)-1], of.AboveBody)
		a.ID = of.ID
		return a
	}
	return r
}

// attachment is the identity of a file's bytes: its id, version and size.
func attachment(e atlassian.Entry, item string, itemBody raw) *atlassian.Attachment {
	a := &atlassian.Attachment{
		ID: e.ID, Version: number(e.Body, "version", "number"), Name: text(e.Body, "title"), MediaType: text(e.Body, "mediaType"), Size: -1,
		Item: item, Space: text(itemBody, "spaceId"), Author: text(e.Body, "version", "authorId"), Created: text(e.Body, "version", "createdAt"),
	}
	if n, ok := atlassian.Int(atlassian.Member(e.Body, "fileSize")); ok && n >= 0 {
		a.Size = n
	}
	if status := text(e.Body, "status"); status != "current" {
		a.Status = status
	}
	return a
}

// Open opens the bytes of a version of an attachment from offset on.
func (c *Confluence) Open(ctx context.Context, a atlassian.Attachment, offset int64) (io.ReadCloser, error) {
	q := url.Values{}
	if a.Version > 0 {
		q.Set("version", strconv.Itoa(a.Version))
	}
	if a.Status != "" {
		q.Set("status", a.Status) // without it only current ones are found (OpenAPI)
	}
	body, err := c.client.Open(ctx, atlassian.Request{Route: downloadRoute, Path: []string{a.Item, a.ID}, Query: q}, offset, a.Size)
	if err != nil {
		return nil, c.sure(ctx, err)
	}
	return body, nil
}

// Lists reports whether the page or blog post, read again, still lists that version
// of the attachment. One that cannot be read any more counts as deleted only while
// its space can be read; otherwise nothing is known, and the answer is true.
func (c *Confluence) Lists(ctx context.Context, a atlassian.Attachment) (bool, error) {
	newest, err := c.newest(ctx, a)
	if kinds.Lost(err) {
		if a.Space == "" {
			return true, nil
		}
		readable, err := c.readable(ctx, a.Space)
		return !readable, err
	}
	if err != nil || newest == 0 || a.Version == 0 || a.Version == newest {
		return newest > 0, err
	}
	// The version was not the newest, or is not any more.
	_, err = c.ask(ctx, atlassian.Request{Route: attachmentRoute, Path: []string{a.ID}, Query: query("version", strconv.Itoa(a.Version))})
	if atlassian.ClassOf(err) == atlassian.ClassNotFound {
		return false, nil
	}
	return err == nil, err
}

// newest asks for the newest version of an attachment that its page or blog post
// lists; 0 where it lists none.
func (c *Confluence) newest(ctx context.Context, a atlassian.Attachment) (version int, err error) {
	for _, resource := range []string{"pages", "blogposts"} {
		err = c.list(ctx, atlassian.Request{
			Route: "GET " + v2 + "/" + resource + "/{id}/attachments", Path: []string{a.Item}, Query: limited(statuses(pageStatuses), pageLimit),
		}, func(page []raw) error {
			if i := slices.IndexFunc(page, func(one raw) bool { return text(one, "id") == a.ID }); i >= 0 {
				version = max(1, number(page[i], "version", "number"))
				return errEnough
			}
			return nil
		})
		if err = kinds.Enough(err); !kinds.Lost(err) {
			return version, err
		}
	}
	return 0, err
}
