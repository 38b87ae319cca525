package jira

import (
	"strings"

	"holdfast/internal/restore"
)

// The kinds that code names.
const (
	kindProject   = "project"
	kindIssue     = "issue"
	kindVersion   = "version"
	kindComponent = "component"
	kindRole      = "role"
	kindUser      = "user"
	kindGroup     = "group"
	kindField     = "field"
	kindBoard     = "board"
	kindSprint    = "sprint"
	kindFilter    = "filter"
	kindLink      = "issueLink"

	kindDashboard    = "dashboard"
	kindGadget       = "dashboardGadget"
	kindItemProperty = "dashboardItemProperty"
	kindPlan         = "plan"
	kindPlanDetail   = "planDetail"
	kindPlanTeam     = "planTeam"
)

// how says how a field, or a kind of record as a whole, comes back.
type how string

const (
	written    how = "written"      // as it is
	mapped     how = "mapped"       // as what it is in the destination
	elsewhere  how = "elsewhere"    // it is that of records of another kind
	unwritable how = "not writable" // T6
	left       how = "left out"     // it could be written, and is not holdfast's to write
)

// fieldRule is what is known of a field: a path of members, "[]" standing for the entries
// of an array.
type fieldRule struct {
	path string
	how  how
	// note is, of a mapped field, the kind that it is mapped by; of one elsewhere, the kind whose records
	// it is; of one that is not writable, the reason.
	note string
}

// kindRule is what is known of a kind of record.
type kindRule struct {
	kind string
	how  how
	note string // the reason, or how it is done
	// fields are those that are not simply written.
	fields []fieldRule
}

// fieldOf returns the rule of a field; written where none is known.
func fieldOf(kind, path string) fieldRule {
	for _, k := range table() {
		if k.kind != kind {
			continue
		}
		for _, f := range k.fields {
			if f.path == path {
				return f
			}
		}
	}
	return fieldRule{path: path, how: written}
}

// kindOf returns the rule of a kind; one that is not in the table is not writable.
func kindOf(kind string) kindRule {
	for _, k := range table() {
		if k.kind == kind {
			return k
		}
	}
	return kindRule{kind: kind, how: unwritable, note: "this version of holdfast does not restore it"}
}

// Limits implements restore.Target.
func (t *Target) Limits() []restore.Limit {
	var all []restore.Limit
	for _, k := range table() {
		if k.how != written {
			all = append(all, restore.Limit{Kind: k.kind, Reason: k.note, Kept: k.how != unwritable})
			continue
		}
		for _, f := range k.fields {
			if f.how == unwritable {
				all = append(all, restore.Limit{Kind: k.kind, Field: f.path, Reason: f.note})
			}
		}
	}
	return all
}

// rulesOf makes the rules of paths that share how and note: "a|b|c".
func rulesOf(h how, note, paths string) []fieldRule {
	var all []fieldRule
	for path := range strings.SplitSeq(paths, "|") {
		all = append(all, fieldRule{path, h, note})
	}
	return all
}
