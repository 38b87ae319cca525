package samplesite_test

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"holdfast/internal/samplesite"
)

func BenchmarkEverything(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		_, err := samplesite.New(samplesite.Everything())
		require.NoError(b, err)
	}
}

// fast is a site of everything without a rate limit.
func fast(cfg samplesite.Config) samplesite.Config {
	cfg.Rate = -1
	return cfg
}

// sameAsTruth holds what was read of each kind against what the site says that
// the account is shown, in order.
func sameAsTruth(t *testing.T, r *reader) (hidden map[string]int) {
	t.Helper()
	hidden = map[string]int{}
	for _, kind := range r.site.Truth().Kinds() {
		var want []entryRead
		for one := range r.site.Truth().Records(kind) {
			if one.Hidden {
				hidden[kind]++
				continue
			}
			want = append(want, entryRead{kind: kind, parent: one.Parent, id: one.ID, project: one.Project, body: string(one.Body)})
		}
		got := r.read[kind]
		for i := range got {
			got[i].owners = nil
		}
		require.Len(t, got, len(want), kind)
		for i := range want {
			require.Equal(t, want[i], got[i], "%s, entry %d", kind, i)
		}
	}
	return hidden
}

func TestEveryKindIsServedAsItIs(t *testing.T) {
	site, c := checked(t, fast(samplesite.Everything()))
	r := newReader(c, site)
	r.all()
	hidden := sameAsTruth(t, r)
	require.Equal(t, []string{"backlogIssue", "board", "boardConfiguration", "boardProperty", "dashboard", "dashboardGadget", "dashboardItemProperty", "quickFilter", "sprint", "sprintIssue"}, slices.Sorted(maps.Keys(hidden)))
	named := map[string]bool{}
	for _, k := range kindsOfData {
		named[k.name] = true
		require.NotEmpty(t, r.read[k.name], k.name)
		switch k.pager {
		case "startAt", "arrayPages", "cursor", "start", "rules":
			// A project has one scheme of each sort, and 25 boards are no page.
			one := k.name == "board" || strings.HasPrefix(k.name, "project") && k.parent == "project"
			assert.True(t, r.paged[k.name] || one, "%s passes its first page", k.name)
		}
	}
	for _, kind := range site.Truth().Kinds() {
		require.True(t, named[kind], kind)
	}
}

func TestEveryKindInPagesOfSeven(t *testing.T) {
	for _, short := range []bool{false, true} {
		cfg := fast(samplesite.Demo(60, 5))
		cfg.ShortPages = short
		site, c := start(t, cfg)
		r := newReader(c, site)
		r.small = true
		r.all()
		sameAsTruth(t, r)
		for kind, n := range site.Counts().Requests {
			again := site.Counts().Provoked[kind]
			require.True(t, short || again == 0, "%s: %d of %d", kind, again, n)
		}
	}
}

func TestAnAccountThatDoesNotAdministerJira(t *testing.T) {
	site, c := checked(t, fast(samplesite.Demo(30, 3)))
	before := newReader(c, site)
	before.all()
	site.WithdrawAdmin()
	r := newReader(c, site)
	r.all()
	want := map[string]int{}
	for _, kind := range strings.Fields(`fieldContext fieldDefault fieldContextIssueType fieldContextProject trashedField issueTypeScheme issueTypeSchemeMapping
		workflowScheme screen screenScheme issueTypeScreenScheme issueTypeScreenSchemeMapping fieldScheme priorityScheme securityScheme securityLevel
		securityLevelMember securitySchemeProject role filter plan automationRuleSummary projectWorkflowScheme projectIssueTypeScheme projectScreenScheme projectFieldScheme`) {
		want[kind] = http.StatusForbidden
	}
	require.Equal(t, want, r.denied)
	require.Less(t, len(r.read["workflow"]), len(before.read["workflow"]), "only those of projects")
	require.Less(t, len(r.read["notificationScheme"]), len(before.read["notificationScheme"]), "only those that a project has")

	// Without the parameter the account is shown the filters that are shared with it.
	all := 0
	for f := range site.Truth().Records("filter") {
		require.Equal(t, f.Hidden, !slices.ContainsFunc(filtersShown(t, c), func(id string) bool { return id == f.ID }))
		all++
	}
	require.Greater(t, all, len(filtersShown(t, c)))
	for i, k := range kindsOfData {
		if k.name == "filter" {
			k.path = strings.ReplaceAll(k.path, "&overrideSharePermissions=true", "")
			for id, body := range r.list(k, nil) {
				r.read["filter"] = append(r.read["filter"], entryRead{kind: kindsOfData[i].name, id: id, body: body})
			}
		}
	}
	sameAsTruth(t, r)

	site.GrantAdmin()
	again := newReader(c, site)
	again.all()
	require.Equal(t, before.read["filter"], again.read["filter"])
}

func filtersShown(t testing.TB, c *client) (ids []string) {
	var p struct{ Values []struct{ ID string } }
	c.get("/rest/api/3/filter/search?maxResults=100").decode(t, &p)
	for _, f := range p.Values {
		ids = append(ids, f.ID)
	}
	return ids
}

func TestWhatASiteLacks(t *testing.T) {
	for _, one := range []struct {
		name   string
		lacks  samplesite.Lacks
		status int
		denied string
	}{
		{"no Jira Software", samplesite.Lacks{Software: true}, 404, "board"},
		{"no Premium", samplesite.Lacks{Plans: true}, 403, "plan"},
		{"no Jira Service Management", samplesite.Lacks{ServiceManagement: true}, 404, "customer"},
		{"no automation", samplesite.Lacks{Automation: true}, 403, "automationRuleSummary"},
		{"no permission to browse users and groups", samplesite.Lacks{BrowseUsers: true}, 403, "account group"},
		{"issue linking is off", samplesite.Lacks{IssueLinking: true}, 404, "issueLinkType"},
	} {
		t.Run(one.name, func(t *testing.T) {
			cfg := fast(samplesite.Demo(20, 2))
			cfg.Lacks = one.lacks
			site, c := checked(t, cfg)
			r := newReader(c, site)
			r.all()
			want := map[string]int{}
			for _, kind := range strings.Fields(one.denied) {
				want[kind] = one.status
			}
			require.Equal(t, want, r.denied)
			sameAsTruth(t, r)
			site.Lack(func(l *samplesite.Lacks) { *l = samplesite.Lacks{} })
			r = newReader(c, site)
			r.all()
			sameAsTruth(t, r)
		})
	}
}

func TestAForbiddenProjectHidesWhatIsItsOwn(t *testing.T) {
	site, c := checked(t, fast(samplesite.Demo(40, 2)))
	site.ForbidProject("SHOP")
	site.HideIssue("PAY-1")
	site.DeleteIssue("PAY-2")
	r := newReader(c, site)
	r.all()
	hidden := sameAsTruth(t, r)
	for _, kind := range []string{"board", "sprint", "sprintIssue", "backlogIssue", "projectRoleRef", "projectRole", "projectEmail", "projectWorkflowScheme", "prioritySchemeProject"} {
		require.Positive(t, hidden[kind], kind)
	}
	site.DenyBrowse("PAY")
	r = newReader(c, site)
	r.all()
	require.Equal(t, map[string]int{"projectProperty": 403, "projectEmail": 403}, r.denied)
	sameAsTruth(t, r)
	require.Equal(t, 404, c.get("/rest/api/3/project/SHOP/roledetails").status)
	require.JSONEq(t, `{"values":[]}`, string(c.get("/rest/api/3/workflowscheme/project?projectId=10000").body))
}

func TestRankSurvivesChanges(t *testing.T) {
	site, c := start(t, fast(samplesite.Demo(400, 0)))
	type page struct {
		Issues []struct{ ID string }
		Next   string `json:"nextPageToken"`
	}
	var all, p page
	c.get("/rest/software/1.0/board/1/backlog?fields=id&maxResults=5000").decode(t, &all)
	require.Greater(t, len(all.Issues), 20)
	c.get("/rest/software/1.0/board/1/backlog?fields=id&maxResults=9").decode(t, &p)
	require.Equal(t, all.Issues[:9], p.Issues)
	site.DeleteIssue(all.Issues[8].ID)
	c.get("/rest/software/1.0/board/1/backlog?fields=id&maxResults=5&nextPageToken="+p.Next).decode(t, &p)
	require.Equal(t, all.Issues[9:14], p.Issues, "the page goes on after an issue that was deleted")
	for e := range site.Truth().Records("backlogIssue") {
		require.NotEqual(t, all.Issues[8].ID, e.ID, "what was deleted is not hidden, it is not there")
	}
	a := c.get("/rest/software/1.0/board/1/backlog?fields=summary,customfield_10020&maxResults=3")
	require.Contains(t, string(a.body), `"summary":`)
}

func TestMyPermissionsTellOfBrowsingUsers(t *testing.T) {
	site, c := checked(t, small())
	has := func(yes bool) {
		require.Contains(t, string(c.get("/rest/api/3/mypermissions?permissions=USER_PICKER").body), fmt.Sprintf(`"havePermission":%v`, yes))
	}
	has(true)
	site.Lack(func(l *samplesite.Lacks) { l.BrowseUsers = true })
	has(false)
}
