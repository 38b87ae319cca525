package activities

import (
	"context"
	"fmt"
	"time"

	"holdfast/internal/archive"
	"holdfast/internal/failure"
	"holdfast/internal/links"
	"holdfast/internal/message"
	"holdfast/internal/store"
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
	beat := startPulse(ctx)
	defer beat.end()
	var linker store.Linker
	switch own, ok := a.deps.Store.(store.Linker); {
	case ok:
		linker = own
	case a.deps.Links != nil:
		linker = a.deps.Links
	default:
		return SealLinkResult{}, failure.NewRetryable(failure.NoLinks,
			"this worker serves no links to downloads: start it without --links-listen off")
	}
	file := fmt.Sprintf("%s.%d.zip", in.BackupID, in.Number)
	address, err := linker.Link(ctx, archive.PackageName(in.PolicyID, in.BackupID, in.Number), file, in.Until)
	if err != nil {
		return SealLinkResult{}, failed(err)
	}
	sealed, err := links.Seal(in.PublicKey, message.DownloadID(in.BackupID, in.Number), address)
	if err != nil {
		return SealLinkResult{}, failure.New(failure.InvalidArgument, err.Error())
	}
	return SealLinkResult{Sealed: sealed}, nil
}
