package activities

import (
	"context"
	"fmt"
	"slices"

	"holdfast/internal/archive"
	"holdfast/internal/atlassian"
	"holdfast/internal/backup"
)

// proof walks over all that a run recorded and accounts for each id of its
// census: captured, gone or missing. It holds one page of containers and one
// shard at a time, and for the whole run one line per shard.
type proof struct {
	dir     runDir
	in      SealInput
	kinds   kindTable
	beat    *pulse
	winners map[string]Winner // by shard
	// records is how many records of each kind the backup has, once that is known.
	records map[string]int
}

// visitor is told what a walk finds, in an order that is the same each time; nil
// functions are skipped.
type visitor struct {
	result    func(ShardResult) error          // of each attempt that counts
	container func(archive.ContainerRow) error // of each container
	item      func(archive.ItemRow) error      // of each thing that is gone or missing
}

// totals are what a walk adds up.
type totals struct {
	containers int // that the census could list
	items      int // ids of the census
	held       int // items that were captured
	captured   int // containers of which something was captured
	whole      int // containers captured whole
	missing    int // things that count and are missing, unlisted ones among them
	unlisted   int // rows that tell of unreadable and short containers
	gone       int
	unreadable int // containers whose ids could not be listed
	short      int // containers whose list of ids does not add up
	goneOver   int // containers with more gone items than deletions explain
	goneFirst  string
	losses     map[string]lost // by kind
}

// tally is what is known of one container.
type tally struct {
	container atlassian.Container
	census    int
	captured  int
	gone      int
	missing   int
	parts     int  // things of it, other than items, that count and are missing
	self      bool // the container itself is captured
	told      bool // a problem says that it is not
	listed    bool // its ids could be listed, and add up
	reason    string
}

func (t *tally) lost(reason string) {
	if t.reason == "" {
		t.reason = reason
	}
}

// newProof reads which attempts count.
func newProof(ctx context.Context, dir runDir, in SealInput, beat *pulse) (*proof, error) {
	p := &proof{dir: dir, in: in, kinds: kindsOf(in.Run.Policy.Product), beat: beat, winners: make(map[string]Winner)}
	for _, batch := range in.Batches {
		var page winnersPage
		if err := dir.read(ctx, dir.winners(batch), &page); err != nil {
			return nil, err
		}
		for _, w := range page.Winners {
			if have, ok := p.winners[w.Shard.ID]; !ok || have.Result == "" {
				p.winners[w.Shard.ID] = w
			}
		}
	}
	return p, nil
}

// walk accounts for everything once.
func (p *proof) walk(ctx context.Context, v visitor) (totals, error) {
	w := &walk{proof: p, visit: v, late: make(map[string]*tally)}
	w.sum.losses = make(map[string]lost)
	if err := w.site(ctx); err != nil {
		return totals{}, err
	}
	// What was found late belongs to containers of any page. It is little: the
	// late search holds it in memory too.
	w.at, w.open = w.late, true
	if err := w.shards(ctx, LatePage); err != nil {
		return totals{}, err
	}
	for page := range p.in.Containers.Pages {
		if err := w.page(ctx, page); err != nil {
			return totals{}, err
		}
	}
	return w.sum, nil
}

// walk is one walk of a proof.
type walk struct {
	*proof
	visit visitor
	sum   totals
	late  map[string]*tally
	at    map[string]*tally // of the page at hand, by key
	open  bool              // a container that is not in at is added
}

// page accounts for one page of containers.
func (w *walk) page(ctx context.Context, page int) error {
	var containers ContainerPage
	if err := w.dir.read(ctx, w.dir.containers(page, w.in.Containers.Tag), &containers); err != nil {
		return err
	}
	w.at, w.open = make(map[string]*tally, len(containers.Containers)), false
	for _, c := range containers.Containers {
		t := &tally{container: c, listed: true}
		if l := w.late[c.Key]; l != nil {
			t.census, t.captured, t.gone, t.missing, t.parts, t.reason = l.census, l.captured, l.gone, l.missing, l.parts, l.reason
		}
		w.at[c.Key] = t
	}
	if err := w.census(ctx, page, containers); err != nil {
		return err
	}
	if err := w.shards(ctx, page); err != nil {
		return err
	}
	for _, c := range containers.Containers {
		if err := w.settle(w.at[c.Key]); err != nil {
			return err
		}
	}
	return nil
}

// census records what was wrong with the census of a page.
func (w *walk) census(ctx context.Context, page int, containers ContainerPage) error {
	set, ok := w.set(page)
	if !ok {
		for _, c := range containers.Containers {
			w.sum.unreadable++
			if err := w.unlisted(atlassian.Problem{Kind: w.kinds.container, ID: c.ID, Key: c.Key, Container: c.Key, Reason: "its items were not listed"}); err != nil {
				return err
			}
		}
		return nil
	}
	var problems CensusProblems
	if err := w.dir.read(ctx, w.dir.problems(set), &problems); err != nil {
		return err
	}
	w.sum.unreadable += len(problems.Unreadable)
	w.sum.short += len(problems.Short)
	for _, problem := range slices.Concat(problems.Unreadable, problems.Short) {
		if err := w.unlisted(problem); err != nil {
			return err
		}
	}
	return nil
}

// unlisted records that a container's ids are not known, or not all.
func (w *walk) unlisted(p atlassian.Problem) error {
	if t := w.at[p.Container]; t != nil {
		t.listed = false
		t.told = t.told || p.Kind == w.kinds.container
		t.lost(p.Reason)
	}
	before := w.sum.missing
	err := w.row(p)
	w.sum.unlisted += w.sum.missing - before
	return err
}

// set returns the shards of a page's census.
func (p *proof) set(page int) (ShardSet, bool) {
	for _, s := range p.in.Shards {
		if s.Page == page {
			return s, true
		}
	}
	return ShardSet{}, false
}

// shards accounts for the shards of a page.
func (w *walk) shards(ctx context.Context, page int) error {
	for _, set := range w.in.Shards {
		if set.Page != page {
			continue
		}
		for n := range set.Shards {
			if err := w.shard(ctx, set.Shard(n)); err != nil {
				return err
			}
		}
	}
	return nil
}

// settle closes the account of one container.
func (w *walk) settle(t *tally) error {
	if !t.self && !t.told {
		t.lost("the container itself was not captured")
		err := w.row(atlassian.Problem{Kind: w.kinds.container, ID: t.container.ID, Key: t.container.Key, Container: t.container.Key, Reason: t.reason})
		if err != nil {
			return err
		}
	}
	if t.listed || t.census > 0 {
		w.sum.containers++
	}
	w.sum.items += t.census
	w.sum.held += t.captured
	if t.self || t.captured > 0 {
		w.sum.captured++
	}
	if t.self && t.listed && t.missing == 0 && t.parts == 0 {
		w.sum.whole++
	}
	if t.gone > backup.GoneTolerance(t.census) {
		w.sum.goneOver++
		t.lost(fmt.Sprintf("%d of %d items went away during the run, more than deletions explain", t.gone, t.census))
		if w.sum.goneFirst == "" {
			w.sum.goneFirst = t.container.Key
		}
	}
	if w.visit.container == nil {
		return nil
	}
	return w.visit.container(archive.ContainerRow{
		ID: t.container.ID, Key: t.container.Key, Census: t.census,
		Captured: t.captured, Gone: t.gone, Missing: t.missing, Reason: t.reason,
	})
}

// row counts one thing that is gone or missing, and tells the visitor. A note is
// neither.
func (w *walk) row(p atlassian.Problem) error {
	l := w.sum.losses[p.Kind]
	l.add(p)
	w.sum.losses[p.Kind] = l
	outcome := archive.Missing
	switch {
	case p.Note:
		return nil
	case p.Gone:
		outcome = archive.Gone
		w.sum.gone++
	case w.kinds.counts(p.Kind):
		w.sum.missing++
	}
	if w.visit.item == nil || w.told(p) {
		return nil
	}
	return w.visit.item(archive.ItemRow{
		Outcome: outcome, Kind: p.Kind, ID: p.ID, Key: p.Key, Container: p.Container, Reason: p.Reason,
	})
}

// told reports whether the row of its kind says all there is to say of a
// problem: nothing of the kind could be had, for a reason that is the same
// everywhere.
func (w *walk) told(p atlassian.Problem) bool {
	return (p.Denied || p.Absent) && !w.kinds.counts(p.Kind) && w.records[p.Kind] == 0
}
