package confluence

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestRestrictionsThatAreCutAreReadToTheirEnd(t *testing.T) {
	s := newWiki(t)
	s.docs(doc{id: "5"})
	s.set("/wiki/rest/api/content/5/restriction/byOperation",
		`{"read":{"operation":"read","restrictions":{"user":{"results":[{"accountId":"a"},{"accountId":"b"}],"size":2,"totalSize":5},"group":{"results":[{"id":"g"}],"size":1,"_links":{"next":"x"}}}},`+
			`"update":{"operation":"update","restrictions":{"user":{"results":[],"size":0,"totalSize":0},"group":{"results":[]}}}}`)
	s.handle("/wiki/rest/api/content/5/restriction/byOperation/read", func(w http.ResponseWriter, r *http.Request) {
		switch q := r.URL.Query(); q.Get("expand") + q.Get("start") {
		case "restrictions.user2":
			reply(w, 200, `{"operation":"read","restrictions":{"user":{"results":[{"accountId":"c"},{"accountId":"d"}],"totalSize":5}}}`)
		case "restrictions.user4":
			reply(w, 200, `{"operation":"read","restrictions":{"user":{"results":[{"accountId":"e"}],"totalSize":5}}}`)
		case "restrictions.group1":
			reply(w, 200, `{"operation":"read","restrictions":{"group":{"results":[],"_links":{"next":"x"}}}}`)
		default:
			t.Errorf("asked for %s", r.URL)
		}
	})
	e := s.items(t.Context(), s.confluence(Options{}), "5")
	require.NoError(t, e.err)
	require.Equal(t, []string{"5", "5.read.user.2", "5.read.user.4"}, e.of("restriction"))
	require.Contains(t, e.told("restriction")[0].Reason, "not whole")
	require.ElementsMatch(t, []string{"author-5", "editor", "a", "b", "c", "d", "e"}, e.of("user"))
}
