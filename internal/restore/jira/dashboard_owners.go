package jira

import (
	"context"
	"encoding/json"

	"holdfast/internal/archive"
	"holdfast/internal/atlassian"
)

// owners gives dashboards to their owners, as administrators can. Afterwards the account sees
// those alone that are shared with it, which is why this is a phase of its own: it finds them by
// what is noted of the phase before.
func (a *applying) owners(ctx context.Context) error {
	for g, err := range a.job.Archive.Groups(ctx, a.batch.Items, a.target.roots()...) {
		if err != nil {
			return err
		}
		ref, ok, err := a.job.IDs.Get(ctx, kindDashboard, g.Item.ID)
		if err != nil {
			return err
		}
		if !ok || !a.wanted(kindDashboard, g.Item.ID) {
			continue // what there is to say of it is said
		}
		flaws, err := a.giveDashboard(ctx, g.Item, ref.ID)
		if err != nil {
			return err
		}
		a.written(g.Item, flaws...)
		a.beat(1, 0)
	}
	return nil
}

func (a *applying) giveDashboard(ctx context.Context, r archive.Record, id string) ([]flaw, error) {
	owner, flaws, err := a.ownerFor(ctx, r)
	if err != nil || owner == "" {
		return flaws, err
	}
	reply, err := a.target.write(ctx, "PUT "+dashboardRoute+"/bulk/edit", map[string]any{
		"action": "changeOwner", "entityIds": []json.RawMessage{asNumber(id)}, "extendAdminPermissions": true,
		"changeOwnerDetails": map[string]any{"newOwner": owner, "autofixName": true},
	})
	if why := refused(err); why != nil {
		return append(flaws, flawed("it stays the restoring account's: "+why.reason(), "owner")), nil
	}
	if err != nil {
		return nil, err
	}
	if len(atlassian.Member(reply, "entityErrors", id)) > 0 {
		return append(flaws, flawed("it stays the restoring account's: the site refuses another owner", "owner")), nil
	}
	now, err := a.target.get(ctx, dashboardRoute+"/{id}", nil, id)
	switch {
	case refused(err) != nil:
		return append(flaws, flaw{reason: hiddenFromUs}), nil
	case err != nil:
		return nil, err
	case textOf(now, "name") != textOf(r.Body, "name"):
		flaws = append(flaws, flawed("its owner has another dashboard of its name", "name"))
	}
	return flaws, nil
}

// hiddenFromUs is said of a dashboard that is there and that the account cannot read back.
const hiddenFromUs = "it is its owner's, who does not share it with the account that restores: it was not compared"
