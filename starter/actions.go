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
	add := func(name, command string, until time.Time) {
		all = append(all, action{Action: name, Command: "holdfast " + command + " " + b.ID, Until: until})
	}
	if b.Status == backup.InProgress {
		add(actCancel, "backup cancel", time.Time{})
	}
	if !backup.Available(b, now) {
		return all
	}
	end := b.ExpiresAt
	if b.Held != nil {
		end = time.Time{}
	}
	var exists *backup.DownloadExists
	switch err := backup.MayPrepareDownload(b, now, p.Limits); {
	case err == nil:
		add(actPrepare, "download prepare", end)
	case errors.As(err, &exists) && exists.Until.IsZero():
		add(actAwait, "download prepare", b.Download.Deadline)
	case errors.As(err, &exists):
		add(actGet, "download get", exists.Until)
	default:
		all = append(all, action{Action: actPrepare, Note: err.Error()})
	}
	if backup.MayRestore(b, backup.FromStore, now, p.Limits) == nil {
		all = append(all, action{Action: actRestore, Until: b.StartedAt.Add(p.Limits.FileLife),
			Note: "not there yet: keep a downloaded file, which is to be restorable until then"})
	}
	add(actExtend, "backup extend --by 14d", time.Time{})
	if b.Held != nil {
		add(actRelease, "backup release", time.Time{})
		return all
	}
	add(actHold, "backup hold --why TEXT", time.Time{})
	add(actDelete, "backup delete", time.Time{})
	return all
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
