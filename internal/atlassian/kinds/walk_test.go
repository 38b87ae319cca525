package kinds

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"holdfast/internal/atlassian"
)

// list is a reply with records of these ids.
func list(ids ...string) string {
	var all []string
	for _, id := range ids {
		all = append(all, fmt.Sprintf(`{"id":%q,"version":{"number":2}}`, id))
	}
	return `{"results":[` + strings.Join(all, ",") + `]}`
}

func TestWhatBelongsToARecordFollowsItInTheOrderOfTheSite(t *testing.T) {
	outer, inner, leaf, other := ofSite("outer", Cursor, "/outer"), ofSite("inner", Cursor, "/outer/{id}/inner").Under("outer"),
		ofSite("leaf", Cursor, "/outer/{id}/inner/{id}/leaf").Under("inner"), ofSite("other", Cursor, "/outer/{id}/other").Under("outer")
	s := newSite(t, map[string]string{})
	numbers := func(n int) (ids []string) {
		for i := range n {
			ids = append(ids, strconv.Itoa(i))
		}
		return ids
	}
	s.replies["/outer"] = list(numbers(10)...)
	want := []string{}
	for _, o := range numbers(10) {
		want = append(want, "outer "+o+" ")
		s.replies["/outer/"+o+"/inner"], s.replies["/outer/"+o+"/other"] = list(numbers(5)...), list("x")
		for _, i := range numbers(5) {
			want = append(want, "inner "+i+" "+o)
			s.replies["/outer/"+o+"/inner/"+i+"/leaf"] = list(o+i, o+i+"+")
			want = append(want, "leaf "+o+i+" "+i, "leaf "+o+i+"+ "+i)
		}
		want = append(want, "other x "+o)
	}
	r := s.reader(outer, inner, leaf, other)
	for range 3 {
		var got []string
		w := r.Walk(atlassian.Container{}, recorded(&got))
		require.NoError(t, w.Site(t.Context()))
		require.Empty(t, w.Problems())
		require.Equal(t, want, got)
	}
}

func TestRecordsOfAKindMayBelongToSeveralKindsAndToEachOther(t *testing.T) {
	comment := ofPage("comment", Cursor, "/pages/{id}/comments")
	comment.Also = map[string]string{"blog": "GET /blogs/{id}/comments"}
	answer := ofPage("reply", Cursor, "/comments/{id}/children").Under("comment")
	answer.Recursive = true
	version := ofPage("version", Cursor, "/comments/{id}/versions").Under("comment")
	version.Also = map[string]string{"reply": "GET /comments/{id}/versions"}
	version.Number, version.Above = []string{"version", "number"}, 1
	s := newSite(t, map[string]string{
		"/pages/1/comments": list("10"), "/blogs/2/comments": list("20"),
		"/comments/10/children": list("11", "12"), "/comments/11/children": list("13"), "/comments/13/children": list(),
		"/comments/12/children": list(), "/comments/20/children": list(),
	})
	for _, id := range []string{"10", "11", "12", "13", "20"} {
		s.replies["/comments/"+id+"/versions"] = list(id + "v")
	}
	r := s.reader(pageRow, blogRow, comment, answer, version)
	got, w := walkPage(t, r, `{}`)
	require.Empty(t, w.Problems())
	require.Equal(t, []string{"page 1 7", "comment 10 1",
		"reply 11 10", "reply 13 11", "version 13v 13", "version 11v 11", "reply 12 10", "version 12v 12", "version 10v 10"}, got)
	got = got[:0]
	w = r.Walk(space, recorded(&got))
	require.NoError(t, w.Page(t.Context(), blogRow, Owner{ID: "7"}, onePage("2", `{}`)))
	require.Equal(t, []string{"blog 2 7", "comment 20 2", "version 20v 20"}, got)
	require.Zero(t, s.counted("/pages/2/comments"))

	s.replies["/comments/13/children"] = list("14", "11", "10")
	s.replies["/comments/14/children"], s.replies["/comments/14/versions"] = list(), list()
	got, w = walkPage(t, r, `{}`)
	require.Contains(t, got, "reply 14 13", "the others are read")
	require.Len(t, w.Problems(), 1, "a record below itself would never end")
	require.Equal(t, "13", w.Problems()[0].ID)
	require.Contains(t, w.Problems()[0].Reason, "below itself")
}

func TestItemsAreNotBelowTheirContainerAndWhatIsReadApartIsLeftOut(t *testing.T) {
	folder := ofSpace("folder", One, "/folders/{id}")
	folder.Apart = true
	s := newSite(t, map[string]string{"/spaces/7": `{"id":"7"}`})
	r := s.reader(spaceRow, folder, pageRow)
	var got []string
	w := r.Walk(space, recorded(&got))
	_, err := w.Container(t.Context(), spaceRow)
	require.NoError(t, err)
	require.NoError(t, w.Root(t.Context(), folder, Owner{ID: "7"}))
	require.Equal(t, []string{"space 7 "}, got)
	require.Equal(t, []string{"/spaces/7"}, s.asked)
	// But the product may have it walked over.
	require.NoError(t, w.Page(t.Context(), folder, Owner{ID: "7"}, onePage("9", `{}`)))
	require.Equal(t, []string{"space 7 ", "folder 9 7"}, got)
}

func TestARecordMayBeAnAttachment(t *testing.T) {
	file := ofPage("file", Cursor, "/pages/{id}/files")
	file.Attach = func(e atlassian.Entry, of Owner) *atlassian.Attachment {
		return &atlassian.Attachment{ID: e.ID, Item: of.ID, Space: of.Above[0]}
	}
	s := newSite(t, map[string]string{"/pages/1/files": list("att1")})
	var attached []*atlassian.Attachment
	w := s.reader(pageRow, file).Walk(space, func(i atlassian.Item) error {
		attached = append(attached, i.Attachment)
		return nil
	})
	require.NoError(t, w.Page(t.Context(), pageRow, Owner{ID: "7"}, onePage("1", `{}`)))
	require.Equal(t, []*atlassian.Attachment{nil, {ID: "att1", Item: "1", Space: "7"}}, attached)
}

func TestAListThatIsAbsentIsTheProductsToJudgeWhereItIsContent(t *testing.T) {
	content, extra, owned := ofPage("comment", Cursor, "/pages/{id}/comments"), ofPage("like", Cursor, "/pages/{id}/likes"), ofPage("theme", Cursor, "/pages/{id}/theme")
	extra.Content = false
	owned.None = http.StatusNotFound
	denied := ofPage("secret", Cursor, "/pages/{id}/secret")
	s := newSite(t, nil)
	s.on["/pages/1/secret"] = status(403)
	away := errors.New("away")
	for name, tt := range map[string]struct {
		handled bool
		err     error
		reasons []string
	}{
		"gone":     {true, nil, []string{"like this site does not have it (HTTP 404)", "secret no permission"}},
		"there":    {false, nil, []string{"comment absent, although what it belongs to is there", "like this site does not have it (HTTP 404)", "secret no permission"}},
		"an error": {false, away, nil},
	} {
		t.Run(name, func(t *testing.T) {
			var asked []string
			w := s.reader(pageRow, content, extra, owned, denied).Walk(space, func(atlassian.Item) error { return nil })
			w.Absent = func(_ context.Context, row Row, of Owner) (bool, error) {
				asked = append(asked, row.Name+" "+of.ID)
				return tt.handled, tt.err
			}
			require.Equal(t, tt.err, w.Page(t.Context(), pageRow, Owner{ID: "7"}, onePage("1", `{}`)))
			require.Equal(t, []string{"comment 1"}, asked)
			var reasons []string
			for _, p := range w.Problems() {
				reasons = append(reasons, p.Kind+" "+p.Reason)
			}
			require.Equal(t, tt.reasons, reasons)
		})
	}
}

func TestTheFirstRefusalOfAPermissionForTheSiteEndsTheKind(t *testing.T) {
	many := make([]string, 30)
	for i := range many {
		many[i] = strconv.Itoa(i)
	}
	for _, global := range []bool{true, false} {
		group, member := ofSite("group", Cursor, "/groups"), ofSite("member", Cursor, "/groups/{id}/members").Under("group").Needs("Administer", "")
		if global {
			member = member.NeedsEverywhere("Administer", "")
		}
		s := newSite(t, map[string]string{"/groups": list(many...)})
		refusals := 0
		for _, id := range many {
			s.on["/groups/"+id+"/members"] = func(w http.ResponseWriter, r *http.Request) {
				s.mu.Lock()
				refusals++
				s.mu.Unlock()
				status(403)(w, r)
			}
		}
		w := s.reader(group, member).Walk(atlassian.Container{}, func(atlassian.Item) error { return nil })
		require.NoError(t, w.Site(t.Context()))
		if !global {
			require.Len(t, w.Problems(), len(many), "one for each owner")
			continue
		}
		require.Len(t, w.Problems(), 1)
		require.Equal(t, `no permission: it needs "Administer"`, w.Problems()[0].Reason)
		require.LessOrEqual(t, refusals, lists, "those that were under way")
	}
}

func TestAnErrorOfTheReceiverEndsTheWalkAsItIs(t *testing.T) {
	group, member := ofSite("group", Cursor, "/groups"), ofSite("member", Cursor, "/groups/{id}/members").Under("group")
	s := newSite(t, map[string]string{"/groups": list("1", "2"), "/groups/1/members": list("a", "b"), "/groups/2/members": list("c")})
	own := fmt.Errorf("own: %w", atlassian.NewError(atlassian.ClassForbidden, 403, "GET /x", ""))
	for _, kind := range []string{"group", "member"} {
		w := s.reader(group, member).Walk(atlassian.Container{}, func(i atlassian.Item) error {
			if i.Kind == kind {
				return own
			}
			return nil
		})
		require.Equal(t, own, w.Site(t.Context()), kind)
		require.Empty(t, w.Problems())
	}
	ctx, cancel := context.WithCancel(t.Context())
	w := s.reader(group, member).Walk(atlassian.Container{}, func(atlassian.Item) error {
		cancel()
		return nil
	})
	require.ErrorIs(t, w.Site(ctx), context.Canceled)
}

// TestALongListIsNotHeld reads a group of 50,000 members whose bodies are 2 KiB each.
func TestALongListIsNotHeld(t *testing.T) {
	const members, bodySize = 50_000, 2 << 10
	filler := strings.Repeat("x", bodySize)
	group, member := ofSite("group", Cursor, "/groups"), ofSite("member", V1, "/groups/{id}/members").Under("group")
	s := newSite(t, map[string]string{"/groups": list("1")})
	s.on["/groups/1/members"] = func(w http.ResponseWriter, r *http.Request) {
		start, _ := strconv.Atoi(r.URL.Query().Get("start"))
		end, next := min(start+500, members), ""
		if end < members {
			next = fmt.Sprintf("/x?start=%d", end)
		}
		var all []string
		for i := start; i < end; i++ {
			all = append(all, fmt.Sprintf(`{"id":"5b10ac8d82e05b22cc%d","x":%q}`, i, filler))
		}
		reply(w, 200, fmt.Sprintf(`{"results":[%s],"_links":{"next":%q}}`, strings.Join(all, ","), next))
	}
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	n, before := 0, heap()
	w := s.reader(group, member).Walk(atlassian.Container{}, func(atlassian.Item) error {
		if n++; n%10_000 == 0 {
			require.Less(t, heap(), before+24<<20, "after %d members of 2 KiB", n)
		}
		return nil
	})
	require.NoError(t, w.Site(t.Context()))
	require.Empty(t, w.Problems())
	require.Equal(t, members+1, n)
}
