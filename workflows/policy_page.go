package workflows

import (
	"fmt"
	"slices"
	"strings"

	"go.temporal.io/sdk/workflow"

	"holdfast/internal/backup"
)

// show writes the policy's page for the Web UI. It is read long after it was
// written: it tells times, and leaves their age to the reader.
func (p *policyRun) show(ctx workflow.Context) {
	if !p.configured() {
		return
	}
	var t strings.Builder
	fmt.Fprintf(&t, "## %s of %s\n\n", p.Policy.Product, p.Policy.Site)
	for _, line := range p.standingLines(ctx) {
		t.WriteString("- " + cell(line) + "\n")
	}
	backups := slices.Clone(p.Backups)
	slices.Reverse(backups)
	t.WriteString("\n" + choicesTable(p.Policy) + "\n" + p.backupsTable(backups))
	workflow.SetCurrentDetails(ctx, t.String())
}

// standingLines say how the policy stands: what it does, waits for and complains of.
func (p *policyRun) standingLines(ctx workflow.Context) (lines []string) {
	add := func(format string, args ...any) { lines = append(lines, fmt.Sprintf(format, args...)) }
	noted := func(what string, n *backup.Note) {
		if n == nil {
			return
		}
		text := what + " " + when(n.At)
		if n.By != "" {
			text += " by " + n.By
		}
		if n.Text != "" {
			text += ": " + n.Text
		}
		lines = append(lines, text)
	}
	if p.removed {
		add("**Gone**: nothing of it is left in the store")
	}
	noted("**Deleted**", p.Retired)
	noted("**Paused** since", p.Paused)
	for _, problem := range p.problems() {
		add("**Problem**: %s", problem)
	}
	if p.Running != "" {
		add("In progress: %s", p.Running)
	}
	switch {
	case p.LastComplete.IsZero():
		add("Recovery point: none, no backup has been COMPLETE")
	case slices.ContainsFunc(p.Backups, func(b backup.Backup) bool {
		return b.StartedAt.Equal(p.LastComplete) && b.Status == backup.Expired
	}):
		add("Recovery point: none, the last COMPLETE backup started %s and has EXPIRED", when(p.LastComplete))
	default:
		add("Recovery point: the last COMPLETE backup started %s", when(p.LastComplete))
	}
	if next := backup.AllowedAt(p.history(), p.Policy.Limits); next.After(workflow.Now(ctx)) && p.Retired == nil {
		add("Next backup allowed at %s", when(next))
	}
	if s := p.Policy.Schedule; s != nil && p.Retired == nil {
		zone := s.TimeZone
		if zone == "" {
			zone = "UTC"
		}
		next := "not known yet"
		switch {
		case p.Paused != nil:
			next = "none while it is paused"
		case !p.NextRun.IsZero():
			next = when(p.NextRun)
		}
		add("Next scheduled run: %s (%s, %s)", next, s.Cron, zone)
	}
	if p.Pending != nil {
		add("Waiting until %s: %s", when(p.Pending.At), p.Pending.Reason)
	}
	if proof := p.Proven; proof != nil {
		add("Last proven restorable: %s, by drill %s of %s: %d records and %d fields as they were", when(proof.At), proof.Drill, proof.Backup, proof.Records, proof.Fields)
	}
	noted("**Last drill, which failed:**", p.Unproven)
	noted("Last scheduled run that was refused:", p.Refused)
	noted("Last scheduled run that was missed:", p.Missed)
	return lines
}

// shownRows is how many backups the page has.
const shownRows = 20

// backupsTable is the table of the policy's backups in Markdown, newest first: the
// last ones, and all older ones of which something is left beside the details.
func (p *policyRun) backupsTable(backups []backup.Backup) string {
	var t strings.Builder
	fmt.Fprintf(&t, "| backup | status | started | expires | %s | attachments | download | by | reason |\n|---|---|---|---|---:|---:|---|---|---|\n", p.Policy.Product.Items())
	left := 0
	for i, b := range backups {
		if i >= shownRows && !p.lives(b) {
			left++
			continue
		}
		fmt.Fprintf(&t, "| %s | %s | %s | %s | %d | %d | %s | %s | %s |\n", b.ID, b.Status, when(b.StartedAt), cell(p.expiryText(b)),
			b.Counts.Items, b.Counts.Attachments, cell(downloadText(b.Download)), cell(b.By), cell(b.Reason))
	}
	if left > 0 {
		fmt.Fprintf(&t, "\n%d older ones", left)
	}
	return t.String()
}

// expiryText says how long a backup is there, and what keeps it.
func (p *policyRun) expiryText(b backup.Backup) string {
	text := when(b.ExpiresAt)
	switch {
	case b.Status == backup.InProgress:
		return ""
	case !b.DeletedAt.IsZero():
		return "deleted " + when(b.DeletedAt)
	case b.Held != nil:
		return fmt.Sprintf("held by %s since %s%s; %s without that", someone(b.Held.By), when(b.Held.At), quote(b.Held.Text), text)
	case b.Deletion != "":
		return b.Deletion
	case b.Status == backup.Expired:
		text = "being deleted"
	}
	for _, r := range p.Reads {
		if r.BackupID == b.ID {
			text += fmt.Sprintf("; read by %s until %s at the latest", r.ID, when(r.Until))
		}
	}
	return text
}

// downloadText says how the last download of a backup stands, empty where there is none.
func downloadText(d *backup.Download) string {
	switch {
	case d == nil:
		return ""
	case d.Status == backup.Preparing:
		return fmt.Sprintf("%s since %s, until %s at the latest", d.Status, when(d.RequestedAt), when(d.Deadline))
	case d.Status == backup.Ready:
		return fmt.Sprintf("%s until %s, %d bytes", d.Status, when(d.ReadyUntil), d.Size)
	case d.Reason != "":
		return string(d.Status) + ": " + d.Reason
	}
	return string(d.Status)
}
