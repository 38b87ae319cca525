package metrics

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.temporal.io/sdk/client"
)

// SDK is where Temporal's SDK enters its metrics. They have the names that its
// own exporter to Prometheus gives them: counters end in _total, timers are
// histograms that end in _seconds. Temporal's documentation lists them.
func (m *Metrics) SDK() client.MetricsHandler { return sdkHandler{all: m.sdk} }

// sdkMetrics is a collector of metrics that come into being as they are used. It
// describes none, so that one name may come with different labels: the SDK
// leaves out those that it has no value for.
type sdkMetrics struct {
	mu       sync.RWMutex
	counters map[string]*prometheus.CounterVec
	gauges   map[string]*prometheus.GaugeVec
	timers   map[string]*prometheus.HistogramVec
}

func newSDKMetrics() *sdkMetrics {
	return &sdkMetrics{
		counters: make(map[string]*prometheus.CounterVec),
		gauges:   make(map[string]*prometheus.GaugeVec),
		timers:   make(map[string]*prometheus.HistogramVec),
	}
}

// Describe implements prometheus.Collector.
func (s *sdkMetrics) Describe(chan<- *prometheus.Desc) {}

// Collect implements prometheus.Collector.
func (s *sdkMetrics) Collect(ch chan<- prometheus.Metric) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, v := range s.counters {
		v.Collect(ch)
	}
	for _, v := range s.gauges {
		v.Collect(ch)
	}
	for _, v := range s.timers {
		v.Collect(ch)
	}
}

// sdkHandler implements client.MetricsHandler.
type sdkHandler struct {
	all  *sdkMetrics
	tags map[string]string
}

// WithTags implements client.MetricsHandler.
func (h sdkHandler) WithTags(tags map[string]string) client.MetricsHandler {
	merged := make(map[string]string, len(h.tags)+len(tags))
	maps.Copy(merged, h.tags)
	maps.Copy(merged, tags)
	return sdkHandler{h.all, merged}
}

// Counter implements client.MetricsHandler.
func (h sdkHandler) Counter(name string) client.MetricsCounter {
	vector := family(h, h.all.counters, name, func(labels []string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name + "_total", Help: sdkHelp}, labels)
	})
	return sdkCounter{vector.With(h.tags)}
}

// Gauge implements client.MetricsHandler.
func (h sdkHandler) Gauge(name string) client.MetricsGauge {
	vector := family(h, h.all.gauges, name, func(labels []string) *prometheus.GaugeVec {
		return prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: name, Help: sdkHelp}, labels)
	})
	return sdkGauge{vector.With(h.tags)}
}

// Timer implements client.MetricsHandler.
func (h sdkHandler) Timer(name string) client.MetricsTimer {
	vector := family(h, h.all.timers, name, func(labels []string) *prometheus.HistogramVec {
		return prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: name + "_seconds", Help: sdkHelp, Buckets: sdkBuckets()}, labels)
	})
	return sdkTimer{vector.With(h.tags)}
}

const sdkHelp = "See Temporal's SDK metrics reference."

// sdkBuckets reach from a fast call of the cluster to a step of two hours.
func sdkBuckets() []float64 { return []float64{.005, .025, .1, .5, 1, 5, 15, 60, 300, 1800, 7200} }

// family is the vector of a name and of the names of h's tags; it is made at its first use.
func family[V any](h sdkHandler, in map[string]V, name string, make func(labels []string) V) V {
	labels := slices.Sorted(maps.Keys(h.tags))
	key := name + " " + strings.Join(labels, " ")
	h.all.mu.RLock()
	v, ok := in[key]
	h.all.mu.RUnlock()
	if ok {
		return v
	}
	h.all.mu.Lock()
	defer h.all.mu.Unlock()
	if v, ok = in[key]; !ok {
		v = make(labels)
		in[key] = v
	}
	return v
}

type sdkCounter struct{ prometheus.Counter }

// Inc implements client.MetricsCounter.
func (c sdkCounter) Inc(n int64) { c.Add(float64(max(0, n))) }

type sdkGauge struct{ prometheus.Gauge }

// Update implements client.MetricsGauge.
func (g sdkGauge) Update(v float64) { g.Set(v) }

type sdkTimer struct{ prometheus.Observer }

// Record implements client.MetricsTimer.
func (t sdkTimer) Record(d time.Duration) { t.Observe(d.Seconds()) }
