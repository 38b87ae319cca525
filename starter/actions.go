package main

import (
	"errors"
	"fmt"
	"io"
	"time"

	"holdfast/internal/backup"
)

// action is what can be done with a backup (D2).
type action struct {
	Action  string    `json:"action"`
	Command string    `json:"command,omitempty"` // that does it
	Until   time.Time `json:"until,omitzero"`    // as long as it can be done
	Note    string    `json:"note,omitempty"`    // what stands in its way
}

// The actions.
const (
	actPrepare = "prepare download"
	actAwait   = "wait for the download"
	actGet     = "download"
	actRestore = "restore"
	actExtend  = "extend"
	actHold    = "hold"
	actRelease = "release"
	actDelete  = "delete"
	actCancel  = "cancel"
)

// actionsOf are what can be done with a backup at now.
func actionsOf(b backup.Backup, p backup.Policy, now time.Time) []action {
	all := []action{}
	add := func(name, command string) { all = append(all, do(name, command, b, time.Time{})) }
	if b.Status == backup.InProgress {
		add(actCancel, "backup cancel")
	}
	if !backup.Present(b, now) {
		return all
	}
	if backup.Available(b, now) {
		all = append(all, usesOf(b, p, now)...)
	}
	add(actExtend, "backup extend --by 14d")
	if b.Held != nil {
		add(actRelease, "backup release")
		return all
	}
	add(actHold, "backup hold --why TEXT")
	add(actDelete, "backup delete")
	return all
}

// usesOf are the actions that read what is in a backup.
func usesOf(b backup.Backup, p backup.Policy, now time.Time) (all []action) {
	end := b.ExpiresAt
	if b.Held != nil {
		end = time.Time{}
	}
	var exists *backup.DownloadExists
	switch err := backup.MayPrepareDownload(b, now, p.Limits); {
	case err == nil:
		all = append(all, do(actPrepare, "download prepare", b, end))
	case errors.As(err, &exists) && exists.Until.IsZero():
		all = append(all, do(actAwait, "download prepare", b, b.Download.Deadline))
	case errors.As(err, &exists):
		all = append(all, do(actGet, "download get", b, exists.Until))
	default:
		all = append(all, action{Action: actPrepare, Note: err.Error()})
	}
	if backup.MayRestore(b, backup.FromStore, now, p.Limits) == nil {
		all = append(all, action{Action: actRestore, Until: end, Command: "holdfast restore plan " + b.ID + " --to SITE --credential NAME"})
	}
	return all
}

// do is an action that a command does.
func do(name, command string, b backup.Backup, until time.Time) action {
	return action{Action: name, Command: "holdfast " + command + " " + b.ID, Until: until}
}

// printActions writes what can be done, and by which commands.
func (a *app) printActions(w io.Writer, all []action) {
	if len(all) == 0 {
		return
	}
	fmt.Fprintln(w)
	row(w, "TO", "UNTIL", "COMMAND")
	for _, act := range all {
		do := a.hint(act.Command)
		if act.Note != "" {
			do = act.Note
		}
		row(w, act.Action, when(act.Until), do)
	}
}
