package jira

import (
	"context"

	"holdfast/internal/restore"
)

// mapConfiguration finds what the backup's configuration is in the destination: by the mapping
// file, then what has the same id and the same name, then what has the same name.
func (p *planning) mapConfiguration(ctx context.Context) error {
	for _, k := range configKinds() {
		there, err := p.target.configuration(ctx, k)
		if err != nil {
			return err
		}
		p.job.Plan.Fingerprint[k.kind] = printOf(there)
		m := newMatcher(k, there, p.job.Overrides[k.kind])
		for r, err := range p.job.Archive.Site(ctx, k.kind) {
			if err != nil {
				return err
			}
			p.out.Mapping.Put(m.match(k.of(r.Body)))
		}
	}
	return nil
}

// matcher finds the counterparts of things of one kind.
type matcher struct {
	kind   configKind
	given  map[string]string
	byID   map[string]thing
	byName map[string]thing
}

func newMatcher(k configKind, there []thing, given map[string]string) *matcher {
	m := &matcher{kind: k, given: given, byID: map[string]thing{}, byName: map[string]thing{}}
	for _, t := range there {
		m.byID[t.ID] = t
		name := t.Type + "\x00" + t.Name
		// What is the whole site's comes before what one project has.
		if have, ok := m.byName[name]; !ok || have.Scope != "" && t.Scope == "" {
			m.byName[name] = t
		}
	}
	return m
}

// match returns the row of one thing of the backup.
func (m *matcher) match(t thing) restore.Mapped {
	row := restore.Mapped{Kind: m.kind.kind, ID: t.ID, Name: t.Name, How: restore.ByNothing, Effect: m.kind.effect}
	found := func(to thing, how restore.How) restore.Mapped {
		row.To, row.ToName, row.How, row.Effect = to.ID, to.Name, how, ""
		return row
	}
	for _, name := range []string{t.ID, t.Name} {
		to, ok := m.given[name]
		if !ok {
			continue
		}
		if there, ok := m.byID[to]; ok {
			return found(there, restore.ByFile)
		}
		if there, ok := m.byName[t.Type+"\x00"+to]; ok {
			return found(there, restore.ByFile)
		}
		row.Effect = "the mapping file names something that the destination does not have: " + m.kind.effect
		return row
	}
	if there, ok := m.byID[t.ID]; ok && there.Name == t.Name && there.Type == t.Type {
		return found(there, restore.ByID)
	}
	if there, ok := m.byName[t.Type+"\x00"+t.Name]; ok {
		return found(there, restore.ByName)
	}
	return row
}
