package content

import (
	"fmt"
	"strconv"

	"holdfast/internal/samplesite/rawjson"
)

// page is a page or blog post: nothing but its node; each method makes its part anew.
type page struct {
	w    *wiki
	node Node // as asked for
	was  Node // as laid out; without an id for one that was added later
	spec NodeSpec
}

func (p *page) id() string { return strconv.FormatInt(p.node.ID, 10) }

func (p *page) rng(part wikiPart, more ...uint64) *rng { return p.w.rng(part, p.node.ID, more...) }

// author is who made the node.
func (w *wiki) author(n Node) Person { return pick(w.rng(wikiPeoplePart, n.ID), w.people) }

// placed is what all nodes show of where they are.
func (w *wiki) placed(n Node) (space, parent string, position any) {
	if n.Parent != 0 {
		parent = strconv.FormatInt(n.Parent, 10)
	}
	return strconv.FormatInt(w.spaces[n.Space].ID, 10), parent, n.Position
}

// Members implements WikiContent.
func (p *page) Members() []rawjson.Member {
	w, n := p.w, p.node
	space, parent, position := w.placed(n)
	author := w.author(n).AccountID
	links := rawjson.Object("webui", w.webui(n), "editui", "/pages/resumedraft.action?draftId="+p.id(), "tinyui", tinyui(n.ID))
	if n.Type == BlogType {
		return compact("id", p.id(), "status", n.Status, "title", raw(rawjson.String(n.Title)), "spaceId", space, "authorId", author,
			"createdAt", FormatWikiTime(n.Created), "_links", links)
	}
	r := p.rng(wikiPeoplePart, 1)
	owner, last := author, raw("null")
	if r.in(20) {
		last, owner = rawjson.String(author), pick(r, w.people).AccountID
	}
	subtype := raw("null")
	if r.in(10) {
		subtype = rawjson.String("live")
	}
	return compact("id", p.id(), "status", n.Status, "title", raw(rawjson.String(n.Title)), "spaceId", space, "parentId", parent, "parentType", n.ParentType, "position", position,
		"authorId", author, "ownerId", owner, "lastOwnerId", last, "subtype", subtype, "createdAt", FormatWikiTime(n.Created), "_links", links)
}

// Detail implements Wiki.
func (w *wiki) Detail(n Node) raw {
	space, parent, position := w.placed(n)
	author := w.author(n).AccountID
	id := strconv.FormatInt(n.ID, 10)
	links := rawjson.Object("webui", w.webui(n))
	var target string
	switch n.Type {
	case WhiteboardType:
		links = rawjson.Object("webui", w.webui(n), "editui", w.webui(n)+"?edit=true")
	case EmbedType:
		target = "https://board.example.com/b/" + id + "?a=1&b=<2>"
	}
	return rawjson.Members(compact("id", id, "type", n.Type, "status", n.Status, "title", raw(rawjson.String(n.Title)), "parentId", parent, "parentType", n.ParentType,
		"position", position, "authorId", author, "ownerId", author, "createdAt", FormatWikiTime(n.Created), "embedUrl", target, "spaceId", space,
		"version", w.versionAt(n, 1, 1).Body, "_links", links))
}

// versionAt describes one of the versions of what was made and changed when the node says.
func (w *wiki) versionAt(n Node, number, of int) WikiVersion {
	at := n.Created
	r := w.rng(wikiVersionPart, n.ID, uint64(number))
	author := w.author(n)
	if number > 1 {
		at += (n.Modified - n.Created) * int64(number-1) / int64(max(1, of-1))
		author = pick(r, w.people)
	}
	message := ""
	if r.in(30) {
		message = sentence(r, pickScript(r))
	}
	return WikiVersion{Number: number, Title: n.Title, Body: rawjson.Object("number", number, "authorId", author.AccountID, "message", message,
		"minorEdit", r.in(15), "createdAt", FormatWikiTime(at))}
}

// Versions implements WikiContent.
func (p *page) Versions() []WikiVersion {
	out := make([]WikiVersion, 0, p.node.Version)
	for v := p.node.Version; v >= 1; v-- {
		one := p.w.versionAt(p.node, v, p.node.Version)
		one.Title = p.titleAt(v)
		out = append(out, one)
	}
	return out
}

// titleAt is the page's title at a version; now and then it was renamed.
func (p *page) titleAt(v int) string {
	switch r := p.rng(wikiTitlePart, uint64(v)); {
	case v >= p.node.Version || p.was.ID == 0:
		return p.node.Title
	case v >= p.was.Version || !r.in(25):
		return p.was.Title
	default:
		return fmt.Sprintf("%s · %s", title(r, pickScript(r)), p.id())
	}
}

// Labels implements WikiContent.
func (p *page) Labels() []Entry { return p.w.labels(p.rng(wikiLabelPart), p.spec.Labels, 5, false) }

// labels are some of the site's; a label has the same id wherever it is.
func (w *wiki) labels(r *rng, want, most int, v1 bool) []Entry {
	n := size(r, want, most)
	first := r.below(labelCount)
	out := make([]Entry, 0, n)
	for k := range min(n, labelCount) {
		i := (first + k) % labelCount
		id, name, prefix := number(firstLabel+i), fmt.Sprintf("%s-%d", pickAt(labelNames, i), i), "global"
		switch i % 40 {
		case 13:
			prefix = "my"
		case 27:
			prefix = "team"
		}
		body := rawjson.Object("id", id, "name", name, "prefix", prefix)
		if v1 {
			body = rawjson.Object("prefix", prefix, "name", name, "id", id, "label", name)
		}
		out = append(out, Entry{ID: id, Body: body, Project: -1})
	}
	return out
}

const (
	firstLabel = 4001
	labelCount = 900
)

var labelNames = list("howto|größe|緊急|runbook|customer:acme|a&b|🔥|безопасность|q4-2024|meeting-notes|محضر")

// Properties implements WikiContent.
func (p *page) Properties() []Entry {
	r := p.rng(wikiPropertyPart)
	n := size(r, p.spec.Props, 3)
	out := make([]Entry, 0, n+1)
	add := func(k int, key string, value raw) {
		id := strconv.FormatInt(p.node.ID*1000+int64(k), 10)
		out = append(out, Entry{ID: id, Project: -1, Body: rawjson.Object("id", id, "key", key, "value", value, "version", p.w.versionAt(p.node, 1, 1).Body)})
	}
	for k := range n {
		add(k, "com.example.app."+number(k), propertyValue(r, k))
	}
	if p.spec.Odd {
		add(n, "odd", oddValue)
	}
	return out
}

// propertyValue is a value of any sort that JSON has.
func propertyValue(r *rng, k int) raw {
	switch k % 5 {
	case 1:
		return rawjson.String(sentence(r, pickScript(r)))
	case 2:
		return rawjson.Array([]raw{raw("1.0"), raw("1E+2"), raw("null"), rawjson.Object("a", []raw{})})
	case 3:
		return raw(pick(r, list("true|false|12345678901234567890|0.10|-0")))
	}
	return rawjson.Object("version", k+1, "note", sentence(r, pickScript(r)), "score", r.below(1000), "nested", rawjson.Object("html", "<b>&amp;</b>", "list", []string{"x", "y"}))
}

// Likes implements WikiContent.
func (p *page) Likes() []string {
	r := p.rng(wikiLikePart)
	return p.w.crowd(r, size(r, p.spec.Likes, 9))
}
