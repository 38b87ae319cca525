package e2e

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holdfast/internal/backup"
)

// TestDrainInMidRun states: a worker that is asked to end in the middle of a run
// ends by itself and in peace, another one goes on, nothing that was finished is
// done again, and the disk that it held is free for the next start.
func TestDrainInMidRun(t *testing.T) {
	t.Parallel()
	s := setUp(t, killSite())
	s.limits.Cadence = time.Nanosecond
	drained := s.startWorker("scratch-a", "--drain-timeout", "20s")
	s.createPolicy()
	id := s.begin().ID
	// All shards that are under way lie on its disk; then it is no longer alone.
	require.Eventually(t, func() bool { return len(s.files("scratch-a", "slots/*/d-*/*")) > 2 }, time.Minute, 5*time.Millisecond)
	other := s.startWorker("scratch-b")

	asked := time.Now()
	require.NoError(t, drained.cmd.Process.Signal(syscall.SIGTERM))
	select {
	case <-drained.ended:
	case <-time.After(25 * time.Second):
		t.Fatal("it goes on for longer than --drain-timeout")
	}
	t.Logf("drained in %v", time.Since(asked).Round(time.Millisecond))
	require.Zero(t, drained.cmd.ProcessState.ExitCode())
	require.Equal(t, backup.InProgress, s.row(id).Status, "the run is not over")

	row := s.finish(id)
	require.Equal(t, backup.Complete, row.Status, row.Reason)
	s.requireVerified(id)
	s.requireEqualToSite(id)
	s.requireNoFileTooMany(id)
	s.requireNoFinishedShardExportedAgain(id)
	require.NotEmpty(t, s.files("scratch-b", "slots/*"), "the other did the rest")

	other.kill()
	s.startWorker("scratch-a")
	require.Equal(t, backup.Complete, s.run().Status)
	require.Empty(t, s.files("scratch-a", "slots/*/d-*"), "what it left there was cleared, and the new run's too")
	require.NoDirExists(t, filepath.Join(s.folder, "scratch-a", "1"), "its folder was free")
}

// files are what there is on a worker's first scratch folder, by a pattern below it.
func (s *stack) files(scratch, pattern string) []string {
	s.t.Helper()
	found, err := filepath.Glob(filepath.Join(s.folder, scratch, "0", filepath.FromSlash(pattern)))
	require.NoError(s.t, err)
	_, err = os.Stat(filepath.Join(s.folder, scratch))
	require.NoError(s.t, err)
	return found
}
