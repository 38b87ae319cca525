package confluence

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"holdfast/internal/atlassian"
	"holdfast/internal/restore"
	"holdfast/internal/restore/restoretest"
	"holdfast/internal/samplesite"
)

// vandal changes a site that was restored into.
type vandal struct {
	t      *testing.T
	b      *captured
	site   *samplesite.Site
	target *Target
	ids    *restore.IDs
}

func (v *vandal) write(route string, body any, path ...string) {
	v.t.Helper()
	_, err := v.target.write(v.t.Context(), route, nil, body, path...)
	require.NoError(v.t, err, route)
}

// now is what the first record of a kind that is so was made into, and its id in the backup.
func (v *vandal) now(kind string, is func(body raw) bool) (ref restore.Ref) {
	v.t.Helper()
	for _, r := range v.b.records("ENG", kind) {
		if ref, ok, err := v.ids.Get(v.t.Context(), kind, r.ID); err == nil && ok && is(r.Body) {
			return ref
		}
	}
	require.Fail(v.t, "there is no such "+kind)
	return ref
}

// of lists what the space ENG of the destination has of a kind.
func (v *vandal) of(kind string) []atlassian.Item {
	return slices.DeleteFunc(spaceOf(v.t, v.site, "ENG"), func(i atlassian.Item) bool { return i.Kind != kind })
}

func whichever(raw) bool { return true }

// versionOf is the number of the version that a page of the backup has.
func versionOf(b *captured, page string) string {
	for _, r := range b.records("ENG", pageKind) {
		if r.ID == page {
			return text(r.Body, "version", "number")
		}
	}
	return ""
}

func TestCompareFindsWhatIsNotAsItWas(t *testing.T) {
	t.Parallel()
	b := capture(t, start(t, wiki, nil))
	to := empty(t, wiki)
	steps := b.steps(to, full)
	plan, _ := restoretest.Run(t, steps)
	require.Empty(t, restoretest.Compare(t, steps).Rows)
	var phases []string
	for _, p := range plan.Phases {
		phases = append(phases, p.Name)
	}
	ids, err := restore.OpenFolder(b.store, plan.Spec.ID).IDs(t.Context(), phases...)
	require.NoError(t, err)
	v := &vandal{t: t, b: b, site: to, target: steps.Target.(*Target), ids: ids}
	space := v.now(spaceKind, whichever)

	var want []string
	expect := func(kind, id, path string, verdict restore.Verdict) {
		want = append(want, fmt.Sprintf("%s %s %s %s", verdict, kind, id, path))
	}

	task := v.now(taskKind, func(b raw) bool { return text(b, "status") == "incomplete" && text(b, "pageId") != "" })
	v.write("PUT "+v2+"/tasks/{id}", object{"status": "complete"}, task.ID)
	expect(taskKind, task.From, "status", restore.Different)
	for _, r := range b.records("ENG", taskKind) { // its status stands in the text
		if r.ID == task.From {
			expect(pageKind, text(r.Body, "pageId"), "body.storage.value", restore.Different)
			expect(versionKind, versionOf(b, text(r.Body, "pageId")), "page.body.storage.value", restore.Different)
		}
	}

	custom := v.now(customKind, func(b raw) bool { return text(b, "customContentId") == "" })
	v.write("DELETE "+v2+"/custom-content/{id}", nil, custom.ID)
	expect(customKind, custom.From, "", restore.Absent)
	made, err := v.target.write(t.Context(), "POST "+v2+"/custom-content", nil, object{
		"type": "ac:com.example.polls:poll", "title": "too many", "spaceId": space.ID, "body": object{"representation": "raw", "value": "{}"}})
	require.NoError(t, err)
	expect(customKind, text(made, "id"), "", restore.Surplus)

	v.write("PUT "+v1+"/space/{spaceKey}/settings", object{"routeOverrideEnabled": false}, "ENG")
	expect(settingsKind, space.From, "routeOverrideEnabled", restore.Different)
	v.write("DELETE "+v1+"/space/{spaceKey}/theme", nil, "ENG")
	expect(themeKind, space.From, "", restore.Absent)
	v.write("PUT "+v1+"/settings/lookandfeel", object{"spaceKey": "ENG", "lookAndFeelType": "theme"})
	expect(lookKind, space.From, "selected", restore.Different)

	for _, p := range v.of(permissionKind) {
		if text(p.Body, "principal", "id") == to.AccountID() {
			continue
		}
		v.write("DELETE "+v1+"/space/{spaceKey}/permission/{id}", nil, "ENG", p.ID)
		for _, was := range b.records("ENG", permissionKind) {
			if bytes.Equal(member(was.Body, "principal"), member(p.Body, "principal")) && bytes.Equal(member(was.Body, "operation"), member(p.Body, "operation")) {
				expect(permissionKind, was.ID, "", restore.Absent)
			}
		}
		break
	}
	watcher := v.of(watcherKind)[0]
	if watcher.ID == to.AccountID() {
		watcher = v.of(watcherKind)[1]
	}
	_, err = v.target.client.Do(t.Context(), atlassian.Request{Route: "DELETE " + v1 + "/user/watch/space/{spaceKey}", Path: []string{"ENG"},
		Query: query("accountId", watcher.ID), Header: map[string][]string{"X-Atlassian-Token": {"no-check"}}, Write: true})
	require.NoError(t, err)
	expect(watcherKind, watcher.ID, "", restore.Absent)

	for _, r := range v.of(assignmentKind) {
		if text(r.Body, "principal", "principalType") == "GROUP" {
			v.write("POST "+v2+"/spaces/{id}/role-assignments", []object{{"principal": object{"principalType": "GROUP", "principalId": text(r.Body, "principal", "principalId")}, "roleId": nil}}, space.ID)
			expect(assignmentKind, r.ID, "", restore.Absent)
			break
		}
	}

	page := v.now(pageKind, func(b raw) bool {
		return text(b, "status") == "current" && number(b, "version", "number") == 1 && text(b, "parentId") != ""
	})
	is, err := v.target.get(t.Context(), v2+"/pages/{id}", query("body-format", "storage"), page.ID)
	require.NoError(t, err)
	v.write("PUT "+v2+"/pages/{id}", object{"id": page.ID, "status": "current", "title": text(is, "title"),
		"body":    object{"representation": "storage", "value": text(is, "body", "storage", "value")},
		"version": object{"number": number(is, "version", "number") + 1, "message": "by somebody"}}, page.ID)
	expect(versionKind, fmt.Sprintf("%s %d", page.ID, number(is, "version", "number")+1), "", restore.Surplus)
	expect(pageKind, page.From, "version.message", restore.Different)

	gone := v.now(pageKind, func(b raw) bool { return text(b, "status") == "trashed" })
	_, err = v.target.write(t.Context(), "DELETE "+v2+"/pages/{id}", query("purge", "true"), nil, gone.ID)
	require.NoError(t, err)
	expect(pageKind, gone.From, "", restore.Absent)
	for _, kind := range partKinds { // with all that belongs to it
		for _, r := range b.records("ENG", kind) {
			if r.Parent == gone.From && text(r.Body, "status") != "trashed" {
				expect(kind, r.ID, "", restore.Absent)
			}
		}
	}

	var got []string
	for _, d := range restoretest.Compare(t, steps).Rows {
		got = append(got, fmt.Sprintf("%s %s %s %s", d.Verdict, d.Kind, d.ID, d.Path))
	}
	slices.SortFunc(want, cmp.Compare[string])
	slices.SortFunc(got, cmp.Compare[string])
	require.Equal(t, want, got)
}
