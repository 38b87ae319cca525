package samplesite

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"holdfast/internal/samplesite/content"
	"holdfast/internal/samplesite/rawjson"
)

// seededKinds is what a seed can bring of Confluence, beside accounts: lists of the site.
var seededKinds = []string{"systemInfo", "lookAndFeel", "theme", "selectedTheme", "spaceRole", "spaceRoleMode", "spacePermission", ofGroup, "template", "blueprint", "classificationLevel"}

// renumberedKinds is those of them whose ids a site makes up.
var renumberedKinds = []string{"spaceRole", ofGroup, "template", "blueprint", "classificationLevel"}

// seedWiki puts the configuration of another Confluence in the place of the site's own:
// each kind that the seed has, whole.
func (s *Site) seedWiki(records []content.SeedRecord, renumber bool) {
	w := s.wiki.written
	lists := map[string][]content.Entry{}
	members := map[string][]content.Entry{}
	ids := map[string]string{} // of groups: here → in the records
	var people []content.Person
	for _, r := range records {
		switch r.Kind {
		case wikiUserKind:
			people = append(people, content.WikiPerson(r.ID, at(r.Body, "displayName"), at(r.Body, "accountStatus") == "active", at(r.Body, "accountType")))
		case "groupMember":
			members[r.Parent] = append(members[r.Parent], content.Entry{ID: at(r.Body, "accountId"), Body: r.Body, Project: -1})
		default:
			e := content.Entry{ID: r.ID, Body: r.Body, Project: -1}
			if renumber && slices.Contains(renumberedKinds, r.Kind) {
				e = renumberedEntry(e)
			}
			if r.Kind == ofGroup {
				ids[e.ID] = r.ID
			}
			lists[r.Kind] = append(lists[r.Kind], e)
		}
	}
	w.AddPeople(people...)
	for _, kind := range seededKinds {
		// A seed that has none leaves the site its own, but for what a site begins without.
		if lists[kind] != nil || kind == "template" && len(lists) > 0 {
			w.SetList(kind, "", lists[kind])
		}
	}
	if lists[ofGroup] != nil {
		w.DropLists("groupMember")
		for _, group := range lists[ofGroup] {
			w.SetList("groupMember", group.ID, members[ids[group.ID]])
		}
	}
}

// renumberedEntry is an entry with another id, also where its body names it.
func renumberedEntry(e content.Entry) content.Entry {
	other := strconv.FormatUint(hashOf(e.ID)%1_000_000_000+30_000_000, 10)
	if strings.Count(e.ID, "-") == 4 {
		a, b := hashOf(e.ID), hashOf("other "+e.ID)
		other = fmt.Sprintf("%08x-%04x-4%03x-8%03x-%012x", uint32(a), uint16(a>>32), a>>48&0xfff, b&0xfff, b>>16)
	}
	return content.Entry{ID: other, Body: rawjson.Raw(strings.ReplaceAll(string(e.Body), e.ID, other)), Project: -1}
}
