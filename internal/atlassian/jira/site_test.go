package jira

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holdfast/internal/atlassian"
	"holdfast/internal/atlassian/openapitest"
)

const secret = "ATATT-very-secret-0123"

// site is a small Jira: it answers from what the test put into it. A test
// replaces the answer of a route by on.
type site struct {
	t        testing.TB
	server   *httptest.Server
	contract *openapitest.Contract

	mu       sync.Mutex
	order    []string          // ids of all issues, in the order of the census
	issues   map[string]string // id → JSON that bulkfetch returns
	lists    map[string][]string
	replies  map[string]string
	handlers map[string]http.HandlerFunc
	count    map[string]int // requests by pattern
	forbid   bool           // BROWSE_PROJECTS is taken away
	rows     rows           // what the routes of the table answer from (table_test.go)
	items    int            // totalIssueCount; negative leaves it out
}

const (
	atMyself    = "GET /rest/api/3/myself"
	atProjects  = "GET /rest/api/3/project/search"
	atProject   = "GET /rest/api/3/project/{id}"
	atVersion   = "GET /rest/api/3/project/{id}/version"
	atComponent = "GET /rest/api/3/project/{id}/component"
	atSearch    = "POST /rest/api/3/search/jql"
	atBulk      = "POST /rest/api/3/issue/bulkfetch"
	atHistories = "POST /rest/api/3/changelog/bulkfetch"
	atHistory   = "GET /rest/api/3/issue/{id}/changelog"
	atIssue     = "GET /rest/api/3/issue/{id}"
	atComments  = "GET /rest/api/3/issue/{id}/comment"
	atWorklogs  = "GET /rest/api/3/issue/{id}/worklog"
	atLinks     = "GET /rest/api/3/issue/{id}/remotelink"
	atWatchers  = "GET /rest/api/3/issue/{id}/watchers"
	atVotes     = "GET /rest/api/3/issue/{id}/votes"
	atInfo      = "GET /rest/api/3/serverInfo"
	atFields    = "GET /rest/api/3/field"
	atMine      = "GET /rest/api/3/mypermissions"
	atCheck     = "POST /rest/api/3/permissions/check"
	atTenant    = "GET /_edge/tenant_info"
	atContent   = "GET /rest/api/3/attachment/content/{id}"
)

func newSite(t testing.TB) *site {
	s := &site{
		t: t, contract: newContract(t), issues: map[string]string{}, lists: map[string][]string{},
		replies: map[string]string{}, handlers: map[string]http.HandlerFunc{}, count: map[string]int{}, items: -1, rows: rows{},
	}
	mux := http.NewServeMux()
	handlers := map[string]http.HandlerFunc{
		atMyself:    s.fixed(`{"accountId":"me","displayName":"Backup","timeZone":"Asia/Kolkata"}`),
		atProject:   s.project,
		atProjects:  s.projects,
		atVersion:   s.paged("values", 50),
		atComponent: s.paged("values", 50),
		atSearch:    s.search,
		atBulk:      s.bulk,
		atHistories: s.histories,
		atHistory:   s.paged("values", 100),
		atIssue:     s.properties,
		atComments:  s.paged("comments", 100),
		atWorklogs:  s.paged("worklogs", 5000),
		atLinks:     s.bare,
		atWatchers:  s.named,
		atVotes:     s.named,
		atInfo:      s.fixed(`{"version":"1001.0.0","baseUrl":"x"}`),
		atFields:    s.fixed(`[{"id":"summary","key":"summary"},{"id":"customfield_1","key":"customfield_1"}]`),
		atMine:      s.fixed(`{"permissions":{"ADMINISTER":{"havePermission":true}}}`),
		atCheck:     s.check,
		atTenant:    s.fixed(`{"cloudId":"cloud-1"}`),
	}
	s.rows.serve(handlers)
	for pattern, handler := range handlers {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			s.mu.Lock()
			s.count[pattern]++
			h := s.handlers[pattern]
			s.mu.Unlock()
			if h == nil {
				h = handler
			}
			h(w, r)
		})
	}
	mux.HandleFunc(atContent, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/media/1", http.StatusSeeOther) })
	mux.HandleFunc("GET /media/1", func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "bytes") })
	s.server = httptest.NewServer(mux)
	t.Cleanup(s.server.Close)
	return s
}

func (s *site) on(pattern string, h http.HandlerFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.handlers[pattern] = h
}

func (s *site) counted(pattern string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.count[pattern]
}

func (s *site) jira(change ...func(*atlassian.Config)) *Jira {
	s.t.Helper()
	config := atlassian.Config{
		Site: s.server.URL, Credential: atlassian.Credential{Name: "acme", Email: "b@acme.example", Token: secret},
		RetryFor: 500 * time.Millisecond, Backoff: time.Millisecond, Transport: s.contract,
	}
	for _, f := range change {
		f(&config)
	}
	c, err := atlassian.New(config)
	require.NoError(s.t, err)
	return New(c)
}

// add puts an issue into the site; fields and more are JSON members that follow others.
func (s *site) add(id int, fields, more string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := strconv.Itoa(id)
	s.order = append(s.order, key)
	s.issues[key] = fmt.Sprintf(`{"id":"%d","key":"EE-%d","fields":{"project":{"id":"10000"},%s%s}%s}`, id, id-10000,
		`"comment":{"comments":[],"total":0},"worklog":{"worklogs":[],"total":0},"watches":{"watchCount":0},"votes":{"votes":0}`, fields,
		orElse(more, `,"changelog":{"histories":[],"total":0}`))
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

func (s *site) remove(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.issues, id)
}

func reply(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	w.WriteHeader(status)
	io.WriteString(w, body)
}

func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { reply(w, code, `{"errorMessages":["x"],"errors":{}}`) }
}

func (s *site) fixed(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { reply(w, 200, body) }
}

func (s *site) project(w http.ResponseWriter, r *http.Request) {
	reply(w, 200, `{"id":"10000","key":"EE","entityId":"x","name":"Engineering"}`)
}

func (s *site) projects(w http.ResponseWriter, r *http.Request) {
	if status := r.URL.Query().Get("status"); status != "" {
		s.rows.answer(kindNamed(map[string]string{"archived": "archivedProject", "deleted": "trashedProject"}[status]))(w, r)
		return
	}
	insight := ""
	if s.items >= 0 {
		insight = fmt.Sprintf(`,"insight":{"totalIssueCount":%d}`, s.items)
	}
	reply(w, 200, fmt.Sprintf(`{"startAt":0,"total":1,"isLast":true,"values":[{"id":"10000","key":"EE"%s}]}`, insight))
}

func (s *site) check(w http.ResponseWriter, r *http.Request) {
	var body struct {
		ProjectPermissions []struct{ Projects []int64 }
	}
	json.NewDecoder(r.Body).Decode(&body)
	granted := []int64{}
	for _, id := range body.ProjectPermissions[0].Projects {
		if !s.forbid {
			granted = append(granted, id)
		}
	}
	ids, _ := json.Marshal(granted)
	reply(w, 200, fmt.Sprintf(`{"globalPermissions":[],"projectPermissions":[{"permission":"BROWSE_PROJECTS","issues":[],"projects":%s}]}`, ids))
}

// search answers a census in pages of at most 5000.
func (s *site) search(w http.ResponseWriter, r *http.Request) {
	var body struct {
		MaxResults    int
		NextPageToken string
	}
	json.NewDecoder(r.Body).Decode(&body)
	s.mu.Lock()
	defer s.mu.Unlock()
	start, _ := strconv.Atoi(body.NextPageToken)
	end := min(start+body.MaxResults, len(s.order))
	var items []string
	for _, id := range s.order[start:end] {
		items = append(items, fmt.Sprintf(`{"id":%q}`, id))
	}
	more := `,"isLast":true`
	if end < len(s.order) {
		more = fmt.Sprintf(`,"isLast":false,"nextPageToken":"%d"`, end)
	}
	reply(w, 200, `{"issues":[`+strings.Join(items, ",")+`]`+more+`}`)
}

func asked(r *http.Request) []string {
	var body struct{ IssueIdsOrKeys []string }
	json.NewDecoder(r.Body).Decode(&body)
	return body.IssueIdsOrKeys
}

// bulk answers in ascending order of ids, whatever was asked; what is absent is left out.
func (s *site) bulk(w http.ResponseWriter, r *http.Request) {
	ids := asked(r)
	slices.Sort(ids)
	s.mu.Lock()
	defer s.mu.Unlock()
	var found []string
	for _, id := range ids {
		if body, ok := s.issues[id]; ok {
			found = append(found, body)
		}
	}
	reply(w, 200, `{"issueErrors":[],"issues":[`+strings.Join(found, ",")+`]}`)
}

func (s *site) list(r *http.Request) []string {
	return s.lists[r.PathValue("id")+"/"+r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]]
}

// paged answers lists[id/what] by startAt.
func (s *site) paged(name string, cap int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		items := s.list(r)
		s.mu.Unlock()
		start, _ := strconv.Atoi(r.URL.Query().Get("startAt"))
		start = min(start, len(items))
		end := min(start+cap, len(items))
		reply(w, 200, fmt.Sprintf(`{"startAt":%d,"maxResults":%d,"total":%d,%q:[%s]}`, start, cap, len(items), name, strings.Join(items[start:end], ",")))
	}
}

// histories answers changelog/bulkfetch from lists[id/changelog], 1000 entries a page.
func (s *site) histories(w http.ResponseWriter, r *http.Request) {
	var body struct {
		IssueIdsOrKeys []string
		NextPageToken  string
	}
	json.NewDecoder(r.Body).Decode(&body)
	s.mu.Lock()
	defer s.mu.Unlock()
	type entry struct{ issue, body string }
	var all []entry
	for _, id := range body.IssueIdsOrKeys {
		for _, e := range s.lists[id+"/changelog"] {
			all = append(all, entry{id, e})
		}
	}
	start, _ := strconv.Atoi(body.NextPageToken)
	end := min(start+1000, len(all))
	var groups []string
	for _, e := range all[start:end] {
		groups = append(groups, fmt.Sprintf(`{"issueId":%q,"changeHistories":[%s]}`, e.issue, e.body))
	}
	more := ""
	if end < len(all) {
		more = fmt.Sprintf(`,"nextPageToken":"%d"`, end)
	}
	reply(w, 200, `{"issueChangeLogs":[`+strings.Join(groups, ",")+`]`+more+`}`)
}

func (s *site) properties(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := r.PathValue("id")
	if _, ok := s.issues[id]; !ok {
		reply(w, 404, `{"errorMessages":["x"]}`)
		return
	}
	reply(w, 200, fmt.Sprintf(`{"id":%q,"fields":{},"properties":{%s}}`, id, s.replies[id+"/properties"]))
}

func (s *site) bare(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.issues[r.PathValue("id")]; !ok {
		reply(w, 404, `{"errorMessages":["x"]}`)
		return
	}
	reply(w, 200, `[`+strings.Join(s.list(r), ",")+`]`)
}

func (s *site) named(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	reply(w, 200, s.replies[r.PathValue("id")+"/"+r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]])
}

var project = atlassian.Container{ID: "10000", Key: "EE", Items: -1}

// captured is what one ExportItems gave.
type captured struct {
	atlassian.Chunk
	items []atlassian.Item
	err   error
}

func exportIssues(t testing.TB, j *Jira, ids ...string) captured {
	t.Helper()
	var c captured
	known := map[string]bool{}
	c.Chunk, c.err = j.ExportItems(t.Context(), project, ids, func(id string) bool {
		was := known[id]
		known[id] = true
		return was
	}, func(item atlassian.Item) error {
		c.items = append(c.items, item)
		return nil
	})
	return c
}

// of returns the items of a kind as "parent/id".
func (c captured) of(kind string) []string {
	var got []string
	for _, item := range c.items {
		if item.Kind == kind {
			got = append(got, item.Parent+"/"+item.ID)
		}
	}
	return got
}

func (c captured) order() []string {
	var got []string
	for _, item := range c.items {
		got = append(got, item.Kind+" "+item.ID)
	}
	return got
}

// many makes n entries with ids from first on.
func many(first, n int, format string) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf(`{"id":"%d"%s}`, first+i, format)
	}
	return list
}

func numbers(first, n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = strconv.Itoa(first + i)
	}
	return list
}
