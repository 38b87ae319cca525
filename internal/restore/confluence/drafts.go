package confluence

import (
	"context"
	"encoding/json"
	"fmt"
)

// draft looks for a draft that an earlier attempt made and that no record became yet. No list
// gives drafts, so that a search has to do; it lags behind, which can make of a draft whose
// creation was cut off a second one.
func (r *run) draft(ctx context.Context, kind, title, parent string) (string, error) {
	if r.drafts == nil {
		found, err := r.allDrafts(ctx)
		if err != nil {
			return "", err
		}
		r.drafts = &found
	}
	return r.drafts.take(kind, parent+"/"+title), nil
}

// allDrafts finds the drafts of the space by their kinds, parents and titles.
func (r *run) allDrafts(ctx context.Context) (siblings, error) {
	s := siblings{of: map[[2]string][]string{}}
	quoted, err := json.Marshal(r.space.Key) // a string of CQL is quoted and escaped as one of JSON
	if err != nil {
		return s, err
	}
	q := query("cql", fmt.Sprintf("space = %s and type in (page, blogpost)", quoted), "cqlcontext", `{"contentStatuses":["draft"]}`, "excerpt", "none")
	err = r.list(ctx, v1+"/search", q, func(hit raw) error {
		kind, id := text(hit, "content", "type"), text(hit, "content", "id")
		if kind != pageKind && kind != blogKind {
			return nil
		}
		one, err := r.get(ctx, v2+"/"+resources[kind]+"/{id}", query("get-draft", "true", "status", "draft"), id)
		if isRefusal(err) {
			return nil
		}
		if err != nil {
			return err
		}
		o, err := r.readOrigin(ctx, kind, id)
		if err == nil && text(one, "status") == "draft" && o.ID == "" {
			s.add(kind, text(one, "parentId")+"/"+text(one, "title"), id)
		}
		if isRefusal(err) {
			return nil
		}
		return err
	})
	if refused(err, 400, 403, 404) {
		return s, nil // a site without search has no more to offer
	}
	return s, err
}
