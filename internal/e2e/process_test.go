package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// workerBinary builds ./worker once.
var workerBinary = sync.OnceValues(func() (string, error) {
	folder, err := os.MkdirTemp("", "holdfast-e2e-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(folder, "worker")
	out, err := exec.Command("go", "build", "-o", path, "holdfast/worker").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build the worker: %w\n%s", err, out)
	}
	return path, nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	if built {
		if path, err := workerBinary(); err == nil {
			_ = os.RemoveAll(filepath.Dir(path))
		}
	}
	os.Exit(code)
}

// built says that workerBinary was asked for.
var built bool

// process is a worker process that this test has started.
type process struct {
	cmd   *exec.Cmd
	ended chan struct{}
}

// startWorker starts a worker process with a scratch folder of that name.
func (s *stack) startWorker(scratch string, flags ...string) *process {
	s.t.Helper()
	built = true
	path, err := workerBinary()
	require.NoError(s.t, err)
	credentials := filepath.Join(s.folder, "credentials.json")
	content, err := json.Marshal(map[string]map[string]string{credential: {"email": s.site.Email(), "token": s.site.Token()}})
	require.NoError(s.t, err)
	require.NoError(s.t, os.WriteFile(credentials, content, 0o600))
	args := append([]string{
		"--address", s.server.Addr(), "--namespace", s.server.Namespace(),
		"--store", "file://" + filepath.Join(s.folder, "store"), "--credentials", credentials,
		"--scratch", filepath.Join(s.folder, scratch), "--log-level", "debug",
	}, flags...)
	p := &process{cmd: exec.Command(path, args...), ended: make(chan struct{})}
	p.cmd.Stdout, p.cmd.Stderr = s.log, s.log
	require.NoError(s.t, p.cmd.Start())
	go func() {
		_ = p.cmd.Wait()
		close(p.ended)
	}()
	s.t.Cleanup(p.kill)
	return p
}

// kill ends the process at once (SIGKILL) and waits until it is gone.
func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	<-p.ended
}

// killAfter kills the process after d, unless the test ends before.
func (p *process) killAfter(t *testing.T, d time.Duration) {
	t.Helper()
	select {
	case <-time.After(d):
		p.kill()
	case <-t.Context().Done():
	}
}
