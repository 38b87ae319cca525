package scratch

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// clock is a clock that only the test moves.
type clock struct{ now time.Time }

func (c *clock) read() time.Time { return c.now }

func open(t *testing.T, root string, c *clock, change ...func(*Options)) *Ledger {
	t.Helper()
	o := Options{Slots: 2, Now: c.read, Free: func(string) (int64, error) { return 1 << 40, nil }}
	for _, f := range change {
		f(&o)
	}
	l, err := Open(root, o)
	require.NoError(t, err)
	t.Cleanup(func() { l.Close() })
	return l
}

func newClock() *clock { return &clock{time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)} }

func key(n int) Key {
	return Key{Backup: "jira-acme.20261123T021658Z", Shard: fmt.Sprint(n), Attempt: 1}
}

func acquire(t *testing.T, l *Ledger, k Key) int {
	t.Helper()
	n, err := l.Acquire(k)
	require.NoError(t, err)
	return n
}

// put writes a file into the folder of a lease and returns its path.
func put(t *testing.T, l *Ledger, n int, k Key) string {
	t.Helper()
	u, err := l.Use(t.Context(), n, k)
	require.NoError(t, err)
	defer u.Done()
	path := filepath.Join(u.Dir, "file")
	require.NoError(t, os.WriteFile(path, []byte("x"), 0o600))
	return path
}

func TestAcquire(t *testing.T) {
	l := open(t, t.TempDir(), newClock())
	a := acquire(t, l, key(1))
	require.Equal(t, a, acquire(t, l, key(1)), "the same shard and attempt get the same slot")
	b := acquire(t, l, key(2))
	require.NotEqual(t, a, b)
	_, err := l.Acquire(key(3))
	require.ErrorIs(t, err, ErrFull)
	require.True(t, IsFull(err))

	path := put(t, l, a, key(1))
	require.NoError(t, l.Release(a, key(1)))
	require.NoFileExists(t, path)
	require.NoError(t, l.Release(a, key(1)), "releasing twice is no error")
	require.ErrorIs(t, l.Touch(a, key(1)), ErrLost)
	_, err = l.Use(t.Context(), a, key(1))
	require.ErrorIs(t, err, ErrLost)
	require.Equal(t, a, acquire(t, l, key(3)))
	require.ErrorIs(t, l.Touch(a, key(1)), ErrLost, "the slot is another's now")
	require.ErrorIs(t, l.Touch(17, key(1)), ErrLost)
}

// TestLeasesThatAreOver states: a worker that was killed and starts again does
// not wait ten minutes for the scratch of work that went on elsewhere.
func TestLeasesThatAreOver(t *testing.T) {
	const first, second = "jira-acme.20261123T021658Z", "jira-acme.20261130T021658Z"
	for _, c := range []struct {
		name         string
		held, wanted Key
		over         bool
	}{
		{"a later attempt at the same shard", Key{first, "1", 1}, Key{first, "1", 2}, true},
		{"an earlier attempt at the same shard", Key{first, "1", 2}, Key{first, "1", 1}, false},
		{"another shard of the same run", Key{first, "1", 1}, Key{first, "2", 2}, false},
		{"a later run of the same policy", Key{first, "1", 1}, Key{second, "2", 1}, true},
		{"an earlier run of the same policy", Key{second, "1", 1}, Key{first, "2", 1}, false},
		{"a later run of another policy", Key{first, "1", 1}, Key{"jira-other.20261130T021658Z", "2", 1}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := open(t, t.TempDir(), newClock(), func(o *Options) { o.Slots = 1 })
			slot := acquire(t, l, c.held)
			path := put(t, l, slot, c.held)
			_, err := l.Acquire(c.wanted)
			if !c.over {
				require.ErrorIs(t, err, ErrFull)
				require.FileExists(t, path)
				return
			}
			require.NoError(t, err)
			require.NoFileExists(t, path)
			require.ErrorIs(t, l.Touch(slot, c.held), ErrLost)
		})
	}
	t.Run("one in use stays", func(t *testing.T) {
		l := open(t, t.TempDir(), newClock(), func(o *Options) { o.Slots = 1 })
		u, err := l.Use(t.Context(), acquire(t, l, Key{first, "1", 1}), Key{first, "1", 1})
		require.NoError(t, err)
		_, err = l.Acquire(Key{first, "1", 2})
		require.ErrorIs(t, err, ErrFull)
		u.Done()
		acquire(t, l, Key{first, "1", 2})
	})
}

func TestLeaseEndsTenMinutesAfterTheLastTouch(t *testing.T) {
	for _, c := range []struct {
		name string
		off  time.Duration
		ends bool
	}{{"one second before", -time.Second, false}, {"at", 0, true}, {"one second after", time.Second, true}} {
		t.Run(c.name, func(t *testing.T) {
			clock := newClock()
			l := open(t, t.TempDir(), clock)
			n := acquire(t, l, key(1))
			clock.now = clock.now.Add(9 * time.Minute)
			require.NoError(t, l.Touch(n, key(1)))
			path := put(t, l, n, key(1))
			clock.now = clock.now.Add(10*time.Minute + c.off)
			require.NoError(t, l.Sweep())
			if c.ends {
				require.NoFileExists(t, path)
				require.ErrorIs(t, l.Touch(n, key(1)), ErrLost)
			} else {
				require.FileExists(t, path)
				require.NoError(t, l.Touch(n, key(1)))
			}
		})
	}
}

func TestLeaseInUseDoesNotEnd(t *testing.T) {
	clock := newClock()
	l := open(t, t.TempDir(), clock)
	n := acquire(t, l, key(1))
	u, err := l.Use(t.Context(), n, key(1))
	require.NoError(t, err)
	clock.now = clock.now.Add(time.Hour)
	require.NoError(t, l.Sweep())
	require.DirExists(t, u.Dir)
	u.Done()
	require.NoError(t, l.Sweep())
	require.DirExists(t, u.Dir, "the end of its use counts as a touch")
	clock.now = clock.now.Add(10 * time.Minute)
	require.NoError(t, l.Sweep())
	require.NoDirExists(t, u.Dir)
}

func TestUseIsOneAtATime(t *testing.T) {
	l := open(t, t.TempDir(), newClock())
	n := acquire(t, l, key(1))
	first, err := l.Use(t.Context(), n, key(1))
	require.NoError(t, err)

	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	_, err = l.Use(ctx, n, key(1))
	require.ErrorIs(t, err, context.DeadlineExceeded)

	second := make(chan error, 1)
	go func() {
		u, err := l.Use(t.Context(), n, key(1))
		if err == nil {
			u.Done()
		}
		second <- err
	}()
	first.Done()
	require.NoError(t, <-second)
}

func TestReleaseShutsOutWhoStillUses(t *testing.T) {
	l := open(t, t.TempDir(), newClock())
	n := acquire(t, l, key(1))
	old, err := l.Use(t.Context(), n, key(1))
	require.NoError(t, err)
	require.NoError(t, l.Release(n, key(1)))
	require.Equal(t, n, acquire(t, l, key(2)))
	require.Error(t, os.WriteFile(filepath.Join(old.Dir, "late"), nil, 0o600), "its folder is gone")
	u, err := l.Use(t.Context(), n, key(2))
	require.NoError(t, err, "the successor does not wait for it")
	old.Done()
	u.Done()
	require.NoError(t, l.Touch(n, key(2)))
}

func TestRestartKeepsFreshLeases(t *testing.T) {
	root, clock := t.TempDir(), newClock()
	l := open(t, root, clock)
	n := acquire(t, l, key(1))
	path := put(t, l, n, key(1))
	queue := l.Queue()
	require.Contains(t, queue, "holdfast-scratch-")
	l.Close()

	clock.now = clock.now.Add(9 * time.Minute)
	l = open(t, root, clock)
	require.Equal(t, queue, l.Queue(), "the queue is the folder's")
	require.FileExists(t, path)
	require.Equal(t, n, acquire(t, l, key(1)))
	l.Close()

	clock.now = clock.now.Add(10 * time.Minute)
	l = open(t, root, clock)
	require.NoFileExists(t, path, "swept at start-up")
	l.Close()
}

func TestRestartClearsRubbish(t *testing.T) {
	root, clock := t.TempDir(), newClock()
	l := open(t, root, clock)
	n := acquire(t, l, key(1))
	path := put(t, l, n, key(1))
	l.Close()
	slotDir := filepath.Dir(filepath.Dir(path))
	require.NoError(t, os.MkdirAll(filepath.Join(slotDir, "ended-x", "raw"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(slotDir, "lease.json.new"), nil, 0o600))
	require.NoError(t, os.MkdirAll(filepath.Join(filepath.Dir(slotDir), "7"), 0o700))
	l = open(t, root, clock)
	require.NoDirExists(t, filepath.Join(slotDir, "ended-x"))
	require.NoFileExists(t, filepath.Join(slotDir, "lease.json.new"))
	require.NoDirExists(t, filepath.Join(filepath.Dir(slotDir), "7"))
	require.FileExists(t, path)
	l.Close()

	lease := filepath.Join(slotDir, "lease.json")
	for name, content := range map[string]string{
		"a damaged record":             `{"key":`,
		"a record that leads away":     `{"key":{"backup":"b","shard":"1","attempt":1},"folder":"../../../x","boot":"` + bootID() + `","touched":"2026-11-23T02:00:00Z"}`,
		"a record of an earlier start": `{"key":{"backup":"b","shard":"1","attempt":1},"folder":"d-x","boot":"another","touched":"2026-11-23T02:00:00Z"}`,
	} {
		t.Run(name, func(t *testing.T) {
			require.NoError(t, os.WriteFile(lease, []byte(content), 0o600))
			l := open(t, root, clock)
			defer l.Close()
			require.NoFileExists(t, lease)
			require.ErrorIs(t, l.Touch(n, Key{"b", "1", 1}), ErrLost)
		})
	}
}

func TestFolderRemovedByHand(t *testing.T) {
	l := open(t, t.TempDir(), newClock())
	n := acquire(t, l, key(1))
	require.NoError(t, os.RemoveAll(filepath.Dir(put(t, l, n, key(1)))))
	require.ErrorIs(t, l.Touch(n, key(1)), ErrLost)
	n = acquire(t, l, key(1))
	require.FileExists(t, put(t, l, n, key(1)))
}

func TestDiskWithoutRoom(t *testing.T) {
	var free int64
	l := open(t, t.TempDir(), newClock(), func(o *Options) {
		o.SlotBytes, o.Free = 1000, func(string) (int64, error) { return free, nil }
	})
	free = 999
	_, err := l.Acquire(key(1))
	require.ErrorIs(t, err, ErrFull)
	require.ErrorContains(t, err, "999 bytes left")
	free = 1000
	acquire(t, l, key(1))
}

func TestIsFull(t *testing.T) {
	f, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("no /dev/full on this system")
	}
	defer f.Close()
	_, err = f.Write([]byte("x"))
	require.True(t, IsFull(fmt.Errorf("write: %w", err)), "ENOSPC")
	require.True(t, IsFull(syscall.EDQUOT))
	require.False(t, IsFull(os.ErrNotExist))
}

// TestHolder is no test: TestPlacesAreNotShared runs it in another process.
func TestHolder(t *testing.T) {
	root := os.Getenv("HOLDFAST_TEST_SCRATCH")
	if root == "" {
		t.Skip("runs only as a child of TestPlacesAreNotShared")
	}
	l, err := Open(root, Options{})
	require.NoError(t, err)
	fmt.Println("queue=" + l.Queue())
	time.Sleep(time.Minute)
}

func TestPlacesAreNotShared(t *testing.T) {
	root := t.TempDir()
	a := open(t, root, newClock())
	b := open(t, root, newClock())
	require.NotEqual(t, a.Dir(), b.Dir())
	require.NotEqual(t, a.Queue(), b.Queue())

	child := exec.Command(os.Args[0], "-test.run=^TestHolder$", "-test.v")
	child.Env = append(os.Environ(), "HOLDFAST_TEST_SCRATCH="+root)
	out, err := child.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, child.Start())
	buf := make([]byte, 4096)
	var said string
	for !strings.Contains(said, "queue=") {
		n, err := out.Read(buf)
		require.NoError(t, err)
		said += string(buf[:n])
	}
	require.NotContains(t, said, a.Queue())
	require.NotContains(t, said, b.Queue())
	require.DirExists(t, filepath.Join(root, "2"))

	require.NoError(t, child.Process.Kill())
	_ = child.Wait()
	c := open(t, root, newClock())
	require.Equal(t, filepath.Join(root, "2"), c.Dir(), "the lock of a killed process is free at once")
	require.Contains(t, said, c.Queue(), "and its queue is taken over")
}

func TestRunSweeps(t *testing.T) {
	l := open(t, t.TempDir(), newClock(), func(o *Options) { o.Idle, o.Now = 50*time.Millisecond, nil })
	n := acquire(t, l, key(1))
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); l.Run(ctx, func(err error) { t.Error(err) }) }()
	require.Eventually(t, func() bool {
		_, err := os.Stat(filepath.Join(l.Dir(), "slots", fmt.Sprint(n), "lease.json"))
		return os.IsNotExist(err)
	}, 5*time.Second, 5*time.Millisecond)
	cancel()
	<-done
}
