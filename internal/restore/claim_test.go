package restore_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holdfast/internal/atlassian"
	"holdfast/internal/backup"
	"holdfast/internal/restore"
	"holdfast/internal/restore/restoretest"
)

// writer is a destination of which each batch is one write, before which it may have to wait.
type writer struct {
	target
	client *atlassian.Client
	before func()
}

func (w *writer) Apply(ctx context.Context, _ *restore.Job, _ restore.Batch) error {
	w.before()
	_, err := w.client.Do(ctx, atlassian.Request{Route: "POST /rest/api/3/issue", Body: map[string]any{}, Write: true})
	return err
}

// An attempt that Temporal gave up goes on where it does not hear of that: it writes nothing
// beside the one that took its batch over (T5).
func TestAnAttemptThatIsReplacedWritesNothingMore(t *testing.T) {
	var written atomic.Int64
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			written.Add(1)
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"cloudId":"c-1"}`))
	}))
	defer site.Close()
	client, err := atlassian.New(atlassian.Config{Site: site.URL, Credential: atlassian.Credential{Name: "c", Email: "a@acme.example", Token: "t"}})
	require.NoError(t, err)

	b := restoretest.NewBuilder(t)
	b.Segment("projects/AA/1.1.0.ndjson.zst", "AA", restoretest.Record("issue", "10001", "one"))
	b.Segment("projects/BB/1.1.0.ndjson.zst", "BB", restoretest.Record("issue", "10002", "two"))
	b.Seal()
	spec := restoretest.Spec(backup.Jira, restoretest.PolicyID, restoretest.BackupID, site.URL)
	steps := func(before func()) *restore.Steps {
		return &restore.Steps{
			Store: b.Store, Spec: spec, Scratch: t.TempDir(), Settle: 50 * time.Millisecond,
			Target: &writer{client: client, before: before},
		}
	}
	arrived, proceed := make(chan struct{}), make(chan struct{})
	old := steps(func() { close(arrived); <-proceed })
	restoretest.Plan(t, old)
	ended := make(chan error, 1)
	go func() {
		_, err := old.Apply(t.Context(), "issues", 0, 0)
		ended <- err
	}()
	<-arrived
	began := time.Now()
	_, err = steps(func() {}).Apply(t.Context(), "issues", 0, 0)
	require.NoError(t, err)
	require.GreaterOrEqual(t, time.Since(began), 50*time.Millisecond, "the old attempt has time to notice")
	close(proceed)
	require.ErrorIs(t, <-ended, restore.ErrSuperseded)
	require.EqualValues(t, 1, written.Load())

	_, err = steps(func() {}).Apply(t.Context(), "issues", 1, 0)
	require.NoError(t, err)
	require.EqualValues(t, 2, written.Load(), "the next batch is claimed anew")
}
