package confluence

import (
	"context"
	"fmt"
	"net/url"

	"holdfast/internal/atlassian"
	"holdfast/internal/atlassian/kinds"
)

// customContent is the row of what apps keep as content of their own, in the types
// that are named: the list takes one type, and none gives the types (OpenAPI:
// /spaces/{id}/custom-content).
func customContent(types []string) kinds.Row {
	r := counts(ofSpace(customContentKind, "custom content of apps", kinds.Cursor, v2+"/spaces/{id}/custom-content").
		Ask("body-format", "raw").Needs("View of the content and its space", readCustom))
	list := r
	r.Read = func(ctx context.Context, reader *kinds.Reader, of kinds.Owner, yield func(kinds.Page) error) (kinds.Outcome, error) {
		var all kinds.Outcome
		for _, one := range types {
			list := list
			list.Query = url.Values{"type": {one}}
			for name, values := range r.Query {
				list.Query[name] = values
			}
			out, err := reader.Pages(ctx, list, of, yield)
			if atlassian.ClassOf(err) == atlassian.ClassNotFound || kinds.BadRequest(err) {
				// The other types are still there to be read.
				out.Reason, err = fmt.Sprintf("type %s: the site refuses (HTTP %d)", one, atlassian.StatusOf(err)), nil
			}
			if out.Reason != "" {
				all.Reason = out.Reason
			}
			if err != nil {
				return all, err
			}
		}
		return all, nil
	}
	return r
}
