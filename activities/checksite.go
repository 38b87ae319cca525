package activities

import (
	"context"

	"holdfast/internal/atlassian"
	"holdfast/internal/backup"
)

// CheckSiteInput says what is to be looked at, and as whom.
type CheckSiteInput struct {
	Site       string         `json:"site"`
	Product    backup.Product `json:"product"`
	Credential string         `json:"credential"`
	// Options are those of the policy that is thought of; what they switch off is not asked for.
	Options backup.Options `json:"options,omitzero"`
}

// SiteAccess is what an account may read at a site.
type SiteAccess struct {
	// Credential is the name of the credential that was used.
	Credential string `json:"credential"`
	CloudID    string `json:"cloudId"`
	AccountID  string `json:"accountId"`
	TimeZone   string `json:"timeZone,omitempty"`
	// Administer says that the account is an administrator of the product.
	Administer bool `json:"administer"`
	Containers int  `json:"containers"` // that are listed to it
	Items      int  `json:"items"`      // as the site counts them
	// Unreadable has the keys of the containers that it may not read; at most 100.
	Unreadable      []string `json:"unreadable,omitempty"`
	UnreadableCount int      `json:"unreadableCount"`
	// Kinds has a row for each kind of data that can be asked about.
	Kinds []atlassian.KindAccess `json:"kinds"`
}

// maxUnreadable is how many keys a SiteAccess has at most.
const maxUnreadable = 100

// CheckSite asks what the account may read at the site: who it is, which
// containers, which kinds of data. It changes nothing. It fails with
// NoCredential, CredentialsRefused, SiteGone, Quota or SiteAway.
func (a *Activities) CheckSite(ctx context.Context, in CheckSiteInput) (SiteAccess, error) {
	product, err := a.deps.Sites.Product(in.Site, "", in.Product, in.Credential, in.Options)
	if err != nil {
		return SiteAccess{}, err
	}
	beat := startPulse(ctx)
	defer beat.end()
	result, err := checkSite(ctx, product, in, beat)
	result.Credential = in.Credential
	return result, failed(err)
}

func checkSite(ctx context.Context, product atlassian.Product, in CheckSiteInput, beat *pulse) (SiteAccess, error) {
	cloudID, err := product.CloudID(ctx)
	if err != nil {
		return SiteAccess{}, err
	}
	who, err := product.Identity(ctx)
	if err != nil {
		return SiteAccess{}, err
	}
	seen, err := survey(ctx, product, in.Product, in.Options, beat)
	if err != nil {
		return SiteAccess{}, err
	}
	result := SiteAccess{
		CloudID: cloudID, AccountID: who.AccountID, TimeZone: who.TimeZone, Administer: seen.administer,
		Containers: seen.containers, Items: seen.items, Unreadable: seen.unreadable, UnreadableCount: seen.unreadableCount,
	}
	err = product.Probe(ctx, func(k atlassian.KindAccess) error {
		beat.add(StepProgress{Items: 1})
		result.Kinds = append(result.Kinds, k)
		return nil
	})
	return result, err
}
