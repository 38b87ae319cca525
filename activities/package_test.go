package activities

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"holdfast/internal/archive"
	"holdfast/internal/backup"
	"holdfast/internal/failure"
	"holdfast/internal/store"
	"holdfast/internal/store/storetest"
)

// packageBench is a sealed backup of which packages are made.
type packageBench struct {
	*recordedRun
	in PackageInput
}

func newPackageBench(t testing.TB) *packageBench {
	r := newRecordedRun(t)
	sealed, err := r.seal(r.store)
	require.NoError(t, err)
	row := backup.Backup{
		ID: r.in.Run.BackupID, Status: sealed.Status, Reason: sealed.Reason, StartedAt: runStart, Counts: sealed.Counts,
		Download: &backup.Download{Number: 1, Status: backup.Preparing},
	}
	return &packageBench{r, PackageInput{Policy: r.in.Run.Policy, Backup: row}}
}

func (b *packageBench) clone(t testing.TB) *packageBench {
	return &packageBench{b.recordedRun.clone(t), b.in}
}

// smallParts makes four parts of the package of the tests.
func smallParts(total int64) int64 { return total/4 + 1 }

// make packages with small parts.
func (b *packageBench) make(ctx context.Context, s store.Store) (PackageResult, error) {
	p := &packager{store: markStore(s), in: b.in, beat: startPulse(ctx), partSize: smallParts}
	if err := p.check(); err != nil {
		return PackageResult{}, err
	}
	result, err := p.run(ctx)
	return result, packageFailed(err)
}

func (b *packageBench) name() string {
	return archive.PackageName(b.in.Policy.ID, b.in.Backup.ID, b.in.Backup.Download.Number)
}

// content is the package as it is in the store.
func (b *packageBench) content() []byte {
	b.t.Helper()
	data, err := store.ReadAll(b.t.Context(), b.store, b.name(), 1<<30)
	require.NoError(b.t, err)
	return data
}

// made asserts that the package is there, whole, and nothing else beside the backup.
func (b *packageBench) made(result PackageResult) []byte {
	b.t.Helper()
	data := b.content()
	sum := sha256.Sum256(data)
	require.Equal(b.t, PackageResult{Size: int64(len(data)), SHA256: hex.EncodeToString(sum[:])}, result)
	for name := range b.objects() {
		require.True(b.t, strings.HasPrefix(name, b.path()) || name == b.name(), name)
	}
	v, err := archive.VerifyPackage(b.t.Context(), bytes.NewReader(data), int64(len(data)), archive.VerifyOptions{})
	require.NoError(b.t, err)
	require.True(b.t, v.OK(), "%v", v.Problems)
	return data
}

func TestPackageL1(t *testing.T) {
	t.Parallel()
	b := newPackageBench(t)
	a := New(Deps{Store: b.store, Installation: "here"})
	result, err := a.Package(t.Context(), b.in)
	require.NoError(t, err)
	data := b.made(result)
	require.Contains(t, string(data[:200]), "This is a backup of Jira")

	again, err := a.Package(t.Context(), b.in)
	require.NoError(t, err, "one that is there already")
	require.Equal(t, result, again)

	require.NoError(t, os.Remove(filepath.Join(b.root, b.name())))
	parted, err := b.make(t.Context(), b.store)
	require.NoError(t, err)
	require.Equal(t, result, parted, "it does not depend on the size of the parts")
}

func TestPackageL2TooBig(t *testing.T) {
	t.Parallel()
	b := newPackageBench(t)
	result, err := b.make(t.Context(), b.store)
	require.NoError(t, err)
	require.NoError(t, remove(t.Context(), b.store, b.name()))
	before := b.objects()
	for _, test := range []struct {
		name  string
		limit int64
		gets  int64 // of the backup's objects, at most
		size  int64 // that is refused; 0: none is
	}{
		{"L2: the package has as many bytes as it may", result.Size, 1000, 0},
		{"L2: the package has a byte more", result.Size - 1, 8, result.Size},
		{"L2: the backup has a byte more, which is known without looking", b.in.Backup.Counts.StoredBytes - 1, 0, b.in.Backup.Counts.StoredBytes},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := b.clone(t)
			c.in.Policy.Limits.MaxDownload = test.limit
			counted := &counting{Store: c.store}
			_, err := c.make(t.Context(), counted)
			require.LessOrEqual(t, counted.gets.Load(), test.gets)
			if test.size == 0 {
				require.NoError(t, err)
				return
			}
			kind, message := failure.Of(err)
			require.Equal(t, failure.TooBig, kind)
			require.Contains(t, message, fmt.Sprint(test.size))
			require.Zero(t, counted.content.Load(), "a segment or an attachment was opened")
			require.Equal(t, before, c.objects())
		})
	}
}

// counting counts what is opened.
type counting struct {
	store.Store
	gets, content atomic.Int64
}

func (c *counting) Get(ctx context.Context, name string, offset, length int64) (io.ReadCloser, error) {
	c.gets.Add(1)
	if strings.Contains(name, "/attachments/") || strings.Contains(name, "/projects/") {
		c.content.Add(1)
	}
	return c.Store.Get(ctx, name, offset, length)
}

// TestPackageKilledAnywhere kills the worker at each operation in the store, before
// and after it takes place, and lets another one go on.
func TestPackageKilledAnywhere(t *testing.T) {
	t.Parallel()
	b := newPackageBench(t)
	whole := b.clone(t)
	want, err := whole.make(t.Context(), whole.store)
	require.NoError(t, err)
	data := whole.made(want)

	// The disk is what takes the time: several at once.
	var group errgroup.Group
	group.SetLimit(8)
	var over atomic.Bool
	long := os.Getenv("HOLDFAST_LONG") != ""
	for n := 1; !over.Load(); n++ {
		for _, after := range []bool{false, true} {
			if !long && after != (n%2 == 0) {
				continue
			}
			c := b.clone(t)
			group.Go(func() error {
				ctx, kill := context.WithCancel(t.Context())
				defer kill()
				left := operations(n)
				_, err := c.make(ctx, &killer{Store: c.store, left: left, after: after, kill: kill})
				if left.Load() > 0 {
					over.Store(true)
					return err
				}
				if err == nil {
					return fmt.Errorf("operation %d: the death of the worker was not noticed", n)
				}
				got, err := c.make(t.Context(), c.store)
				if err == nil && (got != want || !bytes.Equal(data, c.content()) || !slices.Equal(whole.keys(), c.keys())) {
					err = errors.New("what comes out is another package")
				}
				if err != nil {
					return fmt.Errorf("operation %d: %w", n, err)
				}
				return nil
			})
		}
		require.True(t, n > 50 || !over.Load(), "operations that were killed")
	}
	require.NoError(t, group.Wait())
}

// TestPackageGoesOnThroughManyKills has each attempt end after so many operations that
// a part can be made, and no more.
func TestPackageGoesOnThroughManyKills(t *testing.T) {
	t.Parallel()
	b := newPackageBench(t)
	whole := b.clone(t)
	want, err := whole.make(t.Context(), whole.store)
	require.NoError(t, err)
	for attempts := 1; ; attempts++ {
		require.Less(t, attempts, 10, "each attempt gets further")
		ctx, kill := context.WithCancel(t.Context())
		got, err := b.make(ctx, &killer{Store: b.store, left: operations(50), kill: kill})
		kill()
		if err == nil {
			require.Greater(t, attempts, 1)
			require.Equal(t, want, got)
			b.made(got)
			return
		}
	}
}

func TestPackageReadsNoPartTwice(t *testing.T) {
	t.Parallel()
	b := newPackageBench(t)
	f := storetest.NewFaulty(b.store, storetest.Fault{Method: storetest.Compose, Err: errors.New("no answer")})
	_, err := b.make(t.Context(), f)
	kind, _ := failure.Of(err)
	require.Equal(t, failure.StoreAway, kind)

	counted := &counting{Store: b.store}
	result, err := b.make(t.Context(), counted)
	require.NoError(t, err)
	require.Zero(t, counted.content.Load(), "all parts were there")
	b.made(result)
}

func TestPackageTrustsNoPartThatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	b := newPackageBench(t)
	whole := b.clone(t)
	want, err := whole.make(t.Context(), whole.store)
	require.NoError(t, err)
	parts := archive.PackageParts(b.in.Policy.ID, b.in.Backup.ID, 1)
	put := func(t *testing.T, c *packageBench, name string, content []byte) {
		_, err := store.Replace(t.Context(), c.store, name, content)
		require.NoError(t, err)
	}
	for name, disturb := range map[string]func(*testing.T, *packageBench){
		"one of another content": func(t *testing.T, c *packageBench) {
			put(t, c, parts+"1", bytes.Repeat([]byte("x"), len(whole.content())/4+1))
		},
		"one that is short":               func(t *testing.T, c *packageBench) { put(t, c, parts+"0", []byte("x")) },
		"a record that can't be read":     func(t *testing.T, c *packageBench) { put(t, c, parts+"0.json", []byte("{")) },
		"a package of another content":    func(t *testing.T, c *packageBench) { put(t, c, whole.name(), []byte("x")) },
		"a record of another package":     func(t *testing.T, c *packageBench) { put(t, c, parts+"0.json", []byte(`{"package":{"size":7}}`)) },
		"parts that were changed in turn": interruptedAndChanged(parts),
	} {
		t.Run(name, func(t *testing.T) {
			c := b.clone(t)
			disturb(t, c)
			got, err := c.make(t.Context(), c.store)
			require.NoError(t, err)
			require.Equal(t, want, got)
			c.made(got)
		})
	}
}

// interruptedAndChanged leaves all parts with their records, one part of which is
// another one now, and one record gone.
func interruptedAndChanged(parts string) func(*testing.T, *packageBench) {
	return func(t *testing.T, c *packageBench) {
		f := storetest.NewFaulty(c.store, storetest.Fault{Method: storetest.Compose, Err: errors.New("no answer")})
		_, err := c.make(t.Context(), f)
		require.Error(t, err)
		_, err = store.Replace(t.Context(), c.store, parts+"2", bytes.Repeat([]byte("x"), 1000))
		require.NoError(t, err)
		require.NoError(t, remove(t.Context(), c.store, parts+"4.json"))
	}
}

func TestPackageRefuses(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		disturb func(*packageBench)
		kind    failure.Type
		message string
	}{
		"a damaged attachment": {func(b *packageBench) { b.put("attachments/101", "bytes of 1O1") }, failure.Corrupt, "attachments/101"},
		"an attachment that is gone": {func(b *packageBench) {
			require.NoError(b.t, remove(b.t.Context(), b.store, b.path()+"attachments/101"))
		}, failure.Corrupt, "attachments/101"},
		"a damaged index": {func(b *packageBench) {
			b.put(archive.IndexName("000-000", 2), "x")
		}, failure.Corrupt, archive.IndexName("000-000", 2)},
		"a backup that has expired": {func(b *packageBench) {
			require.NoError(b.t, remove(b.t.Context(), b.store, b.path()+archive.ManifestName))
		}, failure.NotAvailable, "no manifest"},
		"a policy of another installation": {func(b *packageBench) {
			_, err := store.PutBytes(b.t.Context(), b.store, archive.OwnerName(b.in.Policy.ID), []byte(`{"installation":"there"}`), store.IfAbsent())
			require.NoError(b.t, err)
		}, failure.Owned, "there"},
		"no download": {func(b *packageBench) { b.in.Backup.Download = nil }, failure.InvalidArgument, "no download"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newPackageBench(t)
			test.disturb(b)
			_, err := New(Deps{Store: b.store, Installation: "here"}).Package(t.Context(), b.in)
			kind, message := failure.Of(err)
			require.Equal(t, test.kind, kind, "%v", err)
			require.Contains(t, message, test.message)
			require.NotContains(t, b.keys(), archive.PackageName(b.in.Policy.ID, b.in.Backup.ID, 1))
		})
	}
}

func TestPackageSaysHowFarItIs(t *testing.T) {
	t.Parallel()
	b := newPackageBench(t)
	p := &packager{store: b.store, in: b.in, beat: startPulse(t.Context()), partSize: smallParts}
	require.NoError(t, p.check())
	var seen []StepProgress
	p.store = &interrupted{Store: b.store, left: operations(1 << 30), do: func() {}}
	p.store = progressSeen{p.store, func() { seen = append(seen, p.beat.done) }}
	result, err := p.run(t.Context())
	require.NoError(t, err)
	require.Equal(t, StepProgress{Bytes: result.Size, Total: result.Size}, p.beat.done)
	var between bool
	for i, s := range seen[1:] {
		require.GreaterOrEqual(t, s.Bytes, seen[i].Bytes)
		between = between || s.Bytes > 0 && s.Bytes < s.Total && s.Total == result.Size
	}
	require.True(t, between)
}

// progressSeen calls before each write.
type progressSeen struct {
	store.Store
	see func()
}

func (s progressSeen) Put(ctx context.Context, name string, r io.Reader, cond store.Condition) (store.Object, error) {
	s.see()
	return s.Store.Put(ctx, name, r, cond)
}

func TestDeletePackage(t *testing.T) {
	t.Parallel()
	b := newPackageBench(t)
	a := New(Deps{Store: b.store})
	sealed := b.keys()
	for _, number := range []int{1, 10, 2} {
		b.in.Backup.Download = &backup.Download{Number: number}
		_, err := b.make(t.Context(), b.store)
		require.NoError(t, err)
	}
	in := DeletePackageInput{PolicyID: b.in.Policy.ID, BackupID: b.in.Backup.ID, Number: 1}
	_, err := store.PutBytes(t.Context(), b.store, archive.PackageParts(in.PolicyID, in.BackupID, 1)+"0", []byte("x"), store.IfAbsent())
	require.NoError(t, err)
	for range 2 {
		require.NoError(t, a.DeletePackage(t.Context(), in))
		names := b.keys()
		require.Len(t, names, len(sealed)+2, "those of the other downloads stay")
		require.NotContains(t, names, archive.PackageName(in.PolicyID, in.BackupID, 1))
	}
	for n := 1; ; n++ { // killed at each operation
		c := b.clone(t)
		in.Number = 10
		ctx, kill := context.WithCancel(t.Context())
		left := operations(n)
		err := New(Deps{Store: &killer{Store: c.store, left: left, kill: kill}}).DeletePackage(ctx, in)
		kill()
		require.Equal(t, left.Load() <= 0, err != nil)
		require.NoError(t, New(Deps{Store: c.store}).DeletePackage(t.Context(), in))
		require.Len(t, c.keys(), len(sealed)+1)
		if err == nil {
			return
		}
	}
}
