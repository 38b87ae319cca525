package backup

import (
	"fmt"
	"time"
)

// DownloadStatus is the state of a download.
type DownloadStatus string

// The statuses of a download.
const (
	Preparing       DownloadStatus = "PREPARING" // L1: its package is being made
	Ready           DownloadStatus = "READY"     // it can be fetched until ReadyUntil
	DownloadExpired DownloadStatus = "EXPIRED"   // L3: its package is deleted
	DownloadFailed  DownloadStatus = "FAILED"    // no package could be made; its parts are removed
)

// Download is a download of a backup: a package that is, was or will be there.
type Download struct {
	// Number counts the downloads of a backup, from 1.
	Number int            `json:"number"`
	Status DownloadStatus `json:"status"`
	// Reason says why it FAILED or EXPIRED early.
	Reason      string    `json:"reason,omitempty"`
	RequestedAt time.Time `json:"requestedAt"`
	By          string    `json:"by,omitempty"`
	// Deadline is when its preparation gives up (L1).
	Deadline   time.Time `json:"deadline"`
	ReadyAt    time.Time `json:"readyAt,omitzero"`
	ReadyUntil time.Time `json:"readyUntil,omitzero"` // L3; never after the expiry of the backup
	Size       int64     `json:"size,omitempty"`      // bytes of the package
	SHA256     string    `json:"sha256,omitempty"`    // of the package, hex
}

// Open reports whether d stands in the way of another download at now: it is being
// prepared, or can be fetched. d may be nil.
func (d *Download) Open(now time.Time) bool {
	return d != nil && (d.Status == Preparing || d.Status == Ready && now.Before(d.ReadyUntil))
}

// ReadyUntil is until when a download of b that is ready at now can be fetched (L3):
// for its lifetime, and no longer than the backup is there.
func ReadyUntil(b Backup, now time.Time, l Limits) time.Time {
	until := now.Add(l.DownloadLife)
	if b.Held == nil && b.ExpiresAt.Before(until) {
		return b.ExpiresAt
	}
	return until
}

// DownloadExists refuses to prepare a second download (D2).
type DownloadExists struct {
	BackupID string
	Until    time.Time // when the one that exists expires; zero where it is still being prepared
}

func (e *DownloadExists) Error() string {
	if e.Until.IsZero() {
		return fmt.Sprintf("a download of backup %s is being prepared: wait for it", e.BackupID)
	}
	return fmt.Sprintf("a download of backup %s is ready until %s: fetch that", e.BackupID, stamp(e.Until))
}

// MayPrepareDownload says whether a download of b may be prepared at now (D2,
// L2, L3): nil, or one of *NotAvailable, *TooBig and *DownloadExists.
func MayPrepareDownload(b Backup, now time.Time, l Limits) error {
	if s := StatusAt(b, now); !held(s) {
		return &NotAvailable{b.ID, s}
	}
	if b.Counts.StoredBytes > l.MaxDownload {
		return &TooBig{b.ID, b.Counts.StoredBytes, l.MaxDownload}
	}
	if d := b.Download; d.Open(now) {
		return &DownloadExists{b.ID, d.ReadyUntil}
	}
	return nil
}
