package jira_test

import (
	"cmp"
	"encoding/json"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holdfast/internal/archive"
	"holdfast/internal/atlassian"
	capturing "holdfast/internal/atlassian/jira"
	"holdfast/internal/backup"
	"holdfast/internal/restore"
	"holdfast/internal/restore/jira"
	"holdfast/internal/restore/restoretest"
	"holdfast/internal/samplesite"
	"holdfast/internal/samplesite/content"
)

// start starts a site.
func start(t testing.TB, cfg samplesite.Config) *samplesite.Site {
	t.Helper()
	site, err := samplesite.New(cfg)
	require.NoError(t, err)
	require.NoError(t, site.Start(t.Context()))
	t.Cleanup(func() { _ = site.Close() })
	return site
}

// clientOf is an administrator's client of a site.
func clientOf(t testing.TB, site *samplesite.Site) *atlassian.Client {
	t.Helper()
	client, err := atlassian.New(atlassian.Config{
		Site: site.URL(), Credential: atlassian.Credential{Name: "sample", Email: site.Email(), Token: site.Token()},
		RetryFor: 3 * time.Second, Backoff: 5 * time.Millisecond,
	})
	require.NoError(t, err)
	return client
}

// captured is the backup of a site.
type captured struct {
	*restoretest.Builder
	source *samplesite.Site
	site   []archive.Record            // records of the site
	of     map[string][]archive.Record // records of each project
}

// capture backs a site up, without the bytes of these attachments.
func capture(t testing.TB, site *samplesite.Site, without ...string) *captured {
	t.Helper()
	b := read(t, site)
	b.Builder = restoretest.NewBuilder(t)
	b.Manifest.Site = site.URL()
	b.Segment("site/all.ndjson.zst", "", b.site...)
	client := capturing.New(clientOf(t, site))
	var rows []archive.IndexRow
	for _, key := range sortedKeys(b.of) {
		b.Segment("projects/"+key+"/1.1.0.ndjson.zst", key, b.of[key]...)
		for _, r := range b.of[key] {
			if r.Kind == "attachment" && !slices.Contains(without, r.ID) {
				rows = append(rows, b.file(t, client, key, r))
			}
		}
	}
	if len(rows) > 0 {
		b.Index("index/1.1.attachments.ndjson.zst", rows...)
	}
	b.Seal()
	return b
}

// read reads all of a site as a backup does.
func read(t testing.TB, site *samplesite.Site) *captured {
	t.Helper()
	b := &captured{source: site, of: map[string][]archive.Record{}}
	client := capturing.New(clientOf(t, site))
	_, err := client.ExportSite(t.Context(), func(i atlassian.Item) error { b.site = append(b.site, recordOf(i)); return nil })
	require.NoError(t, err)
	require.NoError(t, client.Containers(t.Context(), func(some []atlassian.Container) error {
		for _, c := range some {
			keep := func(i atlassian.Item) error { b.of[c.Key] = append(b.of[c.Key], recordOf(i)); return nil }
			_, err := client.ExportContainer(t.Context(), c, keep)
			require.NoError(t, err)
			var ids []string
			_, err = client.Census(t.Context(), c, func(some []string) error { ids = append(ids, some...); return nil })
			require.NoError(t, err)
			seen := map[string]bool{}
			for chunk := range slices.Chunk(ids, atlassian.MaxChunk) {
				_, err = client.ExportItems(t.Context(), c, chunk, func(id string) bool { was := seen[id]; seen[id] = true; return was }, keep)
				require.NoError(t, err)
			}
		}
		return nil
	}))
	return b
}

func recordOf(i atlassian.Item) archive.Record {
	return archive.Record{Kind: i.Kind, ID: i.ID, Key: i.Key, Parent: i.Parent, FetchedAt: i.FetchedAt, Body: slices.Clone(i.Body)}
}

// file keeps the bytes of an attachment.
func (b *captured) file(t testing.TB, client *capturing.Jira, key string, r archive.Record) archive.IndexRow {
	size, _ := atlassian.Int(atlassian.Member(r.Body, "size"))
	in, err := client.Open(t.Context(), atlassian.Attachment{ID: r.ID, Size: size}, 0)
	require.NoError(t, err)
	defer in.Close()
	data, err := io.ReadAll(in)
	require.NoError(t, err)
	row := b.Attachment(r.ID, key, r.Parent, string(data))
	row.Name, row.MediaType = text(r.Body, "filename"), text(r.Body, "mimeType")
	return row
}

// empty starts a site that has the configuration and users of the backup, and no projects.
func (b *captured) empty(t testing.TB, renumber bool) *samplesite.Site {
	t.Helper()
	return start(t, samplesite.Config{Rate: -1, Seed: samplesite.Seed{Renumber: renumber, Records: func(yield func(content.SeedRecord, error) bool) {
		for _, r := range b.seed() {
			if !yield(content.SeedRecord{Kind: r.Kind, ID: r.ID, Parent: r.Parent, Body: r.Body}, nil) {
				return
			}
		}
	}}})
}

// seed are the records that another site begins with.
func (b *captured) seed() []archive.Record {
	all := slices.Clone(b.site)
	for _, key := range sortedKeys(b.of) {
		for _, r := range b.of[key] {
			if strings.HasPrefix(r.Kind, "project") && r.Kind != "project" {
				all = append(all, r)
			}
		}
	}
	return all
}

func sortedKeys[V any](m map[string]V) []string {
	var keys []string
	for key := range m {
		keys = append(keys, key)
	}
	slices.SortFunc(keys, func(a, b string) int { return cmp.Compare(a, b) })
	return keys
}

// steps are those of a restore of the backup into a site.
func (b *captured) steps(t testing.TB, to *samplesite.Site, change ...func(*restore.Spec)) *restore.Steps {
	t.Helper()
	spec := restoretest.Spec(backup.Jira, restoretest.PolicyID, restoretest.BackupID, to.URL())
	for _, f := range change {
		f(&spec)
	}
	client := clientOf(t, to)
	return &restore.Steps{Store: b.Store, Target: jira.New(client, capturing.New(client)), Spec: spec, Scratch: t.TempDir()}
}

// text is a member of a body as text.
func text(body json.RawMessage, path ...string) string {
	return atlassian.Text(atlassian.Member(body, path...))
}

// ofKind are the records of a kind in a project, by key or id.
func (b *captured) ofKind(project, kind string) []archive.Record {
	var all []archive.Record
	for _, r := range b.of[project] {
		if r.Kind == kind {
			all = append(all, r)
		}
	}
	return all
}

// counts are those of one phase.
func (b *captured) counts(t testing.TB, plan *restore.Plan, phase string) map[string]restore.Counts {
	t.Helper()
	all := map[string]restore.Counts{}
	for _, p := range plan.Phases {
		for n := range p.Batches {
			if p.Name != phase {
				continue
			}
			result, err := restore.OpenFolder(b.Store, plan.Spec.ID).Result(t.Context(), phase, n)
			require.NoError(t, err)
			restore.AddCounts(all, result.Counts)
		}
	}
	return all
}
