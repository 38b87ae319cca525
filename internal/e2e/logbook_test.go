package e2e

import (
	"bytes"
	"log/slog"
	"sync"

	"github.com/stretchr/testify/assert"
)

type assertT = assert.CollectT

func requireNot[T comparable](c *assertT, have, unwanted T) { assert.NotEqual(c, unwanted, have) }

// logBook keeps all that is logged, at every level.
type logBook struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logBook) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logBook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func (l *logBook) handler() slog.Handler {
	return slog.NewJSONHandler(l, &slog.HandlerOptions{Level: slog.LevelDebug})
}

// tail is the end of the log, for a test that failed.
func (l *logBook) tail() string {
	text := l.String()
	return text[max(0, len(text)-8<<10):]
}
