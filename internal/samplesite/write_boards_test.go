package samplesite_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holdfast/internal/samplesite"
	"holdfast/internal/samplesite/content"
)

// planned is a site with projects of each kind, and without boards of its own.
func planned(t *testing.T) (*samplesite.Site, *client, *clock) {
	k := &clock{time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)}
	cfg := small()
	cfg.Now = k.now
	cfg.Content.Projects = append(cfg.Content.Projects, content.ProjectSpec{Key: "SIX", Issues: 120})
	cfg.Content.Config = content.Config{Filters: 3, Boards: 4, Groups: 2, Roles: 1, Deep: 3}
	site, c := checked(t, cfg)
	return site, c, k
}

// board makes a filter and a board of a project.
func (c *client) board(kind, project string) string {
	c.t.Helper()
	filter := c.post("/rest/api/3/filter", fmt.Sprintf(`{"name":"All of %s for %s","jql":"project = %s ORDER BY Rank ASC"}`, project, kind, project)).is(c.t, 200).got(c.t, "id")
	return c.post("/rest/agile/1.0/board", fmt.Sprintf(`{"name":"Board of %s","type":%q,"filterId":%s,"location":{"type":"project","projectKeyOrId":%q}}`, project, kind, filter, project)).
		is(c.t, 201).got(c.t, "id")
}

// keys lists the issues of a sprint or of a backlog in their order, in small pages.
func (c *client) keys(path string) []string {
	c.t.Helper()
	out, token := []string{}, ""
	for {
		var p struct {
			Issues        []struct{ Key string }
			NextPageToken string
			IsLast        bool
		}
		c.get(path+"?fields=key&maxResults=7&nextPageToken="+token).decode(c.t, &p)
		for _, i := range p.Issues {
			out = append(out, i.Key)
		}
		if p.IsLast {
			return out
		}
		token = p.NextPageToken
	}
}

func quoted(keys ...string) string { return `["` + strings.Join(keys, `","`) + `"]` }

func TestFilters(t *testing.T) {
	site, c, _ := planned(t)
	var people []struct{ AccountID string }
	c.get("/rest/api/3/users/search").decode(t, &people)
	a := c.post("/rest/api/3/filter", `{"name":"Mine <1>","description":"d","jql":"project = BIG AND text ~ \"a & b\" ORDER BY Rank","favourite":true,
		"sharePermissions":[{"type":"project","project":{"id":"10000"}},{"type":"group","group":{"name":"jira-users"}},{"type":"user","user":{"accountId":"`+people[2].AccountID+`"}}]}`).is(t, 200)
	id := a.got(t, "id")
	require.Equal(t, site.AccountID(), a.got(t, "owner", "accountId"))
	require.Equal(t, "BIG", a.got(t, "sharePermissions", "0", "project", "key"))
	require.Equal(t, "jira-users", a.got(t, "sharePermissions", "1", "group", "name"))
	require.Equal(t, people[2].AccountID, a.got(t, "sharePermissions", "2", "user", "accountId"))
	require.Equal(t, string(a.body), string(c.get("/rest/api/3/filter/"+id).is(t, 200).body))
	found := c.get("/rest/api/3/filter/search?expand=description,favourite,favouritedCount,jql,owner,searchUrl,sharePermissions,editPermissions,approximateLastUsed,subscriptions,viewUrl&id="+id).is(t, 200)
	require.Equal(t, a.got(t, "jql"), found.got(t, "values", "0", "jql"))
	require.Equal(t, a.got(t, "sharePermissions"), found.got(t, "values", "0", "sharePermissions"))

	c.put("/rest/api/3/filter/"+id, `{"name":"Mine 2","jql":"project = TWO","editPermissions":[{"type":"authenticated"}]}`).is(t, 200)
	b := c.get("/rest/api/3/filter/"+id).is(t, 200)
	require.Equal(t, "Mine 2", b.got(t, "name"))
	require.Equal(t, "loggedin", b.got(t, "editPermissions", "0", "type"))
	require.Equal(t, a.got(t, "sharePermissions"), b.got(t, "sharePermissions"))
	require.Equal(t, "4", fmt.Sprint(strings.Count(string(c.post("/rest/api/3/filter/"+id+"/permission", `{"type":"project","projectId":"10001"}`).is(t, 201).body), `"type":"project"`)+
		strings.Count(string(c.get("/rest/api/3/filter/"+id+"/permission").is(t, 200).body), `"type":"project"`)))
	c.post("/rest/api/3/filter/"+id+"/permission", `{"type":"authenticated"}`).is(t, 201)
	require.Equal(t, "loggedin", c.get("/rest/api/3/filter/"+id+"/permission").is(t, 200).got(t, "0", "type"))

	for _, one := range []struct {
		name, body string
		contains   string
	}{
		{"without name", `{"jql":"project = BIG"}`, `"filterName"`},
		{"a name twice", `{"name":"Mine 2"}`, "same name"},
		{"a query that is none", `{"name":"x","jql":"project = ("}`, `"jql"`},
		{"a project that is not there", `{"name":"x","jql":"project = NONE ORDER BY Rank"}`, "NONE"},
		{"edit permissions at once", `{"name":"x","editPermissions":[]}`, "when updating"},
		{"an owner", `{"name":"x","owner":{"accountId":"x"}}`, "Invalid request payload"},
		{"shared with a group that is not there", `{"name":"x","sharePermissions":[{"type":"group","group":{"name":"none"}}]}`, "group"},
		{"shared with a project that is not there", `{"name":"x","sharePermissions":[{"type":"project","project":{"id":"1"}}]}`, "project"},
		{"shared in a way that requests can not have", `{"name":"x","sharePermissions":[{"type":"project-unknown"}]}`, "project-unknown"},
	} {
		t.Run(one.name, func(t *testing.T) {
			require.Contains(t, string(c.post("/rest/api/3/filter", one.body).is(t, 400).body), one.contains)
		})
	}
	c.put("/rest/api/3/filter/"+id+"/owner", `{"accountId":"`+people[3].AccountID+`"}`).is(t, 204)
	require.Equal(t, people[3].AccountID, c.get("/rest/api/3/filter/"+id).is(t, 200).got(t, "owner", "accountId"))
	c.put("/rest/api/3/filter/"+id, `{"name":"x"}`).is(t, 400)
	c.del("/rest/api/3/filter/"+id).is(t, 204)
	c.get("/rest/api/3/filter/"+id).is(t, 400)
}

func TestBoards(t *testing.T) {
	site, c, _ := planned(t)
	id := c.board("scrum", "SIX")
	one := "/rest/agile/1.0/board/" + id
	a := c.get(one).is(t, 200)
	require.Equal(t, "SIX", a.got(t, "location", "projectKey"))
	require.Contains(t, string(c.get("/rest/agile/1.0/board?projectTypeLocation=software").is(t, 200).body), string(a.body), "the list has it as it is alone")
	config := c.get(one+"/configuration").is(t, 200)
	require.Equal(t, "scrum", config.got(t, "type"))
	require.NotEqual(t, "[]", config.got(t, "columnConfig", "columns", "0", "statuses"))
	require.Equal(t, "[]", c.get(one+"/sprint").is(t, 200).got(t, "values"))
	require.Equal(t, "[]", c.get(one+"/quickfilter").is(t, 200).got(t, "values"))
	require.Equal(t, "[]", c.get(one+"/properties").is(t, 200).got(t, "keys"))
	c.put(one+"/properties/holdfast.origin", `{"a":1}`).is(t, 201)
	c.put(one+"/properties/holdfast.origin", `{"a":2.0}`).is(t, 200)
	require.Equal(t, `{"a":2.0}`, c.get(one+"/properties/holdfast.origin").is(t, 200).got(t, "value"))

	kanban := c.board("kanban", "BIG")
	c.get("/rest/agile/1.0/board/"+kanban+"/sprint").is(t, 400)
	require.NotEmpty(t, c.keys("/rest/software/1.0/board/"+kanban+"/backlog"))
	for _, key := range c.keys("/rest/software/1.0/board/" + id + "/backlog") {
		require.True(t, strings.HasPrefix(key, "SIX-"), key)
	}
	t.Run("a board of more projects shows what its filter finds", func(t *testing.T) {
		filter := c.post("/rest/api/3/filter", `{"name":"both","jql":"project in (BIG, SIX) AND id > 10100"}`).is(t, 200).got(t, "id")
		both := c.post("/rest/agile/1.0/board", `{"name":"both","type":"kanban","filterId":`+filter+`}`).is(t, 201)
		require.Equal(t, site.AccountID(), both.got(t, "location", "userAccountId"))
		got := strings.Join(c.keys("/rest/software/1.0/board/"+both.got(t, "id")+"/backlog"), " ")
		require.Contains(t, got, "BIG-")
		require.Contains(t, got, "SIX-")
		require.NotContains(t, strings.Split(got, " "), "BIG-1", "its id is lower")
	})
	for _, one := range []struct{ name, body, contains string }{
		{"no name", `{"type":"scrum","filterId":1}`, `"name"`},
		{"no type", `{"name":"x","filterId":1}`, `"type"`},
		{"no filter", `{"name":"x","type":"scrum"}`, `"filterId"`},
		{"a filter that is not there", `{"name":"x","type":"scrum","filterId":1}`, `"filterId"`},
		{"a type that only projects make", `{"name":"x","type":"simple","filterId":1}`, `"type"`},
		{"columns", `{"name":"x","type":"scrum","filterId":1,"columns":[]}`, "Invalid request payload"},
	} {
		t.Run(one.name, func(t *testing.T) {
			require.Contains(t, string(c.post("/rest/agile/1.0/board", one.body).is(t, 400).body), one.contains)
		})
	}
	c.del(one).is(t, 204)
	c.get(one).is(t, 404)
	site.Lack(func(l *samplesite.Lacks) { l.Software = true })
	c.post("/rest/agile/1.0/board", `{"name":"x","type":"scrum","filterId":1}`).is(t, 404)
}

func TestSprints(t *testing.T) {
	_, c, k := planned(t)
	board := c.board("scrum", "SIX")
	of := "/rest/agile/1.0/board/" + board + "/sprint"
	backlog := "/rest/software/1.0/board/" + board + "/backlog"
	create := func(name string) string {
		t.Helper()
		return c.post("/rest/agile/1.0/sprint", `{"name":" `+name+` ","goal":"g <1>","originBoardId":`+board+`,"startDate":"2026-05-01T00:00:00.000+0200","endDate":"2026-05-15T00:00:00Z"}`).is(t, 201).got(t, "id")
	}
	one, two := create("First"), create("Second")
	at := func(id string) string { return "/rest/agile/1.0/sprint/" + id }
	issues := func(id string) string { return "/rest/software/1.0/sprint/" + id + "/issue" }
	a := c.get(at(one)).is(t, 200)
	require.Equal(t, "First", a.got(t, "name"))
	require.Equal(t, "future", a.got(t, "state"))
	require.Equal(t, "2026-04-30T22:00:00.000Z", a.got(t, "startDate"))
	require.Equal(t, "2026-05-04T12:00:00.000Z", a.got(t, "createdDate"))
	require.Equal(t, string(a.body), c.get(of).is(t, 200).got(t, "values", "0"))

	open := c.keys(backlog)
	require.Greater(t, len(open), 10)
	t.Run("issues move between sprints and the backlog", func(t *testing.T) {
		c.post(at(one)+"/issue", `{"issues":`+quoted(open[0], open[2], open[4])+`}`).is(t, 204)
		require.Equal(t, []string{open[0], open[2], open[4]}, c.keys(issues(one)), "their rank stays")
		require.Equal(t, slices.Concat([]string{open[1], open[3]}, open[5:]), c.keys(backlog))
		require.Equal(t, "First", c.get("/rest/api/3/issue/"+open[0]).is(t, 200).got(t, "fields", "customfield_10020", "0", "name"))
		c.post(at(two)+"/issue", `{"issues":`+quoted(open[4])+`}`).is(t, 204)
		require.Equal(t, []string{open[0], open[2]}, c.keys(issues(one)), "an issue is in one open sprint")
		c.post("/rest/agile/1.0/backlog/issue", `{"issues":`+quoted(open[2])+`}`).is(t, 204)
		require.Equal(t, []string{open[0]}, c.keys(issues(one)))
		c.post("/rest/agile/1.0/backlog/"+board+"/issue", `{"issues":`+quoted(open[4])+`,"rankBeforeIssue":"`+open[1]+`"}`).is(t, 204)
		require.Equal(t, open[4], c.keys(backlog)[0])
	})
	t.Run("a sprint is started, then completed; nothing else", func(t *testing.T) {
		c.post(at(one), `{"state":"closed"}`).is(t, 400)
		bare := c.post("/rest/agile/1.0/sprint", `{"name":"Bare","originBoardId":`+board+`}`).is(t, 201).got(t, "id")
		c.post(at(bare), `{"state":"active"}`).is(t, 400)
		c.post(at(one), `{"state":"active"}`).is(t, 200)
		c.post(at(one), `{"state":"future"}`).is(t, 400)
		k.at = k.at.Add(48 * time.Hour)
		done := c.post(at(one), `{"state":"closed"}`).is(t, 200)
		require.Equal(t, "2026-05-06T12:00:00.000Z", done.got(t, "completeDate"))
		c.post(at(one), `{"state":"active"}`).is(t, 400)
		c.post(at(one)+"/issue", `{"issues":`+quoted(open[1])+`}`).is(t, 400)
	})
	t.Run("of a closed sprint only name and goal change", func(t *testing.T) {
		b := c.put(at(one), `{"id":`+one+`,"name":"Renamed","state":"closed","goal":"new","startDate":"2020-01-01T00:00:00.000Z"}`).is(t, 200)
		require.Equal(t, "Renamed", b.got(t, "name"))
		require.Equal(t, "new", b.got(t, "goal"))
		require.Equal(t, "2026-04-30T22:00:00.000Z", b.got(t, "startDate"))
		c.post(at(one), `{"completeDate":"2020-01-01T00:00:00.000Z"}`).is(t, 400)
	})
	t.Run("an issue keeps its closed sprints, and is in the backlog again", func(t *testing.T) {
		require.Equal(t, []string{open[0]}, c.keys(issues(one)))
		require.Contains(t, c.keys(backlog), open[0])
		c.post(at(two)+"/issue", `{"issues":`+quoted(open[0])+`}`).is(t, 204)
		require.Equal(t, []string{open[0]}, c.keys(issues(one)))
		require.Equal(t, []string{open[0]}, c.keys(issues(two)))
		field := c.get("/rest/api/3/issue/"+open[0]).is(t, 200)
		require.Equal(t, "Renamed", field.got(t, "fields", "customfield_10020", "0", "name"))
		require.Equal(t, "Second", field.got(t, "fields", "customfield_10020", "1", "name"))
	})
	t.Run("a whole update takes away what it does not say, properties stay", func(t *testing.T) {
		c.put(at(two)+"/properties/p", `7`).is(t, 201)
		b := c.put(at(two), `{"name":"Second","state":"future"}`).is(t, 200)
		require.Empty(t, b.got(t, "startDate"))
		require.Equal(t, "7", c.get(at(two)+"/properties/p").is(t, 200).got(t, "value"))
		require.Equal(t, "p", c.get(at(two)+"/properties").is(t, 200).got(t, "keys", "0", "key"))
	})
	t.Run("a deleted sprint leaves its issues in the backlog", func(t *testing.T) {
		c.del(at(two)).is(t, 204)
		c.get(at(two)).is(t, 404)
		require.Contains(t, c.keys(backlog), open[0])
	})
	for _, one := range []struct {
		name, body string
		status     int
	}{
		{"no name", `{"originBoardId":` + board + `}`, 400},
		{"no board", `{"name":"x"}`, 400},
		{"a board that is not there", `{"name":"x","originBoardId":77777}`, 404},
		{"an end before the start", `{"name":"x","originBoardId":` + board + `,"startDate":"2026-05-02T00:00:00Z","endDate":"2026-05-01T00:00:00Z"}`, 400},
		{"a date that is none", `{"name":"x","originBoardId":` + board + `,"startDate":"yesterday"}`, 400},
		{"a state at once", `{"name":"x","originBoardId":` + board + `,"state":"active"}`, 400},
	} {
		t.Run(one.name, func(t *testing.T) { c.post("/rest/agile/1.0/sprint", one.body).is(t, one.status) })
	}
	t.Run("a kanban board has no sprints", func(t *testing.T) {
		c.post("/rest/agile/1.0/sprint", `{"name":"x","originBoardId":`+c.board("kanban", "TWO")+`}`).is(t, 400)
	})
}

func TestRank(t *testing.T) {
	site, c, _ := planned(t)
	backlog := "/rest/software/1.0/board/" + c.board("kanban", "SIX") + "/backlog"
	before := c.keys(backlog)
	rank := func(body string) answer { t.Helper(); return c.put("/rest/agile/1.0/issue/rank", body) }
	rank(`{"issues":`+quoted(before[8], before[5])+`,"rankBeforeIssue":"`+before[0]+`"}`).is(t, 204)
	want := slices.Concat([]string{before[8], before[5]}, before[:5], before[6:8], before[9:])
	require.Equal(t, want, c.keys(backlog))
	rank(`{"issues":`+quoted(want[0])+`,"rankAfterIssue":"`+want[len(want)-1]+`"}`).is(t, 204)
	want = append(want[1:], want[0])
	require.Equal(t, want, c.keys(backlog))
	_, key, err := site.AddIssue("SIX", 0)
	require.NoError(t, err)
	if got := c.keys(backlog); slices.Contains(got, key) {
		require.Equal(t, append(want, key), got, "what is new comes last")
	}
	rank(`{"issues":`+quoted(before[1])+`}`).is(t, 400)
	rank(`{"issues":[],"rankAfterIssue":"`+before[0]+`"}`).is(t, 400)
	rank(`{"issues":`+quoted(before[1])+`,"rankAfterIssue":"`+before[1]+`"}`).is(t, 400)
	rank(`{"issues":`+quoted("SIX-999")+`,"rankAfterIssue":"`+before[1]+`"}`).is(t, 400)
	all := make([]string, 51)
	for i := range all {
		all[i] = fmt.Sprintf("BIG-%d", i+1)
	}
	rank(`{"issues":`+quoted(all...)+`,"rankAfterIssue":"`+before[1]+`"}`).is(t, 400)
	rank(`{"issues":`+quoted(all[:50]...)+`,"rankAfterIssue":"`+before[1]+`"}`).is(t, 204)
	site.Withdraw("SCHEDULE_ISSUES")
	rank(`{"issues":`+quoted(before[1])+`,"rankAfterIssue":"`+before[2]+`"}`).is(t, 403)
}
