package confluence

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"holdfast/internal/atlassian"
	"holdfast/internal/atlassian/kinds"
)

const (
	spacePagesRoute = "GET " + v2 + "/spaces/{id}/pages"
	spaceBlogsRoute = "GET " + v2 + "/spaces/{id}/blogposts"
	pagesRoute      = "GET " + v2 + "/pages"
	blogsRoute      = "GET " + v2 + "/blogposts"
	searchRoute     = "GET " + v1 + "/search"
)

// The statuses to ask lists for: pages are otherwise given where they are current
// or archived (OpenAPI), blog posts are never archived. Drafts are in no list.
var (
	pageStatuses = []string{"current", "archived", "trashed"}
	blogStatuses = []string{"current", "trashed"}
)

// Census yields the ids of all pages of a space in ascending order, then those of
// its blog posts, then those of the drafts that the account sees. Lists with
// cursors hold no total to count against.
func (c *Confluence) Census(ctx context.Context, space atlassian.Container, yield func(ids []string) error) (*atlassian.Problem, error) {
	var known idSet
	var stopped error
	take := func(id func(raw) string) func([]raw) error {
		return func(page []raw) error {
			var fresh []string
			for _, body := range page {
				one := id(body)
				if one == "" || strings.Trim(one, "0123456789") != "" {
					return atlassian.NewError(atlassian.ClassProtocol, 0, spacePagesRoute, "an item's id is not a number")
				}
				if known.add(one) {
					fresh = append(fresh, one)
				}
			}
			if len(fresh) == 0 {
				return nil
			}
			stopped = yield(fresh)
			return stopped
		}
	}
	for _, r := range []atlassian.Request{
		{Route: spacePagesRoute, Path: []string{space.ID}, Query: limited(url.Values{"sort": {"id"}, "status": pageStatuses}, pageLimit)},
		{Route: spaceBlogsRoute, Path: []string{space.ID}, Query: limited(url.Values{"sort": {"id"}, "status": blogStatuses}, pageLimit)},
	} {
		err := c.list(ctx, r, take(func(body raw) string { return text(body, "id") }))
		if kinds.Lost(err) && stopped == nil {
			return noPermission(space), nil
		}
		if err != nil {
			return nil, err
		}
	}
	err := c.list(ctx, drafts(space.Key), take(func(body raw) string { return text(body, "content", "id") }))
	if stopped != nil {
		return nil, stopped
	}
	return c.draftsRefused(ctx, space, err)
}

// drafts is the search for the pages and blog posts of a space that were never
// published: no list of REST v2 gives them (OpenAPI: status). The search looks into
// archived spaces only when told to.
func drafts(key string) atlassian.Request {
	q := search(key, "page", "blogpost")
	q.Query.Set("cqlcontext", `{"contentStatuses":["draft"]}`)
	return q
}

// search finds the content of some types in a space by CQL.
func search(key string, types ...string) atlassian.Request {
	quoted, _ := json.Marshal(key) // a string of CQL is quoted and escaped as one of JSON
	return atlassian.Request{Route: searchRoute, Query: limited(query(
		"cql", fmt.Sprintf("space = %s and type in (%s)", quoted, strings.Join(types, ", ")),
		"includeArchivedSpaces", "true", "excerpt", "none",
	), pageLimit)}
}

// draftsRefused says what it means that drafts could not be searched for.
func (c *Confluence) draftsRefused(ctx context.Context, space atlassian.Container, err error) (*atlassian.Problem, error) {
	if err == nil {
		return nil, nil
	}
	readable, asked := true, error(nil)
	if kinds.Lost(err) || kinds.BadRequest(err) {
		// CQL calls a space that we may not see one that does not exist.
		readable, asked = c.readable(ctx, space.ID)
	}
	if asked != nil {
		return nil, asked
	}
	if !readable {
		return noPermission(space), nil
	}
	reason, ok := kinds.Reason(err)
	if !ok {
		return nil, err
	}
	return &atlassian.Problem{Kind: spaceKind, ID: space.ID, Key: space.Key, Container: space.Key,
		Reason: "its drafts could not be searched for: " + reason}, nil
}

// Late yields pages and blog posts created in [since, until), from lists of the
// whole site with the newest first.
func (c *Confluence) Late(ctx context.Context, since, until time.Time, yield func(containerID, id string) error) error {
	for _, r := range []atlassian.Request{
		{Route: pagesRoute, Query: limited(url.Values{"sort": {"-created-date"}, "status": pageStatuses}, pageLimit)},
		{Route: blogsRoute, Query: limited(url.Values{"sort": {"-created-date"}, "status": blogStatuses}, pageLimit)},
	} {
		err := c.list(ctx, r, func(page []raw) error {
			for _, body := range page {
				created, err := time.Parse(time.RFC3339, text(body, "createdAt"))
				id, space := text(body, "id"), text(body, "spaceId")
				switch {
				case err != nil || id == "" || space == "":
					return atlassian.NewError(atlassian.ClassProtocol, 0, r.Route, "an item without id, space or date")
				case created.Before(since):
					return errEnough
				case !created.Before(until):
					continue
				}
				if err := yield(space, id); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil && !errors.Is(err, errEnough) {
			return err
		}
	}
	return nil
}

// errEnough ends a list of which no more is wanted.
var errEnough = kinds.ErrEnough
