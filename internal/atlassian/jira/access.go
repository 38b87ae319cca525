package jira

import (
	"context"
	"encoding/json"
	"net/url"

	"holdfast/internal/atlassian"
	"holdfast/internal/atlassian/kinds"
)

const (
	mypermissionsRoute = "GET /rest/api/3/mypermissions"
	permissionsRoute   = "POST /rest/api/3/permissions/check"
	browse             = "BROWSE_PROJECTS"
	// maxProjects is how many projects one permissions/check takes.
	maxProjects = 1000
)

// Access asks whether the account is an administrator of Jira and which of the
// projects it may browse. An administrator sees every project listed, but its
// issues only with BROWSE_PROJECTS.
func (j *Jira) Access(ctx context.Context, containers []atlassian.Container) (atlassian.Access, error) {
	var access atlassian.Access
	reply, err := j.client.Do(ctx, atlassian.Request{Route: mypermissionsRoute, Query: url.Values{"permissions": {"ADMINISTER"}}})
	if err != nil {
		return access, err
	}
	access.Administer = string(atlassian.Member(reply.Body, "permissions", "ADMINISTER", "havePermission")) == "true"
	for len(containers) > 0 {
		n := min(len(containers), maxProjects)
		readable, err := j.browsable(ctx, containers[:n])
		if err != nil {
			return access, err
		}
		for _, c := range containers[:n] {
			if !readable[c.ID] {
				access.Unreadable = append(access.Unreadable, c.Key)
			}
		}
		containers = containers[n:]
	}
	return access, nil
}

// browsable asks in which projects the account has BROWSE_PROJECTS, by id.
func (j *Jira) browsable(ctx context.Context, containers []atlassian.Container) (map[string]bool, error) {
	ids := make([]json.Number, len(containers))
	for i, c := range containers {
		ids[i] = json.Number(c.ID)
	}
	reply, err := j.client.Do(ctx, atlassian.Request{Route: permissionsRoute, Body: map[string]any{
		"projectPermissions": []any{map[string]any{"permissions": []string{browse}, "projects": ids}},
	}})
	if err != nil {
		return nil, err
	}
	granted := make(map[string]bool, len(containers))
	for grant := range atlassian.Elements(atlassian.Member(reply.Body, "projectPermissions")) {
		if atlassian.Text(atlassian.Member(grant, "permission")) != browse {
			continue
		}
		for id := range atlassian.Elements(atlassian.Member(grant, "projects")) {
			granted[atlassian.Text(id)] = true
		}
	}
	return granted, nil
}

// readable asks whether a project, by id or key, and the issues in it can be read.
func (j *Jira) readable(ctx context.Context, project string) (bool, error) {
	reply, err := j.client.Do(ctx, atlassian.Request{Route: projectRoute, Path: []string{project}})
	if kinds.Lost(err) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	id := atlassian.Text(atlassian.Member(reply.Body, "id"))
	granted, err := j.browsable(ctx, []atlassian.Container{{ID: id}})
	return granted[id], err
}
