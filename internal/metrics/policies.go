package metrics

import (
	"maps"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"holdfast/internal/backup"
)

// Policy is what is shown of a policy.
type Policy struct {
	ID      string
	Product backup.Product
	// LastSuccess is the start of its last COMPLETE backup, zero where it has none.
	LastSuccess time.Time
}

// SetPolicies shows exactly these policies. Every worker shows all policies, so
// that the loss of one hides none.
func (m *Metrics) SetPolicies(all []Policy) { m.policies.set(all) }

// policies is a collector of the time of each policy's last success.
type policies struct {
	desc *prometheus.Desc

	mu    sync.Mutex
	all   map[string]Policy
	noted map[string]time.Time // when a run that this worker sealed succeeded
}

func newPolicies() *policies {
	return &policies{all: make(map[string]Policy), noted: make(map[string]time.Time), desc: prometheus.NewDesc("holdfast_last_success_timestamp_seconds",
		"Start of the policy's last COMPLETE backup, in seconds since 1970; 0 where it has none. Every worker shows all policies, as the store has them, at most five minutes late.",
		[]string{"policy", "product"}, nil)}
}

func (p *policies) set(all []Policy) {
	p.mu.Lock()
	defer p.mu.Unlock()
	next := make(map[string]Policy, len(all))
	for _, one := range all {
		had := p.all[one.ID]
		if had.LastSuccess.After(one.LastSuccess) && time.Since(p.noted[one.ID]) < settled {
			one = had
		}
		next[one.ID] = one
	}
	p.all = next
	maps.DeleteFunc(p.noted, func(_ string, at time.Time) bool { return time.Since(at) >= settled })
}

// settled is how long after a run was sealed here the policy's own word of it
// may not be in the store yet.
const settled = 10 * time.Minute

func (p *policies) succeeded(one Policy) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.all[one.ID].LastSuccess.After(one.LastSuccess) {
		p.all[one.ID], p.noted[one.ID] = one, time.Now()
	}
}

// Describe implements prometheus.Collector.
func (p *policies) Describe(ch chan<- *prometheus.Desc) { ch <- p.desc }

// Collect implements prometheus.Collector.
func (p *policies) Collect(ch chan<- prometheus.Metric) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, one := range p.all {
		at := 0.0
		if !one.LastSuccess.IsZero() {
			at = float64(one.LastSuccess.Unix())
		}
		ch <- prometheus.MustNewConstMetric(p.desc, prometheus.GaugeValue, at, one.ID, string(one.Product))
	}
}
