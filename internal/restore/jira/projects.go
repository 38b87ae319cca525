package jira

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	"holdfast/internal/archive"
	"holdfast/internal/atlassian"
	"holdfast/internal/restore"
)

const (
	projectRoute  = "/rest/api/3/project/{projectIdOrKey}"
	propertyRoute = projectRoute + "/properties/{propertyKey}"
)

// project creates a project and what it has beside issues.
func (a *applying) project(ctx context.Context) error {
	w := &projectWriter{applying: a}
	records, err := w.read(ctx)
	if err != nil {
		return err
	}
	ok, err := w.create(ctx)
	if err != nil {
		return err
	}
	if !ok {
		for _, r := range records {
			a.missed(r, "its project could not be created")
		}
		return nil
	}
	for _, step := range []func(context.Context, []archive.Record) error{w.versions, w.components, w.properties, w.roles} {
		if err := step(ctx, records); err != nil {
			return err
		}
	}
	return w.describe(ctx)
}

// projectWriter restores one project.
type projectWriter struct {
	*applying
	record  archive.Record            // of the project
	schemes map[string]archive.Record // by kind: which the project uses
	scrum   bool                      // it has a board with sprints
	ref     restore.Ref
	flaws   []flaw
}

// read reads what the backup has of the project beside its issues, and returns what is
// to be written of it.
func (w *projectWriter) read(ctx context.Context) ([]archive.Record, error) {
	w.schemes = map[string]archive.Record{}
	var rest []archive.Record
	for r, err := range w.job.Archive.Container(ctx, w.batch.Container, kindProject, kindVersion, kindComponent, "projectProperty", "projectRole",
		"projectWorkflowScheme", "projectIssueTypeScheme", "projectScreenScheme", "projectPermissionScheme") {
		if err != nil {
			return nil, err
		}
		switch r.Kind {
		case kindProject:
			w.record = r
		case kindVersion, kindComponent, "projectProperty":
			rest = append(rest, r)
		case "projectRole":
			if w.job.Plan.Spec.Options.Permissions {
				rest = append(rest, r)
			}
		default:
			w.schemes[r.Kind] = r
		}
	}
	if w.record.ID == "" {
		return nil, fmt.Errorf("restore the project %s: the backup has no record of it", w.batch.Container)
	}
	for r, err := range w.job.Archive.Site(ctx, kindBoard) {
		if err != nil {
			return nil, err
		}
		if textOf(atlassian.Member(r.Body, "location"), "projectKey") == w.batch.Container && textOf(r.Body, "type") == "scrum" {
			w.scrum = true
		}
	}
	return rest, nil
}

// marker is the description of a project whose origin is not set yet: it is created in one call
// and marked in another.
func (w *projectWriter) marker() string {
	return "Being restored by holdfast: " + w.job.Plan.Spec.ID + "/" + w.record.ID
}

// create creates the project, or finds that an earlier attempt did; false where it cannot be.
func (w *projectWriter) create(ctx context.Context) (bool, error) {
	c := w.container()
	body, err := w.target.get(ctx, projectRoute, nil, c.As)
	switch {
	case err == nil:
		ours, err := w.own(ctx, c.As, textOf(body, "description"))
		if err != nil {
			return false, err
		}
		if !ours {
			w.missed(w.record, "the destination has a project of the key "+c.As+" that this restore did not create")
			return false, nil
		}
		w.ref = restore.Ref{ID: textOf(body, "id"), Key: textOf(body, "key")}
	case atlassian.ClassOf(err) != atlassian.ClassNotFound:
		return false, err
	default:
		reply, why, err := w.post(ctx)
		if err != nil {
			return false, err
		}
		if why != "" {
			w.missed(w.record, why)
			return false, nil
		}
		w.ref = reply
	}
	w.put(kindProject, w.record.ID, w.ref.ID, w.ref.Key, "")
	return true, w.mark(ctx)
}

// own reports whether this restore created a project.
func (w *projectWriter) own(ctx context.Context, key, description string) (bool, error) {
	if description == w.marker() {
		return true, nil
	}
	value, err := w.target.get(ctx, propertyRoute, nil, key, restore.OriginKey)
	if refused(err) != nil {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	o, ours := w.ownOrigin(atlassian.Member(value, "value"))
	return ours && o.ID == w.record.ID, nil
}

// mark sets the origin.
func (w *projectWriter) mark(ctx context.Context) error {
	o := w.job.Plan.OriginOf(w.record)
	o.Author, o.AuthorName = userIn(atlassian.Member(w.record.Body, "lead"))
	_, err := w.target.write(ctx, "PUT "+propertyRoute, o, w.ref.ID, restore.OriginKey)
	return err
}

// post creates the project: with the schemes that the old one used where the destination
// has them, or else by a template, as near as REST allows.
func (w *projectWriter) post(ctx context.Context) (ref restore.Ref, why string, err error) {
	body := map[string]any{
		"key": w.container().As, "name": textOf(w.record.Body, "name"), "description": w.marker(),
		"projectTypeKey": textOf(w.record.Body, "projectTypeKey"), "assigneeType": "UNASSIGNED",
	}
	if body["leadAccountId"], err = w.lead(ctx); err != nil {
		return ref, "", err
	}
	for name, id := range w.shape() {
		body[name] = id
	}
	renamed, templated := false, false
	for {
		reply, err := w.target.write(ctx, "POST /rest/api/3/project", body)
		if err == nil {
			if renamed {
				w.flaws = append(w.flaws, flawed("its key was added to its name, which another project has", "name"))
			}
			if templated {
				w.flaws = append(w.flaws, flawed("it is made from a template: the destination did not take its schemes", "issueTypes", "style"))
			}
			return restore.Ref{ID: textOf(reply, "id"), Key: textOf(reply, "key")}, "", nil
		}
		r := refused(err)
		switch {
		case r == nil:
			return ref, "", err
		case r.status != http.StatusForbidden && !renamed && slices.Contains(r.fields, "projectName"):
			body["name"], renamed = textOf(w.record.Body, "name")+" ("+w.container().As+")", true
		case r.status != http.StatusForbidden && !templated: // some of it the site does not take: the least that makes a project
			for _, name := range schemeNames {
				delete(body, name)
			}
			body["projectTemplateKey"], templated = w.template(), true
		default:
			return ref, r.reason(), nil
		}
	}
}

// schemeNames are the members of a request for a project that name schemes.
var schemeNames = []string{"issueTypeScheme", "workflowScheme", "issueTypeScreenScheme", "notificationScheme", "permissionScheme", "issueSecurityScheme"}

// shape is what decides which issue types, workflows and screens the project has.
func (w *projectWriter) shape() map[string]any {
	if string(atlassian.Member(w.record.Body, "simplified")) == "true" || textOf(w.record.Body, "style") == "next-gen" {
		return map[string]any{"projectTemplateKey": w.template()}
	}
	shape := map[string]any{}
	for _, s := range []struct{ kind, member, config, as string }{
		{"projectIssueTypeScheme", "issueTypeScheme", "issueTypeScheme", "issueTypeScheme"},
		{"projectWorkflowScheme", "workflowScheme", "workflowScheme", "workflowScheme"},
		{"projectScreenScheme", "issueTypeScreenScheme", "issueTypeScreenScheme", "issueTypeScreenScheme"},
	} {
		id := textOf(atlassian.Member(w.schemes[s.kind].Body, s.member), "id")
		if to, ok := w.job.Mapping.To(s.config, id); ok {
			shape[s.as] = asNumber(to)
		}
	}
	if len(shape) == 0 {
		shape["projectTemplateKey"] = w.template()
	}
	if to, ok := w.job.Mapping.To("permissionScheme", textOf(w.schemes["projectPermissionScheme"].Body, "id")); ok && w.job.Plan.Spec.Options.Permissions {
		shape["permissionScheme"] = asNumber(to)
	}
	return shape
}

// template is the one that is nearest to the project's type and style.
func (w *projectWriter) template() string {
	simplified := string(atlassian.Member(w.record.Body, "simplified")) == "true"
	switch kind := textOf(w.record.Body, "projectTypeKey"); {
	case kind == "service_desk":
		return "com.atlassian.servicedesk:simplified-it-service-management"
	case kind == "business":
		return "com.atlassian.jira-core-project-templates:jira-core-simplified-project-management"
	case simplified && w.scrum:
		return "com.pyxis.greenhopper.jira:gh-simplified-agility-scrum"
	case simplified:
		return "com.pyxis.greenhopper.jira:gh-simplified-agility-kanban"
	case w.scrum:
		return "com.pyxis.greenhopper.jira:gh-simplified-scrum-classic"
	}
	return "com.pyxis.greenhopper.jira:gh-simplified-kanban-classic"
}

// lead is the account that leads the project: every project has one.
func (w *projectWriter) lead(ctx context.Context) (string, error) {
	if to := w.active(textOf(atlassian.Member(w.record.Body, "lead"), "accountId")); to != "" {
		return to, nil
	}
	return w.account(ctx)
}
