package activities

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"

	"holdfast/internal/backup"
	"holdfast/internal/failure"
	"holdfast/internal/message"
	"holdfast/internal/notify"
)

// TestNotify states what the server and the workflow are told of a delivery: who
// tries again, and when.
func TestNotify(t *testing.T) {
	t.Parallel()
	status := http.StatusOK
	ops := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }))
	defer ops.Close()
	path := filepath.Join(t.TempDir(), "notifications.json")
	file, err := json.Marshal(map[string]any{
		"ops":   map[string]any{"webhook": ops.URL, "secret": "x"},
		"quiet": map[string]any{"webhook": ops.URL, "secret": "x", "events": []string{"failed"}},
	})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, file, 0o600))
	hooks, err := notify.Load(path)
	require.NoError(t, err)

	for _, c := range []struct {
		name    string
		hooks   *notify.Hooks
		to      string
		status  int
		outcome message.NotificationOutcome
		kind    failure.Type  // of the error; empty where it may pass
		tries   bool          // the server tries again
		after   time.Duration // where the delay is the activity's
	}{
		{name: "taken", hooks: hooks, to: "ops", status: 200, outcome: message.Delivered},
		{name: "not asked for", hooks: hooks, to: "quiet", status: 500, outcome: message.LeftOut},
		{name: "away", hooks: hooks, to: "ops", status: 503, tries: true},
		{name: "refused", hooks: hooks, to: "ops", status: 404, kind: failure.HookRefused},
		{name: "not of this worker", hooks: hooks, to: "other", kind: failure.NoHook, tries: true, after: 2 * time.Second},
		{name: "a worker without notifications", to: "ops", kind: failure.NoHook, tries: true, after: 2 * time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			status = c.status
			var suite testsuite.WorkflowTestSuite
			env := suite.NewTestActivityEnvironment()
			a := New(Deps{Hooks: c.hooks})
			env.RegisterActivity(a.Notify)
			value, err := env.ExecuteActivity(a.Notify, message.NotificationInput{
				To: c.to, Notice: backup.Notice{ID: "jira-acme/1.20261123T000000Z", Event: backup.EventComplete},
			})
			if c.outcome != "" {
				require.NoError(t, err)
				var got message.NotificationResult
				require.NoError(t, value.Get(&got))
				require.Equal(t, c.outcome, got.Outcome)
				return
			}
			var app *temporal.ApplicationError
			require.True(t, errors.As(err, &app), "%v", err)
			require.Equal(t, !c.tries, app.NonRetryable())
			require.Equal(t, c.after, app.NextRetryDelay())
			if c.kind != "" {
				require.Equal(t, string(c.kind), app.Type())
			}
		})
	}
}
