package restore

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"holdfast/internal/atlassian"
	"holdfast/internal/store"
)

// Steps does the steps of one restore: what the activities of its workflow call.
type Steps struct {
	Store  store.Store
	Target Target
	Spec   Spec
	// Scratch is a folder for what does not fit into memory; empty means that of the
	// system for temporary files.
	Scratch string
	// Cache keeps what steps share, in a process that does many; nil keeps nothing.
	Cache *Cache
	// Settle is how long a batch is left alone that another attempt may still be writing: that
	// attempt notices within half of it that the batch is not its any more. 0 leaves none alone.
	Settle time.Duration
	// Beat is told that so many more items and bytes are done, of nothing where something just
	// moved; nil tells nobody.
	Beat func(items int, bytes int64)
}

func (s *Steps) folder() Folder { return OpenFolder(s.Store, s.Spec.ID) }

func (s *Steps) beat(items int, bytes int64) {
	if s.Beat != nil {
		s.Beat(items, bytes)
	}
}

func (s *Steps) moved() { s.beat(0, 0) }

// Plan makes the plan of a restore into a destination with this cloud id, and writes
// it to the store. One that is there already is returned as it is.
func (s *Steps) Plan(ctx context.Context, cloudID string, at time.Time) (Summary, error) {
	have, err := s.folder().Plan(ctx)
	if err == nil {
		return s.summary(ctx, have)
	}
	if !errors.Is(err, store.ErrNotExist) {
		return Summary{}, err
	}
	over, err := s.folder().overrides(ctx, s.Spec.Map)
	if err != nil {
		return Summary{}, err
	}
	a, err := OpenArchive(ctx, s.Store, s.Spec, s.Scratch)
	if err != nil {
		return Summary{}, err
	}
	a.moved = s.moved
	m := a.Manifest()
	plan := &Plan{
		Format: planFormat, Spec: s.Spec, CloudID: cloudID, Source: m.Site, SourceCloudID: m.CloudID,
		BackupStatus: m.Status, BackupStarted: m.StartedAt, PlannedAt: at.UTC(),
		Fingerprint: map[string]string{}, Containers: []PlanContainer{}, Kinds: []PlanKind{}, Phases: []PlanPhase{},
	}
	w, err := newPlanner(ctx, s.folder(), plan, s.Scratch, s.moved)
	if err != nil {
		return Summary{}, err
	}
	defer w.close()
	job := &Job{Plan: plan, Archive: a, Overrides: over, Mapping: w.Mapping, IDs: &IDs{own: map[recordKey]Ref{}}, Beat: s.beat}
	if err := s.Target.Plan(ctx, job, w); err != nil {
		return Summary{}, fmt.Errorf("plan the restore %s: %w", s.Spec.ID, err)
	}
	if left := over.unused(w.Mapping); len(left) > 0 {
		plan.Warnings = append(plan.Warnings, "The mapping file names what the backup does not have: "+some(left)+".")
	}
	if err := w.end(); err != nil {
		return Summary{}, fmt.Errorf("plan the restore %s: %w", s.Spec.ID, err)
	}
	return plan.summary(w.Mapping), nil
}

func (s *Steps) summary(ctx context.Context, p *Plan) (Summary, error) {
	m, err := s.folder().Mapping(ctx)
	if err != nil {
		return Summary{}, err
	}
	return p.summary(m), nil
}

// summary is what of a plan travels.
func (p *Plan) summary(m *Mapping) Summary {
	sum := Summary{
		CloudID: p.CloudID, BackupStatus: p.BackupStatus, BackupStarted: p.BackupStarted,
		Unmapped: m.unmapped(), Warnings: len(p.Warnings), Phases: p.Phases,
	}
	for _, c := range p.Containers {
		if c.Skip != "" {
			sum.Skipped++
			continue
		}
		sum.Containers++
		sum.Items += c.Items
		sum.Attachments += c.Attachments
		sum.Bytes += c.Bytes
	}
	for _, k := range p.Kinds {
		sum.Cannot += k.Cannot
	}
	return sum
}

// job opens what the steps after the plan work with. The ids are those of the phases up
// to through, and of all where that is empty.
func (s *Steps) job(ctx context.Context, through string) (*Job, error) {
	base, err := s.Cache.get(ctx, s)
	if err != nil {
		return nil, err
	}
	plan := base.plan
	j := &Job{Plan: plan, Mapping: base.mapping, Archive: base.archive, Beat: s.beat}
	phases := plan.phaseNames()
	if i := slices.Index(phases, through); i >= 0 {
		phases = phases[:i+1]
	}
	j.IDs, err = s.folder().IDs(ctx, phases...)
	return j, err
}

func (p *Plan) phaseNames() []string {
	names := make([]string, 0, len(p.Phases))
	for _, phase := range p.Phases {
		names = append(names, phase.Name)
	}
	return names
}

// Changed names the parts of the destination that are not what the plan was made for.
func (s *Steps) Changed(ctx context.Context) ([]string, error) {
	j, err := s.job(ctx, "")
	if err != nil {
		return nil, err
	}
	now, err := s.Target.Fingerprint(ctx, j)
	if err != nil {
		return nil, fmt.Errorf("read the destination of restore %s again: %w", s.Spec.ID, err)
	}
	var changed []string
	parts := map[string]string{}
	maps.Copy(parts, now)
	maps.Copy(parts, j.Plan.Fingerprint)
	for _, part := range slices.Sorted(maps.Keys(parts)) {
		was, had := j.Plan.Fingerprint[part]
		if is, has := now[part]; is != was || had != has {
			changed = append(changed, part)
		}
	}
	return changed, nil
}

// Apply restores a batch, and returns what it came to in all tries. A batch that is
// done is done: it is gone on with only where something of it failed in an earlier try
// than retry.
func (s *Steps) Apply(ctx context.Context, phase string, n, retry int) (BatchResult, error) {
	f := s.folder()
	generation, err := f.generation(ctx, resultName(phase, n))
	if err != nil {
		return BatchResult{}, err
	}
	var before BatchResult
	if generation != 0 {
		if before, err = f.Result(ctx, phase, n); err != nil {
			return BatchResult{}, err
		}
		if before.Retry >= retry || !before.Failed() {
			return before, nil
		}
	}
	b, err := f.Batch(ctx, phase, n)
	if err != nil {
		return BatchResult{}, err
	}
	j, err := s.job(ctx, phase)
	if err != nil {
		return BatchResult{}, err
	}
	j.Out = before.results()
	if generation != 0 {
		j.Only = j.Out.toDo()
	}
	for _, ref := range before.Refs {
		j.IDs.Put(ref)
	}
	held, err := s.claim(ctx, phase, n)
	if err != nil {
		return BatchResult{}, err
	}
	defer held.release(ctx)
	if err := s.Target.Apply(atlassian.WithLeave(ctx, held.check), j, b); err != nil {
		return BatchResult{}, fmt.Errorf("restore batch %d of %s: %w", n, phase, err)
	}
	after := BatchResult{Retry: retry, Counts: j.Out.Counts(), Rows: j.Out.Rows(), Refs: j.IDs.refs()}
	if err := f.putResult(ctx, phase, n, after, generation); err != nil {
		if have, rerr := f.Result(ctx, phase, n); rerr == nil && have.Retry >= retry {
			return have, nil // ours after an ambiguous error, or that of another attempt
		}
		return BatchResult{}, err
	}
	return after, nil
}

// generation is that of an object, 0 where there is none.
func (f Folder) generation(ctx context.Context, name string) (int64, error) {
	o, err := f.s.Stat(ctx, name)
	if errors.Is(err, store.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("look for %s of restore %s: %w", name, f.id, err)
	}
	return o.Generation, nil
}

// EndPhase joins the ids that the batches of a phase made.
func (s *Steps) EndPhase(ctx context.Context, phase string) error {
	plan, err := s.folder().Plan(ctx)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(plan.Phases, func(p PlanPhase) bool { return p.Name == phase })
	if i < 0 {
		return fmt.Errorf("end the phase %q: the plan of restore %s has none of that name", phase, s.Spec.ID)
	}
	return s.folder().Join(ctx, plan.Phases[i], s.Scratch, s.moved)
}

// Compare holds what a batch restored against the archive, and returns what it found.
func (s *Steps) Compare(ctx context.Context, phase string, n int) (Compared, error) {
	f := s.folder()
	b, err := f.Batch(ctx, phase, n)
	if err != nil {
		return Compared{}, err
	}
	j, err := s.job(ctx, "")
	if err != nil {
		return Compared{}, err
	}
	said, err := f.report(ctx, j.Plan.phaseNames())
	if err != nil {
		return Compared{}, err
	}
	j.Diff, j.Report = NewDifferences(), said.row
	if err := s.Target.Compare(ctx, j, b); err != nil {
		return Compared{}, fmt.Errorf("compare batch %d of %s: %w", n, phase, err)
	}
	if said.err != nil {
		return Compared{}, fmt.Errorf("compare batch %d of %s: %w", n, phase, said.err)
	}
	found := j.Diff.Compared()
	return found, f.write(ctx, comparedName(phase, n), found)
}
