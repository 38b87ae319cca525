// Package metrics counts what a worker does, for Prometheus. Labels are ids and
// enums only, so that their number is bounded and no metric tells content.
// docs/metrics.md lists all of them.
package metrics

import (
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"holdfast/internal/atlassian"
	"holdfast/internal/backup"
	"holdfast/internal/buildinfo"
)

// Metrics are the metrics of one worker. A nil *Metrics counts nothing. It is
// safe for concurrent use, and an atlassian.Observer.
type Metrics struct {
	registry *prometheus.Registry
	sdk      *sdkMetrics
	policies *policies

	runs, items, raw, stored, attachments, requests, waited *prometheus.CounterVec
}

// New returns metrics that are all zero, and those of the Go runtime and of this process.
func New() *Metrics {
	m := &Metrics{registry: prometheus.NewRegistry(), sdk: newSDKMetrics(), policies: newPolicies()}
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		v := prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
		m.registry.MustRegister(v)
		return v
	}
	m.runs = counter("holdfast_runs_total",
		"Runs that ended, by the worker that wrote their end to the store: once per run, unless that worker was killed at that very moment. A run whose end could not be written is not counted.",
		"policy", "product", "status")
	m.items = counter("holdfast_items_total", "Issues or pages that were captured and uploaded. A shard that is attempted again counts again.", "policy", "product")
	m.raw = counter("holdfast_raw_bytes_total", "Bytes of the records that were uploaded, before compression. A shard that is attempted again counts again.", "policy", "product")
	m.stored = counter("holdfast_stored_bytes_total", "Bytes that uploaded shards take in the store: segments, indexes and attachments. A shard that is attempted again counts again.", "policy", "product")
	m.attachments = counter("holdfast_attachment_bytes_total", "Bytes of the attachments among holdfast_stored_bytes_total.", "policy", "product")
	m.requests = counter("holdfast_site_requests_total", "Requests to Atlassian's sites, each try counted, by route template; class is ok or the class of the error.", "route", "class")
	m.waited = counter("holdfast_site_wait_seconds_total",
		"Seconds that requests to Atlassian's sites waited: limit is the own throttle, which keeps what the site grants and the pauses that it asked for; quota comes after a 429, away after another passing fault.",
		"reason")
	m.registry.MustRegister(m.sdk, m.policies, build(),
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// build is a metric that is 1 and tells which holdfast this is.
func build() prometheus.Collector {
	info := buildinfo.Read()
	g := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "holdfast_build_info", Help: "1; its labels tell which holdfast runs."},
		[]string{"version", "revision", "go"})
	g.WithLabelValues(info.Version, info.Revision, info.Go).Set(1)
	return g
}

// Handler serves the metrics in Prometheus' text format.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{ErrorHandling: promhttp.ContinueOnError})
}

// RunEnded counts a run that ended with status; started is its start.
func (m *Metrics) RunEnded(p backup.Policy, status backup.Status, started time.Time) {
	if m == nil {
		return
	}
	m.runs.WithLabelValues(p.ID, string(p.Product), string(status)).Inc()
	if status == backup.Complete {
		m.policies.succeeded(Policy{ID: p.ID, Product: p.Product, LastSuccess: started})
	}
}

// ShardStored counts what an attempt at a shard has stored.
func (m *Metrics) ShardStored(p backup.Policy, c backup.Counts) {
	if m == nil {
		return
	}
	for _, v := range []struct {
		in *prometheus.CounterVec
		n  int64
	}{{m.items, int64(c.Items)}, {m.raw, c.RawBytes}, {m.stored, c.StoredBytes}, {m.attachments, c.AttachmentBytes}} {
		v.in.WithLabelValues(p.ID, string(p.Product)).Add(float64(v.n))
	}
}

// Request implements atlassian.Observer.
func (m *Metrics) Request(route string, class atlassian.Class) {
	if m == nil {
		return
	}
	if class == "" {
		class = "ok"
	}
	m.requests.WithLabelValues(route, string(class)).Inc()
}

// Waited implements atlassian.Observer.
func (m *Metrics) Waited(why atlassian.Wait, d time.Duration) {
	if m == nil {
		return
	}
	m.waited.WithLabelValues(string(why)).Add(max(0, d.Seconds()))
}
