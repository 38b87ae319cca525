package content

import (
	"slices"

	"holdfast/internal/samplesite/rawjson"
)

// kept is what is written of an issue, nil where it is as the content below has it.
func (w *Layer) kept(row Row) *Made {
	w.mu.RLock()
	defer w.mu.RUnlock()
	return w.issues[row.ID]
}

// Sprints returns the ids of the sprints that an issue is or was in.
func (w *Layer) Sprints(row Row) []int64 {
	if m := w.kept(row); m != nil {
		return m.Sprints
	}
	if id := w.Setup().Sprint(row); id != 0 {
		return []int64{int64(id)}
	}
	return nil
}

// InSprint reports whether an issue is or was in a sprint, which content below the
// layer has for issues of its own project only.
func (w *Layer) InSprint(row Row, sprint int64, project int) bool {
	if m := w.kept(row); m != nil {
		return slices.Contains(m.Sprints, sprint)
	}
	return row.Project == project && int64(w.Setup().Sprint(row)) == sprint
}

// Done reports whether an issue is resolved: boards show it no more in their backlogs.
func (w *Layer) Done(row Row) bool {
	m := w.kept(row)
	if m == nil {
		return w.Setup().Done(row)
	}
	status, err := rawjson.Split(m.Value("status"))
	return err == nil && member(rawjson.Get(status, "statusCategory"), "key") == "done"
}

// Created reports whether an issue was made while the site serves.
func (w *Layer) Created(row Row) bool {
	m := w.kept(row)
	return m != nil && m.created
}

// SprintByID finds a sprint, and the board that it was made on.
func (s *Setup) SprintByID(id string) (Entry, bool) {
	for _, board := range s.Owners("sprint") {
		if e, found := s.Find("sprint", board, id); found {
			return e, true
		}
	}
	return Entry{}, false
}

// PutSprint changes a sprint on every board that lists it.
func (w *Layer) PutSprint(e Entry) {
	for _, board := range w.Setup().Owners("sprint") {
		if _, found := w.Setup().Find("sprint", board, e.ID); found {
			w.Put("sprint", board, e)
		}
	}
}

// RemoveSprint takes a sprint off every board that lists it.
func (w *Layer) RemoveSprint(id string) {
	for _, board := range w.Setup().Owners("sprint") {
		if _, found := w.Setup().Find("sprint", board, id); found {
			w.Remove("sprint", board, id)
		}
	}
}

// MoveToSprint takes an issue out of the sprints that are not over, and into one; 0 is
// none, which is the backlog.
func (w *Layer) MoveToSprint(row Row, sprint int64) {
	setup := w.Setup()
	w.Edit(row, func(m *Made) {
		m.Sprints = slices.DeleteFunc(m.Sprints, func(id int64) bool {
			e, found := setup.SprintByID(number(int(id)))
			return id == sprint || found && member(e.Body, "state") != "closed"
		})
		if sprint != 0 {
			m.Sprints = append(m.Sprints, sprint)
		}
	})
}

// DropSprint takes a sprint from an issue.
func (w *Layer) DropSprint(row Row, sprint int64) {
	w.Edit(row, func(m *Made) {
		m.Sprints = slices.DeleteFunc(m.Sprints, func(id int64) bool { return id == sprint })
	})
}
