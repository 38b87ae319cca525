package activities

import (
	"context"
	"fmt"
	"strings"

	"holdfast/internal/atlassian"
)

// site accounts for what belongs to the site itself.
func (w *walk) site(ctx context.Context) error {
	winner := w.winners[SiteShard]
	if winner.Result == "" {
		for _, k := range w.kinds.rows {
			if k.Scope != atlassian.ScopeSite || k.State != "" {
				continue
			}
			if err := w.row(atlassian.Problem{Kind: k.Name, Reason: w.why(winner)}); err != nil {
				return err
			}
		}
		return nil
	}
	r, err := w.result(ctx, ShardRef{ID: SiteShard}, winner)
	if err != nil {
		return err
	}
	for _, p := range r.Problems {
		if err := w.row(p); err != nil {
			return err
		}
	}
	return nil
}

// shard accounts for the ids of one shard, and of the shards that its rest went into.
func (w *walk) shard(ctx context.Context, ref ShardRef) error {
	var list ShardList
	if err := w.dir.read(ctx, w.dir.shard(ref), &list); err != nil {
		return err
	}
	left := w.begin(list)
	if left == nil {
		return fmt.Errorf("shard %s names a container that is not of its page", ref.ID)
	}
	seen := make(map[string]bool)
	for {
		w.beat.add(StepProgress{})
		winner := w.winners[ref.ID]
		if winner.Result == "" {
			return w.lose(left, w.why(winner))
		}
		if seen[ref.ID] {
			return fmt.Errorf("the rest of shard %s is that shard again", ref.ID)
		}
		seen[ref.ID] = true
		r, err := w.result(ctx, ref, winner)
		if err != nil {
			return err
		}
		if err := w.account(left, r); err != nil {
			return err
		}
		if r.Rest == nil {
			return w.lose(left, unaccounted)
		}
		ref = *r.Rest
		var rest ShardList
		if err := w.dir.read(ctx, w.dir.shard(ref), &rest); err != nil {
			return err
		}
		if err := w.hand(left, rest); err != nil {
			return err
		}
	}
}

// unaccounted is the reason of an id for which no attempt that counts accounts:
// a fault of this program, which must not pass for a whole backup.
const unaccounted = "no result accounts for it: please report this as a defect"

// unexpected is the reason of an id that a result has and the list does not have,
// or that was accounted for before.
const unexpected = "a result accounts for it although the census does not have it, or twice: please report this as a defect"

// why says why a shard has no result.
func (w *walk) why(winner Winner) string {
	switch {
	case winner.Reason != "":
		return "not captured: " + winner.Reason
	case w.in.DeadlinePassed:
		return "not captured before the deadline"
	}
	return "not captured: its shard was not worked on"
}

// result reads what an attempt stored and tells the visitor.
func (w *walk) result(ctx context.Context, ref ShardRef, winner Winner) (ShardResult, error) {
	var r ShardResult
	if !strings.HasPrefix(winner.Result, w.dir.path) {
		return r, fmt.Errorf("result %s of shard %s is not of this run", winner.Result, ref.ID)
	}
	if err := w.dir.read(ctx, winner.Result, &r); err != nil {
		return r, err
	}
	if r.Shard.ID != ref.ID {
		return r, fmt.Errorf("%s is the result of shard %s, not of %s", winner.Result, r.Shard.ID, ref.ID)
	}
	if w.visit.result == nil {
		return r, nil
	}
	return r, w.visit.result(r)
}

// remainder is what of a shard's list is not accounted for yet.
type remainder struct {
	slices []Slice                    // in the order of the list
	ids    map[string]map[string]bool // by key of the container
	first  map[string]bool            // containers whose own capture is due
}

// begin opens the account of a list, or returns nil where it has a container that
// is not of the page at hand.
func (w *walk) begin(list ShardList) *remainder {
	left := &remainder{slices: list.Slices, ids: make(map[string]map[string]bool), first: make(map[string]bool)}
	for _, s := range list.Slices {
		key := s.Container.Key
		if w.at[key] == nil {
			if !w.open {
				return nil
			}
			w.at[key] = &tally{container: s.Container}
		}
		if left.ids[key] == nil {
			left.ids[key] = make(map[string]bool, len(s.IDs))
		}
		for _, id := range s.IDs {
			left.ids[key][id] = true
		}
		left.first[key] = left.first[key] || s.First
		w.at[key].census += len(s.IDs)
	}
	return left
}

// account takes what a result accounts for out of the remainder.
func (w *walk) account(left *remainder, r ShardResult) error {
	told := make(map[string]bool)
	for _, p := range r.Problems {
		if w.kinds.isItem(p.Kind) {
			told[p.ID] = true
		}
		w.blame(p)
		if err := w.row(p); err != nil {
			return err
		}
	}
	for _, s := range r.Slices {
		t := w.at[s.Container]
		if t == nil {
			return fmt.Errorf("the result of shard %s has container %s, which its list does not have", r.Shard.ID, s.Container)
		}
		if left.first[s.Container] && s.Whole {
			t.self = true
		}
		delete(left.first, s.Container)
		if err := w.slice(left.ids[s.Container], t, s, told); err != nil {
			return err
		}
	}
	return nil
}

// blame notes at its container that something is missing which is not an item:
// those are counted by their slices.
func (w *walk) blame(p atlassian.Problem) {
	t := w.at[p.Container]
	if t == nil || p.Gone || p.Note || w.kinds.isItem(p.Kind) || !w.kinds.counts(p.Kind) {
		return
	}
	t.parts++
	t.lost(p.Reason)
	if p.Kind == w.kinds.container {
		t.told = true
	}
}

// slice takes the ids of one slice's result out of those that are left. An id that is
// not left, because the list does not have it or it was accounted for before, is
// a fault that must be seen.
func (w *walk) slice(left map[string]bool, t *tally, s SliceResult, told map[string]bool) error {
	for _, part := range []struct {
		ids    []string
		count  *int
		reason string // where none is told
		gone   bool
	}{
		{ids: s.Captured, count: &t.captured},
		{ids: s.Gone, count: &t.gone, reason: "deleted or hidden since the census", gone: true},
		{ids: s.Missing, count: &t.missing, reason: "missing for a reason that was not recorded"},
	} {
		for _, id := range part.ids {
			if !left[id] {
				t.missing++
				t.lost(unexpected)
				if err := w.row(w.item(t, id, unexpected, false)); err != nil {
					return err
				}
				continue
			}
			delete(left, id)
			*part.count++
			if part.count == &t.missing {
				t.lost("items are missing")
			}
			if part.reason == "" || told[id] {
				continue
			}
			if err := w.row(w.item(t, id, part.reason, part.gone)); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *walk) item(t *tally, id, reason string, gone bool) atlassian.Problem {
	return atlassian.Problem{Kind: w.kinds.items[0], ID: id, Container: t.container.Key, Gone: gone, Reason: reason}
}

// hand reduces what is left to what the rest's list has: the rest has to account
// for that, and nobody does for what it does not have.
func (w *walk) hand(left *remainder, rest ShardList) error {
	next := &remainder{slices: rest.Slices, ids: make(map[string]map[string]bool), first: make(map[string]bool)}
	for _, s := range rest.Slices {
		key := s.Container.Key
		if next.ids[key] == nil {
			next.ids[key] = make(map[string]bool, len(s.IDs))
		}
		for _, id := range s.IDs {
			if left.ids[key][id] {
				delete(left.ids[key], id)
				next.ids[key][id] = true
			}
		}
		if left.first[key] {
			next.first[key] = true
			delete(left.first, key)
		}
	}
	if err := w.lose(left, unaccounted); err != nil {
		return err
	}
	*left = *next
	return nil
}

// lose records all that is left as missing.
func (w *walk) lose(left *remainder, reason string) error {
	for _, s := range left.slices {
		key := s.Container.Key
		t := w.at[key]
		if left.first[key] {
			t.lost(reason)
		}
		for _, id := range s.IDs {
			if !left.ids[key][id] {
				continue
			}
			delete(left.ids[key], id)
			t.missing++
			t.lost(reason)
			if err := w.row(w.item(t, id, reason, false)); err != nil {
				return err
			}
		}
	}
	return nil
}
