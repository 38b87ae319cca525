package workflows

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holdfast/activities"
	"holdfast/internal/backup"
	"holdfast/internal/failure"
	"holdfast/internal/message"
)

// TestS5Expiry states when a backup expires: 14 days after its start, not one
// second before.
func TestS5Expiry(t *testing.T) {
	for _, e := range edges {
		t.Run("S5: "+e.name+" 14 days", func(t *testing.T) {
			l := newLife(t, whole(born))
			view := l.live(born.Add(14*day + e.off))
			if e.off < 0 {
				require.Equal(t, backup.Complete, view.Backups[0].Status)
				require.Equal(t, 1, view.Available)
				require.Empty(t, l.expired)
				return
			}
			require.Zero(t, view.Available)
			if e.off == 0 {
				return // what is due in this instant may come after the question
			}
			row := view.Backups[0]
			require.Equal(t, backup.Expired, row.Status)
			require.Equal(t, backup.Complete, row.Was)
			require.Equal(t, born.Add(14*day), row.DeletedAt)
			require.Contains(t, row.Reason, "2026-12-07 02:16:58Z")
			require.Len(t, l.expired, 1)
			require.Equal(t, born.Add(14*day), l.expired[0].Now, "at its time, not after it")
			require.Equal(t, backup.Expired, l.expired[0].Backup.Status, "the state comes first")
			require.Equal(t, born, view.LastComplete, "R1: it keeps its place in the cadence")
			require.Equal(t, []string{bornID}, l.written[1].Changed, "state.json says so even if the deletion has to wait")
			last := l.written[len(l.written)-1]
			require.Equal(t, row.DeletedAt, last.Backups[0].DeletedAt, "policy.json says so, too")
		})
	}
}

// TestS5EachInItsTime states that one timer serves all backups.
func TestS5EachInItsTime(t *testing.T) {
	early, late := whole(born), whole(born.Add(2*time.Hour))
	late.ExpiresAt = born.Add(9 * day) // another limit held when it started
	failed := backup.Backup{ID: "jira-acme.20261123T021600Z", Status: backup.Failed, StartedAt: born.Add(-time.Minute)}
	broken := whole(born.Add(time.Hour))
	broken.Status = backup.Failed // by its verification
	l := newLife(t, failed, early, broken, late)
	view := l.live(born.Add(15 * day))
	require.Len(t, l.expired, 3, "a run that failed has nothing to delete")
	for i, want := range []backup.Backup{late, early, broken} {
		require.Equal(t, want.ID, l.expired[i].Backup.ID)
		require.Equal(t, want.ExpiresAt, l.expired[i].Now)
	}
	require.Equal(t, backup.Failed, l.expired[2].Backup.Was, "the bytes of one that failed its verification go, too")
	require.Equal(t, backup.Failed, view.Backups[3].Status)
	require.Zero(t, view.Backups[3].DeletedAt)
}

// TestExpiryIsAnnounced states that each expiry is announced once, a day before.
func TestExpiryIsAnnounced(t *testing.T) {
	for _, c := range []struct {
		name string
		row  func(*backup.Backup)
		ask  func(*life)
		want []time.Duration
	}{
		{name: "once", want: []time.Duration{13 * day}},
		{name: "not of one that is held", row: func(b *backup.Backup) { b.Held = &backup.Note{At: born} }},
		{name: "not of one that failed its verification", row: func(b *backup.Backup) { b.Status = backup.Failed }},
		{name: "not again after an import", row: func(b *backup.Backup) { b.ExpiryAnnounced = true }},
		{name: "again where it was put off", ask: func(l *life) {
			asked(l, 13*day+time.Hour, message.Extend, message.ExtendInput{BackupID: bornID, To: born.Add(16 * day)})
		}, want: []time.Duration{13 * day, 15 * day}},
		{name: "at its release, where that is late", row: func(b *backup.Backup) { b.Held = &backup.Note{At: born} }, ask: func(l *life) {
			asked(l, 14*day-time.Hour, message.Release, message.BackupInput{BackupID: bornID})
		}, want: []time.Duration{14*day - time.Hour}},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := whole(born)
			if c.row != nil {
				c.row(&b)
			}
			l := newLife(t, b)
			if c.ask != nil {
				c.ask(l)
			}
			l.live(born.Add(17 * day))
			require.Len(t, l.notices, len(c.want))
			for i, at := range c.want {
				require.Equal(t, backup.EventExpiring, l.notices[i].Event)
				require.Equal(t, born.Add(at), l.notices[i].At)
			}
		})
	}
}

// TestTimerSaysWhatItWaitsFor states what the Web UI shows of the one timer.
func TestTimerSaysWhatItWaitsFor(t *testing.T) {
	now := born.Add(13*day + time.Hour)
	for _, c := range []struct {
		name string
		set  func(*PolicyState, *backup.Backup)
		what string
		at   time.Time
	}{
		{"the notice", nil, "announce that " + bornID + " expires 2026-12-07 02:16:58Z", born.Add(13 * day)},
		{"the expiry", func(_ *PolicyState, b *backup.Backup) { b.ExpiryAnnounced = true }, bornID + " expires 2026-12-07 02:16:58Z", born.Add(14 * day)},
		{"nothing, where it is held", func(_ *PolicyState, b *backup.Backup) { b.Held = &backup.Note{} }, "", time.Time{}},
		{"who reads it", func(p *PolicyState, b *backup.Backup) {
			b.ExpiryAnnounced = true
			p.Reads = []Read{{ID: "restore/1", BackupID: bornID, Until: born.Add(14*day + time.Hour)}}
		}, bornID + " expired 2026-12-07 02:16:58Z, and is read until 2026-12-07 03:16:58Z at the latest", born.Add(14*day + time.Hour)},
		{"its package, which has a deadline", func(_ *PolicyState, b *backup.Backup) {
			b.ExpiryAnnounced, b.Download = true, &backup.Download{Status: backup.Preparing, Deadline: born.Add(14*day + time.Hour)}
		}, bornID + " expired 2026-12-07 02:16:58Z, and is read until 2026-12-07 03:36:58Z at the latest", born.Add(14*day + time.Hour + downloadGrace)},
		{"the next try", func(p *PolicyState, b *backup.Backup) {
			b.Status = backup.Expired
			p.Retries = []Retry{{BackupID: bornID, Next: born.Add(15 * day), Reason: "the bucket is away"}}
		}, "delete " + bornID + " again: the bucket is away", born.Add(15 * day)},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := &policyRun{PolicyState: newLife(t, whole(born)).state}
			if c.set != nil {
				c.set(&p.PolicyState, &p.Backups[0])
			}
			require.Equal(t, due{c.at, c.what}, p.nextDue(now))
		})
	}
}

// TestDeletionIsTriedAgain states what becomes of a deletion that fails: it is
// visible, and goes on being tried, ever more slowly, without growing histories.
func TestDeletionIsTriedAgain(t *testing.T) {
	l := newLife(t, whole(born), whole(born.Add(3*time.Hour)))
	back := born.Add(15 * day)
	l.expire = func(in activities.ExpireInput) error {
		if in.Backup.ID == bornID && in.Now.Before(back) {
			return failure.New(failure.StoreHeld, "an object is under retention: wait for its end")
		}
		return nil
	}
	l.after(14*day+time.Hour, func() {
		row := l.row(bornID)
		require.Equal(t, backup.Expired, row.Status)
		require.Zero(t, row.DeletedAt)
		require.Equal(t, "not deleted since 2026-12-07 02:16:58Z, and tried again at least every hour: an object is under retention: wait for its end", row.Deletion)
		require.Contains(t, l.page(), row.Deletion)
	})
	l.after(14*day+4*time.Hour, func() {
		require.NotZero(t, l.row(whole(born.Add(3*time.Hour)).ID).DeletedAt, "another backup does not wait for it")
	})
	view := l.live(born.Add(16 * day))
	var tries []time.Duration
	for _, in := range l.expired {
		if in.Backup.ID == bornID {
			tries = append(tries, in.Now.Sub(born.Add(14*day)))
		}
	}
	minutes := func(m int) time.Duration { return time.Duration(m) * time.Minute }
	require.Equal(t, []time.Duration{0, minutes(1), minutes(3), minutes(7), minutes(15), minutes(31), minutes(63), minutes(123)}, tries[:8])
	require.Len(t, tries, 7+23)
	row := view.Backups[1]
	require.NotZero(t, row.DeletedAt)
	require.Empty(t, row.Deletion)
	require.Empty(t, l.state.Retries)
	require.Less(t, len(l.written), 12, "policy.json is not written for each try")
}
