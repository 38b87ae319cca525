package confluence

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"holdfast/internal/atlassian"
	"holdfast/internal/atlassian/kinds"
)

const (
	restrictionRoute = "GET " + v1 + "/content/{id}/restriction/byOperation/{operationKey}"
	// restrictionLimit is how many users or groups are asked for at a time: the
	// default of the OpenAPI document, which names no maximum.
	restrictionLimit = 100
)

// readRestrictions reads who may view and edit an item: one record for all, and one
// for each further page of a list of users or groups that came cut.
func readRestrictions(ctx context.Context, r *kinds.Reader, of kinds.Owner, yield func(kinds.Page) error) (kinds.Outcome, error) {
	var out kinds.Outcome
	q := r.Table.Row("restriction").Request(of)
	reply, err := r.Client.Do(ctx, q)
	if err != nil {
		return out, err
	}
	if !atlassian.IsObject(reply.Body) {
		return out, atlassian.NewError(atlassian.ClassProtocol, reply.Status, q.Route, "the reply is not an object")
	}
	if err := yield(oneEntry(of.ID, reply.Body)); err != nil {
		return out, err
	}
	for operation, value := range atlassian.Members(reply.Body) {
		for _, who := range []string{"user", "group"} {
			start, more := restricted(value, who, 0)
			for more {
				reply, err := r.Client.Do(ctx, atlassian.Request{
					Route: restrictionRoute, Path: []string{of.ID, operation},
					Query: query("expand", "restrictions."+who, "start", strconv.Itoa(start), "limit", strconv.Itoa(restrictionLimit)),
				})
				if err != nil {
					return out, err
				}
				at := start
				if start, more = restricted(reply.Body, who, at); start == at {
					if more {
						out.Reason = "not whole: the site ends a list before its last entry"
					}
					break
				}
				if err := yield(oneEntry(fmt.Sprintf("%s.%s.%s.%d", of.ID, operation, who, at), reply.Body)); err != nil {
					return out, err
				}
			}
		}
	}
	return out, nil
}

// restricted returns where the users or groups of an operation go on that begin at
// start, and whether there are more.
func restricted(operation raw, who string, start int) (next int, more bool) {
	list := atlassian.Member(operation, "restrictions", who)
	next = start + len(slices.Collect(atlassian.Elements(atlassian.Member(list, "results"))))
	total, told := atlassian.Int(atlassian.Member(list, "totalSize"))
	return next, told && int(total) > next || text(list, "_links", "next") != ""
}

// oneEntry is a page of one record that came just now.
func oneEntry(id string, body raw) kinds.Page {
	return kinds.Page{Entries: []atlassian.Entry{{ID: id, Body: body}}, At: kinds.Now()}
}
