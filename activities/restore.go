package activities

import (
	"context"
	"errors"
	"time"

	"holdfast/internal/backup"
	"holdfast/internal/restore"
)

var errRestoreNotYet = errors.New("not there yet")

// RestoreStep names a restore.
type RestoreStep struct {
	Spec   restore.Spec  `json:"spec"`
	Limits backup.Limits `json:"limits"`
}

// FileFound is what an uploaded file is a backup of.
type FileFound struct {
	Backup backup.Backup `json:"backup"` // as its manifest has it: id, status, start
}

// VerifyImport reads every byte of an uploaded file's content and compares it with its
// manifest. Damage is failure Corrupt, an unknown version InvalidArgument.
func (a *Activities) VerifyImport(ctx context.Context, in RestoreStep) (FileFound, error) {
	return FileFound{}, errRestoreNotYet
}

// StoredBackup tells a backup's row from its manifest and state in the store (T1): failure NotAvailable, NotFound.
func (a *Activities) StoredBackup(ctx context.Context, in RestoreStep) (backup.Backup, error) {
	return backup.Backup{}, errRestoreNotYet
}

// PlanRestore makes the plan of a restore and writes it to the store.
func (a *Activities) PlanRestore(ctx context.Context, in RestoreStep) (restore.Summary, error) {
	return restore.Summary{}, errRestoreNotYet
}

// DestinationState says whether the destination is still what the plan was made for.
type DestinationState struct {
	// Changed names the parts of the destination that changed; none where it is the same.
	Changed []string `json:"changed,omitempty"`
}

// CheckDestination reads the destination again and holds it against the plan.
func (a *Activities) CheckDestination(ctx context.Context, in RestoreStep) (DestinationState, error) {
	return DestinationState{}, errRestoreNotYet
}

// ListBatchesInput asks for the batches of a phase from one on.
type ListBatchesInput struct {
	RestoreStep
	Phase string `json:"phase"`
	From  int    `json:"from"`
}

// ListBatchesResult has at most 200 batches; the next call begins after the last.
type ListBatchesResult struct {
	Batches []restore.Head `json:"batches"`
	Total   int            `json:"total"`
}

// ListBatches tells the next batches of a phase.
func (a *Activities) ListBatches(ctx context.Context, in ListBatchesInput) (ListBatchesResult, error) {
	return ListBatchesResult{}, errRestoreNotYet
}

// BatchInput names a batch.
type BatchInput struct {
	RestoreStep
	Phase string `json:"phase"`
	N     int    `json:"n"`
	// Retry is that of the restore: what failed in an earlier try is tried again, the rest stays.
	Retry int `json:"retry,omitempty"`
}

// BatchResult is what a batch came to, by kind of record.
type BatchResult struct {
	Counts map[string]restore.Counts `json:"counts"`
}

// ApplyBatch restores a batch.
func (a *Activities) ApplyBatch(ctx context.Context, in BatchInput) (BatchResult, error) {
	return BatchResult{}, errRestoreNotYet
}

// CompareBatch holds what a batch restored against the archive.
func (a *Activities) CompareBatch(ctx context.Context, in BatchInput) (BatchResult, error) {
	return BatchResult{}, errRestoreNotYet
}

// EndPhaseInput names a phase that is through.
type EndPhaseInput struct {
	RestoreStep
	Phase   string `json:"phase"`
	Compare bool   `json:"compare,omitempty"`
}

// EndPhase joins the ids that the batches of a phase made, for the phases after it.
func (a *Activities) EndPhase(ctx context.Context, in EndPhaseInput) error { return errRestoreNotYet }

// FinishRestoreInput says how a restore ended.
type FinishRestoreInput struct {
	RestoreStep
	Status    restore.Status `json:"status"`
	Reason    string         `json:"reason,omitempty"`
	AppliedAt time.Time      `json:"appliedAt,omitzero"`
	EndedAt   time.Time      `json:"endedAt"`
	By        string         `json:"by,omitempty"`
	Compared  bool           `json:"compared,omitempty"`
}

// FinishRestoreResult is what the report says.
type FinishRestoreResult struct {
	Counts map[string]restore.Counts `json:"counts"`
	Score  *restore.Score            `json:"score,omitempty"`
}

// FinishRestore writes the report of a restore, and of what Compare found, and removes
// the uploaded file and what restores that ended long ago left.
func (a *Activities) FinishRestore(ctx context.Context, in FinishRestoreInput) (FinishRestoreResult, error) {
	return FinishRestoreResult{}, errRestoreNotYet
}

// ReadInput names a read of a policy's backup.
type RestoreReadInput struct {
	PolicyID string `json:"policyId"`
	BackupID string `json:"backupId"`
	ReadID   string `json:"readId"`
}

// BeginRestoreRead keeps a backup in the store from expiring while it is restored, and returns its
// row; a policy that this cluster does not have is no failure: its row is then as the store has it.
func (a *Activities) BeginRestoreRead(ctx context.Context, in RestoreReadInput) (backup.Backup, error) {
	return backup.Backup{}, errRestoreNotYet
}

// EndRestoreRead ends it.
func (a *Activities) EndRestoreRead(ctx context.Context, in RestoreReadInput) error {
	return errRestoreNotYet
}

// DrillSiteInput asks for a sample site to restore a backup into.
type DrillSiteInput struct {
	DrillID  string         `json:"drillId"`
	PolicyID string         `json:"policyId"`
	BackupID string         `json:"backupId"`
	Product  backup.Product `json:"product"`
	Sample   int            `json:"sample,omitempty"`
}

// DrillSiteResult is a sample site that stands on one host.
type DrillSiteResult struct {
	Queue      string   `json:"queue"` // the host's own
	Site       string   `json:"site"`
	Credential string   `json:"credential"`
	Containers []string `json:"containers,omitempty"` // of the sample; none means all
}

// StartDrillSite starts a sample site with the configuration and the users of a backup, empty of
// content, on the host that it runs on. It ends ten minutes after the last step that used it.
func (a *Activities) StartDrillSite(ctx context.Context, in DrillSiteInput) (DrillSiteResult, error) {
	return DrillSiteResult{}, errRestoreNotYet
}

// StopDrillSite ends it.
func (a *Activities) StopDrillSite(ctx context.Context, in DrillSiteInput) error {
	return errRestoreNotYet
}
