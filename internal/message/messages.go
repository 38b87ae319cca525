package message

import (
	"fmt"
	"time"

	"holdfast/internal/backup"
)

// The workflow types and their ids.
const (
	PolicyWorkflow = "Policy"
	BackupWorkflow = "Backup"
	BatchWorkflow  = "ExportBatch"
	CheckWorkflow  = "Check"
	VerifyWorkflow = "Verify"
	// SiteCheckWorkflow is Check with all kinds of data, for people.
	SiteCheckWorkflow = "SiteCheck"
)

// CheckID is the id of the check before a policy is saved.
func CheckID(policyID string) string { return "check/" + policyID }

// SiteCheckID is the id of the check that an operator asks for.
func SiteCheckID(policyID string) string { return "check/" + policyID + "/kinds" }

// PolicyID is the id of a policy's workflow.
func PolicyID(policyID string) string { return "policy/" + policyID }

// BackupID is the id of a backup's workflow.
func BackupID(backupID string) string { return "backup/" + backupID }

// BatchID is the id of the workflow of a backup's n-th batch of shards.
func BatchID(backupID string, n int) string { return fmt.Sprintf("backup/%s/batch-%03d", backupID, n) }

// VerifyID is the id of a backup's verification at a time.
func VerifyID(backupID string, at time.Time) string {
	return "verify/" + backupID + "/" + at.UTC().Format("20060102T150405Z")
}

// What a Policy can be asked.
var (
	// Configure sets the policy up; a second one with the same content changes nothing.
	Configure = Update[ConfigureInput, PolicyView]{"Configure"}
	// RunBackup starts a backup where R1 to R3 allow it.
	RunBackup = Update[RunBackupInput, backup.Backup]{"RunBackup"}
	// CancelBackup cancels the run in progress.
	CancelBackup = Update[CancelBackupInput, backup.Backup]{"CancelBackup"}
	// RecordVerification records what a verification found (R1, D1).
	RecordVerification = Update[VerificationReport, backup.Backup]{"RecordVerification"}
	// ShowPolicy tells everything about a policy (P4).
	ShowPolicy = Query[PolicyView]{"policy"}
	// ShowProgress tells how far a Backup or ExportBatch is.
	ShowProgress = Query[Progress]{"progress"}
	// BackupFinished tells a Policy what became of a run.
	BackupFinished = Signal[FinishedReport]{"BackupFinished"}
	// CancelledBy tells a Backup who asks for its cancellation, just before it is cancelled.
	CancelledBy = Signal[string]{"CancelledBy"}
)

// ConfigureInput asks a Policy to be this.
type ConfigureInput struct {
	Policy backup.Policy `json:"policy"`
}

// RunBackupInput asks for a backup.
type RunBackupInput struct {
	RequestID string `json:"requestId"`
	By        string `json:"by"`
	// Attachments overrides the policy's option for this run where set.
	Attachments *bool `json:"attachments,omitempty"`
	// PersonalSpaces includes or leaves out the personal spaces of Confluence in this run where set.
	PersonalSpaces *bool `json:"personalSpaces,omitempty"`
	// AcceptSmaller lets the run complete although the site holds fewer than half of last time's items (S6).
	AcceptSmaller bool `json:"acceptSmaller,omitempty"`
}

// Options are those of the run, of a policy with these (P3). A run that would have
// options of another product is an error.
func (in RunBackupInput) Options(p backup.Policy) (backup.Options, error) {
	o := p.Options
	if in.Attachments != nil {
		o.Attachments = *in.Attachments
	}
	if in.PersonalSpaces != nil {
		if p.Product != backup.Confluence {
			return o, fmt.Errorf("policy %s is one of %s, which has no personal spaces: leave that choice out", p.ID, p.Product)
		}
		o.NoPersonalSpaces = !*in.PersonalSpaces
	}
	return o, nil
}

// CancelBackupInput asks for the end of a run.
type CancelBackupInput struct {
	BackupID string `json:"backupId"` // empty: the one in progress
	By       string `json:"by"`
}

// VerificationReport is what a verification found.
type VerificationReport struct {
	BackupID string    `json:"backupId"`
	At       time.Time `json:"at"`
	// Status is COMPLETE where everything was as the manifest says, INCOMPLETE or FAILED otherwise.
	Status backup.Status `json:"status"`
	Reason string        `json:"reason,omitempty"`
	// ReadID is that of the BeginRead or BeginVerification that it ends.
	ReadID string `json:"readId,omitempty"`
	// Share and Of say which share of the data was read, as in VerifyInput.
	Share int `json:"share,omitempty"`
	Of    int `json:"of,omitempty"`
	// Scheduled is whether the schedule of verifications asked for it: the next one
	// reads the next share.
	Scheduled bool `json:"scheduled,omitempty"`
}

// FinishedReport is what became of a run.
type FinishedReport struct {
	BackupID string        `json:"backupId"`
	Status   backup.Status `json:"status"`
	Reason   string        `json:"reason,omitempty"`
	Counts   backup.Counts `json:"counts"`
	EndedAt  time.Time     `json:"endedAt"`
	// Stopped is whether somebody ended the run: it is not tried again by itself.
	Stopped bool `json:"stopped,omitempty"`
}

// PolicyView is what a Policy tells of itself (P4).
type PolicyView struct {
	Policy        backup.Policy   `json:"policy"`
	Backups       []backup.Backup `json:"backups"` // the last 100, newest first
	Running       string          `json:"running,omitempty"`
	Available     int             `json:"available"` // COMPLETE and INCOMPLETE, not expired
	NextAllowedAt time.Time       `json:"nextAllowedAt,omitzero"`
	// LastComplete is the start of the last COMPLETE backup: the recovery point.
	LastComplete time.Time `json:"lastComplete,omitzero"`
	backup.Standing
	// NextRun is when the schedule's bell rings next, zero where it does not.
	NextRun time.Time `json:"nextRun,omitzero"`
	// Pending is a run that the Policy starts by itself at a time: one whose bell
	// rang before R1 allows it, or one that is tried again; nil where there is none.
	Pending *PendingRun `json:"pending,omitempty"`
	// Problems are what an operator should look after, beside the Deletion of backups.
	Problems []string `json:"problems,omitempty"`
}

// PendingRun is a run that a Policy will start by itself.
type PendingRun struct {
	At      time.Time `json:"at"`
	Reason  string    `json:"reason"`
	Attempt int       `json:"attempt"` // of its ring, from 1
}

// PolicySummary is a Policy's memo, so that lists need no worker.
type PolicySummary struct {
	ID           string         `json:"id"`
	Site         string         `json:"site"`
	Product      backup.Product `json:"product"`
	Running      string         `json:"running,omitempty"`
	Available    int            `json:"available"`
	Last         *backup.Backup `json:"last,omitempty"`
	LastComplete time.Time      `json:"lastComplete,omitzero"`
	NextRun      time.Time      `json:"nextRun,omitzero"`
	Paused       bool           `json:"paused,omitempty"`
	Retired      bool           `json:"retired,omitempty"`
}

// Memo is the memo field that holds a PolicySummary.
const Memo = "policy"

// CheckInput asks what a credential can reach, before a policy is saved (P2).
type CheckInput struct {
	Site       string         `json:"site"`
	Product    backup.Product `json:"product"`
	Credential string         `json:"credential"`
	// Options are those that the policy is to have.
	Options backup.Options `json:"options,omitzero"`
}

// CheckResult is what Check found.
type CheckResult struct {
	CloudID    string   `json:"cloudId"`
	Containers int      `json:"containers"`
	Items      int      `json:"items"`
	Lacks      []string `json:"lacks,omitempty"`
}

// VerifyInput asks for a verification of a backup.
type VerifyInput struct {
	PolicyID string `json:"policyId"`
	// BackupID is empty for a scheduled verification: the Policy says which.
	BackupID string `json:"backupId,omitempty"`
	// Share and Of say that only the Share-th of Of shares of the data is read, the
	// rest is compared by size and checksum as the store tells them; 0 means all.
	Share int `json:"share,omitempty"`
	Of    int `json:"of,omitempty"`
}

// VerifyResult is what it found.
type VerifyResult struct {
	// BackupID is the backup that was read; empty where a scheduled verification found
	// none to read.
	BackupID string `json:"backupId,omitempty"`
	// Share and Of are as in VerifyInput.
	Share        int           `json:"share,omitempty"`
	Of           int           `json:"of,omitempty"`
	Status       backup.Status `json:"status"`
	Counts       backup.Counts `json:"counts"`
	Problems     []string      `json:"problems,omitempty"` // at most 20
	ProblemCount int           `json:"problemCount"`
}

// Phase is a step of a run, in their order.
type Phase string

// The phases of a run.
const (
	Preflight Phase = "preflight"
	Census    Phase = "census"
	Capture   Phase = "capture"
	Late      Phase = "late search"
	Sealing   Phase = "seal"
	Done      Phase = "done"
)

// Progress is how far a run (or one of its batches) is.
type Progress struct {
	BackupID string    `json:"backupId"`
	Phase    Phase     `json:"phase"`
	Started  time.Time `json:"started"`
	// Waiting says what the run waits for, and until when: "quota until 16:00Z".
	Waiting string `json:"waiting,omitempty"`
	// Batches are the ids of the open batch workflows.
	Batches    []string      `json:"batches,omitempty"`
	Containers int           `json:"containers"`
	Items      int           `json:"items"` // of the census
	Shards     int           `json:"shards"`
	ShardsDone int           `json:"shardsDone"`
	Done       backup.Counts `json:"done"` // of finished shards
	Status     backup.Status `json:"status"`
	Reason     string        `json:"reason,omitempty"`
}
