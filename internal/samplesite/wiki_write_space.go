package samplesite

import (
	"cmp"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"holdfast/internal/samplesite/content"
	"holdfast/internal/samplesite/rawjson"
)

// OAuth scopes of what is written.
const (
	writeSpace   = "write:space:confluence"
	writeSpaceV1 = "write:confluence-space"
)

// spaceWriteRoutes serves making, changing and deleting spaces.
func spaceWriteRoutes() []route {
	return []route{
		{method: http.MethodPost, template: WikiV2 + "/spaces", scopes: []string{writeSpace}, answer: postSpace},
		{method: http.MethodPost, template: WikiV1 + "/space", scopes: []string{writeSpaceV1}, answer: postPlainSpace},
		{method: http.MethodPost, template: WikiV1 + "/space/_private", scopes: []string{writeSpaceV1}, answer: postPlainSpace},
		{method: http.MethodPut, template: WikiV1 + "/space/{spaceKey}", scopes: []string{writeSpaceV1}, answer: putPlainSpace},
		{method: http.MethodDelete, template: WikiV1 + "/space/{spaceKey}", scopes: []string{writeSpaceV1}, answer: deletePlainSpace},
	}
}

// newSpace is what is asked of a space that is made.
type newSpace struct {
	name, key, description string
	private                bool
	copied                 int // index of the space whose access is taken over; negative: none
	roles                  []roleAssignment
	permissions            []rawjson.Raw // as REST v1 gives them, nil: the usual ones
}

// spaceKeys is what the key of a space looks like; that of a personal one begins with "~".
var spaceKeys = regexp.MustCompile(`^[A-Za-z0-9]{1,255}$`)

func postSpace(c *call) reply {
	var in struct {
		Name                         string           `json:"name"`
		Key                          string           `json:"key"`
		Alias                        string           `json:"alias"`
		Description                  *oneBody         `json:"description"`
		RoleAssignments              []roleAssignment `json:"roleAssignments"`
		CopySpaceAccessConfiguration *int64           `json:"copySpaceAccessConfiguration"`
		CreatePrivateSpace           bool             `json:"createPrivateSpace"`
		TemplateKey                  string           `json:"templateKey"`
	}
	if bad := c.wikiBody(&in); bad != nil {
		return *bad
	}
	asked := newSpace{name: in.Name, key: cmp.Or(in.Key, in.Alias), private: in.CreatePrivateSpace, roles: in.RoleAssignments, copied: -1}
	if in.Description != nil {
		if in.Description.Representation != "" && in.Description.Representation != "plain" {
			return *wikiInvalid("Only the plain representation of the description is supported")
		}
		asked.description = in.Description.Value
	}
	for _, one := range in.RoleAssignments {
		if bad := c.assignable(one); bad != nil {
			return *bad
		}
	}
	if in.CopySpaceAccessConfiguration != nil {
		i, found := c.site.wiki.space(func(s content.Space) bool { return s.ID == *in.CopySpaceAccessConfiguration })
		if !found {
			return wikiAbsent()
		}
		asked.copied = i
	}
	i, bad := c.makeSpace(asked)
	if bad != nil {
		return *bad
	}
	p := wikiOK(spaceBody(c.site.wiki.src.Spaces()[i], spaceShape{format: "plain", icon: true, single: true}))
	p.status = http.StatusCreated
	return p
}

func postPlainSpace(c *call) reply {
	var in struct {
		Name        string        `json:"name"`
		Key         string        `json:"key"`
		Alias       string        `json:"alias"`
		Description *plainText    `json:"description"`
		Permissions []rawjson.Raw `json:"permissions"`
	}
	if bad := c.wikiBody(&in); bad != nil {
		return *bad
	}
	asked := newSpace{name: in.Name, key: cmp.Or(in.Key, in.Alias), permissions: in.Permissions, copied: -1, private: strings.HasSuffix(c.route.template, "/_private")}
	if in.Description != nil {
		asked.description = in.Description.Plain.Value
	}
	i, bad := c.makeSpace(asked)
	if bad != nil {
		return *bad
	}
	return wikiOK(c.site.plainSpace(i))
}

// plainText is a description as REST v1 takes it.
type plainText struct {
	Plain oneBody `json:"plain"`
}

// makeSpace makes a space with its homepage and all that new spaces have.
func (c *call) makeSpace(asked newSpace) (int, *reply) {
	w := c.site.wiki
	me := c.site.AccountID()
	kind, owner := "global", me
	switch account, personal := strings.CutPrefix(asked.key, "~"); {
	case strings.TrimSpace(asked.name) == "" || len([]rune(asked.name)) > 200:
		return 0, c.wikiBad("The name of a space must have between 1 and 200 characters")
	case personal:
		if _, known := c.site.wikiUser(account); !known {
			return 0, c.wikiBad("There is no user of the personal space " + asked.key)
		}
		kind, owner = "personal", account
	case !spaceKeys.MatchString(asked.key):
		return 0, c.wikiBad("A space key may only contain alphanumeric characters (a-z, A-Z, 0-9)")
	}
	if _, taken := w.spaceThere(func(s content.Space) bool { return strings.EqualFold(s.Key, asked.key) }); taken {
		return 0, c.wikiBad("A space already exists with key " + asked.key)
	}
	space := content.Space{ID: w.written.NextID(), Key: asked.key, Name: asked.name, Type: kind, Status: "current", Owner: owner, Homepage: w.written.NextID()}
	now := c.wikiNow()
	id := idText(space.ID)
	space.Members = content.Members("id", id, "key", space.Key, "name", space.Name, "type", space.Type, "status", space.Status,
		"authorId", me, "spaceOwnerId", owner, "currentActiveAlias", space.Key, "createdAt", content.FormatWikiTime(now), "homepageId", idText(space.Homepage),
		"description", descriptionOf(asked.description),
		"icon", rawjson.Object("path", "/images/logo/default-space-logo.svg", "apiDownloadLink", "/wiki/download/attachments/logo"),
		"_links", rawjson.Object("webui", content.SpacePath(space)))
	i := w.written.PutSpace(space)
	c.furnish(space, i, asked)
	home := (&content.Written{Author: me, Owner: me, Node: content.Node{ID: space.Homepage, Type: content.PageType, Space: i, Status: "current", Title: space.Name + " Home",
		Created: now, Modified: now, Version: 1}}).Clone()
	home.History = []content.WrittenVersion{{WikiVersion: content.WikiVersion{Number: 1, Title: home.Node.Title, Body: content.VersionBody(1, me, "", false, now)}, Storage: "<p />"}}
	w.save(home)
	return i, nil
}

// descriptionOf is a space's description in all representations.
func descriptionOf(text string) rawjson.Raw {
	view := ""
	if text != "" {
		view = "<p>" + content.XMLText(text) + "</p>"
	}
	return rawjson.Object("plain", content.BodyOf("plain", text), "view", content.BodyOf("view", view))
}

// spaceThere finds a space that was not deleted, whoever may see it. The caller does not hold mu.
func (w *wikiWorld) spaceThere(match func(content.Space) bool) (int, bool) {
	all := w.src.Spaces()
	w.mu.RLock()
	defer w.mu.RUnlock()
	for i, s := range all {
		if !w.gone[i] && match(s) {
			return i, true
		}
	}
	return -1, false
}

func putPlainSpace(c *call) reply {
	var in struct {
		Name        *string    `json:"name"`
		Description *plainText `json:"description"`
		Homepage    *struct {
			ID rawjson.Raw `json:"id"`
		} `json:"homepage"`
		Type   *string `json:"type"`
		Status *string `json:"status"`
	}
	i, bad1 := c.spaceAsked()
	if bad1 != nil {
		return *bad1
	}
	if bad := c.wikiBody(&in); bad != nil {
		return *bad
	}
	s := c.site.wiki.src.Spaces()[i]
	change := func(name string, value rawjson.Raw) {
		if rawjson.Get(s.Members, name) == nil {
			s.Members = slices.Insert(slices.Clone(s.Members), len(s.Members)-1, rawjson.Member{Name: name, Value: value})
		}
		s.Members = replaced(s.Members, name, value)
	}
	if in.Name != nil {
		if strings.TrimSpace(*in.Name) == "" || len([]rune(*in.Name)) > 200 {
			return *c.wikiBad("The name of a space must have between 1 and 200 characters")
		}
		s.Name = *in.Name
		change("name", rawjson.String(s.Name))
	}
	if in.Description != nil {
		change("description", descriptionOf(in.Description.Plain.Value))
	}
	if in.Homepage != nil {
		n, found := c.site.wiki.node(numbered(strings.Trim(string(in.Homepage.ID), `"`)), c.adminKey())
		if !found || n.Type != content.PageType || n.Space != i || n.Status != "current" {
			return *c.wikiBad("The homepage is not a page of the space")
		}
		s.Homepage = n.ID
		change("homepageId", rawjson.String(idText(n.ID)))
	}
	if in.Type != nil {
		if s.Type == "personal" || *in.Type == "personal" || !slices.Contains(spaceTypes, *in.Type) {
			return *c.wikiBad("The type of the space cannot be changed to " + *in.Type)
		}
		s.Type = *in.Type
		change("type", rawjson.String(s.Type))
	}
	if in.Status != nil {
		if *in.Status != "current" && *in.Status != "archived" {
			return *c.wikiBad("A space is current or archived")
		}
		s.Status = *in.Status
		change("status", rawjson.String(s.Status))
	}
	c.site.wiki.written.PutSpace(s)
	return wikiOK(c.site.plainSpace(i))
}

func deletePlainSpace(c *call) reply {
	i, bad := c.spaceAsked()
	if bad != nil {
		return *bad
	}
	c.site.wiki.mu.Lock()
	c.site.wiki.gone[i] = true
	c.site.wiki.mu.Unlock()
	return longTask()
}

// longTaskID is the one task in the background that the sample tells of.
const longTaskID = "1000001"

// longTask is the answer to what live sites do in the background; the sample has done it.
func longTask() reply {
	p := wikiOK(rawjson.Object("id", longTaskID, "links", rawjson.Object("status", "/rest/api/longtask/"+longTaskID)))
	p.status = http.StatusAccepted
	return p
}
