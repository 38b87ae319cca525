package jira

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"

	"holdfast/internal/atlassian"
	"holdfast/internal/restore"
)

// thing is one thing of a site's configuration.
type thing struct {
	ID, Name string
	// Scope is the project that it is of; empty where it is the site's.
	Scope string
	// Type tells apart what of one name is not the same: the type of a field.
	Type string
}

// configKind is a kind of configuration that is found in the destination.
type configKind struct {
	kind   string
	effect string // what it means to have no counterpart
	read   func(ctx context.Context, t *Target) ([]thing, error)
	// of makes one of a record of the backup.
	of func(r json.RawMessage) thing
}

// configKinds are in the order of the plan.
func configKinds() []configKind {
	const noScheme = "the destination's default is used"
	return []configKind{
		{kind: "issueType", effect: "issues of it become standard issues or subtasks", read: array("/rest/api/3/issuetype"), of: plainThing},
		{kind: "status", effect: "issues stay in the first status of their workflow", read: paged("/rest/api/3/statuses/search", "values", 200), of: plainThing},
		{kind: "priority", effect: "issues get the default priority", read: paged("/rest/api/3/priority/search", "values", 50), of: plainThing},
		{kind: "resolution", effect: "issues have the resolution that their workflow sets", read: paged("/rest/api/3/resolution/search", "values", 50), of: plainThing},
		{kind: kindField, effect: "its values are left out", read: array("/rest/api/3/field"), of: fieldThing},
		{kind: "issueLinkType", effect: "links of it are left out", read: inside("/rest/api/3/issueLinkType", "issueLinkTypes"), of: plainThing},
		{kind: kindRole, effect: "its actors are left out; comments for it alone are left out", read: array("/rest/api/3/role"), of: plainThing},
		{kind: kindGroup, effect: "it is left out where it is named; comments for it alone are left out", read: groups, of: groupThing},
		{kind: "securityLevel", effect: "issues of it are left without a security level", read: paged("/rest/api/3/issuesecurityschemes/level", "values", 50), of: plainThing},
		{kind: "projectCategory", effect: "projects of it have no category", read: array("/rest/api/3/projectCategory"), of: plainThing},
		{kind: "issueTypeScheme", effect: noScheme, read: paged("/rest/api/3/issuetypescheme", "values", 50), of: plainThing},
		{kind: "workflowScheme", effect: noScheme, read: paged("/rest/api/3/workflowscheme", "values", 50), of: plainThing},
		{kind: "issueTypeScreenScheme", effect: noScheme, read: paged("/rest/api/3/issuetypescreenscheme", "values", 50), of: plainThing},
		{kind: "permissionScheme", effect: noScheme, read: inside("/rest/api/3/permissionscheme", "permissionSchemes"), of: plainThing},
		{kind: "notificationScheme", effect: noScheme, read: paged("/rest/api/3/notificationscheme", "values", 50), of: plainThing},
		{kind: "securityScheme", effect: "issues have no security level", read: paged("/rest/api/3/issuesecurityschemes/search", "values", 50), of: plainThing},
	}
}

func plainThing(r json.RawMessage) thing {
	return thing{ID: textOf(r, "id"), Name: textOf(r, "name"), Scope: textOf(atlassian.Member(r, "scope", "project"), "id")}
}

// fieldThing tells fields apart by type too: values of another type would be refused.
func fieldThing(r json.RawMessage) thing {
	f := plainThing(r)
	f.Type = atlassian.Text(atlassian.Member(r, "schema", "custom"))
	return f
}

func groupThing(r json.RawMessage) thing {
	return thing{ID: textOf(r, "groupId"), Name: textOf(r, "name")}
}

func array(route string) func(context.Context, *Target) ([]thing, error) {
	return func(ctx context.Context, t *Target) ([]thing, error) {
		all, err := t.client.List(ctx, atlassian.Request{Route: "GET " + route})
		return things(all, fieldThing), err
	}
}

func paged(route, items string, size int) func(context.Context, *Target) ([]thing, error) {
	return func(ctx context.Context, t *Target) ([]thing, error) {
		all, err := t.list(ctx, route, items, size, nil)
		return things(all, plainThing), err
	}
}

// inside reads a list that is not paged.
func inside(route, items string) func(context.Context, *Target) ([]thing, error) {
	return func(ctx context.Context, t *Target) ([]thing, error) {
		body, err := t.get(ctx, route, nil)
		var all []thing
		for one := range atlassian.Elements(atlassian.Member(body, items)) {
			all = append(all, plainThing(one))
		}
		return all, err
	}
}

func groups(ctx context.Context, t *Target) ([]thing, error) {
	all, err := t.listBy(ctx, []string{"groupId"}, "/rest/api/3/group/bulk", "values", 50, nil)
	return things(all, groupThing), err
}

func things(all []json.RawMessage, of func(json.RawMessage) thing) []thing {
	out := make([]thing, len(all))
	for i, raw := range all {
		out[i] = of(raw)
	}
	return out
}

// configuration reads a kind; one that the site does not have, or does not let the account see,
// is empty.
func (t *Target) configuration(ctx context.Context, k configKind) ([]thing, error) {
	all, err := k.read(ctx, t)
	if refused(err) != nil {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the destination's configuration, kind %s: %w", k.kind, err)
	}
	return all, nil
}

// taken are the projects of the destination that the names or keys of a restore belong to.
type taken struct {
	state map[string]string // key → "live", "archived" or "in the trash"
	names map[string]bool   // in lower case
}

// projectsTaken looks for projects with these keys or names, archived and trashed ones too.
func (t *Target) projectsTaken(ctx context.Context, keys, names []string) (*taken, error) {
	found := &taken{state: map[string]string{}, names: map[string]bool{}}
	for status, state := range map[string]string{"live": "is there", "archived": "is there, archived", "deleted": "is there, in the trash"} {
		_, err := t.client.Stream(ctx, atlassian.Offset{
			Request: atlassian.Request{Route: "GET /rest/api/3/project/search", Query: url.Values{"status": {status}}}, Items: "values", PageSize: 50,
		}, func(page []atlassian.Entry) error {
			for _, e := range page {
				if key := textOf(e.Body, "key"); slices.Contains(keys, key) {
					found.state[key] = state
				}
				if name := textOf(e.Body, "name"); slices.Contains(names, name) {
					found.names[strings.ToLower(name)] = true
				}
			}
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("look for projects of the destination: %w", err)
		}
	}
	return found, nil
}

// Fingerprint implements restore.Target. It is of the configuration that mappings are made
// of, of the accounts that users were mapped to, and of the projects whose keys the
// restore uses.
func (t *Target) Fingerprint(ctx context.Context, j *restore.Job) (map[string]string, error) {
	prints := map[string]string{}
	for _, k := range configKinds() {
		all, err := t.configuration(ctx, k)
		if err != nil {
			return nil, err
		}
		prints[k.kind] = printOf(all)
	}
	var keys []string
	for _, c := range j.Plan.Containers {
		keys = append(keys, c.As)
	}
	found, err := t.projectsTaken(ctx, keys, nil)
	if err != nil {
		return nil, err
	}
	prints["projects"] = found.print(keys)
	var ids []string
	for row := range j.Mapping.All(kindUser) {
		if row.To != "" {
			ids = append(ids, row.To)
		}
	}
	prints["users"], err = t.usersPrint(ctx, ids)
	return prints, err
}

// print is that of the keys that are taken.
func (f *taken) print(keys []string) string {
	var all []thing
	for _, key := range keys {
		if state := f.state[key]; state != "" {
			all = append(all, thing{ID: key, Name: state})
		}
	}
	return printOf(all)
}

// printOf is a sum of things, whatever their order.
func printOf(all []thing) string {
	lines := make([]string, len(all))
	for i, t := range all {
		lines[i] = strings.Join([]string{t.ID, t.Name, t.Scope, t.Type}, "\x00")
	}
	slices.Sort(lines)
	h := sha256.New()
	for _, line := range slices.Compact(lines) {
		io.WriteString(h, line+"\n")
	}
	return hex.EncodeToString(h.Sum(nil)[:12])
}
