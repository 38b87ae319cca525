package activities

import (
	"context"
	"errors"
	"log/slog"

	"holdfast/internal/atlassian"
	"holdfast/internal/backup"
)

// SitesConfig says how clients of sites are made.
type SitesConfig struct {
	Credentials *atlassian.Credentials
	// Client has what all clients share, such as Throttle, RetryFor and
	// UserAgent; Site, CloudID and Credential are set for each. A nil Throttle
	// means one for all clients made here.
	Client atlassian.Config
	Log    *slog.Logger
}

// Sites builds and keeps the clients of sites, so that all activities of a
// process share their connections and their throttle.
type Sites struct{ config SitesConfig }

// NewSites returns Sites without any client yet.
func NewSites(config SitesConfig) *Sites { return &Sites{config: config} }

// Product returns the client for a product of a site with the credential of that name.
func (s *Sites) Product(ctx context.Context, site, cloudID string, product backup.Product, credential string) (atlassian.Product, error) {
	return nil, errors.ErrUnsupported
}
