package message

import (
	"time"

	"go.temporal.io/sdk/client"

	"holdfast/internal/backup"
	"holdfast/internal/restore"
)

// DrillID is the id of the workflow of a drill.
func DrillID(drillID string) string { return "drill/" + drillID }

// NewDrillID makes the id of a drill of a policy's backup that is asked for at a time.
func NewDrillID(policyID string, at time.Time) string {
	return policyID + ".d" + at.UTC().Format("20060102T150405Z")
}

// DrillScheduleID is the id of the Temporal Schedule of a policy's drills.
func DrillScheduleID(policyID string) string { return "schedule/" + policyID + "/drill" }

// What a Policy and a Drill can be asked about drills.
var (
	// BeginDrill tells which backup a drill is to restore, and keeps it from expiring
	// until RecordDrill or EndRead.
	BeginDrill = Update[BeginDrillInput, BeginDrillResult]{"BeginDrill"}
	// RecordDrill records on a policy what a drill found.
	RecordDrill = Update[DrillReport, backup.Backup]{"RecordDrill"}
	// ShowDrill tells how far a drill is.
	ShowDrill = Query[DrillView]{"drill"}
)

// DrillInput asks for a drill of a backup.
type DrillInput struct {
	// ID names the drill; empty where a schedule starts it.
	ID       string         `json:"id,omitempty"`
	PolicyID string         `json:"policyId"`
	BackupID string         `json:"backupId,omitempty"` // empty: the newest available one
	Product  backup.Product `json:"product"`
	// Limits are used where this cluster does not have the policy: those of the policy otherwise.
	Limits backup.Limits     `json:"limits"`
	Select restore.Selection `json:"select,omitzero"`
	// Sample restores whole containers, the smallest first, until there are so many items; 0 restores all.
	Sample    int    `json:"sample,omitempty"`
	By        string `json:"by,omitempty"`
	Scheduled bool   `json:"scheduled,omitempty"`
}

// BeginDrillInput asks what a drill is to restore.
type BeginDrillInput struct {
	ReadID   string `json:"readId"`             // the id of the drill's workflow
	BackupID string `json:"backupId,omitempty"` // empty: the newest available one
	// Scheduled is whether the policy's schedule of drills asks.
	Scheduled bool `json:"scheduled,omitempty"`
}

// BeginDrillResult is what a drill is to restore. BackupID is empty where there is no
// backup to restore.
type BeginDrillResult struct {
	BackupID string         `json:"backupId,omitempty"`
	Product  backup.Product `json:"product,omitempty"`
	Limits   backup.Limits  `json:"limits,omitzero"`
	// Sample is that of the policy's schedule of drills.
	Sample int `json:"sample,omitempty"`
}

// DrillView is a drill, as it is.
type DrillView struct {
	ID       string `json:"id"`
	BackupID string `json:"backupId,omitempty"`
	// RestoreID is the restore of the try under way, or of the last one; Try counts them from 1.
	RestoreID string `json:"restoreId,omitempty"`
	Try       int    `json:"try,omitempty"`
	// Waiting is what it waits for; empty where it waits for nothing.
	Waiting string `json:"waiting,omitempty"`
	// Report is what it found, once it is through.
	Report *DrillReport `json:"report,omitempty"`
}

// DrillReport is what a drill found. BackupID is empty where there was no backup to restore.
type DrillReport struct {
	ID       string    `json:"id"`
	BackupID string    `json:"backupId,omitempty"`
	At       time.Time `json:"at"`
	Passed   bool      `json:"passed"`
	// RestoreID is the restore that was compared: its report and differences are in the store.
	RestoreID string         `json:"restoreId,omitempty"`
	Score     *restore.Score `json:"score,omitempty"`
	Reason    string         `json:"reason,omitempty"` // why it did not pass
	Sample    int            `json:"sample,omitempty"`
	// ReadID is that of the BeginDrill that it ends.
	ReadID string `json:"readId,omitempty"`
}

// DrillStart are the options by which a Drill is started.
func DrillStart(in DrillInput) client.StartWorkflowOptions {
	what := in.BackupID
	if what == "" {
		what = "the newest backup of " + in.PolicyID
	}
	return client.StartWorkflowOptions{ID: DrillID(in.ID), TaskQueue: TaskQueue, StaticSummary: "drill of " + what}
}
