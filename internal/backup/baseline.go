package backup

// Baseline is what the last COMPLETE or INCOMPLETE backup of the same selection
// held; S6 measures a new backup against it. The zero value means that there is none.
type Baseline struct {
	Backup     string `json:"backup,omitempty"`
	Containers int    `json:"containers"`
	Items      int    `json:"items"`
}
