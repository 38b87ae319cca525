// Package samplesite is an Atlassian site that we serve ourselves, for the demo and
// the tests. It answers like Jira Cloud's platform REST API v3, what lists need of
// the APIs of Jira Software, Jira Service Management and automation, and, below
// /wiki, Confluence Cloud's REST APIs v2 and v1: the same paths, parameters, status
// codes, error bodies, paging, page sizes, truncated collections, rate headers and
// login traps. It is written from Atlassian's documents and from what others
// measured on live sites, never from what our client does.
//
// Its content is generated from a seed and sizes, or read from recorded
// responses; tests ask Site.Truth for it and compare. Faults can be planned and
// the content changed while the site serves. It counts what it was asked.
package samplesite

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"slices"
	"sync"
	"time"
	_ "time/tzdata" // the account's time zone must be known wherever the demo runs

	"holdfast/internal/samplesite/content"
)

// Config says what the site holds and how it behaves. The zero value is a site
// without projects and spaces.
type Config struct {
	// Content is what is generated of Jira.
	Content content.Spec
	// Wiki is what is generated of Confluence.
	Wiki content.WikiSpec
	// Fixtures is a folder of recorded responses (jira-*.ndjson); where it is given they are served instead of Content.
	Fixtures string
	// Seed, where it has records of Jira, is what the site begins with instead of Content and
	// Fixtures; those of Confluence take the place of what Wiki gives of the same kinds.
	Seed Seed
	// Rate is how many requests per second each method and route takes before
	// it answers 429. 0 means what live sites announce: 350 in general, 400 for
	// GET of one issue, 200 for POST search/jql. Negative means no limit.
	Rate int
	// FastWrites leaves out the limits of writes to one issue, which live sites have.
	FastWrites bool
	// NoRetryAfter makes every 429 of the burst limit come without Retry-After;
	// otherwise every second one does.
	NoRetryAfter bool
	// ShortPages makes about every third page of search, project, comment and
	// changelog lists hold fewer items than asked for, as live sites may.
	ShortPages bool
	// SignedFor is how long a URL of the media host works; 0 means one minute.
	SignedFor time.Duration
	// TimeZone is the account's, in which JQL dates are read; "" means Europe/Berlin.
	TimeZone string
	// MaxUpload is how many bytes a file of an issue may have; 0 means 1 GiB, Jira's default.
	MaxUpload int64
	// Listen is the address of the site, "" means 127.0.0.1:0. The media host
	// listens on MediaListen, "" means localhost:0: always another name, since
	// net/http sends credentials on to another port of the same name.
	Listen, MediaListen string
	// Lacks is what the site does not have from its start.
	Lacks Lacks
	// Now is the site's clock; nil means time.Now.
	Now func() time.Time
}

// Site is a running or startable sample site. Its methods are safe for
// concurrent use, also while it serves.
type Site struct {
	cfg      Config
	src      content.Source // all layers together
	layer    *content.Layer // projects, issues and configuration that are written
	parts    *content.Parts // what is written of issues' parts
	zone     *time.Location
	routes   []route
	lists    []listing           // every kind, parents before children
	listings map[string]*listing // by kind
	// wikiLists is every kind of Confluence's, parents before children.
	wikiLists []wikiList
	token     string
	scoped    string
	signKey   []byte
	cloudID   string

	writing sync.Mutex // one write at a time
	limits  issueLimits
	// fields are read once: they never change.
	fieldsOnce sync.Once
	fields     []field

	world  *world
	wiki   *wikiWorld
	rate   *limiter
	faults *faults
	count  *counter

	mu       sync.Mutex
	siteURL  string
	mediaURL string
	servers  []*http.Server
	stopped  func() bool
	dir      string // what was uploaded; "" as long as nothing was
}

// New makes a site; nothing listens yet. It fails where the content cannot be
// made or read.
func New(cfg Config) (*Site, error) {
	var src content.Source
	seed, wikiSeed, err := cfg.Seed.divide()
	if err != nil {
		return nil, fmt.Errorf("seeding the sample site: %w", err)
	}
	switch {
	case len(seed) > 0 || cfg.Seed.Records != nil && len(wikiSeed) == 0:
		src, err = content.Seed(each(seed), cfg.Seed.Renumber, content.Account(cfg.Content.Seed), adminEmail)
	case cfg.Fixtures != "":
		src, err = content.Record(cfg.Fixtures)
	default:
		src, err = content.Generate(cfg.Content)
	}
	if err != nil {
		return nil, err
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.SignedFor <= 0 {
		cfg.SignedFor = time.Minute
	}
	if cfg.TimeZone == "" {
		cfg.TimeZone = "Europe/Berlin"
	}
	zone, err := time.LoadLocation(cfg.TimeZone)
	if err != nil {
		return nil, fmt.Errorf("starting the sample site: time zone %q: %w; name one of the IANA database", cfg.TimeZone, err)
	}
	people := src.People()
	if len(wikiSeed) > 0 {
		people = people[:min(1, len(people))] // the others are those of the seed
	}
	wiki, err := content.GenerateWiki(cfg.Wiki, people)
	if err != nil {
		return nil, err
	}
	layer := content.Over(src)
	parts := content.NewParts(layer)
	src = parts
	s := &Site{
		layer: layer, parts: parts,
		cfg: cfg, wiki: newWikiWorld(wiki, first(src.People())), src: src, zone: zone, signKey: random(32),
		token: "sample-" + hex.EncodeToString(random(16)), scoped: "scoped-" + hex.EncodeToString(random(16)),
		cloudID: fmt.Sprintf("5a3b1e00-0000-4000-8000-%012x", cfg.Content.Seed&0xffffffffffff),
		world:   newWorld(src), rate: newLimiter(cfg), faults: &faults{}, count: newCounter(),
	}
	s.world.lacks = cfg.Lacks
	s.seedWiki(wikiSeed, cfg.Seed.Renumber)
	s.lists, s.listings = slices.Concat(siteLists(), workLists(), projectLists()), map[string]*listing{}
	for i := range s.lists {
		s.listings[s.lists[i].kind] = &s.lists[i]
	}
	s.wikiLists = wikiLists()
	s.routes = s.table()
	return s, nil
}

func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails: it ends the program instead
	return b
}

// Start listens and serves until ctx ends or Close is called.
func (s *Site) Start(ctx context.Context) error {
	listen, media := s.cfg.Listen, s.cfg.MediaListen
	if listen == "" {
		listen = "127.0.0.1:0"
	}
	if media == "" {
		media = "localhost:0"
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.servers != nil {
		return errors.New("starting the sample site: it runs already")
	}
	if h, _, _ := net.SplitHostPort(listen); h == hostOf(media) {
		return fmt.Errorf("starting the sample site: the media host must have another name than the site, not %q too", h)
	}
	siteURL, err := s.serve(listen, s.Handler())
	if err != nil {
		return err
	}
	mediaURL, err := s.serve(media, s.MediaHandler())
	if err != nil {
		_ = s.servers[0].Close()
		s.servers = nil
		return err
	}
	s.siteURL, s.mediaURL = siteURL, mediaURL
	s.stopped = context.AfterFunc(ctx, func() { _ = s.Close() })
	return nil
}

func hostOf(address string) string {
	h, _, _ := net.SplitHostPort(address)
	return h
}

// serve listens on address and returns the URL with the name that was asked
// for, not with the number that it stands for.
func (s *Site) serve(address string, h http.Handler) (string, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return "", fmt.Errorf("starting the sample site: %w; give another address", err)
	}
	server := &http.Server{Handler: h, ReadHeaderTimeout: 30 * time.Second}
	s.servers = append(s.servers, server)
	go func() { _ = server.Serve(l) }()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return "http://" + net.JoinHostPort(hostOf(address), port), nil
}

// Close stops serving, breaks off what is under way and removes what was uploaded.
func (s *Site) Close() error {
	s.mu.Lock()
	servers, stopped, dir := s.servers, s.stopped, s.dir
	s.servers, s.stopped, s.dir = nil, nil, ""
	s.mu.Unlock()
	if stopped != nil {
		stopped()
	}
	var errs []error
	for _, server := range servers {
		errs = append(errs, server.Close())
	}
	if dir != "" {
		errs = append(errs, os.RemoveAll(dir))
	}
	return errors.Join(errs...)
}

// folder is the temporary folder that holds the bytes of what is uploaded. It is
// made when it is first needed, and goes with the site.
func (s *Site) folder() (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.dir != "" {
		return s.dir, nil
	}
	dir, err := os.MkdirTemp("", "holdfast-samplesite-")
	if err != nil {
		return "", fmt.Errorf("making the folder for what is uploaded to the sample site: %w; free some space for temporary files", err)
	}
	s.dir = dir
	return dir, nil
}

// SetURLs tells the site under which addresses Handler and MediaHandler are
// served, where that is not by Start. The two must have different host names.
func (s *Site) SetURLs(site, media string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.siteURL, s.mediaURL = site, media
}

// URL returns the address of the site, such as http://127.0.0.1:40123.
func (s *Site) URL() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.siteURL
}

// MediaURL returns the address of the media host.
func (s *Site) MediaURL() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.mediaURL
}

// GatewayURL returns the base address for scoped tokens, which at Atlassian is
// https://api.atlassian.com/ex/jira/{cloudId}.
func (s *Site) GatewayURL() string { return s.URL() + "/ex/jira/" + s.cloudID }

// WikiGatewayURL returns the base address for scoped tokens of Confluence, below
// which its paths begin with /wiki. At Atlassian it is https://api.atlassian.com/ex/confluence/{cloudId}.
func (s *Site) WikiGatewayURL() string { return s.URL() + "/ex/confluence/" + s.cloudID }

// AutomationURL returns the base address of the automation API, which at
// Atlassian is https://api.atlassian.com/automation/public/jira/{cloudId}.
func (s *Site) AutomationURL() string { return s.URL() + "/automation/public/jira/" + s.cloudID }

// Email returns the account's e-mail address, the user name of Basic authentication.
func (s *Site) Email() string { return adminEmail }

const adminEmail = "admin@sample.example"

// Token returns the account's API token, which works at URL.
func (s *Site) Token() string { return s.token }

// ScopedToken returns a token that works at GatewayURL only, with Basic or as Bearer.
func (s *Site) ScopedToken() string { return s.scoped }

// CloudID returns the site's identity.
func (s *Site) CloudID() string { return s.cloudID }

// AccountID returns the account that the tokens belong to.
func (s *Site) AccountID() string { return first(s.src.People()) }

// first is the account id of the first of people, "" where there are none.
func first(people []content.Person) string {
	if len(people) > 0 {
		return people[0].AccountID
	}
	return ""
}
