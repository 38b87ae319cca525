package activities

import (
	"context"
	"time"

	"holdfast/internal/failure"
)

// SealLinkInput says to what a link is made, until when, and for whom.
type SealLinkInput struct {
	PolicyID  string    `json:"policyId"`
	BackupID  string    `json:"backupId"`
	Number    int       `json:"number"`
	Until     time.Time `json:"until"`
	PublicKey []byte    `json:"publicKey"` // message.LinkInput
}

// SealLinkResult is the link, sealed (message.LinkResult).
type SealLinkResult struct {
	Sealed []byte `json:"sealed"`
}

// SealLink makes a link to the package of a download and seals it to the key of who
// asked. A bucket signs it itself; for a directory this worker serves it.
func (a *Activities) SealLink(ctx context.Context, in SealLinkInput) (SealLinkResult, error) {
	return SealLinkResult{}, failure.New(failure.InvalidArgument, "not there yet")
}
