package workflows

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"holdfast/internal/backup"
	"holdfast/internal/failure"
)

// inWorkflow runs body as a workflow on a mock clock and returns its error.
func inWorkflow(t *testing.T, body func(ctx workflow.Context) error) error {
	t.Helper()
	var suite testsuite.WorkflowTestSuite
	env := suite.NewTestWorkflowEnvironment()
	env.SetWorkerOptions(patient)
	env.RegisterWorkflow(body)
	env.ExecuteWorkflow(body)
	require.True(t, env.IsWorkflowCompleted())
	return env.GetWorkflowError()
}

// TestGate states R4: what passes by itself is waited for, by all steps
// together, and one probe finds out whether it has passed.
func TestGate(t *testing.T) {
	limits := backup.DefaultLimits()
	away := failure.New(failure.SiteAway, "no answer")

	t.Run("a step that fails once is tried again after ProbeAfter", func(t *testing.T) {
		require.NoError(t, inWorkflow(t, func(ctx workflow.Context) error {
			g := newGate(ctx, limits, func(string) {})
			start, calls := workflow.Now(ctx), 0
			err := g.pass(ctx, nil, func() error {
				if calls++; calls == 1 {
					return away
				}
				return nil
			})
			require.Equal(t, 2, calls)
			require.Equal(t, limits.ProbeAfter, workflow.Now(ctx).Sub(start))
			require.Nil(t, g.pause, "the probe's success ends the pause")
			return err
		}))
	})

	t.Run("the wait doubles up to ProbeMax", func(t *testing.T) {
		require.NoError(t, inWorkflow(t, func(ctx workflow.Context) error {
			g := newGate(ctx, limits, func(string) {})
			var at []time.Duration
			start := workflow.Now(ctx)
			err := g.pass(ctx, nil, func() error {
				at = append(at, workflow.Now(ctx).Sub(start))
				if len(at) < 6 {
					return away
				}
				return nil
			})
			const m = time.Minute
			require.Equal(t, []time.Duration{0, 1 * m, 3 * m, 7 * m, 12 * m, 17 * m}, at)
			return err
		}))
	})

	t.Run("a quota is waited for until it ends", func(t *testing.T) {
		require.NoError(t, inWorkflow(t, func(ctx workflow.Context) error {
			var shown []string
			g := newGate(ctx, limits, func(s string) { shown = append(shown, s) })
			until, calls := workflow.Now(ctx).Add(47*time.Minute), 0
			err := g.pass(ctx, nil, func() error {
				if calls++; calls == 1 {
					return failure.NewQuota("429", until)
				}
				return nil
			})
			require.True(t, workflow.Now(ctx).Equal(until))
			require.Len(t, shown, 2)
			require.Contains(t, shown[0], "quota until "+until.UTC().Format("15:04:05Z"))
			require.Empty(t, shown[1])
			return err
		}))
	})

	t.Run("while one probes, the others wait", func(t *testing.T) {
		require.NoError(t, inWorkflow(t, func(ctx workflow.Context) error {
			g := newGate(ctx, limits, func(string) {})
			healed := workflow.Now(ctx).Add(2 * time.Minute)
			under, most, calls := 0, 0, 0
			all := workflow.NewWaitGroup(ctx)
			for range 5 {
				all.Go(ctx, func(ctx workflow.Context) {
					err := g.pass(ctx, nil, func() error {
						calls++
						if g.pause != nil {
							under++
							most = max(most, under)
							defer func() { under-- }()
						}
						if err := workflow.Sleep(ctx, time.Second); err != nil {
							return err
						}
						if workflow.Now(ctx).Before(healed) {
							return away
						}
						return nil
					})
					require.NoError(t, err)
				})
			}
			all.Wait(ctx)
			require.Equal(t, 1, most, "probes at a time")
			// Five at first, one probe that fails, one that succeeds, then the other four.
			require.Equal(t, 5+1+1+4, calls)
			return nil
		}))
	})

	t.Run("a probe that goes on lets the others go on", func(t *testing.T) {
		require.NoError(t, inWorkflow(t, func(ctx workflow.Context) error {
			g := newGate(ctx, limits, func(string) {})
			start, calls := workflow.Now(ctx), 0
			var other time.Duration
			both := workflow.NewWaitGroup(ctx)
			both.Go(ctx, func(ctx workflow.Context) {
				require.NoError(t, g.pass(ctx, nil, func() error {
					if calls++; calls == 1 {
						return away
					}
					return workflow.Sleep(ctx, 5*time.Hour) // a large upload
				}))
			})
			both.Go(ctx, func(ctx workflow.Context) {
				require.NoError(t, workflow.Sleep(ctx, limits.ProbeAfter))
				require.NoError(t, g.pass(ctx, nil, func() error { other = workflow.Now(ctx).Sub(start); return nil }))
			})
			both.Wait(ctx)
			require.Equal(t, limits.ProbeAfter+limits.ProbeMax, other)
			return nil
		}))
	})

	t.Run("a waiting step is kept alive, and ends when its host is lost", func(t *testing.T) {
		require.NoError(t, inWorkflow(t, func(ctx workflow.Context) error {
			g := newGate(ctx, limits, func(string) {})
			lost, idles := errors.New("host lost"), 0
			err := g.pass(ctx, func() error {
				if idles++; idles == 3 {
					return lost
				}
				return nil
			}, func() error { return failure.NewQuota("429", workflow.Now(ctx).Add(time.Hour)) })
			require.ErrorIs(t, err, lost)
			require.Equal(t, 3, idles)
			return nil
		}))
	})

	t.Run("a step that is cancelled while it waits leaves the pause to the others", func(t *testing.T) {
		require.NoError(t, inWorkflow(t, func(ctx workflow.Context) error {
			g := newGate(ctx, limits, func(string) {})
			first, cancel := workflow.WithCancel(ctx)
			workflow.Go(ctx, func(ctx workflow.Context) {
				require.NoError(t, workflow.Sleep(ctx, time.Second))
				cancel()
			})
			require.True(t, temporal.IsCanceledError(g.pass(first, nil, func() error { return away })))
			start := workflow.Now(ctx)
			require.NoError(t, g.pass(ctx, nil, func() error { return nil }))
			require.Equal(t, limits.ProbeAfter-time.Second, workflow.Now(ctx).Sub(start))
			return nil
		}))
	})

	t.Run("a definite refusal is not waited for", func(t *testing.T) {
		require.NoError(t, inWorkflow(t, func(ctx workflow.Context) error {
			g := newGate(ctx, limits, func(string) {})
			refused := failure.New(failure.CredentialsRefused, "refused")
			calls := 0
			err := g.persist(ctx, func(int) error { calls++; return refused })
			require.ErrorIs(t, err, refused)
			require.Equal(t, 1, calls)
			return nil
		}))
	})

	t.Run("a surprise is tried again five times", func(t *testing.T) {
		require.NoError(t, inWorkflow(t, func(ctx workflow.Context) error {
			g := newGate(ctx, limits, func(string) {})
			surprise, calls := errors.New("surprise"), 0
			err := g.persist(ctx, func(try int) error { calls++; require.Equal(t, calls, try); return surprise })
			require.ErrorIs(t, err, surprise)
			require.Equal(t, maxSurprises, calls)
			return nil
		}))
	})
}
