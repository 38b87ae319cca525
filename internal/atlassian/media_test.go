package atlassian

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var content = Request{Route: "GET /rest/api/3/attachment/content/{id}", Path: []string{"7"}}

// media is a site and its media host, which has another name, or the same name
// and another port.
type media struct {
	site, host *httptest.Server
	hostURL    string
	bytes      []byte
	status     int // of the redirect
	// serve answers at the media host; the default is http.ServeContent.
	serve   func(w http.ResponseWriter, r *http.Request, n int32)
	asked   atomic.Int32 // requests for a redirect
	fetched atomic.Int32
	leaked  atomic.Bool
}

func newMedia(t *testing.T, sameName bool) *media {
	t.Helper()
	m := &media{status: http.StatusSeeOther}
	m.bytes = make([]byte, 300_000)
	rnd := rand.New(rand.NewPCG(1, 2))
	for i := range m.bytes {
		m.bytes[i] = byte(rnd.Uint32())
	}
	m.host = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "" || r.Header.Get("Cookie") != "" {
			m.leaked.Store(true)
		}
		n := m.fetched.Add(1)
		if r.URL.Query().Get("sig") != fmt.Sprint(m.asked.Load()) {
			w.WriteHeader(http.StatusForbidden) // only the newest address is valid
			return
		}
		if m.serve != nil {
			m.serve(w, r, n)
			return
		}
		m.content(w, r)
	}))
	t.Cleanup(m.host.Close)
	m.hostURL = m.host.URL
	if !sameName {
		m.hostURL = strings.Replace(m.host.URL, "127.0.0.1", "localhost", 1)
	}
	m.site = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, _, ok := r.BasicAuth(); !ok {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		http.SetCookie(w, &http.Cookie{Name: "session", Value: secret, Domain: "localhost"})
		w.Header().Set("Location", fmt.Sprintf("%s/file/7?sig=%d", m.hostURL, m.asked.Add(1)))
		w.WriteHeader(m.status)
	}))
	t.Cleanup(m.site.Close)
	return m
}

func (m *media) content(w http.ResponseWriter, r *http.Request) {
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(m.bytes))
}

func (m *media) read(t *testing.T, c *Client, offset int64) ([]byte, error) {
	t.Helper()
	r, err := c.Open(t.Context(), content, offset, int64(len(m.bytes)))
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(r)
}

func TestAttachmentsAreFetchedFromTheMediaHostWithoutCredentials(t *testing.T) {
	for _, sameName := range []bool{false, true} {
		for _, status := range []int{301, 302, 303, 307, 308} {
			m := newMedia(t, sameName)
			m.status = status
			got, err := m.read(t, client(t, m.site.URL), 0)
			require.NoError(t, err)
			require.True(t, bytes.Equal(m.bytes, got))
			require.False(t, m.leaked.Load(), "same name, another port: %v", sameName)
			require.EqualValues(t, 1, m.asked.Load())
			require.EqualValues(t, 1, m.fetched.Load())
		}
	}
}

func TestTheTransportRemovesCredentialsForAnyOtherAddress(t *testing.T) {
	var got http.Header
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { got = r.Header }))
	defer other.Close()
	c := client(t, "http://127.0.0.1:1")
	req, err := http.NewRequest("GET", other.URL, nil)
	require.NoError(t, err)
	req.SetBasicAuth("a", secret)
	req.Header.Set("Cookie", "session="+secret)
	resp, err := c.transport.RoundTrip(req)
	require.NoError(t, err)
	resp.Body.Close()
	require.NotContains(t, fmt.Sprint(got), secret)
	require.Empty(t, got.Get("Authorization"))
	require.NotEmpty(t, req.Header.Get("Authorization"), "the caller's request is not changed")
}

func TestAttachmentsThatTheSiteServesItself(t *testing.T) {
	m := newMedia(t, false)
	c := serve(t, m.content)
	for _, offset := range []int64{0, 1, 299_999, 300_000} {
		got, err := m.read(t, c, offset)
		require.NoError(t, err)
		require.True(t, bytes.Equal(m.bytes[offset:], got))
	}
}

func TestAnAttachmentFromAnOffset(t *testing.T) {
	tests := []struct {
		name  string
		serve func(m *media) func(w http.ResponseWriter, r *http.Request, n int32)
		want  Class
	}{
		{"206 with the part", nil, ""},
		{"200 with the whole: what we have is skipped", func(m *media) func(http.ResponseWriter, *http.Request, int32) {
			return func(w http.ResponseWriter, r *http.Request, _ int32) {
				r.Header.Del("Range")
				m.content(w, r)
			}
		}, ""},
		{"206 with another part", func(m *media) func(http.ResponseWriter, *http.Request, int32) {
			return func(w http.ResponseWriter, r *http.Request, _ int32) {
				r.Header.Set("Range", "bytes=10-")
				m.content(w, r)
			}
		}, ClassProtocol},
		{"206 without Content-Range", func(m *media) func(http.ResponseWriter, *http.Request, int32) {
			return func(w http.ResponseWriter, r *http.Request, _ int32) { w.WriteHeader(206) }
		}, ClassProtocol},
		{"200 with fewer bytes than the offset", func(m *media) func(http.ResponseWriter, *http.Request, int32) {
			return func(w http.ResponseWriter, r *http.Request, _ int32) { io.WriteString(w, "short") }
		}, ClassProtocol},
		{"416", func(m *media) func(http.ResponseWriter, *http.Request, int32) {
			return func(w http.ResponseWriter, r *http.Request, _ int32) { w.WriteHeader(416) }
		}, ClassProtocol},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := newMedia(t, false)
			if tt.serve != nil {
				m.serve = tt.serve(m)
			}
			got, err := m.read(t, client(t, m.site.URL), 100_000)
			require.Equal(t, tt.want, ClassOf(err), "%v", err)
			if tt.want == "" {
				require.True(t, bytes.Equal(m.bytes[100_000:], got))
			}
		})
	}
}

func TestAnAttachmentThatBreaksOffGoesOnWhereItBroke(t *testing.T) {
	for _, framing := range []string{"Content-Length", "chunked", "close"} {
		t.Run(framing, func(t *testing.T) {
			m := newMedia(t, false)
			var ranges []string
			m.serve = func(w http.ResponseWriter, r *http.Request, n int32) {
				ranges = append(ranges, r.Header.Get("Range"))
				if n >= 4 {
					m.content(w, r)
					return
				}
				start, _ := strconv.Atoi(strings.TrimSuffix(strings.TrimPrefix(r.Header.Get("Range"), "bytes="), "-"))
				part := m.bytes[start : start+50_000]
				switch framing {
				case "close":
					conn, rw, err := w.(http.Hijacker).Hijack()
					if err != nil {
						return
					}
					if start > 0 {
						fmt.Fprintf(rw, "HTTP/1.0 206 Partial\r\nContent-Range: bytes %d-299999/300000\r\n\r\n", start)
					} else {
						rw.WriteString("HTTP/1.0 200 OK\r\n\r\n")
					}
					rw.Write(part)
					rw.Flush()
					conn.Close()
					return
				case "Content-Length":
					w.Header().Set("Content-Length", fmt.Sprint(len(m.bytes)-start))
				}
				if start > 0 {
					w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-299999/300000", start))
					w.WriteHeader(206)
				}
				w.Write(part)
				w.(http.Flusher).Flush()
				panic(http.ErrAbortHandler)
			}
			got, err := m.read(t, client(t, m.site.URL), 0)
			require.NoError(t, err)
			require.True(t, bytes.Equal(m.bytes, got))
			require.EqualValues(t, 4, m.asked.Load(), "each try by a fresh address")
			require.Equal(t, "", ranges[0])
			require.Equal(t, "bytes=150000-", ranges[3])
		})
	}
}

func TestAStalledAttachmentGoesOn(t *testing.T) {
	m := newMedia(t, false)
	release := make(chan struct{})
	t.Cleanup(func() { close(release) })
	m.serve = func(w http.ResponseWriter, r *http.Request, n int32) {
		if n > 1 {
			m.content(w, r)
			return
		}
		w.Header().Set("Content-Length", "300000")
		w.Write(m.bytes[:1000])
		w.(http.Flusher).Flush()
		<-release
	}
	got, err := m.read(t, client(t, m.site.URL, func(config *Config) { config.IdleTimeout = 200 * time.Millisecond }), 0)
	require.NoError(t, err)
	require.True(t, bytes.Equal(m.bytes, got))
}

func TestAReaderThatPausesIsNotAStall(t *testing.T) {
	m := newMedia(t, false)
	c := client(t, m.site.URL, func(config *Config) { config.IdleTimeout = 300 * time.Millisecond })
	r, err := c.Open(t.Context(), content, 0, 300_000)
	require.NoError(t, err)
	defer r.Close()
	time.Sleep(500 * time.Millisecond)
	_, err = io.CopyN(io.Discard, r, 10)
	require.NoError(t, err)
	time.Sleep(500 * time.Millisecond)
	_, err = io.Copy(io.Discard, r)
	require.NoError(t, err)
	require.EqualValues(t, 1, m.fetched.Load())
}

func TestMediaRefusals(t *testing.T) {
	tests := []struct {
		status  int
		want    Class
		fetched int32 // at least
	}{
		{404, ClassNotFound, 1}, {410, ClassNotFound, 1}, {401, ClassForbidden, 3}, {403, ClassForbidden, 3},
		{500, ClassAway, 2}, {429, ClassAway, 2}, {400, ClassProtocol, 1},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprint(tt.status), func(t *testing.T) {
			m := newMedia(t, false)
			m.serve = func(w http.ResponseWriter, r *http.Request, n int32) {
				w.WriteHeader(tt.status)
				io.WriteString(w, r.URL.String())
			}
			_, err := m.read(t, client(t, m.site.URL, func(config *Config) { config.RetryFor = 100 * time.Millisecond }), 0)
			require.Equal(t, tt.want, ClassOf(err))
			require.GreaterOrEqual(t, m.fetched.Load(), tt.fetched)
			require.NotContains(t, err.Error(), "sig")
			require.NotContains(t, err.Error(), "localhost")
		})
	}
	for status, want := range map[int]Class{404: ClassNotFound, 410: ClassNotFound, 403: ClassForbidden, 401: ClassCredentials} {
		c := serve(t, func(w http.ResponseWriter, r *http.Request) { answer(w, status, `{"errorMessages":[]}`) })
		_, err := c.Open(t.Context(), content, 0, 1)
		require.Equal(t, want, ClassOf(err), "at the site itself: %d", status)
	}
}

func TestNoErrorHoldsTheSignedAddress(t *testing.T) {
	const signed = "?sig=very-secret-signature"
	for name, location := range map[string]string{
		"no listener":   "http://localhost:1/file" + signed,
		"not a URL":     "http://local host:%zz/file" + signed,
		"no such host":  "http://media.invalid/file" + signed,
		"another way":   "ftp://media.invalid/file" + signed,
		"nothing":       "",
		"with userinfo": "http://u:p@localhost/file" + signed,
	} {
		t.Run(name, func(t *testing.T) {
			c := serve(t, func(w http.ResponseWriter, r *http.Request) {
				w.Header()["Location"] = []string{location}
				w.WriteHeader(303)
			}, func(config *Config) { config.RetryFor = 20 * time.Millisecond })
			_, err := c.Open(t.Context(), content, 0, 1)
			require.Error(t, err)
			for e := err; e != nil; {
				require.NotContains(t, fmt.Sprintf("%v %+v", e, e), "sig")
				u, ok := e.(interface{ Unwrap() error })
				if !ok {
					break
				}
				e = u.Unwrap()
			}
		})
	}
}

func TestRedirectsWithoutEnd(t *testing.T) {
	m := newMedia(t, false)
	m.serve = func(w http.ResponseWriter, r *http.Request, _ int32) {
		http.Redirect(w, r, r.URL.String(), http.StatusFound)
	}
	_, err := m.read(t, client(t, m.site.URL), 0)
	require.Equal(t, ClassProtocol, ClassOf(err))
	require.NotContains(t, err.Error(), "sig")
}

func TestACancelledDownloadEnds(t *testing.T) {
	m := newMedia(t, false)
	m.serve = func(w http.ResponseWriter, r *http.Request, _ int32) {
		w.Header().Set("Content-Length", "300000")
		w.Write(m.bytes[:10])
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	}
	ctx, cancel := context.WithCancel(t.Context())
	r, err := client(t, m.site.URL).Open(ctx, content, 0, 300_000)
	require.NoError(t, err)
	defer r.Close()
	time.AfterFunc(20*time.Millisecond, cancel)
	_, err = io.Copy(io.Discard, r)
	require.ErrorIs(t, err, context.Canceled)
}
