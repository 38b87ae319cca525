package samplesite

import (
	"fmt"

	"holdfast/internal/samplesite/content"
)

// Everything is a site with every kind of data, each in such a number that its
// list passes its first page, and few issues: 1,500 users, 60 groups, 25
// boards, 200 filters, 105 projects of each type, classic and team-managed.
func Everything() Config {
	spec := content.Spec{Seed: 3, Users: 120, Attachments: 12, Config: content.Config{
		Accounts: 1280, Apps: 25, Former: 15, Customers: 60, Groups: 58, Fields: 105, TrashedFields: 105, IssueTypes: 110, Statuses: 220, Workflows: 105,
		Screens: 105, FieldSchemes: 105, Priorities: 50, PrioritySchemes: 55, Resolutions: 55, LinkTypes: 12, PermissionSchemes: 20, Notifications: 55,
		SecuritySchemes: 55, Roles: 4, Categories: 12, Filters: 175, Dashboards: 160, Boards: 25, Plans: 60, Rules: 105, Archived: 105, InTrash: 105,
		ProjectProperties: 2, Deep: 105,
	}}
	spec.Projects = append(spec.Projects, content.ProjectSpec{Key: "ONE", Name: "One & all", Issues: 260})
	for i := range 97 {
		p := content.ProjectSpec{Key: fmt.Sprintf("P%d", i), Issues: i % 3}
		switch i % 5 {
		case 1:
			p.Simplified = true
		case 3:
			p.Type = "business"
		}
		spec.Projects = append(spec.Projects, p)
	}
	for i := range 7 {
		spec.Projects = append(spec.Projects, content.ProjectSpec{Key: fmt.Sprintf("DESK%d", i), Issues: 2, Type: "service_desk"})
	}
	return Config{Content: spec}
}

// modest is what the demo shows of every kind.
func modest() content.Config {
	return content.Config{
		Accounts: 12, Apps: 3, Former: 2, Customers: 9, Groups: 5, Fields: 18, TrashedFields: 2, IssueTypes: 4, Statuses: 6, Workflows: 5, Screens: 4,
		FieldSchemes: 2, Priorities: 2, PrioritySchemes: 2, Resolutions: 3, LinkTypes: 3, PermissionSchemes: 2, Notifications: 2, SecuritySchemes: 2, Roles: 2,
		Categories: 3, Filters: 12, Dashboards: 4, Boards: 7, Plans: 3, Rules: 6, Archived: 1, InTrash: 1, ProjectProperties: 1,
	}
}
