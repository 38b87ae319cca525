package atlassian

import (
	"context"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

const (
	// assumedLimit is the burst limit of most GET and POST routes in Atlassian's
	// documentation, per second, until replies announce their own.
	assumedLimit = 100.0
	// share is how much of a limit we use: all apps of the site share it.
	share = 0.9
	// defaultInFlight is how many requests a site gets at a time.
	defaultInFlight = 16
)

// Throttle limits how many requests a process sends: per (site, method, route)
// by rate, per site by the number in flight. It pauses a route or a whole site
// that refuses. Share one Throttle between all clients of a process. It is safe
// for concurrent use.
type Throttle struct {
	inFlight int

	mu    sync.Mutex
	sites map[string]*siteGate
}

// NewThrottle returns a throttle that lets at most inFlight requests per site
// pass at a time; zero means 16.
func NewThrottle(inFlight int) *Throttle {
	if inFlight <= 0 {
		inFlight = defaultInFlight
	}
	return &Throttle{inFlight: inFlight, sites: map[string]*siteGate{}}
}

// routeKey names what has a rate of its own.
type routeKey struct{ site, route string }

func (c *Client) key(route string) routeKey { return routeKey{c.site.Host, route} }

type siteGate struct {
	slots  chan struct{}
	pause  pause
	routes map[string]*routeGate
}

type routeGate struct {
	limiter *rate.Limiter
	limit   float64 // requests per second that the site grants
	factor  float64 // what we take of it: halved by refusals, recovers
	changed time.Time
	pause   pause
}

// pause is a time before which nothing is sent, and why.
type pause struct {
	until  time.Time
	reason string
}

func (t *Throttle) gates(key routeKey) (*siteGate, *routeGate) {
	s := t.sites[key.site]
	if s == nil {
		s = &siteGate{slots: make(chan struct{}, t.inFlight), routes: map[string]*routeGate{}}
		t.sites[key.site] = s
	}
	r := s.routes[key.route]
	if r == nil {
		r = &routeGate{limiter: rate.NewLimiter(1, 1), limit: assumedLimit, factor: 1}
		r.apply()
		s.routes[key.route] = r
	}
	return s, r
}

// apply sets the limiter so that rate and burst together stay within our share
// in every window of a second.
func (r *routeGate) apply() {
	allowed := share * r.limit * r.factor
	burst := max(1, int(allowed/20))
	r.limiter.SetBurst(burst)
	r.limiter.SetLimit(rate.Limit(max(0.5, allowed-float64(burst))))
}

// enter waits until the request may be sent, and returns what must be called
// when it is over. A pause that ends after giveUp (which a first wait sets) is
// returned as ClassQuota at once.
func (t *Throttle) enter(ctx context.Context, key routeKey, giveUp *time.Time, retryFor time.Duration) (release func(), err error) {
	for {
		t.mu.Lock()
		site, route := t.gates(key)
		t.mu.Unlock()
		if err := t.waitPause(ctx, key, giveUp, retryFor); err != nil {
			return nil, err
		}
		if err := route.limiter.Wait(ctx); err != nil {
			return nil, awayError(key.route, ctx, err)
		}
		select {
		case <-ctx.Done():
			return nil, awayError(key.route, ctx, ctx.Err())
		case site.slots <- struct{}{}:
		}
		release = func() { <-site.slots }
		if p := t.paused(key); p.until.IsZero() {
			return release, nil
		}
		release()
	}
}

// waitPause waits for the end of the pauses of the site and the route.
func (t *Throttle) waitPause(ctx context.Context, key routeKey, giveUp *time.Time, retryFor time.Duration) error {
	for {
		p := t.paused(key)
		if p.until.IsZero() {
			return nil
		}
		if giveUp.IsZero() {
			*giveUp = time.Now().Add(retryFor)
		}
		if p.until.After(*giveUp) {
			method, template := split(key.route)
			return &Error{Class: ClassQuota, Method: method, Route: template, Until: p.until, Reason: p.reason}
		}
		if err := sleepUntil(ctx, p.until); err != nil {
			return awayError(key.route, ctx, err)
		}
	}
}

// paused returns the pause in force, or the zero pause.
func (t *Throttle) paused(key routeKey) pause {
	t.mu.Lock()
	defer t.mu.Unlock()
	site, route := t.gates(key)
	p := site.pause
	if route.pause.until.After(p.until) {
		p = route.pause
	}
	if !p.until.After(time.Now()) {
		return pause{}
	}
	return p
}

// refused notes a 429: the route is slowed down where the burst limit is meant,
// otherwise the whole site pauses.
func (t *Throttle) refused(key routeKey, until time.Time, wide bool, reason string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	site, route := t.gates(key)
	if wide {
		if until.After(site.pause.until) {
			site.pause = pause{until, reason}
		}
		return
	}
	if until.After(route.pause.until) {
		route.pause = pause{until, reason}
	}
	// Requests in flight together are refused together: that is one sign, not many.
	if now := time.Now(); now.Sub(route.changed) > time.Second {
		route.factor = max(route.factor/2, 1.0/64)
		route.changed = now
		route.apply()
	}
}

// succeeded lets a route that was slowed down recover, by a quarter a second.
func (t *Throttle) succeeded(key routeKey) {
	t.mu.Lock()
	defer t.mu.Unlock()
	_, route := t.gates(key)
	if now := time.Now(); route.factor < 1 && now.Sub(route.changed) > time.Second {
		route.factor = min(1, route.factor*1.25)
		route.changed = now
		route.apply()
	}
}

// heed follows the limit that a reply announces for its route.
func (t *Throttle) heed(key routeKey, h map[string][]string) {
	limit := burstLimit(h)
	if limit <= 0 {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	_, route := t.gates(key)
	if route.limit != limit {
		route.limit = limit
		route.apply()
	}
}
