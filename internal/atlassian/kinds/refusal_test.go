package kinds

import (
	"context"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"holdfast/internal/atlassian"
)

var refusedCredential = atlassian.NewError(atlassian.ClassCredentials, 403, "GET /me", "")

// likeConfluence is how Confluence refuses a credential: as it refuses anything.
func likeConfluence(class atlassian.Class) bool { return class == atlassian.ClassForbidden }

func TestARefusalThatPutsTheCredentialInDoubtIsJudgedByWhoWeAre(t *testing.T) {
	for name, tt := range map[string]struct {
		status  int
		content bool
		doubts  func(atlassian.Class) bool
		checks  int             // how often it is asked who we are
		known   string          // the reason where the site knows us
		unknown atlassian.Class // the error where it does not; "" where that does not come out
	}{
		"Jira: 403":                 {403, true, nil, 0, "no permission", ""},
		"Jira: 401":                 {401, false, nil, 1, "no permission", atlassian.ClassCredentials},
		"Jira: 401 of content":      {401, true, nil, 0, "", atlassian.ClassCredentials},
		"Confluence: 403":           {403, false, likeConfluence, 1, "no permission", atlassian.ClassCredentials},
		"Confluence: 403, content":  {403, true, likeConfluence, 1, "no permission", atlassian.ClassCredentials},
		"Confluence: 401":           {401, false, likeConfluence, 1, "no permission", atlassian.ClassCredentials},
		"Confluence: 401, content":  {401, true, likeConfluence, 0, "", atlassian.ClassCredentials},
		"Confluence: 404":           {404, true, likeConfluence, 0, "absent, although what it belongs to is there", ""},
		"400":                       {400, true, likeConfluence, 0, "the site refuses (HTTP 400)", ""},
		"400 of what is no content": {400, false, nil, 0, "this site does not have it (HTTP 400)", ""},
	} {
		t.Run(name, func(t *testing.T) {
			row := ofPage("comment", Cursor, "/pages/{id}/comments")
			row.Content = tt.content
			for _, known := range []bool{true, false} {
				s := newSite(t, nil)
				s.on["/pages/1/comments"] = status(tt.status)
				if !known {
					s.who = refusedCredential
				}
				r := s.reader(pageRow, row)
				r.Doubts = tt.doubts
				w := r.Walk(space, func(atlassian.Item) error { return nil })
				err := w.Page(t.Context(), pageRow, Owner{ID: "7"}, onePage("1", `{}`))
				require.Equal(t, tt.checks, s.checks)
				if known && tt.known != "" || tt.unknown == "" {
					require.NoError(t, err)
					require.Len(t, w.Problems(), 1)
					require.Equal(t, tt.known, w.Problems()[0].Reason)
					require.Equal(t, tt.known == "no permission", w.Problems()[0].Denied)
					continue
				}
				require.Equal(t, tt.unknown, atlassian.ClassOf(err), "%v", err)
			}
		})
	}
}

func TestAContainerThatIsNotReadableIsNoProblemOfAList(t *testing.T) {
	for name, tt := range map[string]struct {
		status int
		doubts func(atlassian.Class) bool
		who    error
		want   atlassian.Class
	}{
		"absent":                                {404, likeConfluence, refusedCredential, ""},
		"Jira: forbidden":                       {403, nil, refusedCredential, ""},
		"Confluence: forbidden":                 {403, likeConfluence, nil, ""},
		"Confluence: the credential is refused": {403, likeConfluence, refusedCredential, atlassian.ClassCredentials},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, nil)
			s.on["/spaces/7"], s.who = status(tt.status), tt.who
			row := spaceRow
			row.Content = true
			r := s.reader(row)
			r.Doubts = tt.doubts
			w := r.Walk(space, func(atlassian.Item) error { return nil })
			readable, err := w.Container(t.Context(), row)
			require.False(t, readable)
			require.Empty(t, w.Problems())
			require.Equal(t, tt.want, atlassian.ClassOf(err), "%v", err)
		})
	}
	s := newSite(t, nil)
	s.on["/spaces/7"] = func(w http.ResponseWriter, _ *http.Request) { reply(w, 200, `[]`) }
	w := s.reader(spaceRow).Walk(space, func(atlassian.Item) error { return nil })
	readable, err := w.Container(t.Context(), spaceRow)
	require.NoError(t, err)
	require.True(t, readable, "a reply that makes no sense says nothing of a permission")
	require.Len(t, w.Problems(), 1)
}

func TestProbeAsksForAsLittleAsShowsWhatMayBeRead(t *testing.T) {
	group, member := ofSite("group", V1, "/groups"), ofSite("member", V1, "/groups/{id}/members").Under("group")
	secret, below := ofSite("secret", Cursor, "/secrets").Needs("Administer", "scope"), ofSite("below", Cursor, "/secrets/{id}").Under("secret")
	look, apart := ofSpace("look", One, "/spaces/{id}/look"), ofSpace("folder", One, "/folders/{id}")
	apart.Apart = true
	comment, answer := ofPage("comment", Cursor, "/pages/{id}/comments"), ofPage("reply", Cursor, "/comments/{id}/children").Under("comment")
	answer.Recursive = true
	none := Without("view", "views", NotExposed, atlassian.ScopeItem, "counted only")
	s := newSite(t, map[string]string{
		"/groups?start=0": `{"results":[{"id":"1"},{"id":"2"}],"_links":{"next":"/groups?start=2"}}`, "/groups/1/members?start=0": `{"results":[]}`,
		"/spaces/8": `{"id":"8"}`, "/pages/1/comments": list("10"), "/comments/10/children": list("11"),
	})
	s.on["/secrets"] = status(403)
	s.on["/spaces/8/look"] = status(404)
	states := map[string]string{}
	p := &Probe{Reader: s.reader(group, member, secret, below, spaceRow, look, apart, pageRow, comment, answer, none)}
	p.Yield = func(a atlassian.KindAccess) error {
		require.NotContains(t, states, a.Kind)
		states[a.Kind] = a.State + ": " + a.Note
		return nil
	}
	p.Containers = func(_ context.Context, yield func([]atlassian.Container) error) error {
		return yield([]atlassian.Container{{ID: "7"}, {ID: "8"}})
	}
	p.Readable = func(_ context.Context, c atlassian.Container) (bool, error) { return c.ID == "8", nil }
	p.Items = func(ctx context.Context, c atlassian.Container) error {
		require.Equal(t, "8", c.ID)
		require.NoError(t, p.Yield(Access(pageRow, Captured, "")))
		return p.Below(ctx, pageRow, Owner{ID: c.ID}, onePage("1", `{}`))
	}
	require.NoError(t, p.Run(t.Context()))
	require.Equal(t, map[string]string{
		"group": "captured: ", "member": "captured: ",
		"secret": `no permission: no permission: it needs "Administer", and a token with scopes needs "scope"`,
		"below":  "no permission: there are no secrets to read them from",
		"space":  "captured: ", "look": "not exposed by the API: this site does not have it (HTTP 404)", "folder": "captured: ",
		"page": "captured: ", "comment": "captured: ", "reply": "captured: ", "view": "not exposed by the API: counted only",
	}, states)
	require.Zero(t, s.counted("/groups?start=2"))
	require.Zero(t, s.counted("/comments/11/children"), "replies to replies show nothing new")

	clear(states)
	p.Containers = func(context.Context, func([]atlassian.Container) error) error { return nil }
	require.NoError(t, p.Run(t.Context()))
	require.Equal(t, "captured: the account sees no space", states["space"])
	require.NotContains(t, states, "look")
	clear(states)
	p.Containers = func(context.Context, func([]atlassian.Container) error) error {
		return atlassian.NewError(atlassian.ClassForbidden, 403, "GET /spaces", "")
	}
	require.NoError(t, p.Run(t.Context()))
	require.Contains(t, states["comment"], "no permission: there are no spaces")
}
