package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holdfast/internal/backup"
)

// TestDevNotifies states that dev tells those that notifications.json in its folder
// names, and that `notify test` says how each takes it.
func TestDevNotifies(t *testing.T) {
	came := make(chan []byte, 10)
	ops := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		came <- body
	}))
	defer ops.Close()
	data := t.TempDir()
	left := filepath.Join(t.TempDir(), "notice.json")
	write := func(mode os.FileMode) {
		content, err := json.Marshal(map[string]any{
			"ops":   map[string]any{"webhook": ops.URL, "secret": "x"},
			"pager": map[string]any{"command": []string{"tee", left}, "events": []string{"failed"}},
		})
		require.NoError(t, err)
		path := filepath.Join(data, "notifications.json")
		require.NoError(t, os.WriteFile(path, content, mode))
		require.NoError(t, os.Chmod(path, mode))
	}
	flags := []string{"--data", data, "--port", freePort(t), "--ui-port", freePort(t)}

	write(0o644)
	got := holdfast(t, append([]string{"dev"}, flags...)...)
	require.Equal(t, exitFailed, got.code)
	require.Contains(t, got.err, "notifications.json can be read by others than its owner (mode 0644): run chmod 600")

	write(0o600)
	begun, c := startDevProcess(t, flags...).ready()
	p, err := target{site: "https://acme.atlassian.net", product: string(backup.Jira), credential: "acme"}.policy()
	require.NoError(t, err)
	p.CloudID, p.Notify = "c", []string{"ops", "pager", "nobody"}
	_, err = configure(t.Context(), c, p)
	require.NoError(t, err)
	var said string
	test := func(args ...string) (code int, all []tried) {
		got := holdfast(t, append([]string{"notify", "test", p.ID, "--address", begun.Temporal, "-o", "json", "--as", "ann"}, args...)...)
		require.NoError(t, json.Unmarshal([]byte(got.out), &all), got.err)
		said = got.err
		return got.code, all
	}

	code, all := test("pager")
	require.Equal(t, exitDone, code)
	require.Len(t, all, 1)
	require.Regexp(t, `^the command exited with 0 and wrote \d+ bytes$`, all[0].Answer)
	var n backup.Notice
	body, err := os.ReadFile(left)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(body, &n))
	require.Equal(t, backup.EventTest, n.Event)
	require.Contains(t, n.Text, "asked for by ann")
	require.Empty(t, came, "the one that was named is told alone")

	code, all = test("--timeout", (patience + 10*time.Second).String())
	require.NotEqual(t, exitDone, code, "not all have taken it")
	require.Equal(t, tried{To: "ops", Outcome: "delivered", Answer: ops.URL + " answered 200 OK"}, all[0])
	require.Equal(t, "delivered", all[1].Outcome)
	require.Contains(t, said, `Still waiting to tell nobody: notification "nobody": there is no such notification here`, "nobody looks at a screen that says nothing")
	require.Equal(t, triedWaiting, all[2].Outcome)
	require.Contains(t, all[2].Answer, `notification "nobody": there is no such notification here`)
	require.NoError(t, json.Unmarshal(<-came, &n))
	require.Equal(t, p.ID, n.Policy)
}
