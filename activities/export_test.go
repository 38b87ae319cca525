package activities

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"

	"holdfast/internal/atlassian"
	"holdfast/internal/failure"
	"holdfast/internal/store"
)

func requireFailure(t *testing.T, want failure.Type, err error) {
	t.Helper()
	kind, message := failure.Of(err)
	require.Equal(t, want, kind, "%v", err)
	require.NotContains(t, message, "secret")
}

func TestShardIsAccountedFor(t *testing.T) {
	t.Parallel()
	b := newBench(t, slice("EE", true, numbers(1, 250)...), slice("ONE", true, "1001"), slice("NONE", true))
	b.site.gone["7"], b.site.missing["8"], b.site.unaccounted["9"], b.site.unwritten["10"] = true, true, true, true
	b.site.attach("1", "a1", "hello")
	b.site.attach("1001", "a2", "")
	r := b.all()

	require.Len(t, r.Slices, 3)
	ee := r.Slices[0]
	require.Equal(t, "EE", ee.Container)
	require.True(t, ee.Whole)
	require.Len(t, ee.Captured, 246)
	require.Equal(t, []string{"7"}, ee.Gone)
	require.Equal(t, []string{"8", "9", "10"}, ee.Missing)
	require.Equal(t, SliceResult{Container: "ONE", Whole: true, Captured: []string{"1001"}}, r.Slices[1])
	require.Equal(t, SliceResult{Container: "NONE", Whole: true}, r.Slices[2])
	require.Len(t, r.Problems, 4)
	require.Nil(t, r.Rest)

	records := b.records(r)
	require.Equal(t, []string{"project pEE", "issue 1", "comment c1", "user user-EE", "attachment a1", "issue 2"}, records["EE"][:6])
	require.Equal(t, []string{"project pONE", "issue 1001", "comment c1001", "user user-ONE", "attachment a2"}, records["ONE"])
	require.Equal(t, []string{"project pNONE"}, records["NONE"])
	require.Equal(t, 3, r.Counts.Containers)
	require.Equal(t, 247, r.Counts.Items)
	require.Equal(t, len(records["EE"])+5+1, r.Counts.Records)
	require.Equal(t, 1, r.Counts.Gone)
	require.Equal(t, 3, r.Counts.Missing)
	require.Equal(t, 2, r.Counts.Attachments)
	require.EqualValues(t, 5, r.Counts.AttachmentBytes)
	requireOnce(t, b.site.asked, numbers(1, 250))

	require.NoError(t, b.host.Release(t.Context(), b.in))
	_, err := b.host.Export(t.Context(), b.in)
	requireFailure(t, failure.LeaseLost, err)
}

func TestSiteShard(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.in.Shard = ShardRef{ID: SiteShard}
	b.lease(1)
	r := b.all()
	require.Equal(t, map[string][]string{"": {"field summary", "field status"}}, b.records(r))
	require.Equal(t, []string{"site/field.1.0.ndjson.zst"}, b.objects("site/"))
	require.Empty(t, r.Slices)
}

func TestExportGoesOnAfterTheLastWholeChunk(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		class atlassian.Class
		want  failure.Type
	}{
		{atlassian.ClassAway, failure.SiteAway},
		{atlassian.ClassQuota, failure.Quota},
		{atlassian.ClassCredentials, failure.CredentialsRefused},
		{atlassian.ClassSiteGone, failure.SiteGone},
	} {
		t.Run("R4: "+string(c.class), func(t *testing.T) {
			b := newBench(t, slice("EE", true, numbers(1, 250)...), slice("BB", true, numbers(500, 150)...))
			b.site.padding = 3000 // more than a write buffer holds: a part of the broken chunk is on the disk
			b.site.attach("1", "a1", "hello")
			b.site.attach("501", "a2", "hello")
			for _, at := range []string{"101", "500"} {
				b.site.fail = func(ids []string) error {
					if ids[0] == at {
						return siteError(c.class)
					}
					return nil
				}
				_, err := b.host.Export(t.Context(), b.in)
				requireFailure(t, c.want, err)
				b.start()
			}
			b.site.fail = nil
			r := b.all()
			broken := append(numbers(101, 100), numbers(500, 100)...)
			requireOnce(t, b.site.asked, append(numbers(1, 250), numbers(500, 150)...), broken...)
			require.Len(t, r.Slices[0].Captured, 250)
			require.Len(t, r.Slices[1].Captured, 150)
			records := b.records(r)
			require.Len(t, records["EE"], 1+2*250+1+1, "nothing is there twice")
			require.Len(t, records["BB"], 1+2*150+1+1)
			require.Equal(t, 2, r.Counts.Attachments)
		})
	}
}

func TestFinishedExportFetchesNothing(t *testing.T) {
	t.Parallel()
	b := newBench(t, slice("EE", true, numbers(1, 150)...))
	first := b.export()
	b.start()
	require.Equal(t, first, b.export())
	requireOnce(t, b.site.asked, numbers(1, 150))
}

func TestExportOfWhatCanNotBeRead(t *testing.T) {
	t.Parallel()
	t.Run("a container: its items are missing, the others go on", func(t *testing.T) {
		b := newBench(t, slice("EE", true, numbers(1, 20)...), slice("BB", true, "500"))
		b.site.container["EE"] = atlassian.Problem{Kind: "project", ID: "pEE", Key: "EE", Reason: "no permission"}
		r := b.all()
		require.Equal(t, SliceResult{Container: "EE", Missing: numbers(1, 20)}, r.Slices[0])
		require.Equal(t, []string{"500"}, r.Slices[1].Captured)
		require.Equal(t, 21, r.Counts.Missing)
		require.Contains(t, r.Problems[1].Reason, "no permission")
		require.Empty(t, b.site.asked["1"])
		require.Equal(t, 1, r.Counts.Containers)
	})
	t.Run("a chunk that is forbidden", func(t *testing.T) {
		b := newBench(t, slice("EE", true, numbers(1, 250)...))
		b.site.poison["150"] = siteError(atlassian.ClassForbidden)
		r := b.all()
		require.Equal(t, numbers(101, 100), r.Slices[0].Missing)
		require.Len(t, r.Slices[0].Captured, 150)
	})
	for name, poison := range map[string]error{
		"an item whose reply makes no sense": siteError(atlassian.ClassProtocol),
		"an item that is too large":          &atlassian.Error{Class: atlassian.ClassProtocol, Err: atlassian.ErrTooLarge},
	} {
		t.Run(name+" alone is missing", func(t *testing.T) {
			b := newBench(t, slice("EE", true, numbers(1, 250)...))
			b.site.poison["50"] = poison
			r := b.all()
			require.Equal(t, []string{"50"}, r.Slices[0].Missing)
			require.Len(t, r.Slices[0].Captured, 249)
			require.Equal(t, 1, r.Counts.Missing)
			require.Len(t, b.records(r)["EE"], 1+2*249+1, "what was dropped with a chunk, its user too, comes with the next")
		})
	}
}

func TestMinorKindsAreNotMissing(t *testing.T) {
	t.Parallel()
	b := newBench(t, slice("EE", true))
	e := &exporter{kinds: newKindTable(b.site.Kinds()), state: &exportState{}}
	e.problems(atlassian.Container{Key: "EE"}, []atlassian.Problem{{Kind: "vote", ID: "1"}, {Kind: "comment", ID: "2"}, {Kind: "unknown", ID: "3"}})
	require.Equal(t, 2, e.state.Missing)
	require.Len(t, e.state.Problems, 3)
	require.Equal(t, "EE", e.state.Problems[0].Container)
}

func TestExportEndsAtTheLimitOfItsSlot(t *testing.T) {
	t.Parallel()
	b := newBench(t, slice("EE", true, numbers(1, 450)...), slice("BB", true, numbers(500, 150)...))
	b.site.padding = 1000
	b.slot = 600_000 // room for some 250 items of 2 kB
	b.start()
	captured := map[string]int{}
	containers := 0
	shards := 0
	for next := &b.in.Shard; next != nil; shards++ {
		require.Less(t, shards, 10)
		b.in.Shard = *next
		b.lease(1)
		exported := b.export()
		require.LessOrEqual(t, exported.RawBytes, b.slot)
		again := b.export()
		require.Equal(t, exported, again, "a later Export ends at the same place")
		b.compress()
		up := b.upload()
		require.NoError(t, b.verify(up.Object))
		r := b.result(up.Object)
		for _, s := range r.Slices {
			for _, id := range s.Captured {
				captured[id]++
			}
			if s.Whole {
				containers++
			}
		}
		require.Empty(t, r.Problems)
		require.Equal(t, exported.Rest, r.Rest)
		next = r.Rest
		require.NoError(t, b.host.Release(t.Context(), b.in))
	}
	require.Greater(t, shards, 2)
	require.Len(t, captured, 600)
	for id, n := range captured {
		require.Equal(t, 1, n, id)
	}
	require.Equal(t, 2, containers, "each container's own records are captured once")
}

// withholding is a store that is away for the writes of one name.
type withholding struct {
	store.Store
	name string
}

func (w *withholding) Put(ctx context.Context, name string, r io.Reader, cond store.Condition) (store.Object, error) {
	if w.name != "" && strings.Contains(name, w.name) {
		return store.Object{}, errors.New("503")
	}
	return w.Store.Put(ctx, name, r, cond)
}

func TestExportEndsAtTheSamePlaceWhenTheRestCouldNotBeWritten(t *testing.T) {
	t.Parallel()
	b := newBench(t, slice("EE", true, numbers(1, 450)...))
	away := &withholding{Store: b.store, name: "000-000r1"}
	b.store, b.site.padding, b.slot = away, 1000, 600_000
	b.start()
	_, err := b.host.Export(t.Context(), b.in)
	requireFailure(t, failure.StoreAway, err)
	done := len(b.site.asked)

	away.name, b.slot = "", 100_000_000 // the worker comes back with larger slots
	b.start()
	exported := b.export()
	require.NotNil(t, exported.Rest)
	require.Equal(t, done, len(b.site.asked))
	var rest ShardList
	d := openRunDir(b.store, b.in.Run)
	require.NoError(t, d.read(t.Context(), d.shard(*exported.Rest), &rest))
	require.Equal(t, 450, exported.Items+len(rest.Slices[0].IDs))
}

func TestLeaseThatEndsInTheMiddle(t *testing.T) {
	t.Parallel()
	b := newBench(t, slice("EE", true, numbers(1, 250)...))
	b.site.fail = func(ids []string) error {
		if ids[0] == "101" {
			return errors.Join(b.host.Release(t.Context(), b.in), siteError(atlassian.ClassAway))
		}
		return nil
	}
	_, err := b.host.Export(t.Context(), b.in)
	requireFailure(t, failure.LeaseLost, err)
}

func TestItemLargerThanTheSlotIsMissing(t *testing.T) {
	t.Parallel()
	b := newBench(t, slice("EE", false, numbers(1, 3)...))
	b.site.padding = 100_000
	b.slot = 50_000
	b.start()
	r := b.all()
	require.Equal(t, numbers(1, 3), r.Slices[0].Missing)
	require.Contains(t, r.Problems[0].Reason, "larger")
}

// fill makes every write to a file of the scratch fail for want of room, and
// returns what empties the disk again.
func fill(t *testing.T, path string) (empty func()) {
	t.Helper()
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("no /dev/full on this system")
	}
	require.NoError(t, os.Symlink("/dev/full", path))
	return func() { removeFile(t, path) }
}

func TestFullScratchDisk(t *testing.T) {
	t.Parallel()
	b := newBench(t, slice("EE", true, numbers(1, 250)...))
	b.site.padding = 3000
	b.site.attach("1", "a1", "hello")
	empty := fill(t, rawPath(b.scratchDir(), 0))
	_, err := b.host.Export(t.Context(), b.in)
	requireFailure(t, failure.ScratchFull, err)
	empty()
	b.export()

	fill(t, zstPath(b.scratchDir(), 0)+".partial")
	_, err = b.host.Compress(t.Context(), b.in)
	requireFailure(t, failure.ScratchFull, err)
	_ = os.Remove(zstPath(b.scratchDir(), 0) + ".partial")
	b.compress()

	empty = fill(t, filepath.Join(b.scratchDir(), indexFile))
	_, err = b.host.Upload(t.Context(), b.in)
	requireFailure(t, failure.ScratchFull, err)
	empty()
	up := b.upload()
	require.NoError(t, b.verify(up.Object))
	require.Equal(t, 1, b.site.opened["a1"])
}

func TestDamagedScratchBeginsAnew(t *testing.T) {
	t.Parallel()
	for name, damage := range map[string]func(t *testing.T, dir string){
		"progress": func(t *testing.T, dir string) {
			require.NoError(t, os.WriteFile(filepath.Join(dir, exportFile), []byte("{"), 0o600))
		},
		"a segment cut short": func(t *testing.T, dir string) { require.NoError(t, os.Truncate(rawPath(dir, 0), 100)) },
		"a segment removed":   func(t *testing.T, dir string) { removeFile(t, rawPath(dir, 0)) },
		"the list cut short": func(t *testing.T, dir string) {
			require.NoError(t, os.Truncate(filepath.Join(dir, attachmentsFile), 1))
		},
		"the folder removed": func(t *testing.T, dir string) { require.NoError(t, os.RemoveAll(dir)) },
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, slice("EE", true, numbers(1, 250)...))
			b.site.attach("1", "a1", "hello")
			b.site.fail = func(ids []string) error {
				if ids[0] == "101" {
					return siteError(atlassian.ClassAway)
				}
				return nil
			}
			_, err := b.host.Export(t.Context(), b.in)
			requireFailure(t, failure.SiteAway, err)
			b.site.fail = nil
			damage(t, b.scratchDir())
			_, err = b.host.Export(t.Context(), b.in)
			requireFailure(t, failure.LeaseLost, err)
			b.lease(2)
			require.Len(t, b.all().Slices[0].Captured, 250)
		})
	}
}

func TestCancelledExport(t *testing.T) {
	t.Parallel()
	b := newBench(t, slice("EE", true, numbers(1, 250)...))
	ctx, cancel := context.WithCancel(t.Context())
	b.site.fail = func(ids []string) error {
		if ids[0] == "101" {
			cancel()
			return siteError(atlassian.ClassAway)
		}
		return nil
	}
	_, err := b.host.Export(ctx, b.in)
	require.ErrorIs(t, err, context.Canceled)
	kind, _ := failure.Of(err)
	require.Empty(t, kind)
	b.site.fail = nil
	b.export()
	requireOnce(t, b.site.asked, numbers(1, 100))
}

func TestStoppingWorkerEndsAfterAChunk(t *testing.T) {
	t.Parallel()
	b := newBench(t, slice("EE", true, numbers(1, 250)...))
	var suite testsuite.WorkflowTestSuite
	env := suite.NewTestActivityEnvironment()
	env.RegisterActivity(b.host)
	stop := make(chan struct{})
	env.SetWorkerStopChannel(stop)
	b.site.fail = func(ids []string) error {
		if ids[0] == "101" {
			close(stop)
		}
		return nil
	}
	_, err := env.ExecuteActivity(b.host.Export, b.in)
	var app *temporal.ApplicationError
	require.True(t, errors.As(err, &app), "%v", err)
	require.Equal(t, "Stopping", app.Type())
	require.False(t, app.NonRetryable())

	b.site.fail = nil
	env = suite.NewTestActivityEnvironment()
	env.RegisterActivity(b.host)
	value, err := env.ExecuteActivity(b.host.Export, b.in)
	require.NoError(t, err)
	var r ExportResult
	require.NoError(t, value.Get(&r))
	require.Equal(t, 250, r.Items)
	requireOnce(t, b.site.asked, numbers(1, 250))
}
