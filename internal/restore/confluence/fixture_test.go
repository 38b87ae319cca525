package confluence

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"hash/crc32"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holdfast/internal/archive"
	"holdfast/internal/atlassian"
	"holdfast/internal/atlassian/confluence"
	"holdfast/internal/backup"
	"holdfast/internal/restore"
	"holdfast/internal/restore/restoretest"
	"holdfast/internal/samplesite"
	"holdfast/internal/samplesite/content"
	"holdfast/internal/store"
	"holdfast/internal/store/dir"
)

const (
	testPolicy = "confluence-acme"
	testBackup = "confluence-acme.20261123T021658Z"
)

// wiki is a site with some of everything.
var wiki = content.WikiSpec{
	Seed: 1030, // of which content has every status
	Spaces: []content.SpaceSpec{
		{Key: "ENG", Pages: 40, Blogs: 6, Others: 6, Tasks: 10, CustomContent: 6, Properties: 4, Labels: 4, Templates: 3, Permissions: 12, Watchers: 4},
		{Key: "OLD", Archived: true, Pages: 8, Blogs: 2, Others: 2},
		{Key: "~person", Personal: true, Pages: 4, Blogs: 1},
		{Key: "EMPTY"},
	},
	Attachments: 12,
	Nodes: []content.NodeSpec{
		{Space: "ENG", Number: 5, Versions: 4, Labels: 3, Props: 3, Footer: 4, Inline: 4, Replies: 2, Depth: 2},
	},
	Groups: 4, Accounts: 12,
}

func start(t testing.TB, spec content.WikiSpec, now func() time.Time) *samplesite.Site {
	site, err := samplesite.New(samplesite.Config{Content: content.Spec{Seed: 7}, Wiki: spec, Rate: -1, Now: now})
	require.NoError(t, err)
	require.NoError(t, site.Start(context.Background()))
	t.Cleanup(func() { require.NoError(t, site.Close()) })
	return site
}

func clientOf(t testing.TB, site *samplesite.Site) *atlassian.Client {
	return clientOver(t, site, nil)
}

func clientOver(t testing.TB, site *samplesite.Site, transport http.RoundTripper) *atlassian.Client {
	client, err := atlassian.New(atlassian.Config{
		Site: site.URL(), Credential: atlassian.Credential{Name: "acme", Email: site.Email(), Token: site.Token()},
		RetryFor: time.Second, Backoff: time.Millisecond, Transport: transport,
	})
	require.NoError(t, err)
	return client
}

// typesOf are the types of custom content that the site has.
func typesOf(site *samplesite.Site) []string {
	types := map[string]bool{}
	for r := range site.Truth().WikiRecords(customKind) {
		types[text(raw(r.Body), "type")] = true
	}
	return slices.Sorted(maps.Keys(types))
}

// captured is a backup in a store.
type captured struct {
	t       testing.TB
	store   store.Store
	m       archive.Manifest
	product *confluence.Confluence
	rows    []archive.IndexRow
}

// capture backs a site up, with the older versions of files.
func capture(t testing.TB, site *samplesite.Site) *captured {
	t.Helper()
	s, err := dir.Open(t.TempDir())
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Close() })
	at := time.Date(2026, 11, 23, 2, 16, 58, 0, time.UTC)
	client := clientOf(t, site)
	c := &captured{t: t, store: s, product: confluence.New(client, confluence.Options{AttachmentVersions: true, CustomContent: typesOf(site)}), m: archive.Manifest{
		Format: archive.FormatVersion, Backup: testBackup, Policy: testPolicy, Product: backup.Confluence, Site: site.URL(),
		CloudID: "source", Status: backup.Complete, StartedAt: at, CensusAt: at, SealedAt: at,
		Options: backup.Options{Attachments: true}, Limits: backup.DefaultLimits(), Writer: "holdfast test",
	}}
	c.segment(archive.SiteSegmentName("all", 1, 0), "", func(emit func(atlassian.Item) error) error {
		_, err := c.product.ExportSite(t.Context(), emit)
		return err
	})
	require.NoError(t, c.product.Containers(t.Context(), func(page []atlassian.Container) error {
		for _, space := range page {
			c.space(space)
		}
		return nil
	}))
	c.seal()
	return c
}

func (c *captured) space(space atlassian.Container) {
	c.segment(archive.SegmentName(backup.Confluence, space.Key, "s", 1, 0), space.Key, func(emit func(atlassian.Item) error) error {
		_, err := c.product.ExportContainer(c.t.Context(), space, emit)
		return err
	})
	var all []string
	_, err := c.product.Census(c.t.Context(), space, func(ids []string) error { all = append(all, ids...); return nil })
	require.NoError(c.t, err)
	n := 0
	for ids := range slices.Chunk(all, 25) {
		seen := map[string]bool{}
		c.segment(archive.SegmentName(backup.Confluence, space.Key, "i", 1, n), space.Key, func(emit func(atlassian.Item) error) error {
			_, err := c.product.ExportItems(c.t.Context(), space, ids, func(id string) bool { was := seen[id]; seen[id] = true; return was }, func(i atlassian.Item) error {
				if i.Attachment != nil {
					c.file(space.Key, *i.Attachment)
				}
				return emit(i)
			})
			return err
		})
		n++
	}
}

func (c *captured) segment(object, container string, export func(func(atlassian.Item) error) error) {
	c.t.Helper()
	scratch := c.t.TempDir()
	w, err := archive.CreateSegment(filepath.Join(scratch, "raw"))
	require.NoError(c.t, err)
	require.NoError(c.t, export(func(i atlassian.Item) error {
		return w.Write(archive.Record{Kind: i.Kind, ID: i.ID, Key: i.Key, Parent: i.Parent, FetchedAt: i.FetchedAt, Body: i.Body})
	}))
	require.NoError(c.t, w.Close())
	z, err := archive.Compress(c.t.Context(), filepath.Join(scratch, "raw"), filepath.Join(scratch, "zst"), nil)
	require.NoError(c.t, err)
	data, err := os.ReadFile(filepath.Join(scratch, "zst"))
	require.NoError(c.t, err)
	c.put(object, data)
	c.m.Segments = append(c.m.Segments, archive.Segment{Object: object, Container: container, Records: w.Records(),
		RawBytes: z.RawBytes, Bytes: z.Bytes, SHA256: z.SHA256, CRC32C: z.CRC32C, CRC32: z.CRC32})
}

func (c *captured) put(object string, data []byte) {
	c.t.Helper()
	_, err := store.PutBytes(c.t.Context(), c.store, archive.BackupDir(testPolicy, testBackup)+object, data, store.IfAbsent())
	require.NoError(c.t, err)
}

func (c *captured) file(key string, a atlassian.Attachment) {
	c.t.Helper()
	body, err := c.product.Open(c.t.Context(), a, 0)
	require.NoError(c.t, err)
	data, err := io.ReadAll(body)
	require.NoError(c.t, err)
	require.NoError(c.t, body.Close())
	sum := sha256.Sum256(data)
	row := archive.IndexRow{ID: a.ID, Version: a.Version, Object: archive.AttachmentName(a.ID, a.Version), Size: int64(len(data)), SHA256: hex.EncodeToString(sum[:]),
		CRC32: archive.FormatCRC32(crc32.ChecksumIEEE(data)), CRC32C: crc32.Checksum(data, crc32.MakeTable(crc32.Castagnoli)),
		MediaType: a.MediaType, Name: a.Name, Item: a.Item, Container: key}
	c.put(row.Object, data)
	c.rows = append(c.rows, row)
}

// reseal writes the index and the manifest anew.
func (c *captured) reseal() {
	c.t.Helper()
	dir := archive.BackupDir(testPolicy, testBackup)
	for _, object := range []string{archive.IndexName("all", 1), archive.ManifestName} {
		there, err := c.store.Stat(c.t.Context(), dir+object)
		require.NoError(c.t, err)
		require.NoError(c.t, c.store.Delete(c.t.Context(), dir+object, there.Generation))
	}
	c.seal()
}

func (c *captured) seal() {
	c.t.Helper()
	var out bytes.Buffer
	w, err := archive.NewCompressor(&out)
	require.NoError(c.t, err)
	index := archive.Index{Object: archive.IndexName("all", 1)}
	for _, row := range c.rows {
		line, err := archive.AppendRow(nil, row)
		require.NoError(c.t, err)
		_, err = w.Write(line)
		require.NoError(c.t, err)
		index.Attachments++
		index.AttachmentBytes += row.Size
		index.Add(row.Container, row.Item)
	}
	z, err := w.Close()
	require.NoError(c.t, err)
	index.Bytes, index.SHA256, index.CRC32C, index.CRC32 = z.Bytes, z.SHA256, z.CRC32C, z.CRC32
	c.put(index.Object, out.Bytes())
	c.m.Indexes = append(c.m.Indexes, index)
	c.m.Tally()
	data, err := archive.Encode(c.m)
	require.NoError(c.t, err)
	c.put(archive.ManifestName, data)
}

// steps are those of a restore of the backup into a site.
func (c *captured) steps(to *samplesite.Site, change func(*restore.Spec)) *restore.Steps {
	return c.stepsOver(to, nil, change)
}

func (c *captured) stepsOver(to *samplesite.Site, transport http.RoundTripper, change func(*restore.Spec)) *restore.Steps {
	spec := restoretest.Spec(backup.Confluence, testPolicy, testBackup, to.URL())
	spec.Selection.As = map[string]string{"~person": "PERSON"}
	if change != nil {
		change(&spec)
	}
	client := clientOver(c.t, to, transport)
	product := confluence.New(clientOf(c.t, to), confluence.Options{AttachmentVersions: true, CustomContent: []string{"ac:com.example.polls:poll", "ac:com.example.diagrams:diagram"}})
	return &restore.Steps{Store: c.store, Target: New(client, product), Spec: spec, Scratch: c.t.TempDir()}
}

// empty is a site with the users and groups of the one that was backed up.
func empty(t testing.TB, of content.WikiSpec) *samplesite.Site {
	return start(t, content.WikiSpec{Seed: of.Seed, Groups: of.Groups, Accounts: of.Accounts}, nil)
}
