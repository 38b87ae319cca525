package samplesite

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"holdfast/internal/samplesite/content"
	"holdfast/internal/samplesite/rawjson"
)

// changedNode is a request to change a page or blog post.
type changedNode struct {
	ID        string       `json:"id"`
	Status    string       `json:"status"`
	Title     *string      `json:"title"`
	SpaceID   *string      `json:"spaceId"`
	ParentID  *string      `json:"parentId"`
	OwnerID   *string      `json:"ownerId"`
	Body      *writtenBody `json:"body"`
	CreatedAt string       `json:"createdAt"`
	Version   *struct {
		Number  int    `json:"number"`
		Message string `json:"message"`
	} `json:"version"`
}

// incomplete says what a request to change a node lacks.
func (in changedNode) incomplete(c *call, n content.Node) *reply {
	switch {
	case in.ID != idText(n.ID):
		return wikiInvalid("The id of the request body is not that of the path")
	case in.Status != "current" && in.Status != "draft":
		return wikiInvalid("Provided value {%s} for 'status' is not one of current, draft", in.Status)
	case in.Title == nil:
		return wikiInvalid("title: must not be null")
	case in.Body == nil:
		return wikiInvalid("body: must not be null")
	case in.Version == nil:
		return wikiInvalid("version: must not be null")
	case in.Status == "draft" && n.Status != "draft":
		return wikiInvalid("The sample site keeps no draft of what is published")
	case in.SpaceID != nil && *in.SpaceID != "" && *in.SpaceID != c.spaceID(n):
		return wikiInvalid("Moving to another space is not supported")
	case n.Type == content.BlogType && (in.ParentID != nil || in.OwnerID != nil):
		return wikiInvalid("Unrecognized field of a blog post")
	case n.Type == content.PageType && in.CreatedAt != "":
		return wikiInvalid("Unrecognized field \"createdAt\"")
	}
	return nil
}

func putNode(c *call, n content.Node) reply {
	var in changedNode
	if bad := c.wikiBody(&in); bad != nil {
		return *bad
	}
	if bad := in.incomplete(c, n); bad != nil {
		return *bad
	}
	if in.Status == "current" {
		if bad := c.titled(*in.Title); bad != nil {
			return *bad
		}
	}
	next, draft := n.Version+1, n.Status == "draft"
	if draft {
		next = 1
	}
	if in.Version.Number != next {
		return *c.wikiConflict(n.Version, in.Version.Number)
	}
	of := c.site.own(n)
	if n.Status == "trashed" { // only its status changes
		of.Node.Status = "current"
		if bad := c.free(of.Node); bad != nil {
			return *bad
		}
		c.site.wiki.save(of)
		return c.shownNode(of.Node)
	}
	of.Node.Status, of.Node.Title, of.Node.Version, of.Node.Modified = in.Status, *in.Title, next, c.wikiNow()
	if n.Status == "archived" {
		of.Node.Status = "archived"
	}
	if in.OwnerID != nil && *in.OwnerID != "" && *in.OwnerID != of.Owner {
		if _, known := c.site.wikiUser(*in.OwnerID); !known {
			return *wikiInvalid("There is no user %s", *in.OwnerID)
		}
		of.Owner, of.LastOwner = *in.OwnerID, of.Owner
	}
	if in.ParentID != nil && *in.ParentID != "" && *in.ParentID != idText(n.Parent) {
		if bad := c.placeBelow(&of.Node, *in.ParentID); bad != nil {
			return *bad
		}
		of.Node.Position = c.site.wiki.lastPosition(of.Node)
	}
	if bad := cmp.Or(c.createdAt(&of.Node, in.CreatedAt), c.free(of.Node)); bad != nil {
		return *bad
	}
	storage, adf, bad := c.wikiText(in.Body)
	if bad != nil {
		return *bad
	}
	v := content.WrittenVersion{WikiVersion: content.WikiVersion{Number: next, Title: of.Node.Title,
		Body: content.VersionBody(next, c.site.AccountID(), in.Version.Message, false, c.wikiNow())}, Storage: storage, ADF: adf}
	if draft {
		of.History = nil
	}
	of.History = append(of.History, v)
	c.retask(of)
	c.remark(of)
	c.site.wiki.save(of)
	return c.shownNode(of.Node)
}

// putTitle changes the title alone.
func putTitle(c *call, n content.Node) reply {
	var in struct {
		Status string `json:"status"`
		Title  string `json:"title"`
	}
	if bad := c.wikiBody(&in); bad != nil {
		return *bad
	}
	if bad := c.titled(in.Title); bad != nil {
		return *bad
	}
	if in.Status != n.Status {
		return wikiAbsent()
	}
	of := c.site.own(n)
	of.Node.Title, of.Node.Modified = in.Title, c.wikiNow()
	if bad := c.free(of.Node); bad != nil {
		return *bad
	}
	last := of.History[len(of.History)-1]
	if n.Status == "draft" {
		of.History = nil
	} else {
		of.Node.Version++
	}
	last.Number, last.Title = of.Node.Version, in.Title
	last.WikiVersion.Body = content.VersionBody(of.Node.Version, c.site.AccountID(), "", false, c.wikiNow())
	of.History = append(of.History, last)
	c.site.wiki.save(of)
	return c.shownNode(of.Node)
}

// deleteNode puts a page or blog post into the trash, or deletes what is in it, or a draft, for good.
func deleteNode(c *call, n content.Node) reply {
	purge, bad1 := c.wikiFlag("purge", false)
	draft, bad2 := c.wikiFlag("draft", false)
	if bad := cmp.Or(bad1, bad2); bad != nil {
		return *bad
	}
	switch {
	case purge && n.Status != "trashed":
		return *wikiInvalid("Only what is in the trash can be purged")
	case draft != (n.Status == "draft"), !purge && n.Status == "trashed":
		return wikiAbsent()
	case purge || draft:
		w := c.site.wiki
		w.mu.Lock()
		w.deleted[n.ID] = true
		w.mu.Unlock()
	default:
		c.retire(n, "trashed")
	}
	return reply{status: http.StatusNoContent}
}

// retire gives a node a status in which nothing stands below it: what does moves up to where it was.
func (c *call) retire(n content.Node, status string) {
	w := c.site.wiki
	of := c.site.own(n)
	of.Node.Status = status
	w.mu.RLock()
	below := slices.DeleteFunc(slices.Clone(w.nodes), func(one content.Node) bool { return one.Parent != n.ID })
	w.mu.RUnlock()
	w.save(of)
	for _, one := range below {
		up := c.site.own(one)
		up.Node.Parent, up.Node.ParentType = n.Parent, n.ParentType
		up.Node.Position = w.lastPosition(up.Node)
		w.save(up)
	}
}

// retask finds the tasks of a node in its newest text.
func (c *call) retask(of *content.Written) {
	of.Tasks = content.TasksOf(of, idText(c.site.wiki.src.Spaces()[of.Node.Space].ID), c.site.AccountID(), c.wikiNow(), c.site.wiki.written.NextID)
}

// remark says of the comments in the text which have no place in it any more.
func (c *call) remark(of *content.Written) {
	text := of.History[len(of.History)-1].Storage
	for i, one := range of.Comments {
		if !one.Inline || one.Parent != 0 {
			continue
		}
		ref := at(rawjson.Members(one.Members), "properties.inlineMarkerRef")
		marked := strings.Contains(text, `ac:ref="`+ref+`"`)
		if !marked && (one.Resolution == "open" || one.Resolution == "reopened") {
			of.Comments[i] = resolvedAs(one, "dangling")
		}
		if marked && one.Resolution == "dangling" {
			of.Comments[i] = resolvedAs(one, "open")
		}
	}
}

// resolvedAs is a comment with another resolution.
func resolvedAs(one content.Comment, resolution string) content.Comment {
	one.Resolution = resolution
	one.Members = replaced(one.Members, "resolutionStatus", rawjson.String(resolution))
	return one
}
