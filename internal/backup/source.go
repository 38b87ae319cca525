package backup

import (
	"cmp"
	"slices"
	"time"
)

// MaxSources is the most backups that a run copies attachments from.
const MaxSources = 3

// Sources are the ids of the backups out of which a run of these options that
// starts at now may copy attachments, newest first: available ones that have some.
// Those older than the newest COMPLETE one are left out, which has all that they
// have and the site still has; at most MaxSources, that one among them.
func Sources(backups []Backup, options Options, now time.Time) []string {
	if !options.Attachments {
		return nil
	}
	newest := slices.SortedStableFunc(slices.Values(backups), func(a, b Backup) int {
		return cmp.Or(b.StartedAt.Compare(a.StartedAt), cmp.Compare(b.ID, a.ID))
	})
	var ids []string
	for _, b := range newest {
		if !Available(b, now) || b.Counts.Attachments == 0 {
			continue
		}
		if b.Status == Complete {
			return append(ids[:min(len(ids), MaxSources-1)], b.ID)
		}
		ids = append(ids, b.ID)
	}
	return ids[:min(len(ids), MaxSources)]
}
