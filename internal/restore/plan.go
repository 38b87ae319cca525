package restore

import (
	"time"

	"holdfast/internal/backup"
)

// Plan is what a restore is going to do (plan.json in its folder). Lists that grow
// with the site are objects beside it: batches, and mapping.json.
type Plan struct {
	Format int  `json:"format"` // 1
	Spec   Spec `json:"spec"`
	// CloudID is the destination's; Source and SourceCloudID are of the site that was backed up.
	CloudID       string        `json:"cloudId"`
	Source        string        `json:"source"`
	SourceCloudID string        `json:"sourceCloudId"`
	BackupStatus  backup.Status `json:"backupStatus"`
	BackupStarted time.Time     `json:"backupStarted"`
	PlannedAt     time.Time     `json:"plannedAt"`
	// Fingerprint is of all in the destination that the plan depends on, by part
	// ("projects", "fields", …): what has changed can be named.
	Fingerprint map[string]string `json:"fingerprint"`
	Containers  []PlanContainer   `json:"containers"`
	Kinds       []PlanKind        `json:"kinds"`
	// Mapped are the rows of the mapping that are worth reading: what is not simply
	// the same id, and what has no counterpart. At most MaxMapped of each kind.
	Mapped []Mapped `json:"mapped"`
	// Warnings say what to know before it is applied.
	Warnings []string    `json:"warnings,omitempty"`
	Phases   []PlanPhase `json:"phases"`
}

// MaxMapped is how many rows of a kind a plan shows.
const MaxMapped = 200

// PlanContainer is what becomes of a project or space.
type PlanContainer struct {
	ID          string `json:"id"`
	Key         string `json:"key"`
	As          string `json:"as"`   // its key in the destination
	Name        string `json:"name"` // content: stays in the store
	Items       int    `json:"items"`
	Attachments int    `json:"attachments"`
	Bytes       int64  `json:"bytes"` // of attachments
	// Skip says why it is not restored; empty where it is.
	Skip string `json:"skip,omitempty"`
}

// PlanKind counts the records of one kind.
type PlanKind struct {
	Kind    string `json:"kind"`
	Title   string `json:"title"`
	Archive int    `json:"archive"` // in the backup, of what is selected
	Create  int    `json:"create"`
	Skip    int    `json:"skip"`
	Cannot  int    `json:"cannot"`
	Note    string `json:"note,omitempty"` // why it is skipped or cannot be restored
}

// How says how a counterpart was found.
type How string

// The ways to find a counterpart, the first that applies.
const (
	ByFile     How = "mapping file"
	ByID       How = "same id"
	ByEmail    How = "same e-mail"
	ByName     How = "same name"
	ByFallback How = "fallback"
	ByNothing  How = "none"
)

// Mapped is what one thing of the backup's configuration is in the destination.
type Mapped struct {
	Kind   string `json:"kind"`
	ID     string `json:"id"`
	Name   string `json:"name,omitempty"`
	To     string `json:"to,omitempty"` // id; empty where there is none
	ToName string `json:"toName,omitempty"`
	How    How    `json:"how"`
	// Effect says what the lack of it means; empty where there is a counterpart.
	Effect string `json:"effect,omitempty"`
}

// PlanPhase is a step of the restore, of so many batches.
type PlanPhase struct {
	Name    string `json:"name"`
	Title   string `json:"title"` // for people: "issues"
	Batches int    `json:"batches"`
}

// Summary is what of a plan travels: references and counts.
type Summary struct {
	CloudID       string        `json:"cloudId"`
	BackupStatus  backup.Status `json:"backupStatus"`
	BackupStarted time.Time     `json:"backupStarted"`
	Containers    int           `json:"containers"` // that are created
	Skipped       int           `json:"skipped"`    // containers
	Items         int           `json:"items"`
	Attachments   int           `json:"attachments"`
	Bytes         int64         `json:"bytes"`
	Unmapped      int           `json:"unmapped"` // of the configuration, what has no counterpart
	Cannot        int           `json:"cannot"`   // records that can't be restored
	Warnings      int           `json:"warnings"`
	Phases        []PlanPhase   `json:"phases"`
}
