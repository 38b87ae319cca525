package jira

// The phases of a restore, in their order.
const (
	phaseProjects = "projects" // projects and what they have beside issues
	phaseIssues   = "issues"   // issues, in the order of their keys
	phaseDetails  = "details"  // what belongs to them, and what refers to them
	phaseLinks    = "links"    // between issues
	phaseBoards   = "boards"   // filters, boards and sprints
	phaseVersions = "versions" // archived, once no issue is to be given them any more
)
