package activities

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"holdfast/internal/archive"
	"holdfast/internal/backup"
	"holdfast/internal/catalog"
	"holdfast/internal/failure"
	"holdfast/internal/message"
)

// ReadPolicyInput names a policy in the store.
type ReadPolicyInput struct {
	PolicyID string `json:"policyId"`
	// TakeOver makes this installation the owner, whoever was.
	TakeOver bool `json:"takeOver,omitempty"`
	// Credential is that of a policy whose policy.json is lost; empty means the
	// site's subdomain.
	Credential string    `json:"credential,omitempty"`
	Now        time.Time `json:"now"` // the workflow's clock
}

// ReadPolicyResult is a policy as the store has it.
type ReadPolicyResult struct {
	Import message.ImportInput `json:"import"`
	// Notes tell what is missing or damaged, and what was removed; at most maxNotes.
	Notes []string `json:"notes,omitempty"`
}

// maxNotes is how many notes a ReadPolicyResult has at most.
const maxNotes = 20

// ReadPolicy takes a policy over from the store: it makes this installation its
// owner, or is Owned, returns what policy.json and the folders of the backups say,
// and removes what nobody knows any more: downloads, and what runs left that were
// cut off. It must not be called for a policy that this cluster has: that one's
// downloads are in use.
func (a *Activities) ReadPolicy(ctx context.Context, in ReadPolicyInput) (ReadPolicyResult, error) {
	beat := startPulse(ctx)
	defer beat.end()
	take := a.own
	if in.TakeOver {
		take = a.takeOver
	}
	// What is no policy gets no owner.
	found, err := catalog.Read(ctx, a.deps.Store, in.PolicyID)
	if err != nil {
		return ReadPolicyResult{}, catalogFailed(err)
	}
	policy, err := importable(found, in.Credential)
	if err != nil {
		return ReadPolicyResult{}, err
	}
	if err := take(ctx, in.PolicyID); err != nil {
		return ReadPolicyResult{}, err
	}
	// Once more: until now another installation may have gone on writing.
	if found, err = catalog.Read(ctx, a.deps.Store, in.PolicyID); err != nil {
		return ReadPolicyResult{}, catalogFailed(err)
	}
	result := ReadPolicyResult{Notes: found.Problems}
	removed, err := a.clear(ctx, found, beat)
	if err != nil {
		return result, deletionFailed(err)
	}
	if result.Notes = append(result.Notes, removed...); len(result.Notes) > maxNotes {
		more := len(result.Notes) - maxNotes + 1
		result.Notes = append(result.Notes[:maxNotes-1], fmt.Sprintf("and %d more", more))
	}
	rows := found.Backups[:min(len(found.Backups), catalog.MaxRows)]
	for _, row := range found.Backups[len(rows):] {
		if found.Sealed[row.ID] {
			rows = append(slices.Clip(rows), row) // its bytes are to be deleted once
		}
	}
	rows = slices.Clone(rows)
	slices.Reverse(rows)
	for i := range rows {
		rows[i].Download = forgotten(rows[i].Download, in.Now)
	}
	result.Import = message.ImportInput{
		Policy: policy, Standing: found.Standing, Backups: rows,
		LastComplete: found.LastCompleteStart, Version: found.Version,
	}
	return result, nil
}

// importable is the policy that is found, or why it can't be one.
func importable(found catalog.Policy, credential string) (backup.Policy, error) {
	p := found.Policy
	if !found.Filed && p.Credential == "" {
		if p.Credential = credential; credential == "" {
			_, p.Credential, _ = backup.ParsePolicyID(p.ID)
		}
	}
	if err := backup.Validate(p); err != nil {
		return p, failure.New(failure.InvalidArgument, fmt.Sprintf(
			"what the store has of policy %s makes no policy: %v; put its policy.json back from a copy, or create the policy anew", p.ID, err))
	}
	return p, nil
}

// catalogFailed gives an error of reading the catalog its type.
func catalogFailed(err error) error {
	if errors.Is(err, catalog.ErrNoPolicy) || errors.Is(err, archive.ErrFormat) {
		return failure.New(failure.NotFound, err.Error()+": look at what is there with `holdfast store list`")
	}
	return failed(err)
}

// clear removes the downloads of a policy and what runs left that were cut off, and
// tells what that was.
func (a *Activities) clear(ctx context.Context, found catalog.Policy, beat *pulse) (notes []string, err error) {
	r := rubbish{store: a.deps.Store, policy: found.Policy.ID, beat: beat, over: func(id string) bool {
		return !slices.ContainsFunc(found.Backups, func(b backup.Backup) bool { return b.ID == id && b.Status == backup.InProgress })
	}}
	if err := r.remove(ctx); err != nil {
		return nil, err
	}
	for _, id := range r.removed {
		notes = append(notes, "removed what the run of "+id+" left, which was cut off")
	}
	if err := r.kept.removeAll(ctx, a.deps.Store, archive.DownloadsDir(found.Policy.ID), beat, nil); err != nil {
		return notes, err
	}
	if err := r.kept.err(); err != nil {
		notes = append(notes, "not removed: "+err.Error())
	}
	return notes, nil
}

// forgotten is a download whose package is deleted since nobody tends it any more.
func forgotten(d *backup.Download, now time.Time) *backup.Download {
	if d == nil || d.Status != backup.Preparing && d.Status != backup.Ready {
		return d
	}
	gone := *d
	gone.Status, gone.Reason = backup.DownloadExpired, "deleted when the policy was imported; prepare it again"
	if gone.ReadyUntil.After(now) {
		gone.ReadyUntil = now
	}
	return &gone
}
