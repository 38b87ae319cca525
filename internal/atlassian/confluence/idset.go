package confluence

import (
	"slices"
	"strconv"
)

// idSet is a set of ids in ascending order. Confluence's ids lie far apart, and its
// lists give them in their order: eight bytes an id are less than any bitmap or
// hash takes.
type idSet []uint64

// add adds an id and reports whether it is new; false for what is no number.
func (s *idSet) add(id string) bool {
	n, err := strconv.ParseUint(id, 10, 64)
	if err != nil {
		return false
	}
	if len(*s) == 0 || n > (*s)[len(*s)-1] {
		*s = append(*s, n)
		return true
	}
	i, found := slices.BinarySearch(*s, n)
	if !found {
		*s = slices.Insert(*s, i, n)
	}
	return !found
}

// has reports whether the id is in the set.
func (s idSet) has(id string) bool {
	n, err := strconv.ParseUint(id, 10, 64)
	if err != nil {
		return false
	}
	_, found := slices.BinarySearch(s, n)
	return found
}
