package jira

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holdfast/internal/atlassian"
)

func TestIdentity(t *testing.T) {
	s := newSite(t)
	id, err := s.jira().Identity(t.Context())
	require.NoError(t, err)
	require.Equal(t, atlassian.Identity{AccountID: "me", Name: "Backup", TimeZone: "Asia/Kolkata"}, id)
	for name, h := range map[string]http.HandlerFunc{
		"401": status(401),
		"403": status(403),
		"a page of HTML with 401": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			w.WriteHeader(401)
		},
		"nobody":                    s.fixed(`{}`),
		"an unreadable gateway key": func(w http.ResponseWriter, r *http.Request) { reply(w, 403, `{"error":"x"}`) },
	} {
		s.on(atMyself, h)
		_, err = s.jira().Identity(t.Context())
		require.Equal(t, atlassian.ClassCredentials, atlassian.ClassOf(err), name)
		require.NotContains(t, err.Error(), secret)
	}
	cloud, err := s.jira().CloudID(t.Context())
	require.NoError(t, err)
	require.Equal(t, "cloud-1", cloud)
}

func TestABadTokenLooksLikeAnEmptySiteButIsNot(t *testing.T) {
	s := newSite(t)
	anonymous := func(body string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("X-Seraph-Loginreason", "AUTHENTICATED_FAILED")
			reply(w, 200, body)
		}
	}
	s.on(atProjects, anonymous(`{"values":[],"total":0,"isLast":true}`))
	s.on(atSearch, anonymous(`{"issues":[],"isLast":true}`))
	s.on(atBulk, anonymous(`{"issues":[],"issueErrors":[]}`))
	j := s.jira()
	require.Equal(t, atlassian.ClassCredentials, atlassian.ClassOf(j.Containers(t.Context(), nil)))
	_, err := j.Census(t.Context(), project, nil)
	require.Equal(t, atlassian.ClassCredentials, atlassian.ClassOf(err))
	require.Equal(t, atlassian.ClassCredentials, atlassian.ClassOf(j.Late(t.Context(), time.Time{}, time.Time{}, nil)))
	require.Equal(t, atlassian.ClassCredentials, atlassian.ClassOf(exportIssues(t, j, "10001").err))
}

func TestAccess(t *testing.T) {
	s := newSite(t)
	var sizes []int
	s.on(atCheck, func(w http.ResponseWriter, r *http.Request) {
		var body struct {
			ProjectPermissions []struct {
				Permissions []string
				Projects    []int
			}
		}
		json.NewDecoder(r.Body).Decode(&body)
		p := body.ProjectPermissions[0]
		sizes = append(sizes, len(p.Projects))
		var granted []string
		for _, id := range p.Projects {
			if id != 10007 && id != 11500 {
				granted = append(granted, fmt.Sprint(id))
			}
		}
		reply(w, 200, `{"globalPermissions":[],"projectPermissions":[{"permission":"OTHER","projects":[10007]},{"permission":"BROWSE_PROJECTS","projects":[`+strings.Join(granted, ",")+`]}]}`)
	})
	var all []atlassian.Container
	for i := range 1600 {
		all = append(all, atlassian.Container{ID: fmt.Sprint(10000 + i), Key: fmt.Sprint("K", i)})
	}
	access, err := s.jira().Access(t.Context(), all)
	require.NoError(t, err)
	require.True(t, access.Administer)
	require.Equal(t, []string{"K7", "K1500"}, access.Unreadable)
	require.Equal(t, []int{1000, 600}, sizes, "a thousand projects at a time")
	s.on(atMine, s.fixed(`{"permissions":{"ADMINISTER":{"havePermission":false}}}`))
	access, err = s.jira().Access(t.Context(), nil)
	require.NoError(t, err)
	require.False(t, access.Administer)
}

func TestContainersArePagedByWhatComesBack(t *testing.T) {
	s := newSite(t)
	s.on(atProjects, func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		require.Equal(t, "insight", q.Get("expand"))
		var start int
		fmt.Sscan(q.Get("startAt"), &start)
		var values []string
		for i := start; i < min(start+30, 70); i++ {
			insight := ""
			if i%2 == 0 {
				insight = fmt.Sprintf(`,"insight":{"totalIssueCount":%d}`, i)
			}
			values = append(values, fmt.Sprintf(`{"id":"%d","key":"K%d"%s}`, 10000+i, i, insight))
		}
		reply(w, 200, fmt.Sprintf(`{"startAt":%d,"maxResults":30,"total":70,"values":[%s]}`, start, strings.Join(values, ",")))
	})
	var got []atlassian.Container
	require.NoError(t, s.jira().Containers(t.Context(), func(page []atlassian.Container) error {
		got = append(got, page...)
		return nil
	}))
	require.Len(t, got, 70)
	require.Equal(t, atlassian.Container{ID: "10002", Key: "K2", Items: 2}, got[2])
	require.Equal(t, -1, got[3].Items)
	require.Equal(t, 3, s.counted(atProjects))
}

func census(t *testing.T, s *site, c atlassian.Container) ([]string, *atlassian.Problem, error) {
	t.Helper()
	var ids []string
	p, err := s.jira().Census(t.Context(), c, func(page []string) error {
		ids = append(ids, page...)
		return nil
	})
	return ids, p, err
}

func TestTheCensusGoesThroughAllPages(t *testing.T) {
	s := newSite(t)
	for i := range 12_000 {
		s.order = append(s.order, fmt.Sprint(20_000+i*7))
	}
	c := project
	c.Items = 12_000
	ids, p, err := census(t, s, c)
	require.NoError(t, err)
	require.Nil(t, p)
	require.Equal(t, s.order, ids)
	require.Equal(t, 3, s.counted(atSearch))
	require.Zero(t, s.counted(atProjects))
	c.Items, s.order = 0, nil
	_, p, err = census(t, s, c)
	require.NoError(t, err)
	require.Nil(t, p)
	require.Equal(t, 4, s.counted(atSearch), "an empty project takes one")
}

func TestACensusThatFindsTooFewIsTakenAgain(t *testing.T) {
	s := newSite(t)
	s.order = numbers(10_000, 8)
	s.items = 10
	s.on(atSearch, func(w http.ResponseWriter, r *http.Request) {
		if s.counted(atSearch) == 2 {
			s.order = append(numbers(9_000, 1), numbers(10_000, 9)...)
		}
		s.search(w, r)
	})
	c := project
	c.Items = 10
	ids, p, err := census(t, s, c)
	require.NoError(t, err)
	require.Nil(t, p)
	require.Len(t, ids, 10, "each once over both walks")
	require.Equal(t, 2, s.counted(atSearch))
	require.Equal(t, 1, s.counted(atProjects))

	s.items = 11
	c.Items = 11
	ids, p, err = census(t, s, c)
	require.NoError(t, err)
	require.Len(t, ids, 10)
	require.Equal(t, "project", p.Kind)
	require.Equal(t, "EE", p.Container)
	require.Contains(t, p.Reason, "10 of 11")
	require.Equal(t, 5, s.counted(atSearch), "three walks")

	s.items = 10
	_, p, err = census(t, s, c)
	require.NoError(t, err)
	require.Nil(t, p, "the number is asked again: an issue may have been deleted")
	require.Equal(t, 6, s.counted(atSearch))
}

func TestACensusThatIsTruncatedIsAProblem(t *testing.T) {
	s := newSite(t)
	s.on(atSearch, s.fixed(`{"issues":[{"id":"1"}],"isLast":true,"warnings":[{"type":"INGESTION_LIMIT"}]}`))
	ids, p, err := census(t, s, project)
	require.NoError(t, err)
	require.Equal(t, []string{"1"}, ids)
	require.Contains(t, p.Reason, "truncated")
}

func TestACensusOfAProjectThatIsForbidden(t *testing.T) {
	s := newSite(t)
	s.on(atSearch, status(400))
	s.on(atProject, status(404))
	_, p, err := census(t, s, project)
	require.NoError(t, err)
	require.Contains(t, p.Reason, "no permission on project EE any more")

	s.on(atProject, nil)
	_, _, err = census(t, s, project)
	require.Equal(t, atlassian.ClassProtocol, atlassian.ClassOf(err), "a 400 that we should not have caused")

	s.on(atSearch, s.fixed(`{"issues":[],"isLast":true}`))
	s.on(atProjects, s.fixed(`{"values":[],"total":0}`))
	c := project
	c.Items = 5
	_, p, err = census(t, s, c)
	require.NoError(t, err)
	require.Contains(t, p.Reason, "no permission on project EE any more")
}

func TestTheLateSearchAsksInMillisecondsNotInTheAccountsTimeZone(t *testing.T) {
	s := newSite(t)
	var jql string
	s.on(atSearch, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		jql = atlassian.Text(atlassian.Member(body, "jql"))
		if atlassian.Member(body, "nextPageToken") == nil {
			reply(w, 200, `{"issues":[{"id":"1","fields":{"project":{"id":"10000"}}},{"id":"2","fields":{"project":{"id":"10001"}}}],"nextPageToken":"x"}`)
			return
		}
		reply(w, 200, `{"issues":[{"id":"2","fields":{"project":{"id":"10001"}}}],"isLast":true}`)
	})
	since := time.Date(2026, 11, 23, 3, 4, 5, 6e6, time.FixedZone("x", 5*3600))
	var got []string
	require.NoError(t, s.jira().Late(t.Context(), since, since.Add(time.Hour), func(container, id string) error {
		got = append(got, container+"/"+id)
		return nil
	}))
	require.Equal(t, []string{"10000/1", "10001/2"}, got)
	require.Equal(t, fmt.Sprintf("created >= %d AND created < %d ORDER BY created ASC", since.UnixMilli(), since.UnixMilli()+3600_000), jql)
}

func exported(t *testing.T, f func(func(atlassian.Item) error) ([]atlassian.Problem, error)) ([]string, []atlassian.Problem) {
	t.Helper()
	var got []string
	problems, err := f(func(item atlassian.Item) error {
		got = append(got, fmt.Sprintf("%s %s %s %s", item.Kind, item.ID, item.Key, item.Parent))
		return nil
	})
	require.NoError(t, err)
	return got, problems
}

func TestExportSite(t *testing.T) {
	s := newSite(t)
	j := s.jira()
	site := func(emit func(atlassian.Item) error) ([]atlassian.Problem, error) {
		return j.ExportSite(t.Context(), emit)
	}
	got, problems := exported(t, site)
	require.Empty(t, problems)
	require.Equal(t, []string{"serverInfo serverInfo  ", "configuration configuration  ", "field summary summary ", "field customfield_1 customfield_1 "}, got)
	s.on(atFields, status(403))
	got, problems = exported(t, site)
	require.Len(t, got, 2)
	require.Equal(t, []atlassian.Problem{{Kind: "field", ID: "field", Denied: true, Reason: `no permission: a token with scopes needs "read:jira-work"`}}, problems)
}

func TestExportContainer(t *testing.T) {
	s := newSite(t)
	s.lists["10000/version"] = many(1, 51, "")
	s.lists["10000/component"] = many(900, 2, "")
	j := s.jira()
	container := func(emit func(atlassian.Item) error) ([]atlassian.Problem, error) {
		return j.ExportContainer(t.Context(), project, emit)
	}
	got, problems := exported(t, container)
	require.Empty(t, problems)
	require.Equal(t, []string{"projectEmail 10000  10000", "projectPermissionScheme 10000  10000"}, got[54:], "what is no list is always there")
	got = got[:54]
	require.Equal(t, "project 10000 EE ", got[0])
	require.Equal(t, "version 1  10000", got[1])
	require.Equal(t, "component 901  10000", got[53])
	s.on(atVersion, status(403))
	got, problems = exported(t, container)
	require.Len(t, got, 5)
	require.Len(t, problems, 1)
	problems[0].Reason = ""
	require.Equal(t, atlassian.Problem{Kind: "version", ID: "10000", Container: "EE", Denied: true}, problems[0])
	for _, code := range []int{403, 404} {
		s.on(atProject, status(code))
		got, problems = exported(t, container)
		require.Empty(t, got)
		require.Len(t, problems, 1)
		require.Equal(t, "project", problems[0].Kind)
		require.Contains(t, problems[0].Reason, "no permission on project EE any more")
	}
	s.on(atProject, s.fixed(`"x"`))
	got, problems = exported(t, container)
	require.Empty(t, got)
	require.Len(t, problems, 1, "a project whose reply makes no sense is not captured")
	require.Equal(t, "project", problems[0].Kind)
}

func TestAttachments(t *testing.T) {
	s := newSite(t)
	j := s.jira()
	a := atlassian.Attachment{ID: "70", Size: 5, Item: "10001", ItemKey: "EE-1"}
	r, err := j.Open(t.Context(), a, 0)
	require.NoError(t, err)
	body, err := io.ReadAll(r)
	require.NoError(t, err)
	require.NoError(t, r.Close())
	require.Equal(t, "bytes", string(body))

	lists := func(want bool) {
		t.Helper()
		got, err := j.Lists(t.Context(), a)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	s.on(atIssue, s.fixed(`{"id":"10001","fields":{"attachment":[{"id":"69"},{"id":"70"}]}}`))
	lists(true)
	s.on(atIssue, s.fixed(`{"id":"10001","fields":{"attachment":[{"id":"69"}]}}`))
	lists(false)
	s.on(atIssue, status(404))
	lists(false)
	s.forbid = true
	lists(true) // nothing is known without the project: missing, not gone
	s.on(atMyself, status(401))
	_, err = j.Lists(t.Context(), a)
	require.Equal(t, atlassian.ClassCredentials, atlassian.ClassOf(err))
}

func TestAnAttachmentWithoutAUsableIdIsMissing(t *testing.T) {
	s := newSite(t)
	s.add(10001, `,"attachment":[{"id":"../x","filename":"a"},{"filename":"b"},{"id":"7","filename":"c"}]`, "")
	got := exportIssues(t, s.jira(), "10001")
	require.NoError(t, got.err)
	require.Equal(t, []string{"10001/7"}, got.of("attachment"))
	require.Equal(t, "attachment", got.Problems[0].Kind)
}

func TestTheTableOfKinds(t *testing.T) {
	known := map[string]bool{}
	for _, k := range New(nil).Kinds() {
		require.False(t, known[k.Name], k.Name)
		known[k.Name] = true
		require.NotEmpty(t, k.Title, k.Name)
		require.NotEmpty(t, k.Scope, k.Name)
		if k.State != "" {
			require.NotEmpty(t, k.Note, "%s: what to know about it", k.Name)
			continue
		}
		require.NotEmpty(t, k.Pager, k.Name)
		if k.Parent != "" {
			require.True(t, known[k.Parent], "%s comes before its parent", k.Name)
		}
		if k.Route != "" {
			require.Regexp(t, `^(GET|POST) /rest/(api/3|agile/1.0|software/1.0|servicedeskapi|v1/rule)/`, k.Route)
		}
	}
	require.Len(t, known, 97)
}
