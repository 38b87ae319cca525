package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"holdfast/internal/backup"
	"holdfast/internal/cluster"
	"holdfast/internal/devserver"
	"holdfast/internal/message"
)

func TestWrongArgumentsExit2(t *testing.T) {
	for name, tc := range map[string]struct {
		args []string
		says string
	}{
		"required flags": {nil, `required flag(s) "scratch", "store" not set`},
		"arguments":      {[]string{"now"}, "unknown command"},
		"unknown flag":   {[]string{"--sotre", "x"}, "unknown flag: --sotre"},
		"unknown level":  {[]string{"--store", "file:///x", "--scratch", "x", "--log-level", "loud"}, "use debug, info, warn or error"},
		"no slots":       {[]string{"--store", "file:///x", "--scratch", "x", "--scratch-slots", "0"}, "give at least 1"},
		"no activities":  {[]string{"--store", "file:///x", "--scratch", "x", "--max-activities", "0"}, "give at least 1"},
		"one task":       {[]string{"--store", "file:///x", "--scratch", "x", "--max-workflow-tasks", "1"}, "give at least 2"},
		"no drain":       {[]string{"--store", "file:///x", "--scratch", "x", "--drain-timeout", "0s"}, "give a positive duration"},
		"no port":        {[]string{"--store", "file:///x", "--scratch", "x", "--metrics-listen", "localhost"}, "give host:port"},
		"no store":       {[]string{"--store", "ftp://x", "--scratch", "x"}, "ftp:// is not supported"},
		"no address":     {[]string{"--store", "/mnt/x", "--scratch", "x"}, "has no scheme"},
		"health of what": {[]string{"healthcheck", "--metrics-listen", "off"}, "can't be asked"},
	} {
		t.Run(name, func(t *testing.T) {
			var stderr bytes.Buffer
			require.Equal(t, exitUsage, run(tc.args, io.Discard, &stderr))
			require.Contains(t, stderr.String(), tc.says)
			require.Contains(t, stderr.String(), "--help")
		})
	}
}

func TestWhatCannotWorkExits1(t *testing.T) {
	open := filepath.Join(t.TempDir(), "credentials.json")
	require.NoError(t, os.WriteFile(open, []byte("{}"), 0o644))
	for name, tc := range map[string]struct {
		args []string
		says string
	}{
		"no cluster":                     {[]string{"--store", "file://" + t.TempDir(), "--address", "127.0.0.1:1"}, "check --address"},
		"credentials that are not there": {[]string{"--store", "file://" + t.TempDir(), "--address", "127.0.0.1:1", "--credentials", open + ".late"}, "there is no credentials file yet"},
		"a port that is taken":           {[]string{"--store", "file://" + t.TempDir(), "--metrics-listen", taken(t)}, "give another --metrics-listen"},
		"no such profile":                {[]string{"--store", "file://" + t.TempDir(), "--profile", "nowhere"}, "nowhere"},
		"no such file of settings":       {[]string{"--store", "file://" + t.TempDir(), "--config-file", open + ".late"}, "correct --config-file"},
		"notifications not yet there":    {[]string{"--store", "file://" + t.TempDir(), "--address", "127.0.0.1:1", "--notifications", open + ".late"}, "there is no notifications file yet"},
		"notifications that all can see": {[]string{"--store", "file://" + t.TempDir(), "--notifications", open}, "chmod 600"},
		"credentials that all can see":   {[]string{"--store", "file://" + t.TempDir(), "--credentials", open}, "chmod 600"},
	} {
		t.Run(name, func(t *testing.T) {
			var stderr bytes.Buffer
			require.Equal(t, exitFailed, run(append(tc.args, "--scratch", t.TempDir()), io.Discard, &stderr))
			require.Contains(t, stderr.String(), tc.says)
		})
	}
}

// taken is an address at which something listens already.
func taken(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, l.Close()) })
	return l.Addr().String()
}

// The worker is what runs in production: no server of Temporal may come with it. The sample
// site does, for drills.
func TestWorkerLinksNoServer(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", ".").Output()
	require.NoError(t, err)
	deps := strings.Fields(string(out))
	require.Contains(t, deps, "holdfast/activities", "the list is that of the worker")
	for _, dep := range deps {
		for _, not := range []string{
			"go.temporal.io/server", "github.com/temporalio/ui-server", "modernc.org/sqlite", "holdfast/internal/devserver",
		} {
			require.False(t, dep == not || strings.HasPrefix(dep, not+"/"), "the worker links %s", dep)
		}
	}
}

// process is a worker process under test.
type process struct {
	cmd   *exec.Cmd
	ended chan error

	mu  sync.Mutex
	log strings.Builder
}

func (p *process) logged(text string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.Contains(p.log.String(), text)
}

// address is where the process says that it listens.
func (p *process) address(t *testing.T) string {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	for line := range strings.Lines(p.log.String()) {
		var entry struct{ Msg, Address string }
		if json.Unmarshal([]byte(line), &entry) == nil && entry.Address != "" && strings.Contains(line, "health and metrics") {
			return entry.Address
		}
	}
	t.Fatal("it does not say where it listens")
	return ""
}

// get asks the process.
func (p *process) get(t *testing.T, path string) (status int, body string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+p.address(t)+path, nil)
	require.NoError(t, err)
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp.StatusCode, string(text)
}

func (p *process) signal(t *testing.T) {
	t.Helper()
	require.NoError(t, p.cmd.Process.Signal(syscall.SIGTERM))
}

// build builds the worker's binary.
func build(t *testing.T) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "worker")
	out, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary, ".").CombinedOutput()
	require.NoError(t, err, "%s", out)
	return binary
}

func startWorker(t *testing.T, binary string, server *devserver.Server) *process {
	t.Helper()
	dir := t.TempDir()
	p := &process{ended: make(chan error, 1)}
	p.cmd = exec.CommandContext(context.WithoutCancel(t.Context()), binary,
		"--namespace", server.Namespace(), "--store", "file://"+filepath.Join(dir, "store"), "--metrics-listen", "127.0.0.1:0")
	require.NoError(t, os.Mkdir(filepath.Join(dir, "store"), 0o700))
	p.cmd.Env = append(os.Environ(), "HOLDFAST_CREDENTIAL_SLOW_TOKEN=t", "HOLDFAST_CREDENTIAL_SLOW_EMAIL=e@x.example",
		"TEMPORAL_ADDRESS="+server.Addr(), "HOLDFAST_SCRATCH="+filepath.Join(dir, "scratch"))
	stderr, err := p.cmd.StderrPipe()
	require.NoError(t, err)
	require.NoError(t, p.cmd.Start())
	go func() {
		for lines := bufio.NewScanner(stderr); lines.Scan(); {
			p.mu.Lock()
			p.log.WriteString(lines.Text() + "\n")
			p.mu.Unlock()
		}
		p.ended <- p.cmd.Wait()
	}()
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill()
		if t.Failed() {
			t.Log(p.log.String())
		}
	})
	require.Eventually(t, func() bool { return p.logged("host is ready") }, 30*time.Second, 10*time.Millisecond)
	return p
}

// slowSite is a site whose answers wait until it is released.
func slowSite(t *testing.T) (url string, asked <-chan struct{}, release func()) {
	t.Helper()
	called, released := make(chan struct{}, 100), make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		called <- struct{}{}
		select {
		case <-released:
		case <-r.Context().Done():
		}
		http.Error(w, "{}", http.StatusUnauthorized)
	}))
	t.Cleanup(s.Close)
	release = sync.OnceFunc(func() { close(released) })
	t.Cleanup(release)
	return s.URL, called, release
}

func TestDrain(t *testing.T) {
	server, err := devserver.Start(t.Context(), devserver.Config{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Stop()) })
	c, _, err := cluster.Dial(t.Context(), cluster.Options{Address: server.Addr(), Namespace: server.Namespace()})
	require.NoError(t, err)
	t.Cleanup(c.Close)
	binary := build(t)
	check := func(t *testing.T, id, site string) client.WorkflowRun {
		t.Helper()
		run, err := c.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: id, TaskQueue: message.TaskQueue},
			message.CheckWorkflow, message.CheckInput{Site: site, Product: backup.Jira, Credential: "slow"})
		require.NoError(t, err)
		return run
	}

	t.Run("a worker at work", func(t *testing.T) {
		p := startWorker(t, binary, server)
		for path, says := range map[string]string{"/healthz": `{"ok":true}`, "/readyz": `{"ok":true}`, "/metrics": "\ntemporal_num_pollers{"} {
			require.Eventually(t, func() bool {
				status, body := p.get(t, path)
				return status == http.StatusOK && strings.Contains(body, says)
			}, 20*time.Second, 50*time.Millisecond, path)
		}
		require.Equal(t, exitDone, run([]string{"healthcheck", "--metrics-listen", p.address(t)}, io.Discard, io.Discard))
		require.False(t, p.logged("keeps closed runs"), "the namespace keeps them for long enough")
	})
	t.Run("an idle worker ends at once", func(t *testing.T) {
		p := startWorker(t, binary, server)
		p.signal(t)
		select {
		case err := <-p.ended:
			require.NoError(t, err, "exit code 0")
		case <-time.After(20 * time.Second):
			t.Fatal("it goes on")
		}
	})
	t.Run("a step that is under way goes on to its end", func(t *testing.T) {
		site, asked, release := slowSite(t)
		p := startWorker(t, binary, server)
		check(t, "check/drained", site)
		<-asked
		p.signal(t)
		require.Eventually(t, func() bool { return p.logged("letting steps that are under way go on") }, 10*time.Second, 10*time.Millisecond)
		status, body := p.get(t, "/readyz")
		require.Equal(t, http.StatusServiceUnavailable, status)
		require.Contains(t, body, "draining")
		require.Never(t, func() bool { return len(p.ended) > 0 }, 500*time.Millisecond, 50*time.Millisecond, "it waits for the step")
		release()
		select {
		case err := <-p.ended:
			require.NoError(t, err, "exit code 0")
		case <-time.After(20 * time.Second):
			t.Fatal("it goes on")
		}
		// Its answer arrived: the activity is not pending any more.
		d, err := c.DescribeWorkflowExecution(t.Context(), "check/drained", "")
		require.NoError(t, err)
		require.Empty(t, d.GetPendingActivities())
		require.Equal(t, enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING, d.GetWorkflowExecutionInfo().GetStatus(), "the next worker goes on")
		require.NoError(t, c.TerminateWorkflow(t.Context(), "check/drained", "", "end of the test"))
	})
	t.Run("a second signal ends it at once", func(t *testing.T) {
		site, asked, _ := slowSite(t)
		p := startWorker(t, binary, server)
		check(t, "check/killed", site)
		<-asked
		p.signal(t)
		require.Eventually(t, func() bool { return p.logged("letting steps that are under way go on") }, 10*time.Second, 10*time.Millisecond)
		p.signal(t)
		select {
		case err := <-p.ended:
			require.Error(t, err, "it did not end in peace")
		case <-time.After(5 * time.Second):
			t.Fatal("it goes on")
		}
		require.NoError(t, c.TerminateWorkflow(t.Context(), "check/killed", "", "end of the test"))
	})
}
