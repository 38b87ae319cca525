package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"holdfast/internal/cluster"
)

// asHoldfast in the environment makes the test binary be holdfast itself: the
// program under test runs as a process of its own, without building it twice.
const asHoldfast = "HOLDFAST_TEST_AS_HOLDFAST"

func TestMain(m *testing.M) {
	if os.Getenv(asHoldfast) != "" {
		main()
	}
	os.Exit(m.Run())
}

// devProcess is a `holdfast dev` in a process of its own.
type devProcess struct {
	t     *testing.T
	cmd   *exec.Cmd
	out   string // file
	ended chan struct{}
}

// startDevProcess starts `holdfast dev` and does not wait for it.
func startDevProcess(t *testing.T, flags ...string) *devProcess {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	p := &devProcess{t: t, out: filepath.Join(t.TempDir(), "out"), ended: make(chan struct{})}
	out, err := os.Create(p.out)
	require.NoError(t, err)
	defer out.Close()
	log, err := os.OpenFile(p.out+".log", os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	require.NoError(t, err)
	defer log.Close()
	p.cmd = exec.Command(self, append([]string{"dev", "-o", "json"}, flags...)...)
	p.cmd.Env = append(os.Environ(), asHoldfast+"=1")
	p.cmd.Stdout, p.cmd.Stderr = out, log
	require.NoError(t, p.cmd.Start())
	go func() {
		defer close(p.ended)
		_ = p.cmd.Wait()
	}()
	t.Cleanup(func() {
		p.kill()
		if t.Failed() {
			t.Logf("%s", p.log())
		}
	})
	return p
}

// ready waits until it says where it is, and connects to it.
func (p *devProcess) ready() (devBegun, client.Client) {
	p.t.Helper()
	var begun devBegun
	require.Eventually(p.t, func() bool {
		select {
		case <-p.ended:
			require.FailNow(p.t, "dev has ended", "%s", p.log())
		default:
		}
		data, err := os.ReadFile(p.out)
		return err == nil && json.Unmarshal(data, &begun) == nil
	}, time.Minute, 20*time.Millisecond)
	c, _, err := cluster.Dial(p.t.Context(), cluster.Options{Address: begun.Temporal})
	require.NoError(p.t, err)
	p.t.Cleanup(c.Close)
	return begun, c
}

// kill ends the process at once, as a loss of power would.
func (p *devProcess) kill() {
	_ = p.cmd.Process.Kill()
	<-p.ended
}

func (p *devProcess) log() string {
	data, err := os.ReadFile(p.out + ".log")
	if err != nil {
		return fmt.Sprint(err)
	}
	return string(data)
}

// freePort is a port that nobody listens on.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	return strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
}

// runUntil runs the program until it has said enough, and interrupts it.
func runUntil(t *testing.T, enough func(said string) bool, args ...string) result {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.Command(self, args...)
	cmd.Env = append(os.Environ(), asHoldfast+"=1")
	pipe, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	defer func() { _ = cmd.Process.Kill() }()
	var said strings.Builder
	for lines := bufio.NewScanner(pipe); !enough(said.String()) && lines.Scan(); {
		fmt.Fprintln(&said, lines.Text())
	}
	require.NoError(t, cmd.Process.Signal(os.Interrupt))
	_ = cmd.Wait()
	return result{code: cmd.ProcessState.ExitCode(), out: said.String()}
}
