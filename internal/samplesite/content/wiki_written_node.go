package content

import (
	"net/url"
	"slices"
	"strconv"

	"holdfast/internal/samplesite/rawjson"
)

// writtenContent is a written page or blog post as its node is now.
type writtenContent struct {
	w    *WrittenWiki
	node Node
	of   *Written
}

// Members implements WikiContent.
func (c *writtenContent) Members() []rawjson.Member {
	n, of := c.node, c.of
	space := c.w.Spaces()[n.Space]
	id := idText(n.ID)
	links := rawjson.Object("webui", webuiOf(spacePathOf(space), n), "editui", "/pages/resumedraft.action?draftId="+id, "tinyui", tinyui(n.ID))
	if n.Type == BlogType {
		return compact("id", id, "status", n.Status, "title", raw(rawjson.String(n.Title)), "spaceId", idText(space.ID), "authorId", of.Author,
			"createdAt", FormatWikiTime(n.Created), "_links", links)
	}
	parent := ""
	if n.Parent != 0 {
		parent = idText(n.Parent)
	}
	return compact("id", id, "status", n.Status, "title", raw(rawjson.String(n.Title)), "spaceId", idText(space.ID), "parentId", parent, "parentType", n.ParentType, "position", n.Position,
		"authorId", of.Author, "ownerId", of.Owner, "lastOwnerId", textOrNull(of.LastOwner), "subtype", textOrNull(of.Subtype), "createdAt", FormatWikiTime(n.Created), "_links", links)
}

func textOrNull(s string) raw {
	if s == "" {
		return raw("null")
	}
	return rawjson.String(s)
}

// detail is what GET of a written folder, whiteboard, database or smart link gives.
func (w *WrittenWiki) detail(n Node, of *Written) raw {
	space := w.Spaces()[n.Space]
	parent := ""
	if n.Parent != 0 {
		parent = idText(n.Parent)
	}
	at := webuiOf(spacePathOf(space), n)
	links := rawjson.Object("webui", at)
	if n.Type == WhiteboardType {
		links = rawjson.Object("webui", at, "editui", at+"?edit=true")
	}
	var version raw
	if len(of.History) > 0 {
		version = of.History[len(of.History)-1].WikiVersion.Body
	}
	return rawjson.Members(compact("id", idText(n.ID), "type", n.Type, "status", n.Status, "title", raw(rawjson.String(n.Title)), "parentId", parent, "parentType", n.ParentType,
		"position", n.Position, "authorId", of.Author, "ownerId", of.Owner, "createdAt", FormatWikiTime(n.Created), "embedUrl", of.Target, "spaceId", idText(space.ID),
		"version", version, "_links", links))
}

// Versions implements WikiContent.
func (c *writtenContent) Versions() []WikiVersion {
	out := make([]WikiVersion, 0, len(c.of.History))
	for _, v := range slices.Backward(c.of.History) {
		out = append(out, v.WikiVersion)
	}
	return out
}

// Body implements WikiContent.
func (c *writtenContent) Body(version int, format string) string {
	i := slices.IndexFunc(c.of.History, func(v WrittenVersion) bool { return v.Number == version })
	if i < 0 {
		return ""
	}
	v := c.of.History[i]
	if format == ADFFormat {
		if v.ADF != "" {
			return v.ADF
		}
		return given(v.Storage, ADFFormat)
	}
	return v.Storage
}

// Labels implements WikiContent.
func (c *writtenContent) Labels() []Entry { return c.of.Labels }

// Properties implements WikiContent.
func (c *writtenContent) Properties() []Entry { return c.of.Properties }

// Likes implements WikiContent.
func (c *writtenContent) Likes() []string { return c.of.Likes }

// Comments implements WikiContent.
func (c *writtenContent) Comments() []Comment { return c.of.Comments }

// Replies implements WikiContent.
func (c *writtenContent) Replies(comment int64) []Comment {
	out := []Comment{}
	for _, one := range c.of.Comments {
		if one.Parent == comment {
			out = append(out, one)
		}
	}
	return out
}

// Files implements WikiContent.
func (c *writtenContent) Files() []File { return c.of.Files }

// Restrictions implements WikiContent.
func (c *writtenContent) Restrictions() raw { return restrictionsOf(idText(c.node.ID), c.Restriction) }

// Restriction implements WikiContent.
func (c *writtenContent) Restriction(operation string) (users, groups []Entry) {
	if c.node.Status != "current" && c.node.Status != "archived" {
		return nil, nil
	}
	return c.of.Users[operation], c.of.Groups[operation]
}

// spacePathOf is the address of a space below /wiki.
func spacePathOf(s Space) string { return "/spaces/" + url.PathEscape(s.Key) }

// webuiOf is the address of a node below /wiki.
func webuiOf(space string, n Node) string {
	id := strconv.FormatInt(n.ID, 10)
	switch n.Type {
	case PageType:
		return space + "/pages/" + id + "/" + url.QueryEscape(n.Title)
	case BlogType:
		return space + "/blog/" + FormatWikiTime(n.Created)[:4] + "/" + FormatWikiTime(n.Created)[5:7] + "/" + FormatWikiTime(n.Created)[8:10] + "/" + id + "/" + url.QueryEscape(n.Title)
	}
	return space + "/" + n.Type + "/" + id
}

// VersionBody describes a version that was written at a time (Unix ms).
func VersionBody(number int, author, message string, minor bool, at int64) raw {
	return rawjson.Object("number", number, "authorId", author, "message", message, "minorEdit", minor, "createdAt", FormatWikiTime(at))
}

// Members returns the members of an object whose values are not "": what an id is
// missing for is left out. It takes name, value pairs as rawjson.Object does.
func Members(pairs ...any) []rawjson.Member { return compact(pairs...) }

// KnownUser is an account as REST v1 shows it.
func KnownUser(p Person) raw { return knownUser(p) }

// WatchUser is an account as lists of watchers of REST v1 show it.
func WatchUser(p Person) raw { return watchUser(p) }

// BodyOf is a text in one representation.
func BodyOf(representation, value string) raw { return bodyOf(representation, value) }

// SpacePath is the address of a space below /wiki.
func SpacePath(s Space) string { return spacePathOf(s) }

// NodePath is the address of a node of a space below /wiki.
func NodePath(s Space, n Node) string { return webuiOf(spacePathOf(s), n) }

// XMLText is text as it stands in storage format.
func XMLText(s string) string { return xmlText(s) }

// MarkerOf is the name of the mark of a comment in a text that was written.
func MarkerOf(comment int64) string { return markerOf(0, comment) }

// StateBody is what GET /content/{id}/state of REST v1 gives.
func (n *Written) StateBody() raw {
	if n.State == nil {
		return rawjson.Object("contentState", nil)
	}
	return rawjson.Object("contentState", n.State, "lastUpdated", FormatWikiTime(n.StateSet))
}
