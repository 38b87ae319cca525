package atlassian

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// lockedBuffer collects log lines of several goroutines.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

var account = Credential{Name: "acme", Email: "backup@acme.example", Token: secret}

// serve starts a site and returns a quick client for it. Its log is searched
// for the token at the end.
func serve(t *testing.T, handler http.HandlerFunc, change ...func(*Config)) *Client {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return client(t, server.URL, change...)
}

func client(t *testing.T, site string, change ...func(*Config)) *Client {
	t.Helper()
	log := &lockedBuffer{}
	config := Config{
		Site: site, Credential: account, RetryFor: 2 * time.Second, Backoff: 2 * time.Millisecond,
		Logger: slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	for _, f := range change {
		f(&config)
	}
	c, err := New(config)
	require.NoError(t, err)
	t.Cleanup(func() {
		require.NotContains(t, log.String(), secret)
		require.NotContains(t, log.String(), "sig=")
	})
	return c
}

func answer(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	w.WriteHeader(status)
	io.WriteString(w, body)
}

const issueRoute = "GET /rest/api/3/issue/{issueIdOrKey}"

var getIssue = Request{Route: issueRoute, Path: []string{"10001"}}

func TestWhatARequestLooksLike(t *testing.T) {
	var got *http.Request
	var body []byte
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		got = r
		body, _ = io.ReadAll(r.Body)
		answer(w, 200, `{"a":1.0E+2}`)
	})
	reply, err := c.Do(t.Context(), Request{
		Route: "GET /rest/api/3/issue/{issueIdOrKey}/remotelink", Path: []string{"a/b?c%"}, Query: url.Values{"fields": {"*all,-comment"}},
	})
	require.NoError(t, err)
	require.Equal(t, `{"a":1.0E+2}`, string(reply.Body))
	require.Equal(t, "/rest/api/3/issue/a%2Fb%3Fc%25/remotelink", got.URL.EscapedPath())
	require.Equal(t, "*all,-comment", got.URL.Query().Get("fields"))
	user, password, ok := got.BasicAuth()
	require.True(t, ok)
	require.Equal(t, account.Email, user)
	require.Equal(t, secret, password)

	_, err = c.Do(t.Context(), Request{Route: "POST /rest/api/3/search/jql", Body: map[string]any{"jql": "a < 1 & b > 2"}})
	require.NoError(t, err)
	require.Equal(t, "application/json", got.Header.Get("Content-Type"), "without it Jira answers 415")
	require.Equal(t, `{"jql":"a < 1 & b > 2"}`, string(body))

	for _, bad := range [][]string{nil, {""}, {".."}, {"a", "b"}} {
		_, err = c.Do(t.Context(), Request{Route: issueRoute, Path: bad})
		require.Equal(t, ClassProtocol, ClassOf(err), "%q", bad)
	}
}

func TestScopedTokensGoThroughTheGatewayAndTheCloudIDIsAskedOfTheSite(t *testing.T) {
	var paths []string
	gateway := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		paths = append(paths, "gateway "+r.URL.Path+" "+r.Header.Get("Authorization"))
		answer(w, 200, `{}`)
	}))
	defer gateway.Close()
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		paths = append(paths, "site "+r.URL.Path+" "+r.Header.Get("Authorization"))
		answer(w, 200, `{"cloudId":"cloud-1"}`)
	}, func(config *Config) {
		config.Credential = Credential{Name: "scoped", Token: secret, Gateway: true}
		config.Gateway = gateway.URL + "/ex/jira"
	})
	for range 2 {
		_, err := c.Do(t.Context(), getIssue)
		require.NoError(t, err)
	}
	call := "gateway /ex/jira/cloud-1/rest/api/3/issue/10001 Bearer " + secret
	require.Equal(t, []string{"site /_edge/tenant_info ", call, call}, paths)
}

func TestTheCloudIDIsAskedWithoutCredentials(t *testing.T) {
	var authorization []string
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		authorization = r.Header.Values("Authorization")
		answer(w, 200, `{"cloudId":"cloud-1"}`)
	})
	id, err := c.CloudID(t.Context())
	require.NoError(t, err)
	require.Equal(t, "cloud-1", id)
	require.Empty(t, authorization)
}

func TestClasses(t *testing.T) {
	const html = "text/html;charset=UTF-8"
	tests := []struct {
		name        string
		status      int
		contentType string
		header      string // "Name: value"
		body        string
		want        Class
	}{
		{"200 is no error", 200, "application/json;charset=UTF-8", "", `{}`, ""},
		{"problem+json is JSON", 200, "application/problem+json", "", `{}`, ""},
		{"a bare application/json is JSON", 200, "application/json", "", `{}`, ""},
		{"200 with an HTML page makes no sense", 200, html, "", `<html>`, ClassProtocol},
		{"200 without Content-Type makes no sense", 200, "", "", `{}`, ClassProtocol},
		{"200 with something that is not JSON", 200, "application/json", "", `{"a":}`, ClassProtocol},
		{"a bad token is anonymous: 200 and an empty list, only the header tells", 200, "application/json", "X-Seraph-Loginreason: AUTHENTICATED_FAILED", `{"values":[]}`, ClassCredentials},
		{"the login reason may be a list", 200, "application/json", "x-seraph-loginreason: OK, AUTHENTICATION_DENIED", `{}`, ClassCredentials},
		{"login reason OK", 200, "application/json", "X-Seraph-Loginreason: OK", `{}`, ""},
		{"the login reason counts on a 404 too", 404, "application/json", "X-Seraph-Loginreason: AUTHENTICATED_FAILED", `{}`, ClassCredentials},
		{"401 as text/html", 401, html, "", `Client must be authenticated`, ClassCredentials},
		{"401 as JSON", 401, "application/json", "", `{}`, ClassCredentials},
		{"403 of an unreadable bearer token", 403, "application/json", "", `{"error":"Failed to parse Connect Session Auth Token"}`, ClassCredentials},
		{"403 of an unreadable bearer token in another language", 403, "application/json", "", ` {"error":"Jeton illisible"} `, ClassCredentials},
		{"403 of a permission", 403, "application/json", "", `{"errorMessages":["Failed to parse Connect Session Auth Token"],"errors":{}}`, ClassForbidden},
		{"403 with more members than error", 403, "application/json", "", `{"error":"x","message":"y"}`, ClassForbidden},
		{"403 as HTML", 403, html, "", `<html>`, ClassForbidden},
		{"403 of Confluence for a refused credential, which is not to be told from others", 403, "application/json", "",
			`{"statusCode":403,"message":"Request rejected because caller cannot access Confluence"}`, ClassForbidden},
		{"403 of Confluence's second API", 403, "application/json", "", `{"errors":[{"status":403,"code":"FORBIDDEN","title":"x","detail":null}]}`, ClassForbidden},
		{"401 of Confluence as a page of Tomcat", 401, "text/html;charset=utf-8", `WWW-Authenticate: OAuth realm="https%3A%2F%2Fa.example"`, `<!doctype html>`, ClassCredentials},
		{"401 of Confluence for anonymous callers", 401, "text/plain", "", `Client must be authenticated to access this resource.`, ClassCredentials},
		{"405 of Confluence", 405, "application/json", "", `{"errors":[{"status":405}]}`, ClassProtocol},
		{"404 as JSON", 404, "application/json", "", `{"errorMessages":["x"]}`, ClassNotFound},
		{"410 of a removed call", 410, "application/json", "", `{}`, ClassProtocol},
		{"400", 400, "application/json", "", `{}`, ClassProtocol},
		{"405", 405, "application/problem+json", "Allow: GET", `{}`, ClassProtocol},
		{"415", 415, "application/problem+json", "", `{}`, ClassProtocol},
		{"a redirect of the API", 302, html, "Location: https://elsewhere.example/login?sig=1", ``, ClassProtocol},
		{"408", 408, "application/json", "", `{}`, ClassAway},
		{"500 with a stack trace", 500, "application/json", "", `{"message":"x","status-code":500}`, ClassAway},
		{"502 as HTML", 502, html, "", `<html>`, ClassAway},
		{"503", 503, "application/json", "", `{}`, ClassAway},
		{"429", 429, "application/json", "", `{}`, ClassQuota},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := serve(t, func(w http.ResponseWriter, r *http.Request) {
				w.Header()["Content-Type"] = nil
				if tt.contentType != "" {
					w.Header().Set("Content-Type", tt.contentType)
				}
				if name, value, ok := strings.Cut(tt.header, ": "); ok {
					w.Header().Set(name, value)
				}
				w.Header().Set("Atl-Traceid", "trace-1")
				w.WriteHeader(tt.status)
				io.WriteString(w, tt.body)
			}, func(config *Config) { config.RetryFor = 10 * time.Millisecond })
			_, err := c.Do(t.Context(), getIssue)
			require.Equal(t, tt.want, ClassOf(err), "%v", err)
			if err != nil {
				require.Contains(t, err.Error(), "/rest/api/3/issue/{issueIdOrKey}", "an error names the template, not the address")
				require.Contains(t, err.Error(), "[trace trace-1]")
				require.NotContains(t, err.Error(), "sig=")
				require.NotContains(t, err.Error(), secret)
			}
		})
	}
}

func TestASiteThatAnswersPagesMayBeGone(t *testing.T) {
	gone, media := true, "text/html"
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/_edge/tenant_info" && !gone {
			answer(w, 200, `{"cloudId":"x"}`)
			return
		}
		w.Header()["Content-Type"] = []string{media}
		w.WriteHeader(404)
	})
	_, err := c.Do(t.Context(), getIssue)
	require.Equal(t, ClassSiteGone, ClassOf(err))
	_, err = c.CloudID(t.Context())
	require.Equal(t, ClassSiteGone, ClassOf(err))
	gone = false
	for _, kind := range []string{"text/html", "application/xml", ""} {
		media = kind // Confluence answers unknown paths as XML, and a bad limit without a body
		_, err = c.Do(t.Context(), getIssue)
		require.Equal(t, ClassNotFound, ClassOf(err))
	}
}

// noSuchHost resolves nothing.
type noSuchHost struct{}

func (noSuchHost) RoundTrip(r *http.Request) (*http.Response, error) {
	return nil, &net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", Name: r.URL.Hostname(), IsNotFound: true}}
}

func TestAHostWithoutAddressIsAwayNotGone(t *testing.T) {
	c := client(t, "https://acme.atlassian.net", func(config *Config) {
		config.Transport, config.RetryFor = noSuchHost{}, 10*time.Millisecond
	})
	_, err := c.Do(t.Context(), getIssue)
	require.Equal(t, ClassAway, ClassOf(err))
	require.Contains(t, err.Error(), "no such host")
	_, err = c.CloudID(t.Context())
	require.Equal(t, ClassAway, ClassOf(err))
}

func TestABodyThatBreaksOffIsReadAgain(t *testing.T) {
	cuts := map[string]func(w http.ResponseWriter){
		"before its Content-Length": func(w http.ResponseWriter) {
			w.Header().Set("Content-Length", "100")
			answer(w, 200, `{"a":1`)
			panic(http.ErrAbortHandler)
		},
		"between chunks": func(w http.ResponseWriter) {
			answer(w, 200, `{"a":1`)
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		},
		"where the connection's end is the body's": func(w http.ResponseWriter) {
			conn, rw, err := w.(http.Hijacker).Hijack()
			if err != nil {
				return
			}
			rw.WriteString("HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n{\"a\":1")
			rw.Flush()
			conn.Close()
		},
		"before the head": func(w http.ResponseWriter) { panic(http.ErrAbortHandler) },
		"in a malformed head": func(w http.ResponseWriter) {
			conn, rw, err := w.(http.Hijacker).Hijack()
			if err != nil {
				return
			}
			rw.WriteString(secret + " sig=1 is no HTTP\r\n\r\n")
			rw.Flush()
			conn.Close()
		},
	}
	for name, cut := range cuts {
		t.Run(name, func(t *testing.T) {
			var n atomic.Int32
			always := false
			c := serve(t, func(w http.ResponseWriter, r *http.Request) {
				if always || n.Add(1) < 3 {
					cut(w)
					return
				}
				answer(w, 200, `{"a":1}`)
			}, func(config *Config) { config.RetryFor = 300 * time.Millisecond })
			reply, err := c.Do(t.Context(), Request{Route: "POST /rest/api/3/search/jql", Body: map[string]any{}})
			require.NoError(t, err)
			require.Equal(t, `{"a":1}`, string(reply.Body))
			always = true
			_, err = c.Do(t.Context(), getIssue)
			require.Equal(t, ClassAway, ClassOf(err))
			require.NotContains(t, err.Error(), secret)
			require.NotContains(t, err.Error(), "sig=")
		})
	}
}

func TestAReplyThatStallsIsAway(t *testing.T) {
	for _, part := range []string{"head", "body"} {
		t.Run(part, func(t *testing.T) {
			release := make(chan struct{})
			c := serve(t, func(w http.ResponseWriter, r *http.Request) {
				if part == "body" {
					w.Header().Set("Content-Length", "7")
					answer(w, 200, `{"a"`)
					w.(http.Flusher).Flush()
				}
				<-release
			}, func(config *Config) {
				config.IdleTimeout, config.RetryFor = 20*time.Millisecond, 10*time.Millisecond
			})
			t.Cleanup(func() { close(release) })
			_, err := c.Do(t.Context(), getIssue)
			require.Equal(t, ClassAway, ClassOf(err))
			require.ErrorContains(t, err, "nothing came for 20ms")
		})
	}
}

func TestASlowReplyIsNotAStall(t *testing.T) {
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		for _, b := range []string{`{`, `"a"`, `:`, `1`, `}`} {
			io.WriteString(w, b)
			w.(http.Flusher).Flush()
			time.Sleep(60 * time.Millisecond)
		}
	}, func(config *Config) { config.IdleTimeout = 250 * time.Millisecond })
	_, err := c.Do(t.Context(), getIssue)
	require.NoError(t, err)
}

func TestAReplyThatIsTooLarge(t *testing.T) {
	for _, announced := range []bool{true, false} {
		c := serve(t, func(w http.ResponseWriter, r *http.Request) {
			body := `"` + strings.Repeat("x", 100) + `"`
			if announced {
				w.Header().Set("Content-Length", fmt.Sprint(len(body)))
			} else {
				w.(http.Flusher).Flush()
			}
			answer(w, 200, body)
		}, func(config *Config) { config.MaxReply = 100 })
		_, err := c.Do(t.Context(), getIssue)
		if announced {
			require.ErrorIs(t, err, ErrTooLarge)
		} else {
			require.Error(t, err)
		}
	}
}

func TestACancelledCallSaysSo(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		cancel()
		answer(w, 503, `{}`)
	})
	_, err := c.Do(ctx, getIssue)
	require.Equal(t, ClassAway, ClassOf(err))
	_, err = c.Do(ctx, getIssue)
	require.ErrorIs(t, err, context.Canceled)
}

func TestNewRefusesWhatIsNotASite(t *testing.T) {
	for _, site := range []string{"", "acme", "acme.atlassian.net", "ftp://acme", "https://a/wiki", "https://u:" + secret + "@a", "https://a?x", "https://a b/" + secret} {
		_, err := New(Config{Site: site, Credential: account})
		require.Error(t, err, site)
		require.NotContains(t, err.Error(), secret)
	}
	_, err := New(Config{Site: "https://acme.atlassian.net/", Credential: account})
	require.NoError(t, err)
	_, err = New(Config{Site: "https://acme.atlassian.net", Credential: Credential{Name: "acme"}})
	require.ErrorContains(t, err, "acme")
}
