package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"holdfast/internal/health"
)

// patience is how long a worker may take to answer.
const patience = 5 * time.Second

// healthcheck is the command that asks a worker whether it is ready: an image
// without a shell has nothing else to ask with.
func healthcheck(started *bool) *cobra.Command {
	var address string
	cmd := &cobra.Command{
		Use:   "healthcheck",
		Short: "Ask the worker of this host whether it is ready",
		Long: `healthcheck asks the worker that listens at --metrics-listen (HOLDFAST_METRICS_LISTEN)
whether it is ready: exit code 0, or 1 and why not.`,
		Example:      "  worker healthcheck --metrics-listen 0.0.0.0:9464",
		Args:         cobra.NoArgs,
		SilenceUsage: true, SilenceErrors: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := checkListen(listenFlag, address, defaultListen); err != nil {
				return err
			}
			if address == listenOff {
				return fmt.Errorf("--%s is off: a worker that does not listen can't be asked", listenFlag)
			}
			*started = true
			ctx, cancel := context.WithTimeout(cmd.Context(), patience)
			defer cancel()
			return askReady(ctx, address)
		},
	}
	cmd.Flags().StringVar(&address, listenFlag, defaultListen, "where the worker listens")
	return cmd
}

// askReady returns nil where the worker at address is ready.
func askReady(ctx context.Context, address string) error {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return err
	}
	// What a worker listens on may stand for all addresses of the host.
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+net.JoinHostPort(host, port)+"/readyz", nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("ask the worker: %w: check that it runs and listens there", err)
	}
	defer resp.Body.Close()
	var answer health.Answer
	if err := json.NewDecoder(io.LimitReader(resp.Body, 1<<16)).Decode(&answer); err != nil {
		return fmt.Errorf("the answer at %s is not a worker's: %w: check --%s", address, err, listenFlag)
	}
	if !answer.OK {
		return errors.New("not ready: " + strings.Join(answer.Reasons, "; "))
	}
	return nil
}
