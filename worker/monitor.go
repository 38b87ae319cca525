package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"holdfast/internal/health"
	"holdfast/internal/metrics"
)

// monitor is the listener that answers /healthz, /readyz and /metrics. A nil one is off.
type monitor struct {
	server *http.Server
	ended  chan error
}

const (
	// answerTimeout is how long an answer may take; health gives up before.
	answerTimeout = 30 * time.Second
	// idleTimeout is longer than the pause between two scrapes.
	idleTimeout = 5 * time.Minute
)

// listen begins to answer at address. Where the port is taken and nobody has
// asked for it, another one is used: several workers run on one host.
func listen(address string, given bool, state *health.Health, counts *metrics.Metrics, log *slog.Logger) (*monitor, error) {
	if address == listenOff {
		return nil, nil
	}
	l, err := net.Listen("tcp", address)
	if err != nil && !given {
		if host, _, split := net.SplitHostPort(address); split == nil {
			l, err = net.Listen("tcp", net.JoinHostPort(host, "0"))
		}
	}
	if err != nil {
		return nil, fmt.Errorf("listen for health and metrics: %w: give another --%s, or off", err, listenFlag)
	}
	mux := http.NewServeMux()
	mux.Handle("/", state.Handler())
	mux.Handle("GET /metrics", counts.Handler())
	m := &monitor{
		server: &http.Server{
			Handler: mux, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: answerTimeout, WriteTimeout: answerTimeout, IdleTimeout: idleTimeout,
			ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
		},
		ended: make(chan error, 1),
	}
	go func() { m.ended <- m.server.Serve(l) }()
	log.Info("health and metrics are at hand", "address", l.Addr().String())
	return m, nil
}

// closeTimeout is how long answers under way may go on at the end.
const closeTimeout = 2 * time.Second

func (m *monitor) close() error {
	if m == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	if m.server.Shutdown(ctx) != nil {
		_ = m.server.Close() // whoever still asks has had their time
	}
	if err := <-m.ended; !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("answer for health and metrics: %w", err)
	}
	return nil
}
