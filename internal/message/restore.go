package message

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/client"

	"holdfast/internal/backup"
	"holdfast/internal/restore"
)

// The workflow types of restores.
const (
	RestoreWorkflow      = "Restore"
	RestorePhaseWorkflow = "RestorePhase"
	DestinationWorkflow  = "Destination"
	DrillWorkflow        = "Drill"
)

// RestoreID is the id of a restore's workflow.
func RestoreID(restoreID string) string { return "restore/" + restoreID }

// RestorePhaseID is the id of the workflow of one phase of a restore.
func RestorePhaseID(restoreID, phase string, try int) string {
	return fmt.Sprintf("restore/%s/%s-%d", restoreID, phase, try)
}

// DestinationID is the id of the workflow that is the lock of a destination (T4):
// one runs at a time.
func DestinationID(product backup.Product, cloudID string) string {
	return "destination/" + string(product) + "-" + cloudID
}

// RestoreStart are the options by which a Restore is started, and started again where it
// is retried: it is refused while one of its id is open.
func RestoreStart(in RestoreInput) client.StartWorkflowOptions {
	return client.StartWorkflowOptions{
		ID: RestoreID(in.Spec.ID), TaskQueue: TaskQueue,
		WorkflowExecutionErrorWhenAlreadyStarted: true,
		StaticSummary:                            "restore of " + in.Spec.BackupID + " to " + in.Spec.Site,
	}
}

// RestoreMemo is the memo field of a Restore that holds its RestoreSummary, as it was when
// its status or phase last changed: lists need no worker.
const RestoreMemo = "restore"

// DestinationMemo is the memo field of a Destination that holds its DestinationInput:
// who holds the lock is told without a worker.
const DestinationMemo = "destination"

// What a Restore can be asked.
var (
	// ApplyRestore accepts the preview (T3).
	ApplyRestore = Update[ApplyRestoreInput, RestoreView]{"Apply"}
	// ShowRestore tells how far a restore is.
	ShowRestore = Query[RestoreView]{"restore"}
	// CancelledBy (above) tells who asks for its cancellation, just before it is cancelled.

	// ShowRestorePhase tells how far one phase of a restore is.
	ShowRestorePhase = Query[PhaseReport]{"phase"}
	// PhaseChanged tells a Restore how far its phase is, about ten times in all, and when
	// the phase begins or ends to wait.
	PhaseChanged = Signal[PhaseReport]{"PhaseChanged"}
)

// RestoreInput is what a Restore is to do.
type RestoreInput struct {
	Spec   restore.Spec  `json:"spec"`
	Limits backup.Limits `json:"limits"` // of the policy, where it is known; the defaults otherwise
	By     string        `json:"by,omitempty"`
	// Apply accepts the preview at once: for drills, and `restore apply --plan`.
	Apply bool `json:"apply,omitempty"`
	// Compare holds the destination against the archive after it was applied.
	Compare bool `json:"compare,omitempty"`
	// Queue is the task queue of the steps; empty means the one that all workers share.
	Queue string `json:"queue,omitempty"`
	// Retry counts the times that a restore which ended INCOMPLETE, FAILED or CANCELLED is tried again
	// (`restore retry`): it goes on in the same folder, with what failed or was not
	// reached. State is what the one before it ended with.
	Retry int          `json:"retry,omitempty"`
	State *RestoreView `json:"state,omitempty"`
}

// ApplyRestoreInput accepts a preview.
type ApplyRestoreInput struct {
	By string `json:"by,omitempty"`
}

// RestoreView is a restore, as it is.
type RestoreView struct {
	ID       string         `json:"id"`
	BackupID string         `json:"backupId"`
	Product  backup.Product `json:"product"`
	Site     string         `json:"site"`
	From     backup.Source  `json:"from"`
	Status   restore.Status `json:"status"`
	// Reason says why it FAILED, was CANCELLED, LAPSED or is INCOMPLETE.
	Reason string `json:"reason,omitempty"`
	// Waiting is what it waits for; empty where it waits for nothing.
	Waiting     string    `json:"waiting,omitempty"`
	By          string    `json:"by,omitempty"`
	RequestedAt time.Time `json:"requestedAt"`
	PlannedAt   time.Time `json:"plannedAt,omitzero"`
	// Until is when the preview lapses.
	Until     time.Time `json:"until,omitzero"`
	AppliedAt time.Time `json:"appliedAt,omitzero"`
	AppliedBy string    `json:"appliedBy,omitempty"`
	// Deadline is when it gives up, from its Apply or its retry on: it is INCOMPLETE then.
	Deadline time.Time        `json:"deadline,omitzero"`
	EndedAt  time.Time        `json:"endedAt,omitzero"`
	Retry    int              `json:"retry,omitempty"`
	Plan     *restore.Summary `json:"plan,omitempty"`
	// Lock says whether it holds the lock of its destination (T4).
	Lock bool `json:"lock,omitempty"`
	// Phase is the phase under way, Phases how far each is; those that compare follow
	// those that restore.
	Phase  string          `json:"phase,omitempty"`
	Phases []PhaseProgress `json:"phases,omitempty"`
	// PhaseID is the id of the workflow of the phase under way, which can be asked
	// (ShowRestorePhase) for what it does at this moment.
	PhaseID string `json:"phaseId,omitempty"`
	// Counts are the outcomes by kind of record: of the phase under way, since two phases may
	// tell of the same record, and of all records as in the report once the restore has ended.
	Counts map[string]restore.Counts `json:"counts,omitempty"`
	// Score is what Compare found.
	Score *restore.Score `json:"score,omitempty"`
}

// RestoreSummary is a Restore's memo: what lists tell. It does not grow with the plan, since
// Temporal warns of a memo of more than 2 KB.
type RestoreSummary struct {
	ID       string         `json:"id"`
	BackupID string         `json:"backupId"`
	Product  backup.Product `json:"product"`
	Site     string         `json:"site"`
	From     backup.Source  `json:"from"`
	Status   restore.Status `json:"status"`
	// Reason is that of the RestoreView, cut where it is long.
	Reason      string    `json:"reason,omitempty"`
	By          string    `json:"by,omitempty"`
	RequestedAt time.Time `json:"requestedAt"`
	// Until is when the preview lapses.
	Until     time.Time `json:"until,omitzero"`
	AppliedAt time.Time `json:"appliedAt,omitzero"`
	EndedAt   time.Time `json:"endedAt,omitzero"`
	Retry     int       `json:"retry,omitempty"`
	// Lock says whether it holds the lock of its destination (T4).
	Lock bool `json:"lock,omitempty"`
	// Phase is the phase under way.
	Phase string `json:"phase,omitempty"`
	// Counts are the outcomes of all kinds together, once the restore has ended.
	Counts restore.Counts `json:"counts"`
	// Perfect is whether Compare found everything as it was that the API can write.
	Perfect bool `json:"perfect,omitempty"`
}

// PhaseProgress is how far a phase is.
type PhaseProgress struct {
	Name    string `json:"name"`
	Title   string `json:"title"`
	Batches int    `json:"batches"`
	Done    int    `json:"done"`
	// Compare is whether it holds what was restored against the archive.
	Compare bool `json:"compare,omitempty"`
}

// RestorePhaseInput is what a RestorePhase is to do.
type RestorePhaseInput struct {
	Spec   restore.Spec  `json:"spec"`
	Limits backup.Limits `json:"limits"`
	Phase  string        `json:"phase"`
	Queue  string        `json:"queue,omitempty"`
	Retry  int           `json:"retry,omitempty"`
	// Compare holds the batches against the archive instead of restoring them.
	Compare bool `json:"compare,omitempty"`
	// Batches is how many there are; 0 where that is not known yet.
	Batches int `json:"batches,omitempty"`
	// Next is the batch to list next, Pending those that were listed and not done, Done how
	// many are, and Counts what they came to: of the runs of this workflow so far.
	Next    int                       `json:"next,omitempty"`
	Pending []restore.Head            `json:"pending,omitempty"`
	Done    int                       `json:"done,omitempty"`
	Counts  map[string]restore.Counts `json:"counts,omitempty"`
}

// PhaseReport is how far a phase is.
type PhaseReport struct {
	Phase   string `json:"phase"`
	Compare bool   `json:"compare,omitempty"`
	Batches int    `json:"batches"`
	Done    int    `json:"done"`
	// Waiting is what it waits for; empty where it waits for nothing.
	Waiting string                    `json:"waiting,omitempty"`
	Counts  map[string]restore.Counts `json:"counts,omitempty"`
}

// RestorePhaseResult is what a phase came to.
type RestorePhaseResult struct {
	Counts map[string]restore.Counts `json:"counts,omitempty"`
}

// DestinationInput says who holds a lock.
type DestinationInput struct {
	Holder string `json:"holder"` // id of a backup or a restore
}
