package activities

import (
	"context"
	"fmt"

	"holdfast/internal/failure"
)

// CheckAccountInput says who the account was at the start of the run.
type CheckAccountInput struct {
	Run       Run    `json:"run"`
	AccountID string `json:"accountId"`
}

// CheckAccount asks the site who we are: Jira answers a revoked token with empty
// lists and tells the truth here alone. It fails with CredentialsRefused where
// the account is refused, or is another one than at the start.
func (a *Activities) CheckAccount(ctx context.Context, in CheckAccountInput) error {
	defer startPulse(ctx).end()
	product, err := a.product(in.Run)
	if err != nil {
		return err
	}
	who, err := product.Identity(ctx)
	if err != nil {
		return failed(err)
	}
	if in.AccountID != "" && who.AccountID != in.AccountID {
		return failure.New(failure.CredentialsRefused, fmt.Sprintf(
			"credential %s belongs to account %s now and to %s when the run started: what they see differs; run again",
			in.Run.Policy.Credential, who.AccountID, in.AccountID))
	}
	return nil
}
