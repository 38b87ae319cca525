package activities

import (
	"context"
	"time"

	"holdfast/internal/backup"
)

// Run identifies the run that an activity works for; every input of a run's activity has it.
type Run struct {
	Policy    backup.Policy  `json:"policy"` // as fixed when the run started
	BackupID  string         `json:"backupId"`
	Options   backup.Options `json:"options"` // of this run
	StartedAt time.Time      `json:"startedAt"`
}

type PreflightInput struct {
	Site       string         `json:"site"`
	Product    backup.Product `json:"product"`
	Credential string         `json:"credential"`
	// CloudID, where set, must be the site's; otherwise SiteGone.
	CloudID string `json:"cloudId,omitempty"`
	// PolicyID, where set, has owner.json written or checked for Installation (Owned).
	PolicyID     string `json:"policyId,omitempty"`
	Installation string `json:"installation,omitempty"`
}
type PreflightResult struct {
	CloudID    string   `json:"cloudId"`
	AccountID  string   `json:"accountId"`
	Containers int      `json:"containers"`
	Items      int      `json:"items"`           // as the site counts them; a hint for progress
	Lacks      []string `json:"lacks,omitempty"` // permissions that are missing and what each costs, for the operator; at most 20 lines
}

// ListContainers writes runs/<id>/containers/<page>.<tag>.json (pages of at most 50 containers, excluded ones left out).
type ListContainersInput struct {
	Run Run `json:"run"`
	Try int `json:"try"` // how often the workflow has asked; part of object names
}
type ListContainersResult struct {
	Tag        string   `json:"tag"` // names the objects that this call wrote: "<try>-<activity attempt>"
	Pages      int      `json:"pages"`
	Containers int      `json:"containers"`
	Items      int      `json:"items"`
	NotFound   []string `json:"notFound,omitempty"` // excluded keys that do not exist
}

// Census lists all ids of one page of containers and cuts them into shards:
// runs/<id>/shards/<shard>.<tag>.json.
type CensusInput struct {
	Run  Run    `json:"run"`
	Try  int    `json:"try"`
	Page int    `json:"page"`
	Tag  string `json:"tag"` // of ListContainersResult
}
type CensusResult struct {
	Tag     string    `json:"tag"`
	Shards  int       `json:"shards"` // ShardID(page, 0) … ShardID(page, Shards-1)
	Items   int       `json:"items"`
	TakenAt time.Time `json:"takenAt"`
	Short   int       `json:"short"` // containers whose census does not add up (problems object has them): INCOMPLETE
}

// CheckAccount asks who we are, in mid-run and at its end. CredentialsRefused, SiteGone.
type CheckAccountInput struct {
	Run       Run    `json:"run"`
	AccountID string `json:"accountId"`
}

// LateSearch finds issues created before the start that the census did not have
// yet and writes shards for them (page "late").
type LateSearchInput struct {
	Run            Run        `json:"run"`
	Try            int        `json:"try"`
	Shards         []ShardSet `json:"shards"` // the census
	ContainerPages int        `json:"containerPages"`
	ContainerTag   string     `json:"containerTag"`
}

// ShardSet names the shards that one Census wrote.
type ShardSet struct {
	Page   int    `json:"page"`
	Shards int    `json:"shards"`
	Tag    string `json:"tag"`
}

// Lease is a scratch slot on one host, held for one attempt of one shard.
type Lease struct {
	Queue   string `json:"queue"` // the host's own task queue
	Slot    int    `json:"slot"`
	Shard   string `json:"shard"`
	Attempt int    `json:"attempt"`
	Host    string `json:"host"` // for people
}
type AcquireScratchInput struct {
	BackupID   string `json:"backupId"`
	Credential string `json:"credential"` // a worker without it answers NoCredential
	Shard      string `json:"shard"`
	Attempt    int    `json:"attempt"`
}

// ShardRef names a shard's list object: runs/<backup>/shards/<ID>.<Tag>.json. ID "site" has no list.
type ShardRef struct {
	ID  string `json:"id"`
	Tag string `json:"tag"`
}
type StepInput struct { // of Export, Compress, Upload, Touch, Release
	Run   Run      `json:"run"`
	Shard ShardRef `json:"shard"`
	Lease Lease    `json:"lease"`
}
type ExportResult struct {
	Items           int   `json:"items"`
	Records         int   `json:"records"`
	Gone            int   `json:"gone"`
	Missing         int   `json:"missing"`
	RawBytes        int64 `json:"rawBytes"`
	Segments        int   `json:"segments"`
	Attachments     int   `json:"attachments"` // to fetch
	AttachmentBytes int64 `json:"attachmentBytes"`
	// Rest, where set, names a new shard for what did not fit into the slot.
	Rest *ShardRef `json:"rest,omitempty"`
}
type CompressResult struct {
	Bytes int64 `json:"bytes"`
}

// UploadResult names runs/<backup>/results/<shard>.<attempt>.json, which lists segments, index, counts and problems.
type UploadResult struct {
	Counts backup.Counts `json:"counts"`
	Object string        `json:"object"`
}
type VerifyShardInput struct {
	Run    Run      `json:"run"`
	Shard  ShardRef `json:"shard"`
	Result string   `json:"result"` // UploadResult.Object
}

// StepProgress is the heartbeat detail of every step: what is durably done.
type StepProgress struct {
	Items       int   `json:"items"`
	Attachments int   `json:"attachments"`
	Bytes       int64 `json:"bytes"`
}

// Winner is the attempt of a shard that counts.
type Winner struct {
	Shard  ShardRef `json:"shard"`
	Result string   `json:"result,omitempty"` // empty: given up; Reason says why
	Reason string   `json:"reason,omitempty"`
}

// SaveWinners appends what a batch achieved to the run's folder: runs/<id>/winners/<batch>.json (at most 40 + rests).
type SaveWinnersInput struct {
	Run     Run      `json:"run"`
	Batch   string   `json:"batch"`
	Winners []Winner `json:"winners"`
}

// Seal reads containers, shards, winners and results, proves the census, and
// writes SHA256SUMS, report.json, state.json and, last, manifest.json; deletes
// objects of losing attempts and the run's folder.
type SealInput struct {
	Run            Run                  `json:"run"`
	AccountID      string               `json:"accountId"`
	Containers     ListContainersResult `json:"containers"`
	Shards         []ShardSet           `json:"shards"` // census and late, in order
	Batches        []string             `json:"batches"`
	CensusAt       time.Time            `json:"censusAt"`
	Baseline       backup.Baseline      `json:"baseline"` // S6: the last backup of the same selection
	AcceptSmaller  bool                 `json:"acceptSmaller"`
	DeadlinePassed bool                 `json:"deadlinePassed"`
	By             string               `json:"by"`
	Now            time.Time            `json:"now"` // the workflow's clock
}
type SealResult struct {
	Status backup.Status `json:"status"`
	Reason string        `json:"reason,omitempty"`
	Counts backup.Counts `json:"counts"`
}

// Discard removes what a failed or cancelled run left: the data, the run's folder; leaves state.json with FAILED.
type DiscardInput struct {
	Run    Run       `json:"run"`
	Reason string    `json:"reason"`
	By     string    `json:"by"`
	Now    time.Time `json:"now"`
}

// WritePolicy writes policy.json.
type WritePolicyInput struct {
	Policy            backup.Policy   `json:"policy"`
	Backups           []backup.Backup `json:"backups"`
	LastCompleteStart time.Time       `json:"lastCompleteStart,omitzero"`
	Version           int64           `json:"version"` // grows with each change; an older one never overwrites a newer one
}

// VerifyBackup reads a whole backup from the store.
type VerifyBackupInput struct {
	PolicyID string `json:"policyId"`
	BackupID string `json:"backupId"`
}
type VerifyBackupResult struct {
	Counts       backup.Counts `json:"counts"`
	Problems     []string      `json:"problems,omitempty"` // at most 20
	ProblemCount int           `json:"problemCount"`
	Readable     bool          `json:"readable"` // the manifest could be read
}

type RunAPI interface {
	Preflight(context.Context, PreflightInput) (PreflightResult, error)
	ListContainers(context.Context, ListContainersInput) (ListContainersResult, error)
	Census(context.Context, CensusInput) (CensusResult, error)
	CheckAccount(context.Context, CheckAccountInput) error
	LateSearch(context.Context, LateSearchInput) (CensusResult, error)
	AcquireScratch(context.Context, AcquireScratchInput) (Lease, error)
	Verify(context.Context, VerifyShardInput) error
	SaveWinners(context.Context, SaveWinnersInput) error
	Seal(context.Context, SealInput) (SealResult, error)
	Discard(context.Context, DiscardInput) error
	WritePolicy(context.Context, WritePolicyInput) error
	VerifyBackup(context.Context, VerifyBackupInput) (VerifyBackupResult, error)
}
type HostAPI interface {
	Export(context.Context, StepInput) (ExportResult, error)
	Compress(context.Context, StepInput) (CompressResult, error)
	Upload(context.Context, StepInput) (UploadResult, error)
	Touch(context.Context, StepInput) error
	Release(context.Context, StepInput) error
}
