package confluence

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"holdfast/internal/atlassian"
)

// doc is a page or blog post of the test site.
type doc struct {
	id, kind, status string
	version          int
	more             string // members of the whole reply besides
}

// docs puts pages and blog posts into the test site: in lists, unless they are
// drafts, and one by one.
func (s *wiki) docs(all ...doc) {
	for _, d := range all {
		if d.kind == "" {
			d.kind = pageKind
		}
		if d.status == "" {
			d.status = "current"
		}
		d.version = max(d.version, 1)
		s.handle(fmt.Sprintf("%s/%ss/%s", v2, d.kind, d.id), d.serve)
		for _, kind := range []string{pageKind, blogKind} {
			path := v2 + "/" + kind + "s"
			s.mu.Lock()
			before := s.on[path]
			s.mu.Unlock()
			s.handle(path, func(w http.ResponseWriter, r *http.Request) {
				ids := strings.Split(r.URL.Query().Get("id"), ",")
				if d.kind == kind && d.status != "draft" && slices.Contains(ids, d.id) && slices.Contains(r.URL.Query()["status"], d.status) {
					s.mu.Lock()
					s.lists[path] = append(s.lists[path], d.body(adf, ""))
					s.mu.Unlock()
				}
				if before != nil {
					before(w, r)
					return
				}
				s.mu.Lock()
				list := s.lists[path]
				delete(s.lists, path)
				s.mu.Unlock()
				s.next(w, r, list, "")
			})
		}
	}
}

func (d doc) body(format, more string) string {
	if format == adf {
		more = ""
	}
	return fmt.Sprintf(`{"id":%q,"status":%q,"title":"T","spaceId":"100","authorId":"author-%s","version":{"number":%d,"authorId":"editor"},"body":{%q:{"representation":%q,"value":"%s of %s v%d"}}%s}`,
		d.id, d.status, d.id, d.version, format, format, format, d.id, d.version, more)
}

// serve answers GET of one.
func (d doc) serve(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if !slices.Contains(q["status"], d.status) || (q.Get("get-draft") == "true") != (d.status == "draft") {
		status(404)(w, r)
		return
	}
	more := d.more
	for _, name := range []string{"labels", "properties", "likes"} {
		if q.Get("include-"+name) == "true" && !strings.Contains(more, `"`+name+`"`) {
			more += fmt.Sprintf(`,%q:{"results":[],"meta":{"hasMore":false}}`, name)
		}
	}
	reply(w, 200, d.body(q.Get("body-format"), more))
}

func TestAPageComesWithAllThatBelongsToIt(t *testing.T) {
	for kind, base := range map[string]string{pageKind: v2 + "/pages/5", blogKind: v2 + "/blogposts/5"} {
		s := newWiki(t)
		s.docs(doc{id: "5", kind: kind, version: 7, more: `,"ownerId":"owner","labels":{"results":[{"id":"l1","name":"a"}],"meta":{"hasMore":false}},` +
			`"properties":{"results":[{"id":"p1"}],"meta":{"hasMore":true}},"likes":{"results":[{"accountId":"u1"}],"meta":{"hasMore":true}}`})
		s.list(base+"/properties", withID("p1", "p2", "p3")...)
		s.list(base+"/likes/users", `{"accountId":"u1"}`, `{"accountId":"u2"}`, `{"accountId":"u3"}`)
		s.list(base+"/versions", versions(7)...)
		s.set("/wiki/rest/api/content/5/restriction/byOperation", `{"read":{"operation":"read","restrictions":{"user":{"results":[],"size":0},"group":{"results":[],"size":0}}},"update":{}}`)
		s.list(base+"/footer-comments", comment("11", 1), comment("12", 3), comment("13", 1))
		s.list(v2+"/footer-comments/12/versions", versions(3)...)
		s.list(v2+"/footer-comments/11/children", comment("21", 1), comment("22", 1), comment("23", 2))
		s.list(v2+"/footer-comments/22/children", comment("31", 1))
		s.list(v2+"/footer-comments/31/children", comment("41", 1))
		s.list(v2+"/footer-comments/23/versions", versions(2)...)
		s.list(base+"/inline-comments", comment("51", 2))
		s.list(v2+"/inline-comments/51/versions", versions(2)...)
		s.list(v2+"/inline-comments/51/children", comment("61", 1))
		s.list(v2+"/inline-comments/61/children", comment("71", 2))
		s.list(v2+"/inline-comments/71/versions", versions(2)...)
		s.list(base+"/attachments", file("att1", 1, "current"), file("att2", 4, "trashed"), file("att3", 1, "archived"))
		e := s.items(t.Context(), s.confluence(Options{}), "5")
		require.NoError(t, e.err)
		require.Empty(t, e.chunk.Problems)
		require.Equal(t, []string{"5"}, e.chunk.Captured)
		for name, ids := range map[string][]string{
			kind: {"5"}, "adf": {"5"}, "label": {"l1"}, "contentProperty": {"p1", "p2", "p3"}, "like": {"u1", "u2", "u3"},
			"contentVersion": {"7", "6", "5", "4", "3", "2", "1"}, "restriction": {"5"},
			"footerComment": {"11", "12", "13"}, "footerReply": {"21", "22", "31", "41", "23"},
			"inlineComment": {"51"}, "inlineReply": {"61", "71"}, "commentVersion": {"2", "1", "3", "2", "1", "2", "1", "2", "1"},
			"attachment": {"att1", "att2", "att3"}, "attachmentVersion": nil,
		} {
			require.Equal(t, ids, e.of(name), name)
		}
		require.Equal(t, "100", e.items[0].Parent)
		require.Equal(t, "adf", e.items[1].Kind)
		require.JSONEq(t, `{"representation":"atlas_doc_format","value":"atlas_doc_format of 5 v7"}`, string(e.items[1].Body))
		require.Contains(t, string(e.items[0].Body), `"storage of 5 v7"`)
		require.Equal(t, "22", e.item(t, "footerReply", "31").Parent)
		require.Equal(t, "5", e.item(t, "footerComment", "13").Parent)
		require.Zero(t, s.count(base+"/labels"), "the list that came whole is not asked for")
		require.Equal(t, 1, s.count(base))

		for _, name := range []string{"include-labels", "include-properties", "include-likes"} {
			require.Equal(t, "true", s.queries(base)[0].Get(name))
		}
		require.Equal(t, "storage", s.queries(base + "/versions")[0].Get("body-format"))
		require.Equal(t, "50", s.queries(base + "/versions")[0].Get("limit"))
		q := s.queries(base + "/inline-comments")[0]
		require.Equal(t, []string{"open", "reopened", "resolved", "dangling"}, q["resolution-status"])
		want := map[string][]string{pageKind: pageStatuses, blogKind: blogStatuses}[kind]
		require.Equal(t, want, q["status"])
		require.Equal(t, want, s.queries(base + "/footer-comments")[0]["status"])
		require.Equal(t, []string{"current", "archived", "trashed"}, s.queries(base + "/attachments")[0]["status"])
		require.ElementsMatch(t, []string{"author-5", "editor", "owner", "u1", "u2", "u3", "v"}, e.of("user"))
		require.Equal(t, 1, s.count(bulkOf))
	}
}

// versions are those of a history with n, the newest first.
func versions(n int) []string {
	var all []string
	for ; n > 0; n-- {
		all = append(all, fmt.Sprintf(`{"number":%d,"authorId":"v","page":{"body":{}}}`, n))
	}
	return all
}

func comment(id string, version int) string {
	return fmt.Sprintf(`{"id":%q,"status":"current","version":{"number":%d,"authorId":"v"}}`, id, version)
}

func file(id string, version int, status string) string {
	return fmt.Sprintf(`{"id":%q,"status":%q,"title":"a/b.png","mediaType":"image/png","fileSize":%d,"version":{"number":%d,"authorId":"v","createdAt":"2026-01-01T00:00:00Z"}}`,
		id, status, 100*version, version)
}

func TestWhatWasNeverChangedHasNoHistoryToAskFor(t *testing.T) {
	s := newWiki(t)
	s.docs(doc{id: "5"})
	s.list(v2+"/pages/5/footer-comments", comment("11", 1))
	e := s.items(t.Context(), s.confluence(Options{AttachmentVersions: true}), "5")
	require.NoError(t, e.err)
	require.Zero(t, s.count(v2+"/pages/5/versions"))
	require.Zero(t, s.count(v2+"/footer-comments/11/versions"))
}

func TestOnlyAsManyVersionsAsThePolicyWants(t *testing.T) {
	for want, ids := range map[int][]string{0: {"7", "6", "5", "4", "3", "2", "1"}, 1: nil, 3: {"7", "6", "5"}} {
		s := newWiki(t)
		s.docs(doc{id: "5", version: 7})
		s.list(v2+"/pages/5/versions", versions(7)...)
		e := s.items(t.Context(), s.confluence(Options{Versions: want}), "5")
		require.NoError(t, e.err)
		require.Equal(t, ids, e.of("contentVersion"))
		if want == 3 {
			q := s.queries(v2 + "/pages/5/versions")
			require.Len(t, q, 2)
			require.Equal(t, "3", q[0].Get("limit"))
			require.Equal(t, "-modified-date", q[0].Get("sort"))
		}
	}
}

func TestDraftsAndWhatIsInTheTrash(t *testing.T) {
	s := newWiki(t)
	s.docs(doc{id: "1"}, doc{id: "2", status: "draft"}, doc{id: "3", kind: blogKind, status: "draft"},
		doc{id: "4", status: "trashed"}, doc{id: "5", kind: blogKind, status: "trashed"}, doc{id: "6", status: "archived"})
	for _, path := range []string{"/pages/4/footer-comments", "/pages/4/attachments", "/pages/2/inline-comments"} {
		s.handle(v2+path, status(404))
	}
	e := s.items(t.Context(), s.confluence(Options{}), "1", "2", "3", "4", "5", "6")
	require.NoError(t, e.err)
	require.Equal(t, []string{"1", "2", "3", "4", "5", "6"}, e.chunk.Captured)
	require.Equal(t, []string{"1", "2", "4", "6"}, e.of("page"))
	require.Equal(t, []string{"3", "5"}, e.of("blogpost"))
	require.Equal(t, []string{"1", "2", "3", "4", "5", "6"}, e.of("adf"))
	require.Equal(t, 1, s.count("/wiki/rest/api/content/1/restriction/byOperation"))
	require.Zero(t, s.count("/wiki/rest/api/content/2/restriction/byOperation"))
	require.Zero(t, s.count("/wiki/rest/api/content/5/restriction/byOperation"))
	for _, p := range e.chunk.Problems {
		require.True(t, p.Note && p.Absent, p)
	}
	require.Len(t, e.chunk.Problems, 3)
	require.Equal(t, 1, s.count(v2+"/pages"))
	require.Equal(t, 1, s.count(v2+"/blogposts"))
}

func TestTheTwoBodiesAreOfOneVersion(t *testing.T) {
	s := newWiki(t)
	s.docs(doc{id: "5"})
	edit := func(next func(n int) int) {
		n := 0
		s.handle(v2+"/pages/5", func(w http.ResponseWriter, r *http.Request) {
			n++
			doc{id: "5", version: next(n), status: "current", kind: pageKind}.serve(w, r)
		})
	}
	edit(func(int) int { return 2 }) // edited once, after the list
	e := s.items(t.Context(), s.confluence(Options{Versions: 1}), "5")
	require.NoError(t, e.err)
	require.Contains(t, string(e.items[0].Body), "storage of 5 v2")
	require.Contains(t, string(e.items[1].Body), "of 5 v2")
	require.Equal(t, 2, s.count(v2+"/pages/5"))

	edit(func(n int) int { return n + 1 }) // each time
	e = s.items(t.Context(), s.confluence(Options{Versions: 1}), "5")
	require.NoError(t, e.err)
	require.Empty(t, e.of("adf"))
	require.Contains(t, e.told("adf")[0].Reason, "edited each of the 3 times")
	require.Equal(t, 2+6, s.count(v2+"/pages/5"))
	require.Equal(t, []string{"5"}, e.chunk.Captured)

	s.handle(v2+"/pages/5", func(w http.ResponseWriter, r *http.Request) {
		reply(w, 200, `{"id":"5","status":"current","version":{"number":2},"body":{}}`)
	})
	e = s.items(t.Context(), s.confluence(Options{}), "5")
	require.NoError(t, e.err)
	require.Equal(t, "the site gives no document of it", e.told("adf")[0].Reason)
}

func TestAReplyThatIsTooLargeIsAskedForInHalves(t *testing.T) {
	s := newWiki(t)
	s.docs(doc{id: "1"}, doc{id: "2"}, doc{id: "3"}, doc{id: "4"})
	lists := s.on[v2+"/pages"]
	s.handle(v2+"/pages", func(w http.ResponseWriter, r *http.Request) {
		if ids := strings.Split(r.URL.Query().Get("id"), ","); len(ids) > 1 || ids[0] == "3" {
			w.Header().Set("Content-Length", "999999999")
			reply(w, 200, "{")
			return
		}
		lists(w, r)
	})
	e := s.items(t.Context(), s.confluence(Options{}), "1", "2", "3", "4")
	require.NoError(t, e.err)
	require.Equal(t, []string{"1", "2", "4"}, e.chunk.Captured)
	require.Equal(t, []atlassian.Problem{{Kind: "page", ID: "3", Container: "ENG", Reason: tooLargeReason}}, e.chunk.Problems)
	e = s.items(t.Context(), s.confluence(Options{}), make([]string, 101)...)
	require.Equal(t, atlassian.ClassProtocol, atlassian.ClassOf(e.err))
}

func TestTheErrorOfEmitEndsTheCall(t *testing.T) {
	s := newWiki(t)
	s.docs(doc{id: "5", more: `,"labels":{"results":[{"id":"l"}],"meta":{"hasMore":false}}`})
	for _, kind := range []string{"page", "adf", "label", "user"} {
		_, err := s.confluence(Options{}).ExportItems(t.Context(), space, []string{"5"}, once(), func(i atlassian.Item) error {
			if i.Kind == kind {
				return http.ErrAbortHandler
			}
			return nil
		})
		require.ErrorIs(t, err, http.ErrAbortHandler, kind)
	}
}
