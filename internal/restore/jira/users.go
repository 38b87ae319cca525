package jira

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"holdfast/internal/atlassian"
	"holdfast/internal/restore"
)

// person is a user of the backup.
type person struct{ id, name, email string }

// usersRoute lists all users, those without access too, up to 1,000 at a time.
const usersRoute = "GET /rest/api/3/users/search"

// everyone yields the users of the destination, page by page.
func (t *Target) everyone(ctx context.Context, yield func(id, name, email string, active bool)) error {
	_, err := t.client.Stream(ctx, atlassian.Offset{Request: atlassian.Request{Route: usersRoute}, ID: []string{"accountId"}, PageSize: 1000},
		func(page []atlassian.Entry) error {
			for _, e := range page {
				yield(e.ID, textOf(e.Body, "displayName"), textOf(e.Body, "emailAddress"), string(atlassian.Member(e.Body, "active")) == "true")
			}
			return nil
		})
	if err != nil {
		return fmt.Errorf("list the users of the destination: %w", err)
	}
	return nil
}

// usersPrint is the sum of those of the accounts that are there and active.
func (t *Target) usersPrint(ctx context.Context, ids []string) (string, error) {
	slices.Sort(ids)
	var there []thing
	err := t.everyone(ctx, func(id, _, _ string, active bool) {
		if _, ok := slices.BinarySearch(ids, id); ok && active {
			there = append(there, thing{ID: id})
		}
	})
	return printOf(there), err
}

// notActive marks a user whose account is there and not active: it can be mentioned, and be
// given nothing.
const notActive = "its account is not active: it is mentioned, and given nothing"

// mapUsers finds the users of the backup in the destination: by the mapping file, by
// account id, by e-mail, or the fallback.
func (p *planning) mapUsers(ctx context.Context) error {
	people, err := p.people(ctx)
	if err != nil {
		return err
	}
	given := p.job.Overrides[kindUser]
	byID, byEmail := map[string]string{}, map[string]string{}
	inactive := map[string]string{}
	wanted := map[string]bool{} // ids and e-mails that are looked for
	for _, one := range people {
		wanted[one.id] = true
		if one.email != "" {
			wanted[strings.ToLower(one.email)] = true
		}
	}
	for _, to := range given {
		wanted[strings.ToLower(to)], wanted[to] = true, true
	}
	fallback := p.job.Plan.Spec.Options.FallbackUser
	wanted[fallback] = true
	err = p.target.everyone(ctx, func(id, name, email string, active bool) {
		if !active {
			if wanted[id] {
				inactive[id] = name
			}
			return
		}
		if wanted[id] {
			byID[id] = name
		}
		if email = strings.ToLower(email); email != "" && wanted[email] {
			byEmail[email] = id
			byID[id] = name
		}
	})
	if err != nil {
		return err
	}
	if fallback != "" && !has(byID, fallback) {
		return fmt.Errorf("%w: the destination has no active user %s to stand in for others", restore.ErrRequest, fallback)
	}
	if n := strangers(given, byID, byEmail); n > 0 {
		return fmt.Errorf("%w: the mapping file names %d accounts that the destination does not have, or that are not active there: correct it", restore.ErrRequest, n)
	}
	var to []string
	for _, one := range people {
		row := restore.Mapped{Kind: kindUser, ID: one.id, Name: one.name, How: restore.ByNothing}
		email := byEmail[strings.ToLower(one.email)]
		switch chosen, ok := chosenUser(given, one, byID, byEmail); {
		case ok:
			row.To, row.How = chosen, restore.ByFile
		case has(byID, one.id):
			row.To, row.How = one.id, restore.ByID
		case has(inactive, one.id):
			row.To, row.How, row.ToName, row.Effect = one.id, restore.ByID, inactive[one.id], notActive
		case one.email != "" && email != "":
			row.To, row.How = email, restore.ByEmail
		case fallback != "":
			row.To, row.How = fallback, restore.ByFallback
		default:
			row.Effect = "it is left out where it is named; what it wrote is the restoring account's"
		}
		if row.ToName == "" {
			row.ToName = byID[row.To]
		}
		if row.To != "" {
			to = append(to, row.To)
		}
		p.out.Mapping.Put(row)
	}
	p.job.Plan.Fingerprint["users"], err = p.target.usersPrint(ctx, to)
	return err
}

// strangers counts what the mapping file maps users to and the destination does not have.
func strangers(given, byID, byEmail map[string]string) (n int) {
	for _, to := range given {
		if !has(byID, to) && byEmail[strings.ToLower(to)] == "" {
			n++
		}
	}
	return n
}

// chosenUser is what the mapping file says of a user.
func chosenUser(given map[string]string, one person, byID, byEmail map[string]string) (string, bool) {
	for _, name := range []string{one.id, one.email} {
		to, ok := given[name]
		if !ok || name == "" {
			continue
		}
		if has(byID, to) {
			return to, true
		}
		id, ok := byEmail[strings.ToLower(to)]
		return id, ok
	}
	return "", false
}

func has(m map[string]string, key string) bool { _, ok := m[key]; return ok }

// people are the users that the backup has, by id: all accounts of the site, and those
// that appear in what is restored.
func (p *planning) people(ctx context.Context) ([]person, error) {
	byID := map[string]person{}
	add := func(id string, one person) {
		if have, ok := byID[id]; ok && have.email != "" {
			return
		}
		byID[id] = one
	}
	for r, err := range p.job.Archive.Site(ctx, "account") {
		if err != nil {
			return nil, err
		}
		add(r.ID, person{r.ID, textOf(r.Body, "displayName"), textOf(r.Body, "emailAddress")})
	}
	for _, one := range p.seen {
		add(one.id, one)
	}
	all := make([]person, 0, len(byID))
	for _, one := range byID {
		all = append(all, one)
	}
	slices.SortFunc(all, func(a, b person) int { return strings.Compare(a.id, b.id) })
	return all, nil
}
