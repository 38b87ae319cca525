package confluence

import (
	"context"
	"slices"

	"holdfast/internal/atlassian"
	"holdfast/internal/restore"
)

// fewerPeople is why a restriction is not as it was.
const fewerPeople = "not all who may view or edit it are in the destination"

// access restricts pages and archives them: what keeps an account from writing comes last.
func (r *run) access(ctx context.Context) error {
	var archived []restore.Position
	for g, err := range r.job.Archive.Groups(ctx, r.batch.Items, itemKinds...) {
		if err != nil {
			return err
		}
		ref, ok, err := r.job.IDs.Get(ctx, g.Item.Kind, g.Item.ID)
		if err != nil {
			return err
		}
		if err := r.restrict(ctx, g, ref.ID, ok); err != nil {
			return err
		}
		if ok && text(g.Item.Body, "status") == "archived" {
			archived = append(archived, restore.Position{Kind: g.Item.Kind, ID: g.Item.ID, Extra: ref.ID})
		}
		r.beat(1, 0)
	}
	return r.archive(ctx, archived)
}

// restrict sets who may view and edit an item. The account that restores is always among them:
// it would shut itself out, and who is left out by a mapping must not open a page to all.
func (r *run) restrict(ctx context.Context, g restore.Group, id string, there bool) error {
	rules, partial, ids, err := r.restrictions(ctx, g)
	if err != nil || len(ids) == 0 {
		return err
	}
	of := g.Item.ID
	if !there {
		for _, rec := range ids {
			r.miss(restrictKind, rec, of, noPage)
		}
		return nil
	}
	if len(rules) > 0 {
		if _, err := r.write(ctx, "PUT "+v1+"/content/{id}/restriction", nil, object{"results": rules}, id); err != nil {
			for _, rec := range ids {
				if err := r.failed(err, restrictKind, rec, of); err != nil {
					return err
				}
			}
			return nil
		}
	}
	for _, rec := range ids {
		if partial {
			r.done(restrictKind, rec, of, fewerPeople)
			continue
		}
		r.done(restrictKind, rec, of)
	}
	return nil
}

// restrictions are those of an item with the people and groups of the destination. partial
// says that not all of them are there.
func (r *run) restrictions(ctx context.Context, g restore.Group) (rules []object, partial bool, ids []string, err error) {
	type side struct{ users, groups []string }
	all := map[string]*side{}
	take := func(operation string, body raw) {
		s := all[operation]
		if s == nil {
			s = &side{}
			all[operation] = s
		}
		for u := range atlassian.Elements(member(body, "restrictions", "user", "results")) {
			s.users = append(s.users, text(u, "accountId"))
		}
		for g := range atlassian.Elements(member(body, "restrictions", "group", "results")) {
			s.groups = append(s.groups, text(g, "id"))
		}
	}
	for rec, err := range g.Parts.All(restrictKind) {
		if err != nil {
			return nil, false, nil, err
		}
		ids = append(ids, rec.ID)
		if operation := text(rec.Body, "operation"); operation != "" {
			take(operation, rec.Body)
			continue
		}
		for operation, body := range members(rec.Body) {
			if member(body, "restrictions") != nil {
				take(operation, body)
			}
		}
	}
	for _, operation := range []string{"read", "update"} {
		s := all[operation]
		if s == nil || len(s.users)+len(s.groups) == 0 {
			continue
		}
		me, err := r.writer(ctx)
		if err != nil {
			return nil, false, nil, err
		}
		users, groups := []object{}, []object{}
		named := []string{}
		for _, id := range append([]string{me}, s.users...) {
			to, ok := id, true
			if len(named) > 0 {
				to, ok = r.user(id)
			}
			if partial = partial || !ok; ok && !slices.Contains(named, to) {
				named = append(named, to)
				users = append(users, object{"type": "known", "accountId": to})
			}
		}
		for _, id := range s.groups {
			to, ok := r.job.Mapping.To(groupKind, id)
			if partial = partial || !ok; ok {
				groups = append(groups, object{"type": "group", "id": to})
			}
		}
		who := object{"user": users}
		if len(groups) > 0 {
			who["group"] = groups
		}
		rules = append(rules, object{"operation": operation, "restrictions": who})
	}
	return rules, partial, ids, nil
}
