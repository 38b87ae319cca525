package content

// Spec is the seed and the sizes that content is generated from. The same Spec
// gives the same bytes.
type Spec struct {
	Seed     uint64
	Users    int // accounts; 0 means 40
	Projects []ProjectSpec
	// Attachments is how many are spread over the issues, beside those of Issues.
	Attachments int
	// Issues overrides the sizes of single issues.
	Issues []IssueSpec
	// Config is the sizes of all that is neither project nor issue.
	Config Config
}

// ProjectSpec is a project and its size.
type ProjectSpec struct {
	Key    string
	Name   string // "" means one made up
	Issues int
	// Type is "software", "service_desk" or "business"; "" means software.
	Type string
	// Simplified makes it a team-managed project.
	Simplified bool
	// Versions and Components are how many it has; 0 leaves what the seed gives.
	Versions, Components int
}

// IssueSpec sets the sizes of one issue exactly. A count of 0 leaves what the
// seed gives, a negative one means none.
type IssueSpec struct {
	Key         string
	Comments    int
	Worklogs    int
	Changes     int
	RemoteLinks int
	Properties  int
	Watchers    int
	Voters      int
	Attachments []FileSpec
	// Odd puts JSON into the issue that decoders and encoders like to change.
	Odd bool
}

// FileSpec is an attachment.
type FileSpec struct {
	Name string
	Size int64
}
