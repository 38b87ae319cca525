package backup

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var start = time.Date(2026, 11, 23, 2, 16, 58, 0, time.UTC)

const day = 24 * time.Hour

// edges are one second before, at, and one second after.
var edges = []struct {
	name string
	off  time.Duration
}{{"one second before", -time.Second}, {"at", 0}, {"one second after", time.Second}}

func TestR1Cadence(t *testing.T) {
	l := DefaultLimits()
	h := History{LastComplete: start}
	for _, e := range edges {
		t.Run("R1: "+e.name+" 7 days", func(t *testing.T) {
			err := MayStart(h, start.Add(7*day+e.off), l)
			if e.off >= 0 {
				require.NoError(t, err)
				return
			}
			var early *TooEarly
			require.ErrorAs(t, err, &early)
			require.Equal(t, start.Add(7*day), early.Allowed)
			require.ErrorContains(t, err, "2026-11-30 02:16:58Z")
		})
	}
	l.Cadence = time.Hour
	require.NoError(t, MayStart(h, start.Add(time.Hour), l), "the operator's figure counts")
}

func TestLastComplete(t *testing.T) {
	at := func(days int, s, was Status) Backup {
		return Backup{Status: s, Was: was, StartedAt: start.Add(time.Duration(days) * day)}
	}
	for _, c := range []struct {
		name    string
		backups []Backup
		want    time.Time
	}{
		{"none yet", nil, time.Time{}},
		{"R2: FAILED, INCOMPLETE and IN PROGRESS do not count", []Backup{at(1, Failed, ""), at(2, Incomplete, ""), at(3, InProgress, "")}, time.Time{}},
		{"R1: the newest COMPLETE, whatever the order", []Backup{at(1, Complete, ""), at(8, Complete, ""), at(3, Complete, "")}, start.Add(8 * day)},
		{"R1: one that failed verification counts no more", []Backup{at(8, Incomplete, ""), at(1, Complete, "")}, start.Add(day)},
		{"R1: an expired COMPLETE one still counts", []Backup{at(8, Expired, Complete)}, start.Add(8 * day)},
		{"R2: an expired INCOMPLETE one does not", []Backup{at(8, Expired, Incomplete)}, time.Time{}},
	} {
		t.Run(c.name, func(t *testing.T) { require.Equal(t, c.want, LastComplete(c.backups)) })
	}
}

func TestR2FailedMayRunAgain(t *testing.T) {
	h := History{LastComplete: LastComplete([]Backup{{Status: Failed, StartedAt: start}, {Status: Incomplete, StartedAt: start}})}
	require.NoError(t, MayStart(h, start, DefaultLimits()))
	require.True(t, AllowedAt(h, DefaultLimits()).IsZero())
}

func TestR3OneAtATime(t *testing.T) {
	long := start.Add(365 * day)
	var running *Running
	err := MayStart(History{Running: "jira-acme.20261123T021658Z", LastComplete: start}, long, DefaultLimits())
	require.ErrorAs(t, err, &running)
	require.ErrorContains(t, err, "jira-acme.20261123T021658Z")
	var restoring *Restoring
	require.ErrorAs(t, MayStart(History{Restoring: "restore/x/1"}, long, DefaultLimits()), &restoring)
}

func TestS5Expiry(t *testing.T) {
	l := DefaultLimits()
	require.Equal(t, start.Add(14*day), ExpiresAt(start, l))
	for _, s := range []Status{Complete, Incomplete, Failed, InProgress} {
		b := Backup{ID: "b", Status: s, StartedAt: start, ExpiresAt: ExpiresAt(start, l)}
		for _, e := range edges {
			t.Run("S5: "+string(s)+" "+e.name+" 14 days", func(t *testing.T) {
				now := start.Add(14*day + e.off)
				want := s
				if e.off >= 0 && (s == Complete || s == Incomplete) {
					want = Expired
				}
				require.Equal(t, want, StatusAt(b, now))
				require.Equal(t, want == Complete || want == Incomplete, Available(b, now))
			})
		}
	}
	b := Expire(Backup{Status: Incomplete, ExpiresAt: start})
	require.Equal(t, Expired, b.Status)
	require.Equal(t, Incomplete, b.Was)
	require.Contains(t, b.Reason, "2026-11-23 02:16:58Z")
	require.Equal(t, b, Expire(b), "expiring twice changes nothing")
	require.Equal(t, Failed, Expire(Backup{Status: Failed}).Status)
}

func TestD2PrepareDownload(t *testing.T) {
	l := DefaultLimits()
	whole := Backup{ID: "b", Status: Complete, StartedAt: start, ExpiresAt: start.Add(14 * day)}
	for s, ok := range map[Status]bool{Complete: true, Incomplete: true, InProgress: false, Failed: false, Expired: false} {
		t.Run("D2: "+string(s), func(t *testing.T) {
			b := whole
			b.Status = s
			err := MayPrepareDownload(b, start, l)
			if ok {
				require.NoError(t, err)
				return
			}
			var refused *NotAvailable
			require.ErrorAs(t, err, &refused)
			require.Equal(t, s, refused.Status)
		})
	}
	for size, ok := range map[int64]bool{50e9 - 1: true, 50e9: true, 50e9 + 1: false} {
		b := whole
		b.Counts.StoredBytes = size
		err := MayPrepareDownload(b, start, l)
		if ok {
			require.NoError(t, err, "L2: %d bytes", size)
			continue
		}
		var big *TooBig
		require.ErrorAs(t, err, &big, "L2: %d bytes", size)
		require.ErrorContains(t, err, "50000000001")
	}
	for _, e := range edges {
		t.Run("L3: "+e.name+" a download expires", func(t *testing.T) {
			until := start.Add(day)
			b := whole
			b.Download = &Download{Status: Ready, ReadyUntil: until}
			err := MayPrepareDownload(b, until.Add(e.off), l)
			if e.off >= 0 {
				require.NoError(t, err)
				return
			}
			var exists *DownloadExists
			require.ErrorAs(t, err, &exists)
		})
		t.Run("D2: "+e.name+" the backup expires", func(t *testing.T) {
			err := MayPrepareDownload(whole, whole.ExpiresAt.Add(e.off), l)
			require.Equal(t, e.off < 0, err == nil)
		})
	}
	var exists *DownloadExists
	for s, ok := range map[DownloadStatus]bool{Preparing: false, DownloadExpired: true, DownloadFailed: true} {
		b := whole
		b.Download = &Download{Status: s}
		err := MayPrepareDownload(b, start, l)
		require.Equal(t, ok, err == nil, "D2: one that is %s", s)
		require.True(t, ok || errors.As(err, &exists))
	}
	held := whole
	held.Held = &Note{}
	require.NoError(t, MayPrepareDownload(held, held.ExpiresAt, l), "one that is on hold does not expire")
}

func TestT1T2Restore(t *testing.T) {
	l := DefaultLimits()
	b := Backup{ID: "b", Status: Complete, StartedAt: start, ExpiresAt: start.Add(14 * day)}
	for s, ok := range map[Status]bool{Complete: true, Incomplete: true, InProgress: false, Failed: false, Expired: false} {
		for _, from := range []Source{FromStore, FromFile} {
			t.Run("T1: "+string(s)+" from "+string(from), func(t *testing.T) {
				x := b
				x.Status = s
				err := MayRestore(x, from, start, l)
				if ok {
					require.NoError(t, err)
					return
				}
				var refused *NotAvailable
				require.ErrorAs(t, err, &refused)
			})
		}
	}
	for _, e := range edges {
		t.Run("T2: "+e.name+" 14 days from the store", func(t *testing.T) {
			require.Equal(t, e.off < 0, MayRestore(b, FromStore, start.Add(14*day+e.off), l) == nil)
			require.NoError(t, MayRestore(b, FromFile, start.Add(14*day+e.off), l), "the file outlives it")
			require.NoError(t, MayRestore(Expire(b), FromFile, start.Add(14*day+e.off), l))
		})
		t.Run("T2: "+e.name+" 60 days from a file", func(t *testing.T) {
			err := MayRestore(b, FromFile, start.Add(60*day+e.off), l)
			if e.off < 0 {
				require.NoError(t, err)
				return
			}
			var old *FileTooOld
			require.ErrorAs(t, err, &old)
			require.ErrorContains(t, err, "2027-01-22 02:16:58Z")
		})
	}
}

func TestGoneTolerance(t *testing.T) {
	for items, want := range map[int]int{0: 10, 1: 10, 9_999: 10, 10_000: 10, 10_999: 10, 11_000: 11, 120_000: 120} {
		require.Equal(t, want, GoneTolerance(items), "%d items", items)
	}
}

func TestS6Compare(t *testing.T) {
	base := Baseline{Backup: "b", Containers: 10, Items: 101}
	for _, c := range []struct {
		name              string
		base              Baseline
		containers, items int
		ok                bool
	}{
		{"S6: the same", base, 10, 101, true},
		{"S6: half of the containers", base, 5, 101, true},
		{"S6: fewer than half of the containers", base, 4, 101, false},
		{"S6: just over half of the items", base, 10, 51, true},
		{"S6: fewer than half of the items", base, 10, 50, false},
		{"S6: no items", base, 10, 0, false},
		{"S6: no containers", base, 0, 0, false},
		{"S6: a first backup", Baseline{}, 1, 1, true},
		{"S6: a first backup of a site that shows nothing", Baseline{}, 0, 0, false},
		{"S6: a first backup of a site that shows no items", Baseline{}, 3, 0, false},
		{"S6: a site that was accepted without items", Baseline{Backup: "b", Containers: 3}, 3, 0, true},
		{"S6: a site that was accepted without anything", Baseline{Backup: "b"}, 0, 0, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := Compare(c.base, c.containers, c.items)
			if c.ok {
				require.NoError(t, err)
				return
			}
			var shrunk *Shrunk
			require.ErrorAs(t, err, &shrunk)
			require.ErrorContains(t, err, "--accept-smaller")
		})
	}
	require.ErrorContains(t, Compare(base, 4, 50), "4 containers with 50 items where backup b held 10 with 101")
}
