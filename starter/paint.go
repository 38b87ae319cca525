package main

import (
	"io"
	"os"
	"regexp"

	"holdfast/internal/logging"
)

// painted colours the statuses in what is written to a terminal. It comes after
// the layout: columns stay where they are.
type painted struct{ w io.Writer }

// The words that have a colour: green for what is well, yellow for what goes on
// or needs a look, red for what is not well.
var (
	wellWords = regexp.MustCompile(`\b(?:COMPLETE|READY)\b`)
	lookWords = regexp.MustCompile(`\b(?:INCOMPLETE|IN PROGRESS|PREPARING|PLANNING|PLANNED|APPLYING|WAITING|LOST)\b`)
	badWords  = regexp.MustCompile(`\b(?:FAILED|DAMAGED|CANCELLED|LAPSED)\b`)
)

func (p painted) Write(data []byte) (int, error) {
	out := wellWords.ReplaceAll(data, []byte("\x1b[32m$0\x1b[0m"))
	out = lookWords.ReplaceAll(out, []byte("\x1b[33m$0\x1b[0m"))
	out = badWords.ReplaceAll(out, []byte("\x1b[31m$0\x1b[0m"))
	if _, err := p.w.Write(out); err != nil {
		return 0, err
	}
	return len(data), nil
}

// table is where tables and lines for people go: with colours where out is a
// terminal that has them and nobody has asked for none (no-color.org).
func (a *app) table() io.Writer {
	if logging.Terminal(a.out) && os.Getenv("NO_COLOR") == "" && !dumb() {
		return painted{a.out}
	}
	return a.out
}

// dumb reports whether the terminal takes nothing but text.
func dumb() bool { return os.Getenv("TERM") == "dumb" }
