package activities

import (
	"context"
	"errors"
	"fmt"

	"holdfast/internal/atlassian"
	"holdfast/internal/failure"
	"holdfast/internal/scratch"
)

// Lease is a scratch slot on one host, held for one attempt of one shard.
type Lease struct {
	Queue   string `json:"queue"` // the host's own task queue
	Slot    int    `json:"slot"`
	Shard   string `json:"shard"`
	Attempt int    `json:"attempt"`
	Host    string `json:"host"` // for people
}

// AcquireScratchInput says for whom scratch is leased.
type AcquireScratchInput struct {
	BackupID   string `json:"backupId"`
	Credential string `json:"credential"`
	Shard      string `json:"shard"`
	Attempt    int    `json:"attempt"`
}

// AcquireScratch leases a slot of this host's scratch. It is asked on the shared
// queue: a host without room answers ScratchFull and one that does not hold the
// credential NoCredential, and the server asks again, perhaps another host. Asked
// twice for the same attempt, a host gives the same slot.
func (h *Host) AcquireScratch(_ context.Context, in AcquireScratchInput) (Lease, error) {
	if _, err := h.deps.Sites.config.Credentials.Lookup(in.Credential); err != nil {
		if errors.Is(err, atlassian.ErrNoCredential) {
			return Lease{}, failure.NewRetryable(failure.NoCredential, fmt.Sprintf(
				"no worker has credential %s: add it to the credentials file of a worker", in.Credential))
		}
		return Lease{}, failure.NewRetryable(failure.NoCredential, fmt.Sprintf(
			"credential %s can't be read on worker %s: %v", in.Credential, h.name, err))
	}
	slot, err := h.ledger.Acquire(scratch.Key{Backup: in.BackupID, Shard: in.Shard, Attempt: in.Attempt})
	if scratch.IsFull(err) {
		return Lease{}, failure.NewRetryable(failure.ScratchFull, fmt.Sprintf("worker %s: %v", h.name, err))
	}
	if err != nil {
		return Lease{}, failed(err)
	}
	return Lease{Queue: h.ledger.Queue(), Slot: slot, Shard: in.Shard, Attempt: in.Attempt, Host: h.name}, nil
}

// Touch keeps the lease while its shard waits; the scratch ends ten minutes after
// the last one. LeaseLost where it has ended.
func (h *Host) Touch(_ context.Context, in StepInput) error {
	return failed(scratchFailed(h.ledger.Touch(in.Lease.Slot, in.key())))
}

// Release gives the lease back and deletes what is on it. One that has ended is no error.
func (h *Host) Release(_ context.Context, in StepInput) error {
	return failed(h.ledger.Release(in.Lease.Slot, in.key()))
}
