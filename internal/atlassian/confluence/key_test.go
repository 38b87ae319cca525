package confluence

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holdfast/internal/atlassian"
)

const keyPath = "/wiki/api/v2/admin-key"

// keySite is a test site that gives Admin Keys, and a clock.
type keySite struct {
	*wiki
	mu      sync.Mutex
	now     time.Time
	methods []string
	bodies  []string
	minutes time.Duration
}

func newKeySite(t *testing.T) (*keySite, *Confluence) {
	s := &keySite{wiki: newWiki(t), now: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC), minutes: 60}
	s.handle(keyPath, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		s.mu.Lock()
		defer s.mu.Unlock()
		s.methods, s.bodies = append(s.methods, r.Method), append(s.bodies, string(body))
		require.Empty(t, r.Header.Get(keyHeader))
		if r.Method == "DELETE" {
			w.WriteHeader(204)
			return
		}
		reply(w, 200, fmt.Sprintf(`{"accountId":"me","expirationTime":%q}`, s.now.Add(s.minutes*time.Minute).Format("2006-01-02T15:04:05.000Z")))
	})
	c := s.confluence(Options{AdminKey: true})
	c.key.now = func() time.Time { s.mu.Lock(); defer s.mu.Unlock(); return s.now }
	return s, c
}

func (s *keySite) after(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = s.now.Add(d)
}

func (s *keySite) headers(path string) []string {
	s.wiki.mu.Lock()
	defer s.wiki.mu.Unlock()
	var all []string
	for i, u := range s.asked {
		if u.Path == path {
			all = append(all, s.heads[i].Get(keyHeader))
		}
	}
	return all
}

func TestTheAdminKeyIsHeldWhileItIsNeeded(t *testing.T) {
	s, c := newKeySite(t)
	s.minutes = 120 // whatever the site says, it is relied on for what was asked for
	ask := func() {
		_, err := c.Identity(t.Context())
		require.NoError(t, err)
	}
	for range 110 { // each half a minute: 55 minutes
		ask()
		s.after(30 * time.Second)
	}
	require.Equal(t, []string{"POST", "POST"}, s.methods, "renewed with 10 minutes left")
	require.Equal(t, `{"durationInMinutes":60}`, s.bodies[0])
	s.after(2 * time.Minute)
	ask()
	require.Len(t, s.methods, 3, "after a pause another worker may have given it back")
	for _, h := range s.headers(current) {
		require.Equal(t, "true", h)
	}
	require.NoError(t, c.End(t.Context()))
	require.NoError(t, c.End(t.Context()))
	require.Equal(t, []string{"DELETE", "DELETE"}, s.methods[3:])
	ask()
	require.Equal(t, "POST", s.methods[5], "the next run gets its own")
}

func TestAnAdminKeyOfLessTimeIsNotAskedForEachTime(t *testing.T) {
	s, c := newKeySite(t)
	s.minutes = 5
	for range 4 {
		_, err := c.Identity(t.Context())
		require.NoError(t, err)
		s.after(10 * time.Second)
	}
	require.Equal(t, []string{"POST", "POST"}, s.methods)
}

func TestARefusedAdminKeyIsDoneWithout(t *testing.T) {
	for _, code := range []int{403, 404} {
		s, c := newKeySite(t)
		s.handle(keyPath, status(code))
		var e exported
		e.problems, e.err = c.ExportSite(t.Context(), e.emit)
		require.NoError(t, e.err)
		require.Equal(t, []atlassian.Problem{{Kind: "adminKey", ID: "adminKey", Denied: true, Reason: keyDenied}}, e.told("adminKey"))
		require.Equal(t, 1, s.count(keyPath), "asked for once")
		for _, h := range s.headers("/wiki/rest/api/group") {
			require.Empty(t, h)
		}
		require.NoError(t, c.End(t.Context()))
		require.Equal(t, 1, s.count(keyPath), "there is none to give back")
		_, err := c.Identity(t.Context())
		require.NoError(t, err)
		require.Equal(t, 2, s.count(keyPath), "the next run may have it")
	}
}

func TestWithoutTheOptionNoAdminKeyIsAskedFor(t *testing.T) {
	s := newWiki(t)
	c := s.confluence(Options{})
	_, err := c.ExportSite(t.Context(), func(atlassian.Item) error { return nil })
	require.NoError(t, err)
	require.NoError(t, c.End(t.Context()))
	require.Zero(t, s.count(keyPath))
}

func TestTheMediaHostGetsNoAdminKey(t *testing.T) {
	s, c := newKeySite(t)
	var got http.Header
	media := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r.Header
		io.WriteString(w, "bytes")
	}))
	defer media.Close()
	path := "/wiki/rest/api/content/5/child/attachment/att7/download"
	s.handle(path, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, media.URL+"/signed", http.StatusFound)
	})
	body, err := c.Open(t.Context(), atlassian.Attachment{ID: "att7", Item: "5", Version: 3, Size: 5}, 0)
	require.NoError(t, err)
	defer body.Close()
	b, err := io.ReadAll(body)
	require.NoError(t, err)
	require.Equal(t, "bytes", string(b))
	require.Equal(t, []string{"true"}, s.headers(path))
	require.Empty(t, got.Get(keyHeader))
	require.Empty(t, got.Get("Authorization"))
}
