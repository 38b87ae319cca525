package main

import (
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"

	"holdfast/internal/backup"
)

// aPolicy is one as policy create makes it of no flags.
func aPolicy() backup.Policy {
	return backup.Policy{
		ID: "jira-acme", Product: backup.Jira, Site: "https://acme.atlassian.net", CloudID: "c", Credential: "acme",
		Options: backup.Options{Attachments: true}, Limits: backup.DefaultLimits(), CreatedAt: start, CreatedBy: "ann",
	}
}

// edited is a policy as these flags of policy edit make it.
func edited(t *testing.T, was backup.Policy, args ...string) (backup.Policy, error) {
	t.Helper()
	var f policyEditFlags
	cmd := &cobra.Command{Use: "edit"}
	f.settings.add(cmd)
	cmd.Flags().StringVar(&f.credential, "credential", "", "")
	require.NoError(t, cmd.ParseFlags(args))
	return f.apply(was, start)
}

func weekly() *backup.Schedule {
	return &backup.Schedule{Cron: "0 3 * * 1", TimeZone: "Europe/Berlin", Jitter: time.Hour, Retries: 1, RetryAfter: time.Hour}
}

func TestEditChangesWhatIsGiven(t *testing.T) {
	const day = 24 * time.Hour
	for name, c := range map[string]struct {
		was  func(p *backup.Policy)
		args string
		want func(p *backup.Policy)
	}{
		"a credential":       {nil, "--credential beta", func(p *backup.Policy) { p.Credential = "beta" }},
		"what backups hold":  {nil, "--no-attachments --exclude EE --exclude HR", func(p *backup.Policy) { p.Options = backup.Options{Exclude: []string{"EE", "HR"}} }},
		"attachments, again": {func(p *backup.Policy) { p.Options.Attachments = false }, "--no-attachments=false", func(p *backup.Policy) { p.Options.Attachments = true }},
		"nothing left out":   {func(p *backup.Policy) { p.Options.Exclude = []string{"EE"} }, "--exclude none", func(p *backup.Policy) { p.Options.Exclude = nil }},
		"limits": {nil, "--cadence 1d --retention 30d --deadline 36h --download-life 2d12h --max-download 10GB --package-deadline 1w", func(p *backup.Policy) {
			l := &p.Limits
			l.Cadence, l.Retention, l.Deadline, l.DownloadLife, l.MaxDownload, l.PackageDeadline = day, 30*day, 36*time.Hour, 60*time.Hour, 10e9, 7*day
		}},
		"a first schedule": {nil, "--schedule @weekly", func(p *backup.Policy) {
			p.Schedule = &backup.Schedule{Cron: "@weekly", Retries: 3, RetryAfter: 30 * time.Minute}
		}},
		"another time": {func(p *backup.Policy) { p.Schedule = weekly() }, "--schedule @daily", func(p *backup.Policy) {
			p.Schedule = weekly()
			p.Schedule.Cron = "@daily"
		}},
		"all of a schedule but its time": {func(p *backup.Policy) { p.Schedule = weekly() }, "--time-zone America/New_York --jitter 10m --retries 0 --retry-after 5m", func(p *backup.Policy) {
			p.Schedule = &backup.Schedule{Cron: "0 3 * * 1", TimeZone: "America/New_York", Jitter: 10 * time.Minute, RetryAfter: 5 * time.Minute}
		}},
		"no schedule": {func(p *backup.Policy) { p.Schedule = weekly() }, "--schedule none", func(p *backup.Policy) { p.Schedule = nil }},
		"a first verification, in the zone of the schedule": {func(p *backup.Policy) { p.Schedule = weekly() }, "--verify-schedule @daily --verify-shares 7", func(p *backup.Policy) {
			p.Schedule = weekly()
			p.Verification = &backup.Verification{Cron: "@daily", TimeZone: "Europe/Berlin", Of: 7}
		}},
		"shares alone": {func(p *backup.Policy) { p.Verification = &backup.Verification{Cron: "@daily", Of: 7} }, "--verify-shares 3", func(p *backup.Policy) {
			p.Verification = &backup.Verification{Cron: "@daily", Of: 3}
		}},
		"no verification": {func(p *backup.Policy) { p.Verification = &backup.Verification{Cron: "@daily", Of: 7} }, "--verify-schedule none", func(p *backup.Policy) {
			p.Verification = nil
		}},
		"who is notified":    {nil, "--notify ops --notify mail", func(p *backup.Policy) { p.Notify = []string{"ops", "mail"} }},
		"nobody is notified": {func(p *backup.Policy) { p.Notify = []string{"ops"} }, "--notify none", func(p *backup.Policy) { p.Notify = nil }},
	} {
		t.Run(name, func(t *testing.T) {
			was, before, want := aPolicy(), aPolicy(), aPolicy()
			if c.was != nil {
				c.was(&was)
				c.was(&before)
				c.was(&want)
			}
			c.want(&want)
			got, err := edited(t, was, strings.Fields(c.args)...)
			require.NoError(t, err)
			require.Equal(t, want, got)
			require.Equal(t, before, was, "what it was is compared by the service")
			require.NotEmpty(t, changesOf(was, got))
			require.Empty(t, changesOf(got, got))
		})
	}
}

func TestEditRefuses(t *testing.T) {
	for args, says := range map[string]string{
		"--schedule often":                           `--schedule: cron expression "often"`,
		"--schedule @weekly --time-zone Berlin":      `--time-zone: time zone "Berlin" is not known: give an IANA name such as Europe/Berlin, or UTC`,
		"--verify-schedule @daily --time-zone Local": `--time-zone: time zone "Local" is not known`,
		"--time-zone Europe/Berlin":                  "--time-zone is that of a schedule, and the policy has none: give --schedule too",
		"--jitter 1h":                                "--jitter is that of a schedule",
		"--retries 2":                                "--retries is that of a schedule",
		"--schedule none --retry-after 1h":           "--retry-after is that of a schedule",
		"--verify-shares 2":                          "give --verify-schedule too",
		"--verify-schedule never":                    `--verify-schedule: cron expression "never"`,
		"--verify-schedule @daily --verify-shares 0": "one of 0 shares",
		"--schedule @daily --retries -1":             "-1 times",
		"--notify ops --notify ops":                  "named twice",
		"--cadence 0s":                               "--cadence is 0s: give a positive duration such as 14d or 36h",
		"--max-download 0":                           "--max-download is 0B: give a positive size such as 50GB",
		"--versions 3":                               "--versions is for confluence, and this is a policy of jira: leave it out",
	} {
		t.Run(args, func(t *testing.T) {
			_, err := edited(t, aPolicy(), strings.Fields(args)...)
			require.ErrorContains(t, err, says)
			require.IsType(t, &usageError{}, err)
			require.NotContains(t, err.Error(), "--product", "it can't be changed")
		})
	}
}

func TestReviewShowsTheNextRuns(t *testing.T) {
	p := aPolicy()
	p.Schedule = &backup.Schedule{Cron: "30 2 * * 0", TimeZone: "Europe/Berlin"}
	// The clock goes forward on Sunday, 28 March 2027: 02:30 is not there.
	require.Equal(t, []string{
		"next scheduled runs 2027-03-21 01:30:00Z (02:30 Europe/Berlin)",
		"2027-04-04 00:30:00Z (02:30 Europe/Berlin)",
		"2027-04-11 00:30:00Z (02:30 Europe/Berlin)",
	}, lines(t, func(w *tabwriter.Writer) { previewSchedule(w, p, time.Date(2027, 3, 20, 0, 0, 0, 0, time.UTC)) }))

	p.Schedule = &backup.Schedule{Cron: "@daily", Jitter: 10 * time.Minute}
	got := lines(t, func(w *tabwriter.Writer) { previewSchedule(w, p, start) })
	require.Equal(t, "next scheduled runs 2026-11-24 00:00:00Z or up to 10m0s later", got[0])
	require.Contains(t, got[3], "the schedule rings more often than a backup may start, 7 days after the last COMPLETE one")

	p.Schedule = nil
	require.Empty(t, lines(t, func(w *tabwriter.Writer) { previewSchedule(w, p, start) }))
}

func TestReviewWarnsOfTimesWithoutBackups(t *testing.T) {
	p := aPolicy()
	preview := func() []string { return lines(t, func(w *tabwriter.Writer) { previewLimits(w, p) }) }
	require.Empty(t, preview(), "two weeks of two are there")
	p.Limits.Cadence = p.Limits.Retention
	require.Empty(t, preview(), "the next one may start when this one goes")
	p.Limits.Cadence = 30 * 24 * time.Hour
	require.Equal(t, []string{"note a backup expires 16 days before the next one may start: in between there is none; give a --retention longer than the --cadence"}, preview())
}

func TestDurationsAndSizes(t *testing.T) {
	const day = 24 * time.Hour
	for text, want := range map[string]time.Duration{
		"14d": 14 * day, "2w": 14 * day, "1d12h": 36 * time.Hour, "36h": 36 * time.Hour, "90m": 90 * time.Minute, "0s": 0, "1w1d": 8 * day,
	} {
		got, err := parseSpan(text)
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
		again, err := parseSpan(spanText(got))
		require.NoError(t, err)
		require.Equal(t, want, again, "what is shown can be typed")
	}
	for _, text := range []string{"", "14", "d", "-1d", "-5m", "1d-5h", "1h1d", "999999999999d", "9999999d", "tomorrow"} {
		_, err := parseSpan(text)
		require.ErrorContains(t, err, "such as 14d, 36h or 90m", text)
	}
	for text, want := range map[string]int64{"50GB": 50e9, "10GiB": 10 << 30, "1.5MB": 1500000, "1024": 1024, "7 B": 7, "2kB": 2000} {
		var b byteSize
		require.NoError(t, b.Set(text), text)
		require.Equal(t, byteSize(want), b, text)
		var again byteSize
		require.NoError(t, again.Set(b.String()))
		require.Equal(t, b, again, "nothing is lost")
	}
	for _, text := range []string{"", "much", "-1GB", "GB", "1e30", "NaN"} {
		require.ErrorContains(t, new(byteSize).Set(text), "such as 50GB", text)
	}
}

func TestExtendUntil(t *testing.T) {
	for args, want := range map[string]string{
		"--by 14d": "2026-12-07 02:16:58Z", "--by 36h": "2026-11-24 14:16:58Z",
		"--to 2027-01-31": "2027-01-31 00:00:00Z", "--to 2027-01-31T18:00:00+01:00": "2027-01-31 17:00:00Z", "--to 2027-01-31T18:00Z": "2027-01-31 18:00:00Z",
	} {
		flag, value, _ := strings.Cut(args, " ")
		var f extendFlags
		if flag == "--by" {
			require.NoError(t, f.by.Set(value))
		} else {
			f.to = value
		}
		got, err := f.until(start)
		require.NoError(t, err)
		require.Equal(t, want, when(got), args)
	}
	for _, f := range []extendFlags{{}, {to: "2027-01-31", by: 1}} {
		_, err := f.until(start)
		require.ErrorContains(t, err, "give either --to TIME or --by DURATION")
	}
	_, err := extendFlags{to: "next week"}.until(start)
	require.ErrorContains(t, err, `--to is "next week", which is no time`)
}
