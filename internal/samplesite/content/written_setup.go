package content

import (
	"maps"
	"slices"

	"holdfast/internal/samplesite/rawjson"
)

// Setup implements Source: as it is now. A Setup never changes; who writes makes another one.
func (w *Layer) Setup() *Setup {
	w.mu.RLock()
	defer w.mu.RUnlock()
	return w.setup
}

// changeList gives a list of the setup other entries, which by makes of a copy of them;
// the list begins to be there where it was not.
func (w *Layer) changeList(kind, owner string, by func([]Entry) []Entry) {
	w.mu.Lock()
	defer w.mu.Unlock()
	c, k := *w.setup, listKey{kind, owner}
	before, found := c.lists[k]
	c.lists = maps.Clone(c.lists)
	c.lists[k] = by(slices.Clone(before))
	if !found {
		c.owners = maps.Clone(c.owners)
		c.owners[kind] = append(slices.Clip(c.owners[kind]), owner)
	}
	w.setup = &c
}

// Begin makes a list of the setup, so that it is there even while it is empty.
func (w *Layer) Begin(kind, owner string) {
	w.changeList(kind, owner, func(all []Entry) []Entry { return all })
}

// Put adds a record at the end of a list of the setup, or replaces the one of its id.
func (w *Layer) Put(kind, owner string, e Entry) {
	w.changeList(kind, owner, func(all []Entry) []Entry {
		if i := slices.IndexFunc(all, func(r Entry) bool { return r.ID == e.ID }); i >= 0 {
			all[i] = e
			return all
		}
		return append(all, e)
	})
}

// Remove takes a record out of a list of the setup; false where it is not there.
func (w *Layer) Remove(kind, owner, id string) bool {
	found := false
	w.changeList(kind, owner, func(all []Entry) []Entry {
		i := slices.IndexFunc(all, func(r Entry) bool { return r.ID == id })
		if found = i >= 0; found {
			return slices.Delete(all, i, i+1)
		}
		return all
	})
	return found
}

// sprintInIssue is a sprint as the field Sprint shows it, nil where there is none of that id.
func (s *Setup) sprintInIssue(id string) raw {
	for _, board := range s.Owners("sprint") {
		e, found := s.Find("sprint", board, id)
		if !found {
			continue
		}
		m, err := rawjson.Split(e.Body)
		if err != nil {
			return nil // a sprint is our own
		}
		pairs := []any{"id", raw(id), "name", rawjson.Get(m, "name"), "state", rawjson.Get(m, "state"), "boardId", rawjson.Get(m, "originBoardId"), "goal", rawjson.Get(m, "goal")}
		for _, name := range []string{"startDate", "endDate", "completeDate"} {
			if v := rawjson.Get(m, name); v != nil {
				pairs = append(pairs, name, v)
			}
		}
		return rawjson.Object(pairs...)
	}
	return nil
}

// StatusInIssue is a status of the site's list as issues show it.
func StatusInIssue(status rawjson.Raw) rawjson.Raw {
	id, key := member(status, "id"), "new"
	for _, k := range []struct{ key, category string }{{"indeterminate", "IN_PROGRESS"}, {"done", "DONE"}} {
		if member(status, "statusCategory") == k.category {
			key = k.key
		}
	}
	return rawjson.Object("self", api("status/"+id), "description", member(status, "description"), "iconUrl", Base+"/",
		"name", member(status, "name"), "id", id, "statusCategory", category(key))
}
