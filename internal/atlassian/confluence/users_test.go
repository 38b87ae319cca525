package confluence

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestUsersAreAskedForOnceEach(t *testing.T) {
	s := newWiki(t)
	s.docs(doc{id: "5", more: `,"x":"<ri:user ri:account-id=\"712020:ab-c\" /> \"authorId\":\"no\""`}, doc{id: "6"}, doc{id: "7"})
	var likes []string
	for n := range 600 {
		likes = append(likes, fmt.Sprintf(`{"accountId":"liker-%d"}`, n))
	}
	s.handle(v2+"/pages/5/likes/users", func(w http.ResponseWriter, r *http.Request) { s.next(w, r, likes, "") })
	s.docs(doc{id: "5", more: `,"x":"<ri:user ri:account-id=\"712020:ab-c\" /> \"authorId\":\"no\"","likes":{"results":[],"meta":{"hasMore":true}}`})
	var sizes []int
	s.handle(bulkOf, func(w http.ResponseWriter, r *http.Request) {
		var n int
		s.users(countElements{w, &n}, r)
		sizes = append(sizes, n)
	})
	seen := once()
	seen("editor")
	var e exported
	c := s.confluence(Options{})
	e.chunk, e.err = c.ExportItems(t.Context(), space, []string{"5", "6", "7"}, seen, e.emit)
	require.NoError(t, e.err)
	users := e.of("user")
	require.Len(t, users, 604)
	require.NotContains(t, users, "editor")
	require.NotContains(t, users, "no")
	require.Contains(t, users, "712020:ab-c")
	require.Equal(t, []int{250, 250, 104}, sizes)
	e.chunk, e.err = c.ExportItems(t.Context(), space, []string{"6", "7"}, seen, e.emit)
	require.NoError(t, e.err)
	require.Len(t, sizes, 3, "nobody new")
}

// countElements counts the users of a reply.
type countElements struct {
	http.ResponseWriter
	n *int
}

func (c countElements) Write(b []byte) (int, error) {
	*c.n += strings.Count(string(b), `"accountId"`)
	return c.ResponseWriter.Write(b)
}

func TestUsersThatAreRefusedAreNotedAndNoLoss(t *testing.T) {
	s := newWiki(t)
	s.docs(doc{id: "5"})
	s.handle(bulkOf, status(403))
	e := s.items(t.Context(), s.confluence(Options{}), "5")
	require.NoError(t, e.err)
	require.Equal(t, []string{"5"}, e.chunk.Captured)
	require.True(t, e.told("user")[0].Note && e.told("user")[0].Denied)
	s.handle(bulkOf, func(w http.ResponseWriter, r *http.Request) { // of the two one is refused
		body, err := io.ReadAll(r.Body)
		require.NoError(t, err)
		if strings.Contains(string(body), "author-5") {
			status(400)(w, r)
			return
		}
		reply(w, 200, `{"results":[{"accountId":"editor"}]}`)
	})
	e = s.items(t.Context(), s.confluence(Options{}), "5")
	require.NoError(t, e.err)
	require.Empty(t, e.chunk.Problems)
	require.Equal(t, []string{"editor"}, e.of("user"))
}

func TestAccountsAreFoundWhereverABodyNamesOne(t *testing.T) {
	body := `{"authorId":"a","ownerId" : "b","lastOwnerId":"c","x":[{"accountId":"d"}],"createdBy":"e","assignedTo":"f","completedBy":null,` +
		`"completedBy":"g","spaceOwnerId":"h","id":"no","authorId":7,"ownerId":"","body":{"value":"<ri:user ri:account-id=\"i:1-2\"/> \"accountId\":\"no\" <ri:user ri:account-id=\"j\"/>"},"accountId":"no no"}`
	require.ElementsMatch(t, []string{"a", "b", "c", "d", "e", "f", "g", "h", "i:1-2", "j"}, slices.Collect(accounts(raw(body))))
	for id := range accounts(raw(body)) {
		require.Equal(t, "a", id)
		break
	}
	require.Empty(t, slices.Collect(accounts(raw(`{"authorId":"`))))
}
