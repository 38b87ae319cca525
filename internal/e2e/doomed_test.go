package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holdfast/activities"
	"holdfast/internal/atlassian"
	"holdfast/internal/cluster"
	"holdfast/internal/host"
	"holdfast/internal/store"
	"holdfast/internal/store/dir"
	"holdfast/internal/store/storetest"
)

// doomedVariable is the environment variable that makes the test's binary a host
// that is killed (-9) at a certain step of its work with the store.
const doomedVariable = "HOLDFAST_E2E_DOOMED"

// doom is where a host is killed.
type doom struct {
	Method storetest.Method
	// Name is part of the object's name.
	Name string
	// Nth is which of the calls that match it is, from 0.
	Nth int32
	// After says that the call has taken place, rather than not. In the midst of a
	// Read or a Put it is killed once some bytes have passed.
	After bool
}

func (d doom) String() string {
	when := "before"
	if d.After {
		when = "after"
	}
	return fmt.Sprintf("%s %s %d of %s", when, d.Method, d.Nth, d.Name)
}

// doomedConfig is what such a process is told.
type doomedConfig struct {
	Address, Namespace, Store, Scratch, Email, Token string
	Doom                                             doom
}

// serveDoomed works until its input ends, or its doom comes.
func serveDoomed(text string) int {
	failed := func(err error) int {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	var cfg doomedConfig
	if err := json.Unmarshal([]byte(text), &cfg); err != nil {
		return failed(err)
	}
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	ctx := context.Background()
	c, _, err := cluster.Dial(ctx, cluster.Options{Address: cfg.Address, Namespace: cfg.Namespace, Logger: log})
	if err != nil {
		return failed(err)
	}
	defer c.Close()
	s, err := dir.Open(cfg.Store)
	if err != nil {
		return failed(err)
	}
	h, err := host.Start(ctx, host.Config{
		Client: c, Store: &doomedStore{Store: s, doom: cfg.Doom}, Scratch: cfg.Scratch, Slots: 4, Installation: "e2e", Log: log,
		Sites: activities.NewSites(activities.SitesConfig{
			Credentials: atlassian.StaticCredentials(map[string]atlassian.Credential{credential: {Name: credential, Email: cfg.Email, Token: cfg.Token}}),
			Client:      atlassian.Config{Logger: log},
		}),
	})
	if err != nil {
		return failed(err)
	}
	_, _ = io.Copy(io.Discard, os.Stdin)
	if err := h.Stop(); err != nil {
		return failed(err)
	}
	return 0
}

// startDoomed starts a host that is killed there.
func (s *stack) startDoomed(d doom) *process {
	s.t.Helper()
	self, err := os.Executable()
	require.NoError(s.t, err)
	cfg, err := json.Marshal(doomedConfig{
		Address: s.server.Addr(), Namespace: s.server.Namespace(), Store: filepath.Join(s.folder, "store"),
		Scratch: filepath.Join(s.folder, "scratch-doomed"), Email: s.site.Email(), Token: s.site.Token(), Doom: d,
	})
	require.NoError(s.t, err)
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), doomedVariable+"="+string(cfg))
	cmd.Stdout, cmd.Stderr = s.log, s.log
	_, err = cmd.StdinPipe() // open until the test ends
	require.NoError(s.t, err)
	require.NoError(s.t, cmd.Start())
	return watch(s.t, cmd)
}

// doomedStore kills its process.
type doomedStore struct {
	store.Store
	doom doom
	seen atomic.Int32
}

// due reports whether this call is the one.
func (s *doomedStore) due(m storetest.Method, name string) bool {
	return m == s.doom.Method && strings.Contains(name, s.doom.Name) && s.seen.Add(1)-1 == s.doom.Nth
}

func die() { _ = syscall.Kill(os.Getpid(), syscall.SIGKILL); select {} }

// around does a call, and dies before or after it where it is the one.
func (s *doomedStore) around(m storetest.Method, name string, do func() (store.Object, error)) (store.Object, error) {
	due := s.due(m, name)
	if due && !s.doom.After {
		die()
	}
	o, err := do()
	if due {
		die()
	}
	return o, err
}

func (s *doomedStore) Put(ctx context.Context, name string, r io.Reader, cond store.Condition) (store.Object, error) {
	if s.due(storetest.Read, name) { // in the midst of a Put
		r = &dyingReader{r}
	}
	return s.around(storetest.Put, name, func() (store.Object, error) { return s.Store.Put(ctx, name, r, cond) })
}

func (s *doomedStore) Copy(ctx context.Context, src, dst string, cond store.Condition) (store.Object, error) {
	return s.around(storetest.Copy, dst, func() (store.Object, error) { return s.Store.Copy(ctx, src, dst, cond) })
}

func (s *doomedStore) Compose(ctx context.Context, srcs []string, dst string, cond store.Condition) (store.Object, error) {
	return s.around(storetest.Compose, dst, func() (store.Object, error) { return s.Store.Compose(ctx, srcs, dst, cond) })
}

func (s *doomedStore) Delete(ctx context.Context, name string, generation int64) error {
	_, err := s.around(storetest.Delete, name, func() (store.Object, error) { return store.Object{}, s.Store.Delete(ctx, name, generation) })
	return err
}

// dyingReader dies once some bytes have passed.
type dyingReader struct{ io.Reader }

func (r *dyingReader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p[:min(len(p), 512)])
	if n > 0 {
		r.Reader = deadly{}
	}
	return n, err
}

type deadly struct{}

func (deadly) Read([]byte) (int, error) { die(); return 0, io.EOF }

// lives reports whether the process has not ended after d.
func (p *process) lives(d time.Duration) bool {
	select {
	case <-p.ended:
		return false
	case <-time.After(d):
		return true
	}
}

// requireDead waits until the host was killed by its store.
func (p *process) requireDead(t *testing.T) {
	t.Helper()
	require.False(t, p.lives(5*time.Minute), "nothing came to where it is killed")
	status, ok := p.cmd.ProcessState.Sys().(syscall.WaitStatus)
	require.True(t, ok && status.Signaled() && status.Signal() == syscall.SIGKILL, "it ended as %v", p.cmd.ProcessState)
}
