package content

// Config is the sizes of what a site holds beside its projects and issues. The
// zero value is what every Jira site has: its issue types, statuses and
// priorities, a default scheme of each sort, three roles and two groups. Numbers
// are counts beyond these.
type Config struct {
	// Accounts is how many accounts no issue names, Apps how many of apps, Former how many were deleted.
	Accounts, Apps, Former int
	Groups                 int
	// Fields is custom fields, TrashedFields those in the trash.
	Fields, TrashedFields int
	// IssueTypes is how many issue types and how many schemes of them.
	IssueTypes int
	Statuses   int
	// Workflows is how many workflows and workflow schemes.
	Workflows int
	// Screens is how many screens and how many schemes of screens of either sort.
	Screens           int
	FieldSchemes      int
	Priorities        int
	PrioritySchemes   int
	Resolutions       int
	LinkTypes         int
	PermissionSchemes int
	Notifications     int // notification schemes
	SecuritySchemes   int
	Roles             int
	Categories        int
	Filters           int
	Dashboards        int
	Boards            int // without any, the site has no sprints either
	Plans             int
	Rules             int // of automation
	Archived, InTrash int // projects
	Customers         int // of each service project
	ProjectProperties int // of each project
	// Deep is the length of the longest list of each sort that is asked for by
	// its owner: contexts of one field, options of one context, sprints of one
	// board, teams of one plan. 0 means 4.
	Deep int
}

// deep is the length of the longest lists, or less for other owners than the first.
func (c Config) deep(owner int) int {
	n := c.Deep
	if n <= 0 {
		n = 4
	}
	if owner > 0 {
		return min(n, 1+owner%4)
	}
	return n
}
