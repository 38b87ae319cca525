package activities

import (
	"slices"

	"holdfast/internal/atlassian"
)

// account enters what became of each id of a chunk: captured, gone or missing.
// Only an item that was seen to be written counts as captured, and one that the
// product says nothing about is missing: COMPLETE is a proof.
func (e *exporter) account(c atlassian.Container, ids []string, emitted map[string]bool, chunk atlassian.Chunk) {
	gone := make(map[string]bool, len(ids))
	for _, p := range chunk.Problems {
		if e.kinds.isItem(p.Kind) {
			gone[p.ID] = p.Gone
		}
	}
	slice := &e.state.Slices[len(e.state.Slices)-1]
	for _, id := range ids {
		wasGone, told := gone[id]
		switch {
		case emitted[id] && slices.Contains(chunk.Captured, id):
			slice.Captured = append(slice.Captured, id)
		case wasGone:
			slice.Gone = append(slice.Gone, id)
		default:
			slice.Missing = append(slice.Missing, id)
			if !told {
				e.lost(c, []string{id}, "the site's replies did not account for it: run again, or verify it on the site")
			}
		}
	}
	e.problems(c, chunk.Problems)
}

// lost enters items that are missing for the same reason.
func (e *exporter) lost(c atlassian.Container, ids []string, reason string) {
	for _, id := range ids {
		e.problems(c, []atlassian.Problem{{Kind: e.kinds.items[0], ID: id, Reason: reason}})
	}
}

// problems enters what is gone or missing of a container, or of the site.
func (e *exporter) problems(c atlassian.Container, problems []atlassian.Problem) {
	for _, p := range problems {
		if p.Container == "" {
			p.Container = c.Key
		}
		if p.Note && slices.Contains(e.state.Problems, p) {
			continue // each chunk may have it
		}
		e.state.Problems = append(e.state.Problems, p)
		switch {
		case p.Note:
		case p.Gone:
			e.state.Gone++
		case e.kinds.counts(p.Kind):
			e.state.Missing++
		}
	}
}
