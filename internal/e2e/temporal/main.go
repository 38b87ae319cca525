// Command temporal runs a Temporal server for the tests of the folder above: in a process
// of its own, which can be killed, and without the race detector, which is for our code.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	_ "go.temporal.io/server/common/persistence/sql/sqlplugin/postgresql" // for tests with PostgreSQL

	"holdfast/internal/devserver"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// run reads a line with a devserver.Config, writes where it serves, and serves until its
// input ends, which is at the latest when the process of the test does.
func run() error {
	input := json.NewDecoder(os.Stdin)
	var cfg devserver.Config
	if err := input.Decode(&cfg); err != nil {
		return err
	}
	cfg.Logger = slog.New(slog.NewTextHandler(os.Stderr, nil))
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	server, err := devserver.Start(ctx, cfg)
	if err != nil {
		return err
	}
	answer := map[string]string{"address": server.Addr(), "namespace": server.Namespace(), "ui": server.UIURL()}
	if err := json.NewEncoder(os.Stdout).Encode(answer); err != nil {
		return err
	}
	_, _ = io.Copy(io.Discard, os.Stdin)
	return server.Stop()
}
