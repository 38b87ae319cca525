package jira

import (
	"context"
	"slices"

	"holdfast/internal/archive"
)

// ranking puts the issues of a project's boards into their order. Each list of a board or a sprint
// is a part of the one order that all issues of a site have: what they say is put together
// first, since ranking one list alone would tear others apart.
type ranking struct {
	*applying
	lists   [][]string       // ids in the backup
	records []archive.Record // of backlogs, without bodies
}

// add adds the lists of a board that is there.
func (r *ranking) add(b *boardWriter) {
	if b.id == "" {
		return
	}
	var backlog []string
	for _, one := range b.parts["backlogIssue"] {
		backlog = append(backlog, one.ID)
		r.records = append(r.records, one)
	}
	r.lists = append(r.lists, backlog)
	for _, s := range b.parts[kindSprint] {
		r.lists = append(r.lists, b.issues[s.ID])
	}
}

const rankSize = 50 // issues that are ranked at once, at most

// write ranks the issues one after the other.
func (r *ranking) write(ctx context.Context) error {
	refused, there := "", map[string]bool{}
	after := ""
	var some []string
	flush := func() error {
		if len(some) == 0 {
			return nil
		}
		why, err := r.rank(ctx, some, after)
		if why != "" {
			refused = why
		} else {
			after = some[len(some)-1]
		}
		some = nil
		return err
	}
	for _, id := range merged(r.lists) {
		ref, ok, err := r.job.IDs.Get(ctx, kindIssue, id)
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		there[id] = true
		if after == "" {
			after = ref.ID // the first stays where it is
			continue
		}
		if some = append(some, ref.ID); len(some) == rankSize {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	if err := flush(); err != nil {
		return err
	}
	for _, one := range r.records {
		switch {
		case !there[one.ID]:
			r.skipped(one, "the issue is not restored")
		case refused != "":
			r.written(one, flawed("the order is not wholly as it was: "+refused))
		default:
			r.written(one)
		}
	}
	return nil
}

// rank ranks issues after another; why says why the site refuses it.
func (r *ranking) rank(ctx context.Context, issues []string, after string) (why string, err error) {
	_, err = r.target.write(ctx, "PUT /rest/agile/1.0/issue/rank", map[string]any{"issues": issues, "rankAfterIssue": after})
	if no := refused(err); no != nil {
		return no.reason(), nil
	}
	r.beat(0, 0)
	return "", err
}

// merged is one order in which the entries of each list follow each other as they do there. Where
// lists contradict each other, earlier ones count.
func merged(lists [][]string) []string {
	next := map[string][]string{} // what comes right after an entry in a list
	waits := map[string]int{}     // entries that come right before it and are not out yet
	var all []string
	for _, list := range lists {
		for i, id := range list {
			if _, known := waits[id]; !known {
				waits[id] = 0
				all = append(all, id)
			}
			if i > 0 {
				next[list[i-1]] = append(next[list[i-1]], id)
				waits[id]++
			}
		}
	}
	out := make([]string, 0, len(all))
	done := map[string]bool{}
	var ready []string
	take := func(id string) {
		out, done[id] = append(out, id), true
		for _, after := range next[id] {
			if waits[after]--; waits[after] == 0 && !done[after] {
				ready = append(ready, after)
			}
		}
	}
	for _, id := range all {
		if waits[id] == 0 {
			ready = append(ready, id)
		}
	}
	for len(out) < len(all) {
		if len(ready) == 0 {
			// They contradict each other: the first that is left goes on.
			ready = append(ready, all[slices.IndexFunc(all, func(id string) bool { return !done[id] })])
		}
		id := ready[0]
		ready = ready[1:]
		if !done[id] {
			take(id)
		}
	}
	return out
}
