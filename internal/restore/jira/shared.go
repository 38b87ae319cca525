package jira

import (
	"context"
	"encoding/json"
	"net/url"
	"strings"

	"holdfast/internal/archive"
	"holdfast/internal/atlassian"
	"holdfast/internal/restore"
)

// sharable reports whether records of a kind have an owner and are shared.
func sharable(kind string) bool {
	return kind == kindFilter || kind == kindDashboard || kind == kindPlan
}

// marker is the description of what has no properties: as it was, and what it is known by.
func (a *applying) marker(r archive.Record) string {
	marker := restore.PanelMark + ": " + a.job.Plan.Spec.ID + "/" + r.ID
	if d := textOf(r.Body, "description"); d != "" {
		return d + "\n" + marker
	}
	return marker
}

// markedAs is the id in the backup of what a restore created, by its description; "" where it
// is not of that restore.
func markedAs(restoreID, description string) string {
	_, id, ok := strings.Cut(description[strings.LastIndexByte(description, '\n')+1:], restore.PanelMark+": "+restoreID+"/")
	if !ok {
		return ""
	}
	return id
}

// foundThere is what an earlier attempt created.
type foundThere struct{ id, name, owner string }

// marked finds what earlier attempts created of the batch's items, by id in the backup.
func (a *applying) marked(ctx context.Context, route string, query url.Values) (map[string]foundThere, error) {
	wanted := map[string]bool{}
	for _, at := range a.batch.Items {
		wanted[at.ID] = true
	}
	found := map[string]foundThere{}
	query.Set("expand", "description,owner")
	query.Set("orderBy", "id")
	_, err := a.target.client.Stream(ctx, atlassian.Offset{Request: atlassian.Request{Route: "GET " + route, Query: query}, Items: "values", PageSize: 50},
		func(page []atlassian.Entry) error {
			for _, e := range page {
				from := markedAs(a.job.Plan.Spec.ID, textOf(e.Body, "description"))
				if _, known := found[from]; wanted[from] && !known {
					found[from] = foundThere{e.ID, strings.Clone(textOf(e.Body, "name")), textOf(atlassian.Member(e.Body, "owner"), "accountId")}
				}
			}
			return nil
		})
	return found, err
}

// shares are share permissions as calls take them: with what has counterparts in the destination. whole
// is false where some have none.
func (a *applying) shares(ctx context.Context, list json.RawMessage) (all []any, whole bool, err error) {
	all, whole = []any{}, true
	for one := range atlassian.Elements(list) {
		share, ok, err := a.share(ctx, one)
		if err != nil {
			return nil, false, err
		}
		if !ok {
			whole = false
			continue
		}
		all = append(all, share)
	}
	return all, whole, nil
}

func (a *applying) share(ctx context.Context, v json.RawMessage) (any, bool, error) {
	kind := textOf(v, "type")
	switch kind {
	case "global":
		return map[string]string{"type": "global"}, true, nil
	case "loggedin", "authenticated":
		return map[string]string{"type": "authenticated"}, true, nil
	case "user":
		to := a.active(textOf(atlassian.Member(v, "user"), "accountId"))
		return map[string]any{"type": "user", "user": map[string]string{"accountId": to}}, to != "", nil
	case "group":
		to, ok := a.job.Mapping.To(kindGroup, textOf(atlassian.Member(v, "group"), "groupId"))
		return map[string]any{"type": "group", "group": map[string]string{"groupId": to}}, ok, nil
	case "project", "projectRole":
		ref, ok, err := a.job.IDs.Get(ctx, kindProject, textOf(atlassian.Member(v, "project"), "id"))
		share := map[string]any{"type": "project", "project": map[string]string{"id": ref.ID}}
		if role := atlassian.Member(v, "role"); ok && !isNull(role) {
			var to string
			if to, ok = a.job.Mapping.To(kindRole, textOf(role, "id")); ok {
				share["type"], share["role"] = "projectRole", map[string]json.RawMessage{"id": asNumber(to)}
			}
		}
		return share, ok, err
	}
	return nil, false, nil // somebody's project that the account did not see
}

// sharing are the share and the edit permissions of a record, where permissions are restored.
func (a *applying) sharing(ctx context.Context, r archive.Record) (shares, edits []any, flaws []flaw, err error) {
	shares, edits = []any{}, []any{}
	if !a.job.Plan.Spec.Options.Permissions {
		return shares, edits, nil, nil
	}
	for _, one := range []struct {
		name string
		to   *[]any
	}{{"sharePermissions", &shares}, {"editPermissions", &edits}} {
		all, whole, err := a.shares(ctx, atlassian.Member(r.Body, one.name))
		if err != nil {
			return nil, nil, nil, err
		}
		if *one.to = all; !whole {
			flaws = append(flaws, flawed("some of those whom it is shared with are not in the destination", one.name))
		}
	}
	return shares, edits, flaws, nil
}

// ownerFor is who is to own a record, where that is not the account that restores: "" then.
func (a *applying) ownerFor(ctx context.Context, r archive.Record) (string, []flaw, error) {
	me, err := a.account(ctx)
	if err != nil || !a.job.Plan.Spec.Options.Permissions {
		return "", nil, err
	}
	was := textOf(atlassian.Member(r.Body, "owner"), "accountId")
	to := a.active(was)
	switch {
	case to == "":
		return "", []flaw{flawed("its owner is not in the destination, or not active there: it is the restoring account's", "owner")}, nil
	case to != a.user(was):
		return to, []flaw{flawed("its owner is not active in the destination: it is the fallback's", "owner")}, nil
	case to == me:
		to = ""
	}
	return to, nil, nil
}
