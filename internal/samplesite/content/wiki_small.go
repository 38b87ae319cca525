package content

import "holdfast/internal/samplesite/rawjson"

// Restrictions implements WikiContent.
func (p *page) Restrictions() raw { return rawjson.Object() }

// Restriction implements WikiContent.
func (p *page) Restriction(operation string) (users, groups []Entry) { return nil, nil }

func (w *wiki) furnish() *Setup {
	return &Setup{lists: map[listKey][]Entry{}, owners: map[string][]string{}, groups: map[string]string{}, sprints: map[int][]int{}, seed: w.spec.Seed}
}
