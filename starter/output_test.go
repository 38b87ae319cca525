package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/serviceerror"

	"holdfast/internal/archive"
	"holdfast/internal/backup"
	"holdfast/internal/failure"
	"holdfast/internal/message"
)

var start = time.Date(2026, 11, 23, 2, 16, 58, 0, time.UTC)

func sampleBackup() backup.Backup {
	return backup.Backup{
		ID: "jira-acme.20261123T021658Z", Status: backup.Incomplete, Reason: "1 item is missing:\nrun it again",
		StartedAt: start, EndedAt: start.Add(90 * time.Second), ExpiresAt: start.Add(14 * 24 * time.Hour),
		Options: backup.Options{Attachments: true, Exclude: []string{"TEST", "OLD"}}, By: "ann@host",
		Counts: backup.Counts{Containers: 3, Items: 12345, Records: 99999, Attachments: 7, AttachmentBytes: 3 << 20, RawBytes: 2048, StoredBytes: 5_000_000_000, Missing: 1},
	}
}

// lines joins a table's lines with single spaces between the cells.
func lines(t *testing.T, table func(w *tabwriter.Writer)) []string {
	t.Helper()
	var out bytes.Buffer
	w := tabwriter.NewWriter(&out, 0, 0, 2, ' ', 0)
	table(w)
	require.NoError(t, w.Flush())
	var all []string
	for l := range strings.Lines(out.String()) {
		all = append(all, strings.Join(strings.Fields(l), " "))
	}
	return all
}

func TestBackupForPeople(t *testing.T) {
	got := lines(t, func(w *tabwriter.Writer) {
		printBackup(w, sampleBackup(), backup.Policy{Product: backup.Jira, Site: "https://acme.atlassian.net"})
	})
	require.Equal(t, []string{
		"backup jira-acme.20261123T021658Z",
		"of jira of https://acme.atlassian.net",
		"status INCOMPLETE",
		"reason 1 item is missing: run it again",
		"started 2026-11-23 02:16:58Z by ann@host (as they say)",
		"ended 2026-11-23 02:18:28Z, after 1m30s",
		"expires 2026-12-07 02:16:58Z",
		"last verified not yet: holdfast backup verify jira-acme.20261123T021658Z",
		"attachments included",
		"remote links included",
		"properties of issues included",
		"projects left out TEST, OLD (switched off)",
		"projects 3",
		"issues 12,345",
		"records 99,999",
		"attachments 7, 3.0 MiB (0 copied from earlier backups)",
		"size 2.0 KiB of records, 4.7 GiB stored in all",
		"missing 1",
		"gone 0 (deleted or hidden since the census)",
	}, got)
}

func TestBackupsForPeople(t *testing.T) {
	require.Equal(t, []string{
		"BACKUP STATUS STARTED EXPIRES ISSUES ATTACHMENTS STORED DOWNLOAD BY REASON",
		"jira-acme.20261123T021658Z INCOMPLETE 2026-11-23 02:16:58Z 2026-12-07 02:16:58Z 12,345 7 4.7 GiB - ann@host 1 item is missing: run it again",
	}, lines(t, func(w *tabwriter.Writer) { printBackups(w, "jira-acme", []backup.Backup{sampleBackup()}) }))
	require.Equal(t, []string{"There are no backups. Start one with 'holdfast backup run jira-acme'."},
		lines(t, func(w *tabwriter.Writer) { printBackups(w, "jira-acme", nil) }))
}

func TestBackupForScripts(t *testing.T) {
	var out bytes.Buffer
	a := &app{streams: streams{out: &out}, output: "json"}
	require.NoError(t, a.print(shown{Backup: sampleBackup(), Coverage: &coverage{
		Kinds:     []archive.KindRow{{Kind: "issue", Name: "issues", State: archive.Partly, Captured: 2, Missing: 1}},
		Items:     []archive.ItemRow{{Outcome: archive.Missing, Kind: "issue", ID: "1", Key: "A-1", Reason: "forbidden"}},
		ItemCount: 1,
	}}, nil))
	var got map[string]any
	require.NoError(t, json.Unmarshal(out.Bytes(), &got))
	require.Equal(t, "INCOMPLETE", got["status"])
	require.Equal(t, "2026-11-23T02:16:58Z", got["startedAt"])
	require.Equal(t, 12345.0, got["counts"].(map[string]any)["items"])
	require.Equal(t, 1.0, got["coverage"].(map[string]any)["itemCount"])
	require.NotContains(t, got, "verifiedAt", "what is not there is left out")
}

func TestPolicyForPeople(t *testing.T) {
	p := backup.Policy{ID: "jira-acme", Product: backup.Jira, Site: "https://acme.atlassian.net", Credential: "acme", Limits: backup.DefaultLimits(), CreatedAt: start, CreatedBy: "ann"}
	b := sampleBackup()
	got := lines(t, func(w *tabwriter.Writer) {
		printView(w, message.PolicyView{Policy: p, Backups: []backup.Backup{b}, Available: 1, NextAllowedAt: start.Add(p.Limits.Cadence)}, start)
	})
	for _, want := range []string{
		"attachments switched off", "projects left out none", "a backup is kept for 14 days",
		"next backup after a COMPLETE one 7 days", "a run gives up after 3 days", "available backups 1",
		"last backup 2026-11-23 02:16:58Z, INCOMPLETE", "next backup allowed 2026-11-30 02:16:58Z",
	} {
		require.Contains(t, got, want)
	}
	require.Contains(t, got[len(got)-1], "queues, request types, SLAs and organisations are not captured")

	all := []message.PolicySummary{{ID: "jira-acme", Site: p.Site, Product: p.Product, Available: 1, Last: &b, LastComplete: start, NextRun: start.Add(p.Limits.Cadence)},
		{ID: "jira-beta", Site: "https://beta.atlassian.net", Product: backup.Jira, Paused: true, NextRun: start},
		{ID: "jira-gone", Site: p.Site, Product: p.Product, LastComplete: start, NextRun: start}}
	require.Equal(t, []string{
		"POLICY SITE PRODUCT AVAILABLE LAST BACKUP STATUS RECOVERY POINT NEXT RUN",
		"jira-acme https://acme.atlassian.net jira 1 2026-11-23 02:16:58Z INCOMPLETE 2 days old 2026-11-30 02:16:58Z",
		"jira-beta https://beta.atlassian.net jira 0 - - - paused",
		"jira-gone https://acme.atlassian.net jira 0 - - none: EXPIRED 2026-11-23 02:16:58Z",
	}, lines(t, func(w *tabwriter.Writer) { printPolicies(w, all, start.Add(50*time.Hour)) }))
}

func TestWhatOthersWroteStaysOnItsLine(t *testing.T) {
	require.Equal(t, "a b [31mred", cell("a\nb\x1b[31mred"))
	require.Equal(t, "-", cell(""))
}

func TestFigures(t *testing.T) {
	for want, got := range map[string]string{
		"0": count(0), "999": count(999), "1,000": count(1000), "-1,234,567": count(-1234567), "-999": count(-999),
		"1023 B": size(1023), "1.0 KiB": size(1024), "1.0 MiB": size(1<<20 - 1), "50.0 GiB": size(50 << 30),
		"1 day": days(24 * time.Hour), "36h0m0s": days(36 * time.Hour), "1s": days(time.Second),
	} {
		require.Equal(t, want, got)
	}
}

func TestExitCodes(t *testing.T) {
	for name, tc := range map[string]struct {
		err  error
		want int
	}{
		"COMPLETE":         {outcomeOf(backup.Complete), exitDone},
		"INCOMPLETE":       {outcomeOf(backup.Incomplete), exitIncomplete},
		"FAILED":           {outcomeOf(backup.Failed), exitFailed},
		"EXPIRED":          {outcomeOf(backup.Expired), exitFailed},
		"wrapped":          {fmt.Errorf("demo: %w", outcomeOf(backup.Incomplete)), exitIncomplete},
		"no consent":       {errDeclined, exitFailed},
		"wrong arguments":  {usagef("no"), exitUsage},
		"any other":        {errors.New("no"), exitFailed},
		"refused for once": {explain("run", failure.NewWithDetails(failure.TooEarly, "too early", start)), exitFailed},
	} {
		t.Run(name, func(t *testing.T) {
			var stderr bytes.Buffer
			a := &app{streams: streams{err: &stderr}, started: true}
			require.Equal(t, tc.want, a.finish(tc.err))
		})
	}
}

func TestHintsNameTheClusterOfTheCommand(t *testing.T) {
	text := "watch it: holdfast backup watch jira-acme.1; look at 'holdfast policy list'"
	require.Equal(t, text, (&app{}).hint(text))
	require.Equal(t, "watch it: holdfast --address a:1 --namespace 'my team' backup watch jira-acme.1; look at 'holdfast --address a:1 --namespace 'my team' policy list'",
		(&app{address: "a:1", namespace: "my team"}).hint(text))
}

func TestErrorsSayWhatToDo(t *testing.T) {
	for name, tc := range map[string]struct {
		err  error
		says []string
	}{
		"R1: too early, with the time": {
			failure.NewWithDetails(failure.TooEarly, "the next backup is allowed later", start), []string{"allowed at 2026-11-23 02:16:58Z"}},
		"R1: too early, as the policy says it": {
			failure.NewWithDetails(failure.TooEarly, "the next one may start at 2026-11-23 02:16:58Z; ask again then", start), []string{"policy jira-acme: the next one may start at 2026-11-23 02:16:58Z; ask again then"}},
		"no such namespace": {serviceerror.NewNamespaceNotFound("backups"), []string{"no namespace backups", "--namespace"}},
		"R3: one is in progress, with its id": {
			failure.NewWithDetails(failure.Running, "in progress", "jira-acme.1"), []string{"holdfast backup watch jira-acme.1", "holdfast backup cancel jira-acme.1"}},
		"no worker has the credential": {failure.New(failure.NoCredential, "no worker has credential acme"), []string{"--credentials"}},
		"unknown workflow":             {serviceerror.NewNotFound("no"), []string{"holdfast policy list", "--namespace"}},
		"no worker":                    {serviceerror.NewDeadlineExceeded("late"), []string{"check that a worker runs", "--timeout"}},
		"anything else":                {errors.New("boom"), []string{"boom: check the cluster"}},
	} {
		t.Run(name, func(t *testing.T) {
			err := explain("policy jira-acme", fmt.Errorf("call: %w", tc.err))
			require.ErrorIs(t, err, tc.err)
			for _, s := range tc.says {
				require.ErrorContains(t, err, s)
			}
			require.LessOrEqual(t, strings.Count(err.Error(), when(start)), 1, "a time is told once")
		})
	}
	require.NoError(t, explain("policy", nil))
}
