package activities

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"

	"holdfast/internal/archive"
	"holdfast/internal/backup"
	"holdfast/internal/failure"
	"holdfast/internal/store"
)

// sealing is one attempt to seal a run.
type sealing struct {
	store  store.Store
	owned  func(ctx context.Context, policyID string) error
	writer string
	in     SealInput
	beat   *pulse
	dir    runDir

	manifest archive.Manifest
	reason   string
	wrote    bool // this attempt, no other, wrote the manifest
}

// path is the backup's folder.
func (s *sealing) path() string { return archive.BackupDir(s.in.Run.Policy.ID, s.in.Run.BackupID) }

// sealed finishes a backup whose manifest is written: it removes the run's folder
// and tells what the manifest says. ok is false where there is no manifest. A
// run that was discarded is an error, and has no manifest afterwards.
func (s *sealing) sealed(ctx context.Context) (result SealResult, ok bool, err error) {
	policy, id := s.in.Run.Policy.ID, s.in.Run.BackupID
	// The state is read after the manifest was written: Discard writes the
	// state first and then deletes the manifest, so one of the two sees the other.
	r, err := archive.Open(ctx, s.store, policy, id)
	if err != nil && !errors.Is(err, archive.ErrNoManifest) {
		return SealResult{}, false, err
	}
	ok = err == nil
	state, err := archive.ReadState(ctx, s.store, policy, id)
	switch {
	case errors.Is(err, store.ErrNotExist) && !ok:
		return SealResult{}, false, nil
	case err != nil:
		return SealResult{}, false, err
	case state.Status == backup.Failed:
		if ok {
			err = remove(ctx, s.store, s.path()+archive.ManifestName)
		}
		if err == nil {
			err = failure.New(failure.InvalidArgument, fmt.Sprintf("backup %s was discarded: %s", id, state.Reason))
		}
		return SealResult{}, false, err
	case !ok:
		return SealResult{}, false, nil
	}
	if err := removeAll(ctx, s.store, s.dir.path, s.beat, nil); err != nil {
		return SealResult{}, true, err
	}
	m := r.Manifest()
	return SealResult{Status: m.Status, Reason: state.Reason, Counts: m.Counts}, true, nil
}

// collect takes an attempt that counts into the manifest. A manifest has one
// line for each segment, which is the one thing here that grows with the site.
func (s *sealing) collect(r ShardResult) error {
	s.manifest.Segments = append(s.manifest.Segments, r.Segments...)
	if r.Index != nil {
		s.manifest.Indexes = append(s.manifest.Indexes, *r.Index)
	}
	return nil
}

// write writes what makes the run a backup, the manifest last.
func (s *sealing) write(ctx context.Context, p *proof, sum totals) error {
	run, m := s.in.Run, &s.manifest
	m.Format, m.Backup, m.Policy, m.Product = archive.FormatVersion, run.BackupID, run.Policy.ID, run.Policy.Product
	m.Site, m.CloudID = run.Policy.Site, run.Policy.CloudID
	m.StartedAt, m.CensusAt, m.SealedAt = run.StartedAt, s.in.CensusAt, s.in.Now
	m.Options, m.Limits, m.Writer = run.Options, run.Policy.Limits, s.writer

	reportSum, err := s.writeReport(ctx, p, sum)
	if err != nil {
		return err
	}
	manifest, err := archive.Encode(m)
	if err != nil {
		return fmt.Errorf("encode the manifest: %w", err)
	}
	manifestSum := sha256.Sum256(manifest)
	err = s.stream(ctx, archive.SumsName, func(w io.Writer) error {
		return archive.WriteSums(ctx, s.store, w, *m, hex.EncodeToString(manifestSum[:]), reportSum)
	})
	if err != nil {
		return err
	}
	// Hours may have gone by since the seal began, and the policy may be another
	// installation's now.
	if err := s.owned(ctx, run.Policy.ID); err != nil {
		return err
	}
	if err := s.writeState(ctx); err != nil {
		return err
	}
	name := s.path() + archive.ManifestName
	_, err = s.store.Put(ctx, name, bytes.NewReader(manifest), store.IfAbsent())
	if err != nil && !errors.Is(err, store.ErrPrecondition) {
		return fmt.Errorf("write %s: %w", name, err)
	}
	s.wrote = err == nil
	return nil // there already: another attempt has sealed
}

// writeState writes state.json, unless it says that the run was discarded.
func (s *sealing) writeState(ctx context.Context) error {
	run := s.in.Run
	state, err := archive.Encode(archive.State{
		Backup: run.BackupID, Status: s.manifest.Status, Reason: s.reason, StartedAt: run.StartedAt,
		EndedAt: s.in.Now, ExpiresAt: backup.ExpiresAt(run.StartedAt, run.Policy.Limits), By: s.in.By,
	})
	if err != nil {
		return fmt.Errorf("encode the state: %w", err)
	}
	return store.Update(ctx, s.store, s.path()+archive.StateName, maxDocument, func(old []byte) ([]byte, error) {
		if old == nil {
			return state, nil
		}
		have, err := archive.ReadState(ctx, s.store, run.Policy.ID, run.BackupID)
		if err == nil && have.Status == backup.Failed {
			err = failure.New(failure.InvalidArgument, fmt.Sprintf("backup %s was discarded: %s", run.BackupID, have.Reason))
		}
		return state, err
	})
}

// maxDocument is the most bytes that a small document is read with.
const maxDocument = 1 << 20

// writeReport writes report.json and returns its SHA-256 in hex.
func (s *sealing) writeReport(ctx context.Context, p *proof, sum totals) (sha string, err error) {
	run, m := s.in.Run, s.manifest
	p.records = m.Records
	head := archive.Report{
		Backup: m.Backup, Policy: m.Policy, Product: m.Product, Site: m.Site, Status: m.Status, Reason: s.reason,
		StartedAt: run.StartedAt, EndedAt: s.in.Now, Options: m.Options, Counts: m.Counts,
		Kinds: p.kinds.coverage(m, sum.losses),
	}
	err = s.stream(ctx, archive.ReportName, func(w io.Writer) error {
		report, err := archive.NewReportWriter(w, head)
		if err != nil {
			return err
		}
		if _, err := p.walk(ctx, visitor{container: report.Container}); err != nil {
			return err
		}
		if _, err := p.walk(ctx, visitor{item: report.Item}); err != nil {
			return err
		}
		sha, err = report.Close()
		return err
	})
	return sha, err
}

// stream stores what write writes under a name in the backup's folder, in place
// of what an earlier attempt left there.
func (s *sealing) stream(ctx context.Context, name string, write func(io.Writer) error) error {
	name = s.path() + name
	return replace(ctx, s.store, name, func(cond store.Condition) error {
		r, w := io.Pipe()
		done := make(chan error, 1)
		go func() {
			err := write(beatWriter{w, s.beat})
			w.CloseWithError(err)
			done <- err
		}()
		_, err := s.store.Put(ctx, name, r, cond)
		r.CloseWithError(errNotRead)
		if werr := <-done; werr != nil && !errors.Is(werr, errNotRead) {
			return werr
		}
		return err
	})
}

// errNotRead ends a writer whose reader has no use for the rest.
var errNotRead = errors.New("the store does not read on")

// beatWriter says with each write that the activity gets on.
type beatWriter struct {
	io.Writer
	beat *pulse
}

func (b beatWriter) Write(p []byte) (int, error) {
	b.beat.add(StepProgress{})
	return b.Writer.Write(p)
}
