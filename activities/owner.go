package activities

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"holdfast/internal/archive"
	"holdfast/internal/failure"
	"holdfast/internal/store"
)

// owner is <policy>/owner.json: the installation that controls the policy. Two that
// share a store would not know of each other's runs and expiries.
type owner struct {
	Installation string `json:"installation"`
}

// own makes this installation the owner of the policy, or fails with Owned.
func (a *Activities) own(ctx context.Context, in PreflightInput) error {
	me := owner{Installation: a.deps.Installation}
	name := archive.OwnerName(in.PolicyID)
	b, err := json.Marshal(me)
	if err != nil {
		return err
	}
	_, err = a.deps.Store.Put(ctx, name, bytes.NewReader(b), store.IfAbsent())
	if err == nil {
		return nil
	}
	if !errors.Is(err, store.ErrPrecondition) {
		return failed(fmt.Errorf("take ownership of %s: %w", in.PolicyID, err))
	}
	var have owner
	if err := readJSON(ctx, a.deps.Store, name, &have); err != nil {
		return failed(err)
	}
	if have != me {
		return failure.New(failure.Owned, fmt.Sprintf(
			"%s in store %s belongs to installation %s, and this is %s: run it there, or delete %s once that one has ended for good",
			in.PolicyID, a.deps.Store.URL(), have.Installation, me.Installation, name))
	}
	return nil
}
