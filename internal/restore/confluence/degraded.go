package confluence

import (
	"slices"
	"strings"
)

// homeIsPage is why a homepage that was a live doc is a page.
const homeIsPage = "the site makes the homepage, as a page: the API does not make it a live doc"

// notFiledAway is why an attachment is in use that was archived.
const notFiledAway = "the API does not archive attachments: it is in use"

// degrades says what of a record differs where a reason says that it is not as it was: of
// anything else a comparison finds that it does. A reason that is not here is about all of it.
var degrades = map[string][]string{
	belowHome:      {"parentId", "parentType"},
	notSelected:    {"parentId", "parentType"},
	notInBackup:    {"parentId", "parentType"},
	notCreated:     {"parentId", "parentType"},
	parentTrashed:  {"parentId", "parentType"},
	parentArchived: {"parentId", "parentType"},
	tooDeep:        {"parentId", "parentType"},
	notInText:      {"properties", "resolutionStatus"},
	belowComment:   {"properties", "resolutionStatus"},
	otherTitle:     {"title", "page.title", "blogpost.title"},
	homeIsPage:     {"subtype"},
	noOwner:        {"ownerId"},
	standIn:        {"ownerId", "body", "page.body", "blogpost.body", "comment.body", "assignedTo"},
	strangers:      {"body", "page.body", "blogpost.body", "comment.body", "assignedTo"},
	noOrigin:       {"properties"},
	oldTitle:       {"page.title", "blogpost.title"},
	emptyShell:     {"body"},
	notArchived:    {"status"},
	notFiledAway:   {"status"},
	newestOnly:     {"version"},
	noMessage:      {"version.message"},
	noLook:         {"custom"},
	notResolved:    {"resolutionStatus"},
	fewerPeople:    {"read.restrictions", "update.restrictions"},
	notPersonal:    {"type"},
	otherType:      {"type"},
	hasHome:        {"homepageId"},
	otherHome:      {"homepageId"},
}

// differing are the fields of a degraded record that may differ, by its reasons; none where
// one of these is about all of it.
func differing(reasons []string) []string {
	var fields []string
	for _, reason := range strings.Split(strings.Join(reasons, "; "), "; ") {
		of, known := degrades[reason]
		if !known {
			return nil
		}
		fields = append(fields, of...)
	}
	slices.Sort(fields)
	return slices.Compact(fields)
}
