package devserver

import (
	"errors"
	"math/rand/v2"
	"net"
	"strconv"
)

const loopback = "127.0.0.1"

// Ports are taken from below the range from which Linux and macOS take those
// of outgoing connections: a port of that range, free when it is probed, may be
// in use a moment later when the server listens on it.
const (
	firstPort = 12000
	lastPort  = 32000
)

// freePorts finds n ports that nobody listens on, by chance, so that servers
// that start at the same time hardly ever find the same.
func freePorts(n int) ([]int, error) {
	var ports []int
	var listeners []net.Listener
	defer func() {
		for _, l := range listeners {
			_ = l.Close()
		}
	}()
	for range 1000 {
		if len(ports) == n {
			return ports, nil
		}
		port := firstPort + rand.IntN(lastPort-firstPort)
		l, err := net.Listen("tcp", hostPort(port))
		if err != nil {
			continue
		}
		listeners = append(listeners, l)
		ports = append(ports, port)
	}
	return nil, errors.New("no free ports on 127.0.0.1: look for processes that hold them (ss -ltn)")
}

func hostPort(port int) string { return net.JoinHostPort(loopback, strconv.Itoa(port)) }
