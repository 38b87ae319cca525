package workflows

import (
	"fmt"
	"slices"
	"time"

	"go.temporal.io/sdk/workflow"

	"holdfast/internal/backup"
)

// setupExpiry ends the life of backups when it is time (S5).
func (p *policyRun) setupExpiry(ctx workflow.Context) error {
	workflow.Go(ctx, p.expire)
	return nil
}

// due is what the life of a backup asks for next, and when.
type due struct {
	at   time.Time
	what string // for the timer, and for people
}

// before reports whether d comes before other; nothing comes last.
func (d due) before(other due) bool {
	return !d.at.IsZero() && (other.at.IsZero() || d.at.Before(other.at))
}

func (d due) is(now time.Time) bool { return !d.at.IsZero() && !now.Before(d.at) }

// expire waits, with one timer, for what is due first, whichever backup it is of, and
// does all that is due then.
func (p *policyRun) expire(ctx workflow.Context) {
	for {
		next := p.nextDue(workflow.Now(ctx))
		if next.is(workflow.Now(ctx)) {
			if p.lock.Lock(ctx) != nil {
				return
			}
			p.doDue(ctx, workflow.Now(ctx))
			p.lock.Unlock()
			continue
		}
		if p.awaitDue(ctx, next) != nil {
			return
		}
	}
}

// awaitDue waits until next is due, or something else comes before it.
func (p *policyRun) awaitDue(ctx workflow.Context, next due) error {
	moved := func() bool { return p.nextDue(workflow.Now(ctx)) != next }
	if next.at.IsZero() {
		return workflow.Await(ctx, moved)
	}
	_, err := workflow.AwaitWithOptions(ctx, workflow.AwaitOptions{
		Timeout: next.at.Sub(workflow.Now(ctx)), TimerOptions: workflow.TimerOptions{Summary: summarize(next.what)},
	}, moved)
	return err
}

// nextDue is what is due first.
func (p *policyRun) nextDue(now time.Time) (next due) {
	for _, b := range p.Backups {
		for _, d := range []due{p.noticeDue(b, now), p.expiryDue(b), p.deletionDue(b)} {
			if d.before(next) {
				next = d
			}
		}
	}
	return next
}

// noticeDue is when the expiry of a backup is announced: once, and before it.
func (p *policyRun) noticeDue(b backup.Backup, now time.Time) due {
	if b.ExpiryAnnounced || b.Held != nil || !backup.Available(b, now) {
		return due{}
	}
	return due{b.ExpiresAt.Add(-p.Policy.Limits.ExpiryNotice), fmt.Sprintf("announce that %s expires %s", b.ID, when(b.ExpiresAt))}
}

// expiryDue is when a backup expires: at its time, or when those who read it are
// through, the download that is being prepared among them.
func (p *policyRun) expiryDue(b backup.Backup) due {
	if !backup.HasBytes(b) || b.Held != nil {
		return due{}
	}
	until := p.readUntil(b.ID)
	if d := b.Download; d != nil && d.Status == backup.Preparing && d.Deadline.Add(downloadGrace).After(until) {
		until = d.Deadline.Add(downloadGrace)
	}
	if until.After(b.ExpiresAt) {
		return due{until, fmt.Sprintf("%s expired %s, and is read until %s at the latest", b.ID, when(b.ExpiresAt), when(until))}
	}
	return due{b.ExpiresAt, fmt.Sprintf("%s expires %s", b.ID, when(b.ExpiresAt))}
}

// deletionDue is when the bytes of a backup that has expired are deleted: when
// those who read it are through, and again after a failure.
func (p *policyRun) deletionDue(b backup.Backup) due {
	if !toDelete(b) || p.deleting[b.ID] {
		return due{}
	}
	d := due{b.StartedAt, "delete " + b.ID}
	if r := p.retry(b.ID); r != nil {
		d = due{r.Next, fmt.Sprintf("delete %s again: %s", b.ID, r.Reason)}
	}
	if until := p.readUntil(b.ID); until.After(d.at) {
		d = due{until, fmt.Sprintf("%s is read until %s at the latest", b.ID, when(until))}
	}
	return d
}

// toDelete reports whether b has expired and its bytes are not gone.
func toDelete(b backup.Backup) bool { return b.Status == backup.Expired && b.DeletedAt.IsZero() }

// doDue does what is due now. The state comes first: who asks from now on is told
// that the backup has expired.
func (p *policyRun) doDue(ctx workflow.Context, now time.Time) {
	changed := false
	for i := range p.Backups {
		row := &p.Backups[i]
		if p.noticeDue(*row, now).is(now) {
			row.ExpiryAnnounced, changed = true, true
			p.announce(ctx, backup.EventExpiring, expiringText(*row), row)
		}
		if p.expiryDue(*row).is(now) {
			*row, changed = backup.Expire(*row), true
			p.stateChanged(row.ID)
		}
	}
	p.endReads(func(r Read) bool { return !now.Before(r.Until) })
	if changed {
		p.touch(ctx)
	}
	for _, b := range slices.Clone(p.Backups) {
		if p.deletionDue(b).is(now) {
			p.beginDeletion(ctx, b.ID)
		}
	}
}

func expiringText(b backup.Backup) string {
	return fmt.Sprintf("backup %s expires at %s and is deleted then; to keep it, prepare a download, or put its expiry off with `holdfast backup extend` or `holdfast backup hold`",
		b.ID, when(b.ExpiresAt))
}
