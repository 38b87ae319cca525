package content

import (
	"strconv"

	"holdfast/internal/samplesite/rawjson"
)

// restrictable is what REST v1 tells restrictions of.
var restrictable = list("read|update")

// Restriction implements WikiContent. About one page in 15 is restricted.
func (p *page) Restriction(operation string) (users, groups []Entry) {
	if p.was.number == 0 || p.was.Status != "current" {
		return nil, nil
	}
	for i, name := range restrictable {
		if name != operation {
			continue
		}
		r := p.rng(wikiAccessPart, uint64(i))
		n, m := 0, 0
		if r.in(7) {
			n, m = 1+r.longTail(5), r.below(3)
		}
		if operation == "read" && p.spec.Readers != 0 {
			n = max(0, p.spec.Readers)
			m = n
		}
		for _, one := range p.w.crowdOf(r, n) {
			users = append(users, Entry{ID: one.AccountID, Body: knownUser(one), Project: -1})
		}
		all := p.w.setup.List("group", "")
		groups = all[:min(m, len(all))]
	}
	return users, groups
}

// Restrictions implements WikiContent.
func (p *page) Restrictions() raw { return restrictionsOf(p.id(), p.Restriction) }

// restrictionsOf is the reply of restriction/byOperation of the content of an id.
func restrictionsOf(id string, of func(operation string) (users, groups []Entry)) raw {
	base := Base + "/wiki/rest/api/content/" + id + "/restriction/byOperation"
	var m []any
	for _, name := range restrictable {
		users, groups := of(name)
		m = append(m, name, rawjson.Object("operation", name, "restrictions", rawjson.Object("user", wholeList(users), "group", wholeList(groups)),
			"_expandable", rawjson.Object("content", "/rest/api/content/"+id), "_links", rawjson.Object("self", base+"/"+name)))
	}
	return rawjson.Object(append(m, "_links", rawjson.Object("self", base, "base", Base+"/wiki", "context", "/wiki"))...)
}

// wholeList is a list of REST v1 with all its entries on one page.
func wholeList(all []Entry) raw {
	bodies := make([]raw, 0, len(all))
	for _, one := range all {
		bodies = append(bodies, one.Body)
	}
	return rawjson.Object("results", bodies, "start", 0, "limit", max(200, len(all)), "size", len(all), "totalSize", len(all))
}

// knownUser is an account as REST v1 shows it.
func knownUser(p Person) raw {
	self := Base + "/wiki/rest/api/user?accountId=" + p.AccountID
	return rawjson.Object("type", "known", "accountId", p.AccountID, "accountType", "atlassian", "email", "", "publicName", p.Name,
		"profilePicture", picture(p), "displayName", p.Name, "isExternalCollaborator", false, "isGuest", false,
		"_expandable", rawjson.Object("operations", "", "personalSpace", ""), "_links", rawjson.Object("self", self))
}

func picture(p Person) raw {
	return rawjson.Object("path", "/wiki/aa-avatar/"+p.AccountID, "width", 48, "height", 48, "isDefault", !p.Active)
}

// crowdOf is n different accounts, or all.
func (w *wiki) crowdOf(r *rng, n int) []Person {
	n = min(n, len(w.people))
	first, out := r.below(len(w.people)), make([]Person, 0, n)
	for k := range n {
		out = append(out, w.people[(first+k)%len(w.people)])
	}
	return out
}

// crowd is the account ids of n different accounts, or all.
func (w *wiki) crowd(r *rng, n int) []string {
	all := w.crowdOf(r, n)
	out := make([]string, 0, len(all))
	for _, p := range all {
		out = append(out, p.AccountID)
	}
	return out
}

func idText(id int64) string { return strconv.FormatInt(id, 10) }
