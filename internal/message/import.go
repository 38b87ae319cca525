package message

import (
	"time"

	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"holdfast/internal/backup"
)

// ImportResult is what an Import did.
type ImportResult struct {
	PolicyID string `json:"policyId"`
	// Known is whether there was such a policy already: nothing was imported then.
	Known     bool `json:"known,omitempty"`
	Backups   int  `json:"backups"`
	Available int  `json:"available"` // COMPLETE and INCOMPLETE, not expired
	// Notes tell what is missing or damaged in the store, and what was removed.
	Notes []string `json:"notes,omitempty"`
}

// StoredResult is what the workers' store has.
type StoredResult struct {
	Store    string         `json:"store"` // its address
	Policies []StoredPolicy `json:"policies"`
	// More is how many further policies there are: name those that matter.
	More int `json:"more,omitempty"`
}

// StoredPolicy is a policy as the store has it.
type StoredPolicy struct {
	ID   string `json:"id"`
	Site string `json:"site,omitempty"`
	// Owner is the installation that controls it; Ours is whether that is this one, or nobody.
	Owner     string    `json:"owner,omitempty"`
	Ours      bool      `json:"ours"`
	Backups   int       `json:"backups"`
	Available int       `json:"available"`
	Newest    time.Time `json:"newest,omitzero"` // start of the newest backup
	// Problem says why it can't be read, or what is missing.
	Problem string `json:"problem,omitempty"`
}

// Unreadable reports whether there is no policy in it that could be imported.
func (p StoredPolicy) Unreadable() bool { return p.Site == "" }

// StoredWorkflow is the type of the workflow that looks what the workers' store has.
const StoredWorkflow = "Stored"

// StoredID is the id of such a look at a time.
func StoredID(at time.Time) string { return "stored/" + at.UTC().Format("20060102T150405.000000Z") }

// PolicyStart are the options by which the workflow of a policy is started where it
// does not run yet, together with an update.
func PolicyStart(p backup.Policy) client.StartWorkflowOptions {
	return client.StartWorkflowOptions{
		ID: PolicyID(p.ID), TaskQueue: TaskQueue,
		WorkflowIDConflictPolicy: enums.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
		StaticSummary:            "backups of " + string(p.Product) + " of " + p.Site,
	}
}
