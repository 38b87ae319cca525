package confluence

import (
	"io"
	"net/http"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"holdfast/internal/atlassian"
)

func TestAnAttachmentIsItsIDVersionAndSize(t *testing.T) {
	s := newWiki(t)
	s.docs(doc{id: "5"})
	s.list(v2+"/pages/5/attachments", file("att1", 3, "current"), file("att2", 1, "trashed"), `{"id":"att3","status":"current"}`)
	s.list(v2+"/attachments/att1/versions", versions(3)...)
	s.handle(v2+"/attachments/att1", func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Query().Get("version") {
		case "3", "2":
			version, _ := strconv.Atoi(r.URL.Query().Get("version"))
			reply(w, 200, file("att1", version, "current"))
		default:
			status(404)(w, r) // deleted since it was listed
		}
	})
	e := s.items(t.Context(), s.confluence(Options{AttachmentVersions: true}), "5")
	require.NoError(t, e.err)
	require.Empty(t, e.chunk.Problems)
	want := atlassian.Attachment{ID: "att1", Version: 3, Name: "a/b.png", MediaType: "image/png", Size: 300, Item: "5", Space: "100", Author: "v", Created: "2026-01-01T00:00:00Z"}
	require.Equal(t, want, *e.item(t, "attachment", "att1").Attachment)
	want.Version, want.Size = 2, 200
	require.Equal(t, []string{"2"}, e.of("attachmentVersion"), "the newest is known")
	require.Equal(t, want, *e.item(t, "attachmentVersion", "2").Attachment)
	require.Equal(t, "att1", e.item(t, "attachmentVersion", "2").Parent)
	require.Equal(t, "trashed", e.item(t, "attachment", "att2").Attachment.Status)
	require.Equal(t, int64(-1), e.item(t, "attachment", "att3").Attachment.Size)
	require.Zero(t, s.count(v2+"/attachments/att2/versions"))
	require.Nil(t, e.items[0].Attachment)
}

func TestBytesComeByTheFirstAPIWithTheirVersion(t *testing.T) {
	s := newWiki(t)
	path := "/wiki/rest/api/content/5/child/attachment/att1/download"
	s.handle(path, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, s.server.URL+"/media/1", http.StatusFound)
	})
	s.handle("/media/1", func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "bytes") })
	body, err := s.confluence(Options{}).Open(t.Context(), atlassian.Attachment{ID: "att1", Item: "5", Version: 3, Size: 5, Status: "trashed"}, 0)
	require.NoError(t, err)
	defer body.Close()
	b, err := io.ReadAll(body)
	require.NoError(t, err)
	require.Equal(t, "bytes", string(b))
	q := s.queries(path)[0]
	require.Equal(t, "3", q.Get("version"))
	require.Equal(t, "trashed", q.Get("status"))
	s.handle(path, status(404))
	_, err = s.confluence(Options{}).Open(t.Context(), atlassian.Attachment{ID: "att1", Item: "5", Version: 3}, 0)
	require.Equal(t, atlassian.ClassNotFound, atlassian.ClassOf(err))
	require.NotContains(t, s.queries(path)[1], "status")
}

func TestListsReadsThePageAgain(t *testing.T) {
	a := atlassian.Attachment{ID: "att3", Item: "5", Version: 2, Space: "100"}
	lists := func(s *wiki) bool {
		there, err := s.confluence(Options{}).Lists(t.Context(), a)
		require.NoError(t, err)
		return there
	}
	for _, base := range []string{v2 + "/pages/5", v2 + "/blogposts/5"} {
		s := newWiki(t)
		s.set(v2+"/spaces/100", `{"id":"100"}`)
		s.handle(v2+"/pages/5/attachments", status(404))
		s.handle(v2+"/blogposts/5/attachments", status(404))
		require.False(t, lists(s), "the page is gone, its space is not")
		s.handle(v2+"/spaces/100", status(404))
		require.True(t, lists(s), "nothing is known")
		s.handle(v2+"/spaces/100", nil)

		s.handle(base+"/attachments", nil)
		s.list(base+"/attachments", file("att1", 1, "current"), file("att2", 1, "current"), file("att3", 2, "current"))
		require.True(t, lists(s))
		s.list(base+"/attachments", file("att1", 1, "current"))
		require.False(t, lists(s))

		s.list(base+"/attachments", file("att3", 3, "current"))
		require.False(t, lists(s), "that version is gone")
		s.set(v2+"/attachments/att3", file("att3", 2, "current"))
		require.True(t, lists(s), "a newer version does not delete an older one")
	}
}
