package backup

import (
	"fmt"
	"time"
)

// ExpiresAt is when the bytes of a backup that started at start are deleted
// (S5). It is fixed into the backup's ExpiresAt when the run ends.
func ExpiresAt(start time.Time, l Limits) time.Time { return start.Add(l.Retention) }

// StatusAt is the status of b at now: that of b, or EXPIRED where its time is
// over although its bytes may still wait for their deletion (S5). A FAILED
// backup has no bytes and never expires, nor does one that is on hold.
func StatusAt(b Backup, now time.Time) Status {
	if held(b.Status) && b.Held == nil && !b.ExpiresAt.IsZero() && !now.Before(b.ExpiresAt) {
		return Expired
	}
	return b.Status
}

// Available reports whether b counts among the available backups of its policy
// (P4): COMPLETE or INCOMPLETE, and not expired.
func Available(b Backup, now time.Time) bool { return held(StatusAt(b, now)) }

// HasBytes reports whether b has bytes in the store that nobody deletes yet: it is
// COMPLETE or INCOMPLETE, or it FAILED its verification. A run that FAILED has none,
// and no expiry.
func HasBytes(b Backup) bool {
	return held(b.Status) || b.Status == Failed && !b.ExpiresAt.IsZero()
}

// Present reports whether b has bytes at now, and its time is not over: they may be
// read, held and kept for longer.
func Present(b Backup, now time.Time) bool {
	return HasBytes(b) && (b.Held != nil || now.Before(b.ExpiresAt))
}

// Expire returns b as it is once its bytes are to be deleted. It keeps what b was,
// for R1: a backup does not lose its place in the cadence by expiring.
func Expire(b Backup) Backup {
	if HasBytes(b) {
		b.Was, b.Status = b.Status, Expired
		b.Reason = fmt.Sprintf("expired at %s; its bytes are deleted, a new backup has to take its place", stamp(b.ExpiresAt))
	}
	return b
}

// Delete is Expire for a backup that somebody deletes before its time: why says
// who and when. A hold ends.
func Delete(b Backup, why Note) Backup {
	if !HasBytes(b) {
		return b
	}
	b = Expire(b)
	b.Held = nil
	by := ""
	if why.By != "" {
		by = " by " + why.By
	}
	b.Reason = fmt.Sprintf("deleted%s at %s", by, stamp(why.At))
	if why.Text != "" {
		b.Reason += ": " + why.Text
	}
	return b
}

// held reports whether a backup of status s has bytes in the store.
func held(s Status) bool { return s == Complete || s == Incomplete }

// NotAvailable refuses what needs the bytes of a backup that has none (D2, T1).
type NotAvailable struct {
	BackupID string
	Status   Status
}

func (e *NotAvailable) Error() string {
	do := "take a COMPLETE or INCOMPLETE one"
	if e.Status == InProgress {
		do = "wait for its end"
	}
	return fmt.Sprintf("backup %s is %s: %s", e.BackupID, e.Status, do)
}

// TooBig refuses a download over the limit (D2, L2).
type TooBig struct {
	BackupID  string
	Size, Max int64 // bytes
}

func (e *TooBig) Error() string {
	return fmt.Sprintf("backup %s holds %d bytes, a download at most %d: copy its folder out of the store instead",
		e.BackupID, e.Size, e.Max)
}

// Source is where a restore reads a backup from.
type Source string

// The sources of a restore (T2).
const (
	FromStore Source = "store"
	FromFile  Source = "file"
)

// FileTooOld refuses a downloaded file whose time is over (T2).
type FileTooOld struct {
	BackupID string
	Ended    time.Time // when it stopped being accepted
}

func (e *FileTooOld) Error() string {
	return fmt.Sprintf("the file of backup %s could be restored until %s: take a newer backup", e.BackupID, stamp(e.Ended))
}

// MayRestore says whether b may be restored at now (T1, T2): nil, *NotAvailable,
// or *FileTooOld. From the store it may until it expires. A file outlives the
// stored backup: b is then what its manifest says, and the age alone counts. An
// INCOMPLETE backup may be restored; the caller warns and lists what is missing.
func MayRestore(b Backup, from Source, now time.Time, l Limits) error {
	status := b.Status
	if from == FromFile {
		if status == Expired {
			status = b.Was
		}
	} else {
		status = StatusAt(b, now)
	}
	if !held(status) {
		return &NotAvailable{b.ID, status}
	}
	if end := b.StartedAt.Add(l.FileLife); from == FromFile && !now.Before(end) {
		return &FileTooOld{b.ID, end}
	}
	return nil
}
