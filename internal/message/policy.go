package message

import (
	"fmt"
	"time"

	"holdfast/internal/backup"
)

// What a Policy can be asked beyond the run of backups. Each is answered with what
// it is about as it is then. By is who asks, as they say.
var (
	// Edit changes a policy's options, limits, schedules, credential and notifications.
	Edit = Update[EditInput, PolicyView]{"Edit"}
	// Pause stops the schedule, Resume goes on with it, and takes a deletion back
	// that keeps backups until their expiry.
	Pause  = Update[NoteInput, PolicyView]{"Pause"}
	Resume = Update[NoteInput, PolicyView]{"Resume"}
	// DeletePolicy deletes a policy, and its backups now or when they expire.
	DeletePolicy = Update[DeletePolicyInput, PolicyView]{"Delete"}
	// Hold keeps a backup whatever its expiry, Release lets it expire again.
	Hold    = Update[BackupInput, backup.Backup]{"Hold"}
	Release = Update[BackupInput, backup.Backup]{"Release"}
	// Extend puts the expiry of a backup off.
	Extend = Update[ExtendInput, backup.Backup]{"Extend"}
	// DeleteBackup makes a backup expire now.
	DeleteBackup = Update[BackupInput, backup.Backup]{"DeleteBackup"}
	// PrepareDownload starts a Download where D2 and L2 allow it. The row's Download tells its number.
	PrepareDownload = Update[PrepareDownloadInput, backup.Backup]{"PrepareDownload"}
	// BeginRead keeps a backup from expiring while something reads it, until EndRead
	// or for limits.readGrace, which the same ReadID again renews.
	BeginRead = Update[ReadInput, backup.Backup]{"BeginRead"}
	EndRead   = Update[ReadInput, backup.Backup]{"EndRead"}
	// ScheduledRun is the bell of the schedule: the Policy judges it (P5).
	ScheduledRun = Update[RingInput, RingResult]{"ScheduledRun"}
	// BeginVerification tells which backup a scheduled verification is to read, and
	// which share of it, and keeps it from expiring until RecordVerification.
	BeginVerification = Update[BeginVerificationInput, BeginVerificationResult]{"BeginVerification"}
	// ImportPolicy rebuilds a policy from what the store has of it.
	ImportPolicy = Update[ImportInput, PolicyView]{"Import"}
	// TestNotify announces a test to the policy's notifications, and is answered once
	// the workflows that deliver it (NotificationID) have started.
	TestNotify = Update[NoteInput, backup.Notice]{"TestNotify"}
	// DownloadChanged tells a Policy what became of a download.
	DownloadChanged = Signal[DownloadReport]{"DownloadChanged"}
)

// NoteInput says who does something, and why.
type NoteInput struct {
	By   string `json:"by,omitempty"`
	Text string `json:"text,omitempty"`
	// To is the one of the policy's notifications that TestNotify tells; empty means all.
	To string `json:"to,omitempty"`
}

// EditInput asks a policy that is Was to be Policy. Its id, product, site, cloud id
// and creation can't change; one that is no longer Was is Conflict.
type EditInput struct {
	Was    backup.Policy `json:"was"`
	Policy backup.Policy `json:"policy"`
	By     string        `json:"by,omitempty"`
}

// DeletePolicyInput says what becomes of the backups: they are deleted now where
// DeleteBackups is set, and when they expire otherwise. A run in progress is
// cancelled.
type DeletePolicyInput struct {
	By            string `json:"by,omitempty"`
	DeleteBackups bool   `json:"deleteBackups"`
}

// BackupInput names a backup of the policy.
type BackupInput struct {
	BackupID string `json:"backupId"`
	By       string `json:"by,omitempty"`
	Text     string `json:"text,omitempty"`
}

// ExtendInput puts the expiry of a backup off to a later time.
type ExtendInput struct {
	BackupID string    `json:"backupId"`
	To       time.Time `json:"to"`
	By       string    `json:"by,omitempty"`
}

// PrepareDownloadInput asks for a download; the same RequestID again starts none.
type PrepareDownloadInput struct {
	RequestID string `json:"requestId"`
	BackupID  string `json:"backupId"`
	By        string `json:"by,omitempty"`
}

// ReadInput says what reads a backup: ReadID is the id of a workflow, for people.
type ReadInput struct {
	ReadID   string `json:"readId"`
	BackupID string `json:"backupId"`
}

// ScheduledRunInput says whose bell a ScheduledRun rings.
type ScheduledRunInput struct {
	PolicyID string `json:"policyId"`
}

// CatchUp is how late a bell still rings: where Temporal was away for longer, its
// rings are left out.
const CatchUp = time.Hour

// RingInput is one ring of a schedule's bell.
type RingInput struct {
	// RequestID is the id of the workflow that rings.
	RequestID string    `json:"requestId"`
	At        time.Time `json:"at"`   // when the schedule meant it to ring
	Next      time.Time `json:"next"` // when it will ring next; zero where it will not
}

// RingResult is how a Policy answers a ring.
type RingResult struct {
	Outcome RingOutcome `json:"outcome"`
	// BackupID is the backup that was started.
	BackupID string `json:"backupId,omitempty"`
	// Until is when a run that waits will start.
	Until  time.Time `json:"until,omitzero"`
	Reason string    `json:"reason,omitempty"`
}

// RingOutcome is what a ring of the bell led to.
type RingOutcome string

// The outcomes of a ring.
const (
	RingStarted RingOutcome = "started"
	RingWaits   RingOutcome = "waits"
	RingRefused RingOutcome = "refused"
)

// BeginVerificationInput asks what a scheduled verification is to read.
type BeginVerificationInput struct {
	RequestID string `json:"requestId"` // the id of the workflow that verifies
}

// BeginVerificationResult is the newest available backup and the share of it that
// is due: the Share-th of Of, from 1. BackupID is empty where there is no backup.
type BeginVerificationResult struct {
	BackupID string `json:"backupId,omitempty"`
	Share    int    `json:"share"`
	Of       int    `json:"of"`
}

// ImportInput is a policy as the store has it.
type ImportInput struct {
	Policy       backup.Policy   `json:"policy"`
	Standing     backup.Standing `json:"standing"`
	Backups      []backup.Backup `json:"backups"` // oldest first
	LastComplete time.Time       `json:"lastComplete,omitzero"`
	// Version is that of policy.json: the next one is written after it.
	Version int64 `json:"version"`
}

// DownloadReport is what became of a download.
type DownloadReport struct {
	BackupID string          `json:"backupId"`
	Download backup.Download `json:"download"`
}

// The workflow types that belong to a policy, and their ids.
const (
	ScheduledRunWorkflow = "ScheduledRun"
	DownloadWorkflow     = "Download"
	NotificationWorkflow = "Notification"
	ImportWorkflow       = "Import"
)

// ScheduleID is the id of the Temporal Schedule that starts a policy's backups, and
// the start of the ids of the workflows that ring.
func ScheduleID(policyID string) string { return "schedule/" + policyID }

// VerificationScheduleID is the id of the Temporal Schedule of a policy's verifications.
func VerificationScheduleID(policyID string) string { return "schedule/" + policyID + "/verify" }

// DownloadID is the id of the workflow of a backup's n-th download.
func DownloadID(backupID string, n int) string { return fmt.Sprintf("download/%s/%d", backupID, n) }

// NotificationID is the id of the workflow that delivers a notice to one of the
// workers' notifications.
func NotificationID(n backup.Notice, to string) string { return "notification/" + n.ID + "/" + to }

// ImportID is the id of the import of a policy.
func ImportID(policyID string) string { return "import/" + policyID }
