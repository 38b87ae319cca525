package jira

import (
	"encoding/json"
)

// site shapes a record of what the site has; false where its kind is none of these.
func (s *shaper) site(kind string, body map[string]json.RawMessage) (json.RawMessage, bool) {
	each := func(name string, f func(json.RawMessage) json.RawMessage) {
		if len(body[name]) > 0 {
			body[name] = f(body[name])
		}
	}
	shares := func(v json.RawMessage) json.RawMessage { return list(v, s.share) }
	switch kind {
	case kindFilter, kindDashboard:
		each("owner", s.users)
		each("sharePermissions", shares)
		each("editPermissions", shares)
	case kindBoard:
		each("location", func(v json.RawMessage) json.RawMessage { return s.projectKey(textOf(v, "projectKey")) })
	case "boardConfiguration":
		each("location", func(v json.RawMessage) json.RawMessage { return s.projectKey(textOf(v, "projectKeyOrId")) })
		each("filter", func(v json.RawMessage) json.RawMessage { return s.made(kindFilter, text(textOf(v, "id"))) })
	case kindSprint:
		each("originBoardId", func(v json.RawMessage) json.RawMessage { return s.made(kindBoard, v) })
	case "sprintIssue", "backlogIssue":
		body = map[string]json.RawMessage{"id": s.made(kindIssue, text(textOf(object(body), "id")))}
	case kindItemProperty:
		each("value", s.preferences)
	case kindPlan, kindPlanDetail:
		s.plan(body, each)
	case kindPlanTeam:
		if string(body["type"]) != `"Atlassian"` {
			delete(body, "id") // that of the plan
		}
	case "projectRole":
		body["id"] = s.config(kindRole, body["id"])
		each("actors", func(v json.RawMessage) json.RawMessage { return list(v, s.actor) })
	case kindGadget:
	default:
		return nil, false
	}
	return object(body), true
}

// made is the id that a record has now.
func (s *shaper) made(kind string, id json.RawMessage) json.RawMessage {
	from := textOf(object(map[string]json.RawMessage{"id": id}), "id")
	if s.want {
		ref, ok, err := s.c.job.IDs.Get(s.ctx, kind, from)
		s.fail(err)
		if ok {
			from = ref.ID
		}
	}
	return text(from)
}

// config is the id that something of the configuration has.
func (s *shaper) config(kind string, id json.RawMessage) json.RawMessage {
	from := textOf(object(map[string]json.RawMessage{"id": id}), "id")
	if to, ok := s.c.job.Mapping.To(kind, from); ok && s.want {
		from = to
	}
	return text(from)
}

func (s *shaper) projectKey(key string) json.RawMessage {
	if s.want {
		key = s.c.job.Plan.Spec.Selection.Key(key)
	}
	return text(key)
}

func (s *shaper) account(id string) json.RawMessage { return s.config(kindUser, text(id)) }

// share is whom something is shared with, and no more of it.
func (s *shaper) share(v json.RawMessage) json.RawMessage {
	m := members(v)
	kind := textOf(v, "type")
	if kind == "authenticated" {
		kind = "loggedin" // the same, as requests call it
	}
	out := map[string]json.RawMessage{"type": text(kind)}
	if len(m["user"]) > 0 {
		out["user"] = s.account(textOf(m["user"], "accountId"))
	}
	if len(m["group"]) > 0 {
		out["group"] = s.config(kindGroup, text(textOf(m["group"], "groupId")))
	}
	if len(m["project"]) > 0 {
		out["project"] = s.projectKey(textOf(m["project"], "key"))
	}
	if !isNull(m["role"]) {
		out["role"] = s.config(kindRole, text(textOf(m["role"], "id")))
	}
	return object(out)
}

// actor is who has a role in a project.
func (s *shaper) actor(v json.RawMessage) json.RawMessage {
	m := members(v)
	if id := textOf(m["actorUser"], "accountId"); id != "" {
		return object(map[string]json.RawMessage{"user": s.account(id)})
	}
	return object(map[string]json.RawMessage{"group": s.config(kindGroup, text(textOf(m["actorGroup"], "groupId")))})
}

// preferences are those of a gadget.
func (s *shaper) preferences(v json.RawMessage) json.RawMessage {
	if !s.want {
		return v
	}
	out, _, err := preferences{ctx: s.ctx, plan: s.c.job.Plan, mapping: s.c.job.Mapping, ids: s.c.job.IDs}.translate(v)
	s.fail(err)
	return out
}

// plan shapes what plans name by ids.
func (s *shaper) plan(body map[string]json.RawMessage, each func(string, func(json.RawMessage) json.RawMessage)) {
	inside := func(v json.RawMessage, name string, f func(json.RawMessage) json.RawMessage) json.RawMessage {
		m := members(v)
		if len(m[name]) > 0 {
			m[name] = f(m[name])
		}
		return object(m)
	}
	field := func(v json.RawMessage) json.RawMessage {
		n := s.config(kindField, text("customfield_"+string(v)))
		return text(string(fieldNumber(textOf(object(map[string]json.RawMessage{"id": n}), "id"))))
	}
	each("leadAccountId", func(v json.RawMessage) json.RawMessage { return s.config(kindUser, v) })
	each("issueSources", func(v json.RawMessage) json.RawMessage {
		return list(v, func(one json.RawMessage) json.RawMessage {
			return inside(one, "value", func(id json.RawMessage) json.RawMessage { return s.made(sourceKind(textOf(one, "type")), id) })
		})
	})
	each("scheduling", func(v json.RawMessage) json.RawMessage {
		for _, name := range []string{"startDate", "endDate"} {
			v = inside(v, name, func(d json.RawMessage) json.RawMessage { return inside(d, "dateCustomFieldId", field) })
		}
		return v
	})
	each("exclusionRules", func(v json.RawMessage) json.RawMessage {
		for _, name := range []string{"issueIds", "releaseIds", "workStatusIds", "issueTypeIds"} {
			kind := ruleKind(name)
			id := func(e json.RawMessage) json.RawMessage { return s.config(kind, e) }
			if kind == kindIssue || kind == kindVersion {
				id = func(e json.RawMessage) json.RawMessage { return s.made(kind, e) }
			}
			v = inside(v, name, func(ids json.RawMessage) json.RawMessage { return list(ids, id) })
		}
		return v
	})
	each("crossProjectReleases", func(v json.RawMessage) json.RawMessage {
		return list(v, func(one json.RawMessage) json.RawMessage {
			return inside(one, "releaseIds", func(ids json.RawMessage) json.RawMessage {
				return list(ids, func(e json.RawMessage) json.RawMessage { return s.made(kindVersion, e) })
			})
		})
	})
	each("customFields", func(v json.RawMessage) json.RawMessage {
		return list(v, func(one json.RawMessage) json.RawMessage { return inside(one, "customFieldId", field) })
	})
	each("permissions", func(v json.RawMessage) json.RawMessage {
		return list(v, func(one json.RawMessage) json.RawMessage {
			return inside(one, "holder", func(h json.RawMessage) json.RawMessage {
				if textOf(h, "type") == "Group" {
					return s.group(h)
				}
				return inside(h, "value", func(id json.RawMessage) json.RawMessage { return s.config(kindUser, id) })
			})
		})
	})
}

// group is a group that is named by its name.
func (s *shaper) group(holder json.RawMessage) json.RawMessage {
	m := members(holder)
	name := textOf(holder, "value")
	if row, ok := s.c.job.Mapping.Row(kindGroup, groupNamed(s.c.job.Mapping, name)); ok && s.want && row.To != "" {
		name = row.ToName
	}
	m["value"] = text(name)
	return object(m)
}
