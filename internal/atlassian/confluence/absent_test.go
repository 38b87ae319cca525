package confluence

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"holdfast/internal/atlassian"
)

func TestWhatIsAbsentTwiceIsGoneWhileItsSpaceIsThere(t *testing.T) {
	s := newWiki(t)
	s.docs(doc{id: "1"}, doc{id: "2"})
	s.handle(v2+"/pages/2", status(404))
	s.set(v2+"/spaces/100", `{"id":"100"}`)
	e := s.items(t.Context(), s.confluence(Options{}), "1", "2", "3")
	require.NoError(t, e.err)
	require.Equal(t, []string{"1"}, e.chunk.Captured)
	require.Equal(t, []atlassian.Problem{
		{Kind: "page", ID: "2", Container: "ENG", Gone: true, Reason: "deleted or hidden since the census"},
		{Kind: "page", ID: "3", Container: "ENG", Gone: true, Reason: "deleted or hidden since the census"},
	}, e.chunk.Problems)
	require.Equal(t, 2, s.count(v2+"/pages/2"))

	s.handle(v2+"/spaces/100", status(404))
	e = s.items(t.Context(), s.confluence(Options{}), "1", "2", "3")
	require.NoError(t, e.err)
	for _, p := range e.chunk.Problems {
		require.False(t, p.Gone)
		require.Equal(t, permissionReason(space), p.Reason)
	}
	require.Len(t, e.chunk.Problems, 2)
	s.handle(v2+"/pages/2", status(403))
	s.handle(v2+"/spaces/100", nil)
	e = s.items(t.Context(), s.confluence(Options{}), "1", "2")
	require.NoError(t, e.err)
	require.Equal(t, []atlassian.Problem{{Kind: "page", ID: "2", Container: "ENG", Denied: true, Reason: "no permission: " + keyAdvice}}, e.chunk.Problems)
}

func TestASpaceThatIsNotForUsIsNotAskedForItsPagesOneByOne(t *testing.T) {
	s := newWiki(t)
	s.docs()
	var ids []string
	for n := range 100 {
		ids = append(ids, fmt.Sprint(1000+n))
	}
	e := s.items(t.Context(), s.confluence(Options{}), ids...)
	require.NoError(t, e.err)
	require.Len(t, e.chunk.Problems, 100)
	require.Len(t, s.asked, 4, "two lists, who we are, the space")
}

func TestAPageThatGoesAwayWhileItIsRead(t *testing.T) {
	for name, test := range map[string]struct {
		space func(http.ResponseWriter, *http.Request)
		want  atlassian.Problem
	}{
		"deleted":   {nil, atlassian.Problem{Kind: "inlineComment", ID: "5", Container: "ENG", Gone: true, Reason: "its page was deleted or hidden while it was read"}},
		"forbidden": {status(404), atlassian.Problem{Kind: "inlineComment", ID: "5", Container: "ENG", Denied: true, Reason: permissionReason(space)}},
	} {
		s := newWiki(t)
		s.docs(doc{id: "5"})
		s.set(v2+"/spaces/100", `{"id":"100"}`)
		for _, list := range []string{"/inline-comments", "/attachments"} {
			s.handle(v2+"/pages/5"+list, func(w http.ResponseWriter, r *http.Request) {
				s.handle(v2+"/pages/5", status(404))
				s.handle(v2+"/spaces/100", test.space)
				status(404)(w, r)
			})
		}
		e := s.items(t.Context(), s.confluence(Options{}), "5")
		require.NoError(t, e.err, name)
		require.Equal(t, []string{"5"}, e.chunk.Captured, "its record is there")
		require.Equal(t, test.want, e.told("inlineComment")[0], name)
		require.Len(t, e.told("attachment"), 1)
		require.Equal(t, 2, s.count(v2+"/pages/5"), "it is looked for once")
	}
}

func TestACommentThatGoesAwayWhileItIsRead(t *testing.T) {
	s := newWiki(t)
	s.docs(doc{id: "5"})
	s.list(v2+"/pages/5/footer-comments", comment("11", 1), comment("12", 1), comment("13", 1))
	s.handle(v2+"/footer-comments/12/children", status(404))
	s.handle(v2+"/footer-comments/13/children", status(404))
	s.set(v2+"/footer-comments/13", `{"id":"13"}`)
	e := s.items(t.Context(), s.confluence(Options{}), "5")
	require.NoError(t, e.err)
	require.Equal(t, []atlassian.Problem{
		{Kind: "footerReply", ID: "12", Container: "ENG", Gone: true, Reason: "what it belongs to was deleted while it was read"},
		{Kind: "footerReply", ID: "13", Container: "ENG", Reason: "absent, although what it belongs to is there"},
	}, e.told("footerReply"))
}
