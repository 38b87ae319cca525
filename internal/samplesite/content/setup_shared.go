package content

import "holdfast/internal/samplesite/rawjson"

// sharing is who sees a filter or dashboard beside its owner: a list of share
// permissions, and whether the account of the credentials is among those who do.
func (b *builder) sharing(i int, owner Person) (permissions []raw, private bool) {
	mine := owner.AccountID == b.people[0].AccountID
	id := 10000 + i*4
	switch i % 5 {
	case 0: // nobody
		return []raw{}, !mine
	case 1:
		return []raw{rawjson.Object("id", id, "type", "loggedin")}, false
	case 2:
		group, _ := b.groupAt(i)
		return []raw{rawjson.Object("id", id, "type", "group", "group", b.groupBody(i))}, !mine && !b.inGroup(group)
	case 3:
		if len(b.projects) > 0 {
			return []raw{rawjson.Object("id", id, "type", "project", "project", rawjson.Members(b.projects[i%len(b.projects)].Summary))}, false
		}
	}
	p := b.people[(i*3)%len(b.people)]
	return []raw{
		rawjson.Object("id", id, "type", "user", "user", personOnly(p)),
		rawjson.Object("id", id+1, "type", "authenticated"),
	}, false
}

// personOnly is an account with the members that shares and dashboards show.
func personOnly(p Person) raw {
	m, err := rawjson.Split(p.Body)
	if err != nil {
		return raw("{}")
	}
	return rawjson.Object("self", rawjson.Get(m, "self"), "accountId", p.AccountID, "displayName", p.Name, "active", p.Active, "avatarUrls", rawjson.Get(m, "avatarUrls"))
}

// ownerOf is whose a filter or dashboard is: every sixth is the account's own.
func (b *builder) ownerOf(i int) Person {
	if i%6 == 0 {
		return b.people[0]
	}
	return b.people[(i*5+1)%len(b.people)]
}

// projectKey is the key of a project, or a made-up one where the site has none.
func (b *builder) projectKey(i int) string {
	if len(b.projects) == 0 {
		return "NONE"
	}
	return b.projects[i%len(b.projects)].Key
}

// firstFilter is the id of the first filter; those of boards follow the others.
const firstFilter = 10000

func (b *builder) filterLists() {
	b.open("filter", "")
	for i := range b.config.Filters {
		owner := b.ownerOf(i)
		shares, private := b.sharing(i, owner)
		edits, _ := b.sharing(i+5, owner)
		if i%2 == 0 {
			edits = []raw{}
		}
		b.filter(i, b.name("Filter", i), "project = "+b.projectKey(i)+" AND text ~ \"a & b <c>\" ORDER BY created DESC", owner, shares, edits, private, -1)
	}
}

func (b *builder) filter(i int, name, jql string, owner Person, shares, edits []raw, private bool, project int) {
	id := number(firstFilter + i)
	subscriptions := []raw{}
	for k := range i % 3 {
		one := []any{"id", 20000 + i*4 + k, "user", b.people[(i+k)%len(b.people)].Body}
		if k == 1 {
			one = append(one, "group", b.groupBody(i))
		}
		subscriptions = append(subscriptions, rawjson.Object(one...))
	}
	b.put("filter", "", Entry{ID: id, Private: private, Project: project, Body: rawjson.Object(
		"expand", "description,owner,jql,viewUrl,searchUrl,favourite,favouritedCount,sharePermissions,editPermissions,isWritable,approximateLastUsed,subscriptions",
		"self", api("filter/"+id), "id", id, "name", name, "description", b.note("filter", i), "owner", owner.Body, "jql", jql,
		"viewUrl", Base+"/issues/?filter="+id, "searchUrl", api("search?jql=filter+%3D+"+id), "favourite", i%4 == 0, "favouritedCount", i%9,
		"approximateLastUsed", FormatTime(lastCreated+int64(i)*60_000), "isWritable", i%6 == 0,
		"sharePermissions", shares, "editPermissions", edits, "subscriptions", subscriptions)})
}

// dashboardLists is dashboards with gadgets and the properties of these.
func (b *builder) dashboardLists() {
	b.open("dashboard", "")
	for i := range b.config.Dashboards {
		id := number(10000 + i)
		owner := b.ownerOf(i)
		shares, private := b.sharing(i, owner)
		b.put("dashboard", "", Entry{ID: id, Private: private, Project: -1, Body: rawjson.Object("description", b.note("dashboard", i), "id", id, "isFavourite", i%3 == 0,
			"name", b.name("Dashboard", i), "owner", personOnly(owner), "popularity", i%11, "rank", i, "self", api("dashboard/"+id),
			"sharePermissions", shares, "editPermissions", []raw{}, "view", "/jira/dashboards/"+id, "isWritable", i%6 == 0, "systemDashboard", i == 0)})
		b.open("dashboardGadget", id)
		count := 1 + i%4
		if i == 0 {
			count = b.config.deep(0)
		}
		for k := range count {
			gadget := number(100000 + i*1000 + k)
			what := []any{"id", 100000 + i*1000 + k}
			if k%2 == 0 {
				what = append(what, "moduleKey", "com.atlassian.plugins.atlassian-connect-plugin:com.atlassian.connect.node.sample-addon__sample-dashboard-item")
			} else {
				what = append(what, "uri", "rest/gadgets/1.0/g/com.atlassian.jira.gadgets:filter-results-gadget/gadgets/filter-results-gadget.xml")
			}
			b.add("dashboardGadget", id, gadget, rawjson.Object(append(what, "color", pickAt(list("blue|red|yellow|green|cyan|purple|gray|white"), k),
				"position", rawjson.Object("row", k/3, "column", k%3), "title", b.name("Gadget", k))...))
			b.open("dashboardItemProperty", id+"/"+gadget)
			for n := range k % 3 {
				key := "itemkey." + number(n)
				b.add("dashboardItemProperty", id+"/"+gadget, key, rawjson.Object("key", key, "value", rawjson.Object(
					"filterId", "filter-"+number(firstFilter+k), "num", raw("1.0E+1"), "html", "<b>&", "columnNames", "issuetype|issuekey", "refresh", false)))
			}
		}
	}
}
