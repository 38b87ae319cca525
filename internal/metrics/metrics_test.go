package metrics

import (
	"fmt"
	"io"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holdfast/internal/atlassian"
	"holdfast/internal/backup"
	"holdfast/internal/scratch"
)

var (
	acme  = backup.Policy{ID: "jira-acme", Product: backup.Jira}
	start = time.Date(2026, 11, 23, 2, 16, 58, 0, time.UTC)
)

// all is metrics that have a value of every kind.
func all() *Metrics {
	m := New()
	m.RunEnded(acme, backup.Complete, start)
	m.ShardStored(acme, backup.Counts{Items: 5, RawBytes: 100, StoredBytes: 60, AttachmentBytes: 40})
	m.Request("GET /rest/api/3/myself", "")
	m.Waited(atlassian.WaitQuota, 1500*time.Millisecond)
	m.Scratch(func() (scratch.Usage, error) {
		return scratch.Usage{Slots: 4, Leased: 1, UsedBytes: 10, FreeBytes: 20}, nil
	})
	return m
}

func scrape(t *testing.T, m *Metrics) string {
	t.Helper()
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "GET", "/metrics", nil))
	body, err := io.ReadAll(w.Body)
	require.NoError(t, err)
	require.Equal(t, 200, w.Code, "%s", body)
	return string(body)
}

// ours is the metrics of holdfast in a scrape: type and labels by name.
func ours(t *testing.T, m *Metrics) map[string]string {
	t.Helper()
	families, err := m.registry.Gather()
	require.NoError(t, err)
	found := make(map[string]string)
	for _, f := range families {
		if !strings.HasPrefix(f.GetName(), "holdfast_") {
			continue
		}
		var labels []string
		for _, l := range f.GetMetric()[0].GetLabel() {
			labels = append(labels, l.GetName())
		}
		slices.Sort(labels)
		found[f.GetName()] = fmt.Sprint(strings.ToLower(f.GetType().String()), labels)
	}
	return found
}

func TestDocumentListsEveryMetric(t *testing.T) {
	text, err := os.ReadFile("../../docs/metrics.md")
	require.NoError(t, err)
	documented := make(map[string]string)
	row := regexp.MustCompile("(?m)^\\| `(holdfast_[a-z_]+)` \\| (\\w+) \\|([^|]*)\\| [^|]+ \\|$")
	for _, cells := range row.FindAllStringSubmatch(string(text), -1) {
		labels := strings.FieldsFunc(cells[3], func(r rune) bool { return strings.ContainsRune(" `,", r) })
		slices.Sort(labels)
		documented[cells[1]] = fmt.Sprint(cells[2], labels)
	}
	require.Equal(t, ours(t, all()), documented, "docs/metrics.md")

	known := ours(t, all())
	for _, name := range regexp.MustCompile(`holdfast_[a-z_]+`).FindAllString(string(text), -1) {
		require.Contains(t, known, name, "an alert or a sentence speaks of it")
	}
}

func TestValues(t *testing.T) {
	m := all()
	m.RunEnded(acme, backup.Failed, start.Add(time.Hour))
	m.Request("GET /rest/api/3/myself", atlassian.ClassQuota)
	text := scrape(t, m)
	for _, line := range []string{
		`holdfast_runs_total{policy="jira-acme",product="jira",status="COMPLETE"} 1`,
		`holdfast_runs_total{policy="jira-acme",product="jira",status="FAILED"} 1`,
		fmt.Sprintf(`holdfast_last_success_timestamp_seconds{policy="jira-acme",product="jira"} %g`, float64(start.Unix())),
		`holdfast_items_total{policy="jira-acme",product="jira"} 5`,
		`holdfast_raw_bytes_total{policy="jira-acme",product="jira"} 100`,
		`holdfast_stored_bytes_total{policy="jira-acme",product="jira"} 60`,
		`holdfast_attachment_bytes_total{policy="jira-acme",product="jira"} 40`,
		`holdfast_site_requests_total{class="ok",route="GET /rest/api/3/myself"} 1`,
		`holdfast_site_requests_total{class="quota",route="GET /rest/api/3/myself"} 1`,
		`holdfast_site_wait_seconds_total{reason="quota"} 1.5`,
		`holdfast_scratch_slots_leased 1`,
	} {
		require.Contains(t, text, line+"\n")
	}
}

func TestLastSuccess(t *testing.T) {
	value := func(m *Metrics) float64 {
		families, err := m.registry.Gather()
		require.NoError(t, err)
		for _, f := range families {
			if f.GetName() == "holdfast_last_success_timestamp_seconds" {
				require.Len(t, f.GetMetric(), 1)
				return f.GetMetric()[0].GetGauge().GetValue()
			}
		}
		return -1
	}
	m := New()
	m.SetPolicies([]Policy{{ID: acme.ID, Product: acme.Product}})
	require.Zero(t, value(m), "a policy that was never backed up is shown")

	m.RunEnded(acme, backup.Incomplete, start)
	require.Zero(t, value(m), "INCOMPLETE is no success")
	m.RunEnded(acme, backup.Complete, start)
	require.Equal(t, float64(start.Unix()), value(m))
	m.SetPolicies([]Policy{{ID: acme.ID, Product: acme.Product}})
	require.Equal(t, float64(start.Unix()), value(m), "the store does not know of it yet")

	m.policies.noted[acme.ID] = time.Now().Add(-settled)
	m.SetPolicies([]Policy{{ID: acme.ID, Product: acme.Product, LastSuccess: start.Add(-time.Hour)}})
	require.Equal(t, float64(start.Add(-time.Hour).Unix()), value(m), "a backup that failed verification counts no more")
	m.SetPolicies(nil)
	require.Equal(t, -1.0, value(m), "a policy that is gone is not shown")
}

func TestNobodyCounts(t *testing.T) {
	var m *Metrics
	m.RunEnded(acme, backup.Complete, start)
	m.ShardStored(acme, backup.Counts{Items: 1})
	m.Request("GET /x", "")
	m.Waited(atlassian.WaitQuota, time.Second)
}

func TestScratchThatCannotBeReadHidesNoOther(t *testing.T) {
	m := New()
	failing := false
	m.Scratch(func() (scratch.Usage, error) {
		if failing {
			return scratch.Usage{}, os.ErrPermission
		}
		return scratch.Usage{}, nil
	})
	failing = true
	m.Request("GET /x", "")
	text := scrape(t, m)
	require.Contains(t, text, "holdfast_site_requests_total")
	require.NotContains(t, text, "holdfast_scratch_used_bytes ")
}

func TestSDKMetrics(t *testing.T) {
	m := New()
	h := m.SDK().WithTags(map[string]string{"namespace": "team", "operation": "Poll"})
	h.Counter("temporal_request").Inc(2)
	m.SDK().WithTags(map[string]string{"namespace": "team"}).Counter("temporal_request").Inc(3) // the SDK leaves labels out
	h.WithTags(map[string]string{"operation": "Start"}).Counter("temporal_request").Inc(1)
	h.Gauge("temporal_num_pollers").Update(5)
	h.Timer("temporal_request_latency").Record(20 * time.Millisecond)
	text := scrape(t, m)
	for _, line := range []string{
		`temporal_request_total{namespace="team",operation="Poll"} 2`,
		`temporal_request_total{namespace="team"} 3`,
		`temporal_request_total{namespace="team",operation="Start"} 1`,
		`temporal_num_pollers{namespace="team",operation="Poll"} 5`,
		`temporal_request_latency_seconds_bucket{namespace="team",operation="Poll",le="0.025"} 1`,
		`temporal_request_latency_seconds_bucket{namespace="team",operation="Poll",le="0.005"} 0`,
	} {
		require.Contains(t, text, line+"\n")
	}
}

func TestSDKMetricsFromManyGoroutines(t *testing.T) {
	m := New()
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for n := range 200 {
				h := m.SDK().WithTags(map[string]string{"n": fmt.Sprint(n % 5)})
				h.Counter("temporal_request").Inc(1)
				h.Timer("temporal_request_latency").Record(time.Millisecond)
				if i == 0 && n%50 == 0 {
					_, _ = m.registry.Gather()
				}
			}
		})
	}
	all.Wait()
	require.Contains(t, scrape(t, m), `temporal_request_total{n="0"} 320`)
}
