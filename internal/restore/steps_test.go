package restore_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"holdfast/internal/archive"
	"holdfast/internal/backup"
	"holdfast/internal/restore"
	"holdfast/internal/restore/restoretest"
)

// target is a destination in memory: of each item that it is to create it creates a thing,
// unless it is to fail.
type target struct {
	fails   map[string]bool // ids
	there   map[string]string
	asked   []string
	breaks  int // batches that end in an error before this many are through
	changed map[string]string
	again   []restore.Row // what the second phase says
}

func (t *target) Plan(ctx context.Context, j *restore.Job, w *restore.Planner) error {
	w.Plan.Fingerprint["projects"] = "none"
	w.Mapping.Put(restore.Mapped{Kind: "user", ID: "u1", To: "v1", How: restore.ByEmail})
	w.Mapping.Put(restore.Mapped{Kind: "user", ID: "u2", How: restore.ByNothing})
	w.Mapping.Put(restore.Mapped{Kind: "field", ID: "summary", To: "summary", How: restore.ByID})
	if err := w.Phase("issues", "issues"); err != nil {
		return err
	}
	total := 0
	for _, key := range []string{"AA", "BB"} {
		var items []restore.Position
		for found, err := range j.Archive.Walk(ctx, key) {
			if err != nil {
				return err
			}
			if found.Record.Kind == "issue" {
				items = append(items, found.Position)
			}
		}
		total += len(items)
		w.Plan.Containers = append(w.Plan.Containers, restore.PlanContainer{Key: key, As: key, Items: len(items)})
		if err := w.Items(key, key, items); err != nil {
			return err
		}
	}
	w.Plan.Kinds = append(w.Plan.Kinds, restore.PlanKind{Kind: "issue", Title: "issues", Archive: total, Create: total})
	if err := w.Phase("links", "links"); err != nil {
		return err
	}
	return w.Batch(restore.Batch{Container: "AA"})
}

func (t *target) Fingerprint(context.Context, *restore.Job) (map[string]string, error) {
	return t.changed, nil
}

func (t *target) Apply(ctx context.Context, j *restore.Job, b restore.Batch) error {
	if b.Phase == "links" {
		ref, ok, err := j.IDs.Get(ctx, "issue", "10001")
		if err != nil || !ok {
			return fmt.Errorf("the new id of issue 10001: %w", err)
		}
		j.Out.Row(restore.Row{Outcome: restore.Degraded, Kind: "link", ID: "1", Reason: "to " + ref.ID})
		for _, row := range t.again {
			j.Out.Row(row)
		}
		return nil
	}
	for g, err := range j.Archive.Groups(ctx, b.Items, "issue") {
		if err != nil {
			return err
		}
		id := g.Position.ID
		if j.Only != nil && !j.Only("issue", id) {
			continue
		}
		if t.breaks > 0 {
			if t.breaks--; t.breaks == 0 {
				return errors.New("the site is away")
			}
		}
		t.asked = append(t.asked, id)
		if t.fails[id] {
			j.Out.Row(restore.Row{Outcome: restore.Missed, Kind: "issue", ID: id, Reason: "no"})
			continue
		}
		if t.there[id] == "" {
			t.there[id] = fmt.Sprint("new-", len(t.there))
		}
		j.IDs.Put(restore.Ref{Kind: "issue", From: id, ID: t.there[id]})
		j.Out.Row(restore.Row{Outcome: restore.Created, Kind: "issue", ID: id})
	}
	return nil
}

func (t *target) Compare(ctx context.Context, j *restore.Job, b restore.Batch) error {
	for _, p := range b.Items {
		if j.Excused("issue", p.ID, "") {
			j.Diff.Missing("issue", p.ID, restore.Expected)
			continue
		}
		j.Diff.Record("issue")
		j.Diff.Field("issue", p.ID, "fields.summary", restore.Equal)
	}
	return nil
}

func (t *target) Limits() []restore.Limit { return nil }

// two builds a backup of two projects with 120 and 60 issues, each with a comment.
func two(t testing.TB) *restoretest.Builder {
	b := restoretest.NewBuilder(t)
	b.Segment(archive.SiteSegmentName("field", 1, 0), "", restoretest.Record("field", "summary", "x"))
	for _, p := range []struct {
		key   string
		first int
		n     int
	}{{"AA", 10000, 120}, {"BB", 20000, 60}} {
		var records []archive.Record
		for i := range p.n {
			id := fmt.Sprint(p.first + i)
			records = append(records, restoretest.Record("issue", id, "issue"), restoretest.Record("comment", "c"+id, "comment"))
		}
		b.Segment(archive.SegmentName(backup.Jira, p.key, "000-000", 1, len(b.Manifest.Segments)), p.key, records...)
	}
	b.Seal()
	return b
}

func steps(t testing.TB, b *restoretest.Builder, site *target) *restore.Steps {
	return &restore.Steps{Store: b.Store, Target: site, Spec: b.Spec(), Scratch: t.TempDir()}
}

func TestWholeRestore(t *testing.T) {
	b := two(t)
	site := &target{there: map[string]string{}}
	plan, counts := restoretest.Run(t, steps(t, b, site))
	require.Equal(t, []restore.PlanPhase{{Name: "issues", Title: "issues", Batches: 5}, {Name: "links", Title: "links", Batches: 1}}, plan.Phases)
	require.Len(t, plan.Mapped, 2, "what is simply the same id is not worth reading")
	require.Equal(t, "u2", plan.Mapped[0].ID, "what has no counterpart comes first")
	require.Equal(t, map[string]restore.Counts{"issue": {Created: 180}, "link": {Degraded: 1}}, counts)
	require.Len(t, site.there, 180)
	require.Equal(t, restore.Row{Outcome: restore.Degraded, Kind: "link", ID: "1", Reason: "to " + site.there["10001"]},
		restoretest.Rows(t, b.Store, plan, "links")[0], "what an earlier phase made is known in a later one")
	score := restoretest.Compare(t, steps(t, b, site)).Score()
	require.True(t, score.Perfect())
	require.Equal(t, 180, score.Equal)
}
