package catalog

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"holdfast/internal/archive"
	"holdfast/internal/store"
)

// Owner is <policy>/owner.json: the installation that controls the policy. Two that
// share a store would not know of each other's runs and expiries.
type Owner struct {
	Installation string `json:"installation"`
}

// damagedOwner stands for the installation of an owner.json that can't be read: it
// is not that of anybody who asks.
const damagedOwner = "(owner.json is damaged)"

// MaxOwner is the most bytes that an owner.json is read with.
const MaxOwner = 1 << 20

// ParseOwner is what owner.json says; nil where data is, which is where there is none.
// One that can't be read is somebody else's.
func ParseOwner(data []byte) *Owner {
	if data == nil {
		return nil
	}
	var owner Owner
	if json.Unmarshal(data, &owner) != nil {
		owner.Installation = damagedOwner
	}
	return &owner
}

// ReadOwner is what owner.json of a policy says; nil where there is none.
func ReadOwner(ctx context.Context, s store.Store, policyID string) (*Owner, error) {
	data, err := store.ReadAll(ctx, s, archive.OwnerName(policyID), MaxOwner)
	if errors.Is(err, store.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("look whose policy %s is: %w", policyID, err)
	}
	return ParseOwner(data), nil
}
