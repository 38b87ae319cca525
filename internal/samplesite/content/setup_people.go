package content

import (
	"fmt"

	"holdfast/internal/samplesite/rawjson"
)

// global is the settings of the site as long as no feature is switched off.
func (b *builder) global() {
	b.add("configuration", "", "configuration", rawjson.Object("votingEnabled", true, "watchingEnabled", true, "unassignedIssuesAllowed", true,
		"subTasksEnabled", true, "issueLinkingEnabled", true, "timeTrackingEnabled", true, "attachmentsEnabled", true,
		"timeTrackingConfiguration", rawjson.Object("workingHoursPerDay", raw("8.0"), "workingDaysPerWeek", raw("5.00"), "timeFormat", "pretty", "defaultUnit", "minute")))
}

// accounts lists those that issues name, those that none does, apps and deleted ones.
func (b *builder) accounts() {
	b.open("account", "")
	add := func(p Person, kind string, extra ...any) {
		m, err := rawjson.Split(p.Body)
		if err != nil {
			return // people are our own
		}
		pairs := []any{}
		for _, one := range m {
			if one.Name != "accountType" {
				pairs = append(pairs, one.Name, one.Value)
			}
		}
		b.add("account", "", p.AccountID, rawjson.Object(append(append(pairs, "accountType", kind), extra...)...))
		if kind != "customer" {
			b.members = append(b.members, p)
		}
	}
	for i, p := range b.people {
		add(p, "atlassian", "emailAddress", fmt.Sprintf("user%d@sample.example", i), "locale", "en_US")
	}
	more := makePeople(b.seed^0x5eed, b.config.Accounts)
	for i, p := range more {
		add(p, "atlassian", "emailAddress", fmt.Sprintf("more%d@sample.example", i), "locale", pickAt(list("de_DE|ja_JP|en_UK|ar_SA"), i))
	}
	for i := range b.config.Apps {
		p := Person{AccountID: fmt.Sprintf("557058:app-%s", b.uuid("app", i)), Name: b.name("App", i), Active: true}
		p.Body = personBody(p)
		add(p, "app")
	}
	for i := range b.config.Customers {
		id := fmt.Sprintf("qm:%s:%d", b.uuid("customer", i), i)
		p := Person{AccountID: id, Name: b.name("Customer", i), Active: i%10 != 9}
		p.Body = personBody(p)
		b.customers = append(b.customers, p)
		add(p, "customer")
	}
	for i := range b.config.Former {
		p := Person{AccountID: fmt.Sprintf("712020:%s", b.uuid("former", i)), Name: "Former user"}
		p.Body = personBody(p)
		add(p, "atlassian")
	}
}

// groupLists: every account is in the second group, the first of all in every
// third; the last one is empty where there are more than the two that all sites have.
func (b *builder) groupLists() {
	total := 2 + b.config.Groups
	for i := range total {
		id, name := b.uuid("group", i), b.name("team", i)
		switch i {
		case 0:
			name = "jira-administrators"
		case 1:
			name = "jira-users"
		}
		b.groups[name] = id
		b.names = append(b.names, name)
		b.add("group", "", id, rawjson.Object("name", name, "groupId", id))
		b.open("groupMember", id)
		for k, p := range b.members {
			in := i == 1 || i%3 == 0 && k == 0 || i > 1 && (k*7+i)%(11+i) == 0
			if in && (i < total-1 || total == 2) {
				b.add("groupMember", id, p.AccountID, p.Body)
			}
		}
	}
}

// groupAt returns the id and name of a group.
func (b *builder) groupAt(n int) (id, name string) {
	all := b.List("group", "")
	return all[n%len(all)].ID, b.names[n%len(all)]
}

// groupBody is a group as other bodies name it.
func (b *builder) groupBody(n int) raw {
	id, name := b.groupAt(n)
	return rawjson.Object("name", name, "groupId", id, "self", api("group?groupId="+id))
}

// inGroup reports whether the account of the credentials is in a group.
func (b *builder) inGroup(id string) bool {
	all := b.List("groupMember", id)
	return len(all) > 0 && all[0].ID == b.people[0].AccountID
}

// firstRole is the id of the first role.
const firstRole = 10002

func (b *builder) roles() {
	for i := range 3 + b.config.Roles {
		id := firstRole + i
		b.add("role", "", number(id), rawjson.Object("self", api("role/"+number(id)), "name", b.roleName(i), "id", id,
			"description", b.note("role", i), "actors", b.actors(i, 1+i%3)))
	}
}

func (b *builder) roleName(i int) string {
	if i < 3 {
		return pickAt(list("Administrators|Viewer|Service Desk Team"), i)
	}
	return b.name("Role", i)
}

// actors are members of a role.
func (b *builder) actors(seed, n int) []raw {
	out := []raw{}
	for k := range n {
		id := 10200 + seed*10 + k
		if k%2 == 0 {
			group, name := b.groupAt(seed + k)
			out = append(out, rawjson.Object("id", id, "displayName", name, "type", "atlassian-group-role-actor", "name", name,
				"actorGroup", rawjson.Object("name", name, "displayName", name, "groupId", group)))
			continue
		}
		p := b.people[(seed*3+k)%len(b.people)]
		out = append(out, rawjson.Object("id", id, "displayName", p.Name, "type", "atlassian-user-role-actor",
			"actorUser", rawjson.Object("accountId", p.AccountID)))
	}
	return out
}

func (b *builder) categories() {
	b.open("projectCategory", "")
	for i := range b.config.Categories {
		id := number(10000 + i)
		b.add("projectCategory", "", id, rawjson.Object("self", api("projectCategory/"+id), "id", id, "name", b.name("Category", i), "description", b.note("category", i)))
	}
}
