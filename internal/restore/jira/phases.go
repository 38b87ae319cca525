package jira

// The phases of a restore, in their order. What nothing is to be done in is left out of those from
// filters to plans.
const (
	phaseProjects   = "projects"   // projects and what they have beside issues
	phaseIssues     = "issues"     // issues, in the order of their keys
	phaseDetails    = "details"    // what belongs to them, and what refers to them
	phaseLinks      = "links"      // between issues
	phaseBoards     = "boards"     // boards with their filters, and sprints
	phaseFilters    = "filters"    // the others, and whom filters are shared with
	phaseDashboards = "dashboards" // with their gadgets
	phaseOwners     = "owners"     // of dashboards: from then on the account may not see them any more
	phasePlans      = "plans"
	phaseVersions   = "versions" // archived, once no issue is to be given them any more
)
