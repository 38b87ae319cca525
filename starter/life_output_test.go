package main

import (
	"bytes"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/stretchr/testify/require"

	"holdfast/internal/backup"
	"holdfast/internal/failure"
	"holdfast/internal/fetch"
	"holdfast/internal/message"
)

// complete is a COMPLETE backup that started at start.
func completeBackup() backup.Backup {
	b := sampleBackup()
	b.Status, b.Reason = backup.Complete, ""
	return b
}

func TestPolicyTellsWhatComesAndWhatWas(t *testing.T) {
	v := message.PolicyView{Policy: aPolicy(), LastComplete: start, Backups: []backup.Backup{completeBackup()}, Available: 1, NextAllowedAt: start.Add(7 * 24 * time.Hour)}
	v.Policy.Schedule, v.Policy.Notify = weekly(), []string{"ops", "mail"}
	v.Policy.Verification = &backup.Verification{Cron: "@daily", Of: 7}
	now := start.Add(3 * 24 * time.Hour)
	show := func() []string {
		return lines(t, func(w *tabwriter.Writer) { printView(w, v, now) })
	}
	v.NextRun = start.Add(4 * 24 * time.Hour)
	v.Pending = &message.PendingRun{At: start.Add(7 * 24 * time.Hour), Reason: "the cadence allows it then", Attempt: 1}
	v.Refused = &backup.Note{At: start, Text: "too early"}
	v.Missed = &backup.Note{At: start.Add(time.Hour), Text: "the bell did not ring"}
	v.Problems = []string{"the store refuses"}
	got := show()
	for _, want := range []string{
		"schedule 0 3 * * 1 Europe/Berlin, up to 1h0m0s later",
		"after an INCOMPLETE or FAILED scheduled run again after 1h0m0s, at most once",
		"verified by itself @daily UTC, the next of 7 shares each time",
		"notified ops, mail",
		"a download can be fetched for 1 day",
		"a download is at most 50GB",
		"recovery point 3 days old: the last COMPLETE backup started at 2026-11-23 02:16:58Z",
		"next backup allowed 2026-11-30 02:16:58Z",
		"next scheduled run 2026-11-27 02:16:58Z",
		"waiting until 2026-11-30 02:16:58Z: the cadence allows it then",
		"last refused run 2026-11-23 02:16:58Z: too early",
		"last missed run 2026-11-23 03:16:58Z: the bell did not ring",
		"problem the store refuses",
	} {
		require.Contains(t, got, want)
	}
	v.Paused = &backup.Note{At: start, By: "ann", Text: "the site moves"}
	require.Contains(t, show(), "paused 2026-11-23 02:16:58Z by ann (as they say): the site moves")
	require.Contains(t, show(), "next scheduled run none while it is paused")
	v.Paused, v.Retired = nil, &backup.Note{At: start, By: "ann"}
	require.Contains(t, show(), "deleted 2026-11-23 02:16:58Z by ann (as they say)")
	require.NotContains(t, show(), "next scheduled run 2026-11-27 02:16:58Z")
	v.Backups[0].Status, v.Backups[0].Was = backup.Expired, backup.Complete
	require.Contains(t, show(), "recovery point none: the last COMPLETE backup started at 2026-11-23 02:16:58Z and has EXPIRED")
	v.LastComplete = time.Time{}
	require.Contains(t, show(), "recovery point none: no backup is COMPLETE")
}

func TestAge(t *testing.T) {
	for want, d := range map[string]time.Duration{
		"0 seconds": -time.Hour, "119 seconds": 119 * time.Second, "2 minutes": 2 * time.Minute, "119 minutes": 119 * time.Minute,
		"47 hours": 47*time.Hour + 59*time.Minute, "2 days": 48 * time.Hour,
	} {
		require.Equal(t, want, age(d))
	}
}

func TestD2WhatCanBeDoneWithABackup(t *testing.T) {
	p := aPolicy()
	const id = "jira-acme.20261123T021658Z"
	ends := start.Add(14 * 24 * time.Hour)
	restore := action{Action: "restore", Command: "holdfast restore plan " + id + " --to SITE --credential NAME", Until: ends}
	whenever := action{Action: "restore", Command: restore.Command}
	prepare := action{Action: "prepare download", Command: "holdfast download prepare " + id, Until: ends}
	keep := []action{
		{Action: "extend", Command: "holdfast backup extend --by 14d " + id},
		{Action: "hold", Command: "holdfast backup hold --why TEXT " + id},
		{Action: "delete", Command: "holdfast backup delete " + id},
	}
	with := func(first ...action) []action { return append(append(first, restore), keep...) }
	for name, c := range map[string]struct {
		change func(b *backup.Backup)
		at     time.Time
		want   []action
	}{
		"COMPLETE":   {func(*backup.Backup) {}, start, with(prepare)},
		"INCOMPLETE": {func(b *backup.Backup) { b.Status = backup.Incomplete }, start, with(prepare)},
		"FAILED":     {func(b *backup.Backup) { b.Status, b.ExpiresAt = backup.Failed, time.Time{} }, start, []action{}},
		"FAILED its verification: its bytes are there": {func(b *backup.Backup) { b.Status = backup.Failed }, start, keep},
		"in progress":       {func(b *backup.Backup) { b.Status = backup.InProgress }, start, []action{{Action: "cancel", Command: "holdfast backup cancel " + id}}},
		"one second before": {func(*backup.Backup) {}, ends.Add(-time.Second), with(prepare)},
		"when it expires":   {func(*backup.Backup) {}, ends, []action{}},
		"a download that is prepared": {func(b *backup.Backup) {
			b.Download = &backup.Download{Status: backup.Preparing, Deadline: start.Add(time.Hour)}
		}, start,
			with(action{Action: "wait for the download", Command: "holdfast download prepare " + id, Until: start.Add(time.Hour)})},
		"a download that is ready": {func(b *backup.Backup) {
			b.Download = &backup.Download{Status: backup.Ready, ReadyUntil: start.Add(time.Hour)}
		}, start,
			with(action{Action: "download", Command: "holdfast download get " + id, Until: start.Add(time.Hour)})},
		"L3: a download that has expired": {func(b *backup.Backup) { b.Download = &backup.Download{Status: backup.Ready, ReadyUntil: start} }, start, with(prepare)},
		"L2: too big": {func(b *backup.Backup) { b.Counts.StoredBytes = 50e9 + 1 }, start,
			with(action{Action: "prepare download", Note: "backup " + id + " holds 50000000001 bytes, a download at most 50000000000: copy its folder out of the store instead"})},
		"held, whenever": {func(b *backup.Backup) { b.Held = &backup.Note{At: start} }, ends, []action{
			{Action: "prepare download", Command: prepare.Command}, whenever, keep[0], {Action: "release", Command: "holdfast backup release " + id}}},
	} {
		t.Run(name, func(t *testing.T) {
			b := completeBackup()
			c.change(&b)
			require.Equal(t, c.want, actionsOf(b, p, c.at))
		})
	}
	got := lines(t, func(w *tabwriter.Writer) {
		(&app{address: "a:1"}).printActions(w, actionsOf(completeBackup(), p, start))
	})
	require.Contains(t, got, "prepare download 2026-12-07 02:16:58Z holdfast --address a:1 download prepare "+id)
}

func TestEndOfABackupForPeople(t *testing.T) {
	held := &backup.Note{At: start, By: "ann", Text: "LEGAL-7"}
	for name, c := range map[string]struct {
		change func(b *backup.Backup)
		want   []string
	}{
		"it expires": {func(*backup.Backup) {}, []string{"expires 2026-12-07 02:16:58Z"}},
		"held": {func(b *backup.Backup) { b.Held = held }, []string{
			"expires 2026-12-07 02:16:58Z, and not before it is released", "held since 2026-11-23 02:16:58Z by ann (as they say): LEGAL-7"}},
		"being deleted": {func(b *backup.Backup) { *b = backup.Expire(*b) }, []string{"was COMPLETE", "deletion in progress"}},
		"a deletion that fails": {func(b *backup.Backup) {
			*b = backup.Expire(*b)
			b.Deletion = "since 02:17: the bucket is away"
		}, []string{"was COMPLETE", "deletion waits: since 02:17: the bucket is away"}},
		"deleted": {func(b *backup.Backup) {
			*b = backup.Expire(*b)
			b.DeletedAt = start
		}, []string{"was COMPLETE", "deleted 2026-11-23 02:16:58Z"}},
		"FAILED: it had no bytes": {func(b *backup.Backup) { b.Status, b.ExpiresAt = backup.Failed, time.Time{} }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			b := completeBackup()
			c.change(&b)
			require.Equal(t, c.want, lines(t, func(w *tabwriter.Writer) { printEnd(w, b) }))
		})
	}
	b := completeBackup()
	b.Scheduled = true
	require.Equal(t, "2026-11-23 02:16:58Z by the schedule", startedText(b))
}

func TestDownloadsForPeople(t *testing.T) {
	ready := backup.Download{Number: 2, Status: backup.Ready, RequestedAt: start, ReadyUntil: start.Add(24 * time.Hour), Size: 5 << 30, By: "ann"}
	all := []listedDownload{
		{"jira-acme.3", backup.Download{Number: 1, Status: backup.Preparing, RequestedAt: start, Deadline: start.Add(time.Hour), By: "ann"}},
		{"jira-acme.2", ready},
		{"jira-acme.1", backup.Download{Number: 1, Status: backup.DownloadFailed, Reason: "too late", RequestedAt: start, By: "ann"}},
	}
	show := func(now time.Time) []string {
		return lines(t, func(w *tabwriter.Writer) { printDownloads(w, all, now) })
	}
	require.Equal(t, []string{
		"BACKUP NUMBER STATUS SIZE ASKED FOR UNTIL BY REASON",
		"jira-acme.3 1 PREPARING - 2026-11-23 02:16:58Z gives up 2026-11-23 03:16:58Z ann -",
		"jira-acme.2 2 READY 5.0 GiB 2026-11-23 02:16:58Z 2026-11-24 02:16:58Z ann -",
		"jira-acme.1 1 FAILED - 2026-11-23 02:16:58Z - ann too late",
	}, show(start))
	require.Contains(t, show(ready.ReadyUntil), "jira-acme.2 2 EXPIRED 5.0 GiB 2026-11-23 02:16:58Z 2026-11-24 02:16:58Z ann -", "whatever is deleted yet")
	all = nil
	require.Equal(t, []string{"There are no downloads. Prepare one with 'holdfast download prepare BACKUP'."}, show(start))
}

func TestWhatCanBeFetched(t *testing.T) {
	for name, c := range map[string]struct {
		d    *backup.Download
		at   time.Time
		says string
	}{
		"ready":                  {&backup.Download{Status: backup.Ready, ReadyUntil: start.Add(1)}, start, ""},
		"L3: its time is over":   {&backup.Download{Status: backup.Ready, ReadyUntil: start}, start, "has expired: prepare another one"},
		"none":                   {nil, start, "there is no download of backup"},
		"being prepared":         {&backup.Download{Status: backup.Preparing}, start, "is being prepared: wait for it"},
		"FAILED":                 {&backup.Download{Status: backup.DownloadFailed, Reason: "too late"}, start, "has FAILED: too late; prepare another one"},
		"of an expired backup":   {nil, start.Add(14 * 24 * time.Hour), "is EXPIRED: there is nothing to fetch"},
		"and of its download":    {&backup.Download{Status: backup.DownloadExpired}, start.Add(14 * 24 * time.Hour), "is EXPIRED: there is nothing to fetch"},
		"of one that is expired": {&backup.Download{Status: backup.DownloadExpired}, start, "has expired: prepare another one"},
	} {
		t.Run(name, func(t *testing.T) {
			b := completeBackup()
			b.Download = c.d
			err := mayGet("jira-acme", b, c.at)
			if c.says == "" {
				require.NoError(t, err)
			} else {
				require.ErrorContains(t, err, c.says)
			}
		})
	}
}

func TestTransferOnALine(t *testing.T) {
	p := transferPace{backup: "jira-acme.1", step: stepFetch}
	p.note(start, 0, 100<<20, "")
	got := p.note(start.Add(time.Second), 25<<20, 100<<20, "")
	require.Equal(t, "fetch   [#####...............]  25%  25.0 MiB of 100.0 MiB  25.0 MiB/s  about 3s left", line(got, 200))
	got = p.note(start.Add(2*time.Second), 0, 100<<20, "the link has ended\x1b[2J")
	require.Equal(t, int64(25<<20), got.Done, "what is done does not become less")
	require.Contains(t, line(got, 200), "WAITING: the link has ended [2J  fetch")
	require.Zero(t, got.Remaining)
	require.Contains(t, line(transfer{Step: stepPrepare}, 200), "  0%  0 B of 0 B")
}

func TestTransferLinesAreWrittenWhenSomethingChanges(t *testing.T) {
	var out bytes.Buffer
	d := (&app{streams: streams{out: &out}, output: "json"}).newDisplay()
	p := transferPace{backup: "jira-acme.1", step: stepFetch}
	d.show(p.note(start, 5, 10, ""))
	d.show(p.note(start.Add(time.Second), 5, 10, ""))
	d.show(p.note(start.Add(2*time.Second), 7, 10, ""))
	require.Equal(t, 2, bytes.Count(out.Bytes(), []byte("\n")))
}

func TestAnswersOfAPolicyAreToldAsTheyAre(t *testing.T) {
	for _, kind := range []failure.Type{
		failure.NotAvailable, failure.TooBig, failure.Exists, failure.Conflict, failure.Retired, failure.Owned, failure.NoHook, failure.Held,
	} {
		err := explain("extend backup b", failure.New(kind, "why, and what to do: `holdfast policy show jira-acme`"))
		require.EqualError(t, err, "extend backup b: why, and what to do: `holdfast policy show jira-acme`")
		require.Equal(t, exitFailed, (&app{streams: streams{err: &bytes.Buffer{}}, started: true}).finish(err))
	}
}

func TestL4ExitCodesOfAFile(t *testing.T) {
	for name, c := range map[string]struct {
		found fileVerified
		want  int
		says  string
	}{
		"whole, of a COMPLETE backup":    {fileVerified{Whole: true, Backup: "jira-acme.1", Status: backup.Complete}, exitDone, "verified every byte is as is said of it inside: 0 files, 0 B"},
		"whole, of an INCOMPLETE backup": {fileVerified{Whole: true, Backup: "jira-acme.1", Status: backup.Incomplete}, exitIncomplete, "status INCOMPLETE"},
		"damaged":                        {fileVerified{Backup: "jira-acme.1", Status: backup.Complete, Problems: []string{"x"}, ProblemCount: 22}, exitFailed, "- and 21 more"},
		"none of holdfast":               {fileVerified{Problems: []string{"no zip"}, ProblemCount: 1}, exitFailed, "verified no: DAMAGED, problems found: 1; fetch it again, or verify the backup in the store"},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, c.want, (&app{streams: streams{err: &bytes.Buffer{}}, started: true}).finish(c.found.outcome()))
			require.Contains(t, lines(t, func(w *tabwriter.Writer) { c.found.table(w) }), c.says)
		})
	}
}

// TestADownloadThatWasBeingPreparedIsWaitedFor states that it is one to wait for though
// it is ready by the time that it is looked at.
func TestADownloadThatWasBeingPreparedIsWaitedFor(t *testing.T) {
	preparing, ready := backup.Download{Status: backup.Preparing}, backup.Download{Status: backup.Ready}
	refused := func(e *backup.DownloadExists) error {
		return failure.NewWithDetails(failure.Exists, e.Error(), e.Until)
	}
	while := refused(&backup.DownloadExists{BackupID: "b"})
	require.True(t, wasPreparing(while, preparing))
	require.True(t, wasPreparing(while, ready), "it got ready in between")
	after := refused(&backup.DownloadExists{BackupID: "b", Until: start})
	require.False(t, wasPreparing(after, ready), "it is fetched, not waited for")
}

// TestADamagedDownloadNamesWhatCanBeDone states that the advice is one that the service
// takes: another download is refused until the damaged one has ended.
func TestADamagedDownloadNamesWhatCanBeDone(t *testing.T) {
	b := completeBackup()
	b.Download = &backup.Download{Status: backup.Ready, ReadyUntil: start.Add(24 * time.Hour)}
	err := damagedDownload(b, fetch.ErrDamaged)
	require.ErrorIs(t, err, fetch.ErrDamaged)
	require.ErrorContains(t, err, "'holdfast backup verify "+b.ID+"'")
	require.ErrorContains(t, err, "holdfast download delete "+b.ID)
}
