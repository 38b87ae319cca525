package activities

import (
	"errors"
	"fmt"
	"strings"
	"sync"

	"holdfast/internal/atlassian"
	"holdfast/internal/atlassian/jira"
	"holdfast/internal/backup"
	"holdfast/internal/failure"
)

// SitesConfig says how the clients of sites are made.
type SitesConfig struct {
	Credentials *atlassian.Credentials
	// Client has what all clients share, such as Throttle, RetryFor and Logger.
	// Site, CloudID and Credential are set for each; a nil Throttle means one
	// for all of these clients.
	Client atlassian.Config
}

// Sites builds and keeps the clients of sites, so that all activities of a
// process share their connections and one throttle. It is safe for concurrent use.
type Sites struct {
	config SitesConfig

	mu    sync.Mutex
	built map[siteKey]builtSite
}

type siteKey struct {
	site, cloudID string
	product       backup.Product
	credential    string
	without       string // kinds that are not read
}

type builtSite struct {
	with    atlassian.Credential
	product atlassian.Product
}

// NewSites returns Sites that have no client yet.
func NewSites(config SitesConfig) *Sites {
	if config.Client.Throttle == nil {
		config.Client.Throttle = atlassian.NewThrottle(0)
	}
	return &Sites{config: config, built: make(map[siteKey]builtSite)}
}

// Product returns the client for a product of a site, with the credential of that
// name. The credential is looked up each time: one that was replaced since then
// is used without a restart. cloudID may be empty where it is not known yet. The
// kinds of data of these names are not read. The errors are failures:
// NoCredential, InvalidArgument.
func (s *Sites) Product(site, cloudID string, product backup.Product, credential string, without ...string) (atlassian.Product, error) {
	with, err := s.config.Credentials.Lookup(credential)
	if errors.Is(err, atlassian.ErrNoCredential) {
		return nil, failure.NewRetryable(failure.NoCredential, fmt.Sprintf(
			"no worker has credential %s: add it to the credentials file of a worker", credential))
	}
	if err != nil {
		return nil, failure.NewRetryable(failure.NoCredential, fmt.Sprintf(
			"credential %s can't be read on this worker: %v", credential, err))
	}
	if product != backup.Jira {
		return nil, failure.New(failure.InvalidArgument, fmt.Sprintf(
			"product %q can't be backed up by this version: take jira", product))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	key := siteKey{site, cloudID, product, credential, strings.Join(without, " ")}
	if have, ok := s.built[key]; ok && have.with == with {
		return have.product, nil
	}
	config := s.config.Client
	config.Site, config.CloudID, config.Credential = site, cloudID, with
	client, err := atlassian.New(config)
	if err != nil {
		return nil, failure.New(failure.InvalidArgument, err.Error())
	}
	built := builtSite{with: with, product: jira.New(client, without...)}
	s.built[key] = built
	return built.product, nil
}
