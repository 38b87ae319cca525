package restoretest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holdfast/internal/archive"
	"holdfast/internal/backup"
	"holdfast/internal/restore"
	"holdfast/internal/store"
	"holdfast/internal/store/dir"
)

// The backup that a Builder writes.
const (
	PolicyID = "jira-acme"
	BackupID = "jira-acme.20261123T021658Z"
)

// Started is when it started.
func Started() time.Time { return time.Date(2026, 11, 23, 2, 16, 58, 0, time.UTC) }

// Builder writes a backup of Jira into a store in a folder of its own.
type Builder struct {
	Store    store.Store
	Manifest archive.Manifest // may be changed before Seal
	t        testing.TB
}

// NewBuilder returns a builder of a backup without data.
func NewBuilder(t testing.TB) *Builder {
	t.Helper()
	s, err := dir.Open(t.TempDir())
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Close() })
	return &Builder{t: t, Store: s, Manifest: archive.Manifest{
		Format: archive.FormatVersion, Backup: BackupID, Policy: PolicyID, Product: backup.Jira, Site: "https://acme.atlassian.net",
		CloudID: "cloud", Status: backup.Complete, StartedAt: Started(), CensusAt: Started(), SealedAt: Started(),
		Options: backup.Options{Attachments: true}, Limits: backup.DefaultLimits(), Writer: "holdfast test",
	}}
}

// Spec is that of a restore of all of the backup.
func (b *Builder) Spec() restore.Spec {
	return Spec(backup.Jira, PolicyID, BackupID, "https://other.atlassian.net")
}

// Put writes an object into the folder of the backup.
func (b *Builder) Put(object string, data []byte) {
	b.t.Helper()
	_, err := store.PutBytes(context.Background(), b.Store, archive.BackupDir(PolicyID, BackupID)+object, data, store.IfAbsent())
	require.NoError(b.t, err)
}

// Segment writes records into a segment of their own.
func (b *Builder) Segment(object, container string, records ...archive.Record) {
	b.t.Helper()
	scratch := b.t.TempDir()
	w, err := archive.CreateSegment(filepath.Join(scratch, "raw"))
	require.NoError(b.t, err)
	for _, r := range records {
		require.NoError(b.t, w.Write(r))
	}
	require.NoError(b.t, w.Close())
	c, err := archive.Compress(context.Background(), filepath.Join(scratch, "raw"), filepath.Join(scratch, "zst"), nil)
	require.NoError(b.t, err)
	data, err := os.ReadFile(filepath.Join(scratch, "zst"))
	require.NoError(b.t, err)
	b.Put(object, data)
	b.Manifest.Segments = append(b.Manifest.Segments, archive.Segment{Object: object, Container: container, Records: w.Records(),
		RawBytes: c.RawBytes, Bytes: c.Bytes, SHA256: c.SHA256, CRC32C: c.CRC32C, CRC32: c.CRC32})
}

// Attachment writes the bytes of an attachment, and returns its row for an index.
func (b *Builder) Attachment(id, container, item, content string) archive.IndexRow {
	b.t.Helper()
	data := []byte(content)
	row := archive.IndexRow{ID: id, Object: archive.AttachmentName(id, 0), Size: int64(len(data)), SHA256: sumOf(data),
		CRC32: archive.FormatCRC32(crc32.ChecksumIEEE(data)), CRC32C: crc32.Checksum(data, crc32.MakeTable(crc32.Castagnoli)),
		MediaType: "text/plain", Name: "file-" + id, Item: item, ItemKey: container + "-" + item, Container: container}
	b.Put(row.Object, data)
	return row
}

func sumOf(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// Index writes rows into an index of their own.
func (b *Builder) Index(object string, rows ...archive.IndexRow) {
	b.t.Helper()
	var out bytes.Buffer
	w, err := archive.NewCompressor(&out)
	require.NoError(b.t, err)
	index := archive.Index{Object: object}
	for _, row := range rows {
		line, err := archive.AppendRow(nil, row)
		require.NoError(b.t, err)
		_, err = w.Write(line)
		require.NoError(b.t, err)
		index.Attachments++
		index.AttachmentBytes += row.Size
		index.Add(row.Container, row.Item)
	}
	c, err := w.Close()
	require.NoError(b.t, err)
	index.Bytes, index.SHA256, index.CRC32C, index.CRC32 = c.Bytes, c.SHA256, c.CRC32C, c.CRC32
	b.Put(object, out.Bytes())
	b.Manifest.Indexes = append(b.Manifest.Indexes, index)
}

// Seal writes the documents of the backup, its manifest last.
func (b *Builder) Seal() {
	b.t.Helper()
	b.Manifest.Tally()
	manifest, err := archive.Encode(b.Manifest)
	require.NoError(b.t, err)
	var report, sums bytes.Buffer
	w, err := archive.NewReportWriter(&report, archive.Report{Backup: BackupID, Policy: PolicyID, Status: b.Manifest.Status})
	require.NoError(b.t, err)
	reportSum, err := w.Close()
	require.NoError(b.t, err)
	require.NoError(b.t, archive.WriteSums(context.Background(), b.Store, &sums, b.Manifest, sumOf(manifest), reportSum))
	state, err := archive.Encode(archive.State{Backup: BackupID, Status: b.Manifest.Status, StartedAt: b.Manifest.StartedAt, EndedAt: b.Manifest.SealedAt,
		ExpiresAt: backup.ExpiresAt(b.Manifest.StartedAt, b.Manifest.Limits)})
	require.NoError(b.t, err)
	b.Put(archive.SumsName, sums.Bytes())
	b.Put(archive.ReportName, report.Bytes())
	b.Put(archive.StateName, state)
	b.Put(archive.ManifestName, manifest)
}

// Package is the package of the sealed backup.
func (b *Builder) Package() []byte {
	b.t.Helper()
	r, err := archive.Open(context.Background(), b.Store, PolicyID, BackupID)
	require.NoError(b.t, err)
	p, err := archive.PlanPackage(context.Background(), r, archive.PackageAbout{Status: b.Manifest.Status}, nil)
	require.NoError(b.t, err)
	s := p.Open(context.Background(), archive.PackagePoint{}, p.Size())
	defer s.Close()
	data, err := io.ReadAll(s)
	require.NoError(b.t, err)
	return data
}

// Record is a record with a text as its body.
func Record(kind, id, text string) archive.Record {
	body, _ := json.Marshal(map[string]string{"text": text}) // a string always encodes
	return archive.Record{Kind: kind, ID: id, FetchedAt: Started(), Body: body}
}
