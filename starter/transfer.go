package main

import (
	"fmt"
	"math"
	"strings"
	"time"
)

// The steps of a download.
const (
	stepPrepare = "prepare" // its package is made
	stepFetch   = "fetch"   // its package is fetched
	stepVerify  = "verify"  // what was fetched is checked
)

// transfer is how far the making or the fetching of a download is. It is the JSON
// line of `download prepare` and `download get` (docs/cli.md).
type transfer struct {
	Event   string    `json:"event"` // "progress"
	Time    time.Time `json:"time"`
	Backup  string    `json:"backup"`
	Step    string    `json:"step"`
	Waiting string    `json:"waiting,omitempty"`
	Done    int64     `json:"done"`  // bytes
	Total   int64     `json:"total"` // bytes; 0 where it is not known yet
	// Rate is in bytes per second, over the last seconds.
	Rate float64 `json:"rate"`
	// Remaining is how many seconds are left at this rate; absent where there is none.
	Remaining float64 `json:"remainingSeconds,omitempty"`
}

func (t transfer) at() time.Time { return t.Time }

func (t transfer) stage() string { return t.Step }

func (t transfer) still() look {
	t.Time, t.Rate, t.Remaining = time.Time{}, 0, 0
	return t
}

func (t transfer) rounded() look {
	t.Rate, t.Remaining = math.Round(t.Rate), math.Ceil(t.Remaining)
	return t
}

func (t transfer) text() string {
	var parts []string
	if t.Waiting != "" {
		parts = append(parts, "WAITING: "+cell(t.Waiting))
	}
	share := 0.0
	if t.Total > 0 {
		share = min(float64(t.Done)/float64(t.Total), 1)
	}
	parts = append(parts, fmt.Sprintf("%-7s %s", t.Step, meter(share)), size(t.Done)+" of "+size(t.Total))
	if t.Rate > 0 && t.Waiting == "" {
		parts = append(parts, size(int64(t.Rate))+"/s")
	}
	if t.Remaining > 0 {
		parts = append(parts, "about "+remaining(t.Remaining)+" left")
	}
	return strings.Join(parts, "  ")
}

// transferPace makes transfers of what is known from time to time.
type transferPace struct {
	backup, step string
	pace         pace
	least        int64 // what is done does not become less
}

// note is how far it is at now.
func (p *transferPace) note(now time.Time, done, total int64, waiting string) transfer {
	p.least = max(p.least, done)
	t := transfer{Event: "progress", Time: now.UTC(), Backup: p.backup, Step: p.step, Waiting: waiting, Done: p.least, Total: total}
	if total > 0 {
		t.Done = min(t.Done, total)
	}
	t.Rate = p.pace.rate(t.Time, t.Done)
	if left := t.Total - t.Done; left > 0 && t.Rate > 0 && waiting == "" {
		t.Remaining = float64(left) / t.Rate
	}
	return t
}
