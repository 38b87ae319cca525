package devserver

import (
	"context"
	"log/slog"
	"os"
	"sync/atomic"

	"go.temporal.io/server/common/log"
	"go.temporal.io/server/common/log/tag"
)

// logger passes what the server says to a slog.Logger.
type logger struct {
	to    *slog.Logger
	level *atomic.Int64 // below it nothing is passed
}

// silent is above all levels.
const silent = slog.Level(1000)

func newLogger(to *slog.Logger, verbose bool) *logger {
	l := &logger{to: to, level: new(atomic.Int64)}
	switch {
	case to == nil:
		l.to = slog.New(slog.DiscardHandler)
		l.level.Store(int64(silent))
	case verbose:
		l.level.Store(int64(slog.LevelDebug))
	default:
		l.level.Store(int64(slog.LevelError))
	}
	return l
}

// quiet ends all output but the server's last words: while it shuts down, each
// of its services complains about the others' absence.
func (l *logger) quiet() { l.level.Store(int64(silent)) }

func (l *logger) log(level slog.Level, msg string, tags []tag.Tag) {
	if int64(level) < l.level.Load() || !l.to.Enabled(context.Background(), level) {
		return
	}
	l.to.LogAttrs(context.Background(), level, msg, attrs(tags)...)
}

func attrs(tags []tag.Tag) []slog.Attr {
	out := make([]slog.Attr, 0, len(tags))
	for _, t := range tags {
		out = append(out, slog.Any(t.Key(), t.Value()))
	}
	return out
}

func (l *logger) Debug(msg string, tags ...tag.Tag) { l.log(slog.LevelDebug, msg, tags) }
func (l *logger) Info(msg string, tags ...tag.Tag)  { l.log(slog.LevelInfo, msg, tags) }
func (l *logger) Warn(msg string, tags ...tag.Tag)  { l.log(slog.LevelWarn, msg, tags) }
func (l *logger) Error(msg string, tags ...tag.Tag) { l.log(slog.LevelError, msg, tags) }

// DPanic is for states that should not be; as in the server's own logger they do not end a running service.
func (l *logger) DPanic(msg string, tags ...tag.Tag) { l.log(slog.LevelError, msg, tags) }

// Panic logs and panics: the server relies on not coming back.
func (l *logger) Panic(msg string, tags ...tag.Tag) {
	l.last(msg, tags)
	panic(msg)
}

// Fatal logs and ends the process: the server relies on not coming back.
func (l *logger) Fatal(msg string, tags ...tag.Tag) {
	l.last(msg, tags)
	os.Exit(1)
}

func (l *logger) last(msg string, tags []tag.Tag) {
	to := l.to
	if !to.Enabled(context.Background(), slog.LevelError) {
		to = slog.New(slog.NewTextHandler(os.Stderr, nil))
	}
	to.LogAttrs(context.Background(), slog.LevelError, "Temporal server: "+msg, attrs(tags)...)
}

// With returns a logger that adds the tags to all it passes.
func (l *logger) With(tags ...tag.Tag) log.Logger {
	return &logger{to: slog.New(l.to.Handler().WithAttrs(attrs(tags))), level: l.level}
}

// SLog gives those parts of the server that use slog the same way out.
func (l *logger) SLog() *slog.Logger { return slog.New(leveled{l.to.Handler(), l.level}) }

// leveled is a slog.Handler that obeys a logger's level.
type leveled struct {
	slog.Handler
	level *atomic.Int64
}

func (h leveled) Enabled(ctx context.Context, level slog.Level) bool {
	return int64(level) >= h.level.Load() && h.Handler.Enabled(ctx, level)
}

func (h leveled) WithAttrs(attrs []slog.Attr) slog.Handler {
	return leveled{h.Handler.WithAttrs(attrs), h.level}
}

func (h leveled) WithGroup(name string) slog.Handler {
	return leveled{h.Handler.WithGroup(name), h.level}
}
