package activities

import (
	"cmp"
	"context"
	"slices"

	"holdfast/internal/archive"
	"holdfast/internal/backup"
	"holdfast/internal/drill"
	"holdfast/internal/restore"
)

// DrillSiteInput asks for a sample site to restore a backup into.
type DrillSiteInput struct {
	DrillID  string         `json:"drillId"`
	PolicyID string         `json:"policyId"`
	BackupID string         `json:"backupId"`
	Product  backup.Product `json:"product"`
	Sample   int            `json:"sample,omitempty"`
}

// DrillSiteResult is a sample site that stands on one host.
type DrillSiteResult struct {
	Queue      string   `json:"queue"` // the host's own
	Site       string   `json:"site"`
	Credential string   `json:"credential"`
	Containers []string `json:"containers,omitempty"` // of the sample; none means all
}

// StartDrillSite starts a sample site with the configuration and the users of a backup,
// empty of content, on the host that it runs on. It ends by itself a while after the
// last step that used it (drill.Idle).
func (a *Activities) StartDrillSite(ctx context.Context, in DrillSiteInput) (DrillSiteResult, error) {
	defer startPulse(ctx).end()
	source, err := restore.OpenArchive(ctx, a.deps.Store, restore.Spec{PolicyID: in.PolicyID, BackupID: in.BackupID, From: backup.FromStore}, "")
	if err != nil {
		return DrillSiteResult{}, restoreFailed(err)
	}
	place, err := a.deps.Sites.Drills().Start(in.DrillID, drill.Config(ctx, source))
	if err != nil {
		return DrillSiteResult{}, restoreFailed(err)
	}
	return DrillSiteResult{Queue: a.deps.Queue, Site: place.Site, Credential: place.Credential, Containers: sample(source.Manifest(), in.Sample)}, nil
}

// StopDrillSite ends it.
func (a *Activities) StopDrillSite(_ context.Context, in DrillSiteInput) error {
	a.deps.Sites.Drills().Stop(in.DrillID)
	return nil
}

// sample chooses whole containers, the smallest first, until they have so many items
// together; none means all of them.
func sample(m archive.Manifest, items int) []string {
	if items <= 0 {
		return nil
	}
	has := map[string]int{}
	for _, seg := range m.Segments {
		if seg.Container != "" {
			has[seg.Container] += seg.Records["issue"] + seg.Records["page"] + seg.Records["blogpost"]
		}
	}
	var keys []string
	for key, n := range has {
		if n > 0 {
			keys = append(keys, key)
		}
	}
	slices.SortFunc(keys, func(a, b string) int { return cmp.Or(cmp.Compare(has[a], has[b]), cmp.Compare(a, b)) })
	total := 0
	for n, key := range keys {
		if total += has[key]; total >= items {
			return keys[:n+1]
		}
	}
	return nil
}
