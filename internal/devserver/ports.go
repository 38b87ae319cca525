package devserver

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
	"syscall"
)

const loopback = "127.0.0.1"

// Ports are taken from below the range from which Linux and macOS take those
// of outgoing connections: a port of that range, free when it is probed, may be
// in use a moment later when the server listens on it.
const (
	firstPort = 12000
	lastPort  = 32000
)

// PortTakenError means that another process listens on a port that was asked for.
type PortTakenError struct{ Port int }

func (e *PortTakenError) Error() string {
	return fmt.Sprintf("another process listens on %s (ss -ltnp shows which): end it, or choose another port", hostPort(e.Port))
}

// ports finds the ports of the server's services. That of the Web UI is only
// looked at, so that it is missed before a server has started in vain.
func (c Config) ports() ([]int, error) {
	want := make([]int, portCount)
	want[frontendPort] = c.Port
	if c.UI && c.UIPort != 0 {
		want = append(want, c.UIPort)
	}
	found, err := freePorts(want...)
	return found[:min(portCount, len(found))], err
}

// freePorts finds ports that nobody listens on: those that are named, or, for
// each zero, one by chance, so that servers that start at the same time hardly
// ever find the same.
func freePorts(want ...int) ([]int, error) {
	var listeners []net.Listener
	defer func() {
		for _, l := range listeners {
			_ = l.Close()
		}
	}()
	found := make([]int, 0, len(want))
	for _, port := range want {
		l, err := listen(port)
		if err != nil {
			return nil, err
		}
		listeners = append(listeners, l)
		found = append(found, l.Addr().(*net.TCPAddr).Port)
	}
	return found, nil
}

// listen listens on a port of 127.0.0.1; zero is one by chance.
func listen(port int) (net.Listener, error) {
	if port != 0 {
		l, err := net.Listen("tcp", hostPort(port))
		switch {
		case errors.Is(err, syscall.EADDRINUSE):
			return nil, &PortTakenError{port}
		case err != nil:
			return nil, fmt.Errorf("listen on %s: %w: choose another port", hostPort(port), err)
		}
		return l, nil
	}
	for range 1000 {
		l, err := net.Listen("tcp", hostPort(firstPort+rand.IntN(lastPort-firstPort)))
		if err == nil {
			return l, nil
		}
	}
	return nil, errors.New("no free ports on 127.0.0.1: look for processes that hold them (ss -ltn)")
}

func hostPort(port int) string { return net.JoinHostPort(loopback, strconv.Itoa(port)) }
