package atlassian

import (
	"io"
	"net"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var (
	createIssue = Request{Route: "POST /rest/api/3/issue", Body: map[string]any{"fields": map[string]any{}}, Write: true}
	editIssue   = Request{Route: "PUT /rest/api/3/issue/{issueIdOrKey}", Path: []string{"1"}, Body: map[string]any{}, Write: true}
)

func TestAWriteIsSentAgainOnlyWhereNothingWasDone(t *testing.T) {
	for name, c := range map[string]struct {
		first   http.HandlerFunc
		request Request
		class   Class
		sent    int
	}{
		"429": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("RateLimit-Reason", "jira-per-issue-on-write")
			answer(w, 429, `{}`)
		}, createIssue, "", 2},
		"500 of a write": {func(w http.ResponseWriter, _ *http.Request) { answer(w, 500, `{}`) }, createIssue, ClassAway, 1},
		"503 that names a wait": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "0")
			answer(w, 503, `{}`)
		}, editIssue, ClassAway, 1},
		"a reply that breaks off": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			answer(w, 201, `{"id":`)
		}, createIssue, ClassAway, 1},
		"a connection that is cut before the reply": {func(http.ResponseWriter, *http.Request) {
			panic(http.ErrAbortHandler)
		}, editIssue, ClassAway, 1},
		"500 of a read": {func(w http.ResponseWriter, _ *http.Request) { answer(w, 500, `{}`) }, getIssue, "", 2},
	} {
		t.Run(name, func(t *testing.T) {
			var sent atomic.Int32
			client := serve(t, func(w http.ResponseWriter, r *http.Request) {
				io.Copy(io.Discard, r.Body)
				if sent.Add(1) == 1 {
					c.first(w, r)
					return
				}
				answer(w, 200, `{}`)
			})
			began := time.Now()
			_, err := client.Do(t.Context(), c.request)
			require.Equal(t, c.class, ClassOf(err), "%v", err)
			require.EqualValues(t, c.sent, sent.Load())
			if c.class != "" {
				require.Less(t, time.Since(began), time.Second, "at once")
			}
		})
	}
}

func TestAWriteIsSentAgainWhereThereWasNoConnection(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := listener.Addr().String()
	require.NoError(t, listener.Close())
	c := client(t, "http://"+address)
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { answer(w, 201, `{"id":"1"}`) })}
	t.Cleanup(func() { server.Close() })
	time.AfterFunc(100*time.Millisecond, func() {
		if l, err := net.Listen("tcp", address); err == nil {
			server.Serve(l)
		}
	})
	reply, err := c.Do(t.Context(), createIssue)
	require.NoError(t, err)
	require.JSONEq(t, `{"id":"1"}`, string(reply.Body))
}

func TestAWriteMayBeAnsweredWithoutABody(t *testing.T) {
	for _, status := range []int{200, 201, 204} {
		var kind, body string
		c := serve(t, func(w http.ResponseWriter, r *http.Request) {
			raw, _ := io.ReadAll(r.Body)
			kind, body = r.Header.Get("Content-Type"), string(raw)
			w.WriteHeader(status)
		})
		for _, method := range []string{"PUT", "DELETE", "POST"} {
			reply, err := c.Do(t.Context(), Request{Route: method + " /rest/api/3/issue", Body: map[string]string{"a": "<b>"}, Write: true})
			require.NoError(t, err, "%s answered with %d", method, status)
			require.Equal(t, status, reply.Status)
			require.Nil(t, reply.Body)
			require.Equal(t, "application/json", kind)
			require.Equal(t, `{"a":"<b>"}`, body)
		}
	}
	c := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		io.WriteString(w, "<p>welcome</p>")
	})
	_, err := c.Do(t.Context(), editIssue)
	require.Equal(t, ClassProtocol, ClassOf(err), "a page is no answer")
}

func TestARefusalNamesTheFieldsAndNotWhatWasSaidOfThem(t *testing.T) {
	for body, want := range map[string][]string{
		`{"errorMessages":[],"errors":{"summary":"Secret plan","customfield_10010":"x","a text with spaces":"y"}}`: {"customfield_10010", "summary"},
		`{"errors":[{"status":400,"code":"X","title":"Secret plan"}]}`:                                             nil,
		`{"errorMessages":["Secret plan"]}`:                                                                        nil,
		`Secret plan`:                                                                                              nil,
	} {
		c := serve(t, func(w http.ResponseWriter, _ *http.Request) { answer(w, 400, body) })
		_, err := c.Do(t.Context(), createIssue)
		var e *Error
		require.ErrorAs(t, err, &e)
		require.Equal(t, ClassProtocol, e.Class)
		require.Equal(t, want, e.Fields)
		require.NotContains(t, err.Error(), "Secret plan")
	}
}

// TestTheLimitOfOneIssueSlowsNoOtherDown states that a 429 of the writes to an issue is
// waited for by the one that wrote.
func TestTheLimitOfOneIssueSlowsNoOtherDown(t *testing.T) {
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		if r.URL.Path == "/rest/api/3/issue/1" {
			w.Header().Set("RateLimit-Reason", "jira-per-issue-on-write")
			w.Header().Set("Retry-After", "1")
			answer(w, 429, `{}`)
			return
		}
		answer(w, 200, `{}`)
	}, func(config *Config) { config.RetryFor = 1500 * time.Millisecond })
	full := make(chan error, 1)
	go func() {
		_, err := c.Do(t.Context(), editIssue)
		full <- err
	}()
	other := editIssue
	other.Path = []string{"2"}
	began := time.Now()
	for range 20 {
		_, err := c.Do(t.Context(), other)
		require.NoError(t, err)
	}
	require.Less(t, time.Since(began), time.Second)
	require.Equal(t, ClassQuota, ClassOf(<-full))
}
