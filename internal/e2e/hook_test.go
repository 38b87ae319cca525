package e2e

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"holdfast/internal/backup"
	"holdfast/internal/host"
	"holdfast/internal/notify"
)

// hook is the name under which hosts know the test's webhook.
const hook = "ops"

// hookSecret is what its requests are signed with.
const hookSecret = "a-secret-of-the-webhook-9f2c"

// listener is a webhook that keeps what it is told.
type listener struct {
	mu   sync.Mutex
	told []backup.Notice
}

func (l *listener) events() (events []backup.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, n := range l.told {
		events = append(events, n.Event)
	}
	return events
}

// withHook gives a host a webhook.
func withHook(t *testing.T) func(*host.Config) { return (&listener{}).config(t) }

func (l *listener) config(t *testing.T) func(*host.Config) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		var n backup.Notice
		if err != nil || json.Unmarshal(body, &n) != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		l.mu.Lock()
		defer l.mu.Unlock()
		l.told = append(l.told, n)
	}))
	t.Cleanup(server.Close)
	path := filepath.Join(t.TempDir(), "notifications.json")
	entry, err := json.Marshal(map[string]any{hook: map[string]any{"webhook": server.URL, "secret": hookSecret}})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, entry, 0o600))
	return func(c *host.Config) {
		hooks, err := notify.Load(path)
		require.NoError(t, err)
		c.Hooks = hooks
	}
}
