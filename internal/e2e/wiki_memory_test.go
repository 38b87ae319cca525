package e2e

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holdfast/internal/backup"
	"holdfast/internal/samplesite"
)

// TestMemoryOfALargeSpace measures the peak memory of a worker process that backs
// up one space of 20,000 pages with their history, and one of 2,000.
//
// How much garbage a process has when it has most is chance, and more work is more
// chances. So what the two are compared by is measured with a soft limit for the Go
// runtime (GOMEMLIMIT) that is below what either takes without: the collector then
// keeps hardly any garbage, and what grew with the space would show.
func TestMemoryOfALargeSpace(t *testing.T) {
	long(t)
	if raceDetector() {
		t.Skip("the race detector's own memory is not the worker's")
	}
	require.Less(t, peakOfSpace(t, 20_000), int64(256<<20))
	t.Setenv("GOMEMLIMIT", "64MiB") // worker processes inherit it
	small, large := peakOfSpace(t, 2_000), peakOfSpace(t, 20_000)
	require.InEpsilon(t, small, large, 0.10, "peak memory at 20,000 pages against 2,000")
}

// peakOfSpace is the peak memory, in bytes, of a worker that backs up a space of so many pages.
func peakOfSpace(t *testing.T, pages int) int64 {
	t.Helper()
	s := setUp(t, samplesite.Config{Rate: fast, Wiki: samplesite.LargeSpace(pages)}).of(backup.Confluence)
	s.plain = true
	w := s.startWorker("scratch")
	s.createPolicy()
	start := time.Now()
	row := s.run()
	took := time.Since(start)
	require.Equal(t, backup.Complete, row.Status, row.Reason)
	require.GreaterOrEqual(t, row.Counts.Items, pages)
	peak := w.peakMemory(t)
	t.Logf("%d pages, %d records of %d MiB: %v, peak memory %.1f MiB, GOMEMLIMIT=%s", row.Counts.Items, row.Counts.Records, row.Counts.RawBytes>>20,
		took.Round(time.Second), float64(peak)/(1<<20), os.Getenv("GOMEMLIMIT"))
	w.kill()
	return peak
}

var highWater = regexp.MustCompile(`VmHWM:\s+(\d+) kB`)

// peakMemory is the most memory that the process has had so far, in bytes (VmHWM of proc(5)).
func (p *process) peakMemory(t *testing.T) int64 {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	require.NoError(t, err)
	m := highWater.FindSubmatch(status)
	require.NotNil(t, m)
	n, err := strconv.ParseInt(string(m[1]), 10, 64)
	require.NoError(t, err)
	return n << 10
}
