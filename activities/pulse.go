package activities

import (
	"context"
	"sync"
	"time"

	"go.temporal.io/sdk/activity"
)

// silence is how long an activity may go without progress before its heartbeats
// end: longer than a call to the site or the store retries by itself (2 minutes)
// after it has stalled (1 minute).
const silence = 5 * time.Minute

// pulse is the heartbeat of one activity. It beats while the activity gets on,
// also during the wait for a slow reply, and stops when nothing has moved for
// too long, so that a step that hangs is started anew like one whose host is lost.
type pulse struct {
	stop func()

	mu    sync.Mutex
	done  StepProgress
	moved time.Time
}

// pulseEvery is how often an activity says how far it is: `backup watch` shows
// it. The server's calls for it are few beside those of the steps themselves.
const pulseEvery = 2 * time.Second

// startPulse begins to heartbeat for the activity of ctx, at least three times
// per its heartbeat timeout; end it when the activity returns.
func startPulse(ctx context.Context) *pulse {
	p := &pulse{stop: func() {}, moved: time.Now()}
	if !activity.IsActivity(ctx) {
		return p
	}
	timeout := activity.GetInfo(ctx).HeartbeatTimeout
	if timeout <= 0 {
		return p
	}
	beating, cancel := context.WithCancel(ctx)
	var over sync.WaitGroup
	over.Go(func() {
		tick := time.NewTicker(min(timeout/3, pulseEvery))
		defer tick.Stop()
		for {
			select {
			case <-beating.Done():
				return
			case <-tick.C:
				if done, ok := p.alive(time.Now()); ok {
					activity.RecordHeartbeat(ctx, done)
				}
			}
		}
	})
	p.stop = func() { cancel(); over.Wait() }
	return p
}

// at says that the activity has come this far.
func (p *pulse) at(done StepProgress) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done, p.moved = done, time.Now()
}

// add says that so many more items, attachments and bytes are done; zero of all
// says just that the activity got on.
func (p *pulse) add(more StepProgress) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done.Items += more.Items
	p.done.Attachments += more.Attachments
	p.done.Bytes += more.Bytes
	p.moved = time.Now()
}

func (p *pulse) alive(now time.Time) (StepProgress, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.done, now.Sub(p.moved) < silence
}

// end ends the heartbeats.
func (p *pulse) end() { p.stop() }
