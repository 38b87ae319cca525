package samplesite

import (
	"net/http"
	"slices"

	"holdfast/internal/samplesite/content"
	"holdfast/internal/samplesite/rawjson"
)

// settingWriteRoutes serves the settings, theme, look and classification of spaces.
func settingWriteRoutes() []route {
	const space, look, level = WikiV1 + "/space/{spaceKey}", WikiV1 + "/settings/lookandfeel", WikiV2 + "/spaces/{id}/classification-level/default"
	v1, site, v2 := []string{writeSpaceV1}, []string{manageWiki}, []string{readSpace, writeSpace}
	return []route{
		{method: http.MethodPut, template: space + "/settings", scopes: v1, answer: putSettings},
		{method: http.MethodPut, template: space + "/theme", scopes: v1, answer: putTheme},
		{method: http.MethodDelete, template: space + "/theme", scopes: v1, answer: deleteTheme},
		{method: http.MethodPut, template: look, scopes: site, answer: putLook},
		{method: http.MethodPost, template: look + "/custom", scopes: site, answer: postLook},
		{method: http.MethodPut, template: level, scopes: v2, answer: putLevel},
		{method: http.MethodDelete, template: level, scopes: v2, answer: deleteLevel},
	}
}

// setOne writes the one entry that a space has of a kind; no body takes it away.
func (s *Site) setOne(kind string, space content.Space, body rawjson.Raw) {
	var all []content.Entry
	if body != nil {
		all = []content.Entry{{ID: kind, Body: body, Project: -1}}
	}
	s.wiki.written.SetList(kind, idText(space.ID), all)
}

// oneOfSpace is the one entry that a space has of a kind, nil where it has none.
func (s *Site) oneOfSpace(kind string, space content.Space) []rawjson.Member {
	all := s.wiki.src.Setup().List(kind, idText(space.ID))
	if len(all) == 0 {
		return nil
	}
	members, _ := rawjson.Split(all[0].Body) // entries are our own
	return members
}

func putSettings(c *call) reply {
	var in struct {
		RouteOverrideEnabled *bool  `json:"routeOverrideEnabled"`
		ContentMode          string `json:"contentMode"`
	}
	i, bad := c.spaceAsked()
	if bad != nil {
		return *bad
	}
	if bad := c.wikiBody(&in); bad != nil {
		return *bad
	}
	space := c.site.wiki.src.Spaces()[i]
	members := c.site.oneOfSpace("spaceSettings", space)
	if in.RouteOverrideEnabled != nil {
		members = replaced(members, "routeOverrideEnabled", rawjson.Raw(map[bool]string{true: "true", false: "false"}[*in.RouteOverrideEnabled]))
	}
	if in.ContentMode != "" {
		if in.ContentMode != "standard" && in.ContentMode != "compact" {
			return *c.wikiBad("contentMode is standard or compact")
		}
		if rawjson.Get(members, "contentMode") == nil {
			members = slices.Insert(slices.Clone(members), min(2, len(members)), rawjson.Member{Name: "contentMode"})
		}
		members = replaced(members, "contentMode", rawjson.String(in.ContentMode))
	}
	c.site.setOne("spaceSettings", space, rawjson.Members(members))
	return wikiOK(rawjson.Members(members))
}

func putTheme(c *call) reply {
	var in struct {
		ThemeKey string `json:"themeKey"`
	}
	i, bad := c.spaceAsked()
	if bad != nil {
		return *bad
	}
	if bad := c.wikiBody(&in); bad != nil {
		return *bad
	}
	space := c.site.wiki.src.Spaces()[i]
	theme, found := c.site.wiki.src.Setup().Find("theme", "", in.ThemeKey)
	if !found {
		return plainRefuse(http.StatusForbidden, "The theme key is invalid")
	}
	members, _ := rawjson.Split(theme.Body) // themes are our own
	members = append(members, rawjson.Member{Name: "_links", Value: rawjson.Object("self", wikiBase+"/rest/api/space/"+space.Key+"/theme")})
	c.site.setOne("spaceTheme", space, rawjson.Members(members))
	return wikiOK(rawjson.Members(members))
}

func deleteTheme(c *call) reply {
	i, bad := c.spaceAsked()
	if bad != nil {
		return *bad
	}
	c.site.setOne("spaceTheme", c.site.wiki.src.Spaces()[i], nil)
	return reply{status: http.StatusNoContent}
}

// putLook selects which look a space has.
func putLook(c *call) reply {
	var in struct {
		SpaceKey        string `json:"spaceKey"`
		LookAndFeelType string `json:"lookAndFeelType"`
	}
	if bad := c.wikiBody(&in); bad != nil {
		return *bad
	}
	i, found := c.site.wiki.space(func(s content.Space) bool { return s.Key == in.SpaceKey })
	if !found {
		return c.nothingSet()
	}
	if !slices.Contains([]string{"global", "custom", "theme"}, in.LookAndFeelType) {
		return *c.wikiBad("lookAndFeelType is global, custom or theme")
	}
	space := c.site.wiki.src.Spaces()[i]
	c.site.setOne("spaceLookAndFeel", space, rawjson.Members(replaced(c.site.oneOfSpace("spaceLookAndFeel", space), "selected", rawjson.String(in.LookAndFeelType))))
	return wikiOK(rawjson.Object("spaceKey", in.SpaceKey, "lookAndFeelType", in.LookAndFeelType))
}

// postLook writes the look of a space's own.
func postLook(c *call) reply {
	var in map[string]rawjson.Raw
	if bad := c.wikiBody(&in); bad != nil {
		return *bad
	}
	for _, name := range []string{"headings", "links", "menus", "header", "content", "bordersAndDividers"} {
		if in[name] == nil {
			return *c.wikiBad(name + ": must not be null")
		}
	}
	i, bad := c.spaceAsked()
	if bad != nil {
		return *bad
	}
	space := c.site.wiki.src.Spaces()[i]
	look, err := rawjson.Split(c.body)
	if err != nil {
		return *c.wikiBad("The request body cannot be read")
	}
	look = slices.DeleteFunc(look, func(m rawjson.Member) bool { return m.Name == "spaceReference" })
	look = append(look, rawjson.Member{Name: "spaceReference", Value: rawjson.Object("key", space.Key)})
	c.site.setOne("spaceLookAndFeel", space, rawjson.Members(replaced(c.site.oneOfSpace("spaceLookAndFeel", space), "custom", rawjson.Members(look))))
	return wikiOK(rawjson.Members(append(look, rawjson.Member{Name: "_links", Value: rawjson.Object("base", wikiBase, "context", "/wiki")})))
}

// putLevel sets the classification that content of a space has by itself.
func putLevel(c *call) reply {
	var in struct {
		ID string `json:"id"`
	}
	i, bad := c.spaceAsked()
	if bad != nil {
		return *bad
	}
	if bad := c.wikiBody(&in); bad != nil {
		return *bad
	}
	level, found := c.site.wiki.src.Setup().Find("classificationLevel", "", in.ID)
	if !found || at(level.Body, "status") != "PUBLISHED" {
		return *wikiInvalid("There is no published classification level %s", in.ID)
	}
	c.site.setOne("spaceClassification", c.site.wiki.src.Spaces()[i], level.Body)
	return reply{status: http.StatusNoContent}
}

func deleteLevel(c *call) reply {
	i, bad := c.spaceAsked()
	if bad != nil {
		return *bad
	}
	c.site.setOne("spaceClassification", c.site.wiki.src.Spaces()[i], nil)
	return reply{status: http.StatusNoContent}
}
