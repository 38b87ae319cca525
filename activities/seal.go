package activities

import (
	"context"
	"time"

	"holdfast/internal/backup"
	"holdfast/internal/failure"
)

// SealInput names all that a run recorded, and by what it is judged.
type SealInput struct {
	Run            Run                  `json:"run"`
	AccountID      string               `json:"accountId"`
	Containers     ListContainersResult `json:"containers"`
	Shards         []ShardSet           `json:"shards"` // census and late, in order
	Batches        []string             `json:"batches"`
	CensusAt       time.Time            `json:"censusAt"`
	Baseline       backup.Baseline      `json:"baseline"` // S6: the last backup of the same selection
	AcceptSmaller  bool                 `json:"acceptSmaller"`
	DeadlinePassed bool                 `json:"deadlinePassed"`
	By             string               `json:"by"`
	Now            time.Time            `json:"now"` // the workflow's clock
}

// SealResult is what the run came to.
type SealResult struct {
	Status backup.Status `json:"status"` // COMPLETE or INCOMPLETE
	Reason string        `json:"reason,omitempty"`
	Counts backup.Counts `json:"counts"`
}

// Seal proves the census and makes a backup of what the run stored: it accounts
// for every id, judges the run (S2, S3, S6), removes what losing attempts left,
// writes report.json, SHA256SUMS, state.json and, last, manifest.json, and
// deletes the run's folder. It may end at any point and be tried again: what it
// writes depends on its input and on the run's folder alone, and a run that has a
// manifest is only cleaned up after. A run that makes no backup is Smaller or
// Nothing, and nothing is written. With it goes what earlier runs left that were cut
// off for good.
func (a *Activities) Seal(ctx context.Context, in SealInput) (SealResult, error) {
	beat := startPulse(ctx)
	defer beat.end()
	a.endAtSite(ctx, in.Run) // all is captured
	if err := a.owned(ctx, in.Run.Policy.ID); err != nil {
		return SealResult{}, err
	}
	s := &sealing{owned: a.owned, store: a.deps.Store, writer: a.deps.Version, in: in, beat: beat, dir: openRunDir(a.deps.Store, in.Run)}
	result, err := s.run(ctx)
	if err == nil {
		a.removeRubbish(ctx, in.Run, beat)
	}
	if err == nil && s.wrote {
		a.deps.Metrics.RunEnded(in.Run.Policy, result.Status, in.Run.StartedAt)
	}
	return result, failed(err)
}

// removeRubbish removes what runs before this one left. One run of a policy is in
// progress at a time, so that those have ended. It is not what the run is for: what
// can't be removed now is left to the next one.
func (a *Activities) removeRubbish(ctx context.Context, run Run, beat *pulse) {
	r := rubbish{store: a.deps.Store, policy: run.Policy.ID, beat: beat, over: func(id string) bool { return id < run.BackupID }}
	if err := r.remove(ctx); err != nil {
		a.deps.Log.Warn("what earlier runs left could not be removed; the next run tries again", "policy", run.Policy.ID, "error", err)
	}
	if len(r.removed) > 0 {
		a.deps.Log.Info("removed what runs left that were cut off", "policy", run.Policy.ID, "backups", r.removed)
	}
}

func (s *sealing) run(ctx context.Context) (SealResult, error) {
	if result, ok, err := s.sealed(ctx); ok || err != nil {
		return result, err
	}
	proof, err := newProof(ctx, s.dir, s.in, s.beat)
	if err != nil {
		return SealResult{}, err
	}
	sum, err := proof.walk(ctx, visitor{result: s.collect})
	if err != nil {
		return SealResult{}, err
	}
	if err := s.judge(sum); err != nil {
		return SealResult{}, err
	}
	// The run's folder was whole when it was read if there is still no manifest:
	// it is deleted only after that. Otherwise another attempt has sealed.
	if result, ok, err := s.sealed(ctx); ok || err != nil {
		return result, err
	}
	if err := s.sweep(ctx); err != nil {
		return SealResult{}, err
	}
	if err := s.write(ctx, proof, sum); err != nil {
		return SealResult{}, err
	}
	result, ok, err := s.sealed(ctx)
	if err == nil && !ok {
		err = failure.New(failure.InvalidArgument, "the backup was discarded while it was being sealed")
	}
	return result, err
}

// judge gives the run its status, or fails where it makes no backup.
func (s *sealing) judge(sum totals) error {
	in := s.in
	s.manifest.Counts.Containers, s.manifest.Counts.Items = sum.captured, sum.held
	s.manifest.Counts.Gone, s.manifest.Counts.Missing = sum.gone, sum.missing
	s.manifest.Tally()
	o := backup.Outcome{
		CensusDone: !in.CensusAt.IsZero(), Baseline: in.Baseline, AcceptSmaller: in.AcceptSmaller,
		Containers: sum.containers, Items: sum.items, Captured: sum.captured, Whole: sum.whole,
		Missing: sum.missing - sum.unlisted, NoPermission: sum.unreadable, ShortCensus: sum.short,
		GoneOver: sum.goneOver, GoneContainer: sum.goneFirst,
	}
	if in.DeadlinePassed {
		o.Deadline = in.Run.StartedAt.Add(in.Run.Policy.Limits.Deadline)
	}
	s.manifest.Status, s.reason = backup.Judge(o)
	if s.manifest.Status == backup.Complete || s.manifest.Status == backup.Incomplete {
		return nil
	}
	if err := backup.Compare(in.Baseline, sum.containers, sum.items); err != nil && !in.AcceptSmaller && err.Error() == s.reason {
		return failure.New(failure.Smaller, s.reason)
	}
	return failure.New(failure.Nothing, s.reason)
}
