package host_test

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"google.golang.org/protobuf/encoding/protojson"

	"holdfast/internal/backup"
	"holdfast/internal/cluster"
	"holdfast/internal/devserver"
	"holdfast/internal/failure"
	"holdfast/internal/host"
	"holdfast/internal/message"
	"holdfast/internal/notify"
	"holdfast/workflows"
)

// inbox is a webhook that answers with a status, and remembers what it was told.
type inbox struct {
	server *httptest.Server
	mu     sync.Mutex
	status int
	bodies [][]byte
}

func newInbox(t *testing.T, status int) *inbox {
	t.Helper()
	b := &inbox{status: status}
	b.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		b.mu.Lock()
		defer b.mu.Unlock()
		b.bodies = append(b.bodies, body)
		w.WriteHeader(b.status)
	}))
	t.Cleanup(b.server.Close)
	return b
}

func (b *inbox) answer(status int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.status = status
}

func (b *inbox) told() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.bodies)
}

// bell is a cluster with a policy that notifies "ops".
type bell struct {
	cfg    host.Config
	policy string
	file   string // of notifications
	log    *lines
}

// lines is a log that tests read.
type lines struct {
	mu   sync.Mutex
	text []byte
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text = append(l.text, p...)
	return len(p), nil
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return string(l.text)
}

func newBell(t *testing.T, entries map[string]any) *bell {
	t.Helper()
	b := &bell{cfg: setup(t), policy: "jira-acme", file: filepath.Join(t.TempDir(), "notifications.json"), log: &lines{}}
	b.cfg.Log = slog.New(slog.NewTextHandler(b.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	b.cfg.StopTimeout = time.Second
	b.write(t, entries)
	require.NoError(t, cluster.EnsureSearchAttributes(t.Context(), b.cfg.Client, devserver.DefaultNamespace))
	var err error
	b.cfg.Hooks, err = notify.Load(b.file)
	require.NoError(t, err)
	return b
}

func (b *bell) write(t *testing.T, entries map[string]any) {
	t.Helper()
	data, err := json.Marshal(entries)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(b.file, data, 0o600))
}

func (b *bell) start(t *testing.T) *host.Host {
	t.Helper()
	h, err := host.Start(t.Context(), b.cfg)
	require.NoError(t, err)
	t.Cleanup(func() { _ = h.Stop() })
	return h
}

func (b *bell) create(t *testing.T, names ...string) {
	t.Helper()
	start := b.cfg.Client.NewWithStartWorkflowOperation(client.StartWorkflowOptions{
		ID: message.PolicyID(b.policy), TaskQueue: message.TaskQueue,
		WorkflowIDConflictPolicy: enumspb.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
	}, message.PolicyWorkflow, workflows.PolicyInput{})
	_, err := message.Configure.CallWithStart(t.Context(), b.cfg.Client, start, message.ConfigureInput{Policy: backup.Policy{
		ID: b.policy, Product: backup.Jira, Site: "https://acme.atlassian.net", CloudID: "c", Credential: "acme",
		Limits: backup.DefaultLimits(), Notify: names,
	}})
	require.NoError(t, err)
}

func (b *bell) test(t *testing.T) backup.Notice {
	t.Helper()
	n, err := message.TestNotify.Call(t.Context(), b.cfg.Client, message.PolicyID(b.policy), message.NoteInput{By: "tester"})
	require.NoError(t, err)
	return n
}

// delivery waits for the end of a notice's delivery, as the CLI does.
func (b *bell) delivery(t *testing.T, n backup.Notice, to string) (out message.NotificationResult, err error) {
	t.Helper()
	err = b.cfg.Client.GetWorkflow(t.Context(), message.NotificationID(n, to), "").Get(t.Context(), &out)
	return out, err
}

const hookSecret = "whsec-very-secret-0123"

func webhook(address string) map[string]any {
	return map[string]any{"webhook": address + "/T0/" + hookSecret + "?key=" + hookSecret, "secret": hookSecret}
}

// TestANoticeOutlivesTheWorkerAndWhatIsAway states the promise on a real server: the
// webhook is away, the worker ends and another starts, and in the end the notice has
// come, always as the same one. Nothing that Temporal or a log keeps has the secret.
func TestANoticeOutlivesTheWorkerAndWhatIsAway(t *testing.T) {
	ops := newInbox(t, http.StatusInternalServerError)
	b := newBell(t, map[string]any{"ops": webhook(ops.server.URL)})
	h := b.start(t)
	b.create(t, "ops")
	n := b.test(t)
	require.Eventually(t, func() bool { return ops.told() >= 2 }, 30*time.Second, 10*time.Millisecond)
	require.NoError(t, h.Stop())
	before := ops.told()
	b.start(t)
	require.Eventually(t, func() bool { return ops.told() > before }, time.Minute, 10*time.Millisecond, "the next worker goes on")
	ops.answer(http.StatusOK)
	out, err := b.delivery(t, n, "ops")
	require.NoError(t, err)
	require.Equal(t, message.Delivered, out.Outcome)
	require.Equal(t, ops.server.URL+" answered 200 OK", out.Answer)
	for _, body := range ops.bodies {
		var told backup.Notice
		require.NoError(t, json.Unmarshal(body, &told))
		require.Equal(t, n, told)
	}
	require.NotContains(t, b.log.String(), hookSecret)
	require.NotContains(t, b.kept(t, message.NotificationID(n, "ops")), hookSecret)
}

// kept is all that Temporal keeps of a workflow, in JSON.
func (b *bell) kept(t *testing.T, workflowID string) string {
	t.Helper()
	var all []byte
	events := b.cfg.Client.GetWorkflowHistory(t.Context(), workflowID, "", false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for events.HasNext() {
		event, err := events.Next()
		require.NoError(t, err)
		data, err := protojson.Marshal(event)
		require.NoError(t, err)
		all = append(all, data...)
	}
	require.NotEmpty(t, all)
	return string(all)
}

// TestADefiniteRefusalEndsTheDelivery states that who is refused is told why, once.
func TestADefiniteRefusalEndsTheDelivery(t *testing.T) {
	ops := newInbox(t, http.StatusNotFound)
	b := newBell(t, map[string]any{"ops": webhook(ops.server.URL)})
	b.start(t)
	b.create(t, "ops")
	_, err := b.delivery(t, b.test(t), "ops")
	kind, why := failure.Of(err)
	require.Equal(t, failure.HookRefused, kind)
	require.Contains(t, why, ops.server.URL+" answered 404 Not Found: look there")
	require.NotContains(t, err.Error(), hookSecret)
	require.Equal(t, 1, ops.told())
}

// TestANoticeWaitsForAWorkerThatHasTheEntry states that an entry may come later, and
// that the wait shows.
func TestANoticeWaitsForAWorkerThatHasTheEntry(t *testing.T) {
	ops := newInbox(t, http.StatusOK)
	b := newBell(t, map[string]any{"other": webhook(ops.server.URL)})
	b.start(t)
	b.create(t, "ops", "other")
	n := b.test(t)
	out, err := b.delivery(t, n, "other")
	require.NoError(t, err, "one that waits keeps no other waiting")
	require.Equal(t, message.Delivered, out.Outcome)

	require.Eventually(t, func() bool { return b.waiting(t, n, "ops") == fmt.Sprint(failure.NoHook) }, 30*time.Second, 50*time.Millisecond)
	b.write(t, map[string]any{"ops": webhook(ops.server.URL), "other": webhook(ops.server.URL)})
	out, err = b.delivery(t, n, "ops")
	require.NoError(t, err)
	require.Equal(t, message.Delivered, out.Outcome)
	require.Equal(t, 2, ops.told())
}

// waiting is the type of what a delivery that is under way failed with the last time.
func (b *bell) waiting(t *testing.T, n backup.Notice, to string) string {
	t.Helper()
	d, err := b.cfg.Client.DescribeWorkflowExecution(t.Context(), message.NotificationID(n, to), "")
	require.NoError(t, err)
	for _, a := range d.GetPendingActivities() {
		return a.GetLastFailure().GetApplicationFailureInfo().GetType()
	}
	return ""
}
