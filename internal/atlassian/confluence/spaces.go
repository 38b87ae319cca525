package confluence

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"holdfast/internal/atlassian"
	"holdfast/internal/atlassian/kinds"
)

const (
	spacesRoute = "GET " + v2 + "/spaces"
	spaceRoute  = "GET " + v2 + "/spaces/{id}"
)

// spaceStatuses are the statuses that spaces have. Lists are asked for each: the
// OpenAPI document does not say which they give otherwise.
var spaceStatuses = []string{"current", "archived"}

// Containers yields every space that the account can see, archived ones too, page
// by page.
func (c *Confluence) Containers(ctx context.Context, yield func([]atlassian.Container) error) error {
	var ids idSet
	for _, status := range spaceStatuses {
		r := atlassian.Request{Route: spacesRoute, Query: limited(query("status", status, "sort", "id"), pageLimit)}
		err := c.list(ctx, r, func(page []raw) error {
			containers := make([]atlassian.Container, 0, len(page))
			for _, body := range page {
				one := container(body)
				if one.ID == "" || one.Key == "" {
					return atlassian.NewError(atlassian.ClassProtocol, 0, spacesRoute, "a space without id or key")
				}
				if ids.add(one.ID) { // one that is archived meanwhile is in both lists
					containers = append(containers, one)
				}
			}
			if len(containers) == 0 {
				return nil
			}
			return yield(containers)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// container is a space of a list. The site does not say how many pages it has.
func container(body raw) atlassian.Container {
	return atlassian.Container{ID: text(body, "id"), Key: text(body, "key"), Items: -1, Personal: text(body, "type") == "personal"}
}

// Access asks whether the account is an administrator of Confluence and which of
// the spaces it can see.
func (c *Confluence) Access(ctx context.Context, containers []atlassian.Container) (atlassian.Access, error) {
	var access atlassian.Access
	user, err := c.currentUser(ctx, "operations")
	if err != nil {
		return access, err
	}
	for op := range atlassian.Elements(atlassian.Member(user, "operations")) {
		if text(op, "operation") == "administer" && text(op, "targetType") == "application" {
			access.Administer = true
		}
	}
	for chunk := range slices.Chunk(containers, pageLimit) { // OpenAPI: 250 ids at a time
		seen := make(map[string]bool, len(chunk))
		for _, status := range spaceStatuses {
			var ask []string
			for _, one := range chunk {
				if !seen[one.ID] {
					ask = append(ask, one.ID)
				}
			}
			if len(ask) == 0 {
				break
			}
			err := c.list(ctx, atlassian.Request{Route: spacesRoute, Query: limited(url.Values{
				"status": {status}, "ids": {strings.Join(ask, ",")},
			}, pageLimit)}, func(page []raw) error {
				for _, body := range page {
					seen[text(body, "id")] = true
				}
				return nil
			})
			if err != nil {
				return access, err
			}
		}
		for _, one := range chunk {
			if !seen[one.ID] {
				access.Unreadable = append(access.Unreadable, one.Key)
			}
		}
	}
	return access, nil
}

// readable asks whether a space can be read.
func (c *Confluence) readable(ctx context.Context, id string) (bool, error) {
	_, err := c.ask(ctx, atlassian.Request{Route: spaceRoute, Path: []string{id}})
	if kinds.Lost(err) {
		return false, nil
	}
	return err == nil, err
}

// noPermission is the problem of a space that cannot be read any more.
func noPermission(c atlassian.Container) *atlassian.Problem {
	return &atlassian.Problem{Kind: spaceKind, ID: c.ID, Key: c.Key, Container: c.Key, Reason: permissionReason(c)}
}

func permissionReason(c atlassian.Container) string {
	return fmt.Sprintf("no permission on space %s any more: give the account the permission to view it again, or exclude the space", c.Key)
}
