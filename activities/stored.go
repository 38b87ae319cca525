package activities

import (
	"context"
	"errors"
	"time"

	"holdfast/internal/archive"
	"holdfast/internal/backup"
	"holdfast/internal/catalog"
	"holdfast/internal/message"
	"holdfast/internal/store"
)

// StoredInput says which policies are looked up.
type StoredInput struct {
	// PolicyIDs are the policies; empty means all that the store has.
	PolicyIDs []string  `json:"policyIds,omitempty"`
	Now       time.Time `json:"now"` // the workflow's clock
}

// maxStored is how many policies a StoredResult has at most.
const maxStored = 1000

// Stored looks what policies the store has: policy.json and owner.json of each. One
// that can't be read is there with its problem.
func (a *Activities) Stored(ctx context.Context, in StoredInput) (message.StoredResult, error) {
	beat := startPulse(ctx)
	defer beat.end()
	result := message.StoredResult{Store: a.deps.Store.URL(), Policies: []message.StoredPolicy{}}
	if len(in.PolicyIDs) > maxStored {
		in.PolicyIDs, result.More = in.PolicyIDs[:maxStored], len(in.PolicyIDs)-maxStored
	}
	if len(in.PolicyIDs) == 0 {
		for id, err := range catalog.PolicyIDs(ctx, a.deps.Store) {
			if err != nil {
				return result, failed(err)
			}
			if len(in.PolicyIDs) == maxStored {
				result.More++
				continue
			}
			in.PolicyIDs = append(in.PolicyIDs, id)
		}
	}
	for _, id := range in.PolicyIDs {
		beat.add(StepProgress{})
		p, err := a.stored(ctx, id, in.Now)
		if err != nil {
			return result, failed(err)
		}
		result.Policies = append(result.Policies, p)
	}
	return result, nil
}

func (a *Activities) stored(ctx context.Context, id string, now time.Time) (message.StoredPolicy, error) {
	p := message.StoredPolicy{ID: id}
	owner, err := catalog.ReadOwner(ctx, a.deps.Store, id)
	if err != nil {
		return p, err
	}
	if p.Ours = owner == nil || owner.Installation == a.deps.Installation; owner != nil {
		p.Owner = owner.Installation
	}
	f, err := catalog.ReadFile(ctx, a.deps.Store, id)
	switch {
	case errors.Is(err, store.ErrNotExist), errors.Is(err, archive.ErrCorrupt):
		p.Problem = err.Error()
		found, err := catalog.Read(ctx, a.deps.Store, id)
		if errors.Is(err, catalog.ErrNoPolicy) {
			p.Problem = err.Error()
			return p, nil
		}
		if err != nil {
			return p, err
		}
		f = found.File
		p.Problem += "; what the folders of its backups say is taken instead"
	case errors.Is(err, archive.ErrFormat):
		p.Problem = err.Error()
		return p, nil
	case err != nil:
		return p, err
	}
	p.Site, p.Backups = f.Policy.Site, len(f.Backups)
	for _, b := range f.Backups {
		if backup.Available(b, now) {
			p.Available++
		}
		if b.StartedAt.After(p.Newest) {
			p.Newest = b.StartedAt
		}
	}
	return p, nil
}
