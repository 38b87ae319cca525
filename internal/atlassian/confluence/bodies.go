package confluence

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"time"

	"holdfast/internal/atlassian"
	"holdfast/internal/atlassian/kinds"
)

const (
	storage = "storage"
	adf     = "atlas_doc_format"
)

// itemRoutes read one page or blog post.
var itemRoutes = map[string]string{
	pageKind: "GET " + v2 + "/pages/{id}", blogKind: "GET " + v2 + "/blogposts/{id}",
}

// itemStatuses are those in which one is read: without them only what is current is
// found (OpenAPI).
var itemStatuses = map[string][]string{
	pageKind: {"current", "archived", "trashed", "draft"}, blogKind: {"current", "trashed", "draft"},
}

// head is what the lists of a chunk say of an item: all but drafts are in them.
type head struct {
	kind    string
	version string
	adf     raw // the body as a document, with its representation
}

// heads asks for the items of a chunk with their bodies as documents: one list gives
// 250 pages (OpenAPI), another the blog posts among what it did not give.
func (c *Confluence) heads(ctx context.Context, ids []string) (map[string]head, error) {
	found := make(map[string]head, len(ids))
	for _, list := range []struct {
		kind, route string
		statuses    []string
	}{{pageKind, pagesRoute, pageStatuses}, {blogKind, blogsRoute, blogStatuses}} {
		var rest []string
		for _, id := range ids {
			if _, ok := found[id]; !ok {
				rest = append(rest, id)
			}
		}
		if len(rest) == 0 {
			break
		}
		q := url.Values{"id": {strings.Join(rest, ",")}, "status": list.statuses, "body-format": {adf}}
		err := c.list(ctx, atlassian.Request{Route: list.route, Query: limited(q, pageLimit)}, func(page []raw) error {
			for _, body := range page {
				found[text(body, "id")] = head{list.kind, text(body, "version", "number"), atlassian.Member(body, "body", adf)}
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return found, nil
}

// piece is a page or blog post that was read.
type piece struct {
	id, kind string
	draft    bool
	body     raw
	adf      raw // nil where there is none
	torn     bool
	at       time.Time // when body was asked for
	err      error
}

// maxReads is how often the two bodies of an item that is edited meanwhile are read.
const maxReads = 3

// piece reads an item with its body in storage format, and sees to it that its
// document is of the same version.
func (c *Confluence) piece(ctx context.Context, id string, h head) piece {
	p := piece{id: id, kind: h.kind}
	if h.kind == "" {
		// In no list: a draft, or nothing.
		for _, p.kind = range []string{pageKind, blogKind} {
			p.draft = true
			p.at = kinds.Now()
			if p.body, p.err = c.item(ctx, p, storage); !kinds.Lost(p.err) {
				break
			}
		}
	} else {
		p.at = kinds.Now()
		p.body, p.err = c.item(ctx, p, storage)
	}
	for n := 0; p.err == nil; n++ {
		if len(h.adf) > 0 && h.version == text(p.body, "version", "number") {
			p.adf = h.adf
			return p
		}
		if n == maxReads {
			p.torn = len(h.adf) > 0
			return p
		}
		var document raw
		if document, p.err = c.item(ctx, p, adf); p.err != nil {
			return p
		}
		h.version, h.adf = text(document, "version", "number"), atlassian.Member(document, "body", adf)
		if len(h.adf) == 0 {
			return p // asking again gives no more
		}
		if h.version != text(p.body, "version", "number") && n < maxReads-1 {
			p.at = kinds.Now()
			p.body, p.err = c.item(ctx, p, storage)
		}
	}
	return p
}

// item reads one page or blog post: in storage format with what comes with it (up to
// 50 each of labels, properties and likes: OpenAPI), as a document without.
func (c *Confluence) item(ctx context.Context, p piece, format string) (raw, error) {
	q := statuses(itemStatuses[p.kind])
	q.Set("body-format", format)
	if p.draft {
		q.Set("get-draft", "true")
	}
	if format == storage {
		for _, name := range []string{"include-labels", "include-properties", "include-likes"} {
			q.Set(name, "true")
		}
	}
	reply, err := c.ask(ctx, atlassian.Request{Route: itemRoutes[p.kind], Path: []string{p.id}, Query: q})
	if err != nil {
		return nil, err
	}
	if text(reply.Body, "id") != p.id {
		return nil, atlassian.NewError(atlassian.ClassProtocol, reply.Status, itemRoutes[p.kind], "the reply is not the item that was asked for")
	}
	return reply.Body, nil
}

// tooLarge reports whether a reply is more than the client holds.
func tooLarge(err error) bool { return errors.Is(err, atlassian.ErrTooLarge) }
