package secretfile

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestUpdate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "secrets.json")
	f := New(path, "credentials")
	taken := []string{}
	take := func(content []byte) error {
		if content == nil {
			taken = append(taken, "absent")
			return nil
		}
		taken = append(taken, string(content))
		return nil
	}
	write := func(content string, at time.Time) {
		require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
		require.NoError(t, os.Chtimes(path, at, at))
	}
	start := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	require.NoError(t, f.Update(take))
	require.Equal(t, []string{"absent"}, taken)
	write("one", start)
	require.NoError(t, f.Update(take))
	require.NoError(t, f.Update(take), "it has not changed")
	require.Equal(t, []string{"absent", "one"}, taken)
	write("two", start.Add(time.Second))
	refused := errors.New("no")
	require.ErrorIs(t, f.Update(func([]byte) error { return refused }), refused)
	require.NoError(t, f.Update(take), "what was refused is looked at again")
	require.Equal(t, []string{"absent", "one", "two"}, taken)
	write("", start.Add(2*time.Second))
	require.NoError(t, f.Update(take))
	require.Equal(t, []string{"absent", "one", "two", ""}, taken, "an empty file is there")

	for _, mode := range []os.FileMode{0o640, 0o604, 0o620} {
		require.NoError(t, os.Chmod(path, mode))
		require.ErrorContains(t, f.Update(take), "chmod 600")
	}
	require.NoError(t, os.Remove(path))
	require.NoError(t, f.Update(take))
	require.Equal(t, "absent", taken[len(taken)-1])
}
