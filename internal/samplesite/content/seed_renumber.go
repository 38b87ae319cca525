package content

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"holdfast/internal/samplesite/rawjson"
)

// Ids of configuration are other ones on every site. All are moved by the same
// number, so that what refers to one needs not be known to be of its kind; those
// in the form of a UUID change their first digit.
const moved = 700_000

// unmoved is the kinds whose ids are the same everywhere, or the site's own.
var unmoved = []string{"account", "configuration", "user", "serverInfo"}

// holders is the kinds whose bodies name roles and groups as "parameter", "value" and "recipient".
var holders = []string{"permissionScheme", "notificationScheme", "securityLevelMember", "workflow"}

// fixed is the members that hold what is not the site's to number: projects, accounts, pictures,
// categories of statuses, events.
var fixed = []string{"statusCategory", "event", "layout", "startPointLayout", "avatarUrls", "avatarId", "accountId", "projectId", "projectIds", "entityId", "project", "user", "actorUser", "version", "avatarUri"}

var (
	uuidText   = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)
	fieldText  = regexp.MustCompile(`(customfield_|cf\[)(\d+)`)
	addressed  = regexp.MustCompile(`(/(?:issuetype|status|priority|priorityscheme|resolution|role|projectCategory|issueLinkType|permissionscheme|permission|notificationscheme|issuesecurityscheme|workflowscheme|fieldschemes)/|/level\?id=|groupId=)([0-9a-f-]+)`)
	numberText = regexp.MustCompile(`^\d+$`)
)

// renumbered is a record with other ids of configuration.
func renumbered(r SeedRecord) SeedRecord {
	if slices.Contains(unmoved, r.Kind) {
		return r
	}
	if r.Kind == "groupMember" { // accounts of a group
		r.Parent = movedID(r.Parent)
		return r
	}
	parts := strings.Split(r.ID, "/")
	for i := range parts {
		parts[i] = movedID(parts[i])
	}
	r.ID, r.Parent = strings.Join(parts, "/"), movedID(r.Parent)
	n := renumbering{holds: slices.Contains(holders, r.Kind)}
	r.Body = n.value("", "", r.Body)
	return r
}

// movedID is another id for one of a kind of configuration; text that is no id stays.
func movedID(id string) string {
	switch {
	case numberText.MatchString(id):
		n, err := strconv.ParseInt(id, 10, 64)
		if err != nil {
			return id
		}
		return strconv.FormatInt(n+moved, 10)
	case uuidText.MatchString(id):
		digit, _ := strconv.ParseUint(id[:1], 16, 8) // the form was seen
		return strconv.FormatUint(digit^8, 16) + id[1:]
	}
	return fieldText.ReplaceAllStringFunc(id, func(s string) string {
		m := fieldText.FindStringSubmatch(s)
		return m[1] + movedID(m[2])
	})
}

// renumbering walks through a body.
type renumbering struct{ holds bool }

// names reports whether a member holds an id.
func (n renumbering) names(name, inside string) bool {
	switch name {
	case "id":
		return inside != "transitions" && inside != "approvers"
	case "statusReference", "toStatusReference", "fromStatusReference", "restrictedToWorkTypes":
		return true
	case "parameter", "value", "recipient":
		return n.holds
	}
	return inside == "screens" || strings.HasSuffix(name, "Id") || strings.HasSuffix(name, "Ids")
}

func (n renumbering) value(name, inside string, v raw) raw {
	if slices.Contains(fixed, name) || len(v) == 0 {
		return v
	}
	switch v[0] {
	case '{':
		m, err := rawjson.Split(v)
		if err != nil {
			return v
		}
		within := name
		for i := range m {
			if within == "issueTypeMappings" {
				m[i].Name = movedID(m[i].Name)
				continue
			}
			m[i].Value = n.value(m[i].Name, within, m[i].Value)
		}
		return rawjson.Members(m)
	case '[':
		items, err := rawjson.Items(v)
		if err != nil {
			return v
		}
		for i := range items {
			items[i] = n.value(name, inside, items[i])
		}
		return rawjson.Array(items)
	case '"':
		return n.text(name, inside, v)
	}
	if s := string(v); n.names(name, inside) && numberText.MatchString(s) {
		return raw(movedID(s))
	}
	return v
}

func (n renumbering) text(name, inside string, v raw) raw {
	m := rawjson.Member{Name: name, Value: v}
	s := textOf([]rawjson.Member{m}, name)
	var to string
	switch {
	case numberText.MatchString(s):
		if to = s; n.names(name, inside) {
			to = movedID(s)
		}
	case uuidText.MatchString(s) || fieldText.MatchString(s):
		to = movedID(s)
	default:
		to = addressed.ReplaceAllStringFunc(s, func(part string) string {
			m := addressed.FindStringSubmatch(part)
			return m[1] + movedID(m[2])
		})
	}
	if to == s {
		return v // as it stands, escapes and all
	}
	return rawjson.String(to)
}
