package health

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func get(t *testing.T, url string) (int, Answer) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	require.NoError(t, err)
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	var a Answer
	require.NoError(t, json.NewDecoder(resp.Body).Decode(&a))
	return resp.StatusCode, a
}

func TestAnswers(t *testing.T) {
	var h Health
	server := httptest.NewServer(h.Handler())
	defer server.Close()
	both := func() (alive, ready Answer) {
		status, alive := get(t, server.URL+"/healthz")
		require.Equal(t, alive.OK, status == http.StatusOK)
		status, ready = get(t, server.URL+"/readyz")
		require.Equal(t, ready.OK, status == http.StatusOK)
		return alive, ready
	}
	well, starting := Answer{OK: true}, Answer{Reasons: []string{"starting"}}
	alive, ready := both()
	require.Equal(t, well, alive, "a process that starts is alive")
	require.Equal(t, starting, ready, "and not ready")

	var broken, away error
	h.Begin([]Check{{"pollers", func(context.Context) error { return broken }}},
		[]Check{{"temporal", func(context.Context) error { return broken }}, {"store", func(context.Context) error { return away }}})
	alive, ready = both()
	require.Equal(t, []Answer{well, well}, []Answer{alive, ready})

	away = errors.New("no answer")
	alive, ready = both()
	require.Equal(t, []Answer{well, {Reasons: []string{"store: no answer"}}}, []Answer{alive, ready}, "a store that is away makes it not ready, not dead")

	broken = errors.New("stopped")
	alive, ready = both()
	require.Equal(t, Answer{Reasons: []string{"pollers: stopped"}}, alive)
	require.Equal(t, []string{"temporal: stopped", "store: no answer"}, ready.Reasons, "all reasons, in their order")

	broken, away = nil, nil
	h.Drain("draining")
	alive, ready = both()
	require.Equal(t, []Answer{well, {Reasons: []string{"draining"}}}, []Answer{alive, ready}, "what drains is alive")
}

func TestCachedAnswerCountsForItsLife(t *testing.T) {
	asked := 0
	failing := errors.New("away")
	c := Cached(Check{"store", func(context.Context) error { asked++; return failing }}, 50*time.Millisecond)
	for range 3 {
		require.ErrorIs(t, c.Test(t.Context()), failing)
	}
	require.Equal(t, 1, asked)
	failing = nil
	require.Eventually(t, func() bool { return c.Test(t.Context()) == nil }, 5*time.Second, 10*time.Millisecond)
	require.Equal(t, 2, asked)
}

func TestCheckThatHangsIsGivenUp(t *testing.T) {
	var h Health
	h.Begin(nil, []Check{{"store", func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }}})
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	require.Equal(t, []string{"store: context deadline exceeded"}, h.Ready(ctx).Reasons)
}
