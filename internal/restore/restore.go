// Package restore writes what a backup has into a site (T1 to T6): what is planned,
// how that is cut into batches, what became of each item, and which id it has now.
// What a product is made of, and in which order, is its target's: packages jira and
// confluence below this one.
package restore

import (
	"time"

	"holdfast/internal/backup"
)

// Spec says what a restore is to do. It is fixed when the restore is asked for.
type Spec struct {
	// ID names the restore: "<backup id>.r<time of the request, UTC>", and what NewIDFor adds.
	ID       string         `json:"id"`
	BackupID string         `json:"backupId"`
	PolicyID string         `json:"policyId"` // of the backup
	Product  backup.Product `json:"product"`
	// From says where the backup is read from; Import is then the SHA-256 of the file
	// that was uploaded, the folder below imports/.
	From   backup.Source `json:"from"`
	Import string        `json:"import,omitempty"`
	// Site is the address of the destination, Credential the name of the workers' entry for it.
	Site       string `json:"site"`
	Credential string `json:"credential"`

	Selection Selection `json:"selection,omitzero"`
	Options   Options   `json:"options,omitzero"`
	// Map is the SHA-256 of the mapping file (Overrides), in hex; empty where there is none.
	// The file is in the restore's folder: it may name people, and nothing that does is sent
	// through Temporal.
	Map string `json:"map,omitempty"`
}

// Planned is what the steps after the plan need to know: what is restored, and how, the
// plan in the store has.
func (s Spec) Planned() Spec {
	s.Selection, s.Options, s.Map = Selection{}, Options{}, ""
	return s
}

// Selection says what of a backup is restored (T3); the zero value is all of it.
type Selection struct {
	// Containers are keys of projects or spaces.
	Containers []string `json:"containers,omitempty"`
	// Items are keys of issues ("EE-12"), or ids of pages and blog posts.
	Items []string `json:"items,omitempty"`
	// Children adds all that is below the chosen items: subtasks and issues of an epic, pages below a page.
	Children bool `json:"children,omitempty"`
	// As gives containers another key in the destination, by their key in the backup.
	As map[string]string `json:"as,omitempty"`
}

// All reports whether the whole product is selected.
func (s Selection) All() bool { return len(s.Containers) == 0 && len(s.Items) == 0 }

// Key is the key that a container has in the destination.
func (s Selection) Key(key string) string {
	if as, ok := s.As[key]; ok {
		return as
	}
	return key
}

// Options are how a restore is done.
type Options struct {
	// NoPanels leaves out the panels that say in the text who wrote it and when; the
	// properties that say so are always set (T6).
	NoPanels bool `json:"noPanels,omitempty"`
	// NoAttachments leaves files out.
	NoAttachments bool `json:"noAttachments,omitempty"`
	// Versions is how many of the newest versions of a page are written one after
	// another; 0 and 1 are the current one alone.
	Versions int `json:"versions,omitempty"`
	// Permissions restores the permissions of spaces, roles of projects, and whose filters,
	// dashboards and plans are and whom they are shared with, as far as
	// their users and groups are mapped. Restrictions of pages are always restored.
	Permissions bool `json:"permissions,omitempty"`
	// FallbackUser is the account id in place of users whom the destination does not
	// have; empty means that what needs a user is left out or is the restoring account's.
	FallbackUser string `json:"fallbackUser,omitempty"`
}

// Status is the state of a restore.
type Status string

// The statuses of a restore.
const (
	Planning   Status = "PLANNING"
	Planned    Status = "PLANNED" // its preview waits to be accepted (T3)
	Applying   Status = "APPLYING"
	Complete   Status = "COMPLETE"   // all that was planned is there
	Incomplete Status = "INCOMPLETE" // some of it failed: the report says what, `restore retry` tries it again
	Failed     Status = "FAILED"     // it could not be planned or applied
	Cancelled  Status = "CANCELLED"
	Lapsed     Status = "LAPSED" // nobody accepted the preview in time
)

// Ended reports whether a restore of that status does nothing any more.
func (s Status) Ended() bool { return s != Planning && s != Planned && s != Applying }

// Kept is how long what a restore left in the store is kept after its end.
const Kept = 60 * 24 * time.Hour

// PlanLife is how long a preview waits to be accepted, at most; the end of the
// backup or of its file (T2) comes before that.
const PlanLife = 7 * 24 * time.Hour

// Dir returns the folder of a restore in the store, with a slash at its end.
func Dir(restoreID string) string { return "restores/" + restoreID + "/" }

// ImportDir returns the folder of an uploaded file's content in the store, with a
// slash at its end; below it names are as in any store.
func ImportDir(sha256 string) string { return "imports/" + sha256 + "/" }
