package archive

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"holdfast/internal/backup"
	"holdfast/internal/store"
	"holdfast/internal/store/dir"
)

const (
	testPolicy = "jira-acme"
	testBackup = "jira-acme.20261123T021658Z"
)

func sha(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

func crc32c(data []byte) uint32 { return crc32.Checksum(data, crc32.MakeTable(crc32.Castagnoli)) }

// builder writes a backup by the means that a run has.
type builder struct {
	t    testing.TB
	s    *dir.Store
	root string
	m    Manifest
}

func newBuilder(t testing.TB) *builder {
	root := t.TempDir()
	s, err := dir.Open(root)
	require.NoError(t, err)
	return &builder{t: t, s: s, root: root, m: Manifest{
		Format: FormatVersion, Backup: testBackup, Policy: testPolicy, Product: backup.Jira, Site: "https://acme.atlassian.net",
		CloudID: "cloud", Status: backup.Complete, StartedAt: at(), CensusAt: at(), SealedAt: at(), Options: backup.Options{Attachments: true},
		Limits: backup.DefaultLimits(), Writer: "holdfast test",
	}}
}

func (b *builder) put(object string, data []byte) {
	b.t.Helper()
	_, err := store.PutBytes(context.Background(), b.s, BackupDir(testPolicy, testBackup)+object, data, store.IfAbsent())
	require.NoError(b.t, err)
}

func (b *builder) segment(object, container string, records ...Record) {
	b.t.Helper()
	scratch := b.t.TempDir()
	w, err := CreateSegment(filepath.Join(scratch, "raw"))
	require.NoError(b.t, err)
	for _, r := range records {
		require.NoError(b.t, w.Write(r))
	}
	require.NoError(b.t, w.Close())
	c, err := Compress(context.Background(), filepath.Join(scratch, "raw"), filepath.Join(scratch, "zst"), nil)
	require.NoError(b.t, err)
	data, err := os.ReadFile(filepath.Join(scratch, "zst"))
	require.NoError(b.t, err)
	b.put(object, data)
	b.m.Segments = append(b.m.Segments, Segment{Object: object, Container: container, Records: w.Records(), RawBytes: c.RawBytes, Bytes: c.Bytes, SHA256: c.SHA256, CRC32C: c.CRC32C, CRC32: c.CRC32})
}

func (b *builder) index(object string, rows ...IndexRow) {
	b.t.Helper()
	var out bytes.Buffer
	w, err := NewCompressor(&out)
	require.NoError(b.t, err)
	index := Index{Object: object}
	for _, row := range rows {
		line, err := AppendRow(nil, row)
		require.NoError(b.t, err)
		_, err = w.Write(line)
		require.NoError(b.t, err)
		index.Attachments++
		index.AttachmentBytes += row.Size
	}
	c, err := w.Close()
	require.NoError(b.t, err)
	index.Bytes, index.SHA256, index.CRC32C, index.CRC32 = c.Bytes, c.SHA256, c.CRC32C, c.CRC32
	b.put(object, out.Bytes())
	b.m.Indexes = append(b.m.Indexes, index)
}

func (b *builder) attachment(id, name, content string) IndexRow {
	b.t.Helper()
	row := IndexRow{ID: id, Object: AttachmentName(id, 0), Size: int64(len(content)), SHA256: sha([]byte(content)),
		CRC32: FormatCRC32(crc32.ChecksumIEEE([]byte(content))), CRC32C: crc32c([]byte(content)), MediaType: "text/plain", Name: name, Item: "1", ItemKey: "EE-1", Container: "EE"}
	b.put(row.Object, []byte(content))
	return row
}

// seal writes the documents in the order of a run, the manifest last.
func (b *builder) seal() {
	b.t.Helper()
	b.m.Tally()
	manifest, err := Encode(b.m)
	require.NoError(b.t, err)
	var report bytes.Buffer
	w, err := NewReportWriter(&report, Report{Backup: testBackup, Policy: testPolicy, Status: b.m.Status})
	require.NoError(b.t, err)
	reportSHA, err := w.Close()
	require.NoError(b.t, err)
	var sums bytes.Buffer
	require.NoError(b.t, WriteSums(context.Background(), b.s, &sums, b.m, sha(manifest), reportSHA))
	b.put(SumsName, sums.Bytes())
	b.put(ReportName, report.Bytes())
	require.NoError(b.t, writeState(context.Background(), b.s, testPolicy, State{Backup: testBackup, Status: b.m.Status, StartedAt: at(), EndedAt: at()}))
	b.put(ManifestName, manifest)
}

// small builds a sealed backup that has one of everything, and two segments of equal size.
func small(t testing.TB) *builder {
	b := newBuilder(t)
	b.segment(SiteSegmentName("field", 1, 0), "", record("field", "summary", "x"))
	for n := range 2 {
		var records []Record
		for i := range 20 {
			records = append(records, record("issue", fmt.Sprintf("%d%02d", n+1, i), "text"), record("comment", fmt.Sprintf("%d%02d", n+1, i), "text"))
		}
		b.segment(SegmentName(backup.Jira, "EE", "0-1", 1, n), "EE", records...)
	}
	b.index(IndexName("0-1", 1), b.attachment("7", "../../x", "some bytes"), b.attachment("8", "../../x", "other bytes"), b.attachment("9", "empty", ""))
	b.seal()
	return b
}

func (b *builder) path(object string) string {
	return filepath.Join(b.root, BackupDir(testPolicy, testBackup), object)
}

func (b *builder) read(object string) []byte {
	b.t.Helper()
	data, err := os.ReadFile(b.path(object))
	require.NoError(b.t, err)
	return data
}

func (b *builder) overwrite(object string, data []byte) {
	b.t.Helper()
	require.NoError(b.t, os.WriteFile(b.path(object), data, 0o600))
}

func (b *builder) verify() Verification {
	b.t.Helper()
	v, err := Verify(context.Background(), b.s, testPolicy, testBackup, VerifyOptions{})
	require.NoError(b.t, err)
	return v
}

func (b *builder) objects() []string {
	b.t.Helper()
	var names []string
	for o, err := range b.s.List(context.Background(), BackupDir(testPolicy, testBackup)) {
		require.NoError(b.t, err)
		names = append(names, o.Name[len(BackupDir(testPolicy, testBackup)):])
	}
	return names
}

// writeState writes state.json of st.Backup, whether or not there is one.
func writeState(ctx context.Context, s store.Store, policyID string, st State) error {
	data, err := Encode(st)
	if err == nil {
		_, err = store.Replace(ctx, s, BackupDir(policyID, st.Backup)+StateName, data)
	}
	return err
}
