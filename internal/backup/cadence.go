package backup

import (
	"fmt"
	"time"
)

// History is what the gate of a policy knows: the input of MayStart.
type History struct {
	// Running is the id of the backup in progress, empty where there is none.
	Running string
	// Restoring is the id of a restore that writes into the same site and product.
	Restoring string
	// LastComplete is the start of the last COMPLETE backup, as LastComplete
	// finds it; zero where there is none.
	LastComplete time.Time
}

// TooEarly refuses a backup that R1 does not allow yet.
type TooEarly struct {
	Last    time.Time // start of the last COMPLETE backup
	Allowed time.Time // from when on a new one may start
}

func (e *TooEarly) Error() string {
	return fmt.Sprintf("the last COMPLETE backup started at %s: the next one may start at %s; ask again then",
		stamp(e.Last), stamp(e.Allowed))
}

// Running refuses a backup while another one is in progress (R3).
type Running struct {
	BackupID string // the run in progress
}

func (e *Running) Error() string {
	return fmt.Sprintf("backup %s is in progress: wait for its end, or cancel it", e.BackupID)
}

// Restoring refuses a backup while a restore writes into the same site and product (R3).
type Restoring struct {
	RestoreID string
}

func (e *Restoring) Error() string {
	return fmt.Sprintf("restore %s writes into this site: wait for its end, or cancel it", e.RestoreID)
}

// MayStart says whether a new backup may start at now: nil, or one of
// *Running, *Restoring (R3) and *TooEarly (R1). FAILED and INCOMPLETE backups do
// not stand in its way (R2).
func MayStart(h History, now time.Time, l Limits) error {
	if h.Running != "" {
		return &Running{h.Running}
	}
	if h.Restoring != "" {
		return &Restoring{h.Restoring}
	}
	if allowed := AllowedAt(h, l); now.Before(allowed) {
		return &TooEarly{Last: h.LastComplete, Allowed: allowed}
	}
	return nil
}

// AllowedAt is from when on R1 allows the next backup; the zero time where
// nothing has to be waited for.
func AllowedAt(h History, l Limits) time.Time {
	if h.LastComplete.IsZero() {
		return time.Time{}
	}
	return h.LastComplete.Add(l.Cadence)
}

// LastComplete is the start of the newest of backups, in any order, that counts
// for R1: it is COMPLETE, or was so until it expired. One that failed
// verification is COMPLETE no more and does not count. The result is zero where
// none counts.
func LastComplete(backups []Backup) time.Time {
	var last time.Time
	for _, b := range backups {
		if b.Status == Expired && b.Was != Complete || b.Status != Expired && b.Status != Complete {
			continue
		}
		if b.StartedAt.After(last) {
			last = b.StartedAt
		}
	}
	return last
}

// stamp writes a time for people: UTC, to the second.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05Z") }
