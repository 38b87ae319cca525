package activities

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"holdfast/internal/atlassian"
	"holdfast/internal/backup"
	"holdfast/internal/failure"
)

// PreflightInput says what is to be reached, and for whom.
type PreflightInput struct {
	Site       string         `json:"site"`
	Product    backup.Product `json:"product"`
	Credential string         `json:"credential"`
	// CloudID, where set, must be the site's; otherwise SiteGone.
	CloudID string `json:"cloudId,omitempty"`
	// PolicyID, where set, is that of a run: owner.json is written or checked
	// (Owned), and the containers are not counted, for the run lists them next.
	PolicyID string `json:"policyId,omitempty"`
	// Options are those of the policy: what they leave out does not lack.
	Options backup.Options `json:"options,omitzero"`
}

// PreflightResult is what was found.
type PreflightResult struct {
	CloudID    string `json:"cloudId"`
	AccountID  string `json:"accountId"`
	Containers int    `json:"containers"`
	Items      int    `json:"items"` // as the site counts them
	// Lacks has a line for each permission that is missing and what that costs, and for
	// each excluded key that no container has; at most 20.
	Lacks []string `json:"lacks,omitempty"`
}

// maxLacks is how many lines a PreflightResult holds at most.
const maxLacks = 20

// Preflight checks, before anything is saved or captured, that the credential is
// accepted and the site is the one that the policy is bound to (P1, P2). It fails
// with NoCredential, CredentialsRefused, SiteGone or Owned.
func (a *Activities) Preflight(ctx context.Context, in PreflightInput) (PreflightResult, error) {
	product, err := a.deps.Sites.Product(in.Site, in.CloudID, in.Product, in.Credential, in.Options)
	if err != nil {
		return PreflightResult{}, err
	}
	beat := startPulse(ctx)
	defer beat.end()

	// First of all whose site it is: that needs no credential, and another site
	// would refuse ours.
	cloudID, err := product.CloudID(ctx)
	if err != nil {
		return PreflightResult{}, failed(err)
	}
	if in.CloudID != "" && cloudID != in.CloudID {
		return PreflightResult{}, failure.New(failure.SiteGone, fmt.Sprintf(
			"%s is site %s now, and the policy is bound to site %s: if the site has moved, make a new policy for it",
			in.Site, cloudID, in.CloudID))
	}
	who, err := product.Identity(ctx)
	if err != nil {
		return PreflightResult{}, failed(err)
	}
	result := PreflightResult{CloudID: cloudID, AccountID: who.AccountID}
	if in.PolicyID != "" {
		return result, a.own(ctx, in.PolicyID)
	}
	seen, err := survey(ctx, product, in.Product, in.Options, beat)
	if err != nil {
		return result, failed(err)
	}
	result.Containers, result.Items, result.Lacks = seen.containers, seen.items, seen.lacks()
	return result, nil
}

// surveyed is how many containers are asked about at a time: what one request
// to Jira takes.
const surveyed = 1000

// sight is what an account can see of a site's containers.
type sight struct {
	product           backup.Product
	containers, items int
	administer        bool
	unreadable        []string // keys, at most maxUnreadable
	unreadableCount   int
	unknown           []string // excluded keys that no container has
}

// survey counts what the account can see of what the options do not leave out,
// and finds what it may not.
func survey(ctx context.Context, product atlassian.Product, of backup.Product, options backup.Options, beat *pulse) (sight, error) {
	var (
		seen = sight{product: of}
		held []atlassian.Container
		left = make(map[string]bool, len(options.Exclude)) // excluded keys that no container has had yet
	)
	for _, key := range options.Exclude {
		left[key] = true
	}
	ask := func() error {
		access, err := product.Access(ctx, held)
		if err != nil {
			return err
		}
		seen.administer = access.Administer
		seen.unreadableCount += len(access.Unreadable)
		room := maxUnreadable - len(seen.unreadable)
		seen.unreadable = append(seen.unreadable, access.Unreadable[:min(room, len(access.Unreadable))]...)
		held = held[:0]
		return nil
	}
	err := product.Containers(ctx, func(page []atlassian.Container) error {
		beat.add(StepProgress{Items: len(page)})
		for _, c := range page {
			delete(left, c.Key)
			if leavesOut(options, c) {
				continue
			}
			seen.items += max(0, c.Items)
			seen.containers++
			if held = append(held, c); len(held) < surveyed {
				continue
			}
			if err := ask(); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil && (len(held) > 0 || seen.containers == 0) {
		err = ask()
	}
	seen.unknown = slices.Sorted(maps.Keys(left))
	return seen, err
}

// lacks has a line for each permission that is missing and what that costs, and
// for each excluded key that excludes nothing.
func (s sight) lacks() []string {
	var lacks lackList
	for _, key := range s.unknown {
		lacks.add(fmt.Sprintf("none of the %s has the excluded key %s: check how it is written, for nothing is left out by it", s.product.Containers(), key))
	}
	for _, key := range s.unreadable {
		lacks.add(fmt.Sprintf("no permission to browse %s: it can't be captured, and backups stay INCOMPLETE until the account may read it or the policy excludes it", key))
	}
	lacks.more += s.unreadableCount - len(s.unreadable)
	if !s.administer {
		lacks.add("the account is not an administrator: what only administrators see is not captured, and containers that it can't see are not noticed")
	}
	return lacks.lines()
}

// lackList keeps the first lines and counts the others.
type lackList struct {
	first []string
	more  int
}

func (l *lackList) add(line string) {
	if len(l.first) == maxLacks-1 {
		l.more++
		return
	}
	l.first = append(l.first, line)
}

func (l *lackList) lines() []string {
	if l.more == 0 {
		return l.first
	}
	return append(l.first, fmt.Sprintf("and %d more", l.more))
}
