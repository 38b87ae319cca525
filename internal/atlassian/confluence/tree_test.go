package confluence

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"holdfast/internal/atlassian"
)

// leaf is a page of the list of a space.
func leaf(id, parent, parentType, status string) string {
	return fmt.Sprintf(`{"id":%q,"status":%q,"parentId":%s,"parentType":%s}`, id, status, orNull(parent), orNull(parentType))
}

func orNull(text string) string {
	if text == "" {
		return "null"
	}
	return fmt.Sprintf("%q", text)
}

// below is a descendant.
func below(id, kind string, depth int) string {
	return fmt.Sprintf(`{"id":%q,"type":%q,"status":"current","depth":%d}`, id, kind, depth)
}

// newTree is a test site with a space and nothing in it.
func newTree(t *testing.T) *wiki {
	s := newWiki(t)
	s.set(v2+"/spaces/100", `{"id":"100","key":"ENG"}`)
	s.set("/wiki/rest/api/space/ENG/settings", `{}`)
	s.set("/wiki/rest/api/settings/lookandfeel", `{}`)
	s.set("/wiki/rest/api/space/ENG/state", `[]`)
	return s
}

// stand puts nodes that are no pages into the site.
func (s *wiki) stand(kind string, ids ...string) {
	for _, id := range ids {
		s.set(v2+"/"+resources[kind]+"/"+id, fmt.Sprintf(`{"id":%q,"type":%q,"authorId":"by-%s"}`, id, kind, id))
	}
}

func TestTheTreeIsFoundInThreeWays(t *testing.T) {
	s := newTree(t)
	s.list(spacePages, leaf("10", "", "", "current"), leaf("11", "10", "page", "current"), leaf("12", "50", "folder", "current"),
		leaf("13", "999", "folder", "trashed"), leaf("14", "", "", "trashed"), leaf("15", "13", "page", "archived"))
	s.list(v2+"/pages/10/descendants", below("11", "page", 1), below("20", "folder", 1), below("21", "whiteboard", 2), below("22", "page", 10), below("23", "database", 10))
	s.list(v2+"/pages/22/descendants", below("24", "embed", 1))
	s.list(v2+"/folders/50/descendants", below("12", "page", 1), below("51", "folder", 1))
	s.list(found, hit("21", "whiteboard"), hit("60", "folder"), hit("10", "page"))
	s.list(v2+"/folders/60/descendants", below("61", "database", 1))
	s.stand("folder", "20", "50", "51", "60")
	s.stand("whiteboard", "21")
	s.stand("database", "23", "61")
	s.stand("embed", "24")
	s.docs(doc{id: "22"})
	e := s.container(t.Context(), s.confluence(Options{}))
	require.NoError(t, e.err)
	require.Empty(t, e.problems)
	require.ElementsMatch(t, []string{"20", "50", "51", "60"}, e.of("folder"))
	require.ElementsMatch(t, []string{"21"}, e.of("whiteboard"))
	require.ElementsMatch(t, []string{"23", "61"}, e.of("database"))
	require.ElementsMatch(t, []string{"24"}, e.of("embed"))
	require.Contains(t, e.of("user"), "by-24")
	require.Equal(t, "100", e.item(t, "embed", "24").Parent)
	for _, u := range s.asked {
		if strings.HasSuffix(u.Path, "/descendants") {
			require.Equal(t, "10", u.Query().Get("depth"))
		}
	}
	require.Zero(t, s.count(v2+"/folders/20/descendants"), "what a root has below it is known")
	require.Zero(t, s.count(v2+"/pages/14/descendants"), "nor what is in the trash")
	require.Equal(t, 1, s.count(v2+"/databases/23/descendants"), "it is at the depth where the list ends")
	q := s.queries(found)[0]
	require.Equal(t, `space = "ENG" and type in (folder, whiteboard, database, embed)`, q.Get("cql"))
}

func TestPagesThatTheTreeNamesAndNoListHas(t *testing.T) {
	s := newTree(t)
	s.list(spacePages, leaf("10", "", "", "current"), leaf("11", "500", "page", "current"), leaf("12", "500", "page", "current"),
		leaf("13", "501", "page", "trashed"), leaf("14", "502", "page", "archived"))
	s.list(v2+"/pages/10/descendants", below("503", "page", 1), below("504", "page", 1))
	s.docs(doc{id: "504"}) // created since the list
	s.handle(v2+"/pages/502", status(403))
	e := s.container(t.Context(), s.confluence(Options{}))
	require.NoError(t, e.err)
	var ids []string
	for _, p := range e.told("restrictedPage") {
		require.True(t, p.Denied)
		require.Equal(t, "ENG", p.Container)
		ids = append(ids, p.ID)
	}
	require.Equal(t, []string{"500", "502", "503"}, ids)
	require.Len(t, e.problems, 3)
}

func TestANodeThatCannotBeRead(t *testing.T) {
	s := newTree(t)
	s.list(spacePages, leaf("10", "", "", "current"), leaf("12", "50", "folder", "current"))
	s.list(found, hit("60", "folder"), hit("61", "embed"))
	s.handle(v2+"/embeds/61", status(403))
	e := s.container(t.Context(), s.confluence(Options{}))
	require.NoError(t, e.err)
	require.Equal(t, []atlassian.Problem{
		{Kind: "folder", ID: "50", Container: "ENG", Denied: true, Reason: "a page is below it, but it is not for the account: " + keyAdvice},
		{Kind: "folder", ID: "60", Container: "ENG", Gone: true, Reason: "deleted or hidden since it was found"},
		{Kind: "embed", ID: "61", Container: "ENG", Denied: true, Reason: "no permission"},
	}, e.problems)
}

func TestATreeWithoutTheSearch(t *testing.T) {
	s := newTree(t)
	s.handle(found, func(w http.ResponseWriter, r *http.Request) {
		if cql := r.URL.Query().Get("cql"); strings.Contains(cql, "embed") || strings.Contains(cql, "database") {
			status(400)(w, r)
		} else if strings.Contains(cql, "folder") {
			s.page(w, r, []string{hit("60", "folder")})
		} else {
			s.page(w, r, nil)
		}
	})
	s.stand("folder", "60")
	e := s.container(t.Context(), s.confluence(Options{}))
	require.NoError(t, e.err)
	require.Equal(t, []string{"60"}, e.of("folder"))
	require.Len(t, e.problems, 1)
	require.True(t, e.problems[0].Note)
	require.Equal(t, 5, s.count(found))
	s.handle(found, status(403))
	e = s.container(t.Context(), s.confluence(Options{}))
	require.NoError(t, e.err)
	require.Len(t, e.problems, 1)
	require.True(t, e.problems[0].Note)
}

func TestATreeThatRunsInCirclesEnds(t *testing.T) {
	s := newTree(t)
	s.list(spacePages, leaf("10", "", "", "current"))
	s.list(v2+"/pages/10/descendants", below("20", "folder", 10), below("99", "slide", 1))
	s.list(v2+"/folders/20/descendants", below("20", "folder", 10))
	s.stand("folder", "20")
	e := s.container(t.Context(), s.confluence(Options{}))
	require.NoError(t, e.err)
	require.Equal(t, []string{"20"}, e.of("folder"))
	require.Equal(t, 1, s.count(v2+"/folders/20/descendants"))
	require.True(t, e.problems[0].Note)
	s.handle(v2+"/pages/10/descendants", status(400))
	e = s.container(t.Context(), s.confluence(Options{}))
	require.NoError(t, e.err)
	require.Contains(t, e.problems[0].Reason, "could not be listed")
}
