package confluence

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"holdfast/internal/atlassian"
	"holdfast/internal/atlassian/kinds"
)

var parameter = regexp.MustCompile(`\{[^}]*\}`)

// place puts records of a row into the test site: n of them where it is a list.
// It returns their ids.
func place(s *wiki, r kinds.Row, owner string, n int) []string {
	path := strings.TrimPrefix(parameter.ReplaceAllString(r.Route, owner), "GET ")
	body := func(i int) string {
		object := fmt.Sprintf(`"n":1.0E+2,"name":"x<&>%d"`, i)
		for _, member := range r.ID {
			names := strings.Split(member, ".")
			value := fmt.Sprintf(`"%s-%d"`, names[len(names)-1], i)
			for j := len(names) - 1; j > 0; j-- {
				value = fmt.Sprintf("{%q:%s}", names[j], value)
			}
			object += fmt.Sprintf(",%q:%s", names[0], value)
		}
		if len(r.ID) == 0 {
			object += fmt.Sprintf(`,"id":"%s-%d"`, r.Name, i)
		}
		return "{" + object + "}"
	}
	var ids, bodies []string
	for i := range n {
		bodies = append(bodies, body(i))
		ids = append(ids, atlassian.Identify(raw(bodies[i]), r.ID))
	}
	switch r.Pager {
	case kinds.One:
		s.set(path, body(0))
		return ids[:1]
	case kinds.Array:
		s.set(path, "["+strings.Join(bodies, ",")+"]")
	default:
		s.list(path, bodies...)
	}
	return ids
}

func TestEachKindOfTheSiteComesWhole(t *testing.T) {
	s := newWiki(t)
	c := s.confluence(Options{})
	want := map[string][]string{}
	for _, r := range c.table.Rows() {
		if r.Scope != atlassian.ScopeSite || !c.table.Wanted(r) {
			continue
		}
		if r.Parent != "" {
			for _, owner := range want[r.Parent] {
				want[r.Name] = append(want[r.Name], place(s, r, owner, 5)...)
			}
			continue
		}
		want[r.Name] = place(s, r, "", 5)
	}
	var e exported
	e.problems, e.err = c.ExportSite(t.Context(), e.emit)
	require.NoError(t, e.err)
	require.Empty(t, e.problems)
	for name, ids := range want {
		require.Equal(t, ids, e.of(name), name)
		require.Contains(t, string(e.item(t, name, ids[0]).Body), `"n":1.0E+2,"name":"x<&>0"`, "as it was sent")
	}
	for i, id := range e.of("groupMember") {
		require.Equal(t, fmt.Sprintf("accountId-%d", i%5), id)
	}
	require.Equal(t, "group-0", e.item(t, "groupMember", "accountId-0").Parent)
	require.Equal(t, "body.storage", s.queries("/wiki/rest/api/template/page")[0].Get("expand"))
}

func TestEachKindOfASpaceComesWhole(t *testing.T) {
	s := newWiki(t)
	c := s.confluence(Options{CustomContent: []string{"ac:app:one", "ac:app:two"}})
	want := map[string][]string{}
	for _, r := range c.table.Rows() {
		if r.Scope != atlassian.ScopeContainer || !c.table.Wanted(r) || r.Apart || r.Name == spaceKind {
			continue
		}
		owner := "100"
		if r.OwnerKey {
			owner = "ENG"
		}
		want[r.Name] = place(s, r, owner, 5)
	}
	want[customContentKind] = append(want[customContentKind], want[customContentKind]...) // for each type
	s.set("/wiki/api/v2/spaces/100", `{"id":"100","key":"ENG","authorId":"a","spaceOwnerId":"b"}`)
	e := s.container(t.Context(), c)
	require.NoError(t, e.err)
	require.Empty(t, e.problems)
	require.Equal(t, "space", e.items[0].Kind)
	require.Empty(t, e.items[0].Parent)
	for name, ids := range want {
		require.Equal(t, ids, e.of(name), name)
		require.Equal(t, "100", e.item(t, name, ids[0]).Parent)
	}
	require.Equal(t, []string{"a", "b"}, e.of("user")[:2])
	require.Equal(t, 1, s.count(bulkOf))

	q := s.queries("/wiki/api/v2/tasks")[0]
	require.Equal(t, "100", q.Get("space-id"))
	require.Equal(t, "true", q.Get("include-blank-tasks"))
	require.Equal(t, "storage", q.Get("body-format"))
	require.Equal(t, "ENG", s.queries("/wiki/rest/api/template/page")[0].Get("spaceKey"))
	require.Equal(t, "ENG", s.queries("/wiki/rest/api/settings/lookandfeel")[0].Get("spaceKey"))
	require.Equal(t, "ac:app:one", s.queries("/wiki/api/v2/spaces/100/custom-content")[0].Get("type"))
	require.Equal(t, "raw", s.queries("/wiki/api/v2/spaces/100/custom-content")[0].Get("body-format"))
}

func TestASpaceThatCannotBeReadIsTheOneProblem(t *testing.T) {
	for _, code := range []int{403, 404} {
		s := newWiki(t)
		s.handle("/wiki/api/v2/spaces/100", status(code))
		e := s.container(t.Context(), s.confluence(Options{}))
		require.NoError(t, e.err)
		require.Empty(t, e.items)
		require.Equal(t, []atlassian.Problem{*noPermission(space)}, e.problems)
	}
}

func TestWhatASpaceLacksIsNoProblem(t *testing.T) {
	s := newWiki(t)
	s.set("/wiki/api/v2/spaces/100", `{"id":"100","key":"ENG"}`)
	s.set("/wiki/rest/api/space/ENG/settings", `{"routeOverrideEnabled":true}`)
	s.set("/wiki/rest/api/settings/lookandfeel", `{"selected":"global"}`)
	s.set("/wiki/rest/api/space/ENG/state", `[]`)
	e := s.container(t.Context(), s.confluence(Options{}))
	require.NoError(t, e.err)
	require.Empty(t, e.problems, "no theme and no classification: 404")
	s.handle("/wiki/api/v2/spaces/100/role-assignments", status(403))
	s.handle("/wiki/api/v2/tasks", status(500))
	e = s.container(t.Context(), s.confluence(Options{}))
	require.Equal(t, atlassian.ClassAway, atlassian.ClassOf(e.err))
	s.handle("/wiki/api/v2/tasks", status(403))
	e = s.container(t.Context(), s.confluence(Options{}))
	require.NoError(t, e.err)
	require.True(t, e.told("spaceRoleAssignment")[0].Denied)
	require.True(t, e.told("task")[0].Denied)
}

func TestATypeOfCustomContentThatIsRefusedLeavesTheOthers(t *testing.T) {
	s := newWiki(t)
	s.set("/wiki/api/v2/spaces/100", `{"id":"100","key":"ENG"}`)
	s.handle("/wiki/api/v2/spaces/100/custom-content", func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("type") == "ac:a:b" {
			status(404)(w, r)
			return
		}
		s.page(w, r, []string{`{"id":"5"}`})
	})
	e := s.container(t.Context(), s.confluence(Options{CustomContent: []string{"ac:a:b", "ac:c:d"}}))
	require.NoError(t, e.err)
	require.Equal(t, []string{"5"}, e.of("customContent"))
	require.Equal(t, "type ac:a:b: the site refuses (HTTP 404)", e.told("customContent")[0].Reason)
}

func TestTheOptionsLeaveKindsOut(t *testing.T) {
	off := func(o Options) (names []string) {
		c := New(nil, o)
		for _, r := range c.table.Rows() {
			if r.State == "" && !c.table.Wanted(r) {
				names = append(names, r.Name)
			}
		}
		return names
	}
	require.ElementsMatch(t, []string{"adminKey", "customContent", "attachmentVersion"}, off(Options{}))
	require.ElementsMatch(t, []string{"contentVersion"}, off(Options{AdminKey: true, Versions: 1, AttachmentVersions: true, CustomContent: []string{"x"}}))
	require.Equal(t, New(nil, Options{}).Kinds(), New(nil, Options{Versions: 3, AdminKey: true}).Kinds(), "the table is the same")
}

func TestTheTable(t *testing.T) {
	first := ""
	parents := map[string]bool{"": true}
	for _, k := range New(nil, Options{}).Kinds() {
		require.True(t, parents[k.Parent], "the parent of %s comes first", k.Name)
		require.False(t, parents[k.Name], "%s is there twice", k.Name)
		parents[k.Name] = true
		if k.Scope == atlassian.ScopeContainer && first == "" {
			first = k.Name
		}
		if k.State == "" {
			require.NotEmpty(t, k.Title, k.Name)
			require.Regexp(t, `^(GET|POST) /wiki/(api/v2|rest/api)/`, k.Route, k.Name)
		}
	}
	require.Equal(t, "space", first)
}
