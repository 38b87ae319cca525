package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/term"

	"holdfast/internal/backup"
	"holdfast/internal/logging"
	"holdfast/internal/message"
)

// display shows progress as it comes: a bar on a terminal, a line now and then
// on one that can't go back, otherwise one JSON object per line.
type display struct {
	w     io.Writer
	bar   bool
	plain bool
	at    time.Time // of the last plain line
	lines *json.Encoder
	shown bool     // there is a bar to wipe out
	last  progress // the last line that was written
}

// newDisplay shows progress on the terminal of err; where there is none, or the
// results are to be JSON, it writes lines.
func (a *app) newDisplay() *display {
	switch {
	case a.json():
		return &display{w: a.out, lines: json.NewEncoder(a.out)}
	case logging.Terminal(a.err) && dumb():
		return &display{w: a.err, plain: true}
	case logging.Terminal(a.err):
		return &display{w: a.err, bar: true}
	}
	return &display{w: a.err, lines: json.NewEncoder(a.err)}
}

// plainEvery is how often a line is written to a terminal that can't go back.
const plainEvery = 10 * time.Second

// every is how often there should be something to show.
func (d *display) every() time.Duration {
	if d.bar {
		return 400 * time.Millisecond
	}
	return time.Second
}

func (d *display) show(p progress) {
	if d.bar {
		width := 100
		if f, ok := d.w.(*os.File); ok {
			if w, _, err := term.GetSize(int(f.Fd())); err == nil && w > 0 {
				width = w
			}
		}
		fmt.Fprintf(d.w, "\r\x1b[2K%s", line(p, width))
		d.shown = true
		return
	}
	if d.plain {
		if p.Time.Sub(d.at) >= plainEvery || p.Phase != d.last.Phase {
			fmt.Fprintln(d.w, line(p, math.MaxInt))
			d.at, d.last = p.Time, p
		}
		return
	}
	if same := d.last; d.last.Event != "" {
		same.Time, same.Rate, same.Remaining = p.Time, p.Rate, p.Remaining
		if same == p {
			return
		}
	}
	p.Rate = math.Round(p.Rate*10) / 10
	p.Remaining = math.Ceil(p.Remaining)
	d.last = p
	_ = d.lines.Encode(p) // nobody reads any more: the run goes on all the same
}

// done wipes out the bar.
func (d *display) done() {
	if d.shown {
		fmt.Fprint(d.w, "\r\x1b[2K")
		d.shown = false
	}
}

// line is the progress on one line of a terminal.
func line(p progress, width int) string {
	kind := product(p.Backup)
	var parts []string
	switch p.Phase {
	case message.Preflight:
		parts = append(parts, "checking the site")
	case message.Census:
		parts = append(parts, fmt.Sprintf("census: %s %s", count(p.Items), kind.Items()))
	default:
		parts = append(parts, fmt.Sprintf("%-11s %s", p.Phase, gauge(p)),
			fmt.Sprintf("%s/%s %s", count(p.ItemsDone), count(p.Items), kind.Items()),
			fmt.Sprintf("%s attachments", count(p.Attachments)), size(p.Bytes))
		if p.Rate > 0 && p.Phase == message.Capture {
			parts = append(parts, fmt.Sprintf("%.0f/s", p.Rate))
		}
		if p.Remaining > 0 {
			parts = append(parts, "about "+remaining(p.Remaining)+" left")
		}
	}
	if p.Waiting != "" {
		parts = append([]string{"WAITING: " + cell(p.Waiting)}, parts...)
	}
	s := strings.Join(parts, "  ")
	for width > 1 && utf8.RuneCountInString(s) >= width {
		_, n := utf8.DecodeLastRuneInString(s)
		s = s[:len(s)-n]
	}
	return s
}

// gauge is a bar of 20 characters with a percentage. It is full only when the run is done.
func gauge(p progress) string {
	share := 0.0
	if p.Items > 0 {
		share = float64(p.ItemsDone) / float64(p.Items)
	} else if p.Shards > 0 {
		share = float64(p.ShardsDone) / float64(p.Shards)
	}
	if p.Phase != message.Done {
		share = min(share, 0.99)
	} else {
		share = 1
	}
	n := int(share * 20)
	return fmt.Sprintf("[%s%s] %3.0f%%", strings.Repeat("#", n), strings.Repeat(".", 20-n), math.Floor(share*100))
}

func remaining(seconds float64) string {
	d := time.Duration(math.Ceil(seconds)) * time.Second
	if d > 10*time.Minute {
		d = d.Round(time.Minute)
		return strings.TrimSuffix(d.String(), "0s")
	}
	return d.String()
}

// ended is the last JSON line of a watched run.
type ended struct {
	Event  string        `json:"event"` // "end"
	Backup backup.Backup `json:"backup"`
}
