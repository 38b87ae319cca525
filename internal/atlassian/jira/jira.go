// Package jira knows what a Jira site consists of and how to read all of it.
// The kinds of data are the rows of one table (kinds.go); everything else goes
// by that table.
package jira

import (
	"context"
	"errors"
	"io"
	"net/url"
	"strings"

	"holdfast/internal/atlassian"
	"holdfast/internal/atlassian/kinds"
)

// Jira reads one Jira site. It implements atlassian.Product.
type Jira struct {
	client *atlassian.Client
	reader *kinds.Reader
	table  *kinds.Table

	remembered remembered
}

var _ atlassian.Product = (*Jira)(nil)

// New returns a Jira that reads the client's site, without the kinds of these
// names: nothing is asked for them, nor for what belongs to them.
func New(client *atlassian.Client, without ...string) *Jira {
	j := &Jira{client: client, table: kinds.NewTable(table(), without...)}
	j.reader = &kinds.Reader{Client: client, Table: j.table, Source: j}
	return j
}

// Kinds is the table of what is captured, parents before children.
func (j *Jira) Kinds() []atlassian.Kind { return j.table.Kinds() }

// CloudID asks for the site's identity at Atlassian.
func (j *Jira) CloudID(ctx context.Context) (string, error) { return j.client.CloudID(ctx) }

const myself = "GET /rest/api/3/myself"

// Identity asks who we are. It is the one call that Jira does not answer to
// anonymous callers, which is what a refused token makes of us.
func (j *Jira) Identity(ctx context.Context) (atlassian.Identity, error) {
	reply, err := j.client.Do(ctx, atlassian.Request{Route: myself})
	var e *atlassian.Error
	if errors.As(err, &e) && e.Class == atlassian.ClassForbidden {
		// There is nothing to be permitted here: the account has lost Jira itself.
		e.Class = atlassian.ClassCredentials
	}
	if err != nil {
		return atlassian.Identity{}, err
	}
	id := atlassian.Identity{
		AccountID: atlassian.Text(atlassian.Member(reply.Body, "accountId")),
		Name:      atlassian.Text(atlassian.Member(reply.Body, "displayName")),
		TimeZone:  atlassian.Text(atlassian.Member(reply.Body, "timeZone")),
	}
	if id.AccountID == "" {
		return id, atlassian.NewError(atlassian.ClassCredentials, reply.Status, myself, "the site does not say who we are")
	}
	return id, nil
}

// Containers yields every project that the account can see, page by page.
func (j *Jira) Containers(ctx context.Context, yield func([]atlassian.Container) error) error {
	whole, err := j.client.Stream(ctx, projects(url.Values{}), func(page []atlassian.Entry) error {
		containers := make([]atlassian.Container, len(page))
		for i, e := range page {
			containers[i] = container(e)
		}
		return yield(containers)
	})
	if err == nil && !whole {
		err = atlassian.NewError(atlassian.ClassProtocol, 0, projectSearch, "the list of projects does not add up in three reads: try again later")
	}
	return err
}

const projectSearch = "GET /rest/api/3/project/search"

// projects is the list of projects with the number of their issues. The site
// gives 50 by default and reduces more than 100.
func projects(query url.Values) atlassian.Offset {
	query.Set("expand", "insight")
	return atlassian.Offset{Request: atlassian.Request{Route: projectSearch, Query: query}, Items: "values", PageSize: 50}
}

func container(e atlassian.Entry) atlassian.Container {
	c := atlassian.Container{ID: e.ID, Key: atlassian.Text(atlassian.Member(e.Body, "key")), Items: -1}
	if n, ok := atlassian.Int(atlassian.Member(e.Body, "insight", "totalIssueCount")); ok && n >= 0 {
		c.Items = int(n)
	}
	return c
}

// Open opens the bytes of an attachment from offset on.
func (j *Jira) Open(ctx context.Context, a atlassian.Attachment, offset int64) (io.ReadCloser, error) {
	return j.client.Open(ctx, atlassian.Request{Route: "GET /rest/api/3/attachment/content/{id}", Path: []string{a.ID}}, offset, a.Size)
}

// Lists reports whether the attachment's issue, read again, still lists it. An
// issue that cannot be read any more counts as deleted only while its project
// can be read; otherwise nothing is known, and the answer is true.
func (j *Jira) Lists(ctx context.Context, a atlassian.Attachment) (bool, error) {
	reply, err := j.client.Do(ctx, atlassian.Request{
		Route: issueRoute, Path: []string{a.Item}, Query: url.Values{"fields": {"attachment"}},
	})
	if kinds.Lost(err) {
		if _, err := j.Identity(ctx); err != nil {
			return false, err
		}
		project, _, _ := strings.Cut(a.ItemKey, "-")
		readable, err := j.readable(ctx, project)
		return !readable, err
	}
	if err != nil {
		return false, err
	}
	for raw := range atlassian.Elements(atlassian.Member(reply.Body, "fields", "attachment")) {
		if atlassian.Text(atlassian.Member(raw, "id")) == a.ID {
			return true, nil
		}
	}
	return false, nil
}

// End gives nothing back: Jira has nothing that is taken for a run.
func (j *Jira) End(context.Context) error { return nil }

const issueRoute = "GET /rest/api/3/issue/{issueIdOrKey}"
