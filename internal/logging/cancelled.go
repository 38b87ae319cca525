package logging

import (
	"context"
	"errors"
	"log/slog"

	"go.temporal.io/sdk/temporal"
)

// cancellations is a handler that makes little of errors that say that something
// was cancelled: somebody asked for it, and the SDK logs each step of a
// cancelled run as an error.
type cancellations struct{ slog.Handler }

func (h cancellations) Handle(ctx context.Context, r slog.Record) error {
	if r.Level < slog.LevelWarn || !cancelled(r) {
		return h.Handler.Handle(ctx, r)
	}
	if !h.Enabled(ctx, slog.LevelDebug) {
		return nil
	}
	r.Level = slog.LevelDebug
	return h.Handler.Handle(ctx, r)
}

// cancelled reports whether an error of the record is a cancellation.
func cancelled(r slog.Record) (found bool) {
	r.Attrs(func(a slog.Attr) bool {
		err, ok := a.Value.Any().(error)
		found = ok && (errors.Is(err, context.Canceled) || temporal.IsCanceledError(err))
		return !found
	})
	return found
}

func (h cancellations) WithAttrs(attrs []slog.Attr) slog.Handler {
	return cancellations{h.Handler.WithAttrs(attrs)}
}

func (h cancellations) WithGroup(name string) slog.Handler {
	return cancellations{h.Handler.WithGroup(name)}
}
