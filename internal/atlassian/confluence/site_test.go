package confluence

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holdfast/internal/atlassian"
)

const (
	secret  = "ATATT-very-secret-0123"
	aUser   = `{"type":"known","accountId":"me","displayName":"Backup","timeZone":"Asia/Kolkata","operations":[{"operation":"administer","targetType":"application"}]}`
	current = "/wiki/rest/api/user/current"
	found   = "/wiki/rest/api/search"
	bulkOf  = "/wiki/api/v2/users-bulk"
)

// pageCap is how many records the test site gives at a time, whatever is asked for.
const pageCap = 2

var space = atlassian.Container{ID: "100", Key: "ENG", Items: -1}

// wiki is a small Confluence: it answers from what the test put under its paths.
// Lists are empty and objects absent where it put nothing.
type wiki struct {
	t      testing.TB
	server *httptest.Server
	base   http.RoundTripper

	mu    sync.Mutex
	ones  map[string]string
	lists map[string][]string
	on    map[string]http.HandlerFunc // by path, before anything else
	asked []*url.URL
	heads []http.Header
	odd   int // replies with a cursor so far: it is in the body and in the header by turns
}

func newWiki(t testing.TB) *wiki {
	s := &wiki{t: t, base: newContract(t), ones: map[string]string{current: aUser}, lists: map[string][]string{}, on: map[string]http.HandlerFunc{}}
	s.on[bulkOf] = s.users
	s.on["/_edge/tenant_info"] = func(w http.ResponseWriter, r *http.Request) { reply(w, 200, `{"cloudId":"cloud-1"}`) }
	s.server = httptest.NewServer(http.HandlerFunc(s.serve))
	t.Cleanup(s.server.Close)
	return s
}

func reply(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	io.WriteString(w, body)
}

func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		reply(w, code, fmt.Sprintf(`{"statusCode":%d,"message":"no"}`, code))
	}
}

func (s *wiki) serve(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.asked, s.heads = append(s.asked, r.URL), append(s.heads, r.Header)
	h, one, list := s.on[r.URL.Path], s.ones[r.URL.Path], slices.Clone(s.lists[r.URL.Path])
	s.mu.Unlock()
	last := r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]
	switch {
	case h != nil:
		h(w, r)
	case one != "":
		reply(w, 200, one)
	case r.URL.Path == found || strings.HasPrefix(r.URL.Path, v2) && (list != nil || strings.Trim(strings.TrimPrefix(last, "att"), "0123456789") != ""):
		s.page(w, r, list)
	case list != nil || slices.Contains([]string{"group", "page", "blueprint", "label", "watch", "membersByGroupId", "byOperation"}, last):
		s.first(w, r, list)
	default:
		status(404)(w, r)
	}
}

// page answers as REST v2: a cursor that needs decoding, in the body or in the
// header, below a base that is not the one that was asked; the page before the last
// is empty.
func (s *wiki) page(w http.ResponseWriter, r *http.Request, list []string) {
	from, last := 0, len(list) <= pageCap
	if c := r.URL.Query().Get("cursor"); c != "" {
		n, ok := strings.CutPrefix(c, "a+b/%2F=")
		var err error
		if from, err = strconv.Atoi(strings.TrimSuffix(n, "!")); !ok || err != nil {
			reply(w, 400, `{"errors":[{"status":400,"code":"INVALID_REQUEST_PARAMETER"}]}`)
			return
		}
		last = from+pageCap >= len(list)
		if last && !strings.HasSuffix(c, "!") { // an empty page first
			s.next(w, r, nil, fmt.Sprintf("%s!", c))
			return
		}
	}
	to := min(from+pageCap, len(list))
	next := ""
	if !last {
		next = fmt.Sprintf("a+b/%%2F=%d", to)
	}
	s.next(w, r, list[from:to], next)
}

func (s *wiki) next(w http.ResponseWriter, r *http.Request, page []string, cursor string) {
	links := `{"base":"https://elsewhere.example/wiki"}`
	if cursor != "" {
		q := r.URL.Query()
		q.Set("cursor", cursor)
		link := r.URL.Path + "?" + q.Encode() + "&zz=1"
		s.mu.Lock()
		s.odd++
		odd := s.odd%2 == 1
		s.mu.Unlock()
		if odd || r.URL.Path == found {
			links = fmt.Sprintf(`{"next":%q,"base":"https://elsewhere.example/wiki"}`, strings.TrimPrefix(link, "/nothing"))
		} else {
			w.Header().Set("Link", fmt.Sprintf(`<%s>; rel="next", <https://elsewhere.example/wiki>; rel="base"`, link))
		}
	}
	reply(w, 200, fmt.Sprintf(`{"results":[%s],"_links":%s}`, strings.Join(page, ","), links))
}

// first answers as REST v1.
func (s *wiki) first(w http.ResponseWriter, r *http.Request, list []string) {
	from, _ := strconv.Atoi(r.URL.Query().Get("start"))
	from = min(from, len(list))
	to := min(from+pageCap, len(list))
	links := `{"base":"x"}`
	if to < len(list) {
		links = fmt.Sprintf(`{"next":"/rest/api/x?start=%d"}`, to)
	}
	reply(w, 200, fmt.Sprintf(`{"results":[%s],"start":%d,"limit":%d,"size":%d,"_links":%s}`, strings.Join(list[from:to], ","), from, pageCap, to-from, links))
}

// users knows every account.
func (s *wiki) users(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	var users []string
	for id := range atlassian.Elements(atlassian.Member(body, "accountIds")) {
		users = append(users, fmt.Sprintf(`{"accountId":%s,"displayName":"x"}`, id))
	}
	reply(w, 200, `{"results":[`+strings.Join(users, ",")+`],"_links":{}}`)
}

func (s *wiki) set(path, body string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ones[path] = body
}

func (s *wiki) list(path string, bodies ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lists[path] = bodies
}

func (s *wiki) handle(path string, h http.HandlerFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.on[path] = h
}

// count is how many requests there were of a path.
func (s *wiki) count(path string) int { return len(s.queries(path)) }

// queries are those of the requests of a path.
func (s *wiki) queries(path string) []url.Values {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []url.Values
	for _, u := range s.asked {
		if u.Path == path {
			all = append(all, u.Query())
		}
	}
	return all
}

func (s *wiki) client(t testing.TB) *atlassian.Client {
	c, err := atlassian.New(atlassian.Config{
		Site: s.server.URL, Transport: s.base, Credential: atlassian.Credential{Name: "acme", Email: "a@acme.example", Token: secret},
		RetryFor: 50 * time.Millisecond, Backoff: time.Millisecond,
	})
	require.NoError(t, err)
	return c
}

func (s *wiki) confluence(o Options, without ...string) *Confluence {
	return New(s.client(s.t), o, without...)
}

// exported is what came of an export.
type exported struct {
	items    []atlassian.Item
	problems []atlassian.Problem
	chunk    atlassian.Chunk
	err      error
}

// of are the ids of the records of a kind, in order.
func (e exported) of(kind string) []string {
	var ids []string
	for _, i := range e.items {
		if i.Kind == kind {
			ids = append(ids, i.ID)
		}
	}
	return ids
}

func (e exported) item(t testing.TB, kind, id string) atlassian.Item {
	i := slices.IndexFunc(e.items, func(i atlassian.Item) bool { return i.Kind == kind && i.ID == id })
	require.GreaterOrEqual(t, i, 0, "%s %s", kind, id)
	return e.items[i]
}

// told are the problems of a kind.
func (e exported) told(kind string) []atlassian.Problem {
	var told []atlassian.Problem
	for _, p := range slices.Concat(e.problems, e.chunk.Problems) {
		if p.Kind == kind {
			told = append(told, p)
		}
	}
	return told
}

func (e *exported) emit(i atlassian.Item) error {
	e.items = append(e.items, i)
	return nil
}

func (s *wiki) items(ctx context.Context, c *Confluence, ids ...string) exported {
	var e exported
	e.chunk, e.err = c.ExportItems(ctx, space, ids, once(), e.emit)
	return e
}

func (s *wiki) container(ctx context.Context, c *Confluence) exported {
	var e exported
	e.problems, e.err = c.ExportContainer(ctx, space, e.emit)
	return e
}
