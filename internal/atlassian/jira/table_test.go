package jira

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"holdfast/internal/atlassian"
	"holdfast/internal/atlassian/kinds"
)

// rows are the bodies that the test site has of a kind of the table, whatever
// owner is asked for.
type rows map[string][]string

// pageCap is how many records the test site gives at a time, whatever is asked for.
const pageCap = 3

func kindNamed(name string) kinds.Row { return New(nil).reader.Table.Row(name) }

var parameter = regexp.MustCompile(`\{[^}]*\}`)

// pattern is the pattern by which the test site serves a kind.
func pattern(k kinds.Row) string {
	route := k.Route
	if k.API == atlassian.Automation {
		route = strings.Replace(route, "GET ", "GET /gateway/api/automation/public/jira/{cloud}", 1)
	}
	if found := parameter.FindAllString(route, -1); len(found) == 1 {
		return strings.Replace(route, found[0], "{id}", 1)
	}
	return route
}

// serve adds the routes of the table that have no answer of their own.
func (r rows) serve(handlers map[string]http.HandlerFunc) {
	for _, k := range table() {
		if k.Scope == atlassian.ScopeItem || k.State != "" || handlers[pattern(k)] != nil {
			continue
		}
		handlers[pattern(k)] = r.answer(k)
		if k.Pager == kinds.Keys {
			handlers[pattern(k)+"/{propertyKey}"] = r.property(k)
		}
	}
}

func (r rows) property(k kinds.Row) http.HandlerFunc {
	return func(w http.ResponseWriter, req *http.Request) {
		reply(w, 200, fmt.Sprintf(`{"key":%q,"value":1}`, req.PathValue("propertyKey")))
	}
}

// answer serves the bodies of a kind in the kind's paging style.
func (r rows) answer(k kinds.Row) http.HandlerFunc {
	return func(w http.ResponseWriter, req *http.Request) {
		all, q := r[k.Name], req.URL.Query()
		from := 0
		for _, name := range []string{"startAt", "start", "cursor", "nextPageToken"} {
			if n, err := strconv.Atoi(q.Get(name)); err == nil {
				from = min(n, len(all))
			}
		}
		to := min(from+pageCap, len(all))
		list, last := "["+strings.Join(all[from:to], ",")+"]", to == len(all)
		switch k.Pager {
		case kinds.One:
			if len(all) == 0 {
				all = []string{"{}"}
			}
			reply(w, 200, all[0])
		case kinds.Array:
			reply(w, 200, "["+strings.Join(all, ",")+"]")
		case kinds.Arrays:
			reply(w, 200, list)
		case kinds.List:
			reply(w, 200, fmt.Sprintf(`{%q:[%s]}`, k.Items, strings.Join(all, ",")))
		case kinds.Keys:
			reply(w, 200, `{"keys":[`+strings.Join(all, ",")+`]}`)
		case kinds.Offset:
			reply(w, 200, fmt.Sprintf(`{"startAt":%d,"maxResults":%d,"total":%d,%q:%s}`, from, pageCap, len(all), k.Items, list))
		case kinds.Start:
			reply(w, 200, fmt.Sprintf(`{"start":%d,"limit":%d,"isLastPage":%t,"values":%s}`, from, pageCap, last, list))
		case kinds.Token:
			more := `"isLast":true`
			if !last {
				more = fmt.Sprintf(`"nextPageToken":"%d"`, to)
			}
			reply(w, 200, fmt.Sprintf(`{"issues":%s,%s}`, list, more))
		case kinds.Cursor:
			more := fmt.Sprintf(`"last":%t,"nextPageCursor":"%d"`, last, to)
			if k.API == atlassian.Automation {
				more = `"links":{"self":"?limit=100","next":null}`
				if !last {
					more = fmt.Sprintf(`"links":{"self":"?limit=100","next":"?cursor=%d&limit=100"}`, to)
				}
			}
			reply(w, 200, fmt.Sprintf(`{%q:%s,%s}`, k.Items, list, more))
		}
	}
}

// body makes a record of a kind that identifies as n, with what the conditions of
// the kinds below it ask for.
func body(k kinds.Row, n int) string {
	object := map[string]any{"n": json.RawMessage("1.0E+2")}
	set := func(path []string, value any) {
		at := object
		for _, name := range path[:len(path)-1] {
			if at[name] == nil {
				at[name] = map[string]any{}
			}
			at = at[name].(map[string]any)
		}
		at[path[len(path)-1]] = value
	}
	ids := k.ID
	if len(ids) == 0 {
		ids = []string{"id"}
	}
	if k.Pager == kinds.Keys {
		ids = []string{"key"}
	}
	for _, path := range ids {
		set(strings.Split(path, "."), strconv.Itoa(n))
	}
	for _, child := range table() {
		if child.Where != nil && (child.Parent == k.Name && !child.Where.Above || child.Where.Above && kindNamed(child.Parent).Parent == k.Name) {
			set(child.Where.Path, "x"+child.Where.Endings[0])
		}
	}
	b, _ := json.Marshal(object)
	return string(b)
}

func bodies(k kinds.Row, n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = body(k, 100+i)
	}
	return all
}

// tableRow is a row of the table with a site that has one record of each kind that
// it is below of.
type tableRow struct {
	*site
	kind kinds.Row
}

// eachRow runs a test for each row that the walk reads.
func eachRow(t *testing.T, test func(t *testing.T, r tableRow)) {
	for _, k := range table() {
		if k.Scope == atlassian.ScopeItem || k.State != "" || k.Name == projectKind {
			continue
		}
		t.Run(k.Name, func(t *testing.T) {
			t.Parallel()
			r := tableRow{newSite(t), k}
			for above := k.Parent; above != "" && above != projectKind; above = kindNamed(above).Parent {
				r.rows[above] = bodies(kindNamed(above), 1)
			}
			r.on(atProject, r.fixed(`{"id":"10000","key":"EE","projectTypeKey":"service_desk"}`))
			switch k.Name { // these have handlers of their own
			case "serverInfo", "field", "version", "component":
				r.on(pattern(k), r.rows.answer(k))
			}
			test(t, r)
		})
	}
}

// export reads what the kind belongs to and returns its records and problems.
func (r tableRow) export() (items []atlassian.Item, problems []atlassian.Problem, err error) {
	emit := func(item atlassian.Item) error {
		if item.Kind == r.kind.Name {
			items = append(items, item)
		}
		return nil
	}
	if r.kind.Scope == atlassian.ScopeContainer {
		problems, err = r.jira().ExportContainer(r.t.Context(), project, emit)
	} else {
		problems, err = r.jira().ExportSite(r.t.Context(), emit)
	}
	return items, problems, err
}

// answer puts h in the place of the kind's answer. Archived and trashed projects
// share their route.
func (r tableRow) answer(h http.HandlerFunc) {
	r.on(pattern(r.kind), func(w http.ResponseWriter, req *http.Request) {
		if req.URL.Query().Get("status") != r.kind.Query.Get("status") {
			reply(w, 200, `{"values":[],"total":0}`)
			return
		}
		h(w, req)
	})
}

func TestEachKindIsReadPastItsFirstPage(t *testing.T) {
	eachRow(t, func(t *testing.T, r tableRow) {
		n := 2*pageCap + 1
		if r.kind.Pager == kinds.One {
			n = 1
		}
		r.rows[r.kind.Name] = bodies(r.kind, n)
		items, problems, err := r.export()
		require.NoError(t, err)
		require.Empty(t, problems)
		require.Len(t, items, n)
		seen := map[string]bool{}
		for i, item := range items {
			require.False(t, seen[item.ID], item.ID)
			seen[item.ID] = true
			require.False(t, item.FetchedAt.IsZero())
			switch {
			case r.kind.Parent == projectKind:
				require.Equal(t, project.ID, item.Parent)
			case r.kind.Parent != "":
				require.Equal(t, strings.Repeat("100/", max(1, len(kindNamed(r.kind.Parent).ID))), item.Parent+"/")
			default:
				require.Empty(t, item.Parent)
			}
			if r.kind.Pager != kinds.Keys {
				require.Equal(t, r.rows[r.kind.Name][i], string(item.Body), "as the site sent it, in its order")
			}
		}
	})
}

func TestARefusedKindIsALineOfTheReportAndTheOthersGoOn(t *testing.T) {
	for name, code := range map[string]int{"may not": 403, "token without the scope": 401} {
		t.Run(name, func(t *testing.T) {
			eachRow(t, func(t *testing.T, r tableRow) {
				if r.kind.Content && code == 401 {
					return // that ends the export: the account may be refused
				}
				r.rows[r.kind.Name] = bodies(r.kind, 1)
				r.answer(status(code))
				items, problems, err := r.export()
				require.NoError(t, err)
				require.Empty(t, items)
				var own []atlassian.Problem
				for _, p := range problems {
					require.True(t, p.Denied, "%+v", p)
					if p.Kind == r.kind.Name {
						own = append(own, p)
					}
				}
				require.Len(t, own, 1)
				require.Contains(t, own[0].Reason, "no permission")
				if r.kind.Permission != "" {
					require.Contains(t, own[0].Reason, r.kind.Permission)
				}
			})
		})
	}
}

func TestAKindThatTheSiteDoesNotHaveIsALineOfTheReport(t *testing.T) {
	for _, code := range []int{404, 400} {
		t.Run(strconv.Itoa(code), func(t *testing.T) {
			eachRow(t, func(t *testing.T, r tableRow) {
				r.answer(status(code))
				items, problems, err := r.export()
				require.NoError(t, err)
				require.Empty(t, items)
				for _, p := range problems {
					if p.Kind != r.kind.Name {
						continue
					}
					require.NotEqual(t, r.kind.None, code)
					hidden := r.kind.Hides && code == 404
					require.Equal(t, !hidden && !r.kind.Content, p.Absent, "%+v", p)
					require.Equal(t, hidden, p.Denied, "%+v", p)
					return
				}
				require.Equal(t, r.kind.None, code, "there is a problem unless that means that there are none")
			})
		})
	}
}

func TestASiteThatIsAwayEndsTheExport(t *testing.T) {
	eachRow(t, func(t *testing.T, r tableRow) {
		r.answer(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "3600")
			w.WriteHeader(503)
		})
		_, _, err := r.export()
		require.Equal(t, atlassian.ClassAway, atlassian.ClassOf(err), "%v", err)
	})
}

// TestARefusalOfTheTokenIsJudgedByWhoWeAre states: 401 means that the token lacks a
// scope where the site still says who we are, that it is refused where the site
// does not know us, and nothing while the site does not answer.
func TestARefusalOfTheTokenIsJudgedByWhoWeAre(t *testing.T) {
	for name, c := range map[string]struct {
		myself http.HandlerFunc
		want   atlassian.Class
	}{
		"refused": {status(401), atlassian.ClassCredentials},
		"away": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "3600")
			w.WriteHeader(503)
		}, atlassian.ClassAway},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t)
			s.on(pattern(kindNamed("screen")), status(401))
			s.on(atMyself, c.myself)
			_, err := s.jira().ExportSite(t.Context(), func(atlassian.Item) error { return nil })
			require.Equal(t, c.want, atlassian.ClassOf(err), "%v", err)
		})
	}
}

func TestARepliesOddShapesAreProblems(t *testing.T) {
	for name, text := range map[string]string{
		"not what it should be": `"x"`, "nothing": `null`,
		"entries without an id": `{"values":[{}],"data":[{}],"issues":[{}],"keys":[{}],"gadgets":[{}],"features":[{}],"issueLinkTypes":[{}],"permissionSchemes":[{}],"total":1,"last":true,"isLast":true,"isLastPage":true}`,
		"numbers for entries":   `{"values":[1],"data":[1],"issues":[1],"keys":[1],"gadgets":[1],"features":[1],"issueLinkTypes":[1],"permissionSchemes":[1],"total":1,"last":true,"isLast":true,"isLastPage":true}`,
		"an array":              `[{}]`,
	} {
		t.Run(name, func(t *testing.T) {
			eachRow(t, func(t *testing.T, r tableRow) {
				r.answer(r.fixed(text))
				items, problems, err := r.export()
				require.NoError(t, err)
				if r.kind.Pager == kinds.One && text[0] == '{' {
					require.Len(t, items, 1, "a record without an id has its owner's")
					return
				}
				if r.kind.Nameless != "" && text[0] == '{' {
					require.Len(t, items, 1)
					require.Equal(t, r.kind.Nameless, items[0].ID)
					return
				}
				require.Empty(t, items)
				require.NotEmpty(t, problems)
				require.Equal(t, r.kind.Name, problems[0].Kind)
			})
		})
	}
}

func TestAListWhoseTotalChangesIsReadAgainAndThenAProblem(t *testing.T) {
	eachRow(t, func(t *testing.T, r tableRow) {
		if r.kind.Pager != kinds.Offset {
			return
		}
		var calls atomic.Int32
		r.answer(func(w http.ResponseWriter, req *http.Request) {
			n := int(calls.Add(1))%5 + 4
			rows{r.kind.Name: bodies(r.kind, n)}.answer(r.kind)(w, req)
		})
		items, problems, err := r.export()
		require.NoError(t, err)
		require.NotEmpty(t, items)
		seen := map[string]bool{}
		for _, item := range items {
			require.False(t, seen[item.ID], "each once over all reads")
			seen[item.ID] = true
		}
		if len(problems) > 0 {
			require.Equal(t, kinds.NotWhole, problems[0].Reason)
		}
		require.NotZero(t, r.counted(pattern(r.kind)))
	})
}
