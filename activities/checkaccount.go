package activities

import (
	"context"
	"errors"
)

// CheckAccount asks who we are, in mid-run and at its end. CredentialsRefused, SiteGone.
type CheckAccountInput struct {
	Run       Run    `json:"run"`
	AccountID string `json:"accountId"`
}

// CheckAccount …
func (a *Activities) CheckAccount(ctx context.Context, in CheckAccountInput) error {
	return errors.ErrUnsupported
}
