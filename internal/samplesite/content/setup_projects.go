package content

import (
	"fmt"
	"slices"

	"holdfast/internal/samplesite/rawjson"
)

// projectLists is what belongs to each project beside versions, components and issues.
func (b *builder) projectLists() {
	desk := 0
	for k, p := range b.projects {
		id := number(int(p.ID))
		b.projectRoles(k, id)
		b.open("projectProperty", id)
		for n := range b.config.ProjectProperties {
			key := "com.example.project." + number(n)
			b.add("projectProperty", id, key, rawjson.Object("key", key, "value", rawjson.Object("n", n, "big", raw("12345678901234567890"), "text", oddities[(k+n)%len(oddities)])))
		}
		b.features(k, id)
		b.add("projectEmail", id, id, rawjson.Object("emailAddress", fmt.Sprintf("jira+%s@sample.example", id), "emailAddressStatus", list("The <sender> is verified")))
		b.projectSchemes(k, id)
		if p.Type == "service_desk" {
			desk++
			b.desk(desk, id, p)
		}
	}
}

func (b *builder) projectRoles(k int, id string) {
	self := api("project/" + id + "/role/")
	for i, role := range b.List("role", "") {
		description := b.note("role", i)
		b.add("projectRoleRef", id, role.ID, rawjson.Object("self", self+role.ID, "name", b.roleName(i), "id", firstRole+i, "description", description,
			"admin", i == 0, "default", i < 2, "roleConfigurable", true, "translatedName", b.roleName(i)))
		b.add("projectRole", id+"/"+role.ID, role.ID, rawjson.Object("self", self+role.ID, "name", b.roleName(i), "id", firstRole+i, "description", description,
			"actors", b.actors(k+i, (k+i)%4)))
	}
}

func (b *builder) features(k int, id string) {
	p := b.projects[k]
	names := list("jsw.classic.roadmap|jsw.classic.backlog|jsw.classic.deployments|jsw.classic.security")
	switch {
	case p.Type == "service_desk":
		names = list("jsm.classic.incidents|jsm.classic.requests")
	case p.Simplified:
		names = list("jsw.agility.backlog|jsw.agility.sprints|jsw.agility.estimation|jsw.agility.reports|jsw.agility.pages")
	}
	b.open("projectFeature", id)
	for i, name := range names {
		b.add("projectFeature", id, name, rawjson.Object("projectId", p.ID, "state", pickAt(list("ENABLED|DISABLED|COMING_SOON"), k+i), "toggleLocked", i%2 == 0, "feature", name,
			"prerequisites", names[:i%2], "localisedName", b.name("Feature", i), "localisedDescription", b.note("project feature", i), "imageUri", Base+"/s/feature.svg"))
	}
}

// projectSchemes is which schemes a project has. The default workflow scheme has no id.
func (b *builder) projectSchemes(k int, id string) {
	project := rawjson.Array([]raw{rawjson.String(id)})
	scheme := schemeOf(k, 1+b.config.Workflows)
	if scheme == 0 {
		b.add("projectWorkflowScheme", id, "default", rawjson.Object("projectIds", project, "workflowScheme",
			rawjson.Object("name", "Default Workflow Scheme", "description", "The default <workflow> scheme.", "defaultWorkflow", "jira", "issueTypeMappings", raw("{}"), "draft", false)))
	} else {
		e := b.List("workflowScheme", "")[scheme-1]
		b.add("projectWorkflowScheme", id, e.ID, rawjson.Object("projectIds", project, "workflowScheme", e.Body))
	}
	for _, one := range []struct{ kind, of string }{{"projectIssueTypeScheme", "issueTypeScheme"}, {"projectScreenScheme", "issueTypeScreenScheme"}} {
		all := b.List(one.of, "")
		e := all[schemeOf(k, len(all))]
		b.add(one.kind, id, e.ID, rawjson.Object(one.of, e.Body, "projectIds", project))
	}
	all := b.List("fieldScheme", "")
	e := all[schemeOf(k, len(all))]
	b.add("projectFieldScheme", id, e.ID, rawjson.Object("projectId", b.projects[k].ID, "schemeId", raw(e.ID)))
	all = b.List("permissionScheme", "")
	e = all[schemeOf(k, len(all))]
	b.add("projectPermissionScheme", id, e.ID, e.Body)
}

// desk is a service desk, whose number is not that of its project, with its customers.
func (b *builder) desk(n int, id string, p Project) {
	self := Base + "/rest/servicedeskapi/servicedesk/" + number(n)
	b.add("serviceDesk", "", number(n), rawjson.Object("id", number(n), "projectId", id, "projectName", p.Name, "projectKey", p.Key, "projectTypeKey", p.Type, "_links", rawjson.Object("self", self)))
	b.open("customer", id)
	for i, c := range b.customers {
		if n > 1 && (i+n)%3 != 0 {
			continue
		}
		m, _ := rawjson.Split(c.Body)
		b.add("customer", id, c.AccountID, rawjson.Object("accountId", c.AccountID, "name", c.AccountID, "key", c.AccountID, "emailAddress", fmt.Sprintf("customer+%d@example.com", i),
			"displayName", c.Name, "active", c.Active, "timeZone", "Australia/Sydney", "_links", rawjson.Object("jiraRest", Base+"/rest/api/2/user?accountId="+c.AccountID,
				"avatarUrls", rawjson.Get(m, "avatarUrls"), "self", Base+"/rest/api/2/user?accountId="+c.AccountID)))
	}
}

// gone is the projects that were archived or put into the trash.
func (b *builder) gone() {
	b.open("archivedProject", "")
	b.open("trashedProject", "")
	for i := range b.config.Archived + b.config.InTrash {
		kind, key := "archivedProject", fmt.Sprintf("OLD%d", i)
		if i >= b.config.Archived {
			kind, key = "trashedProject", fmt.Sprintf("BIN%d", i)
		}
		p := makeProject(b.seed, 10000+i, ProjectSpec{Key: key, Name: b.name("Gone", i), Versions: -1, Components: -1}, b.people)
		m := slices.Clone(p.Summary)
		add := func(pairs ...any) {
			more, _ := rawjson.Split(rawjson.Object(pairs...))
			m = append(m, more...)
		}
		for _, name := range []string{"description", "lead", "issueTypes"} {
			add(name, rawjson.Get(p.Details, name))
		}
		add("projectKeys", []string{key}, "url", "https://example.com/?a=1&b=2", "insight", rawjson.Object("totalIssueCount", i*3, "lastIssueUpdateTime", FormatTime(lastCreated)))
		by := b.people[i%len(b.people)].Body
		if kind == "archivedProject" {
			add("archived", true, "archivedDate", FormatTime(lastCreated), "archivedBy", by)
		} else {
			add("deleted", true, "deletedDate", FormatTime(lastCreated), "deletedBy", by, "retentionTillDate", FormatTime(lastCreated+60*86400_000))
		}
		b.add(kind, "", number(int(p.ID)), rawjson.Members(m))
	}
}
