package content

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"strconv"
	"time"

	"holdfast/internal/samplesite/rawjson"
)

// FormatWikiTime writes Unix milliseconds as REST v2 of Confluence Cloud does.
func FormatWikiTime(ms int64) string {
	return time.UnixMilli(ms).UTC().Format("2006-01-02T15:04:05.000Z")
}

var spaceNames = []string{"Engineering", "Kundenbetreuung", "設計書", "产品文档", "Отдел продаж", "Runbooks & on-call", "الموارد البشرية", "Release notes 🚢", "ידע משותף", "कार्यालय"}

// makeSpace decides on a space, but for its homepage.
func (w *wiki) makeSpace(i int, s SpaceSpec) (Space, error) {
	if min(s.Pages, s.Blogs, s.Others, s.Tasks, s.CustomContent, s.Properties, s.Labels, s.Templates, s.Permissions, s.Watchers, s.Deep) < 0 {
		return Space{}, fmt.Errorf("generating the sample site: space %q: %w", s.Key, errSizes)
	}
	r := w.rng(wikiSpacePart, int64(i))
	owner := pick(r, w.people)
	if s.Personal {
		owner = w.people[i%len(w.people)]
	}
	space := Space{ID: firstSpace + 2*int64(i), Key: s.Key, Name: s.Name, Type: "global", Status: "current", Owner: owner.AccountID}
	switch {
	case s.Personal:
		space.Type = "personal"
	case i%9 == 5:
		space.Type = "collaboration"
	case i%9 == 7:
		space.Type = "knowledge_base"
	}
	if s.Archived {
		space.Status = "archived"
	}
	if space.Key == "" && s.Personal {
		space.Key = "~" + owner.AccountID
	} else if space.Key == "" {
		space.Key = fmt.Sprintf("S%d", i+1)
	}
	if space.Name == "" && s.Personal {
		space.Name = owner.Name
	} else if space.Name == "" {
		space.Name = fmt.Sprintf("%s (%s)", pick(r, spaceNames), space.Key)
	}
	return space, nil
}

// describeSpace writes down what lists show of a space once its homepage has an id.
func (w *wiki) describeSpace(i int) {
	s := &w.spaces[i]
	created := int64(firstCreated)
	for _, k := range w.ofSpace[i] {
		if w.nodes[k].number == 1 && w.nodes[k].Type == PageType {
			s.Homepage = w.nodes[k].ID
		}
	}
	r := w.rng(wikiSpacePart, int64(i), 1)
	text := paragraph(r, pickScript(r), 2)
	if i%6 == 4 {
		text = ""
	}
	homepage := ""
	if s.Homepage != 0 {
		homepage = strconv.FormatInt(s.Homepage, 10)
	}
	s.Members = compact("id", strconv.FormatInt(s.ID, 10), "key", s.Key, "name", s.Name, "type", s.Type, "status", s.Status,
		"authorId", s.Owner, "spaceOwnerId", s.Owner, "currentActiveAlias", s.Key, "createdAt", FormatWikiTime(created+int64(i)*3600_000),
		"homepageId", homepage,
		"description", rawjson.Object("plain", bodyOf("plain", text), "view", bodyOf("view", "<p>"+xmlText(text)+"</p>")),
		"icon", rawjson.Object("path", "/download/attachments/"+strconv.FormatInt(s.ID, 10)+"/"+"logo?version=1&api=v2", "apiDownloadLink", "/wiki/download/attachments/logo"),
		"_links", rawjson.Object("webui", w.spacePath(i)))
}

// spacePath is the address of a space below /wiki.
func (w *wiki) spacePath(i int) string { return spacePathOf(w.spaces[i]) }

// webui is the address of a node below /wiki.
func (w *wiki) webui(n Node) string { return webuiOf(w.spacePath(n.Space), n) }

// tinyui is the short address of a page: its id in base 64.
func tinyui(id int64) string {
	b := binary.LittleEndian.AppendUint64(nil, uint64(id))
	for len(b) > 1 && b[len(b)-1] == 0 {
		b = b[:len(b)-1]
	}
	return "/x/" + base64.RawURLEncoding.EncodeToString(b)
}

// bodyOf is a text in one representation.
func bodyOf(representation, value string) raw {
	return rawjson.Object("representation", representation, "value", value)
}
