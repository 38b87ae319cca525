package archive

import (
	"cmp"
	"slices"
)

// Reach says of which items something has attachments: of containers, and of
// items whose ids lie between two. It may reach further than there are any. The
// zero value says nothing, which is what indexes of early backups say.
type Reach struct {
	// Containers are the keys of the projects or spaces, in order.
	Containers []string `json:"containers,omitempty"`
	// FirstItem and LastItem are the lowest and the highest id of an item, as
	// numbers are compared.
	FirstItem string `json:"firstItem,omitempty"`
	LastItem  string `json:"lastItem,omitempty"`
}

// Add makes r reach an item of a container.
func (r *Reach) Add(container, item string) {
	if at, found := slices.BinarySearch(r.Containers, container); !found {
		r.Containers = slices.Insert(r.Containers, at, container)
	}
	if r.FirstItem == "" || compareIDs(item, r.FirstItem) < 0 {
		r.FirstItem = item
	}
	if r.LastItem == "" || compareIDs(item, r.LastItem) > 0 {
		r.LastItem = item
	}
}

// none reports whether r says nothing.
func (r Reach) none() bool { return len(r.Containers) == 0 || r.FirstItem == "" || r.LastItem == "" }

// meets reports whether the ids of two have any in common.
func (r Reach) meets(o Reach) bool {
	return compareIDs(r.FirstItem, o.LastItem) <= 0 && compareIDs(o.FirstItem, r.LastItem) <= 0
}

// compareIDs compares ids as numbers without leading zeros; of any others it makes
// an order too, which is all that a range needs.
func compareIDs(a, b string) int {
	return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b))
}

// IndexesOf returns the indexes that may have attachments of what r reaches, in the
// order of the manifest. Of a container that the backup does not have, a project
// with a new key, say, the ids alone decide. An attachment of an item that has
// moved from one container to another may be in none of them. All indexes that
// don't say what they reach are among them.
//
// A shard is a slice of one container, or some small containers, by ascending
// ids, and the next run cuts much the same ones: about two indexes of the backup
// before have what a shard needs, whatever the size of the site.
func (m *Manifest) IndexesOf(r Reach) []Index {
	if r.none() {
		return nil
	}
	known := make(map[string]bool)
	for _, s := range m.Segments {
		known[s.Container] = true
	}
	wanted := make(map[string]bool, len(r.Containers))
	unknown := false
	for _, c := range r.Containers {
		wanted[c] = true
		unknown = unknown || !known[c]
	}
	var found []Index
	for _, index := range m.Indexes {
		if index.none() || index.meets(r) && (unknown || slices.ContainsFunc(index.Containers, func(c string) bool { return wanted[c] })) {
			found = append(found, index)
		}
	}
	return found
}
