package activities

import (
	"context"
	"errors"
	"time"

	"holdfast/internal/backup"
)

// WritePolicy writes policy.json.
type WritePolicyInput struct {
	Policy            backup.Policy   `json:"policy"`
	Backups           []backup.Backup `json:"backups"`
	LastCompleteStart time.Time       `json:"lastCompleteStart,omitzero"`
	Version           int64           `json:"version"` // grows with each change; an older one never overwrites a newer one
}

// WritePolicy …
func (a *Activities) WritePolicy(ctx context.Context, in WritePolicyInput) error {
	return errors.ErrUnsupported
}
