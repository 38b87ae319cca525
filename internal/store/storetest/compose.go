package storetest

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"holdfast/internal/store"
)

func composes(t *testing.T, s store.Store) {
	ctx := background(t)
	var whole []byte
	var srcs []string
	var before []store.Object
	for i, size := range []int{3, 1 << 20, 0, 5<<20 + 7, 1} {
		data := make([]byte, size)
		_, _ = rand.Read(data)
		whole = append(whole, data...)
		srcs = append(srcs, fmt.Sprintf("parts/%d", 9-i)) // not in the order of names
		before = append(before, put(t, s, srcs[i], string(data)))
	}
	srcs, whole = append(srcs, srcs[0]), append(whole, whole[:3]...) // one may come twice
	o, err := s.Compose(ctx, srcs, "a/b/whole", store.IfAbsent())
	require.NoError(t, err)
	require.Equal(t, "a/b/whole", o.Name)
	require.EqualValues(t, len(whole), o.Size)
	require.Equal(t, crc(whole), o.CRC32C)
	require.True(t, bytes.Equal(whole, []byte(read(t, s, "a/b/whole"))))
	st, err := s.Stat(ctx, "a/b/whole")
	require.NoError(t, err)
	require.Equal(t, o, st)
	for _, part := range before {
		st, err := s.Stat(ctx, part.Name)
		require.NoError(t, err)
		require.Equal(t, part, st, "the parts stay as they are")
		require.NoError(t, s.Delete(ctx, part.Name, part.Generation))
	}
	require.True(t, bytes.Equal(whole, []byte(read(t, s, "a/b/whole"))), "it lives on without its parts")
	require.Equal(t, []string{"a/b/whole"}, listed(t, s, ""))

	again, err := s.Compose(ctx, []string{"a/b/whole"}, "copy", store.IfAbsent())
	require.NoError(t, err, "what is composed can be composed")
	require.Equal(t, o.CRC32C, again.CRC32C)
	require.NotEqual(t, o.Generation, again.Generation)
}

func composeCounts(t *testing.T, s store.Store) {
	ctx := background(t)
	var srcs []string
	want := ""
	for i := range store.MaxCompose {
		name := fmt.Sprintf("parts/%02d", i)
		content := strings.Repeat(string(rune('A'+i)), i)
		put(t, s, name, content)
		srcs, want = append(srcs, name), want+content
	}
	_, err := s.Compose(ctx, nil, "whole", store.IfAbsent())
	require.Error(t, err)
	_, err = s.Compose(ctx, append(slices.Clone(srcs), srcs[0]), "whole", store.IfAbsent())
	require.Error(t, err)
	_, err = s.Stat(ctx, "whole")
	require.ErrorIs(t, err, store.ErrNotExist)
	_, err = s.Compose(ctx, srcs, "whole", store.IfAbsent())
	require.NoError(t, err)
	require.Equal(t, want, read(t, s, "whole"))
	o, err := s.Compose(ctx, []string{"parts/00"}, "empty", store.IfAbsent())
	require.NoError(t, err, "of one that is empty")
	require.Zero(t, o.Size)
	require.Empty(t, read(t, s, "empty"))
}

func composeAbsent(t *testing.T, s store.Store) {
	ctx := background(t)
	put(t, s, "a", "a")
	put(t, s, "b", "b")
	for i := range 3 {
		srcs := slices.Insert([]string{"a", "b"}, i, "absent")
		_, err := s.Compose(ctx, srcs, "whole", store.IfAbsent())
		require.ErrorIs(t, err, store.ErrNotExist)
		require.ErrorContains(t, err, "absent", "the error names it")
	}
	require.Equal(t, []string{"a", "b"}, listed(t, s, ""))
}

func composeConditions(t *testing.T, s store.Store) {
	ctx := background(t)
	srcs := []string{"a", "b"}
	put(t, s, "a", "n")
	put(t, s, "b", "ew")
	old := put(t, s, "dst", "old")
	_, err := s.Compose(ctx, srcs, "dst", store.IfAbsent())
	require.ErrorIs(t, err, store.ErrPrecondition)
	_, err = s.Compose(ctx, srcs, "dst", store.IfGeneration(old.Generation+1))
	require.ErrorIs(t, err, store.ErrPrecondition)
	_, err = s.Compose(ctx, srcs, "none", store.IfGeneration(old.Generation))
	require.ErrorIs(t, err, store.ErrPrecondition, "of an absent object")
	require.Equal(t, "old", read(t, s, "dst"))
	o, err := s.Compose(ctx, srcs, "dst", store.IfGeneration(old.Generation))
	require.NoError(t, err)
	require.Equal(t, "new", read(t, s, "dst"))
	again, err := s.Compose(ctx, srcs, "dst", store.IfGeneration(o.Generation))
	require.NoError(t, err, "the same bytes once more")
	require.NotEqual(t, o.Generation, again.Generation)
	require.Equal(t, []string{"a", "b", "dst"}, listed(t, s, ""))
}

func composeItself(t *testing.T, s store.Store) {
	ctx := background(t)
	log := put(t, s, "log", "1")
	put(t, s, "more", "2")
	for _, want := range []string{"12", "122", "1222"} {
		var err error
		log, err = s.Compose(ctx, []string{"log", "more"}, "log", store.IfGeneration(log.Generation))
		require.NoError(t, err)
		require.Equal(t, want, read(t, s, "log"))
	}
	require.Equal(t, "2", read(t, s, "more"))
}

func composeRace(t *testing.T, s store.Store) {
	ctx := background(t)
	put(t, s, "head", "head ")
	for i := range 16 {
		put(t, s, fmt.Sprintf("tail/%02d", i), content(i))
	}
	for round := range 3 {
		dst := fmt.Sprintf("race/%d", round)
		errs := make([]error, 16)
		var wg sync.WaitGroup
		for i := range errs {
			wg.Go(func() {
				_, errs[i] = s.Compose(ctx, []string{"head", fmt.Sprintf("tail/%02d", i)}, dst, store.IfAbsent())
			})
		}
		wg.Wait()
		winner := ""
		for i, err := range errs {
			if err == nil {
				require.Empty(t, winner, "two racers won")
				winner = "head " + content(i)
				continue
			}
			require.ErrorIs(t, err, store.ErrPrecondition)
		}
		require.Equal(t, winner, read(t, s, dst))
	}
}

func composeOverwritten(t *testing.T, s store.Store) {
	ctx := background(t)
	version := func(n int) string { return strings.Repeat(string(rune('a'+n%26)), 300_000) }
	o := put(t, s, "part", version(0))
	writing, done := context.WithCancel(ctx)
	var wg sync.WaitGroup
	defer wg.Wait()
	wg.Go(func() {
		defer done()
		for n := 1; n <= 15; n++ {
			var err error
			if o, err = s.Put(ctx, "part", strings.NewReader(version(n)), store.IfGeneration(o.Generation)); err != nil {
				t.Errorf("write: %v", err)
				return
			}
		}
	})
	for n := 0; writing.Err() == nil; n++ {
		name := fmt.Sprintf("whole/%d", n)
		made, err := s.Compose(ctx, []string{"part"}, name, store.IfAbsent())
		if errors.Is(err, store.ErrNotExist) {
			continue // the one that it looked at was replaced
		}
		require.NoError(t, err)
		got := read(t, s, name)
		require.Len(t, got, 300_000)
		require.Equal(t, 300_000, strings.Count(got, got[:1]), "a mixture of two objects")
		require.Equal(t, crc([]byte(got)), made.CRC32C)
	}
}
