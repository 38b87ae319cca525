package content

import (
	"slices"
	"strings"

	"holdfast/internal/samplesite/rawjson"
)

// builtIn is what generated issues show of the configuration.
func builtIn(fields []raw) stock {
	s := stock{fields: fields}
	for i := range issueTypes {
		s.types = append(s.types, issueTypeBody(i))
	}
	for i := range statuses {
		s.statuses = append(s.statuses, statusBody(i))
	}
	for i := range priorities {
		s.priorities = append(s.priorities, priorityBody(i))
	}
	s.resolutions = []raw{doneResolution}
	s.links = []raw{blocksType}
	return s
}

// shown is what recorded issues show of the configuration: each issue type,
// status, priority, resolution and link type once, in the order of its id. What no
// issue shows is made up, so that no list is empty.
func (r *Recorded) shown() stock {
	s := stock{fields: r.fields}
	for _, row := range r.rows {
		for _, m := range r.issues[row.ID].fields {
			switch m.Name {
			case "issuetype":
				s.types = append(s.types, m.Value)
			case "status":
				s.statuses = append(s.statuses, m.Value)
			case "priority":
				s.priorities = append(s.priorities, m.Value)
			case "resolution":
				s.resolutions = append(s.resolutions, m.Value)
			case "issuelinks":
				links, err := rawjson.Items(m.Value)
				if err != nil {
					continue
				}
				for _, link := range links {
					if l, err := rawjson.Split(link); err == nil {
						s.links = append(s.links, rawjson.Get(l, "type"))
					}
				}
			}
		}
	}
	made := builtIn(nil)
	return stock{fields: s.fields, types: distinct(s.types, made.types), statuses: distinct(s.statuses, made.statuses),
		priorities: distinct(s.priorities, made.priorities), resolutions: distinct(s.resolutions, made.resolutions), links: distinct(s.links, made.links)}
}

// distinct returns the bodies that have an id, each id once, by id; otherwise where there are none.
func distinct(bodies, otherwise []raw) []raw {
	seen := map[string]bool{}
	var out []raw
	for _, body := range bodies {
		if id := member(body, "id"); id != "" && !seen[id] {
			seen[id] = true
			out = append(out, body)
		}
	}
	if len(out) == 0 {
		return otherwise
	}
	slices.SortStableFunc(out, func(a, b raw) int {
		x, y := member(a, "id"), member(b, "id")
		if len(x) != len(y) {
			return len(x) - len(y)
		}
		return strings.Compare(x, y)
	})
	return out
}
