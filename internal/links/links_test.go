package links

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holdfast/internal/store"
	"holdfast/internal/store/dir"
	"holdfast/internal/store/storetest"
)

const zip = "jira-acme/downloads/jira-acme.20261123T000000Z.1.zip"

// rig is a Server of a directory, and what it logs.
type rig struct {
	*Server
	t     *testing.T
	store *storetest.Faulty
	log   *log
}

// log is a log that may be read while it is written.
type log struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

func start(t *testing.T, content string, change ...func(*Config)) *rig {
	t.Helper()
	d, err := dir.Open(t.TempDir())
	require.NoError(t, err)
	t.Cleanup(func() { d.Close() })
	_, err = store.PutBytes(t.Context(), d, zip, []byte(content), store.IfAbsent())
	require.NoError(t, err)
	r := &rig{t: t, store: storetest.NewFaulty(d), log: &log{}}
	cfg := Config{Store: r.store, Log: slog.New(slog.NewTextHandler(r.log, &slog.HandlerOptions{Level: slog.LevelDebug}))}
	for _, c := range change {
		c(&cfg)
	}
	r.Server, err = Start(t.Context(), cfg)
	require.NoError(t, err)
	t.Cleanup(func() { r.stop(0) })
	return r
}

func (r *rig) stop(patience time.Duration) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	require.NoError(r.t, r.Close(ctx))
}

func (r *rig) link(until time.Time) string {
	r.t.Helper()
	link, err := r.Link(r.t.Context(), zip, "backup.zip", until)
	require.NoError(r.t, err)
	return link
}

func (r *rig) good() string { return r.link(time.Now().Add(time.Minute)) }

// fetch asks for an address with a header or none.
func fetch(t *testing.T, method, address string, header ...string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, address, nil)
	require.NoError(t, err)
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	require.NoError(t, err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	return res, string(body)
}

func TestALinkGivesTheObject(t *testing.T) {
	r := start(t, "0123456789")
	link := r.good()
	require.True(t, strings.HasPrefix(link, "http://127.0.0.1:"), "to who is on this host alone")

	res, body := fetch(t, "GET", link)
	require.Equal(t, http.StatusOK, res.StatusCode)
	require.Equal(t, "0123456789", body)
	require.EqualValues(t, 10, res.ContentLength)
	require.Equal(t, `attachment; filename=backup.zip`, res.Header.Get("Content-Disposition"))
	require.Equal(t, "bytes", res.Header.Get("Accept-Ranges"))
	require.Contains(t, res.Header.Get("Cache-Control"), "no-store")
	tag := res.Header.Get("Etag")
	o, err := r.store.Stat(t.Context(), zip)
	require.NoError(t, err)
	require.Equal(t, fmt.Sprintf(`"%d"`, o.Generation), tag)

	res, body = fetch(t, "HEAD", link)
	require.Equal(t, http.StatusOK, res.StatusCode)
	require.EqualValues(t, 10, res.ContentLength)
	require.Empty(t, body)
	require.Equal(t, tag, res.Header.Get("Etag"))

	for _, test := range []struct {
		name, ranges, ifRange string
		status                int
		body, contentRange    string
	}{
		{"from an offset", "bytes=4-", "", 206, "456789", "bytes 4-9/10"},
		{"a part", "bytes=2-4", "", 206, "234", "bytes 2-4/10"},
		{"the end", "bytes=-3", "", 206, "789", "bytes 7-9/10"},
		{"more than there is", "bytes=8-100", "", 206, "89", "bytes 8-9/10"},
		{"past the end", "bytes=10-", "", 416, "", "bytes */10"},
		{"what is no range is left out of account", "items=1-2", "", 416, "", ""},
		{"if it is still the same", "bytes=4-", tag, 206, "456789", "bytes 4-9/10"},
		{"all of it, if it is another one", "bytes=4-", `"1"`, 200, "0123456789", ""},
	} {
		header := []string{"Range", test.ranges}
		if test.ifRange != "" {
			header = append(header, "If-Range", test.ifRange)
		}
		res, body := fetch(t, "GET", link, header...)
		require.Equal(t, test.status, res.StatusCode, test.name)
		require.Equal(t, test.contentRange, res.Header.Get("Content-Range"), test.name)
		if test.status < 300 {
			require.Equal(t, test.body, body, test.name)
		}
	}
	require.Equal(t, 10, strings.Count(r.log.String(), "a download was fetched"), "each fetch is logged")
	require.Contains(t, r.log.String(), "object="+zip+" method=GET range=\"bytes=4-\" status=206 bytes=6")
	require.Contains(t, r.log.String(), "outcome=done")
}

// parts takes a link apart and puts it together again after a change.
func parts(t *testing.T, link string, change func(*url.URL, url.Values)) string {
	t.Helper()
	u, err := url.Parse(link)
	require.NoError(t, err)
	query := u.Query()
	change(u, query)
	u.RawQuery = query.Encode()
	return u.String()
}

func TestALinkIsForNothingElse(t *testing.T) {
	r := start(t, "0123456789")
	_, err := store.PutBytes(t.Context(), r.store, "jira-acme/policy.json", []byte("other"), store.IfAbsent())
	require.NoError(t, err)
	link := r.good()
	other := start(t, "0123456789")
	path := func(to string) string {
		return parts(t, link, func(u *url.URL, _ url.Values) { u.Path, u.RawPath = to, "" })
	}
	query := func(name, to string) string {
		return parts(t, link, func(_ *url.URL, q url.Values) { q.Set(name, to) })
	}
	for _, test := range []struct {
		name, address string
		status        int
	}{
		{"another object", path("/download/jira-acme/policy.json"), 403},
		{"an object that is not there tells the same", path("/download/jira-acme/none"), 403},
		{"a folder", path("/download/jira-acme/downloads/"), 404},
		{"the folder of all", path("/download/"), 404},
		{"the root", path("/"), 404},
		{"a way around", path("/download/jira-acme/x/../policy.json"), 404},
		{"what the store keeps for itself", path("/download/.holdfast/lock"), 404},
		{"another file name", query("file", "other.zip"), 403},
		{"a file name with a folder", query("file", "../other.zip"), 403},
		{"a longer life", query("until", fmt.Sprint(time.Now().Add(time.Hour).Unix())), 403},
		{"a life that is no number", query("until", "tomorrow"), 403},
		{"no signature", query("signature", ""), 403},
		{"a signature that is cut", query("signature", "00"), 403},
		{"a signature that is no hex", query("signature", "zz"), 403},
		{"a signature with one bit changed", parts(t, link, func(_ *url.URL, q url.Values) {
			s := []byte(q.Get("signature"))
			s[0] = "123456789abcdef0"[strings.IndexByte("0123456789abcdef", s[0])]
			q.Set("signature", string(s))
		}), 403},
		{"a link of another server", strings.Replace(other.good(), other.URL(), r.URL(), 1), 403},
	} {
		res, body := fetch(t, "GET", test.address)
		require.Equal(t, test.status, res.StatusCode, test.name)
		require.NotContains(t, body, "0123456789", test.name)
		require.NotContains(t, body, "policy", test.name)
	}
	for _, method := range []string{"POST", "PUT", "DELETE", "OPTIONS"} {
		res, _ := fetch(t, method, link)
		require.Equal(t, http.StatusMethodNotAllowed, res.StatusCode, method)
	}
	res, _ := fetch(t, "GET", link)
	require.Equal(t, http.StatusOK, res.StatusCode, "the link itself is good")

	for _, bad := range [][2]string{{"../x", "x"}, {"", "x"}, {"x", ""}, {"x", "a/b"}, {"x", "a\nb"}, {"x\ny", "x"}} {
		_, err := r.Link(t.Context(), bad[0], bad[1], time.Now())
		require.ErrorIs(t, err, store.ErrName)
	}
}

func TestALinkEnds(t *testing.T) {
	r := start(t, "0123456789")
	now := time.Now()
	r.now = func() time.Time { return now }
	link := r.link(now.Add(15 * time.Minute))
	for _, test := range []struct {
		after  time.Duration
		status int
	}{{15*time.Minute - 2*time.Second, 200}, {15 * time.Minute, 410}, {time.Hour, 410}} {
		r.now = func() time.Time { return now.Add(test.after) }
		res, body := fetch(t, "GET", link)
		require.Equal(t, test.status, res.StatusCode, test.after)
		if test.status == 410 {
			require.Contains(t, body, "ask for a new one")
		}
	}
}

func TestAnObjectThatIsDeletedIsNotFound(t *testing.T) {
	r := start(t, "0123456789")
	link := r.good()
	// One that begins with the same name is another.
	_, err := store.PutBytes(t.Context(), r.store, zip+".parts", []byte("part"), store.IfAbsent())
	require.NoError(t, err)
	o, err := r.store.Stat(t.Context(), zip)
	require.NoError(t, err)
	require.NoError(t, r.store.Delete(t.Context(), zip, o.Generation))
	res, body := fetch(t, "GET", link)
	require.Equal(t, http.StatusNotFound, res.StatusCode)
	require.Contains(t, body, "deleted")
}

func TestAStoreThatIsAwayIsTold(t *testing.T) {
	r := start(t, "0123456789")
	for _, method := range []storetest.Method{storetest.List, storetest.Get} {
		r.store.Plan(storetest.Fault{Method: method, Err: io.ErrNoProgress})
		res, body := fetch(t, "GET", r.good())
		require.Equal(t, http.StatusServiceUnavailable, res.StatusCode)
		require.NotContains(t, body, "0123")
	}
	r.store.AllFired(t)
}

// linker is a store that makes links itself.
type linker struct{ store.Store }

func (linker) Link(context.Context, string, string, time.Time) (string, error) { return "", nil }

func TestWhereItListens(t *testing.T) {
	d, err := dir.Open(t.TempDir())
	require.NoError(t, err)
	t.Cleanup(func() { d.Close() })
	for name, cfg := range map[string]Config{
		"off":                              {Store: d, Listen: Off},
		"a store that makes links itself":  {Store: linker{d}},
		"such a store, whatever the flags": {Store: linker{d}, Listen: "127.0.0.1:0", BaseURL: "https://backups.example.com"},
	} {
		s, err := Start(t.Context(), cfg)
		require.NoError(t, err, name)
		require.Nil(t, s, name)
	}
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { taken.Close() })
	for name, cfg := range map[string]Config{
		"a port that is taken":               {Store: d, Listen: taken.Addr().String()},
		"every address, without one to tell": {Store: d, Listen: "0.0.0.0:0"},
		"the same":                           {Store: d, Listen: ":0"},
		"the same of IPv6":                   {Store: d, Listen: "[::]:0"},
		"an address without scheme":          {Store: d, BaseURL: "backups.example.com"},
		"an address with a query":            {Store: d, BaseURL: "https://backups.example.com/?x=1"},
		"an address with a password":         {Store: d, BaseURL: "https://me:secret@backups.example.com"},
		"another scheme":                     {Store: d, BaseURL: "ftp://backups.example.com"},
	} {
		_, err := Start(t.Context(), cfg)
		require.Error(t, err, name)
		require.NotContains(t, err.Error(), "secret")
	}

	r := start(t, "0123456789", func(c *Config) { c.BaseURL = "https://backups.example.com/files/" })
	link := r.good()
	require.True(t, strings.HasPrefix(link, "https://backups.example.com/files/download/jira-acme/"))
}
