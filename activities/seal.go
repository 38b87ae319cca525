package activities

import (
	"context"
	"errors"
	"time"

	"holdfast/internal/backup"
)

// Seal reads containers, shards, winners and results, proves the census, and
// writes SHA256SUMS, report.json, state.json and, last, manifest.json; deletes
// objects of losing attempts and the run's folder.
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
type SealResult struct {
	Status backup.Status `json:"status"`
	Reason string        `json:"reason,omitempty"`
	Counts backup.Counts `json:"counts"`
}

// Seal …
func (a *Activities) Seal(ctx context.Context, in SealInput) (SealResult, error) {
	return SealResult{}, errors.ErrUnsupported
}
