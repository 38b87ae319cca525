package content

// rng is splitmix64: small, fast, and the same in every release, which
// math/rand does not promise.
type rng uint64

// newRNG returns a generator that depends on every key, in order.
func newRNG(keys ...uint64) *rng {
	h := uint64(0x9E3779B97F4A7C15)
	for _, k := range keys {
		h = mix(h ^ mix(k+0x9E3779B97F4A7C15))
	}
	r := rng(h)
	return &r
}

func mix(z uint64) uint64 {
	z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9
	z = (z ^ (z >> 27)) * 0x94D049BB133111EB
	return z ^ (z >> 31)
}

func (r *rng) next() uint64 {
	*r += 0x9E3779B97F4A7C15
	return mix(uint64(*r))
}

// below returns a number in [0, n), 0 where n < 1.
func (r *rng) below(n int) int {
	if n < 1 {
		return 0
	}
	return int(r.next() % uint64(n))
}

// in reports true in percent of 100 cases.
func (r *rng) in(percent int) bool { return r.below(100) < percent }

// longTail returns a number in [0, most] whose small values are by far the most frequent.
func (r *rng) longTail(most int) int {
	f := float64(r.next()>>11) / (1 << 53)
	return int(f * f * f * f * float64(most+1))
}

func pick[T any](r *rng, from []T) T { return from[r.below(len(from))] }
