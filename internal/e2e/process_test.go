package e2e

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// builds is the folder of the programs that this process has built.
var builds = sync.OnceValues(func() (string, error) { return os.MkdirTemp("", "holdfast-e2e-") })

// workerBinary and starterBinary build ./worker and ./starter once, with the
// race detector where this test has it; plainWorker is without, where the pace
// of the real program matters, and temporalBinary always is.
var (
	workerBinary   = sync.OnceValues(func() (string, error) { return build("worker", raceDetector()) })
	plainWorker    = sync.OnceValues(func() (string, error) { return build("worker", false) })
	starterBinary  = sync.OnceValues(func() (string, error) { return build("starter", raceDetector()) })
	temporalBinary = sync.OnceValues(func() (string, error) { return build("internal/e2e/temporal", false) })
)

func build(name string, race bool) (string, error) {
	folder, err := builds()
	if err != nil {
		return "", err
	}
	path := filepath.Join(folder, fmt.Sprintf("%s-race-%v", filepath.Base(name), race))
	args := []string{"build", "-o", path}
	if race {
		args = append(args, "-race")
	}
	out, err := exec.Command("go", append(args, "holdfast/"+name)...).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build %s: %w\n%s", name, err, out)
	}
	return path, nil
}

// raceDetector reports whether this test was built with it.
func raceDetector() bool {
	info, ok := debug.ReadBuildInfo()
	return ok && slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"})
}

func TestMain(m *testing.M) {
	if cfg := os.Getenv(doomedVariable); cfg != "" {
		os.Exit(serveDoomed(cfg))
	}
	// Tests that run beside each other mostly wait, for heartbeats and timers, whatever
	// the number of processors.
	beside := "6"
	if raceDetector() {
		beside = "5"
	}
	flag.Parse()
	if err := flag.Set("test.parallel", beside); err != nil {
		panic(err)
	}
	code := m.Run()
	if folder, err := builds(); err == nil {
		_ = os.RemoveAll(folder)
	}
	os.Exit(code)
}

// process is a process that this test has started.
type process struct {
	cmd   *exec.Cmd
	ended chan struct{}
}

// watch notices the end of a process, and ends it with the test.
func watch(t *testing.T, cmd *exec.Cmd) *process {
	p := &process{cmd: cmd, ended: make(chan struct{})}
	go func() {
		_ = cmd.Wait()
		close(p.ended)
	}()
	t.Cleanup(p.kill)
	return p
}

// startWorker starts a worker process with a scratch folder of that name.
func (s *stack) startWorker(scratch string, flags ...string) *process {
	s.t.Helper()
	binary := workerBinary
	if s.plain {
		binary = plainWorker
	}
	path, err := binary()
	require.NoError(s.t, err)
	credentials := filepath.Join(s.folder, "credentials.json")
	known := map[string]map[string]string{credential: {"email": s.site.Email(), "token": s.site.Token()}}
	maps.Copy(known, s.also)
	content, err := json.Marshal(known)
	require.NoError(s.t, err)
	require.NoError(s.t, os.WriteFile(credentials, content, 0o600))
	cmd := exec.Command(path, append([]string{
		"--address", s.server.Addr(), "--namespace", s.server.Namespace(),
		"--store", s.store.URL(), "--credentials", credentials,
		"--scratch", filepath.Join(s.folder, scratch), "--log-level", "debug",
	}, flags...)...)
	cmd.Stdout, cmd.Stderr = s.log, s.log
	require.NoError(s.t, cmd.Start())
	return watch(s.t, cmd)
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

// terminate asks the process to end (SIGTERM).
func (p *process) terminate(t *testing.T) {
	t.Helper()
	require.NoError(t, p.cmd.Process.Signal(syscall.SIGTERM))
}
