package confluence

import (
	"context"
	"maps"
	"slices"
	"strings"

	"holdfast/internal/atlassian"
	"holdfast/internal/restore"
)

// person is a user of the backup.
type person struct{ name, email string }

// usersAtOnce is how many accounts are asked for at a time (OpenAPI: /users-bulk).
const usersAtOnce = 100

// mapUsers finds the users of the backup in the destination: by account, which is the same on
// all sites, then by e-mail.
func (p *planning) mapUsers(ctx context.Context) error {
	over := p.job.Overrides[userKind]
	fallback := p.spec.Options.FallbackUser
	ask := slices.Sorted(maps.Keys(p.users))
	for _, to := range over {
		if !strings.Contains(to, "@") {
			ask = append(ask, to)
		}
	}
	if fallback != "" {
		ask = append(ask, fallback)
	}
	there, err := p.accounts(ctx, ask)
	if err != nil {
		return err
	}
	if _, ok := there[fallback]; fallback != "" && !ok {
		return invalid("the destination has no user %s to stand in for others", fallback)
	}
	for _, id := range slices.Sorted(maps.Keys(p.users)) {
		who := p.users[id]
		row := restore.Mapped{Kind: userKind, ID: id, Name: who.name, How: restore.ByNothing, Effect: "what needs the user is left out, or is the restoring account's"}
		found := func(to string, how restore.How) {
			row.To, row.ToName, row.How, row.Effect = to, there[to], how, ""
		}
		to := over[id]
		if to == "" && who.email != "" {
			to = over[who.email]
		}
		if strings.Contains(to, "@") {
			if to, err = p.byEmail(ctx, to); err != nil {
				return err
			}
		}
		_, same := there[id]
		switch {
		case to != "":
			found(to, restore.ByFile)
		case same:
			found(id, restore.ByID)
		default:
			if who.email != "" {
				if to, err = p.byEmail(ctx, who.email); err != nil {
					return err
				}
			}
			switch {
			case to != "":
				found(to, restore.ByEmail)
			case fallback != "":
				found(fallback, restore.ByFallback)
				row.Effect = "the user of --fallback-user stands in"
			}
		}
		p.out.Mapping.Put(row)
	}
	return nil
}

// accounts are the names of those accounts that the destination has.
func (t *Target) accounts(ctx context.Context, ids []string) (map[string]string, error) {
	there := map[string]string{}
	for some := range slices.Chunk(ids, usersAtOnce) {
		reply, err := t.client.Do(ctx, atlassian.Request{Route: "POST " + v2 + "/users-bulk", Body: object{"accountIds": some}})
		if err != nil {
			return nil, t.sure(ctx, err)
		}
		for u := range atlassian.Elements(member(reply.Body, "results")) {
			if id := text(u, "accountId"); id != "" && text(u, "accountStatus") != "closed" {
				there[id] = text(u, "displayName")
			}
		}
	}
	return there, nil
}

// byEmail looks for a user by e-mail. Confluence has no call for it; that of Jira on the same
// site has, where there is one. "" means that nobody is found.
func (p *planning) byEmail(ctx context.Context, email string) (string, error) {
	found, err := p.client.List(ctx, atlassian.Request{Route: "GET /rest/api/3/user/search", Query: query("query", email)})
	if isRefusal(err) || atlassian.ClassOf(err) == atlassian.ClassSiteGone {
		return "", nil
	}
	if err != nil {
		return "", p.sure(ctx, err)
	}
	for _, u := range found {
		if mail := text(u, "emailAddress"); strings.EqualFold(mail, email) || mail == "" && len(found) == 1 {
			return text(u, "accountId"), nil
		}
	}
	return "", nil
}

// named is something of the destination's configuration.
type named struct{ id, name string }

// mapNamed finds things of the backup's configuration in the destination: by the mapping file,
// by id, and by name.
func (p *planning) mapNamed(ctx context.Context, kind, archived string, have []named, effect string) error {
	for rec, err := range p.job.Archive.Site(ctx, archived) {
		if err != nil {
			return err
		}
		row := restore.Mapped{Kind: kind, ID: rec.ID, Name: text(rec.Body, "name"), How: restore.ByNothing, Effect: effect}
		over := p.job.Overrides[kind][rec.ID]
		if over == "" {
			over = p.job.Overrides[kind][row.Name]
		}
		find := func(how restore.How, is func(named) bool) bool {
			i := slices.IndexFunc(have, is)
			if i >= 0 {
				row.To, row.ToName, row.How, row.Effect = have[i].id, have[i].name, how, ""
			}
			return i >= 0
		}
		if over != "" {
			if !find(restore.ByFile, func(n named) bool { return n.id == over || n.name == over }) {
				return invalid("the mapping file gives for the %s with the id %s in the backup what the destination does not have", kind, rec.ID)
			}
		} else if !find(restore.ByID, func(n named) bool { return n.id == rec.ID }) {
			find(restore.ByName, func(n named) bool { return n.name == row.Name })
		}
		p.out.Mapping.Put(row)
	}
	return nil
}

func (p *planning) mapGroups(ctx context.Context) error {
	have, err := p.groups(ctx)
	if err != nil {
		return err
	}
	return p.mapNamed(ctx, groupKind, groupKind, have, "it is left out of restrictions and permissions")
}

// groups are those of the destination.
func (t *Target) groups(ctx context.Context) ([]named, error) {
	var have []named
	err := t.listV1(ctx, v1+"/group", nil, nil, 200, func(g raw) error {
		have = append(have, named{text(g, "id"), text(g, "name")})
		return nil
	})
	return have, err
}

func (p *planning) mapRoles(ctx context.Context) error {
	have, err := p.roles(ctx)
	if err != nil {
		return err
	}
	return p.mapNamed(ctx, roleMapping, roleKind, have, "who has it in the backup has no role in the destination")
}

// roles are those of spaces in the destination, which not every site has.
func (t *Target) roles(ctx context.Context) ([]named, error) {
	var have []named
	err := t.list(ctx, v2+"/space-roles", nil, func(g raw) error {
		have = append(have, named{text(g, "id"), text(g, "name")})
		return nil
	})
	if isRefusal(err) {
		return nil, nil
	}
	return have, err
}

func (p *planning) mapLevels(ctx context.Context) error {
	var have []named
	all, err := p.client.List(ctx, atlassian.Request{Route: "GET " + v2 + "/classification-levels"})
	if err != nil && !isRefusal(err) {
		return p.sure(ctx, err)
	}
	for _, l := range all {
		have = append(have, named{text(l, "id"), text(l, "name")})
	}
	return p.mapNamed(ctx, levelKind, levelKind, have, "spaces that have it by default have no level by default")
}
