package jira

import (
	"context"
	"strings"

	"holdfast/internal/atlassian"
)

// describe sets what the project says of itself. It comes last: until then its description
// tells whose it is.
func (w *projectWriter) describe(ctx context.Context) error {
	lead, err := w.lead(ctx)
	if err != nil {
		return err
	}
	if lead != w.active(textOf(atlassian.Member(w.record.Body, "lead"), "accountId")) {
		w.flaws = append(w.flaws, flawed("the restoring account leads it: its lead is not in the destination", "lead"))
	}
	body := map[string]any{"description": textOf(w.record.Body, "description"), "leadAccountId": lead}
	if kind := textOf(w.record.Body, "assigneeType"); kind != "" {
		body["assigneeType"] = kind
	}
	if url := textOf(w.record.Body, "url"); url != "" {
		body["url"] = url
	}
	if category := textOf(atlassian.Member(w.record.Body, "projectCategory"), "id"); category != "" {
		if to, ok := w.job.Mapping.To("projectCategory", category); ok {
			body["categoryId"] = asNumber(to)
		} else {
			w.flaws = append(w.flaws, flawed("the destination does not have its category", "projectCategory"))
		}
	}
	for {
		_, err := w.target.write(ctx, "PUT "+projectRoute, body, w.ref.ID)
		r := refused(err)
		if err != nil && r == nil {
			return err
		}
		if r == nil {
			break
		}
		less := false
		for _, name := range []string{"leadAccountId", "assigneeType", "url", "categoryId"} {
			if _, ok := body[name]; ok && (len(r.fields) == 0 || namesMember(r.fields, name)) {
				delete(body, name)
				w.flaws = append(w.flaws, flawed("the site refuses its "+name, memberOf(name)))
				less = true
			}
		}
		if !less {
			w.flaws = append(w.flaws, flawed("what it says of itself is not set: "+r.reason(), "description", "lead", "url", "assigneeType", "projectCategory"))
			break
		}
	}
	w.written(w.record, w.flaws...)
	w.beat(1, 0)
	return nil
}

// namesMember reports whether a refusal is about a member: Jira shortens some names
// ("lead" of leadAccountId).
func namesMember(fields []string, name string) bool {
	for _, f := range fields {
		if f == name || strings.HasPrefix(strings.ToLower(name), strings.ToLower(strings.TrimPrefix(f, "project"))) {
			return true
		}
	}
	return false
}

// memberOf is the member of a project that one of an edit sets.
func memberOf(name string) string {
	switch name {
	case "leadAccountId":
		return "lead"
	case "categoryId":
		return "projectCategory"
	}
	return name
}
