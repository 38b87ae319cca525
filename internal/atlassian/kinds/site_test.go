package kinds

import (
	"context"
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

// site answers requests with what a test put into it, by path and query as they are
// sent, and remembers what was asked. What it does not have is 404.
type site struct {
	t      testing.TB
	server *httptest.Server

	mu      sync.Mutex
	replies map[string]string
	on      map[string]http.HandlerFunc // by path alone
	asked   []string
	who     error // what Identity answers
	checks  int   // calls of Identity
}

func newSite(t testing.TB, replies map[string]string) *site {
	s := &site{t: t, replies: replies, on: map[string]http.HandlerFunc{}}
	s.server = httptest.NewServer(s)
	t.Cleanup(s.server.Close)
	return s
}

func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.asked = append(s.asked, r.URL.RequestURI())
	body, ok := s.replies[r.URL.RequestURI()]
	handler := s.on[r.URL.Path]
	s.mu.Unlock()
	switch {
	case handler != nil:
		handler(w, r)
	case ok:
		reply(w, 200, body)
	default:
		reply(w, 404, `{"statusCode":404}`)
	}
}

func reply(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	io.WriteString(w, body)
}

func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { reply(w, code, `{"statusCode":1,"message":"x"}`) }
}

// Identity implements Source.
func (s *site) Identity(context.Context) (atlassian.Identity, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.checks++
	return atlassian.Identity{AccountID: "me"}, s.who
}

// counted is how often an address was asked for.
func (s *site) counted(uri string) (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, asked := range s.asked {
		if asked == uri {
			n++
		}
	}
	return n
}

func (s *site) reader(rows ...Row) *Reader {
	s.t.Helper()
	client, err := atlassian.New(atlassian.Config{
		Site: s.server.URL, Credential: atlassian.Credential{Name: "acme", Email: "b@acme.example", Token: "t"},
		RetryFor: 200 * time.Millisecond, Backoff: time.Millisecond,
	})
	require.NoError(s.t, err)
	return &Reader{Client: client, Table: NewTable(rows), Source: s}
}

// ofSite, ofSpace and ofPage begin the rows of the tests' tables.
func ofSite(name, pager, route string) Row {
	return Row{Kind: atlassian.Kind{Name: name, Title: name + "s", Scope: atlassian.ScopeSite, Route: "GET " + route, Pager: pager}, Items: "results"}
}

func ofSpace(name, pager, route string) Row {
	r := ofSite(name, pager, route).Under("space")
	r.Scope = atlassian.ScopeContainer
	return r
}

func ofPage(name, pager, route string) Row {
	r := ofSite(name, pager, route).Under("page")
	r.Scope, r.Content = atlassian.ScopeItem, true
	return r
}

var (
	pageRow  = func() Row { r := ofPage("page", One, "/pages/{id}"); r.Parent = "space"; return r }()
	blogRow  = func() Row { r := ofPage("blog", One, "/blogs/{id}"); r.Parent = "space"; return r }()
	spaceRow = ofSpace("space", One, "/spaces/{id}").Under("")
	space    = atlassian.Container{ID: "7", Key: "ENG"}
)

// recorded makes an emit that writes "kind id parent" of each record.
func recorded(got *[]string) func(atlassian.Item) error {
	return func(i atlassian.Item) error {
		*got = append(*got, fmt.Sprintf("%s %s %s", i.Kind, i.ID, i.Parent))
		return nil
	}
}

// walkPage walks over one page of the space, of that body, and returns the records
// and the walk.
func walkPage(t testing.TB, r *Reader, body string) ([]string, *Walk) {
	t.Helper()
	var got []string
	w := r.Walk(space, recorded(&got))
	require.NoError(t, w.Page(t.Context(), pageRow, Owner{ID: space.ID}, onePage("1", body)))
	return got, w
}

func onePage(id, body string) Page {
	return Page{Entries: []atlassian.Entry{{ID: id, Body: []byte(body)}}, At: Now()}
}
