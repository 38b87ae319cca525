package activities

import (
	"context"
	"encoding/json"
	"fmt"

	"holdfast/internal/archive"
	"holdfast/internal/catalog"
	"holdfast/internal/failure"
	"holdfast/internal/message"
	"holdfast/internal/store"
)

// own makes this installation the owner of a policy that has none. Owned where
// another one is.
func (a *Activities) own(ctx context.Context, policyID string) error {
	return a.claim(ctx, policyID, func(have *catalog.Owner) (take bool, err error) {
		if have == nil {
			return true, nil
		}
		return false, a.mine(policyID, *have)
	})
}

// owned is Owned where another installation is the owner of the policy. One that
// nobody owns is anybody's. Every activity that changes what a policy has in the
// store asks it first.
func (a *Activities) owned(ctx context.Context, policyID string) error {
	have, err := a.ownerOf(ctx, policyID)
	if err != nil || have == nil {
		return err
	}
	return a.mine(policyID, *have)
}

// takeOver makes this installation the owner of the policy, whoever was.
func (a *Activities) takeOver(ctx context.Context, policyID string) error {
	return a.claim(ctx, policyID, func(have *catalog.Owner) (bool, error) {
		return have == nil || have.Installation != a.deps.Installation, nil
	})
}

// claim writes owner.json where take says so, in the generation that take was shown;
// have is nil where nobody owns the policy.
func (a *Activities) claim(ctx context.Context, policyID string, take func(have *catalog.Owner) (bool, error)) error {
	me, err := json.Marshal(catalog.Owner{Installation: a.deps.Installation})
	if err != nil {
		return fmt.Errorf("encode the owner of %s: %w", policyID, err)
	}
	err = store.Update(ctx, a.deps.Store, archive.OwnerName(policyID), catalog.MaxOwner, func(old []byte) ([]byte, error) {
		ok, err := take(catalog.ParseOwner(old))
		if err != nil || !ok {
			return nil, err
		}
		return me, nil
	})
	if kind, _ := failure.Of(err); err != nil && kind == "" {
		err = fmt.Errorf("take ownership of %s: %w", policyID, err)
	}
	return failed(err)
}

// ownerOf is what owner.json says; nil where there is none.
func (a *Activities) ownerOf(ctx context.Context, policyID string) (*catalog.Owner, error) {
	have, err := catalog.ReadOwner(ctx, a.deps.Store, policyID)
	return have, failed(err)
}

// mine is nil where have is this installation, Owned otherwise.
func (a *Activities) mine(policyID string, have catalog.Owner) error {
	if have.Installation == a.deps.Installation {
		return nil
	}
	return failure.New(failure.Owned, fmt.Sprintf(
		"policy %[1]s in store %[2]s belongs to installation %[3]s, and this is %[4]s, which writes nothing there: go on with it at %[3]s; "+
			"once that one has ended for good, take it over with `holdfast policy import %[1]s --take-over`; "+
			"where it is still known here, end it here with `temporal workflow terminate --workflow-id %[5]s`",
		policyID, a.deps.Store.URL(), have.Installation, a.deps.Installation, message.PolicyID(policyID)))
}
