package samplesite_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"holdfast/internal/samplesite"
	"holdfast/internal/samplesite/content"
)

// small is a site with every trap of the large one, at a size that tests read in no time.
func small() samplesite.Config {
	return samplesite.Config{Rate: -1, Content: content.Spec{
		Seed: 7, Users: 130, Attachments: 30,
		Projects: []content.ProjectSpec{{Key: "BIG", Issues: 260}, {Key: "TWO", Issues: 3}, {Key: "EMPTY"}},
		Issues: []content.IssueSpec{
			{Key: "BIG-1", Comments: 250, Worklogs: 120, Changes: 300, Watchers: 120, Voters: 3, RemoteLinks: 4, Properties: 3},
			{Key: "BIG-2", Comments: -1, Worklogs: -1, Changes: -1, Watchers: -1, Voters: -1, RemoteLinks: -1, Properties: -1},
			{Key: "BIG-3", Odd: true},
			{Key: "BIG-4", Attachments: []content.FileSpec{{Name: "same.log", Size: 70_000}, {Name: "same.log", Size: 10}, {Name: "../../x", Size: 3}, {Name: "empty.csv", Size: 0}}},
		},
	}}
}

// checked is a client whose replies are all held against Atlassian's document.
func checked(t *testing.T, cfg samplesite.Config) (*samplesite.Site, *client) {
	site, c := start(t, cfg)
	c.doc = openDocument(t)
	return site, c
}

func TestRepliesAreWithinAtlassiansDocument(t *testing.T) {
	site, c := checked(t, small())
	attachment := fmt.Sprint(first(t, site, "BIG-4").Attachments()[0].ID)
	gets := []string{
		"/rest/api/3/serverInfo", "/rest/api/3/myself", "/rest/api/3/mypermissions?permissions=ADMINISTER,BROWSE_PROJECTS",
		"/rest/api/3/mypermissions?permissions=BROWSE_PROJECTS&projectKey=BIG", "/rest/api/3/field",
		"/rest/api/3/project/search", "/rest/api/3/project/search?expand=insight,description,lead,issueTypes&maxResults=1&startAt=1",
		"/rest/api/3/project/BIG", "/rest/api/3/project/10000?expand=insight", "/rest/api/3/project/BIG/version", "/rest/api/3/project/BIG/versions",
		"/rest/api/3/project/BIG/component", "/rest/api/3/project/BIG/components",
		"/rest/api/3/search/jql?jql=project=BIG&fields=*all&expand=changelog&maxResults=50", "/rest/api/3/search/jql?jql=project=BIG",
		"/rest/api/3/search/jql?jql=project=BIG&fields=key", "/rest/api/3/search/jql?jql=project=BIG&fields=summary,status&properties=a",
		"/rest/api/3/issue/BIG-1", "/rest/api/3/issue/10001?expand=changelog&properties=*all", "/rest/api/3/issue/BIG-2?fields=id&properties=*all",
		"/rest/api/3/issue/BIG-1/comment", "/rest/api/3/issue/BIG-1/comment?orderBy=-created&startAt=240", "/rest/api/3/issue/BIG-1/worklog",
		"/rest/api/3/issue/BIG-1/changelog", "/rest/api/3/issue/BIG-1/changelog?startAt=290", "/rest/api/3/issue/BIG-1/remotelink",
		"/rest/api/3/issue/BIG-1/properties", "/rest/api/3/issue/BIG-1/properties/com.example.app.0", "/rest/api/3/issue/BIG-1/watchers",
		"/rest/api/3/issue/BIG-1/votes", "/rest/api/3/issue/BIG-2/watchers", "/rest/api/3/issue/BIG-2/votes",
		"/rest/api/3/attachment/" + attachment,
	}
	for _, path := range gets {
		a := c.get(path)
		require.Equal(t, http.StatusOK, a.status, "%s: %s", path, a.body)
		require.Equal(t, "application/json;charset=UTF-8", a.header.Get("Content-Type"), path)
		require.NotEmpty(t, a.header.Get("X-Arequestid"), path)
		require.NotEmpty(t, a.header.Get("Atl-Traceid"), path)
	}
	for _, path := range []string{"/rest/api/3/issue/BIG-1?expand=names,schema", "/rest/api/3/search/jql?jql=project=TWO&fields=*all&expand=names,schema"} {
		a := c.get(path)
		require.Equal(t, http.StatusOK, a.status)
		for _, want := range []string{`"names":{`, `"schema":{`, `"summary":"Summary"`, `"system":"summary"`} {
			require.Equal(t, 1, strings.Count(string(a.body), want), "%s in %s", want, path)
		}
	}
	posts := [][2]string{
		{"/rest/api/3/permissions/check", `{"globalPermissions":["ADMINISTER","SYSTEM_ADMIN"],"projectPermissions":[{"permissions":["BROWSE_PROJECTS"],"projects":[10000,10001,99],"issues":[10001]}]}`},
		{"/rest/api/3/search/jql", `{"jql":"project = BIG ORDER BY id","fields":["*navigable"],"maxResults":20}`},
		{"/rest/api/3/issue/bulkfetch", `{"issueIdsOrKeys":["BIG-1","BIG-2","BIG-3","BIG-4","99"],"fields":["*all"],"expand":["changelog"],"properties":["odd"]}`},
		{"/rest/api/3/changelog/bulkfetch", `{"issueIdsOrKeys":["BIG-1","BIG-3"],"maxResults":10}`},
	}
	for _, p := range posts {
		a := c.post(p[0], p[1])
		require.Equal(t, http.StatusOK, a.status, "%s: %s", p[0], a.body)
	}
	for n := range 60 {
		require.Equal(t, http.StatusOK, c.get(fmt.Sprintf("/rest/api/3/issue/BIG-%d?expand=changelog", n+1)).status)
	}
}

func TestRefusals(t *testing.T) {
	_, c := checked(t, small())
	big := "/rest/api/3/issue/BIG-1"
	for _, one := range []struct {
		name, method, path, body string
		status                   int
		contentType              string
		contains                 string
	}{
		{"unknown path: 404 problem", "GET", "/rest/api/3/nothing", "", 404, "application/problem+json", "No endpoint GET /rest/api/3/nothing."},
		{"unserved method: 405 problem", "DELETE", "/rest/api/3/field", "", 405, "application/problem+json", "not supported"},
		{"absent issue", "GET", "/rest/api/3/issue/BIG-999", "", 404, "application/json;charset=UTF-8", "Issue does not exist or you do not have permission to see it."},
		{"absent issue's comments", "GET", "/rest/api/3/issue/BIG-999/comment", "", 404, "application/json;charset=UTF-8", "Issue does not exist"},
		{"comment order is checked before the issue", "GET", "/rest/api/3/issue/BIG-999/comment?orderBy=updated", "", 400, "application/json;charset=UTF-8", "orderBy"},
		{"empty comment order", "GET", big + "/comment?orderBy=", "", 400, "application/json;charset=UTF-8", "orderBy"},
		{"bad integer", "GET", big + "/comment?startAt=x", "", 400, "application/problem+json", "Failed to convert 'startAt' with value: 'x'"},
		{"absent project", "GET", "/rest/api/3/project/NONE", "", 404, "application/json;charset=UTF-8", "No project could be found"},
		{"absent property", "GET", big + "/properties/none", "", 404, "application/json;charset=UTF-8", "does not exist"},
		{"absent attachment", "GET", "/rest/api/3/attachment/1", "", 404, "application/json;charset=UTF-8", "attachment"},
		{"absent attachment's bytes", "GET", "/rest/api/3/attachment/content/1", "", 404, "application/json;charset=UTF-8", "attachment"},
		{"no permissions asked", "GET", "/rest/api/3/mypermissions", "", 400, "application/json;charset=UTF-8", "permissions"},
		{"unknown permission", "GET", "/rest/api/3/mypermissions?permissions=FLY", "", 400, "application/json;charset=UTF-8", "FLY"},
		{"bulkfetch of 101", "POST", "/rest/api/3/issue/bulkfetch", `{"issueIdsOrKeys":[` + strings.Repeat(`"1",`, 100) + `"1"]}`, 400, "application/json;charset=UTF-8", "100"},
		{"bulkfetch of none", "POST", "/rest/api/3/issue/bulkfetch", `{"issueIdsOrKeys":[]}`, 400, "application/json;charset=UTF-8", "required"},
		{"bulkfetch with an unknown field", "POST", "/rest/api/3/issue/bulkfetch", `{"issueIdsOrKeys":["1"],"startAt":0}`, 400, "application/json;charset=UTF-8", "Invalid request payload"},
		{"changelog page of 0", "POST", "/rest/api/3/changelog/bulkfetch", `{"issueIdsOrKeys":["1"],"maxResults":0}`, 400, "application/json;charset=UTF-8", "10000"},
		{"changelog page of 10001", "POST", "/rest/api/3/changelog/bulkfetch", `{"issueIdsOrKeys":["1"],"maxResults":10001}`, 400, "application/json;charset=UTF-8", "10000"},
		{"changelog with a bad token", "POST", "/rest/api/3/changelog/bulkfetch", `{"issueIdsOrKeys":["1"],"nextPageToken":"x"}`, 400, "application/json;charset=UTF-8", "token"},
	} {
		t.Run(one.name, func(t *testing.T) {
			a := c.do(one.method, one.path, one.body)
			require.Equal(t, one.status, a.status, "%s", a.body)
			require.Equal(t, one.contentType, a.header.Get("Content-Type"))
			require.Contains(t, string(a.body), one.contains)
			if one.status == 405 {
				require.Equal(t, "GET", a.header.Get("Allow"))
			}
		})
	}
}

// first returns an issue of the site's own content.
func first(t testing.TB, site *samplesite.Site, key string) samplesite.TrueIssue {
	t.Helper()
	i, found := site.Truth().Issue(key)
	require.True(t, found, key)
	return i
}

func TestBulkFetch(t *testing.T) {
	site, c := checked(t, small())
	type page struct {
		Issues []json.RawMessage
		Errors []struct{ ID string } `json:"issueErrors"`
	}
	fetch := func(body string) page {
		var p page
		c.post("/rest/api/3/issue/bulkfetch", body).decode(t, &p)
		return p
	}
	keys := func(p page) (out []string) {
		for _, raw := range p.Issues {
			var i struct{ Key string }
			require.NoError(t, json.Unmarshal(raw, &i))
			out = append(out, i.Key)
		}
		return out
	}

	t.Run("ascending id, each once, absent ones silently absent", func(t *testing.T) {
		p := fetch(`{"issueIdsOrKeys":["BIG-4","BIG-2","99","BIG-2","` + first(t, site, "BIG-1").IDText() + `"]}`)
		require.Equal(t, []string{"BIG-1", "BIG-2", "BIG-4"}, keys(p))
		require.Empty(t, p.Errors)
	})
	t.Run("default fields leave comments out", func(t *testing.T) {
		p := fetch(`{"issueIdsOrKeys":["BIG-1"]}`)
		require.NotContains(t, string(p.Issues[0]), `"comment":{`)
		require.Contains(t, string(p.Issues[0]), `"summary":`)
		require.NotContains(t, string(p.Issues[0]), `"changelog"`)
	})
	t.Run("embedded collections are cut: 100 newest comments, 20 worklogs, 40 newest changes", func(t *testing.T) {
		p := fetch(`{"issueIdsOrKeys":["BIG-1"],"fields":["*all"],"expand":["changelog"]}`)
		var i struct {
			Changelog struct {
				Total     int
				Histories []struct{ ID string }
			}
			Fields struct {
				Comment struct {
					Total    int
					Comments []struct{ ID string }
				}
				Worklog struct {
					Total    int
					Worklogs []struct{ ID string }
				}
			}
		}
		require.NoError(t, json.Unmarshal(p.Issues[0], &i))
		truth := first(t, site, "BIG-1")
		comments, changes := truth.Comments(), truth.Changelog()
		require.Equal(t, 250, i.Fields.Comment.Total)
		require.Len(t, i.Fields.Comment.Comments, 100)
		require.Equal(t, comments[150].ID, i.Fields.Comment.Comments[0].ID)
		require.Equal(t, comments[249].ID, i.Fields.Comment.Comments[99].ID)
		require.Equal(t, 120, i.Fields.Worklog.Total)
		require.Len(t, i.Fields.Worklog.Worklogs, 20)
		require.Equal(t, 300, i.Changelog.Total)
		require.Len(t, i.Changelog.Histories, 40)
		require.Equal(t, changes[299].ID, i.Changelog.Histories[0].ID)
		require.Equal(t, changes[260].ID, i.Changelog.Histories[39].ID)
	})
	t.Run("the body is the truth's, odd JSON untouched", func(t *testing.T) {
		p := fetch(`{"issueIdsOrKeys":["BIG-3"],"fields":["*all"],"expand":["changelog"]}`)
		require.Equal(t, string(first(t, site, "BIG-3").Body("changelog")), string(p.Issues[0]))
		for _, token := range []string{"<&>", "\u2028", "1.0E+2", "1e400", "12345678901234567890123", `"twice":1,"twice":2`, `\u003c`, `a\/b`} {
			require.Contains(t, string(p.Issues[0]), token)
		}
	})
	t.Run("an issue that fails is an issueError, then it is there", func(t *testing.T) {
		site.FailInBulk("TWO-1", 1)
		p := fetch(`{"issueIdsOrKeys":["TWO-1","TWO-2"]}`)
		require.Equal(t, []string{"TWO-2"}, keys(p))
		require.Equal(t, first(t, site, "TWO-1").IDText(), p.Errors[0].ID)
		require.Equal(t, []string{"TWO-1"}, keys(fetch(`{"issueIdsOrKeys":["TWO-1"]}`)))
	})
}
