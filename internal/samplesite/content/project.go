package content

import (
	"fmt"
	"slices"
	"strconv"

	"holdfast/internal/samplesite/rawjson"
)

var projectNames = []string{"Customer Center", "Zahlungsverkehr", "データ基盤", "支付平台", "Мобильное приложение", "Site Reliability", "منصة الدفع", "Release Train 🚂", "פורטל לקוחות", "ग्राहक सेवा"}

func makeProject(seed uint64, n int, spec ProjectSpec, people []Person) Project {
	r := newRNG(seed, 4, uint64(n))
	p := Project{ID: firstProject + int64(n), Key: spec.Key, Name: spec.Name}
	p.Type, p.Simplified = spec.Type, spec.Simplified
	if p.Type == "" {
		p.Type = "software"
	}
	style := "classic"
	if p.Simplified {
		style = "next-gen"
	}
	if p.Name == "" {
		p.Name = fmt.Sprintf("%s (%s)", pick(r, projectNames), spec.Key)
	}
	id := strconv.FormatInt(p.ID, 10)
	self := Base + "/rest/api/3/project/" + id
	icons := avatars(Base + "/rest/api/3/universal_avatar/view/type/project/avatar/10400?size=")
	lead := people[r.below(len(people))].Body
	for i := range size(r, spec.Versions, 30) {
		p.Versions = append(p.Versions, rawjson.Object(
			"self", fmt.Sprintf("%s/rest/api/3/version/%d", Base, 10000+n*1000+i),
			"id", strconv.Itoa(10000+n*1000+i), "description", sentence(r, pick(r, scripts)),
			"name", fmt.Sprintf("%d.%d", 1+i/4, i%4), "archived", i < 2, "released", i < 5,
			"releaseDate", FormatTime(firstCreated + int64(i)*40*24*3600*1000)[:10], "projectId", p.ID))
	}
	for i := range size(r, spec.Components, 14) {
		p.Components = append(p.Components, rawjson.Object(
			"self", fmt.Sprintf("%s/rest/api/3/component/%d", Base, 10000+n*1000+i),
			"id", strconv.Itoa(10000+n*1000+i), "name", fmt.Sprintf("%s %d", componentName(i), i+1), "description", sentence(r, pick(r, scripts)),
			"lead", pick(r, people).Body, "assigneeType", "PROJECT_LEAD", "realAssigneeType", "PROJECT_LEAD",
			"isAssigneeTypeValid", true, "project", p.Key, "projectId", p.ID))
	}
	m := func(name string, v any) rawjson.Member {
		one := rawjson.Object(name, v) // {"name":v}
		return rawjson.Member{Name: name, Value: one[len(name)+4 : len(one)-1]}
	}
	p.Summary = []rawjson.Member{
		m("expand", "description,lead,issueTypes,url,projectKeys,permissions,insight"),
		m("self", self), m("id", id), m("key", p.Key), m("name", p.Name), m("avatarUrls", icons),
		m("projectTypeKey", p.Type), m("simplified", p.Simplified), m("style", style),
		m("isPrivate", false), m("properties", rawjson.Raw("{}")),
		// entityId is on real projects and not in Atlassian's schema.
		m("entityId", fmt.Sprintf("%08x-0000-4000-8000-%012x", uint32(r.next()), n+1)),
	}
	types := make([]rawjson.Raw, 0, len(issueTypes))
	for i := range issueTypes {
		types = append(types, issueTypeBody(i))
	}
	p.Details = []rawjson.Member{
		m("expand", "description,lead,issueTypes,url,projectKeys,permissions,insight"),
		m("self", self), m("id", id), m("key", p.Key), m("description", paragraph(r, pick(r, scripts), 3)),
		m("lead", lead), m("components", rawjson.Array(p.Components)), m("issueTypes", rawjson.Array(types)),
		m("assigneeType", "UNASSIGNED"), m("versions", rawjson.Array(p.Versions)), m("name", p.Name),
		m("roles", rawjson.Object("Administrators", self+"/role/10002")), m("avatarUrls", icons),
		m("projectTypeKey", p.Type), m("simplified", p.Simplified), m("style", style),
		m("isPrivate", false), m("properties", rawjson.Raw("{}")),
	}
	return p
}

func componentName(i int) string {
	return pickAt([]string{"API", "Frontend", "データベース", "Billing & Tax", "Infrastruktur", "搜索", "Docs", "Поиск", "Login <SSO>", "Import/Export"}, i)
}

func pickAt(from []string, i int) string { return from[i%len(from)] }

// Searched is the project as project/search lists it, with what expand adds.
func (p Project) Searched(expand []string, insight rawjson.Raw) rawjson.Raw {
	m := slices.Clone(p.Summary)
	for _, name := range []string{"description", "lead", "issueTypes", "url", "projectKeys"} {
		if v := rawjson.Get(p.Details, name); v != nil && slices.Contains(expand, name) {
			m = append(m, rawjson.Member{Name: name, Value: v})
		}
	}
	if insight != nil {
		m = append(m, rawjson.Member{Name: "insight", Value: insight})
	}
	return rawjson.Members(m)
}
