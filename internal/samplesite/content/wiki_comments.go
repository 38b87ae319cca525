package content

import (
	"fmt"
	"strconv"

	"holdfast/internal/samplesite/rawjson"
)

// remark is a comment before it is made.
type remark struct {
	parent     int // index of the comment that it answers, -1 for a root
	inline     bool
	status     string
	resolution string // of an inline one; its replies show the same
	versions   int
}

var resolutions = list("open|resolved|reopened|dangling")

// thread decides on the comments, in the order of their ids. It draws little, since
// ids are counted with it.
func (p *page) thread() []remark {
	if p.was.number == 0 || p.was.Status == "draft" {
		return nil
	}
	r := newRNG(p.w.spec.Seed, 32, uint64(p.was.Space), uint64(p.was.number))
	s := p.spec
	if s.Footer != 0 || s.Inline != 0 || s.Replies != 0 || s.Depth != 0 {
		return p.sized(r)
	}
	var out []remark
	answered := map[int]bool{}
	for k := range r.longTail(p.w.comments) {
		one := remark{parent: -1, status: "current", versions: 1, inline: r.in(35)}
		if one.inline {
			one.resolution = pick(r, resolutions)
		}
		if r.in(25) {
			one.versions = 2 + r.below(2)
		}
		if k > 0 && r.in(45) {
			one.parent = r.below(k)
			one.inline, one.resolution = out[one.parent].inline, out[one.parent].resolution
			answered[one.parent] = true
		}
		out = append(out, one)
	}
	for k := range out {
		// Only roots that nobody answered: lists of replies are not asked for by status.
		if out[k].parent < 0 && !answered[k] && r.in(4) {
			out[k].status = pick(r, list("trashed|archived"))
			if p.was.Type == BlogType {
				out[k].status = "trashed" // they are never archived, nor asked for so
			}
		}
	}
	return out
}

// sized is the comments that a spec asks for.
func (p *page) sized(r *rng) []remark {
	s := p.spec
	var out []remark
	add := func(parent int, inline bool, resolution string) int {
		one := remark{parent: parent, inline: inline, resolution: resolution, status: "current", versions: 1}
		if len(out)%5 == 1 {
			one.versions = 2
		}
		out = append(out, one)
		return len(out) - 1
	}
	footer, inline := -1, -1
	below := -1
	for k := range size(r, s.Footer, p.w.comments) {
		i := add(-1, false, "")
		switch k {
		case 0:
			footer, below = i, i
		case 1:
			below = i
		}
	}
	for k := range size(r, s.Inline, p.w.comments) {
		i := add(-1, true, pickAt(resolutions, k))
		if k == 0 {
			inline = i
		}
	}
	for _, first := range []int{footer, inline} {
		if first < 0 {
			continue
		}
		if s.CommentVersions > 0 {
			out[first].versions = s.CommentVersions
		}
		for range max(0, s.Replies) {
			add(first, out[first].inline, out[first].resolution)
		}
	}
	for range max(0, s.Depth) {
		if below >= 0 {
			below = add(below, false, "")
		}
	}
	return out
}

// Comments implements WikiContent.
func (p *page) Comments() []Comment {
	thread := p.thread()
	out := make([]Comment, 0, len(thread))
	for k := range thread {
		out = append(out, p.comment(thread, k))
	}
	return out
}

// Replies implements WikiContent.
func (p *page) Replies(comment int64) []Comment {
	out := []Comment{}
	thread := p.thread()
	for k, what := range thread {
		if what.parent >= 0 && p.commentID(what.parent) == comment {
			out = append(out, p.comment(thread, k))
		}
	}
	return out
}

// commentID is the id of the k-th comment.
func (p *page) commentID(k int) int64 { return p.was.ID + 1 + int64(p.was.files) + int64(k) }

// comment makes the k-th comment.
func (p *page) comment(thread []remark, k int) Comment {
	what := thread[k]
	c := Comment{ID: p.commentID(k), Node: p.node.ID, Inline: what.inline, Status: what.status, Resolution: what.resolution}
	r := p.w.rng(wikiCommentPart, c.ID)
	c.Likes = p.w.crowd(r, r.longTail(4))
	for v := 1; v <= what.versions; v++ {
		c.texts = append(c.texts, p.commentText(c.ID, v))
	}
	made := Node{ID: c.ID, Title: "Re: " + p.node.Title, Created: p.node.Created + int64(k+1)*60_000}
	made.Modified = made.Created + int64(what.versions-1)*90_000
	for v := what.versions; v >= 1; v-- {
		c.Versions = append(c.Versions, p.w.versionAt(made, v, what.versions))
	}
	id := strconv.FormatInt(c.ID, 10)
	pageID, blogID, parentID := p.id(), "", ""
	if p.node.Type == BlogType {
		pageID, blogID = "", p.id()
	}
	if what.parent >= 0 {
		c.Parent = p.commentID(what.parent)
		pageID, blogID, parentID = "", "", strconv.FormatInt(c.Parent, 10)
	}
	pairs := []any{"id", id, "status", c.Status, "title", made.Title, "pageId", pageID, "blogPostId", blogID, "parentCommentId", parentID}
	if c.Inline {
		marker := markerOf(p.w.spec.Seed, c.ID)
		pairs = append(pairs, "resolutionStatus", c.Resolution)
		if c.Resolution != "open" {
			pairs = append(pairs, "resolutionLastModifierId", pick(r, p.w.people).AccountID, "resolutionLastModifiedAt", FormatWikiTime(made.Modified))
		}
		pairs = append(pairs, "properties", rawjson.Object("inlineMarkerRef", marker, "inlineOriginalSelection", selected))
	}
	pairs = append(pairs, "_links", rawjson.Object("webui", fmt.Sprintf("%s?focusedCommentId=%s", p.w.webui(p.node), id)))
	c.Members = compact(pairs...)
	return c
}

// markerOf is the name of the mark in the text that an inline comment is about.
func markerOf(seed uint64, comment int64) string {
	return uuidFrom(newRNG(seed, 33, uint64(comment)))
}
