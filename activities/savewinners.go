package activities

import (
	"context"
	"errors"
)

// Winner is the attempt of a shard that counts.
type Winner struct {
	Shard  ShardRef `json:"shard"`
	Result string   `json:"result,omitempty"` // empty: given up; Reason says why
	Reason string   `json:"reason,omitempty"`
}

// SaveWinners appends what a batch achieved to the run's folder: runs/<id>/winners/<batch>.json (at most 40 + rests).
type SaveWinnersInput struct {
	Run     Run      `json:"run"`
	Batch   string   `json:"batch"`
	Winners []Winner `json:"winners"`
}

// SaveWinners …
func (a *Activities) SaveWinners(ctx context.Context, in SaveWinnersInput) error {
	return errors.ErrUnsupported
}
