package jira

import (
	"context"
	"encoding/json"
	"strings"

	"holdfast/internal/atlassian"
)

// fieldType is what the backup says of a field.
type fieldType struct {
	Type   string // "string", "option", "user", "array"
	Items  string // of an array
	Custom string // the last part of the custom type: "textarea"; empty for a field that every site has
}

func fieldTypeOf(schema json.RawMessage) fieldType {
	custom := atlassian.Text(atlassian.Member(schema, "custom"))
	return fieldType{
		Type: atlassian.Text(atlassian.Member(schema, "type")), Items: atlassian.Text(atlassian.Member(schema, "items")),
		Custom: custom[strings.LastIndexByte(custom, ':')+1:],
	}
}

// fieldTypes returns those of all fields of the backup.
func (a *applying) fieldTypes(ctx context.Context) (map[string]fieldType, error) {
	if a.types != nil {
		return a.types, nil
	}
	types := map[string]fieldType{}
	for r, err := range a.job.Archive.Site(ctx, kindField) {
		if err != nil {
			return nil, err
		}
		types[r.ID] = fieldTypeOf(atlassian.Member(r.Body, "schema"))
	}
	a.types = types
	return types, nil
}

// sprintsRestored are the sprints of boards that are restored: those of projects, where whole
// projects are.
func (a *applying) sprintsRestored(ctx context.Context) (map[string]bool, error) {
	if a.inSprints != nil {
		return a.inSprints, nil
	}
	found := map[string]bool{}
	boards := map[string]bool{}
	for r, err := range a.job.Archive.Site(ctx, kindBoard, kindSprint) {
		if err != nil {
			return nil, err
		}
		if r.Kind == kindBoard {
			boards[r.ID] = restored(a.job.Plan, textOf(atlassian.Member(r.Body, "location"), "projectKey"))
		} else if boards[r.Parent] && len(a.job.Plan.Spec.Selection.Items) == 0 {
			found[r.ID] = true
		}
	}
	a.inSprints = found
	return found, nil
}

// screenField is a field that can be given to an issue of a type when it is created.
type screenField struct {
	name     string
	schema   fieldType
	required bool
	// options are the values of a list, by their text; nil where it is not a list.
	options map[string]bool
}

// screen are the fields of the screen on which issues of a type are created, by id; nil where
// the site does not tell.
type screen map[string]screenField

const createMeta = "/rest/api/3/issue/createmeta/{projectIdOrKey}/issuetypes/{issueTypeId}"

// screen reads the fields of a type.
func (t *Target) screen(ctx context.Context, project, issueType string) (screen, error) {
	fields, err := t.listBy(ctx, []string{"fieldId"}, createMeta, "fields", 50, nil, project, issueType)
	if refused(err) != nil {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	all := screen{}
	for _, f := range fields {
		s := screenField{
			name: atlassian.Text(atlassian.Member(f, "name")), schema: fieldTypeOf(atlassian.Member(f, "schema")),
			required: string(atlassian.Member(f, "required")) == "true" && string(atlassian.Member(f, "hasDefaultValue")) != "true",
		}
		for v := range atlassian.Elements(atlassian.Member(f, "allowedValues")) {
			if value := atlassian.Text(atlassian.Member(v, "value")); value != "" {
				if s.options == nil {
					s.options = map[string]bool{}
				}
				s.options[value] = true
			}
		}
		all[atlassian.Text(atlassian.Member(f, "fieldId"))] = s
	}
	return all, nil
}
