package devserver_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"holdfast/internal/devserver"
)

var color = temporal.NewSearchAttributeKeyKeyword("Color")

func start(t *testing.T, cfg devserver.Config) *devserver.Server {
	t.Helper()
	cfg.SearchAttributes = map[string]enumspb.IndexedValueType{color.GetName(): enumspb.INDEXED_VALUE_TYPE_KEYWORD}
	began := time.Now()
	s, err := devserver.Start(t.Context(), cfg)
	require.NoError(t, err)
	t.Logf("started in %v", time.Since(began))
	t.Cleanup(func() { require.NoError(t, s.Stop()) })
	return s
}

func dial(t *testing.T, s *devserver.Server) client.Client {
	t.Helper()
	opts := s.ClientOptions()
	opts.Logger = log.NewStructuredLogger(slog.New(slog.DiscardHandler))
	c, err := client.Dial(opts)
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return c
}

func greet(ctx workflow.Context, name string) (string, error) {
	return "hello " + name, workflow.Sleep(ctx, time.Millisecond)
}

func run(t *testing.T, c client.Client, id string) {
	t.Helper()
	w := worker.New(c, "greetings", worker.Options{})
	w.RegisterWorkflow(greet)
	require.NoError(t, w.Start())
	defer w.Stop()
	h, err := c.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{
		ID: id, TaskQueue: "greetings",
		TypedSearchAttributes: temporal.NewSearchAttributes(color.ValueSet("blue")),
	}, greet, "you")
	require.NoError(t, err)
	var got string
	require.NoError(t, h.Get(t.Context(), &got))
	require.Equal(t, "hello you", got)
}

func TestServesWorkflowsAndWebUI(t *testing.T) {
	s := start(t, devserver.Config{UI: true})
	c := dial(t, s)
	run(t, c, "greet/1")

	t.Run("the Web UI answers and reaches the server", func(t *testing.T) {
		for path, want := range map[string]string{
			"/": "<!doctype html>",
			"/api/v1/namespaces/default/workflows/greet%2F1": "greet/1",
		} {
			resp, err := http.Get(s.UIURL() + path)
			require.NoError(t, err)
			body, err := io.ReadAll(resp.Body)
			require.NoError(t, err)
			require.NoError(t, resp.Body.Close())
			require.Equal(t, http.StatusOK, resp.StatusCode, path)
			require.Contains(t, strings.ToLower(string(body)), want)
		}
		require.True(t, strings.HasSuffix(s.WorkflowURL("greet/1", "r"), "/namespaces/default/workflows/greet%2F1/r"))
	})
	t.Run("closed workflows stay for longer than a backup", func(t *testing.T) {
		d, err := c.WorkflowService().DescribeNamespace(t.Context(), &workflowservice.DescribeNamespaceRequest{Namespace: "default"})
		require.NoError(t, err)
		require.Equal(t, devserver.DefaultRetention, d.Config.WorkflowExecutionRetentionTtl.AsDuration())
	})
	t.Run("search attributes can be searched for", func(t *testing.T) {
		require.EventuallyWithT(t, func(t *assert.CollectT) {
			found, err := c.ListWorkflow(context.Background(), &workflowservice.ListWorkflowExecutionsRequest{Query: `Color = "blue"`})
			require.NoError(t, err)
			require.Len(t, found.Executions, 1)
		}, 10*time.Second, 50*time.Millisecond)
	})
}

func TestServersStandSideBySide(t *testing.T) {
	for _, name := range []string{"one", "two"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := dial(t, start(t, devserver.Config{UI: true}))
			run(t, c, "greet/"+name)
			n, err := c.CountWorkflow(t.Context(), &workflowservice.CountWorkflowExecutionsRequest{})
			require.NoError(t, err)
			require.LessOrEqual(t, n.Count, int64(1), "the other server's workflows are not here")
		})
	}
}

func TestFileKeepsWorkflows(t *testing.T) {
	db := filepath.Join(t.TempDir(), "temporal.db")
	s := start(t, devserver.Config{DBPath: db})
	c := dial(t, s)
	run(t, c, "greet/kept")

	_, err := devserver.Start(t.Context(), devserver.Config{DBPath: db})
	require.ErrorContains(t, err, "in use by another process")

	c.Close()
	require.NoError(t, s.Stop())
	c = dial(t, start(t, devserver.Config{DBPath: db}))
	d, err := c.DescribeWorkflowExecution(t.Context(), "greet/kept", "")
	require.NoError(t, err)
	require.Equal(t, enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED, d.WorkflowExecutionInfo.Status)
}

func TestStopIsQuick(t *testing.T) {
	s := start(t, devserver.Config{UI: true})
	began := time.Now()
	require.NoError(t, s.Stop())
	require.NoError(t, s.Stop(), "a second Stop does nothing")
	t.Logf("stopped in %v", time.Since(began))
	require.Less(t, time.Since(began), 10*time.Second)
}

func TestStartEndsWithContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := devserver.Start(ctx, devserver.Config{UI: true})
	require.ErrorIs(t, err, context.Canceled)
}

func TestRetentionIsRaisedAndNeverLowered(t *testing.T) {
	const day = 24 * time.Hour
	db := filepath.Join(t.TempDir(), "temporal.db")
	for _, tc := range []struct{ asked, want time.Duration }{{2 * day, 2 * day}, {40 * day, 40 * day}, {3 * day, 40 * day}} {
		s := start(t, devserver.Config{DBPath: db, Retention: tc.asked})
		c := dial(t, s)
		d, err := c.WorkflowService().DescribeNamespace(t.Context(), &workflowservice.DescribeNamespaceRequest{Namespace: "default"})
		require.NoError(t, err)
		require.Equal(t, tc.want, d.Config.WorkflowExecutionRetentionTtl.AsDuration())
		c.Close()
		require.NoError(t, s.Stop())
	}
}

func TestNamedPorts(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	port := l.Addr().(*net.TCPAddr).Port
	for name, cfg := range map[string]devserver.Config{
		"of the frontend": {Port: port}, "of the Web UI": {UI: true, UIPort: port},
	} {
		t.Run(name+" that is taken", func(t *testing.T) {
			_, err := devserver.Start(t.Context(), cfg)
			var taken *devserver.PortTakenError
			require.ErrorAs(t, err, &taken)
			require.Equal(t, port, taken.Port)
		})
	}
	require.NoError(t, l.Close())
	s := start(t, devserver.Config{Port: port})
	require.Equal(t, fmt.Sprintf("127.0.0.1:%d", port), s.Addr())
}

func TestFileNamesMayHoldAnything(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "100% #1? it's")
	require.NoError(t, os.Mkdir(folder, 0o700))
	start(t, devserver.Config{DBPath: filepath.Join(folder, "t.db")})
	files, err := filepath.Glob(filepath.Join(folder, "*"))
	require.NoError(t, err)
	require.Contains(t, files, filepath.Join(folder, "t.db"))
}
