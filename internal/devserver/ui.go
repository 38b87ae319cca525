package devserver

import (
	"context"
	"fmt"
	"net/http"
	"time"

	uiserver "github.com/temporalio/ui-server/v2/server"
	uiconfig "github.com/temporalio/ui-server/v2/server/config"
	"github.com/temporalio/ui-server/v2/server/server_options"
)

// webUI is Temporal's Web UI.
type webUI struct {
	url    string
	server *uiserver.Server
	ended  chan struct{}
}

// startUI serves the Web UI of the server at address and returns when it answers.
// Port zero is any that is free. The UI's own server ends the process where it cannot listen, so the port is
// probed here, just before.
func startUI(ctx context.Context, port int, address, namespace string) (*webUI, error) {
	ports, err := freePorts(port)
	if err != nil {
		return nil, fmt.Errorf("serve the Web UI: %w", err)
	}
	cfg := &uiconfig.Config{
		Host: loopback, Port: ports[0], TemporalGRPCAddress: address,
		EnableUI: true, DefaultNamespace: namespace,
		CORS:     uiconfig.CORS{CookieInsecure: true}, // the session's cookie must work over plain HTTP
		HideLogs: true, DisableNewsFetch: true, Distribution: "holdfast",
	}
	if err := cfg.Validate(); err != nil {
		return nil, fmt.Errorf("serve the Web UI: %w", err)
	}
	u := &webUI{
		url:    "http://" + hostPort(ports[0]),
		server: uiserver.NewServer(server_options.WithConfigProvider(cfg)),
		ended:  make(chan struct{}),
	}
	go func() {
		defer close(u.ended)
		_ = u.server.Start()
	}()
	probe := &http.Client{Transport: &http.Transport{}, Timeout: time.Second}
	defer probe.CloseIdleConnections()
	for !answers(ctx, probe, u.url+"/healthz") {
		select {
		case <-ctx.Done():
			u.stop()
			return nil, fmt.Errorf("wait for the Web UI: %w", ctx.Err())
		case <-time.After(5 * time.Millisecond):
		}
	}
	return u, nil
}

func (u *webUI) stop() {
	u.server.Stop()
	<-u.ended
}
