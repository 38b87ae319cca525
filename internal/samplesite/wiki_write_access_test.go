package samplesite_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

// record is the id of the first record of a kind.
func (w *wikiWriter) record(kind string) string {
	for r := range w.site.Truth().WikiRecords(kind) {
		return r.ID
	}
	w.t.Fatal("there is no " + kind)
	return ""
}

func TestAccessToSpacesIsWritten(t *testing.T) {
	w, space := writableWiki(t)
	group, role := w.record("group"), w.record("spaceRole")
	path := "/wiki/rest/api/space/ENG/permission"
	grant := func(id, key, target string) answer {
		return w.sent(http.MethodPost, path, object{"subject": object{"type": "group", "identifier": id}, "operation": object{"key": key, "target": target}})
	}
	require.Equal(t, 400, grant(group, "create", "page").status, "who cannot view the space can do nothing else there")
	grant(group, "read", "space").is(t, 200)
	created := grant(group, "create", "page").is(t, 200).got(t, "id")
	require.Equal(t, 400, grant(group, "create", "page").status, "it is there already")
	require.Equal(t, 400, grant("none", "read", "space").status)
	list := "/wiki/api/v2/spaces/" + space + "/permissions?limit=9"
	n := len(walkWiki(t, w.client, list))
	w.del(path+"/"+created).is(t, 204)
	require.Len(t, walkWiki(t, w.client, list), n-1)

	roles := "/wiki/api/v2/spaces/" + space + "/role-assignments"
	assign := func(role string) answer {
		one := object{"principal": object{"principalType": "GROUP", "principalId": group}}
		if role != "" {
			one["roleId"] = role
		}
		return w.sent(http.MethodPost, roles, []object{one})
	}
	n = len(walkWiki(t, w.client, roles))
	assign(role).is(t, 200)
	assign(role).is(t, 200)
	require.Len(t, walkWiki(t, w.client, roles), n+1, "a principal has one role")
	require.Equal(t, 400, assign("none").status)
	assign("").is(t, 200)
	require.Len(t, walkWiki(t, w.client, roles), n)

	watch := "/wiki/rest/api/user/watch/space/ENG"
	require.Equal(t, 403, w.do(http.MethodPost, watch, "").status, "XSRF")
	checked := func(r *http.Request) { r.Header.Set("X-Atlassian-Token", "no-check") }
	w.do(http.MethodPost, watch, "", checked).is(t, 204)
	require.Contains(t, string(w.get("/wiki/rest/api/space/ENG/watch").is(t, 200).body), w.site.AccountID())
	w.do(http.MethodDelete, watch, "", checked).is(t, 204)
}

func TestSettingsOfSpacesAreWritten(t *testing.T) {
	w, space := writableWiki(t)
	require.Equal(t, "compact", w.sent(http.MethodPut, "/wiki/rest/api/space/ENG/settings", object{"contentMode": "compact", "routeOverrideEnabled": true}).is(t, 200).got(t, "contentMode"))
	require.Equal(t, "true", w.get("/wiki/rest/api/space/ENG/settings").is(t, 200).got(t, "routeOverrideEnabled"))
	theme := object{"themeKey": w.record("theme")}
	w.sent(http.MethodPut, "/wiki/rest/api/space/ENG/theme", theme).is(t, 200)
	require.Equal(t, theme["themeKey"], w.get("/wiki/rest/api/space/ENG/theme").is(t, 200).got(t, "themeKey"))
	require.Equal(t, 403, w.sent(http.MethodPut, "/wiki/rest/api/space/ENG/theme", object{"themeKey": "x"}).status)
	w.del("/wiki/rest/api/space/ENG/theme").is(t, 204)
	require.Equal(t, 404, w.get("/wiki/rest/api/space/ENG/theme").status)
	level := object{"id": w.record("classificationLevel")}
	w.sent(http.MethodPut, "/wiki/api/v2/spaces/"+space+"/classification-level/default", level).is(t, 204)
	require.Equal(t, level["id"], w.get("/wiki/api/v2/spaces/"+space+"/classification-level/default").is(t, 200).got(t, "id"))
	w.del("/wiki/api/v2/spaces/"+space+"/classification-level/default").is(t, 204)
	look := w.get("/wiki/rest/api/settings/lookandfeel?spaceKey=ENG").is(t, 200)
	require.Equal(t, "global", look.got(t, "selected"))
	w.sent(http.MethodPut, "/wiki/rest/api/settings/lookandfeel", object{"spaceKey": "ENG", "lookAndFeelType": "custom"}).is(t, 200)
	w.do(http.MethodPost, "/wiki/rest/api/settings/lookandfeel/custom?spaceKey=ENG", look.got(t, "global")).is(t, 200)
	require.Equal(t, "custom", w.get("/wiki/rest/api/settings/lookandfeel?spaceKey=ENG").is(t, 200).got(t, "selected"))
}
