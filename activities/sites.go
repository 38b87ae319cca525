package activities

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"sync"

	"holdfast/internal/atlassian"
	"holdfast/internal/atlassian/confluence"
	"holdfast/internal/atlassian/jira"
	"holdfast/internal/backup"
	"holdfast/internal/drill"
	"holdfast/internal/failure"
	"holdfast/internal/restore"
	restorewiki "holdfast/internal/restore/confluence"
	restorejira "holdfast/internal/restore/jira"
)

// SitesConfig says how the clients of sites are made.
type SitesConfig struct {
	Credentials *atlassian.Credentials
	// Client has what all clients share, such as Throttle, RetryFor and Logger.
	// Site, CloudID, Credential and Gateway are set for each; a nil Throttle means
	// one for all of these clients.
	Client atlassian.Config
	// Gateway is the base of the addresses for scoped credentials, to which the
	// product and the cloud id are appended; empty means "https://api.atlassian.com/ex".
	Gateway string
}

// Sites builds and keeps the clients of sites, so that all activities of a
// process share their connections and one throttle. It is safe for concurrent use.
type Sites struct {
	config SitesConfig
	drills *drill.Sites

	// target makes what writes into a site: newTarget, but in tests.
	target func(*atlassian.Client, backup.Product, atlassian.Product) restore.Target

	mu    sync.Mutex
	built map[siteKey]builtSite
}

type siteKey struct {
	site, cloudID string
	product       backup.Product
	credential    string
	options       string // optionsKey
}

type builtSite struct {
	with    atlassian.Credential
	product atlassian.Product
	client  *atlassian.Client // of the product
}

// NewSites returns Sites that have no client yet.
func NewSites(config SitesConfig) *Sites {
	if config.Client.Throttle == nil {
		config.Client.Throttle = atlassian.NewThrottle(0)
	}
	s := &Sites{config: config, target: newTarget, built: make(map[siteKey]builtSite)}
	s.drills = drill.New(config.Client.Logger, s.forget)
	return s
}

// Drills are the sample sites of this process that backups are restored into, and their
// credentials.
func (s *Sites) Drills() *drill.Sites { return s.drills }

// Product returns the client for a product of a site, with the credential of that
// name. The credential is looked up each time: one that was replaced since then
// is used without a restart. cloudID may be empty where it is not known yet. What
// the options leave out is not read. The errors are failures: NoCredential,
// InvalidArgument.
func (s *Sites) Product(site, cloudID string, product backup.Product, credential string, options backup.Options) (atlassian.Product, error) {
	built, err := s.build(site, cloudID, product, credential, options)
	return built.product, err
}

// Target returns what restores into a product of a site; it reads there what a backup
// of these options reads. Otherwise it is as Product: what writes and what reads share
// connections and the throttle.
func (s *Sites) Target(site, cloudID string, product backup.Product, credential string, options backup.Options) (restore.Target, atlassian.Product, error) {
	built, err := s.build(site, cloudID, product, credential, options)
	if err != nil {
		return nil, nil, err
	}
	return s.target(built.client, product, built.product), built.product, nil
}

// newTarget makes the target of a client; without one it can tell its Limits alone.
func newTarget(client *atlassian.Client, product backup.Product, reads atlassian.Product) restore.Target {
	if product == backup.Jira {
		return restorejira.New(client, reads)
	}
	return restorewiki.New(client, reads)
}

func (s *Sites) build(site, cloudID string, product backup.Product, credential string, options backup.Options) (builtSite, error) {
	with, err := s.lookup(credential)
	if drill.Owns(credential) && err != nil {
		// Whoever waited would wait for ever: the drill begins anew.
		return builtSite{}, failure.New(failure.LeaseLost, err.Error())
	}
	if errors.Is(err, atlassian.ErrNoCredential) {
		return builtSite{}, failure.NewRetryable(failure.NoCredential, fmt.Sprintf(
			"no worker has credential %s: add it to the credentials file of a worker", credential))
	}
	if err != nil {
		return builtSite{}, failure.NewRetryable(failure.NoCredential, fmt.Sprintf(
			"credential %s can't be read on this worker: %v", credential, err))
	}
	if product != backup.Jira && product != backup.Confluence {
		return builtSite{}, failure.New(failure.InvalidArgument, fmt.Sprintf(
			"product %q can't be backed up by this version: take jira or confluence", product))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if drill.Owns(credential) {
		// A site that has ended since then is forgotten already: nothing may come after it.
		if with, err = s.lookup(credential); err != nil {
			return builtSite{}, failure.New(failure.LeaseLost, err.Error())
		}
	}
	key := siteKey{site, cloudID, product, credential, optionsKey(product, options)}
	if have, ok := s.built[key]; ok && have.with == with {
		return have, nil
	}
	config := s.config.Client
	config.Site, config.CloudID, config.Credential = site, cloudID, with
	config.Gateway = cmp.Or(s.config.Gateway, "https://api.atlassian.com/ex") + "/" + string(product)
	client, err := atlassian.New(config)
	if err != nil {
		return builtSite{}, failure.New(failure.InvalidArgument, err.Error())
	}
	built := builtSite{with: with, client: client, product: newProduct(client, product, options)}
	s.built[key] = built
	return built, nil
}

// forget drops the clients of the site of a drill, which has ended: each has an address and
// a credential of its own.
func (s *Sites) forget(credential string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	maps.DeleteFunc(s.built, func(key siteKey, _ builtSite) bool { return key.credential == credential })
}

// lookup returns the credential of that name.
func (s *Sites) lookup(name string) (atlassian.Credential, error) {
	if drill.Owns(name) {
		return s.drills.Credential(name)
	}
	return s.config.Credentials.Lookup(name)
}

// newProduct makes the product of a client.
func newProduct(client *atlassian.Client, product backup.Product, o backup.Options) atlassian.Product {
	if product == backup.Jira {
		return jira.New(client, switchedOff(product, o)...)
	}
	return confluence.New(client, wikiOptions(o))
}

// optionsKey tells options apart that change what a client reads: those that
// leave out containers, or the bytes of attachments, do not.
func optionsKey(product backup.Product, o backup.Options) string {
	return fmt.Sprintf("%q %d %q", switchedOff(product, o), o.Versions, o.CustomContent)
}
