// Package drill keeps the sample sites that backups are restored into to prove that
// they can be: each stands in this process alone, empty but for the configuration and
// the users of the backup, and ends by itself when nobody uses it any more.
package drill

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"holdfast/internal/atlassian"
	"holdfast/internal/samplesite"
)

// Idle is how long a site stands after the last step that used it.
const Idle = 30 * time.Minute

// rate is what these sites announce that they take per second of each route: more than a
// client ever sends, which keeps to little where nothing is announced.
const rate = 20_000

// prefix begins the names of the credentials of these sites, which no other
// credential has: it is not one that a file or the environment can give.
const prefix = "drill/"

// Sites are the sample sites of this process. They are safe for concurrent use; the
// zero value is not usable.
type Sites struct {
	log  *slog.Logger
	gone func(credential string)

	mu   sync.Mutex
	open map[string]*standing // by name of the credential
}

// standing is a site that serves.
type standing struct {
	site *samplesite.Site
	idle *time.Timer
}

// Place is where a sample site is, and the name of the credential for it.
type Place struct {
	Site       string
	Credential string
}

// New returns Sites of which none stands yet; log may be nil. gone, which may be nil, is
// told the name of the credential of each site that has ended.
func New(log *slog.Logger, gone func(credential string)) *Sites {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	if gone == nil {
		gone = func(string) {}
	}
	return &Sites{log: log, gone: gone, open: map[string]*standing{}}
}

// Start starts the site of a drill. One of that name that stands already is ended:
// what an earlier attempt left in it would be in the way.
func (s *Sites) Start(id string, config samplesite.Config) (Place, error) {
	s.Stop(id)
	config.Rate, config.FastWrites = rate, true // nobody else shares it
	site, err := samplesite.New(config)
	if err != nil {
		return Place{}, fmt.Errorf("make the sample site of drill %s: %w", id, err)
	}
	if err := site.Start(context.Background()); err != nil {
		return Place{}, fmt.Errorf("start the sample site of drill %s: %w", id, err)
	}
	name := prefix + id
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open[name] = &standing{site: site, idle: time.AfterFunc(Idle, func() {
		s.log.Warn("a sample site was not used any more and is ended", "drill", id, "idle", Idle)
		s.Stop(id)
	})}
	return Place{Site: site.URL(), Credential: name}, nil
}

// Stop ends the site of a drill, if it stands.
func (s *Sites) Stop(id string) {
	s.mu.Lock()
	was := s.open[prefix+id]
	delete(s.open, prefix+id)
	s.mu.Unlock()
	if was != nil {
		was.idle.Stop()
		_ = was.site.Close()
		s.gone(prefix + id)
	}
}

// Close ends all sites.
func (s *Sites) Close() {
	s.mu.Lock()
	var ids []string
	for name := range s.open {
		ids = append(ids, strings.TrimPrefix(name, prefix))
	}
	s.mu.Unlock()
	for _, id := range ids {
		s.Stop(id)
	}
}

// Owns reports whether a credential is one of a drill, on whatever host.
func Owns(credential string) bool { return strings.HasPrefix(credential, prefix) }

// Credential returns the credential of that name, and has its site stand on. The
// error wraps atlassian.ErrNoCredential where this process has no such site.
func (s *Sites) Credential(name string) (atlassian.Credential, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	site := s.open[name]
	if site == nil {
		return atlassian.Credential{}, fmt.Errorf("%w %s: its sample site stood on a host that was started again, or ended", atlassian.ErrNoCredential, name)
	}
	site.idle.Reset(Idle)
	return atlassian.Credential{Name: name, Email: site.site.Email(), Token: site.site.Token()}, nil
}
