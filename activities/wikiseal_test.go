package activities

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"holdfast/internal/archive"
	"holdfast/internal/atlassian"
	"holdfast/internal/backup"
)

// wikiRun is a recorded run of Confluence: the same three containers, and issues
// that are pages.
func newWikiRun(t *testing.T) *recordedRun {
	t.Helper()
	run := testRun("https://acme.atlassian.net")
	run.Policy.ID, run.Policy.Product, run.BackupID = "confluence-acme", backup.Confluence, "confluence-acme.20261123T021658Z"
	return newRecordedRunOf(t, run)
}

func TestWikiStatuses(t *testing.T) {
	t.Parallel()
	page := func(p atlassian.Problem) func(*recordedRun) {
		return func(r *recordedRun) {
			r.win(late0, 2, ShardResult{Slices: []SliceResult{{Container: "EE", Captured: ids(30, 30)}}, Problems: []atlassian.Problem{p}})
		}
	}
	lost := func(kind string) func(*recordedRun) {
		return func(r *recordedRun) {
			r.win(late0, 2, ShardResult{Slices: []SliceResult{{Container: "EE", Missing: ids(30, 30)}},
				Problems: []atlassian.Problem{{Kind: kind, ID: "30", Container: "EE", Reason: "HTTP 500"}}})
		}
	}
	for _, c := range []struct {
		name   string
		change func(*recordedRun)
		status backup.Status
		item   *archive.ItemRow
		reason string // of the container
	}{
		{"all is there", func(*recordedRun) {}, backup.Complete, nil, ""},
		{"a missing page", lost("page"), backup.Incomplete, &archive.ItemRow{Outcome: archive.Missing, Kind: "page", ID: "30", Container: "EE", Reason: "HTTP 500"}, "items are missing"},
		{"a missing blog post is told once", lost("blogpost"), backup.Incomplete, &archive.ItemRow{Outcome: archive.Missing, Kind: "blogpost", ID: "30", Container: "EE", Reason: "HTTP 500"}, "items are missing"},
		{"S3: a restricted page is content of its space", page(atlassian.Problem{Kind: "restrictedPage", ID: "77", Container: "EE", Denied: true, Reason: "restricted"}),
			backup.Incomplete, &archive.ItemRow{Outcome: archive.Missing, Kind: "restrictedPage", ID: "77", Container: "EE", Reason: "restricted"}, "restricted"},
		{"comments that are not whole", page(atlassian.Problem{Kind: "footerComment", ID: "30", Container: "EE", Reason: "HTTP 500"}),
			backup.Incomplete, &archive.ItemRow{Outcome: archive.Missing, Kind: "footerComment", ID: "30", Container: "EE", Reason: "HTTP 500"}, "HTTP 500"},
		{"watchers of a space are no content", page(atlassian.Problem{Kind: "spaceWatcher", ID: "10", Container: "EE", Denied: true, Reason: "no"}), backup.Complete, nil, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newWikiRun(t)
			c.change(r)
			result, err := r.seal(r.store)
			require.NoError(t, err)
			require.Equal(t, c.status, result.Status, result.Reason)
			_, containers, items := r.report()
			require.Equal(t, c.reason, containers[0].Reason)
			if c.item == nil {
				require.Empty(t, items)
				return
			}
			require.Equal(t, []archive.ItemRow{*c.item}, items)
			require.Equal(t, 1, result.Counts.Missing)
		})
	}
}

// TestEndOfARunIsToldToTheSite states that what a run opened at the site ends with
// it, and that a site which does not answer stops nothing.
func TestEndOfARunIsToldToTheSite(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]error{"it answers": nil, "it does not": errors.New("away")} {
		t.Run(name, func(t *testing.T) {
			r := newRecordedRun(t)
			b := newBench(t)
			b.in.Run = r.in.Run
			b.start()
			b.site.endError = fault
			r.save()
			deps := b.deps
			deps.Store = r.store
			_, err := New(deps).Seal(t.Context(), r.in)
			require.NoError(t, err)
			require.Equal(t, 1, b.site.ended)
			require.NoError(t, New(deps).Discard(t.Context(), r.discard()))
			require.Equal(t, 2, b.site.ended)
		})
	}
	t.Run("no worker has the credential any more", func(t *testing.T) {
		r := newRecordedRun(t)
		r.in.Run.Policy.Credential = "nobody"
		r.save()
		b := newBench(t)
		b.deps.Store = r.store
		_, err := New(b.deps).Seal(t.Context(), r.in)
		require.NoError(t, err)
	})
}
