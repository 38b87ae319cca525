package atlassian

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"time"
)

// retry calls attempt until it succeeds, fails for good, or Config.RetryFor has
// passed since the first failure. A wait beyond that, named by the site, is
// returned at once: waiting long is the workflow's. So is the passing fault of a
// write of which it is not known whether it arrived.
func (c *Client) retry(ctx context.Context, route string, write bool, attempt func() *Error) error {
	var giveUp time.Time
	key := c.key(route)
	for n := 0; ; n++ {
		came := time.Now()
		release, err := c.throttle.enter(ctx, key, &giveUp, c.config.RetryFor)
		c.config.Observer.Waited(WaitLimit, time.Since(came))
		if err != nil {
			return err
		}
		if write {
			if err := mayWrite(ctx); err != nil {
				release()
				return err
			}
		}
		failed := attempt()
		release()
		c.observe(route, failed)
		if failed == nil {
			c.throttle.succeeded(key)
			return nil
		}
		if !failed.passes() || ctx.Err() != nil || write && !failed.undone() {
			return failed
		}
		now := time.Now()
		if giveUp.IsZero() {
			giveUp = now.Add(c.config.RetryFor)
		}
		until := now.Add(c.backoff(n))
		if failed.Until.After(until) {
			until = failed.Until
		}
		if failed.Class == ClassQuota && !failed.narrow {
			c.throttle.refused(key, until, failed.wide, failed.Reason)
		}
		if until.After(giveUp) {
			return failed
		}
		level := slog.LevelDebug
		if failed.Class == ClassQuota {
			level = slog.LevelInfo
		}
		c.log.Log(ctx, level, "retrying a call of the site", "route", route, "class", string(failed.Class),
			"status", failed.Status, "reason", failed.Reason, "trace", failed.Trace, "wait", until.Sub(now).Round(time.Millisecond))
		err = sleepUntil(ctx, until)
		why := WaitAway
		if failed.Class == ClassQuota {
			why = WaitQuota
		}
		c.config.Observer.Waited(why, time.Since(now))
		if err != nil {
			return awayError(route, ctx, err)
		}
	}
}

func (c *Client) observe(route string, failed *Error) {
	var class Class
	if failed != nil {
		class = failed.Class
	}
	c.config.Observer.Request(route, class)
}

// backoff is the wait after the n-th failure: it doubles, and is jittered by
// 0.7 to 1.3 as Atlassian advises.
func (c *Client) backoff(n int) time.Duration {
	wait := c.config.Backoff << min(n, 4)
	wait = min(wait, 15*c.config.Backoff)
	return time.Duration(float64(wait) * (0.7 + 0.6*rand.Float64()))
}

// Pause waits as after the n-th failure in a row, counted from 0: for replies
// that succeed but say that a part of them should be asked for again.
func (c *Client) Pause(ctx context.Context, n int) error {
	if sleepUntil(ctx, time.Now().Add(c.backoff(n))) != nil {
		return awayError("", ctx, ctx.Err())
	}
	return nil
}

func sleepUntil(ctx context.Context, until time.Time) error {
	timer := time.NewTimer(time.Until(until))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
