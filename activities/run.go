package activities

import (
	"time"

	"holdfast/internal/backup"
)

// Run identifies the run that an activity works for; every input of a run's activity has it.
type Run struct {
	Policy    backup.Policy  `json:"policy"` // as fixed when the run started
	BackupID  string         `json:"backupId"`
	Options   backup.Options `json:"options"` // of this run
	StartedAt time.Time      `json:"startedAt"`
	// Sources are the ids of earlier backups of the policy out of which attachments
	// are copied rather than fetched, newest first (backup.Sources).
	Sources []string `json:"sources,omitempty"`
}
