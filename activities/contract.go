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

type HostAPI interface {
	Export(context.Context, StepInput) (ExportResult, error)
	Compress(context.Context, StepInput) (CompressResult, error)
	Upload(context.Context, StepInput) (UploadResult, error)
	Touch(context.Context, StepInput) error
	Release(context.Context, StepInput) error
}
