package storetest

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"holdfast/internal/store"
)

func zeroCondition(t *testing.T, s store.Store) {
	ctx := background(t)
	o := put(t, s, "x", "old")
	for _, cond := range []store.Condition{{}, store.IfGeneration(0)} {
		_, err := s.Put(ctx, "y", strings.NewReader("new"), cond)
		require.Error(t, err)
		_, err = s.Copy(ctx, "x", "y", cond)
		require.Error(t, err)
		_, err = s.Compose(ctx, []string{"x"}, "y", cond)
		require.Error(t, err)
	}
	require.ErrorIs(t, s.Delete(ctx, "x", 0), store.ErrPrecondition)
	st, err := s.Stat(ctx, "x")
	require.NoError(t, err)
	require.Equal(t, o, st)
	require.Equal(t, []string{"x"}, listed(t, s, ""))
}

func ifAbsent(t *testing.T, s store.Store) {
	put(t, s, "x", "old")
	_, err := s.Put(background(t), "x", strings.NewReader("new"), store.IfAbsent())
	require.ErrorIs(t, err, store.ErrPrecondition)
	require.Equal(t, "old", read(t, s, "x"))
}

func ifGeneration(t *testing.T, s store.Store) {
	ctx := background(t)
	_, err := s.Put(ctx, "x", strings.NewReader("new"), store.IfGeneration(1))
	require.ErrorIs(t, err, store.ErrPrecondition, "of an absent object")
	first := put(t, s, "x", "first")
	second, err := s.Put(ctx, "x", strings.NewReader("second"), store.IfGeneration(first.Generation))
	require.NoError(t, err)
	require.NotEqual(t, first.Generation, second.Generation)
	_, err = s.Put(ctx, "x", strings.NewReader("third"), store.IfGeneration(first.Generation))
	require.ErrorIs(t, err, store.ErrPrecondition)
	require.Equal(t, "second", read(t, s, "x"))
	st, err := s.Stat(ctx, "x")
	require.NoError(t, err)
	require.Equal(t, second, st)
}

func generations(t *testing.T, s store.Store) {
	ctx := background(t)
	seen := map[int64]bool{}
	for range 20 {
		o := put(t, s, "x", "same")
		require.False(t, seen[o.Generation], "generation %d again", o.Generation)
		seen[o.Generation] = true
		o, err := s.Put(ctx, "x", strings.NewReader("same"), store.IfGeneration(o.Generation))
		require.NoError(t, err)
		require.False(t, seen[o.Generation], "generation %d again", o.Generation)
		seen[o.Generation] = true
		require.NoError(t, s.Delete(ctx, "x", o.Generation))
	}
}

func deletes(t *testing.T, s store.Store) {
	ctx := background(t)
	first := put(t, s, "a/b/x", "first")
	second, err := s.Put(ctx, "a/b/x", strings.NewReader("second"), store.IfGeneration(first.Generation))
	require.NoError(t, err)
	require.ErrorIs(t, s.Delete(ctx, "a/b/x", first.Generation), store.ErrPrecondition)
	require.Equal(t, "second", read(t, s, "a/b/x"))
	require.NoError(t, s.Delete(ctx, "a/b/x", second.Generation))
	_, err = s.Stat(ctx, "a/b/x")
	require.ErrorIs(t, err, store.ErrNotExist)
	require.Empty(t, listed(t, s, ""))
	put(t, s, "a", "what was a folder is free to be a name")
}

func deleteAbsent(t *testing.T, s store.Store) {
	ctx := background(t)
	o := put(t, s, "a/x", "x")
	require.NoError(t, s.Delete(ctx, "a/absent", o.Generation))
	require.NoError(t, s.Delete(ctx, "no/such/folder", o.Generation))
	require.NoError(t, s.Delete(ctx, "a/x/y", o.Generation))
	require.NoError(t, s.Delete(ctx, "a", o.Generation))
	require.Equal(t, "x", read(t, s, "a/x"))
}

func folderRace(t *testing.T, s store.Store) {
	ctx := background(t)
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			for n := range 40 {
				name := fmt.Sprintf("deep/er/folder/%d", i)
				o, err := s.Put(ctx, name, strings.NewReader("x"), store.IfAbsent())
				if err == nil && n%2 == 0 {
					_, err = s.Copy(ctx, name, name+".copy", store.IfAbsent())
				}
				if err == nil {
					err = s.Delete(ctx, name, o.Generation)
				}
				if err == nil && n%2 == 0 {
					var c store.Object
					if c, err = s.Stat(ctx, name+".copy"); err == nil {
						err = s.Delete(ctx, name+".copy", c.Generation)
					}
				}
				if err != nil {
					t.Errorf("writer %d, round %d: %v", i, n, err)
					return
				}
			}
		})
	}
	wg.Wait()
	require.Empty(t, listed(t, s, ""))
}

func overwrittenWhileRead(t *testing.T, s store.Store) {
	ctx := background(t)
	size := 1 << 20
	version := func(n int) string { return strings.Repeat(string(rune('a'+n%26)), size) }
	o := put(t, s, "x", version(0))
	r, err := s.Get(ctx, "x", 0, -1)
	require.NoError(t, err)
	head := make([]byte, 10)
	_, err = io.ReadFull(r, head)
	require.NoError(t, err)

	var done atomic.Bool
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			for !done.Load() {
				data, err := store.ReadAll(ctx, s, "x", 1<<30)
				if err != nil {
					t.Errorf("read: %v", err)
					return
				}
				if len(data) != size || strings.Count(string(data), string(data[:1])) != size {
					t.Error("a reader saw a mixture of two objects")
					return
				}
			}
		})
	}
	for n := 1; n <= 10; n++ {
		o, err = s.Put(ctx, "x", strings.NewReader(version(n)), store.IfGeneration(o.Generation))
		require.NoError(t, err)
	}
	done.Store(true)
	wg.Wait()
	rest, err := io.ReadAll(r)
	require.NoError(t, err)
	require.Equal(t, version(0), string(head)+string(rest), "who opened the old object reads it to its end")
	require.NoError(t, r.Close())
}

func copies(t *testing.T, s store.Store) {
	ctx := background(t)
	src := put(t, s, "a/src", "content")
	dst, err := s.Copy(ctx, "a/src", "b/c/dst", store.IfAbsent())
	require.NoError(t, err)
	require.Equal(t, "b/c/dst", dst.Name)
	require.Equal(t, src.Size, dst.Size)
	require.Equal(t, src.CRC32C, dst.CRC32C)
	st, err := s.Stat(ctx, "b/c/dst")
	require.NoError(t, err)
	require.Equal(t, dst, st)
	st, err = s.Stat(ctx, "a/src")
	require.NoError(t, err)
	require.Equal(t, src, st, "the source stays as it is")

	_, err = s.Put(ctx, "a/src", strings.NewReader("other"), store.IfGeneration(src.Generation))
	require.NoError(t, err)
	require.Equal(t, "content", read(t, s, "b/c/dst"), "a copy does not change with its source")
	st, err = s.Stat(ctx, "a/src")
	require.NoError(t, err)
	require.NoError(t, s.Delete(ctx, "a/src", st.Generation))
	require.Equal(t, "content", read(t, s, "b/c/dst"))
	require.Equal(t, []string{"b/c/dst"}, listed(t, s, ""))
}

func copyConditions(t *testing.T, s store.Store) {
	ctx := background(t)
	put(t, s, "src", "new")
	old := put(t, s, "dst", "old")
	_, err := s.Copy(ctx, "src", "dst", store.IfAbsent())
	require.ErrorIs(t, err, store.ErrPrecondition)
	_, err = s.Copy(ctx, "src", "dst", store.IfGeneration(old.Generation+1))
	require.ErrorIs(t, err, store.ErrPrecondition)
	require.Equal(t, "old", read(t, s, "dst"))
	o, err := s.Copy(ctx, "src", "dst", store.IfGeneration(old.Generation))
	require.NoError(t, err)
	require.Equal(t, "new", read(t, s, "dst"))
	again, err := s.Copy(ctx, "src", "dst", store.IfGeneration(o.Generation))
	require.NoError(t, err, "the same bytes once more")
	require.NotEqual(t, o.Generation, again.Generation)
	_, err = s.Copy(ctx, "absent", "new", store.IfAbsent())
	require.ErrorIs(t, err, store.ErrNotExist)
	require.Equal(t, []string{"dst", "src"}, listed(t, s, ""))
}

func helpers(t *testing.T, s store.Store) {
	ctx := background(t)
	for _, content := range []string{"first", "second"} {
		_, err := store.Replace(ctx, s, "replaced", []byte(content))
		require.NoError(t, err)
		require.Equal(t, content, read(t, s, "replaced"))
	}

	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			err := store.Update(ctx, s, "updated", 100, func(old []byte) ([]byte, error) { return append(old, 'x'), nil })
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	require.Equal(t, "xxx", read(t, s, "updated"))
	refused := errors.New("refused")
	require.Equal(t, refused, store.Update(ctx, s, "updated", 100, func([]byte) ([]byte, error) { return nil, refused }))
	require.NoError(t, store.Update(ctx, s, "updated", 100, func([]byte) ([]byte, error) { return nil, nil }))
	require.Equal(t, "xxx", read(t, s, "updated"))

	once := func(content string) error {
		_, err := store.PutOnce(ctx, s, "once", int64(len(content)), crc([]byte(content)), func() (io.ReadCloser, error) {
			return io.NopCloser(strings.NewReader(content)), nil
		})
		return err
	}
	require.NoError(t, once("content"))
	require.NoError(t, once("content"), "the same again counts as stored")
	require.ErrorIs(t, once("CONTENT"), store.ErrPrecondition)
}
