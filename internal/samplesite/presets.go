package samplesite

import (
	"fmt"

	"holdfast/internal/samplesite/content"
)

// Demo is a site of a few projects with so many issues and attachments in all,
// and a little of every other kind of data.
func Demo(issues, attachments int) Config {
	if issues < 0 {
		issues = 0
	}
	shares := []struct {
		key     string
		percent int
	}{{"SHOP", 46}, {"PAY", 27}, {"OPS", 14}, {"WEB", 8}, {"HR", 4}}
	spec := content.Spec{Seed: 2026, Attachments: attachments, Config: modest()}
	left := issues
	for _, s := range shares {
		n := issues * s.percent / 100
		left -= n
		spec.Projects = append(spec.Projects, content.ProjectSpec{Key: s.key, Issues: n, Simplified: s.key == "WEB", Type: map[string]string{"HR": "service_desk"}[s.key]})
	}
	spec.Projects[0].Issues += left
	spec.Projects = append(spec.Projects, content.ProjectSpec{Key: "NEW", Name: "Not begun yet"})
	return Config{Content: spec}
}

// Tough is a site with everything that has broken a backup: a project of 12,000
// issues beside many tiny ones and an empty one, collections past every
// embedded limit and page size, a 200 MB attachment, two attachments of one
// name, names that are paths, and JSON that is easily changed on its way.
func Tough() Config {
	spec := content.Spec{Seed: 12, Users: 150, Attachments: 400}
	spec.Projects = append(spec.Projects, content.ProjectSpec{Key: "BIG", Name: "Very large & old", Issues: 12_000, Versions: 230, Components: 120})
	for i := range 110 {
		spec.Projects = append(spec.Projects, content.ProjectSpec{Key: fmt.Sprintf("T%d", i), Issues: 1 + i%7})
	}
	spec.Projects = append(spec.Projects, content.ProjectSpec{Key: "EMPTY", Name: "Nothing in it"})
	spec.Issues = []content.IssueSpec{
		{Key: "BIG-1", Comments: 250, Changes: 41},
		{Key: "BIG-2", Worklogs: 120, Comments: 100},
		{Key: "BIG-3", Changes: 300, Comments: 101, Worklogs: 21},
		{Key: "BIG-4", Attachments: []content.FileSpec{{Name: "dump.zip", Size: 200 << 20}}},
		{Key: "BIG-5", Attachments: []content.FileSpec{{Name: "same.log", Size: 70_000}, {Name: "same.log", Size: 80_001}}},
		{Key: "BIG-6", Attachments: []content.FileSpec{
			{Name: "../../x", Size: 12}, {Name: "/etc/passwd", Size: 13}, {Name: `..\..\x.log`, Size: 14}, {Name: "a\nb\x7f.png", Size: 15},
			{Name: "empty.csv", Size: 0}, {Name: "\u202egnp.exe", Size: 16}, {Name: "-rf", Size: 17}, {Name: "e\u0301.pdf", Size: 4096}, {Name: "\u00e9.pdf", Size: 4097}}},
		{Key: "BIG-7", Odd: true, Properties: 12, Watchers: 150, Voters: 60, RemoteLinks: 40},
		{Key: "BIG-8", Worklogs: 5_200, Comments: -1, Changes: -1},
		{Key: "BIG-9", Comments: 40, Worklogs: 20, Changes: 40},
		{Key: "BIG-10", Changes: 900}, // with BIG-3 more than one page of changelog/bulkfetch
	}
	return Config{Content: spec}
}
