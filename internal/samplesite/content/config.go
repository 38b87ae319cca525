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
	Customers         int // of the first service project; others have a third of them
	ProjectProperties int // of each project
	// Deep is the length of the longest list of each sort that is asked for by
	// its owner: contexts of one field, options of one context, sprints of one
	// board, teams of one plan. 0 means 4, and it is at most 150.
	Deep int
}

// deep is the length of the longest lists, or less for other owners than the first.
func (c Config) deep(owner int) int {
	n := min(c.Deep, maxDeep)
	if n == 0 {
		n = 4
	}
	if owner > 0 {
		return min(n, 1+owner%4)
	}
	return n
}

// maxDeep is how far the ids of one owner's entries are apart from the next one's.
const maxDeep = 150

// negative reports whether a size is below 0.
func (c Config) negative() bool {
	return min(c.Accounts, c.Apps, c.Former, c.Groups, c.Fields, c.TrashedFields, c.IssueTypes, c.Statuses, c.Workflows, c.Screens, c.FieldSchemes,
		c.Priorities, c.PrioritySchemes, c.Resolutions, c.LinkTypes, c.PermissionSchemes, c.Notifications, c.SecuritySchemes, c.Roles, c.Categories,
		c.Filters, c.Dashboards, c.Boards, c.Plans, c.Rules, c.Archived, c.InTrash, c.Customers, c.ProjectProperties, c.Deep) < 0
}
