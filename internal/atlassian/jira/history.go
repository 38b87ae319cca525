package jira

import (
	"context"
	"encoding/json"
	"sync"

	"holdfast/internal/atlassian"
	"holdfast/internal/atlassian/kinds"
)

// maxHistory is how many entries are fetched for several issues at once, which
// bounds what is held in memory.
const maxHistory = 10000

// histories are the whole histories of some issues whose embedded ones are cut,
// fetched together when the first of them is needed.
type histories struct {
	ids   []string
	total int
	fetch func() error

	mu    sync.Mutex
	found map[string]records
}

// planHistories gives each issue whose embedded history is cut, with a known
// total, its part in a common fetch.
func (j *Jira) planHistories(ctx context.Context, k kinds.Row, issues []*issue) {
	var current *histories
	for _, i := range issues {
		total, ok := historyTotal(k, i.Owner)
		if !ok {
			continue
		}
		if current == nil || current.total+total > maxHistory {
			h := &histories{}
			h.fetch = sync.OnceValue(func() error { return j.fetchHistories(ctx, k, h) })
			current = h
		}
		current.ids = append(current.ids, i.ID)
		current.total += total
		i.history = current
	}
}

// historyTotal returns how long the issue's history is where more of it is to
// be fetched.
func historyTotal(k kinds.Row, of kinds.Owner) (int, bool) {
	if _, whole := k.EmbeddedIn(of.Body); whole {
		return 0, false
	}
	total, ok := atlassian.Int(atlassian.Member(atlassian.Member(of.Body, k.Embedded...), "total"))
	return int(total), ok && total > 0
}

func (j *Jira) fetchHistories(ctx context.Context, k kinds.Row, h *histories) error {
	found := make(map[string]records, len(h.ids))
	distinct := map[string]map[string]bool{}
	_, err := j.client.Pages(ctx, atlassian.Tokens{
		Request: atlassian.Request{Route: k.Route},
		Body:    map[string]any{"issueIdsOrKeys": h.ids, "maxResults": 1000},
		Items:   "issueChangeLogs",
	}, func(page []json.RawMessage) error {
		at := kinds.Now()
		for _, raw := range page {
			id := atlassian.Text(atlassian.Member(raw, "issueId"))
			of := found[id]
			of.apart, of.at = true, at
			if distinct[id] == nil {
				distinct[id] = map[string]bool{}
			}
			for entry := range atlassian.Elements(atlassian.Member(raw, "changeHistories")) {
				entryID := atlassian.Text(atlassian.Member(entry, "id"))
				if !distinct[id][entryID] {
					distinct[id][entryID] = true
					of.entries = append(of.entries, atlassian.Entry{ID: entryID, Body: entry})
				}
			}
			found[id] = of
		}
		return nil
	})
	if _, ok := kinds.Reason(err); ok {
		// A refusal may concern one of the issues: each is then asked for alone.
		err = nil
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.found = found
	return err
}

// take returns an issue's history, once; ok is false where the common fetch
// did not bring all of it.
func (h *histories) take(k kinds.Row, of kinds.Owner) (r records, ok bool, err error) {
	if err := h.fetch(); err != nil {
		return records{}, false, err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	r = h.found[of.ID]
	delete(h.found, of.ID)
	// Entries are only ever added: more than the total are those since then.
	total, _ := historyTotal(k, of)
	return r, len(r.entries) >= total, nil
}
