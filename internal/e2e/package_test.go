package e2e

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holdfast/internal/archive"
	"holdfast/internal/backup"
	"holdfast/internal/message"
	"holdfast/internal/samplesite"
	"holdfast/internal/samplesite/content"
)

// packageSite is a site whose backup is more than size bytes of attachments.
func packageSite(size int64) samplesite.Config {
	const files = 20
	spec := content.Spec{Seed: 5, Attachments: 30, Projects: []content.ProjectSpec{{Key: "EE", Issues: 200}}}
	for n := range files {
		spec.Issues = append(spec.Issues, content.IssueSpec{
			Key: fmt.Sprintf("EE-%d", 1+9*n), Attachments: []content.FileSpec{{Name: fmt.Sprintf("dump %d, größer.bin", n), Size: size/files + 1}},
		})
	}
	return samplesite.Config{Rate: fast, Content: spec}
}

// TestLargePackage prepares a download of 5 GiB with a worker process that is killed
// in the middle of it and started again, and opens it with what every system has.
// The memory of the workers is measured.
func TestLargePackage(t *testing.T) {
	long(t)
	if raceDetector() {
		t.Skip("the race detector's own memory is not the worker's")
	}
	const size = int64(5 << 30)
	for _, tool := range []string{"unzip", "funzip", "python3", "zstd", "sha256sum"} {
		if _, err := exec.LookPath(tool); err != nil {
			if os.Getenv("HOLDFAST_REQUIRE_SHARED") != "" {
				t.Fatalf("%s is not installed: %v", tool, err)
			}
			t.Skipf("%s is not installed: %v", tool, err)
		}
	}
	s := setUp(t, packageSite(size))
	s.plain = true
	worker := s.startWorker("scratch")
	s.createPolicy()
	row := s.run()
	require.Equal(t, backup.Complete, row.Status, row.Reason)
	capturing := worker.peakMemory(t)
	worker.kill()
	worker = s.startWorker("scratch") // so that the memory is that of packaging

	start := time.Now()
	_, err := message.PrepareDownload.Call(s.ctx(), s.client, message.PolicyID(s.policy), message.PrepareDownloadInput{RequestID: "download", BackupID: row.ID, By: "tester"})
	require.NoError(t, err)
	parts := archive.PackageParts(s.policy, row.ID, 1)
	stored := func() (n int, bytes int64) {
		for o, err := range s.store.List(s.ctx(), parts) {
			require.NoError(t, err)
			n, bytes = n+1, bytes+o.Size
		}
		return n, bytes
	}
	require.Eventually(t, func() bool { _, b := stored(); return b >= size/2 }, 10*time.Minute, 20*time.Millisecond)
	first := worker.peakMemory(t)
	worker.kill()
	before := map[string]time.Time{}
	for o, err := range s.store.List(s.ctx(), parts) {
		require.NoError(t, err)
		info, err := os.Stat(s.path(o.Name))
		require.NoError(t, err)
		before[o.Name] = info.ModTime()
	}
	require.NotEmpty(t, before)
	worker = s.startWorker("scratch")
	kept := 0
	require.Eventually(t, func() bool {
		n, _ := stored()
		return n > len(before) || s.row(row.ID).Download.Status != backup.Preparing
	}, 10*time.Minute, 10*time.Millisecond)
	for name, at := range before {
		if info, err := os.Stat(s.path(name)); err == nil && info.ModTime().Equal(at) {
			kept++
		}
	}
	require.Equal(t, len(before), kept, "whole parts are not made again")
	s.eventuallyFor(10*time.Minute, row.ID, func(c *assertT, row backup.Backup) {
		require.Equal(c, backup.Ready, row.Download.Status, row.Download.Reason)
	})
	second := worker.peakMemory(t)
	download := s.row(row.ID).Download
	t.Logf("a package of %d MiB in %v, killed when %d parts and their records were there; peak memory %.1f and %.1f MiB (%.1f while capturing)",
		download.Size>>20, time.Since(start).Round(time.Second), len(before)/2, mib(first), mib(second), mib(capturing))
	require.Less(t, first, int64(256<<20))
	require.Less(t, second, int64(256<<20))
	worker.kill()

	path := s.path(archive.PackageName(s.policy, row.ID, 1))
	f, err := os.Open(path)
	require.NoError(t, err)
	defer f.Close()
	s.requirePackage(f, download.Size)
	n, _ := stored()
	require.Zero(t, n, "parts are deleted")
	require.NoError(t, os.RemoveAll(s.backupFolder(row.ID))) // room for what is extracted
	s.requireOpensWithTools(path)
}

func mib(bytes int64) float64 { return float64(bytes) / (1 << 20) }

// eventuallyFor is eventually with more patience.
func (s *stack) eventuallyFor(patience time.Duration, id string, holds func(c *assertT, row backup.Backup)) {
	s.t.Helper()
	require.EventuallyWithT(s.t, func(c *assertT) { holds(c, s.row(id)) }, patience, 100*time.Millisecond)
}

// TestPackageInABucket prepares a download of 256 MiB in an emulated bucket; the
// memory of the worker is measured.
func TestPackageInABucket(t *testing.T) {
	long(t)
	if raceDetector() {
		t.Skip("the race detector's own memory is not the worker's")
	}
	const size = int64(256 << 20)
	s := setUp(t, packageSite(size))
	s.openBucket()
	s.plain = true
	worker := s.startWorker("scratch")
	s.createPolicy()
	row := s.run()
	require.Equal(t, backup.Complete, row.Status, row.Reason)
	start := time.Now()
	row = s.prepare(row.ID)
	t.Logf("a package of %d MiB in %v, peak memory %.1f MiB", row.Download.Size>>20, time.Since(start).Round(time.Millisecond), mib(worker.peakMemory(t)))
	require.Less(t, worker.peakMemory(t), int64(256<<20))
	r, err := s.store.Get(s.ctx(), archive.PackageName(s.policy, row.ID, 1), 0, -1)
	require.NoError(t, err)
	defer r.Close()
	path := filepath.Join(t.TempDir(), "backup.zip")
	f, err := os.Create(path)
	require.NoError(t, err)
	defer f.Close()
	_, err = io.Copy(f, r)
	require.NoError(t, err)
	s.requirePackage(f, row.Download.Size)
}

// requireOpensWithTools opens a package with unzip, Python, funzip, sha256sum and zstd.
func (s *stack) requireOpensWithTools(path string) {
	t := s.t
	t.Helper()
	script := func(dir, text string) string {
		t.Helper()
		cmd := exec.Command("bash", "-euo", "pipefail", "-c", text)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "PACKAGE="+path, "LC_ALL=C.UTF-8")
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		require.NoError(t, err, "%s\n%s", text, stderr.String())
		return strings.TrimSpace(string(out))
	}
	require.Contains(t, script("/", `funzip "$PACKAGE"`), s.policy, "funzip prints the README")
	check := func(dir string) {
		t.Helper()
		script(dir, `sha256sum --check --strict --quiet SHA256SUMS`)
		script(dir, `find . -name '*.zst' -print0 | xargs -0 zstd -q -t`)
	}
	listed := script("/", `unzip -Z1 "$PACKAGE" | LC_ALL=C sort`)
	for tool, text := range map[string]string{
		"unzip":  `unzip -q "$PACKAGE"`,
		"python": `python3 -c 'import os, zipfile; z = zipfile.ZipFile(os.environ["PACKAGE"]); assert z.testzip() is None; z.extractall()'`,
	} {
		dir := filepath.Join(t.TempDir(), tool)
		require.NoError(t, os.Mkdir(dir, 0o755))
		script(dir, text)
		check(dir)
		require.Equal(t, listed, script(dir, `find . -type f -printf '%P\n' | LC_ALL=C sort`), tool)
		require.NoError(t, os.RemoveAll(dir))
	}
	require.Equal(t, listed, script("/", `python3 -c 'import os, zipfile; print("\n".join(zipfile.ZipFile(os.environ["PACKAGE"]).namelist()))' | LC_ALL=C sort`))
	require.Equal(t, fmt.Sprint(len(strings.Split(listed, "\n"))-1), script("/", `unzip -p "$PACKAGE" SHA256SUMS | wc -l`), "all but SHA256SUMS itself")
}
