package workflows

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"holdfast/internal/backup"
	"holdfast/internal/failure"
)

// gate is where the steps of a run wait while the site, its quota, the store, a
// credential or scratch is not to be had (R4). One pause stops all; when its
// timer ends, one step goes through as a probe, and with its success all go on.
type gate struct {
	// ctx outlives the steps, so that the end of one does not end the pause of all.
	ctx    workflow.Context
	limits backup.Limits
	pause  *pause
	// changed is called when a pause begins, moves or ends, to show it.
	changed func(waiting string)
}

type pause struct {
	kind    failure.Type
	message string
	until   time.Time
	due     bool // its timer has ended: a probe may go
	probing bool // a probe is under way
	tries   int  // probes that failed
}

func newGate(ctx workflow.Context, limits backup.Limits, changed func(string)) *gate {
	calm, _ := workflow.NewDisconnectedContext(ctx)
	return &gate{ctx: calm, limits: limits, changed: changed}
}

// pass runs step, and again after each wait, until it succeeds or fails for
// another reason than one that passes by itself. While it waits it calls idle
// at least every five minutes, where that is given; idle's error ends the wait.
func (g *gate) pass(ctx workflow.Context, idle func() error, step func() error) error {
	for {
		probed, err := g.enter(ctx, idle)
		if err != nil {
			return err
		}
		settle := g.trust(probed)
		err = step()
		settle()
		probe := probed != nil && probed == g.pause
		kind, message := failure.Of(err)
		if err != nil && kind.Waits() && ctx.Err() == nil {
			g.hold(probe, kind, message, failure.Until(err))
			continue
		}
		if probe {
			g.open()
		}
		return err
	}
}

// trust opens the gate when a probe goes on for ProbeMax: activities give up by
// themselves within two minutes, so one that does not has got through, and the
// others need not wait for the end of an upload that takes hours. The caller
// calls settle when the step has ended.
func (g *gate) trust(probed *pause) (settle func()) {
	if probed == nil {
		return func() {}
	}
	ctx, cancel := workflow.WithCancel(g.ctx)
	workflow.Go(ctx, func(ctx workflow.Context) {
		err := workflow.NewTimerWithOptions(ctx, g.limits.ProbeMax, workflow.TimerOptions{
			Summary: "what goes on as long as this has got through",
		}).Get(ctx, nil)
		if err == nil && g.pause == probed {
			g.open()
		}
	})
	return cancel
}

// idleEvery is how often a step that waits shows that it still wants its scratch.
const idleEvery = 4 * time.Minute

// enter waits until there is no pause, or until this step may probe the end of
// the one that it returns.
func (g *gate) enter(ctx workflow.Context, idle func() error) (probed *pause, err error) {
	passable := func() bool { return g.pause == nil || (g.pause.due && !g.pause.probing) }
	for !passable() {
		if idle == nil {
			if err := workflow.Await(ctx, passable); err != nil {
				return nil, err
			}
			break
		}
		ok, err := workflow.AwaitWithOptions(ctx, workflow.AwaitOptions{
			Timeout: idleEvery, TimerOptions: workflow.TimerOptions{Summary: "keep the scratch slot"},
		}, passable)
		if err != nil {
			return nil, err
		}
		if !ok {
			if err := idle(); err != nil {
				return nil, err
			}
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if g.pause == nil {
		return nil, nil
	}
	g.pause.probing = true
	return g.pause, nil
}

// hold begins a pause, or lengthens the one whose probe has failed. A step that
// was under way when the pause began just joins it.
func (g *gate) hold(probe bool, kind failure.Type, message string, until time.Time) {
	if g.pause != nil && !probe {
		if g.pause.until.Before(until) {
			g.pause.until = until
		}
		return
	}
	tries := 0
	if g.pause != nil {
		tries = g.pause.tries + 1
	}
	next := workflow.Now(g.ctx).Add(g.backoff(tries))
	if until.After(next) {
		next = until
	}
	p := &pause{kind: kind, message: message, until: next, tries: tries}
	g.pause = p
	g.changed(p.text())
	workflow.Go(g.ctx, func(ctx workflow.Context) {
		for {
			d := p.until.Sub(workflow.Now(ctx))
			if d <= 0 {
				break
			}
			if err := workflow.NewTimerWithOptions(ctx, d, workflow.TimerOptions{Summary: summarize(p.text())}).Get(ctx, nil); err != nil {
				return
			}
		}
		p.due = true
	})
}

// backoff is the wait before the next probe: it doubles from ProbeAfter to ProbeMax.
func (g *gate) backoff(tries int) time.Duration {
	d := g.limits.ProbeAfter
	for ; tries > 0 && d < g.limits.ProbeMax; tries-- {
		d *= 2
	}
	return min(d, g.limits.ProbeMax)
}

// open ends the pause: a probe got through, or what was waited for matters no more.
func (g *gate) open() {
	if g.pause != nil {
		g.pause = nil
		g.changed("")
	}
}

// text says for people what is waited for, and until when.
func (p *pause) text() string {
	at := p.until.UTC().Format("15:04:05Z")
	switch p.kind {
	case failure.Quota:
		return fmt.Sprintf("quota until %s: %s", at, p.message)
	case failure.SiteAway:
		return fmt.Sprintf("the site is away, next try at %s: %s", at, p.message)
	case failure.StoreAway:
		return fmt.Sprintf("the store is away, next try at %s: %s", at, p.message)
	case failure.ScratchFull:
		return fmt.Sprintf("no scratch space, next try at %s: %s", at, p.message)
	default:
		return fmt.Sprintf("next try at %s: %s", at, p.message)
	}
}

// maxSurprises is how often a step may fail for an unknown reason before it is given up.
const maxSurprises = 5

// persist passes step through the gate and, where it fails for a reason that
// nobody foresaw, tries it again a few times, ever more slowly.
func (g *gate) persist(ctx workflow.Context, step func(try int) error) error {
	for try := 1; ; try++ {
		err := g.pass(ctx, nil, func() error { return step(try) })
		if err == nil || ctx.Err() != nil || temporal.IsCanceledError(err) {
			return err
		}
		if kind, _ := failure.Of(err); kind.Definite() || try >= maxSurprises {
			return err
		}
		if err := workflow.NewTimerWithOptions(ctx, g.backoff(try-1)/10, workflow.TimerOptions{
			Summary: summarize("try again after: " + reason(err)),
		}).Get(ctx, nil); err != nil {
			return err
		}
	}
}

// reason is the innermost message of an error from an activity or child.
func reason(err error) string {
	if kind, message := failure.Of(err); kind != "" {
		return message
	}
	var timeout *temporal.TimeoutError
	if asTimeout(err, &timeout) {
		return "no answer in time (" + timeout.TimeoutType().String() + ")"
	}
	return err.Error()
}
