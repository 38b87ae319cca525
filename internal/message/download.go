package message

import (
	"time"

	"holdfast/internal/backup"
)

// What a Download can be asked.
var (
	// Link makes a link to a package that is READY, sealed to the key of who asks.
	Link = Update[LinkInput, LinkResult]{"Link"}
	// ShowDownload tells how far a Download is.
	ShowDownload = Query[DownloadProgress]{"download"}
	// EndDownload makes a Download delete its package and end; the text says why.
	EndDownload = Signal[string]{"EndDownload"}
)

// DownloadInput is what a Download is to do.
type DownloadInput struct {
	Policy backup.Policy `json:"policy"`
	// Backup is the backup's row when the download was asked for; its Download is this one.
	Backup backup.Backup `json:"backup"`
	// State is what the Download itself carries on when it continues as new.
	State DownloadState `json:"state,omitzero"`
}

// DownloadState is what a Download carries from one run of its workflow to the
// next, beside its row. It is zero at the start.
type DownloadState struct {
	// LinkedUntil is until when the last link works: the package stays as long.
	LinkedUntil time.Time `json:"linkedUntil,omitzero"`
	// Failure is the type of the failure that ended a FAILED one (package failure).
	Failure string `json:"failure,omitempty"`
	// Removals counts the tries to delete the package that failed.
	Removals int `json:"removals,omitempty"`
}

// DownloadProgress is how far a Download is.
type DownloadProgress struct {
	BackupID string          `json:"backupId"`
	Download backup.Download `json:"download"`
	Waiting  string          `json:"waiting,omitempty"`
	// Done and Total are bytes of the package; those of the step under way are in
	// its heartbeat (activities.StepProgress). While it is PREPARING, Total is about
	// right: what the backup takes in the store.
	Done  int64 `json:"done"`
	Total int64 `json:"total"`
}

// LinkInput asks for a link. PublicKey is an ephemeral key of the client (crypto/hpke,
// KEM X25519, KDF HKDF-SHA256, AEAD AES-256-GCM).
type LinkInput struct {
	PublicKey []byte `json:"publicKey"`
}

// LinkResult is a link that only who asked can read: no history holds it.
type LinkResult struct {
	// Sealed is the encapsulated key followed by the ciphertext of the address.
	Sealed []byte `json:"sealed"`
	// Until is how long the link works; another one can be asked for then.
	Until  time.Time `json:"until"`
	Size   int64     `json:"size"`
	SHA256 string    `json:"sha256"`
}
