package kinds

import (
	"maps"
	"slices"

	"holdfast/internal/atlassian"
)

// Table is the rows of a product. It is not changed once it is made.
type Table struct {
	rows     []Row
	byName   map[string]Row
	children map[string][]Row
	without  map[string]bool
}

// NewTable makes a table of rows, parents before children. The kinds of the
// names in without are not read: nothing is asked for them, nor for what belongs
// to them.
func NewTable(rows []Row, without ...string) *Table {
	t := &Table{rows: rows, byName: make(map[string]Row), children: make(map[string][]Row), without: make(map[string]bool)}
	for _, row := range rows {
		t.byName[row.Name] = row
	}
	for _, row := range rows {
		t.add(row, row.Parent)
		for _, parent := range slices.Sorted(maps.Keys(row.Also)) {
			also := row
			also.Route = row.Also[parent]
			if q, ok := row.AlsoQuery[parent]; ok {
				also.Query = q
			}
			t.add(also, parent)
		}
		if row.Recursive {
			t.add(row, row.Name)
		}
	}
	for _, name := range without {
		t.without[name] = true
	}
	return t
}

// add enters a row below a parent. Items are not below their container: they are
// read by the census' ids, not by a walk over the container.
func (t *Table) add(row Row, parent string) {
	if parent != "" && t.byName[parent].Scope == row.Scope {
		t.children[parent] = append(t.children[parent], row)
	}
}

// Rows are the rows of the table, parents before children. They are not to be
// changed.
func (t *Table) Rows() []Row { return t.rows }

// Kinds is the table as a product's users have it.
func (t *Table) Kinds() []atlassian.Kind {
	table := make([]atlassian.Kind, len(t.rows))
	for i, row := range t.rows {
		table[i] = row.Kind
	}
	return table
}

// Row returns the row of a name, the zero Row where there is none.
func (t *Table) Row(name string) Row { return t.byName[name] }

// Children are the rows that are read for each record of a kind, in the order of
// the table, with the routes for that kind.
func (t *Table) Children(parent string) []Row { return t.children[parent] }

// Wanted reports whether a kind is to be read at all: it has data, and was not
// left out.
func (t *Table) Wanted(row Row) bool { return row.State == "" && !t.without[row.Name] }
