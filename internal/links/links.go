// Package links serves the objects of a store by links that end by themselves: what
// a bucket does by signed URLs, for a directory. It also seals links, of either, to
// those who ask for them.
package links

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"holdfast/internal/store"
)

// DefaultListen is where a Server listens where nothing else is said: for who is
// on the same host, at a port that is free.
const DefaultListen = "127.0.0.1:0"

// Off is the value of Config.Listen that stands for no Server.
const Off = "off"

// Config says what a Server serves, and where.
type Config struct {
	Store store.Store
	// Listen is HOST:PORT, or Off; empty means DefaultListen.
	Listen string
	// BaseURL is what links begin with where others reach the Server by another
	// address than the one it listens at, through a proxy, say; empty means the latter.
	BaseURL string
	// Log hears of every fetch; nil means that nobody does.
	Log *slog.Logger
}

// Server serves links. It signs them with a key that it makes when it starts, so
// that they end with it.
type Server struct {
	store    store.Store
	base     string
	key      []byte
	log      *slog.Logger
	now      func() time.Time
	patience time.Duration // how long a client may take for a part of what it is sent
	http     *http.Server
	served   sync.WaitGroup
}

// Start starts a Server, which Close ends. It returns nil, which Close takes too,
// where Listen is Off, or the store makes links itself.
func Start(ctx context.Context, cfg Config) (*Server, error) {
	if _, own := cfg.Store.(store.Linker); own || cfg.Listen == Off {
		return nil, nil
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if err := Check(cfg.Listen, cfg.BaseURL); err != nil {
		return nil, fmt.Errorf("serve links to downloads: %w", err)
	}
	var lc net.ListenConfig
	listener, err := lc.Listen(ctx, "tcp", cmp.Or(cfg.Listen, DefaultListen))
	if err != nil {
		return nil, fmt.Errorf("serve links to downloads: %w: choose another address or port", err)
	}
	s := &Server{store: cfg.Store, base: cfg.BaseURL, key: make([]byte, sha256.Size), log: cfg.Log, now: time.Now, patience: clientPatience}
	_, _ = rand.Read(s.key) // it never fails
	if s.base == "" {
		s.base = "http://" + listener.Addr().String()
	}
	s.base = strings.TrimSuffix(s.base, "/")
	s.http = &http.Server{
		// A ReadTimeout would end the contexts of long answers too.
		Handler: s, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10,
		ErrorLog: slog.NewLogLogger(cfg.Log.Handler(), slog.LevelDebug),
	}
	s.served.Go(func() {
		if err := s.http.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			s.log.Error("links to downloads are served no more: start this process again", "error", err)
		}
	})
	return s, nil
}

// URL is what the Server's links begin with.
func (s *Server) URL() string { return s.base }

// Close ends the Server. Fetches that are under way may go on until the context
// ends; then they are cut off.
func (s *Server) Close(ctx context.Context) error {
	if s == nil {
		return nil
	}
	err := s.http.Shutdown(ctx)
	if ctx.Err() != nil {
		err = s.http.Close()
	}
	s.served.Wait()
	return err
}

// Check returns an error if a Server can't listen there, or links can't begin with
// base. Both may be empty.
func Check(listen, base string) error {
	if listen == Off {
		return nil
	}
	if base == "" {
		host, _, err := net.SplitHostPort(cmp.Or(listen, DefaultListen))
		if ip := net.ParseIP(host); err == nil && (host == "" || ip.IsUnspecified()) {
			return fmt.Errorf("links can't begin with %q, which is every address of this host: say by which one others reach it, such as https://backups.example.com", listen)
		}
		return err
	}
	u, err := url.Parse(base)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		// It is not quoted: it may have a password in it.
		return errors.New("links can't begin with that: give an address without user and query, such as https://backups.example.com/downloads")
	}
	return nil
}

// prefix is what the path of a link begins with.
const prefix = "/download/"

// Link returns an address of an object, as store.Linker does.
func (s *Server) Link(_ context.Context, name, file string, until time.Time) (string, error) {
	if err := store.CheckName(name); err != nil {
		return "", fmt.Errorf("make a link: %w", err)
	}
	if err := checkFile(file); err != nil {
		return "", fmt.Errorf("make a link to %s: %w", name, err)
	}
	g := grant{name: name, file: file, until: until.Unix()}
	query := url.Values{"file": {file}, "until": {strconv.FormatInt(g.until, 10)}, "signature": {hex.EncodeToString(s.sign(g))}}
	return s.base + (&url.URL{Path: prefix + name, RawQuery: query.Encode()}).String(), nil
}

// checkFile returns an error if file is no name that a browser can save under.
func checkFile(file string) error {
	if err := store.CheckName(file); err != nil {
		return err
	}
	if strings.ContainsAny(file, `/\`) {
		return fmt.Errorf("%w: a file can't be named %q", store.ErrName, file)
	}
	return nil
}

// grant is what a signature stands for.
type grant struct {
	name, file string
	until      int64 // seconds since 1970
}

// sign signs g. No part of it has a line break, so that none passes for another.
func (s *Server) sign(g grant) []byte {
	mac := hmac.New(sha256.New, s.key)
	fmt.Fprintf(mac, "holdfast link 1\n%s\n%s\n%d", g.name, g.file, g.until)
	return mac.Sum(nil)
}

// granted returns what the request's signature stands for, or why it is refused: the
// zero grant, where the signature is not ours.
func (s *Server) granted(r *http.Request) (grant, *refusal) {
	name, ok := strings.CutPrefix(r.URL.Path, prefix)
	if !ok || store.CheckName(name) != nil {
		return grant{}, &refusal{status: http.StatusNotFound, why: "there is nothing here"}
	}
	g := grant{name: name}
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err == nil {
		g.file = query.Get("file")
		g.until, err = strconv.ParseInt(query.Get("until"), 10, 64)
	}
	signature, herr := hex.DecodeString(query.Get("signature"))
	if err != nil || herr != nil || checkFile(g.file) != nil || !hmac.Equal(signature, s.sign(g)) {
		return grant{}, &refusal{status: http.StatusForbidden, why: "the link is not one of this server, or was changed: ask for a new one"}
	}
	if s.now().Unix() >= g.until {
		return g, &refusal{status: http.StatusGone, why: "the link has ended: ask for a new one"}
	}
	return g, nil
}

// refusal is an answer that gives nothing.
type refusal struct {
	status int
	why    string
}
