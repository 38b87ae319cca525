package samplesite

import (
	"iter"
	"slices"

	"holdfast/internal/samplesite/content"
)

// Seed is the configuration and the accounts of another site, as records of its archive,
// that a site begins with: what restores expect of their destination before they write
// to it. The zero value is none.
type Seed struct {
	// Records are those of a backup of Jira, of Confluence or of both, in the order of the
	// archive. What is not configuration or accounts is left alone.
	Records iter.Seq2[content.SeedRecord, error]
	// Renumber gives what is configured other ids than the records have, as any other site
	// has. Names stay, and so do account ids, which are the same on all sites.
	Renumber bool
}

// divide tells the records of Confluence from those of Jira.
func (s Seed) divide() (jira, wiki []content.SeedRecord, err error) {
	if s.Records == nil {
		return nil, nil, nil
	}
	for r, err := range s.Records {
		switch {
		case err != nil:
			return nil, nil, err
		case ofWikiSeed(r):
			wiki = append(wiki, r)
		case content.Seeds(r.Kind):
			jira = append(jira, r)
		}
	}
	return jira, wiki, nil
}

// ofWikiSeed reports whether a record is one that a Confluence is seeded with. Both
// products have users, groups and members of groups, in forms of their own.
func ofWikiSeed(r content.SeedRecord) bool {
	switch r.Kind {
	case wikiUserKind:
		return at(r.Body, "accountStatus") != ""
	case "groupMember":
		return at(r.Body, "type") == "known"
	case ofGroup:
		return at(r.Body, "type") == ofGroup
	}
	return slices.Contains(seededKinds, r.Kind)
}

// each yields records that were told apart.
func each(records []content.SeedRecord) iter.Seq2[content.SeedRecord, error] {
	return func(yield func(content.SeedRecord, error) bool) {
		for _, r := range records {
			if !yield(r, nil) {
				return
			}
		}
	}
}
