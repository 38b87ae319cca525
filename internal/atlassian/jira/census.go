package jira

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"time"

	"holdfast/internal/atlassian"
	"holdfast/internal/atlassian/kinds"
)

const searchRoute = "POST /rest/api/3/search/jql"

// search is the list of what a bounded JQL finds. A page holds up to 5,000
// where only ids are asked for, fewer where more is, and the site decides.
func search(jql, field string) atlassian.Tokens {
	return atlassian.Tokens{
		Request: atlassian.Request{Route: searchRoute},
		Body:    map[string]any{"jql": jql, "fields": []string{field}, "maxResults": 5000},
		Items:   "issues",
	}
}

// Census yields the ids of all issues of a project in the order of their keys.
// Each walk continues to count the same set of ids, so that an issue that an
// eventually consistent index shows in one walk only is counted.
func (j *Jira) Census(ctx context.Context, c atlassian.Container, yield func(ids []string) error) (*atlassian.Problem, error) {
	l := search(fmt.Sprintf("project = %s ORDER BY key ASC", c.ID), "id")
	var ids kinds.IDSet
	truncated := false
	for range atlassian.Walks {
		whole, err := j.client.Pages(ctx, l, func(page []json.RawMessage) error {
			fresh, err := addAll(&ids, page)
			if err != nil || len(fresh) == 0 {
				return err
			}
			return yield(fresh)
		})
		if kinds.BadRequest(err) {
			// JQL calls a project that we may not see a value that does not exist.
			if readable, asked := j.readable(ctx, c.ID); asked != nil || !readable {
				return noPermission(c), asked
			}
		}
		if err != nil {
			return nil, err
		}
		truncated = !whole
		if whole && ids.Len() >= c.Items {
			return nil, nil
		}
		total, found, err := j.total(ctx, c.ID)
		if err != nil {
			return nil, err
		}
		if !found {
			return noPermission(c), nil
		}
		if total >= 0 {
			c.Items = total
		}
		if whole && ids.Len() >= c.Items {
			return nil, nil
		}
	}
	reason := fmt.Sprintf("the search finds %d of %d issues in three reads: some are hidden from the account, or not indexed yet", ids.Len(), c.Items)
	if truncated {
		reason = "the site says that the search's result is truncated"
	}
	return problem(projectKind, c.ID, c, reason), nil
}

// total asks again how many issues a project has.
func (j *Jira) total(ctx context.Context, id string) (n int, found bool, err error) {
	n = -1
	_, err = j.client.Stream(ctx, projects(url.Values{"id": {id}}), func(page []atlassian.Entry) error {
		for _, e := range page {
			if e.ID == id {
				n, found = container(e).Items, true
			}
		}
		return nil
	})
	return n, found, err
}

// Late yields issues created in [since, until) by one search over the site.
// Times are milliseconds since 1970: JQL reads anything else in the account's
// time zone and cuts it to minutes.
func (j *Jira) Late(ctx context.Context, since, until time.Time, yield func(containerID, id string) error) error {
	jql := fmt.Sprintf("created >= %d AND created < %d ORDER BY created ASC", since.UnixMilli(), until.UnixMilli())
	var ids kinds.IDSet
	whole, err := j.client.Pages(ctx, search(jql, "project"), func(page []json.RawMessage) error {
		for _, raw := range page {
			fresh, err := addAll(&ids, []json.RawMessage{raw})
			if err != nil {
				return err
			}
			project := atlassian.Text(atlassian.Member(raw, "fields", "project", "id"))
			if project == "" {
				return atlassian.NewError(atlassian.ClassProtocol, 0, searchRoute, "an issue without a project")
			}
			for _, id := range fresh {
				if err := yield(project, id); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err == nil && !whole {
		err = atlassian.NewError(atlassian.ClassProtocol, 0, searchRoute, "the site says that the search's result is truncated")
	}
	return err
}

// addAll adds the ids of issues and returns those that are new.
func addAll(ids *kinds.IDSet, issues []json.RawMessage) ([]string, error) {
	var fresh []string
	for _, raw := range issues {
		id := atlassian.Text(atlassian.Member(raw, "id"))
		isNew, err := ids.Add(id)
		if err != nil {
			return nil, atlassian.NewError(atlassian.ClassProtocol, 0, searchRoute, "an issue's id is not a number")
		}
		if isNew {
			fresh = append(fresh, id)
		}
	}
	return fresh, nil
}
