package confluence

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"holdfast/internal/samplesite"
	"holdfast/internal/samplesite/content"
)

// writer writes to a sample site by HTTP, all within Atlassian's documents.
type writer struct {
	t    *testing.T
	site *samplesite.Site
	http *http.Client
}

func writes(t *testing.T, site *samplesite.Site) *writer {
	return &writer{t, site, &http.Client{Transport: newContract(t)}}
}

// send writes and returns the reply, which is to have the status.
func (w *writer) send(status int, method, path, contentType string, body io.Reader) raw {
	w.t.Helper()
	r, err := http.NewRequestWithContext(w.t.Context(), method, w.site.URL()+path, body)
	require.NoError(w.t, err)
	r.SetBasicAuth(w.site.Email(), w.site.Token())
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	r.Header.Set("X-Atlassian-Token", "no-check")
	res, err := w.http.Do(r)
	require.NoError(w.t, err)
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(res.Body)
	require.NoError(w.t, err)
	require.Equal(w.t, status, res.StatusCode, "%s %s: %s", method, path, b)
	return b
}

// put writes JSON and returns the id of the reply.
func (w *writer) put(status int, method, path string, body any) string {
	w.t.Helper()
	b, err := json.Marshal(body)
	require.NoError(w.t, err)
	return text(w.send(status, method, path, "application/json", strings.NewReader(string(b))), "id")
}

type object = map[string]any

func inStorage(value string) object { return object{"representation": "storage", "value": value} }

func TestWhatIsWrittenIsCaptured(t *testing.T) {
	site := sample(t, content.WikiSpec{})
	w := writes(t, site)
	space := w.put(201, "POST", v2+"/spaces", object{"name": "Engineering & more", "key": "ENG", "description": object{"value": "All <of> it", "representation": "plain"}})
	w.put(200, "POST", v1+"/space", object{"name": "Second", "key": "TWO"})
	w.put(201, "POST", v2+"/spaces/"+space+"/properties", object{"key": "holdfast.origin", "value": object{"id": "1"}})
	page := w.put(200, "POST", v2+"/pages", object{"spaceId": space, "title": "One", "body": inStorage("<p>first</p>")})
	below := w.put(200, "POST", v2+"/pages", object{"spaceId": space, "title": "Below", "parentId": page, "body": inStorage("<p>below</p>"), "subtype": "live"})
	w.put(200, "POST", v2+"/pages?root-level=true", object{"spaceId": space, "title": "Root", "body": inStorage("<p>root</p>")})
	w.put(200, "POST", v2+"/pages", object{"spaceId": space, "title": "Draft", "status": "draft", "body": inStorage("<p>draft</p>")})
	w.put(200, "POST", v2+"/blogposts", object{"spaceId": space, "title": "News", "body": inStorage("<p>news</p>"), "createdAt": "2024-03-05T10:00:00.000Z"})
	w.put(200, "POST", v2+"/pages/"+page+"/properties", object{"key": "holdfast.origin", "value": object{"id": "7"}})
	for n := 2; n <= 4; n++ {
		w.put(200, "PUT", v2+"/pages/"+below, object{"id": below, "status": "current", "title": "Below", "body": inStorage("<p>changed</p>"),
			"version": object{"number": n, "message": "again"}})
	}

	b := backUp(t, New(sampleClient(t, site), everything))
	for _, p := range b.problems {
		require.True(t, p.Note, "%v", p)
	}
	same(t, truth(site), b)
	checkUsers(t, site, b)
	checkRestrictions(t, site, b)
}
