package e2e

import (
	"encoding/json"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holdfast/internal/devserver"
)

// temporalProcess is a Temporal server in a process of its own.
type temporalProcess struct {
	*process
	t     *testing.T
	cfg   devserver.Config
	said  logBook
	where struct{ Address, Namespace, UI string }
}

// startTemporal starts a Temporal server, which ends with the test.
func startTemporal(t *testing.T, cfg devserver.Config) *temporalProcess {
	t.Helper()
	p := &temporalProcess{t: t, cfg: cfg}
	t.Cleanup(func() {
		if t.Failed() {
			t.Log("Temporal said:\n" + p.said.tail())
		}
	})
	p.start()
	return p
}

// start starts it, for the first time or after it was killed.
func (p *temporalProcess) start() {
	p.t.Helper()
	began := time.Now()
	binary, err := temporalBinary()
	require.NoError(p.t, err)
	cmd := exec.Command(binary)
	cmd.Env = append(os.Environ(), "GOMEMLIMIT=off") // a test that has a limit means its workers
	cmd.Stderr = &p.said
	in, err := cmd.StdinPipe() // open as long as this process lives
	require.NoError(p.t, err)
	out, err := cmd.StdoutPipe()
	require.NoError(p.t, err)
	require.NoError(p.t, cmd.Start())
	said := json.NewEncoder(in).Encode(p.cfg)
	answer := json.NewDecoder(out).Decode(&p.where)
	p.process = watch(p.t, cmd)
	require.NoError(p.t, said)
	require.NoError(p.t, answer, "the server did not start")
	p.t.Logf("Temporal answers after %v", time.Since(began).Round(time.Millisecond))
}

// Addr is the address of the frontend.
func (p *temporalProcess) Addr() string { return p.where.Address }

// Namespace is the namespace that the server registered.
func (p *temporalProcess) Namespace() string { return p.where.Namespace }
