package jira

import (
	"context"

	"holdfast/internal/atlassian"
	"holdfast/internal/atlassian/kinds"
)

const bulkRoute = "POST /rest/api/3/issue/bulkfetch"

// issue is an issue as bulkfetch sent it.
type issue struct {
	kinds.Owner
	project string     // id of the project it is in now
	history *histories // where its embedded history is cut
}

// bulk is a reply of bulkfetch. What is neither in issues nor in failed was
// left out silently: it is absent or hidden.
type bulk struct {
	issues map[string]*issue
	failed map[string]bool // the site says that it may be asked again
}

// fetch asks for up to 100 issues with all fields and the newest entries of
// their history, whose total proves whether they are all.
func (j *Jira) fetch(ctx context.Context, ids []string) (bulk, error) {
	reply, err := j.client.Do(ctx, atlassian.Request{Route: bulkRoute, Body: map[string]any{
		"issueIdsOrKeys": ids, "fields": []string{"*all"}, "expand": []string{"changelog"},
	}})
	if err != nil {
		return bulk{}, err
	}
	list := atlassian.Member(reply.Body, "issues")
	if !atlassian.IsArray(list) {
		return bulk{}, atlassian.NewError(atlassian.ClassProtocol, reply.Status, bulkRoute, "the reply has no list issues")
	}
	b := bulk{issues: make(map[string]*issue, len(ids)), failed: map[string]bool{}}
	at := kinds.Now()
	for raw := range atlassian.Elements(list) {
		i := &issue{project: atlassian.Text(atlassian.Member(raw, "fields", "project", "id"))}
		i.ID = atlassian.Text(atlassian.Member(raw, "id"))
		i.Key = atlassian.Text(atlassian.Member(raw, "key"))
		i.Body, i.At = raw, at
		b.issues[i.ID] = i
	}
	for raw := range atlassian.Elements(atlassian.Member(reply.Body, "issueErrors")) {
		b.failed[atlassian.Text(atlassian.Member(raw, "id"))] = true
	}
	return b, nil
}
