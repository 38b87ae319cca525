package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"holdfast/internal/backup"
)

// setting is something that a policy says, for people.
type setting struct{ name, value string }

// settings are all that a policy says that can be changed.
func settings(p backup.Policy) []setting {
	all := []setting{{"credential", p.Credential}}
	for _, c := range p.Options.Choices(p.Product) {
		all = append(all, setting{c.Name, c.Value})
	}
	all = append(all, setting{"schedule", scheduleText(p.Schedule)})
	if s := p.Schedule; s != nil && s.Retries > 0 {
		all = append(all, setting{"after an INCOMPLETE or FAILED scheduled run", fmt.Sprintf("again after %s, at most %s", days(s.RetryAfter), times(s.Retries))})
	} else if s != nil {
		all = append(all, setting{"after an INCOMPLETE or FAILED scheduled run", "nothing before the next one"})
	}
	notified := "nobody"
	if len(p.Notify) > 0 {
		notified = strings.Join(p.Notify, ", ")
	}
	l := p.Limits
	return append(all,
		setting{"verified by itself", verificationText(p.Verification)},
		setting{"restored by itself", drillText(p.Drill)},
		setting{"notified", notified},
		setting{"a backup is kept for", days(l.Retention)},
		setting{"next backup after a COMPLETE one", days(l.Cadence)},
		setting{"a run gives up after", days(l.Deadline)},
		setting{"a download can be fetched for", days(l.DownloadLife)},
		setting{"a download is at most", decimalSize(l.MaxDownload)},
		setting{"its preparation gives up after", days(l.PackageDeadline)},
	)
}

// times is how often, for people.
func times(n int) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}

func scheduleText(s *backup.Schedule) string {
	if s == nil {
		return "none: backups start when they are asked for"
	}
	text := s.Cron + " " + zone(s.TimeZone)
	if s.Jitter > 0 {
		text += ", up to " + days(s.Jitter) + " later"
	}
	return text
}

func verificationText(v *backup.Verification) string {
	switch {
	case v == nil:
		return "no"
	case v.Of > 1:
		return fmt.Sprintf("%s %s, the next of %d shares each time", v.Cron, zone(v.TimeZone), v.Of)
	}
	return fmt.Sprintf("%s %s, all of the newest backup", v.Cron, zone(v.TimeZone))
}

func drillText(d *backup.Drill) string {
	switch {
	case d == nil:
		return "no"
	case d.Sample > 0:
		return fmt.Sprintf("%s %s into a sample site, %s items of the newest backup", d.Cron, zone(d.TimeZone), count(d.Sample))
	}
	return fmt.Sprintf("%s %s into a sample site, all of the newest backup", d.Cron, zone(d.TimeZone))
}

func zone(name string) string {
	if name == "" {
		return "UTC"
	}
	return name
}

// describePolicy writes a policy's own settings as lines of a table.
func describePolicy(w io.Writer, p backup.Policy) {
	row(w, "policy", p.ID)
	row(w, "site", p.Site)
	row(w, "product", p.Product)
	for _, s := range settings(p) {
		row(w, s.name, s.value)
	}
}

func describeOptions(w io.Writer, p backup.Product, o backup.Options) {
	for _, c := range o.Choices(p) {
		row(w, c.Name, c.Value)
	}
}

// previewLimits warns where the limits of a policy leave times without any backup.
func previewLimits(w io.Writer, p backup.Policy) {
	if l := p.Limits; l.Retention < l.Cadence {
		row(w, "note", fmt.Sprintf("a backup expires %s before the next one may start: in between there is none; give a --retention longer than the --cadence", days(l.Cadence-l.Retention)))
	}
}

// previewSchedule writes when the schedule of a policy that is not saved yet will ring.
func previewSchedule(w io.Writer, p backup.Policy, now time.Time) {
	next, err := nextRuns(p, now)
	if err != nil || len(next) == 0 {
		return // the flags were tried before
	}
	late := ""
	if p.Schedule.Jitter > 0 {
		late = " or up to " + days(p.Schedule.Jitter) + " later"
	}
	for i, at := range next {
		name := ""
		if i == 0 {
			name = "next scheduled runs"
		}
		text := when(at)
		if where, err := time.LoadLocation(p.Schedule.TimeZone); err == nil && zone(p.Schedule.TimeZone) != "UTC" {
			text += at.In(where).Format(" (15:04 ") + p.Schedule.TimeZone + ")"
		}
		fmt.Fprintf(w, "%s\t%s%s\n", name, text, late)
	}
	if every := shortest(next); every > 0 && every < p.Limits.Cadence-clockChange {
		row(w, "note", fmt.Sprintf("the schedule rings more often than a backup may start, %s after the last COMPLETE one: what comes too early is refused", days(p.Limits.Cadence)))
	}
}

// clockChange is by how much a change of the clock may bring a run forward, and more:
// the Policy waits so long by itself.
const clockChange = 2 * time.Hour

// shortest is the shortest time between two of times; zero where there is none.
func shortest(times []time.Time) (d time.Duration) {
	for i := 1; i < len(times); i++ {
		if gap := times[i].Sub(times[i-1]); d == 0 || gap < d {
			d = gap
		}
	}
	return d
}
