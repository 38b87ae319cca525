package metrics

import (
	"github.com/prometheus/client_golang/prometheus"

	"holdfast/internal/scratch"
)

// Scratch shows how a ledger's folder is used, as usage tells when it is asked.
func (m *Metrics) Scratch(usage func() (scratch.Usage, error)) {
	desc := func(name, help string) *prometheus.Desc {
		return prometheus.NewDesc("holdfast_scratch_"+name, help, nil, nil)
	}
	m.registry.MustRegister(&scratchMetrics{
		usage:  usage,
		slots:  desc("slots", "Shards that may lie in this worker's scratch folder at a time."),
		leased: desc("slots_leased", "Slots of the scratch folder that are leased to a shard."),
		used:   desc("used_bytes", "Bytes of the files in this worker's scratch folder."),
		free:   desc("free_bytes", "Bytes that are free on the disk of the scratch folder."),
	})
}

type scratchMetrics struct {
	usage                     func() (scratch.Usage, error)
	slots, leased, used, free *prometheus.Desc
}

// Describe implements prometheus.Collector.
func (s *scratchMetrics) Describe(ch chan<- *prometheus.Desc) { prometheus.DescribeByCollect(s, ch) }

// Collect implements prometheus.Collector.
func (s *scratchMetrics) Collect(ch chan<- prometheus.Metric) {
	u, err := s.usage()
	for _, g := range []struct {
		desc *prometheus.Desc
		v    int64
	}{{s.slots, int64(u.Slots)}, {s.leased, int64(u.Leased)}, {s.used, u.UsedBytes}, {s.free, u.FreeBytes}} {
		if err != nil {
			ch <- prometheus.NewInvalidMetric(g.desc, err)
			continue
		}
		ch <- prometheus.MustNewConstMetric(g.desc, prometheus.GaugeValue, float64(g.v))
	}
}
