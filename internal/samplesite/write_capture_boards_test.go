package samplesite_test

import (
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holdfast/internal/atlassian"
	"holdfast/internal/samplesite"
	"holdfast/internal/samplesite/content"
)

// find is the record of an id.
func (c snapshot) find(t *testing.T, kind, id string) atlassian.Item {
	t.Helper()
	for _, i := range c.of[kind] {
		if i.ID == id {
			return i
		}
	}
	t.Fatalf("%s %s was not captured", kind, id)
	return atlassian.Item{}
}

// ids is the ids of the parts of a record, in their order.
func (c snapshot) ids(kind, parent string) (out []string) {
	for _, i := range c.parts(kind, parent) {
		out = append(out, i.ID)
	}
	return out
}

func TestBoardsThatAreWrittenAreCaptured(t *testing.T) {
	site, c, _ := planned(t)
	c.post("/rest/api/3/project", `{"key":"DST","name":"Restored","projectTypeKey":"software","projectTemplateKey":"com.pyxis.greenhopper.jira:gh-simplified-scrum-classic","leadAccountId":"`+site.AccountID()+`"}`).is(t, 201)
	var ids []string
	for range 12 {
		ids = append(ids, c.post("/rest/api/3/issue", `{"fields":{"project":{"key":"DST"},"issuetype":{"name":"Task"},"summary":"x"}}`).is(t, 201).got(t, "id"))
	}
	board := c.board("scrum", "DST")
	c.put("/rest/agile/1.0/board/"+board+"/properties/p", `{"ratio":0.10}`).is(t, 201)
	sprint := c.post("/rest/agile/1.0/sprint", `{"name":"One","goal":"<g>","originBoardId":`+board+`,"startDate":"2026-05-01T00:00:00Z","endDate":"2026-05-15T00:00:00Z"}`).is(t, 201).got(t, "id")
	c.post("/rest/agile/1.0/sprint/"+sprint+"/issue", `{"issues":`+quoted(ids[7], ids[2], ids[4])+`,"rankBeforeIssue":"`+ids[0]+`"}`).is(t, 204)
	c.post("/rest/agile/1.0/sprint/"+sprint, `{"state":"active"}`).is(t, 200)
	c.put("/rest/agile/1.0/issue/rank", `{"issues":`+quoted(ids[11])+`,"rankAfterIssue":"`+ids[0]+`"}`).is(t, 204)

	got := snapshotOf(t, site, "DST")
	require.Equal(t, "Board of DST", textAt(t, got.find(t, "board", board).Body, "name"))
	config := got.find(t, "boardConfiguration", board)
	filter := got.find(t, "filter", textAt(t, config.Body, "filter", "id"))
	require.Equal(t, "project = DST ORDER BY Rank ASC", textAt(t, filter.Body, "jql"))
	require.Equal(t, site.AccountID(), textAt(t, filter.Body, "owner", "accountId"))
	require.Equal(t, `{"key":"p","value":{"ratio":0.10}}`, string(got.parts("boardProperty", board)[0].Body))
	require.Equal(t, board, got.find(t, "sprint", sprint).Parent)
	require.Equal(t, "active", textAt(t, got.find(t, "sprint", sprint).Body, "state"))
	require.Equal(t, []string{ids[7], ids[2], ids[4]}, got.ids("sprintIssue", sprint))
	require.Equal(t, []string{ids[0], ids[11], ids[1], ids[3], ids[5], ids[6], ids[8], ids[9], ids[10]}, got.ids("backlogIssue", board))
	require.Equal(t, sprint, textAt(t, got.issue(t, ids[7]), "fields", "customfield_10020", "0", "id"))
	require.Equal(t, "null", string(atlassian.Member(got.issue(t, ids[0]), "fields", "customfield_10020")))
}

// TestPartsAreWrittenFromManySidesAtOnce is for the race detector, and loses nothing.
func TestPartsAreWrittenFromManySidesAtOnce(t *testing.T) {
	site, c := start(t, small())
	var all sync.WaitGroup
	for n := range 6 {
		all.Go(func() {
			for k := range 10 {
				issue := "/rest/api/3/issue/BIG-2"
				c.post(issue+"/comment", `{"body":`+doc(fmt.Sprint(n, k))+`,"properties":[{"key":"k","value":1}]}`)
				c.post(issue+"/worklog", `{"started":"2021-01-17T12:34:00.000+0000","timeSpentSeconds":60}`)
				body, multi := form(t, "file", [2]string{fmt.Sprint(n, k), "x"})
				c.post(issue+"/attachments", body, multi)
				c.put("/rest/agile/1.0/issue/rank", fmt.Sprintf(`{"issues":["BIG-%d"],"rankAfterIssue":"BIG-2"}`, 10+n))
				c.get(issue)
				c.post("/rest/api/3/issue/bulkfetch", `{"issueIdsOrKeys":["BIG-2"],"fields":["*all"]}`)
			}
		})
	}
	all.Wait()
	got := c.get("/rest/api/3/issue/BIG-2").is(t, 200)
	require.Equal(t, "60", got.got(t, "fields", "comment", "total"))
	require.Equal(t, "60", got.got(t, "fields", "worklog", "total"))
	require.Equal(t, "3600", got.got(t, "fields", "timetracking", "timeSpentSeconds"))
	require.Len(t, first(t, site, "BIG-2").Attachments(), 60)
}

func TestPartsCountAsWritesToTheirIssue(t *testing.T) {
	k := &clock{time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)}
	cfg := samplesite.Config{Now: k.now, Content: content.Spec{Seed: 3, Projects: []content.ProjectSpec{{Key: "ONE", Issues: 2}}}}
	_, c := start(t, cfg)
	write := func(key string) answer {
		return c.post("/rest/api/3/issue/"+key+"/remotelink", `{"object":{"url":"https://x.example","title":"x"}}`)
	}
	for range 20 {
		write("ONE-1").is(t, 201)
	}
	body, multi := form(t, "file", [2]string{"x", "y"})
	refused := c.post("/rest/api/3/issue/ONE-1/attachments", body, multi).is(t, http.StatusTooManyRequests)
	require.Equal(t, "jira-per-issue-on-write", refused.header.Get("Ratelimit-Reason"))
	write("ONE-2").is(t, 201)
	c.post("/rest/api/3/comment/list", `{"ids":[1]}`).is(t, 200)
	k.at = k.at.Add(2 * time.Second)
	write("ONE-1").is(t, 201)
}
