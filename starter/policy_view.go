package main

import (
	"fmt"
	"io"
	"time"

	"holdfast/internal/backup"
	"holdfast/internal/message"
)

// printView writes all that a policy tells of itself (P4), at now.
func printView(w io.Writer, v message.PolicyView, now time.Time) {
	describePolicy(w, v.Policy)
	row(w, "created", when(v.Policy.CreatedAt)+" by "+cell(v.Policy.CreatedBy)+" (as they say)")
	printStanding(w, v.Standing)
	row(w, "available backups", v.Available)
	if len(v.Backups) > 0 {
		row(w, "last backup", fmt.Sprintf("%s, %s", when(v.Backups[0].StartedAt), v.Backups[0].Status))
	}
	row(w, "recovery point", recoveryPoint(v, now))
	row(w, "last proven restorable", provenText(v.Proven))
	if v.Unproven != nil {
		row(w, "last failed drill", noteText(v.Unproven))
	}
	if v.Running != "" {
		row(w, "in progress", v.Running)
	}
	if v.NextAllowedAt.After(now) {
		row(w, "next backup allowed", when(v.NextAllowedAt))
	} else if v.Retired == nil {
		row(w, "next backup allowed", "now")
	}
	printComing(w, v)
	for _, p := range v.Problems {
		row(w, "problem", p)
	}
	if v.Policy.Product == backup.Jira {
		row(w, "service projects", "issues, comments and attachments like all others; queues, request types, SLAs and organisations are not captured")
	}
}

// printStanding writes what stands in the way of backups, or did.
func printStanding(w io.Writer, s backup.Standing) {
	for _, note := range []struct {
		name string
		is   *backup.Note
	}{
		{"deleted", s.Retired}, {"paused", s.Paused}, {"last refused run", s.Refused}, {"last missed run", s.Missed},
	} {
		if note.is != nil {
			row(w, note.name, noteText(note.is))
		}
	}
}

// provenText is what the last drill showed that brought a backup back whole.
func provenText(p *backup.Proof) string {
	if p == nil {
		return "never: holdfast restore drill"
	}
	text := fmt.Sprintf("%s: backup %s, %s records, %s fields", when(p.At), p.Backup, count(p.Records), count(p.Fields))
	if p.Sample > 0 {
		text += fmt.Sprintf(", a sample of %s items", count(p.Sample))
	}
	return text
}

// noteText is a note for people.
func noteText(n *backup.Note) string {
	text := when(n.At)
	if n.By != "" {
		text += " by " + n.By + " (as they say)"
	}
	if n.Text != "" {
		text += ": " + n.Text
	}
	return text
}

// printComing writes what the policy will do by itself.
func printComing(w io.Writer, v message.PolicyView) {
	if p := v.Pending; p != nil {
		row(w, "waiting", fmt.Sprintf("until %s: %s", when(p.At), p.Reason))
	}
	if v.Policy.Schedule == nil || v.Retired != nil {
		return
	}
	next := when(v.NextRun)
	switch {
	case v.Paused != nil:
		next = "none while it is paused"
	case v.NextRun.IsZero():
		next = "not known yet"
	}
	row(w, "next scheduled run", next)
}

// recoveryPoint tells how old the newest state is that can be had back. Of what has
// expired nothing can, however lately it was COMPLETE.
func recoveryPoint(v message.PolicyView, now time.Time) string {
	last := v.LastComplete
	if last.IsZero() {
		return "none: no backup is COMPLETE"
	}
	for _, b := range v.Backups {
		if b.StartedAt.Equal(last) && b.Status == backup.Expired {
			return fmt.Sprintf("none: the last COMPLETE backup started at %s and has EXPIRED", when(last))
		}
	}
	return fmt.Sprintf("%s old: the last COMPLETE backup started at %s", age(now.Sub(last)), when(last))
}

// age is how long ago something was, for people, to what matters.
func age(d time.Duration) string {
	const day = 24 * time.Hour
	switch d = max(d, 0); {
	case d >= 2*day:
		return fmt.Sprintf("%d days", d/day)
	case d >= 2*time.Hour:
		return fmt.Sprintf("%d hours", d/time.Hour)
	case d >= 2*time.Minute:
		return fmt.Sprintf("%d minutes", d/time.Minute)
	}
	return fmt.Sprintf("%d seconds", d/time.Second)
}
