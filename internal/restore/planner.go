package restore

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"

	"golang.org/x/sync/errgroup"
)

// planFormat is the version of plan.json and of what it names.
const planFormat = 1

// maxWrites is how many batches are written at a time: a bucket takes some 50 ms for
// each.
const maxWrites = 8

// Planner takes a plan as a target makes it, and writes its batches to the store.
type Planner struct {
	// Plan is filled in by the target: Fingerprint, Containers, Kinds, Warnings.
	Plan    *Plan
	Mapping *Mapping

	ctx    context.Context
	folder Folder
	moved  func()
	file   *os.File // the batches of the phase, one after the other
	out    *bufio.Writer
	at     int64
	lanes  []lane // of the phase, in the order of their first batch
}

// lane is where the batches of a lane are in the file.
type lane struct {
	name    string
	batches []kept
}

type kept struct {
	at    int64
	bytes int32
	items int32
}

// newPlanner returns a planner that writes to a folder, and keeps the batches of a
// phase in the folder scratch until all are known.
func newPlanner(ctx context.Context, f Folder, plan *Plan, scratch string, moved func()) (*Planner, error) {
	file, err := os.CreateTemp(scratch, "plan-*")
	if err != nil {
		return nil, fmt.Errorf("keep the batches of a plan on disk: %w; make room there", err)
	}
	_ = os.Remove(file.Name()) // it goes with its last handle
	if moved == nil {
		moved = func() {}
	}
	return &Planner{
		Plan: plan, Mapping: NewMapping(), ctx: ctx, folder: f, moved: moved, file: file, out: bufio.NewWriterSize(file, 64<<10),
	}, nil
}

// Phase begins the next phase; its batches follow.
func (w *Planner) Phase(name, title string) error {
	if err := w.endPhase(); err != nil {
		return err
	}
	if name == "" || slices.ContainsFunc(w.Plan.Phases, func(p PlanPhase) bool { return p.Name == name }) {
		return fmt.Errorf("plan the phase %q: a phase has a name of its own", name)
	}
	w.Plan.Phases = append(w.Plan.Phases, PlanPhase{Name: name, Title: title})
	return nil
}

// Batch adds a batch to the phase; Phase and N are set by the Planner, which lays the lanes
// of a phase beside each other, so that many can go on at a time.
func (w *Planner) Batch(b Batch) error {
	if len(w.Plan.Phases) == 0 {
		return errors.New("plan a batch: no phase has begun")
	}
	b.Phase = w.Plan.Phases[len(w.Plan.Phases)-1].Name
	line, err := json.Marshal(b)
	if err == nil {
		_, err = w.out.Write(line)
	}
	if err != nil {
		return fmt.Errorf("keep the batches of a plan on disk: %w; make room there", err)
	}
	i := slices.IndexFunc(w.lanes, func(l lane) bool { return l.name == b.Lane })
	if i < 0 {
		i = len(w.lanes)
		w.lanes = append(w.lanes, lane{name: b.Lane})
	}
	w.lanes[i].batches = append(w.lanes[i].batches, kept{at: w.at, bytes: int32(len(line)), items: int32(len(b.Items))})
	w.at += int64(len(line))
	return nil
}

// Items adds items to the phase, cut into batches of BatchItems.
func (w *Planner) Items(lane, container string, items []Position) error {
	for some := range slices.Chunk(items, BatchItems) {
		if err := w.Batch(Batch{Lane: lane, Container: container, Items: some}); err != nil {
			return err
		}
	}
	return nil
}

// endPhase numbers the batches of the phase, the first of each lane before the second
// of any, and writes them.
func (w *Planner) endPhase() error {
	if len(w.Plan.Phases) == 0 {
		return nil
	}
	if err := w.out.Flush(); err != nil {
		return fmt.Errorf("keep the batches of a plan on disk: %w; make room there", err)
	}
	phase := &w.Plan.Phases[len(w.Plan.Phases)-1]
	group, ctx := errgroup.WithContext(w.ctx)
	group.SetLimit(maxWrites)
	var heads []Head
	page := func() {
		list, name := heads, headsName(phase.Name, (phase.Batches-1)/headPage)
		heads = nil
		group.Go(func() error { return w.folder.write(ctx, name, list) })
	}
	for round, left := 0, len(w.lanes) > 0; left; round++ {
		left = false
		for _, l := range w.lanes {
			if round >= len(l.batches) {
				continue
			}
			left = true
			k, n := l.batches[round], phase.Batches
			phase.Batches++
			heads = append(heads, Head{N: n, Lane: l.name, Items: int(k.items)})
			group.Go(func() error { return w.write(ctx, k, n) })
			if len(heads) == headPage {
				page()
			}
		}
	}
	if len(heads) > 0 {
		page()
	}
	w.lanes, w.at = nil, 0
	if err := group.Wait(); err != nil {
		return err
	}
	_, err := w.file.Seek(0, 0)
	return err
}

// write writes a batch to the store.
func (w *Planner) write(ctx context.Context, k kept, n int) error {
	data := make([]byte, k.bytes)
	if _, err := w.file.ReadAt(data, k.at); err != nil {
		return fmt.Errorf("read the batches of a plan from disk: %w", err)
	}
	var b Batch
	if err := json.Unmarshal(data, &b); err != nil {
		return fmt.Errorf("read the batches of a plan from disk: %w", err)
	}
	b.N = n
	w.moved()
	return w.folder.write(ctx, batchName(b.Phase, n), b)
}

// end writes the rest of the plan, plan.json last.
func (w *Planner) end() error {
	if err := w.endPhase(); err != nil {
		return err
	}
	w.Plan.Mapped = w.Mapping.worthReading()
	if err := w.folder.write(w.ctx, mappingName, w.Mapping); err != nil {
		return err
	}
	return w.folder.write(w.ctx, planName, w.Plan)
}

func (w *Planner) close() { _ = w.file.Close() }
