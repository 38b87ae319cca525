package samplesite_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"holdfast/internal/samplesite"
	"holdfast/internal/sharedtest"
)

// recorded reads the bodies of a file of recorded responses, without the code
// that the site reads them with: the text between `"body":` and the last brace.
func recorded(t testing.TB, dir, name string) (urls, bodies []string) {
	t.Helper()
	f, err := os.Open(filepath.Join(dir, name))
	require.NoError(t, err)
	defer f.Close()
	in := bufio.NewScanner(f)
	in.Buffer(nil, 16<<20)
	for in.Scan() {
		head, body, found := strings.Cut(in.Text(), `,"body":`)
		require.True(t, found)
		urls = append(urls, strings.TrimSuffix(strings.TrimPrefix(head, `{"url":"`), `"`))
		bodies = append(bodies, strings.TrimSuffix(body, "}"))
	}
	require.NoError(t, in.Err())
	return urls, bodies
}

// issueIn returns the id in the URL of a recorded request.
func issueIn(url string) string {
	_, rest, _ := strings.Cut(url, "/issue/")
	id, _, _ := strings.Cut(rest, "/")
	return id
}

func TestFixturesAreServedAsTheyWereRecorded(t *testing.T) {
	dir := filepath.Join(sharedtest.Dir(t), "fixtures")
	site, c := start(t, samplesite.Config{Fixtures: dir, Rate: -1})

	t.Run("33 issues, byte for byte in bulkfetch", func(t *testing.T) {
		_, bodies := recorded(t, dir, "jira-issues.ndjson")
		require.Len(t, bodies, 33)
		for _, want := range bodies {
			var i struct{ ID string }
			require.NoError(t, json.Unmarshal([]byte(want), &i))
			var p struct{ Issues []json.RawMessage }
			c.post("/rest/api/3/issue/bulkfetch", `{"issueIdsOrKeys":["`+i.ID+`"],"fields":["*all"],"expand":["changelog"]}`).decode(t, &p)
			require.Equal(t, want, string(p.Issues[0]), i.ID)
			require.Equal(t, want, string(first(t, site, i.ID).Body("changelog")))
		}
	})
	t.Run("their embedded collections announce what the lists hold", func(t *testing.T) {
		changes, comments, worklogs := 0, 0, 0
		_, bodies := recorded(t, dir, "jira-issues.ndjson")
		for _, body := range bodies {
			var i struct {
				ID        string
				Changelog struct{ Histories []json.RawMessage }
				Fields    struct {
					Comment struct{ Comments []json.RawMessage }
					Worklog struct{ Worklogs []json.RawMessage }
				}
			}
			require.NoError(t, json.Unmarshal([]byte(body), &i))
			changes, comments, worklogs = changes+len(i.Changelog.Histories), comments+len(i.Fields.Comment.Comments), worklogs+len(i.Fields.Worklog.Worklogs)
			require.ElementsMatch(t, texts(i.Changelog.Histories), list(t, c, i.ID, "changelog", "values"))
			require.ElementsMatch(t, texts(i.Fields.Comment.Comments), list(t, c, i.ID, "comment", "comments"))
			require.ElementsMatch(t, texts(i.Fields.Worklog.Worklogs), list(t, c, i.ID, "worklog", "worklogs"))
		}
		require.Equal(t, []int{522, 8, 6}, []int{changes, comments, worklogs})
	})
	for _, one := range []struct {
		file, path, list string
		items, issues    int
	}{
		{"jira-changelogs.ndjson", "changelog", "values", 279, 3},
		{"jira-worklogs.ndjson", "worklog", "worklogs", 30, 14},
		{"jira-remotelinks.ndjson", "remotelink", "", 151, 62},
	} {
		t.Run(fmt.Sprintf("%d items of %s on %d issues", one.items, one.path, one.issues), func(t *testing.T) {
			urls, bodies := recorded(t, dir, one.file)
			require.Len(t, bodies, one.items)
			want := map[string][]string{}
			for k := range urls {
				id := issueIn(urls[k])
				want[id] = append(want[id], bodies[k])
			}
			require.Len(t, want, one.issues)
			for id, items := range want {
				require.ElementsMatch(t, items, list(t, c, id, one.path, one.list), id)
			}
		})
	}
	t.Run("made-up hosts announce what their lists hold", func(t *testing.T) {
		all, _ := walk(t, c, "project in (EE, K5)", 5000)
		require.Len(t, all, 33+69)
		for _, id := range all {
			var i struct {
				Changelog struct {
					Total     int
					Histories []json.RawMessage
				}
				Fields struct {
					Project struct{ Key string }
					Worklog struct {
						Total    int
						Worklogs []json.RawMessage
					}
					Watches struct{ WatchCount int }
				}
			}
			c.get("/rest/api/3/issue/"+id+"?expand=changelog").decode(t, &i)
			history := list(t, c, id, "changelog", "values")
			require.Len(t, history, i.Changelog.Total)
			require.Len(t, i.Changelog.Histories, min(40, i.Changelog.Total))
			require.Len(t, list(t, c, id, "worklog", "worklogs"), i.Fields.Worklog.Total)
			var w struct{ Watchers []json.RawMessage }
			c.get("/rest/api/3/issue/"+id+"/watchers").decode(t, &w)
			require.Len(t, w.Watchers, i.Fields.Watches.WatchCount)
		}
	})
	t.Run("12 projects and K5", func(t *testing.T) {
		_, bodies := recorded(t, dir, "jira-projects.ndjson")
		var p struct{ Values []json.RawMessage }
		c.get("/rest/api/3/project/search").decode(t, &p)
		require.Len(t, p.Values, 13)
		require.Subset(t, texts(p.Values), bodies)
		for _, body := range bodies {
			var one struct{ Key string }
			require.NoError(t, json.Unmarshal([]byte(body), &one))
			require.Equal(t, body, string(c.get("/rest/api/3/project/"+one.Key).body))
		}
		require.Contains(t, string(c.get("/rest/api/3/project/K5").body), "Keon_5")
	})
	t.Run("insight counts the issues that search finds", func(t *testing.T) {
		require.Contains(t, string(c.get("/rest/api/3/project/search?expand=insight&keys=EE").body), `"totalIssueCount":99`)
	})
	t.Run("an issue can be added, a comment deleted", func(t *testing.T) {
		_, key, err := site.AddIssue("K5", 0)
		require.NoError(t, err)
		require.Equal(t, 200, c.get("/rest/api/3/issue/"+key).status)
		comment := first(t, site, "EE-1").Comments()[0].ID
		site.DeleteComment("EE-1", comment)
		require.Contains(t, string(c.get("/rest/api/3/issue/EE-1?fields=comment").body), `"total":0`)
	})
}

func texts(items []json.RawMessage) []string {
	out := make([]string, 0, len(items))
	for _, i := range items {
		out = append(out, string(i))
	}
	return out
}

// list reads all pages of a list below an issue.
func list(t testing.TB, c *client, id, path, name string) (out []string) {
	t.Helper()
	out = []string{}
	if name == "" {
		var items []json.RawMessage
		c.get("/rest/api/3/issue/"+id+"/"+path).decode(t, &items)
		return texts(items)
	}
	for {
		var p map[string]json.RawMessage
		c.get(fmt.Sprintf("/rest/api/3/issue/%s/%s?startAt=%d", id, path, len(out))).decode(t, &p)
		var items []json.RawMessage
		require.NoError(t, json.Unmarshal(p[name], &items))
		if len(items) == 0 {
			require.Equal(t, fmt.Sprint(len(out)), string(p["total"]))
			return out
		}
		out = append(out, texts(items)...)
	}
}

func TestListsOfFixturesHoldWhatWasRecorded(t *testing.T) {
	dir := filepath.Join(sharedtest.Dir(t), "fixtures")
	site, c := start(t, samplesite.Config{Fixtures: dir, Rate: -1})
	r := newReader(c, site)
	r.all()
	sameAsTruth(t, r)
	ids := map[string]map[string]bool{}
	for _, kind := range []string{"issueType", "status", "priority", "resolution", "account", "projectRole", "workflow", "permissionScheme", "group"} {
		require.NotEmpty(t, r.read[kind], kind)
		ids[kind] = map[string]bool{}
		for _, e := range r.read[kind] {
			ids[kind][e.id] = true
		}
	}
	_, bodies := recorded(t, dir, "jira-issues.ndjson")
	for _, body := range bodies {
		var i struct {
			Fields struct {
				Issuetype, Status, Priority, Resolution *struct{ ID string }
			}
		}
		require.NoError(t, json.Unmarshal([]byte(body), &i))
		for kind, of := range map[string]*struct{ ID string }{"issueType": i.Fields.Issuetype, "status": i.Fields.Status, "priority": i.Fields.Priority, "resolution": i.Fields.Resolution} {
			if of != nil {
				require.True(t, ids[kind][of.ID], "%s %s", kind, of.ID)
			}
		}
	}
	_, people := recorded(t, dir, "jira-users.ndjson")
	require.Len(t, r.read["account"], len(people))
}

func TestFixturesAbsent(t *testing.T) {
	_, err := samplesite.New(samplesite.Config{Fixtures: t.TempDir()})
	require.ErrorContains(t, err, "reading recorded responses")
}
