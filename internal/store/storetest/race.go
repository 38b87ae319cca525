package storetest

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"holdfast/internal/store"
)

func ifAbsentRace(t *testing.T, s store.Store) {
	for round := range 10 {
		name := fmt.Sprintf("race/%d", round)
		winner := race(t, s, name, store.IfAbsent())
		require.Equal(t, winner, read(t, s, name))
	}
}

func sameBytesRace(t *testing.T, s store.Store) {
	// Who lost must not take the winner's object for its own.
	for round := range 5 {
		name := fmt.Sprintf("race/%d", round)
		winners := 0
		for _, err := range racers(t, s, name, store.IfAbsent(), func(int) string { return "same" }) {
			if err == nil {
				winners++
				continue
			}
			require.ErrorIs(t, err, store.ErrPrecondition)
		}
		require.Equal(t, 1, winners)
	}
}

func ifGenerationRace(t *testing.T, s store.Store) {
	o := put(t, s, "race", "first")
	for range 10 {
		winner := race(t, s, "race", store.IfGeneration(o.Generation))
		require.Equal(t, winner, read(t, s, "race"))
		var err error
		o, err = s.Stat(background(t), "race")
		require.NoError(t, err)
	}
}

// race lets 16 write at once and returns the content of the one who won.
func race(t *testing.T, s store.Store, name string, cond store.Condition) string {
	t.Helper()
	winner := ""
	for i, err := range racers(t, s, name, cond, content) {
		if err == nil {
			require.Empty(t, winner, "two racers won")
			winner = content(i)
			continue
		}
		require.ErrorIs(t, err, store.ErrPrecondition)
	}
	require.NotEmpty(t, winner, "no racer won")
	return winner
}

// racers lets 16 write at once and returns their errors.
func racers(t *testing.T, s store.Store, name string, cond store.Condition, content func(int) string) []error {
	t.Helper()
	ctx := background(t)
	var wg sync.WaitGroup
	start := make(chan struct{})
	errs := make([]error, 16)
	for i := range errs {
		wg.Go(func() {
			<-start
			_, errs[i] = s.Put(ctx, name, strings.NewReader(content(i)), cond)
		})
	}
	close(start)
	wg.Wait()
	return errs
}

// content is that of racer i: lengths differ, so that a mixture shows.
func content(i int) string { return strings.Repeat(string(rune('a'+i)), 1000+i) }
