package activities

import (
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holdfast/internal/atlassian"
)

// childEnv holds the folder of a child process that is to be killed.
const childEnv = "HOLDFAST_TEST_KILLED"

// killedBench is the shard of the tests with a kill.
func killedBench(t *testing.T, base string) *bench {
	b := newBenchAt(t, base, slice("EE", true, numbers(1, 350)...))
	b.site.padding = 3000
	for _, id := range numbers(1, 20) {
		b.site.attach(id, "a"+id, "content "+id)
	}
	return b
}

// stuck is a site that gets stuck at one attachment, after it has told so by a file.
type stuck struct {
	*shardSite
	at, file string
}

func (s *stuck) Open(ctx context.Context, a atlassian.Attachment, offset int64) (io.ReadCloser, error) {
	if a.ID == s.at {
		hang(s.file)
	}
	return s.shardSite.Open(ctx, a, offset)
}

func hang(file string) {
	_ = os.WriteFile(file, nil, 0o600)
	time.Sleep(time.Minute)
}

// TestKilledChild is no test: TestKilled runs it in a process that it kills.
func TestKilledChild(t *testing.T) {
	t.Parallel()
	base := os.Getenv(childEnv)
	if base == "" {
		t.Skip("runs only as a child of TestKilled")
	}
	b := killedBench(t, base)
	stuckAt := filepath.Join(base, "stuck")
	if filepath.Base(base) == "export" {
		b.site.fail = func(ids []string) error {
			if ids[0] == "201" {
				hang(stuckAt)
			}
			return nil
		}
	}
	key := b.siteKey()
	b.deps.Sites.built[key] = builtSite{b.deps.Sites.built[key].with, &stuck{b.site, "a12", stuckAt}, nil}
	b.export()
	b.compress()
	b.upload()
}

// killStuck runs a test of this binary in a process of its own, with base in the
// environment, and kills it (-9) once it is stuck and done is true: others that
// are under way go on meanwhile.
func killStuck(t *testing.T, env, test, base string, done func() bool) {
	t.Helper()
	child := exec.Command(os.Args[0], "-test.run=^"+test+"$")
	child.Env = append(os.Environ(), env+"="+base)
	require.NoError(t, child.Start())
	require.Eventually(t, func() bool {
		_, err := os.Stat(filepath.Join(base, "stuck"))
		return err == nil && done()
	}, 30*time.Second, 5*time.Millisecond)
	require.NoError(t, child.Process.Kill())
	_ = child.Wait()
}

func TestKilled(t *testing.T) {
	t.Parallel()
	for _, step := range []string{"export", "upload"} {
		t.Run("R4: in "+step, func(t *testing.T) {
			base := filepath.Join(t.TempDir(), step)
			require.NoError(t, os.Mkdir(base, 0o700))
			killStuck(t, childEnv, "TestKilledChild", base, func() bool {
				if step != "upload" {
					return true
				}
				stored, _ := os.ReadDir(filepath.Join(base, "store", "jira-acme", "backups", "jira-acme.20261123T021658Z", "attachments"))
				return len(stored) == 19
			})

			b := killedBench(t, base)
			r := b.all()
			require.Len(t, r.Slices[0].Captured, 350)
			require.Len(t, b.records(r)["EE"], 1+2*350+1+20)
			require.Len(t, b.rows(r), 20)
			for _, id := range numbers(1, 200) {
				require.Zero(t, b.site.asked[id], "id %s was fetched again", id)
			}
			if step == "upload" {
				require.Empty(t, b.site.asked)
				fetched := 0
				for id, n := range b.site.opened {
					fetched += n
					require.True(t, strings.HasPrefix(id, "a"))
				}
				require.LessOrEqual(t, fetched, maxTransfers, "only what was in flight is fetched again")
			}
		})
	}
}
