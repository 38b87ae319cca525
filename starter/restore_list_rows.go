package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"go.temporal.io/sdk/client"

	"holdfast/internal/message"
	"holdfast/internal/restore"
)

// restoreListed is a restore in the JSON of restore list.
type restoreListed struct {
	message.RestoreSummary
	// Waiting is what it waits for, as it says itself; empty where no worker answers.
	Waiting string `json:"waiting,omitempty"`
}

// Those under way are few; what they wait for is worth a moment, not the whole time of a request.
const (
	askedWaiting   = 10
	waitingTimeout = 2 * time.Second
)

// askWaiting asks the restores that are under way what they wait for, all at a time. One
// that does not answer waits for nothing that is known.
func askWaiting(ctx context.Context, c client.Client, all []message.RestoreSummary) []restoreListed {
	ctx, cancel := context.WithTimeout(ctx, waitingTimeout)
	defer cancel()
	listed := make([]restoreListed, len(all))
	var group sync.WaitGroup
	asked := 0
	for i, v := range all {
		listed[i].RestoreSummary = v
		if v.Status != restore.Planning && v.Status != restore.Applying || asked == askedWaiting {
			continue
		}
		asked++
		group.Go(func() {
			if v, err := message.ShowRestore.Ask(ctx, c, message.RestoreID(v.ID)); err == nil {
				listed[i].Waiting = v.Waiting
			}
		})
	}
	group.Wait()
	return listed
}

// The width of a row of restore list, which the reason is cut to, and what is left of a
// reason and of a name in any case.
const (
	listWidth   = 140
	leastReason = 20
	mostBy      = 12
)

func printRestores(w io.Writer, all []restoreListed) {
	if len(all) == 0 {
		fmt.Fprintln(w, "There are no restores. Plan one with 'holdfast restore plan BACKUP --to SITE --credential NAME'.")
		return
	}
	rows := [][]string{{"RESTORE", "TO", "STATUS", "CREATED", "FAILED", "HELD", "BY", "REASON"}}
	for _, v := range all {
		rows = append(rows, restoreCells(v))
	}
	left := listWidth
	for i := range rows[0][:len(rows[0])-1] {
		widest := 0
		for _, cells := range rows {
			widest = max(widest, utf8.RuneCountInString(cells[i]))
		}
		left -= widest + 2
	}
	for _, cells := range rows {
		last := len(cells) - 1
		cells[last] = shortened(cells[last], max(left, leastReason))
		row(w, anyOf(cells)...)
	}
}

// restoreCells are the cells of a restore.
func restoreCells(v restoreListed) []string {
	to, by, held := strings.TrimPrefix(v.Site, "https://"), v.By, ""
	if isDrill(v.RestoreSummary) {
		to, by = "drill", "drill"
	}
	if v.Lock {
		held = "held"
	}
	created, failed := count(v.Counts.Created), count(v.Counts.Failed)
	if v.EndedAt.IsZero() {
		created, failed = "", "" // not known before its end
	}
	reason := v.Reason
	if v.Waiting != "" {
		reason = "waits: " + v.Waiting
	}
	cells := []string{v.ID, to, string(v.Status), created, failed, held, shortened(by, mostBy), reason}
	for i := range cells {
		cells[i] = cell(cells[i])
	}
	return cells
}

// isDrill is whether a restore is part of a drill, which asks for it in its own name.
func isDrill(v message.RestoreSummary) bool {
	policyID, err := policyOf(v.BackupID)
	return err == nil && strings.HasPrefix(v.By, "drill "+policyID+".d")
}

// shortened is s, cut to so many characters where it is longer.
func shortened(s string, most int) string {
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return strings.TrimRight(string([]rune(s)[:most-1]), " ") + "…"
}

func anyOf(cells []string) []any {
	all := make([]any, len(cells))
	for i, c := range cells {
		all[i] = c
	}
	return all
}
