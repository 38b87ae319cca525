package activities

import (
	"context"
	"errors"
	"fmt"

	"holdfast/internal/archive"
	"holdfast/internal/failure"
	"holdfast/internal/store"
)

// RemovePolicyInput names a policy of which no backup has bytes any more.
type RemovePolicyInput struct {
	PolicyID string `json:"policyId"`
}

// RemovePolicy deletes what the store has of a deleted policy: details of backups,
// leftovers of runs and downloads, policy.json and, last, owner.json. A second call
// finishes what the first began. It refuses, as InvalidArgument, to delete a backup
// that still has its manifest: one that the policy does not know of.
func (a *Activities) RemovePolicy(ctx context.Context, in RemovePolicyInput) error {
	beat := startPulse(ctx)
	defer beat.end()
	if err := a.owned(ctx, in.PolicyID); err != nil {
		return err
	}
	s := a.deps.Store
	for id, err := range archive.BackupIDs(ctx, s, in.PolicyID) {
		if err != nil {
			return failed(err)
		}
		beat.add(StepProgress{})
		manifest := archive.BackupDir(in.PolicyID, id) + archive.ManifestName
		_, err := s.Stat(ctx, manifest)
		if err == nil {
			return failure.New(failure.InvalidArgument, fmt.Sprintf(
				"policy %s is deleted, and its folder in %s holds a backup %s that it did not know of: keep a copy of that folder or not, delete %s, and the rest is deleted by itself",
				in.PolicyID, s.URL(), id, manifest))
		}
		if !errors.Is(err, store.ErrNotExist) {
			return failed(fmt.Errorf("look for the manifest of %s: %w", id, err))
		}
	}
	policy, owner := archive.PolicyName(in.PolicyID), archive.OwnerName(in.PolicyID)
	var kept keptObjects
	err := kept.removeAll(ctx, s, in.PolicyID+"/", beat, func(name string) bool { return name == policy || name == owner })
	if err == nil {
		err = kept.err()
	}
	for _, name := range []string{policy, owner} {
		if err == nil {
			err = remove(ctx, s, name)
		}
	}
	return deletionFailed(err)
}
