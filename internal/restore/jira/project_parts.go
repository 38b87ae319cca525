package jira

import (
	"context"
	"encoding/json"
	"slices"

	"holdfast/internal/archive"
	"holdfast/internal/atlassian"
	"holdfast/internal/restore"
)

// asNumber is an id as the members take it that are numbers.
func asNumber(id string) json.RawMessage {
	if _, ok := atlassian.Int(json.RawMessage(id)); ok {
		return json.RawMessage(id)
	}
	return text(id)
}

// byName reads what the project has of a kind, by name.
func (w *projectWriter) byName(ctx context.Context, route string) (map[string]json.RawMessage, error) {
	all, err := w.target.list(ctx, route, "values", 50, nil, w.ref.ID)
	if err != nil {
		return nil, err
	}
	found := map[string]json.RawMessage{}
	for _, one := range all {
		found[textOf(one, "name")] = one
	}
	return found, nil
}

// versions creates the versions of the project, in the order in which it shows them. They are
// archived later: issues can't be given those that are.
func (w *projectWriter) versions(ctx context.Context, records []archive.Record) error {
	have, err := w.byName(ctx, projectRoute+"/version")
	if err != nil {
		return err
	}
	for _, r := range ofKind(records, kindVersion) {
		if one := have[nameOf(r)]; one != nil {
			w.put(kindVersion, r.ID, textOf(one, "id"), "", "")
			w.written(r)
			continue
		}
		body := map[string]any{"name": nameOf(r), "projectId": asNumber(w.ref.ID)}
		for _, name := range []string{"description", "startDate", "releaseDate", "released"} {
			if v := atlassian.Member(r.Body, name); !isNull(v) {
				body[name] = v
			}
		}
		var flaws []flaw
		if driver := textOf(r.Body, "driver"); driver != "" {
			if to := w.active(driver); to != "" {
				body["driver"] = to
			} else {
				flaws = append(flaws, flawed("its driver is not in the destination", "driver"))
			}
		}
		if err := w.add(ctx, r, "POST /rest/api/3/version", body, flaws); err != nil {
			return err
		}
	}
	return nil
}

// components creates the components of the project.
func (w *projectWriter) components(ctx context.Context, records []archive.Record) error {
	have, err := w.byName(ctx, projectRoute+"/component")
	if err != nil {
		return err
	}
	for _, r := range ofKind(records, kindComponent) {
		if one := have[nameOf(r)]; one != nil {
			w.put(kindComponent, r.ID, textOf(one, "id"), "", "")
			w.written(r)
			continue
		}
		body := map[string]any{"name": nameOf(r), "project": w.ref.Key}
		for _, name := range []string{"description", "assigneeType"} {
			if v := atlassian.Member(r.Body, name); !isNull(v) {
				body[name] = v
			}
		}
		var flaws []flaw
		if lead := textOf(atlassian.Member(r.Body, "lead"), "accountId"); lead != "" {
			if to := w.active(lead); to != "" {
				body["leadAccountId"] = to
			} else {
				flaws = append(flaws, flawed("its lead is not in the destination", "lead", "assigneeType", "realAssigneeType", "isAssigneeTypeValid"))
				if textOf(r.Body, "assigneeType") == "COMPONENT_LEAD" {
					delete(body, "assigneeType")
				}
			}
		}
		if err := w.add(ctx, r, "POST /rest/api/3/component", body, flaws); err != nil {
			return err
		}
	}
	return nil
}

// add creates a part of the project, and notes what became of it.
func (w *projectWriter) add(ctx context.Context, r archive.Record, route string, body map[string]any, flaws []flaw) error {
	reply, err := w.target.write(ctx, route, body)
	if why := refused(err); why != nil {
		w.missed(r, why.reason())
		return nil
	}
	if err != nil {
		return err
	}
	w.put(r.Kind, r.ID, textOf(reply, "id"), "", "")
	w.written(r, flaws...)
	return nil
}

// properties sets those of the project.
func (w *projectWriter) properties(ctx context.Context, records []archive.Record) error {
	for _, r := range ofKind(records, "projectProperty") {
		key := textOf(r.Body, "key")
		if key == restore.OriginKey {
			w.skipped(r, "it says what an earlier restore did")
			continue
		}
		_, err := w.target.write(ctx, "PUT "+propertyRoute, atlassian.Member(r.Body, "value"), w.ref.ID, key)
		if why := refused(err); why != nil {
			w.missed(r, why.reason())
			continue
		}
		if err != nil {
			return err
		}
		w.written(r)
	}
	return nil
}

// roles sets the actors of the project's roles, where permissions are restored.
func (w *projectWriter) roles(ctx context.Context, records []archive.Record) error {
	for _, r := range ofKind(records, "projectRole") {
		role, ok := w.job.Mapping.To(kindRole, r.ID)
		if !ok {
			w.missed(r, "the destination does not have the role")
			continue
		}
		users, groups := []string{}, []string{}
		var flaws []flaw
		for actor := range atlassian.Elements(atlassian.Member(r.Body, "actors")) {
			id, group := textOf(atlassian.Member(actor, "actorUser"), "accountId"), textOf(atlassian.Member(actor, "actorGroup"), "groupId")
			if to := w.active(id); id != "" && to != "" {
				users = append(users, to)
			} else if to, ok := w.job.Mapping.To(kindGroup, group); ok {
				groups = append(groups, to)
			} else {
				flaws = append(flaws, flawed("some of its actors are not in the destination", "actors"))
			}
		}
		slices.Sort(users)
		body := map[string]any{"categorisedActors": map[string]any{
			"atlassian-user-role-actor": slices.Compact(users), "atlassian-group-role-actor-id": groups,
		}}
		_, err := w.target.write(ctx, "PUT "+projectRoute+"/role/{id}", body, w.ref.ID, role)
		if why := refused(err); why != nil {
			w.missed(r, why.reason())
			continue
		}
		if err != nil {
			return err
		}
		w.written(r, flaws...)
	}
	return nil
}

func ofKind(records []archive.Record, kind string) []archive.Record {
	var all []archive.Record
	for _, r := range records {
		if r.Kind == kind {
			all = append(all, r)
		}
	}
	return all
}

// archiveVersions archives the versions that are archived in the backup, once all issues
// have them.
func (a *applying) archiveVersions(ctx context.Context) error {
	for r, err := range a.job.Archive.Container(ctx, a.batch.Container, kindVersion) {
		if err != nil {
			return err
		}
		if string(atlassian.Member(r.Body, "archived")) != "true" {
			continue
		}
		if !a.wanted(r.Kind, r.ID) {
			continue
		}
		ref, ok, err := a.job.IDs.Get(ctx, kindVersion, r.ID)
		if err != nil {
			return err
		}
		if !ok {
			a.missed(r, "the version could not be created")
			continue
		}
		_, err = a.target.write(ctx, "PUT /rest/api/3/version/{id}", map[string]any{"archived": true}, ref.ID)
		if why := refused(err); why != nil {
			a.missed(r, why.reason())
			continue
		}
		if err != nil {
			return err
		}
		a.written(r)
	}
	return nil
}
