package restore_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holdfast/internal/archive"
	"holdfast/internal/backup"
	"holdfast/internal/restore"
	"holdfast/internal/restore/restoretest"
	"holdfast/internal/store"
	"holdfast/internal/store/dir"
)

const (
	testPolicy = "jira-acme"
	testBackup = "jira-acme.20261123T021658Z"
)

func started() time.Time { return time.Date(2026, 11, 23, 2, 16, 58, 0, time.UTC) }

// builder writes a backup into a store.
type builder struct {
	t testing.TB
	s store.Store
	m archive.Manifest
}

func newBuilder(t testing.TB) *builder {
	t.Helper()
	s, err := dir.Open(t.TempDir())
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Close() })
	return &builder{t: t, s: s, m: archive.Manifest{
		Format: archive.FormatVersion, Backup: testBackup, Policy: testPolicy, Product: backup.Jira, Site: "https://acme.atlassian.net",
		CloudID: "cloud", Status: backup.Complete, StartedAt: started(), CensusAt: started(), SealedAt: started(),
		Options: backup.Options{Attachments: true}, Limits: backup.DefaultLimits(), Writer: "holdfast test",
	}}
}

func (b *builder) put(object string, data []byte) {
	b.t.Helper()
	_, err := store.PutBytes(context.Background(), b.s, archive.BackupDir(testPolicy, testBackup)+object, data, store.IfAbsent())
	require.NoError(b.t, err)
}

// segment writes records into a segment of their own.
func (b *builder) segment(object, container string, records ...archive.Record) {
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
	b.put(object, data)
	b.m.Segments = append(b.m.Segments, archive.Segment{Object: object, Container: container, Records: w.Records(),
		RawBytes: c.RawBytes, Bytes: c.Bytes, SHA256: c.SHA256, CRC32C: c.CRC32C, CRC32: c.CRC32})
}

func (b *builder) attachment(id, container, item, content string) archive.IndexRow {
	b.t.Helper()
	data := []byte(content)
	sum := sha256.Sum256(data)
	row := archive.IndexRow{ID: id, Object: archive.AttachmentName(id, 0), Size: int64(len(data)), SHA256: hex.EncodeToString(sum[:]),
		CRC32: archive.FormatCRC32(crc32.ChecksumIEEE(data)), CRC32C: crc32.Checksum(data, crc32.MakeTable(crc32.Castagnoli)),
		MediaType: "text/plain", Name: "file-" + id, Item: item, ItemKey: container + "-" + item, Container: container}
	b.put(row.Object, data)
	return row
}

func (b *builder) index(object string, rows ...archive.IndexRow) {
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
	b.put(object, out.Bytes())
	b.m.Indexes = append(b.m.Indexes, index)
}

// seal writes the manifest, without which there is no backup.
func (b *builder) seal() {
	b.t.Helper()
	b.m.Tally()
	data, err := archive.Encode(b.m)
	require.NoError(b.t, err)
	b.put(archive.ManifestName, data)
}

func record(kind, id, text string) archive.Record {
	body, _ := json.Marshal(map[string]string{"text": text})
	return archive.Record{Kind: kind, ID: id, FetchedAt: started(), Body: body}
}

func (b *builder) spec() restore.Spec {
	return restoretest.Spec(backup.Jira, testPolicy, testBackup, "https://other.atlassian.net")
}

// target is a destination in memory: of each item that it is to create it creates a thing,
// unless it is to fail.
type target struct {
	fails   map[string]bool // ids
	there   map[string]string
	asked   []string
	breaks  int // batches that end in an error before this many are through
	changed map[string]string
}

func (t *target) Plan(ctx context.Context, j *restore.Job, w *restore.Planner) error {
	w.Plan.Fingerprint["projects"] = "none"
	w.Mapping.Put(restore.Mapped{Kind: "user", ID: "u1", To: "v1", How: restore.ByEmail})
	w.Mapping.Put(restore.Mapped{Kind: "user", ID: "u2", How: restore.ByNothing})
	w.Mapping.Put(restore.Mapped{Kind: "field", ID: "summary", To: "summary", How: restore.ByID})
	if err := w.Phase("issues", "issues"); err != nil {
		return err
	}
	total := 0
	for _, key := range []string{"AA", "BB"} {
		var items []restore.Position
		for found, err := range j.Archive.Walk(ctx, key) {
			if err != nil {
				return err
			}
			if found.Record.Kind == "issue" {
				items = append(items, found.Position)
			}
		}
		total += len(items)
		w.Plan.Containers = append(w.Plan.Containers, restore.PlanContainer{Key: key, As: key, Items: len(items)})
		if err := w.Items(key, key, items); err != nil {
			return err
		}
	}
	w.Plan.Kinds = append(w.Plan.Kinds, restore.PlanKind{Kind: "issue", Title: "issues", Archive: total, Create: total})
	if err := w.Phase("links", "links"); err != nil {
		return err
	}
	return w.Batch(restore.Batch{Container: "AA"})
}

func (t *target) Fingerprint(context.Context, *restore.Job) (map[string]string, error) {
	return t.changed, nil
}

func (t *target) Apply(ctx context.Context, j *restore.Job, b restore.Batch) error {
	if b.Phase == "links" {
		ref, ok, err := j.IDs.Get(ctx, "issue", "10001")
		if err != nil || !ok {
			return fmt.Errorf("the new id of issue 10001: %w", err)
		}
		j.Out.Row(restore.Row{Outcome: restore.Degraded, Kind: "link", ID: "1", Reason: "to " + ref.ID})
		return nil
	}
	for g, err := range j.Archive.Groups(ctx, b.Items, "issue") {
		if err != nil {
			return err
		}
		id := g.Position.ID
		if j.Only != nil && !j.Only("issue", id) {
			continue
		}
		if t.breaks > 0 {
			if t.breaks--; t.breaks == 0 {
				return errors.New("the site is away")
			}
		}
		t.asked = append(t.asked, id)
		if t.fails[id] {
			j.Out.Row(restore.Row{Outcome: restore.Missed, Kind: "issue", ID: id, Reason: "no"})
			continue
		}
		if t.there[id] == "" {
			t.there[id] = fmt.Sprint("new-", len(t.there))
		}
		j.IDs.Put(restore.Ref{Kind: "issue", From: id, ID: t.there[id]})
		j.Out.Row(restore.Row{Outcome: restore.Created, Kind: "issue", ID: id})
	}
	return nil
}

func (t *target) Compare(ctx context.Context, j *restore.Job, b restore.Batch) error {
	for _, p := range b.Items {
		if j.Excused("issue", p.ID, "") {
			j.Diff.Missing("issue", p.ID, restore.Expected)
			continue
		}
		j.Diff.Record("issue")
		j.Diff.Field("issue", p.ID, "fields.summary", restore.Equal)
	}
	return nil
}

func (t *target) Limits() []restore.Limit { return nil }

// two builds a backup of two projects with 120 and 60 issues, each with a comment.
func two(t testing.TB) *builder {
	b := newBuilder(t)
	b.segment(archive.SiteSegmentName("field", 1, 0), "", record("field", "summary", "x"))
	for _, p := range []struct {
		key   string
		first int
		n     int
	}{{"AA", 10000, 120}, {"BB", 20000, 60}} {
		var records []archive.Record
		for i := range p.n {
			id := fmt.Sprint(p.first + i)
			records = append(records, record("issue", id, "issue"), record("comment", "c"+id, "comment"))
		}
		b.segment(archive.SegmentName(backup.Jira, p.key, "000-000", 1, len(b.m.Segments)), p.key, records...)
	}
	b.seal()
	return b
}

func (b *builder) steps(t *target) *restore.Steps {
	return &restore.Steps{Store: b.s, Target: t, Spec: b.spec(), Scratch: b.t.TempDir()}
}

func TestWholeRestore(t *testing.T) {
	b := two(t)
	site := &target{there: map[string]string{}}
	plan, counts := restoretest.Run(t, b.steps(site))
	require.Equal(t, []restore.PlanPhase{{Name: "issues", Title: "issues", Batches: 5}, {Name: "links", Title: "links", Batches: 1}}, plan.Phases)
	require.Len(t, plan.Mapped, 2, "what is simply the same id is not worth reading")
	require.Equal(t, "u2", plan.Mapped[0].ID, "what has no counterpart comes first")
	require.Equal(t, map[string]restore.Counts{"issue": {Created: 180}, "link": {Degraded: 1}}, counts)
	require.Len(t, site.there, 180)
	require.Equal(t, restore.Row{Outcome: restore.Degraded, Kind: "link", ID: "1", Reason: "to " + site.there["10001"]},
		restoretest.Rows(t, b.s, plan, "links")[0], "what an earlier phase made is known in a later one")
	score := restoretest.Compare(t, b.steps(site)).Score()
	require.True(t, score.Perfect())
	require.Equal(t, 180, score.Equal)
}
