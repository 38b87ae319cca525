package jira

import (
	"encoding/json"
	"strings"

	"holdfast/internal/restore"
)

// Why a field can't be written. The sources are Atlassian's OpenAPI documents of the
// calls that write it, which have no such member, or say that it is read-only.
const (
	bySite   = "the site makes it"
	byAuthor = "the API writes in the name of the account that restores"
	byClock  = "the API writes with the time of the restore"
	byIssue  = "it follows from other fields"
	byReader = "it is about the account that reads"
)

// rules are those of a kind.
func (c *comparing) rules(kind string) restore.Rules {
	no := func(reason string, paths ...string) restore.Rules {
		var all restore.Rules
		for _, path := range paths {
			all = append(all, restore.Rule{Path: path, Unwritable: reason})
		}
		return all
	}
	document := func(path string) restore.Rule {
		return restore.Rule{Path: path, Want: c.adfWant, Got: c.adfGot, Whole: true}
	}
	switch kind {
	case "issue":
		rules := no(bySite, "id", "self", "expand", "fields.lastViewed", "fields.thumbnail", "fields.issuerestriction", "fields.statusCategory")
		rules = append(rules, no(byAuthor, "fields.creator")...)
		rules = append(rules, no(byClock, "fields.created", "fields.updated", "fields.resolutiondate", "fields.statuscategorychangedate")...)
		rules = append(rules, no(byIssue, "fields.progress", "fields.aggregateprogress", "fields.workratio", "fields.timetracking.timeSpent", "fields.timetracking.timeSpentSeconds", "fields.timespent", "fields.timeestimate", "fields.timeoriginalestimate", "fields.aggregatetimespent",
			"fields.aggregatetimeestimate", "fields.aggregatetimeoriginalestimate")...)
		rules = append(rules, no("the API votes for nobody else", "fields.votes")...)
		for _, path := range []string{"changelog", "fields.comment", "fields.worklog", "fields.attachment", "fields.subtasks", "fields.watches"} {
			rules = append(rules, restore.Rule{Path: path, Elsewhere: true})
		}
		for _, path := range []string{"fields.components", "fields.versions", "fields.fixVersions", "fields.issuelinks", "fields.labels"} {
			rules = append(rules, restore.Rule{Path: path, By: "."})
		}
		return append(rules, document("fields.description"), document("fields.environment"), document("custom.textarea.*"))
	case "comment":
		return append(append(no(bySite, "id", "self"), append(no(byAuthor, "author", "updateAuthor"), no(byClock, "created", "updated")...)...), document("body"))
	case "worklog":
		return append(append(no(bySite, "id", "self", "issueId"), append(no(byAuthor, "author", "updateAuthor"), no(byClock, "created", "updated")...)...), document("comment"))
	case "remotelink":
		return no(bySite, "id", "self")
	case "watchers":
		return append(append(no(bySite, "self"), no(byReader, "isWatching")...), restore.Rule{Path: "watchers", By: "."})
	case "attachment":
		return append(no(bySite, "id", "self", "content"), append(no(byAuthor, "author"), no(byClock, "created")...)...)
	case "project":
		rules := no(bySite, "id", "self", "expand", "avatarUrls", "uuid", "entityId", "insight", "isPrivate", "favourite")
		for _, path := range []string{"components", "versions", "properties", "issueTypes", "roles", "issueTypeHierarchy"} {
			rules = append(rules, restore.Rule{Path: path, Elsewhere: true})
		}
		return append(rules, restore.Rule{Path: "key", Want: c.projectKey})
	case "version":
		return append(no(bySite, "id", "self"), restore.Rule{Path: "projectId", Want: c.projectID})
	case "component":
		return append(no(bySite, "id", "self"), restore.Rule{Path: "projectId", Want: c.projectID}, restore.Rule{Path: "project", Want: c.projectKey})
	}
	return c.sharedRules(kind)
}

// projectKey is the key that a project has in the destination.
func (c *comparing) projectKey(v json.RawMessage) (json.RawMessage, error) {
	var key string
	if json.Unmarshal(v, &key) != nil {
		return v, nil
	}
	return text(c.job.Plan.Spec.Selection.Key(key)), nil
}

// projectID is the id that the project of the batch has in the destination: a number.
func (c *comparing) projectID(v json.RawMessage) (json.RawMessage, error) {
	if isNull(v) {
		return v, nil
	}
	return json.RawMessage(c.there), nil
}

// withoutFieldID leaves the id of a custom field out of a path: its type says more.
func withoutFieldID(path string) string {
	parts := strings.Split(path, ".customfield_")
	if len(parts) < 2 {
		return path
	}
	_, rest, deeper := strings.Cut(parts[1], ".")
	if !deeper {
		return parts[0] + strings.TrimLeft(parts[1], "0123456789")
	}
	return parts[0] + "." + rest
}
