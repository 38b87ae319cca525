package content

import (
	"fmt"

	"holdfast/internal/samplesite/rawjson"
)

// priorityLists is priorities, their schemes, and what these hold.
func (b *builder) priorityLists() {
	for i, p := range b.priorities {
		m, _ := rawjson.Split(p)
		m = append(m, rawjson.Member{Name: "statusColor", Value: rawjson.String(pickAt(list("#d04437|#f15C75|#f79232|#707070|#999999"), i))},
			rawjson.Member{Name: "isDefault", Value: raw(fmt.Sprint(i == len(b.priorities)/2))})
		b.add("priority", "", textOf(m, "id"), rawjson.Members(m))
	}
	for i := range b.config.Priorities {
		id := number(10000 + i)
		b.add("priority", "", id, rawjson.Object("self", api("priority/"+id), "statusColor", "#0065ff", "description", b.note("priority", i),
			"iconUrl", Base+"/images/icons/priorities/low.svg", "name", b.name("Priority", i), "id", id, "isDefault", false))
	}
	all := b.List("priority", "")
	for i := range 1 + b.config.PrioritySchemes {
		id, name, some := number(1+i), "Default Priority Scheme", all
		if i > 0 {
			name, some = b.name("Priority scheme", i), all[i%len(all):min(len(all), i%len(all)+1+i%5)]
		}
		b.add("priorityScheme", "", id, rawjson.Object("id", id, "self", api("priorityscheme/"+id), "name", name, "description", b.note("priority scheme", i),
			"isDefault", i == 0, "defaultPriorityId", some[0].ID))
		b.open("prioritySchemePriority", id)
		for k, p := range some {
			m, _ := rawjson.Split(p.Body)
			b.add("prioritySchemePriority", id, p.ID, rawjson.Object("id", p.ID, "self", api("priority/"+p.ID), "name", rawjson.Get(m, "name"), "iconUrl", rawjson.Get(m, "iconUrl"),
				"description", "", "statusColor", rawjson.Get(m, "statusColor"), "isDefault", k == 0, "sequence", number(k+1)))
		}
		b.open("prioritySchemeProject", id)
		for k, p := range b.projects {
			if schemeOf(k, 1+b.config.PrioritySchemes) == i {
				b.put("prioritySchemeProject", id, Entry{ID: number(int(p.ID)), Body: rawjson.Members(p.Summary), Project: k})
			}
		}
	}
}

// schemeOf is which of n schemes a project has: most have the default one.
func schemeOf(project, n int) int {
	if project%4 != 3 {
		return 0
	}
	return project / 4 % n
}

func (b *builder) resolutionLists() {
	for _, r := range b.resolutions {
		b.add("resolution", "", member(r, "id"), r)
	}
	for i := range b.config.Resolutions {
		id := number(11000 + i)
		b.add("resolution", "", id, rawjson.Object("self", api("resolution/"+id), "id", id, "description", b.note("resolution", i), "name", b.name("Resolution", i)))
	}
	for _, t := range b.links {
		b.add("issueLinkType", "", member(t, "id"), t)
	}
	for i := range b.config.LinkTypes {
		id := number(11000 + i)
		b.add("issueLinkType", "", id, rawjson.Object("id", id, "name", b.name("Link", i), "inward", "is <linked> by", "outward", "links & binds", "self", api("issueLinkType/"+id)))
	}
}

func (b *builder) permissionLists() {
	for i := range 1 + b.config.PermissionSchemes {
		b.add("permissionScheme", "", number(10000+i), b.permissionScheme(i))
	}
}

var grantable = list("BROWSE_PROJECTS|CREATE_ISSUES|EDIT_ISSUES|ADD_COMMENTS|ADMINISTER_PROJECTS|ASSIGN_ISSUES|TRANSITION_ISSUES|WORK_ON_ISSUES")

func (b *builder) permissionScheme(i int) raw {
	id, name := 10000+i, "Default Permission Scheme"
	if i > 0 {
		name = b.name("Permission scheme", i)
	}
	self := api("permissionscheme/" + number(id))
	grants := []raw{}
	for k, permission := range grantable {
		group, groupName := b.groupAt(i + k)
		grant := 10000 + i*100 + k
		holder := rawjson.Object("type", "applicationRole")
		switch (i + k) % 4 {
		case 0:
			holder = rawjson.Object("type", "projectRole", "parameter", number(firstRole), "value", number(firstRole), "expand", "projectRole")
		case 1:
			holder = rawjson.Object("type", "group", "parameter", groupName, "value", group, "expand", "group")
		case 2:
			someone := b.people[(i*5+k)%len(b.people)].AccountID
			holder = rawjson.Object("type", "user", "parameter", someone, "value", someone, "expand", "user")
		}
		grants = append(grants, rawjson.Object("id", grant, "self", self+"/permission/"+number(grant), "holder", holder, "permission", permission))
	}
	return rawjson.Object("expand", "permissions,user,group,projectRole,field,all", "id", id, "self", self, "name", name,
		"description", b.note("permission scheme", i), "permissions", grants)
}

// notificationLists is notification schemes with what they announce to whom, and their projects.
func (b *builder) notificationLists() {
	total := 1 + b.config.Notifications
	for i := range total {
		id, name := 10000+i, "Default Notification Scheme"
		if i > 0 {
			name = b.name("Notification scheme", i)
		}
		events := []raw{}
		for k := range 2 + i%3 {
			at := 10000 + i*100 + k*10
			someone := b.people[(i+k)%len(b.people)]
			role := firstRole + k%3
			group, groupName := b.groupAt(k)
			events = append(events, rawjson.Object("event", rawjson.Object("id", k+1, "name", pickAt(list("Issue created|Issue updated|Issue assigned|Issue resolved"), k), "description", "<published & sent>"),
				"notifications", []raw{
					rawjson.Object("id", at, "notificationType", "CurrentAssignee"),
					rawjson.Object("expand", "group", "id", at+1, "notificationType", "Group", "parameter", groupName, "recipient", group, "group", b.groupBody(k)),
					rawjson.Object("expand", "user", "id", at+2, "notificationType", "User", "parameter", someone.AccountID, "recipient", someone.AccountID, "user", someone.Body),
					rawjson.Object("expand", "projectRole", "id", at+3, "notificationType", "ProjectRole", "parameter", number(role), "recipient", number(role),
						"projectRole", rawjson.Object("self", api("role/"+number(role)), "name", b.roleName(k%3), "id", role, "description", "")),
					rawjson.Object("id", at+4, "notificationType", "EmailAddress", "parameter", "list+jira@example.com", "recipient", "list+jira@example.com", "emailAddress", "list+jira@example.com"),
				}))
		}
		b.add("notificationScheme", "", number(id), rawjson.Object("expand", "notificationSchemeEvents,user,group,projectRole,field,all", "id", id,
			"self", api("notificationscheme/"+number(id)), "name", name, "description", b.note("notification scheme", i), "notificationSchemeEvents", events))
	}
	b.open("notificationSchemeProject", "")
	for k, p := range b.projects {
		scheme, project := number(10000+schemeOf(k, total)), number(int(p.ID))
		b.put("notificationSchemeProject", "", Entry{ID: scheme + "/" + project, Project: k,
			Body: rawjson.Object("notificationSchemeId", scheme, "projectId", project)})
	}
}

// securityLists is issue security schemes, their levels with members, and their projects.
func (b *builder) securityLists() {
	for _, kind := range []string{"securityScheme", "securityLevel", "securityLevelMember", "securitySchemeProject"} {
		b.open(kind, "")
	}
	total := b.config.SecuritySchemes
	for i := range total {
		scheme := 10000 + i
		projects := []raw{}
		for k, p := range b.projects {
			if k%3 != 1 && k/3%total == i {
				projects = append(projects, raw(number(int(p.ID))))
				b.put("securitySchemeProject", "", Entry{ID: number(scheme) + "/" + number(int(p.ID)), Project: k,
					Body: rawjson.Object("issueSecuritySchemeId", number(scheme), "projectId", number(int(p.ID)))})
			}
		}
		b.add("securityScheme", "", number(scheme), rawjson.Object("id", scheme, "self", api("issuesecurityscheme/"+number(scheme)), "name", b.name("Security scheme", i),
			"description", b.note("security scheme", i), "defaultLevel", 20000+i*10, "projectIds", projects))
		for k := range 1 + i%4 {
			level := number(20000 + i*10 + k)
			b.add("securityLevel", "", level, rawjson.Object("id", level, "self", api("issuesecurityscheme/level?id="+level), "name", b.name("Level", k),
				"description", b.note("level", i*10+k), "isDefault", k == 0, "issueSecuritySchemeId", number(scheme)))
			for n := range 2 {
				id := number(30000 + i*100 + k*10 + n)
				holder := rawjson.Object("type", "reporter")
				if n == 1 {
					group, name := b.groupAt(i + k)
					holder = rawjson.Object("type", "group", "parameter", name, "value", group, "expand", "group")
				}
				b.add("securityLevelMember", "", id, rawjson.Object("id", id, "issueSecurityLevelId", level, "issueSecuritySchemeId", number(scheme), "holder", holder, "managed", false))
			}
		}
	}
}
