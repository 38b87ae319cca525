package e2e

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holdfast/internal/devserver"
)

// temporalVariable is the environment variable that makes the test's binary a
// Temporal server, a process that can be killed.
const temporalVariable = "HOLDFAST_E2E_TEMPORAL"

// temporalConfig is what such a process is told.
type temporalConfig struct {
	Postgres  postgres
	Port      int
	Namespace string
}

// serveTemporal serves until its input ends, which is at the latest when the test's process does.
func serveTemporal(text string) int {
	failed := func(err error) int {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	var cfg temporalConfig
	if err := json.Unmarshal([]byte(text), &cfg); err != nil {
		return failed(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	server, err := devserver.Start(ctx, devserver.Config{
		Database: &devserver.Database{
			State: cfg.Postgres.sql(stateDatabase.name), Visibility: cfg.Postgres.sql(visibilityDatabase.name), HistoryShards: 4,
		},
		// Retention is less than a backup's: the workers are to say so.
		Port: cfg.Port, Namespace: cfg.Namespace, Retention: 72 * time.Hour, Logger: slog.New(slog.NewTextHandler(os.Stderr, nil)),
	})
	if err != nil {
		return failed(err)
	}
	fmt.Println(server.Addr())
	_, _ = io.Copy(io.Discard, os.Stdin)
	if err := server.Stop(); err != nil {
		return failed(err)
	}
	return 0
}

// temporalProcess is a Temporal server in a process of its own.
type temporalProcess struct {
	*process
	t    *testing.T
	cfg  temporalConfig
	said logBook
}

// startTemporal starts a Temporal server that keeps its state in PostgreSQL.
func startTemporal(t *testing.T, db postgres) *temporalProcess {
	t.Helper()
	p := &temporalProcess{t: t, cfg: temporalConfig{Postgres: db, Port: freePort(t), Namespace: "backups"}}
	t.Cleanup(func() {
		if t.Failed() {
			t.Log("Temporal said:\n" + p.said.tail())
		}
	})
	p.start()
	return p
}

// start starts it, for the first time or after it was killed: where it was
// before, so that its clients find it again.
func (p *temporalProcess) start() {
	p.t.Helper()
	began := time.Now()
	text, err := json.Marshal(p.cfg)
	require.NoError(p.t, err)
	binary, err := os.Executable()
	require.NoError(p.t, err)
	cmd := exec.Command(binary)
	cmd.Env = append(os.Environ(), temporalVariable+"="+string(text))
	cmd.Stderr = &p.said
	_, err = cmd.StdinPipe() // open as long as this process lives
	require.NoError(p.t, err)
	out, err := cmd.StdoutPipe()
	require.NoError(p.t, err)
	require.NoError(p.t, cmd.Start())
	answer, _ := bufio.NewReader(out).ReadString('\n')
	p.process = watch(p.t, cmd)
	require.Equal(p.t, p.Addr(), strings.TrimSpace(answer), "the server did not start")
	p.t.Logf("Temporal answers after %v", time.Since(began).Round(time.Millisecond))
}

// Addr is the address of the frontend.
func (p *temporalProcess) Addr() string { return "127.0.0.1:" + strconv.Itoa(p.cfg.Port) }

// Namespace is the namespace that the server registered.
func (p *temporalProcess) Namespace() string { return p.cfg.Namespace }
