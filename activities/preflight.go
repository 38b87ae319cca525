package activities

import (
	"context"
	"errors"

	"holdfast/internal/backup"
)

type PreflightInput struct {
	Site       string         `json:"site"`
	Product    backup.Product `json:"product"`
	Credential string         `json:"credential"`
	// CloudID, where set, must be the site's; otherwise SiteGone.
	CloudID string `json:"cloudId,omitempty"`
	// PolicyID, where set, has owner.json written or checked for Installation (Owned).
	PolicyID     string `json:"policyId,omitempty"`
	Installation string `json:"installation,omitempty"`
}
type PreflightResult struct {
	CloudID    string   `json:"cloudId"`
	AccountID  string   `json:"accountId"`
	Containers int      `json:"containers"`
	Items      int      `json:"items"`           // as the site counts them; a hint for progress
	Lacks      []string `json:"lacks,omitempty"` // permissions that are missing and what each costs, for the operator; at most 20 lines
}

// Preflight …
func (a *Activities) Preflight(ctx context.Context, in PreflightInput) (PreflightResult, error) {
	return PreflightResult{}, errors.ErrUnsupported
}
