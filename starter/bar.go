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
	time  time.Time // of the last plain line
	lines *json.Encoder
	shown bool // there is a bar to wipe out
	last  look // the last line that was written, nil before the first
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

// newBar shows progress on the terminal of err alone; nil where there is none.
func (a *app) newBar() *display {
	if !logging.Terminal(a.err) {
		return nil
	}
	return &display{w: a.err, bar: !dumb(), plain: dumb()}
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

// look is what there is to show of something that goes on, at one time.
type look interface {
	at() time.Time
	stage() string // a new one is told of at once
	text() string  // on one line, for people
	still() look   // without what changes although nothing happens: it is comparable
	rounded() look // as JSON
}

func (d *display) show(l look) {
	if d.bar {
		width := 100
		if f, ok := d.w.(*os.File); ok {
			if w, _, err := term.GetSize(int(f.Fd())); err == nil && w > 0 {
				width = w
			}
		}
		fmt.Fprintf(d.w, "\r\x1b[2K%s", line(l, width))
		d.shown = true
		return
	}
	if d.plain {
		if l.at().Sub(d.time) >= plainEvery || d.last == nil || l.stage() != d.last.stage() {
			fmt.Fprintln(d.w, line(l, math.MaxInt))
			d.time, d.last = l.at(), l
		}
		return
	}
	if d.last != nil && d.last.still() == l.still() {
		return
	}
	d.last = l
	_ = d.lines.Encode(l.rounded()) // nobody reads any more: what is shown goes on all the same
}

// done wipes out the bar.
func (d *display) done() {
	if d.shown {
		fmt.Fprint(d.w, "\r\x1b[2K")
		d.shown = false
	}
}

// line is what there is to show on one line of a terminal.
func line(l look, width int) string {
	s := l.text()
	for width > 1 && utf8.RuneCountInString(s) >= width {
		_, n := utf8.DecodeLastRuneInString(s)
		s = s[:len(s)-n]
	}
	return s
}

func (p progress) at() time.Time { return p.Time }

func (p progress) stage() string { return string(p.Phase) }

func (p progress) still() look {
	p.Time, p.Rate, p.Remaining = time.Time{}, 0, 0
	return p
}

func (p progress) rounded() look {
	p.Rate = math.Round(p.Rate*10) / 10
	p.Remaining = math.Ceil(p.Remaining)
	return p
}

func (p progress) text() string {
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
	return strings.Join(parts, "  ")
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
	return meter(share)
}

// meter is a share as a bar of 20 characters with a percentage.
func meter(share float64) string {
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
