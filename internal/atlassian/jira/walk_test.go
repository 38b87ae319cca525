package jira

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"holdfast/internal/atlassian"
	"holdfast/internal/atlassian/kinds"
)

// walked exports the site and returns "kind id parent" of the records of some kinds.
func walked(t *testing.T, j *Jira, names ...string) ([]string, []atlassian.Problem) {
	t.Helper()
	var got []string
	problems, err := j.ExportSite(t.Context(), func(item atlassian.Item) error {
		for _, k := range names {
			if item.Kind == k {
				got = append(got, fmt.Sprintf("%s %s %s", item.Kind, item.ID, item.Parent))
			}
		}
		return nil
	})
	require.NoError(t, err)
	return got, problems
}

func TestThePathOfANestedRouteHasTheIdsOfItsOwners(t *testing.T) {
	s := newSite(t)
	s.rows["screen"] = []string{`{"id":7}`}
	s.rows["screenTab"] = []string{`{"id":8}`}
	var path, query string
	s.on("GET /rest/api/3/screens/{screenId}/tabs/{tabId}/fields", func(w http.ResponseWriter, r *http.Request) {
		path = r.URL.Path
		reply(w, 200, `[{"id":"summary"}]`)
	})
	s.rows["group"] = []string{`{"groupId":"a/b?c","name":"x"}`}
	s.on("GET /rest/api/3/group/member", func(w http.ResponseWriter, r *http.Request) {
		query = r.URL.Query().Get("groupId") + r.URL.Query().Get("includeInactiveUsers")
		reply(w, 200, `{"values":[],"total":0}`)
	})
	s.rows["board"], s.rows["sprint"] = []string{`{"id":3}`}, []string{`{"id":4}`}
	var sprint string
	s.on("GET /rest/software/1.0/sprint/{id}/issue", func(w http.ResponseWriter, r *http.Request) {
		sprint = r.PathValue("id")
		reply(w, 200, `{"issues":[],"isLast":true}`)
	})
	got, problems := walked(t, s.jira(), "screenTabField")
	require.Empty(t, problems)
	require.Equal(t, []string{"screenTabField summary 8"}, got)
	require.Equal(t, "/rest/api/3/screens/7/tabs/8/fields", path)
	require.Equal(t, "a/b?ctrue", query)
	require.Equal(t, "4", sprint, "and of the outermost ones none that it has no room for")
}

func TestOptionsAreAskedOfFieldsWithOptionsOnly(t *testing.T) {
	s := newSite(t)
	s.rows["customField"] = []string{`{"id":"customfield_1","schema":{"custom":"com.atlassian.jira.plugin.system.customfieldtypes:select"}}`,
		`{"id":"customfield_2","schema":{"custom":"com.atlassian.jira.plugin.system.customfieldtypes:textfield"}}`, `{"id":"customfield_3"}`}
	s.rows["fieldContext"] = []string{`{"id":"10"}`}
	s.rows["fieldOption"] = []string{`{"id":"20"}`}
	got, problems := walked(t, s.jira(), "fieldContext", "fieldOption")
	require.Empty(t, problems)
	require.Equal(t, []string{"fieldContext 10 customfield_1", "fieldOption 20 10", "fieldContext 10 customfield_2", "fieldContext 10 customfield_3"}, got)
}

func TestTheFirstRefusalEndsWhatOnlyAdministratorsMayRead(t *testing.T) {
	s := newSite(t)
	s.rows["customField"] = bodies(kindNamed("customField"), 3*pageCap)
	at := pattern(kindNamed("fieldContext"))
	s.on(at, status(403))
	_, problems := walked(t, s.jira())
	require.Len(t, problems, 1, "one line, not one for each field")
	require.True(t, problems[0].Denied)
	require.LessOrEqual(t, s.counted(at), 8, "those that were under way")
}

func TestASprintIsRecordedOnceUnderTheFirstBoardThatListsIt(t *testing.T) {
	s := newSite(t)
	s.rows["board"] = bodies(kindNamed("board"), 6)
	s.on("GET /rest/agile/1.0/board/{id}/sprint", func(w http.ResponseWriter, r *http.Request) {
		n, _ := strconv.Atoi(r.PathValue("id"))
		if n == 103 {
			status(400)(w, r) // a board without sprints
			return
		}
		reply(w, 200, fmt.Sprintf(`{"values":[{"id":%d},{"id":%d}],"isLast":true}`, n/2, n/2+1))
	})
	s.rows["sprintIssue"] = []string{`{"id":"9"}`, `{"id":"5"}`, `{"id":"7"}`, `{"id":"1"}`}
	got, problems := walked(t, s.jira(), "sprint", "sprintIssue")
	require.Empty(t, problems)
	issues := func(sprint int) (all []string) {
		for _, id := range []string{"9", "5", "7", "1"} {
			all = append(all, fmt.Sprintf("sprintIssue %s %d", id, sprint))
		}
		return all
	}
	var want []string
	for sprint, board := range map[int]int{50: 100, 51: 100, 52: 104, 53: 104} {
		want = append(append(want, fmt.Sprintf("sprint %d %d", sprint, board)), issues(sprint)...)
	}
	// 102 has 51 and 52: 52 is its own.
	want = append(want[:0], "sprint 50 100")
	want = append(append(append(want, issues(50)...), "sprint 51 100"), issues(51)...)
	want = append(append(want, "sprint 52 102"), issues(52)...)
	want = append(append(want, "sprint 53 104"), issues(53)...)
	require.Equal(t, want, got, "in the order of their rank")
	require.Equal(t, 8, s.counted("GET /rest/software/1.0/sprint/{id}/issue"), "two pages each, and none again")
}

func TestFiltersAreReadWithoutTheAdministratorsParameterWhereThatIsRefused(t *testing.T) {
	s := newSite(t)
	s.rows["filter"] = bodies(kindNamed("filter"), 5)
	s.on("GET /rest/api/3/filter/search", func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("overrideSharePermissions") != "" {
			status(403)(w, r)
			return
		}
		s.rows.answer(kindNamed("filter"))(w, r)
	})
	got, problems := walked(t, s.jira(), "filter")
	require.Len(t, got, 5)
	require.Len(t, problems, 1)
	require.True(t, problems[0].Note)
	require.Contains(t, problems[0].Reason, "only the filters that the account sees")
}

func TestAnAccountThatIsNoAdministratorIsToldOfWhatTheSiteKeepsToItself(t *testing.T) {
	s := newSite(t)
	s.on(atMine, s.fixed(`{"permissions":{"ADMINISTER":{"havePermission":false}}}`))
	_, problems := walked(t, s.jira())
	noted := map[string]bool{}
	for _, p := range problems {
		require.True(t, p.Note && p.Denied && !p.Absent, "%+v", p)
		noted[p.Kind] = true
	}
	require.Equal(t, map[string]bool{"issueType": true, "status": true, "workflow": true, "notificationScheme": true,
		"filter": true, "archivedProject": true, "trashedProject": true}, noted)
}

func TestCustomersAreReadOfServiceProjectsAlone(t *testing.T) {
	s := newSite(t)
	var path, header string
	s.on("GET /rest/servicedeskapi/servicedesk/{id}/customer", func(w http.ResponseWriter, r *http.Request) {
		path, header = r.URL.Path, r.Header.Get("X-ExperimentalApi")
		reply(w, 200, `{"values":[{"accountId":"a"}],"isLastPage":true}`)
	})
	customers := func() (n int) {
		_, err := s.jira().ExportContainer(t.Context(), project, func(item atlassian.Item) error {
			if item.Kind == "customer" {
				n++
			}
			return nil
		})
		require.NoError(t, err)
		return n
	}
	require.Zero(t, customers())
	s.on(atProject, s.fixed(`{"id":"10000","key":"EE","projectTypeKey":"service_desk"}`))
	require.Equal(t, 1, customers())
	require.Equal(t, "/rest/servicedeskapi/servicedesk/projectId:10000/customer", path)
	require.Equal(t, "opt-in", header)
}

func TestAutomationRulesAreAskedOfTheHostThatTakesTheCredential(t *testing.T) {
	for name, gateway := range map[string]bool{"/gateway/api/automation/public/jira/cloud-1": false, "/automation/public/jira/cloud-1": true} {
		var asked []string
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			asked = append(asked, r.URL.RequestURI())
			require.Equal(t, gateway, r.Header.Get("Authorization") != "" && !strings.HasPrefix(r.URL.Path, "/gateway"))
			switch {
			case strings.HasSuffix(r.URL.Path, "/rule/u-1"):
				reply(w, 200, `{"rule":{"uuid":"u-1"},"connections":[]}`)
			case r.URL.Query().Get("cursor") == "":
				reply(w, 200, `{"data":[{"uuid":"u-1"}],"links":{"next":"https://elsewhere.example/?limit=100&cursor=a%2Bb"}}`)
			default:
				require.Equal(t, "a+b", r.URL.Query().Get("cursor"))
				reply(w, 200, `{"data":[],"links":{}}`)
			}
		}))
		t.Cleanup(server.Close)
		client, err := atlassian.New(atlassian.Config{Site: server.URL, Gateway: server.URL + "/ex/jira", CloudID: "cloud-1",
			Credential: atlassian.Credential{Token: "t", Email: "e", Gateway: gateway}})
		require.NoError(t, err)
		var items []string
		w := New(client).reader.Walk(atlassian.Container{}, func(item atlassian.Item) error {
			items = append(items, item.Kind+" "+item.ID+" "+item.Parent)
			return nil
		})
		require.NoError(t, w.Root(t.Context(), kindNamed("automationRuleSummary"), kinds.Owner{}))
		require.Empty(t, w.Problems())
		require.Equal(t, []string{"automationRuleSummary u-1 ", "automationRule u-1 u-1"}, items)
		require.Len(t, asked, 3)
		for _, uri := range asked {
			require.True(t, strings.HasPrefix(uri, name+"/rest/v1/rule/"), "%s", uri)
		}
	}
}

func TestKindsThatAreSwitchedOffAreNotAskedFor(t *testing.T) {
	s := newSite(t)
	s.add(10001, "", "")
	client := s.jira().client
	j := New(client, "remotelink", "property", "customField")
	s.rows["customField"] = bodies(kindNamed("customField"), 2)
	got := exportIssues(t, j, "10001")
	require.NoError(t, got.err)
	require.Equal(t, []string{"10001"}, got.Captured)
	require.Zero(t, s.counted(atLinks)+s.counted(atIssue))
	items, problems := walked(t, j, "customField", "fieldContext")
	require.Empty(t, items)
	require.Empty(t, problems)
}

func TestWhatTheSiteHasSwitchedOffIsNotAskedForAndNoted(t *testing.T) {
	s := newSite(t)
	s.on("GET /rest/api/3/configuration", s.fixed(`{"votingEnabled":false,"watchingEnabled":false,"issueLinkingEnabled":false,"timeTrackingEnabled":false}`))
	s.issues["10001"] = `{"id":"10001","key":"EE-1","fields":{"watches":{"watchCount":1},"votes":{"votes":1},"comment":{"comments":[],"total":0}},"changelog":{"histories":[],"total":0}}`
	for _, at := range []string{atLinks, atWorklogs, atWatchers, atVotes} {
		s.on(at, status(403))
	}
	j := s.jira()
	for range 3 {
		got := exportIssues(t, j, "10001")
		require.NoError(t, got.err)
		noted := map[string]bool{}
		for _, p := range got.Problems {
			require.True(t, p.Note && p.Absent, "%+v", p)
			noted[p.Kind] = true
		}
		require.Equal(t, map[string]bool{"worklog": true, "remotelink": true, "watchers": true, "votes": true}, noted,
			"the site may have had them when its own kinds were read")
	}
	require.Zero(t, s.counted(atLinks)+s.counted(atWorklogs)+s.counted(atWatchers)+s.counted(atVotes))
	require.Equal(t, 1, s.counted("GET /rest/api/3/configuration"), "all chunks of a process share the answer")
	_, problems := walked(t, j)
	noted := map[string]bool{}
	for _, p := range problems {
		require.True(t, p.Note && p.Absent, "%+v", p)
		noted[p.Kind] = true
	}
	require.Equal(t, map[string]bool{"issueLinkType": true, "worklog": true, "remotelink": true, "watchers": true, "votes": true}, noted)
	require.Zero(t, s.counted("GET /rest/api/3/issueLinkType"))
}

func TestSettingsThatAreNotForTheAccountCountAsSwitchedOn(t *testing.T) {
	s := newSite(t)
	s.on("GET /rest/api/3/configuration", status(403))
	s.add(10001, "", "")
	got := exportIssues(t, s.jira(), "10001")
	require.NoError(t, got.err)
	require.Equal(t, 1, s.counted(atLinks))
}

func TestProbeSaysWhatTheAccountMayRead(t *testing.T) {
	s := newSite(t)
	s.add(10001, "", "")
	s.on(atProject, s.fixed(`{"id":"10000","key":"EE","projectTypeKey":"software"}`))
	s.rows["customField"] = bodies(kindNamed("customField"), 9)
	s.rows["group"] = bodies(kindNamed("group"), 2)
	s.rows["board"] = bodies(kindNamed("board"), 2)
	s.on(pattern(kindNamed("fieldContext")), status(403))
	s.on(pattern(kindNamed("plan")), status(403))
	s.on(pattern(kindNamed("board")), status(404))
	s.on(pattern(kindNamed("screen")), status(401))
	s.on(pattern(kindNamed("projectRoleRef")), status(404))
	s.on(atLinks, status(403))
	got := map[string]atlassian.KindAccess{}
	j := New(s.jira().client, "property")
	require.NoError(t, j.Probe(t.Context(), func(a atlassian.KindAccess) error {
		require.NotContains(t, got, a.Kind)
		got[a.Kind] = a
		return nil
	}))
	for kind, state := range map[string]string{
		"serverInfo": "captured", "customField": "captured", "fieldContext": "no permission", "fieldOption": "no permission",
		"fieldDefault": "captured", "group": "captured", "groupMember": "captured", "plan": "no permission", "planDetail": "no permission",
		"board": "not exposed by the API", "sprintIssue": "not exposed by the API", "screen": "no permission", "screenTabField": "no permission",
		"project": "captured", "version": "captured", "projectRoleRef": "no permission", "projectRole": "no permission",
		"issue": "captured", "comment": "captured", "remotelink": "no permission", "property": "switched off",
		"queue": "not captured", "appData": "not exposed by the API",
	} {
		require.Equal(t, state, got[kind].State, "%s: %+v", kind, got[kind])
	}
	require.NotContains(t, got, "customer", "the project is none of services")
	require.Equal(t, "Administer Jira", got["fieldContext"].Permission)
	require.Equal(t, "manage:jira-configuration", got["fieldContext"].Scope)
	require.Equal(t, 1, s.counted("GET /rest/api/3/field/search"), "the first page is enough")

	s.on(atProjects, s.fixed(`{"values":[],"total":0,"isLast":true}`))
	clear(got)
	require.NoError(t, j.Probe(t.Context(), func(a atlassian.KindAccess) error { got[a.Kind] = a; return nil }))
	require.Equal(t, "the account sees no project", got["project"].Note)
	s.on(atMyself, status(401))
	s.on(atProjects, status(401))
	require.Equal(t, atlassian.ClassCredentials, atlassian.ClassOf(j.Probe(t.Context(), func(atlassian.KindAccess) error { return nil })))
}
