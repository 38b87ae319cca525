package scratch

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestUsage(t *testing.T) {
	l := open(t, t.TempDir(), newClock())
	before, err := l.Usage()
	require.NoError(t, err)
	require.Equal(t, Usage{Slots: 2, UsedBytes: before.UsedBytes, FreeBytes: 1 << 40}, before)

	n := acquire(t, l, key(1))
	require.NoError(t, os.WriteFile(put(t, l, n, key(1)), make([]byte, 1000), 0o600))
	after, err := l.Usage()
	require.NoError(t, err)
	require.Equal(t, 1, after.Leased)
	require.GreaterOrEqual(t, after.UsedBytes, before.UsedBytes+1000)
	require.Less(t, after.UsedBytes, before.UsedBytes+2000)
}

func TestProbe(t *testing.T) {
	root := t.TempDir()
	l := open(t, root, newClock())
	require.NoError(t, l.Probe())
	require.NoFileExists(t, filepath.Join(l.Dir(), "probe"))
	// A folder that is gone stands for a disk that refuses: root may write everywhere else.
	require.NoError(t, os.RemoveAll(l.Dir()))
	require.ErrorContains(t, l.Probe(), "look at its disk and permissions")
}
