package activities

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"holdfast/internal/metrics"
)

// runsCounted is the lines of holdfast_runs_total.
func runsCounted(t *testing.T, m *metrics.Metrics) []string {
	t.Helper()
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "GET", "/metrics", nil))
	var lines []string
	for line := range strings.Lines(w.Body.String()) {
		if strings.HasPrefix(line, "holdfast_runs_total{") {
			lines = append(lines, strings.TrimSpace(line))
		}
	}
	return lines
}

func TestRunIsCountedOnceWhateverIsTriedAgain(t *testing.T) {
	t.Parallel()
	const complete = `holdfast_runs_total{policy="jira-acme",product="jira",status="COMPLETE"} 1`
	const failed = `holdfast_runs_total{policy="jira-acme",product="jira",status="FAILED"} 1`
	t.Run("sealed", func(t *testing.T) {
		r, m := newRecordedRun(t), metrics.New()
		r.save()
		for range 3 {
			result, err := New(Deps{Store: r.store, Version: "holdfast test", Metrics: m}).Seal(t.Context(), r.in)
			require.NoError(t, err)
			require.EqualValues(t, "COMPLETE", result.Status)
			require.Equal(t, []string{complete}, runsCounted(t, m))
		}
	})
	t.Run("discarded", func(t *testing.T) {
		r, m := newRecordedRun(t), metrics.New()
		for range 3 {
			require.NoError(t, New(Deps{Store: r.store, Metrics: m}).Discard(t.Context(), r.discard()))
			require.Equal(t, []string{failed}, runsCounted(t, m))
		}
	})
	t.Run("sealed by another worker meanwhile", func(t *testing.T) {
		recorded := newRecordedRun(t)
		recorded.save()
		for n := 1; ; n++ {
			r, m, other := recorded.clone(t), metrics.New(), metrics.New()
			k := &interrupted{Store: r.store, left: operations(n), do: func() {
				_, err := New(Deps{Store: r.store, Version: "holdfast test", Metrics: other}).Seal(t.Context(), r.in)
				require.NoError(t, err)
			}}
			_, _ = New(Deps{Store: k, Version: "holdfast test", Metrics: m}).Seal(t.Context(), r.in)
			require.Equal(t, []string{complete}, append(runsCounted(t, m), runsCounted(t, other)...), "overtaken at operation %d", n)
			if k.left.Load() > 0 {
				break
			}
		}
	})
}
