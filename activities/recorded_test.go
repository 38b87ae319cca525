package activities

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holdfast/internal/archive"
	"holdfast/internal/atlassian"
	"holdfast/internal/backup"
	"holdfast/internal/store"
	"holdfast/internal/store/dir"
)

// recordedRun is a run that has recorded everything and waits for its seal.
type recordedRun struct {
	t       testing.TB
	root    string
	store   *dir.Store
	in      SealInput
	dir     runDir
	winners []Winner
}

var runStart = time.Date(2026, 11, 23, 2, 16, 58, 0, time.UTC)

// testRun is the run of a policy against a site.
func testRun(site string) Run {
	options := backup.Options{Attachments: true}
	return Run{
		Policy: backup.Policy{
			ID: "jira-acme", Product: backup.Jira, Site: site, CloudID: "cloud-1", Credential: "acme",
			Options: options, Limits: backup.DefaultLimits(), CreatedAt: runStart.Add(-time.Hour),
		},
		BackupID: "jira-acme.20261123T021658Z", Options: options, StartedAt: runStart,
	}
}

// newRecordedRun records a run of three containers: EE in two shards, one of which
// left a rest, TINY, and NONE, which is empty; one issue was found late. Losing
// attempts left objects of each sort.
func newRecordedRun(t testing.TB) *recordedRun {
	return newRecordedRunOf(t, testRun("https://acme.atlassian.net"))
}

// newRecordedRunOf is newRecordedRun of another run; issues are pages where its
// product is Confluence.
func newRecordedRunOf(t testing.TB, run Run) *recordedRun {
	root := t.TempDir()
	s, err := dir.Open(root)
	require.NoError(t, err)
	r := &recordedRun{t: t, root: root, store: s, dir: openRunDir(s, run), in: SealInput{
		Run: run, AccountID: "account-1", Batches: []string{"000", "001"},
		Containers: ListContainersResult{Tag: "1", Pages: 1, Containers: 3, Items: 14},
		Shards:     []ShardSet{{Page: 0, Shards: 2, Tag: "1"}, {Page: LatePage, Shards: 1, Tag: "1"}},
		CensusAt:   runStart.Add(time.Minute), By: "ada@host", Now: runStart.Add(time.Hour),
	}}
	r.write(r.dir.containers(0, "1"), ContainerPage{[]atlassian.Container{ee, tiny, none}})
	r.write(r.dir.problems(ShardSet{Page: 0, Tag: "1"}), CensusProblems{})
	r.list(shard0, Slice{ee, true, ids(1, 6)})
	r.list(shard1, Slice{ee, false, ids(7, 12)}, Slice{tiny, true, ids(20, 20)}, Slice{none, true, []string{}})
	r.list(late0, Slice{ee, false, ids(30, 30)})

	r.win(ShardRef{ID: SiteShard}, 1, ShardResult{})
	rest := RestShard(shard0, 2)
	r.list(rest, Slice{ee, false, ids(5, 6)})
	r.win(shard0, 2, ShardResult{Slices: []SliceResult{{Container: "EE", Whole: true, Captured: ids(1, 4)}}, Rest: &rest}, "100", "101")
	r.win(rest, 1, ShardResult{Slices: []SliceResult{{Container: "EE", Captured: ids(5, 6)}}}, "102")
	r.win(shard1, 1, ShardResult{Slices: []SliceResult{
		{Container: "EE", Captured: ids(7, 12)},
		{Container: "TINY", Whole: true, Captured: ids(20, 20)},
		{Container: "NONE", Whole: true},
	}})
	r.win(late0, 1, ShardResult{Slices: []SliceResult{{Container: "EE", Captured: ids(30, 30)}}}, "103")

	r.segment(archive.SegmentName(run.Policy.Product, "EE", "000-000", 1, 0), "EE", ids(1, 2))
	r.put("index/000-000.1.attachments.ndjson.zst", "cut off")
	r.put("attachments/999", "of no attempt that counts")
	r.put("report.json.tmp", "of nobody")
	return r
}

var (
	ee   = atlassian.Container{ID: "10", Key: "EE", Items: 13}
	tiny = atlassian.Container{ID: "11", Key: "TINY", Items: 1}
	none = atlassian.Container{ID: "12", Key: "NONE"}

	shard0 = ShardRef{ID: "000-000", Tag: "1"}
	shard1 = ShardRef{ID: "000-001", Tag: "1"}
	late0  = ShardRef{ID: "late-000", Tag: "1"}
)

func ids(from, to int) []string {
	var all []string
	for n := from; n <= to; n++ {
		all = append(all, fmt.Sprint(n))
	}
	return all
}

// clone is the same run in a store of its own.
func (r *recordedRun) clone(t testing.TB) *recordedRun {
	c := *r
	c.t, c.root = t, filepath.Join(t.TempDir(), "store")
	require.NoError(t, os.CopyFS(c.root, os.DirFS(r.root)))
	var err error
	c.store, err = dir.Open(c.root)
	require.NoError(t, err)
	t.Cleanup(func() { c.store.Close() })
	c.dir = openRunDir(c.store, r.in.Run)
	return &c
}

// seal saves the winners and seals.
func (r *recordedRun) seal(s store.Store) (SealResult, error) {
	r.save()
	return New(Deps{Store: s, Version: "holdfast test"}).Seal(r.t.Context(), r.in)
}

// save saves the winners in two batches.
func (r *recordedRun) save() {
	a := New(Deps{Store: r.store})
	half := len(r.winners) / 2
	for n, winners := range [][]Winner{r.winners[:half], r.winners[half:]} {
		require.NoError(r.t, a.SaveWinners(r.t.Context(), SaveWinnersInput{Run: r.in.Run, Batch: r.in.Batches[n], Winners: winners}))
	}
}

func (r *recordedRun) write(name string, v any) {
	r.t.Helper()
	require.NoError(r.t, r.dir.write(r.t.Context(), name, v))
}

// list writes a shard's list, in place of one that is there.
func (r *recordedRun) list(ref ShardRef, slices ...Slice) {
	require.NoError(r.t, remove(r.t.Context(), r.store, r.dir.shard(ref)))
	r.write(r.dir.shard(ref), ShardList{ID: ref.ID, TakenAt: runStart, Slices: slices})
}

// path is the backup's folder.
func (r *recordedRun) path() string { return archive.BackupDir(r.in.Run.Policy.ID, r.in.Run.BackupID) }

func (r *recordedRun) put(object, content string) store.Object {
	ctx := r.t.Context()
	require.NoError(r.t, remove(ctx, r.store, r.path()+object))
	o, err := r.store.Put(ctx, r.path()+object, strings.NewReader(content), store.IfAbsent())
	require.NoError(r.t, err)
	return o
}

// compress stores lines as a compressed object.
func (r *recordedRun) compress(object string, lines []byte) archive.Compressed {
	var b bytes.Buffer
	c, err := archive.NewCompressor(&b)
	require.NoError(r.t, err)
	_, err = c.Write(lines)
	require.NoError(r.t, err)
	done, err := c.Close()
	require.NoError(r.t, err)
	r.put(object, b.String())
	return done
}

// segment stores a segment with an issue for each id.
func (r *recordedRun) segment(object, container string, issues []string) archive.Segment {
	var lines []byte
	kind := kindsOf(r.in.Run.Policy.Product).items[0]
	if container == "" {
		kind = "field"
	}
	for _, id := range issues {
		var err error
		lines, err = archive.AppendRecord(lines, archive.Record{Kind: kind, ID: id, FetchedAt: runStart, Body: json.RawMessage(`{"id":"` + id + `"}`)})
		require.NoError(r.t, err)
	}
	c := r.compress(object, lines)
	return archive.Segment{
		Object: object, Container: container, Records: map[string]int{kind: len(issues)},
		RawBytes: c.RawBytes, Bytes: c.Bytes, SHA256: c.SHA256, CRC32C: c.CRC32C, CRC32: c.CRC32,
	}
}

// win stores what an attempt captured, and has it count. What was stored for the
// shard before stays as that of a losing attempt.
func (r *recordedRun) win(ref ShardRef, attempt int, result ShardResult, attachments ...string) {
	r.t.Helper()
	result.Shard, result.Attempt = ref, attempt
	if ref.ID == SiteShard {
		result.Segments = append(result.Segments, r.segment(archive.SiteSegmentName("field", attempt, 0), "", []string{"summary"}))
	}
	for _, s := range result.Slices {
		if len(s.Captured) > 0 {
			name := archive.SegmentName(r.in.Run.Policy.Product, s.Container, ref.ID, attempt, 0)
			result.Segments = append(result.Segments, r.segment(name, s.Container, s.Captured))
		}
	}
	if len(attachments) > 0 {
		result.Index = r.index(archive.IndexName(ref.ID, attempt), attachments)
	}
	name := r.dir.result(ref.ID, attempt)
	require.NoError(r.t, remove(r.t.Context(), r.store, name))
	r.write(name, result)
	r.winners = slices.DeleteFunc(r.winners, func(w Winner) bool { return w.Shard == ref })
	r.winners = append(r.winners, Winner{Shard: ref, Result: name})
}

// giveUp has no attempt of a shard count.
func (r *recordedRun) giveUp(ref ShardRef, reason string) {
	r.winners = slices.DeleteFunc(r.winners, func(w Winner) bool { return w.Shard == ref })
	if reason != "" {
		r.winners = append(r.winners, Winner{Shard: ref, Reason: reason})
	}
}

func (r *recordedRun) index(object string, attachments []string) *archive.Index {
	index := archive.Index{Object: object, Attachments: len(attachments)}
	var lines []byte
	for _, id := range attachments {
		content := "bytes of " + id
		row := archive.IndexRow{
			ID: id, Object: archive.AttachmentName(id, 0), Size: int64(len(content)), SHA256: sha256Of([]byte(content)),
			CRC32: archive.FormatCRC32(crc32.ChecksumIEEE([]byte(content))), Name: "a.txt", Item: "1", Container: "EE",
		}
		row.CRC32C = r.put(row.Object, content).CRC32C
		index.AttachmentBytes += row.Size
		var err error
		lines, err = archive.AppendRow(lines, row)
		require.NoError(r.t, err)
	}
	c := r.compress(object, lines)
	index.Bytes, index.SHA256, index.CRC32C, index.CRC32 = c.Bytes, c.SHA256, c.CRC32C, c.CRC32
	return &index
}

// objects are the names and contents of all objects in the store.
func (r *recordedRun) objects() map[string]string {
	all := make(map[string]string)
	for o, err := range r.store.List(r.t.Context(), "") {
		require.NoError(r.t, err)
		data, err := store.ReadAll(r.t.Context(), r.store, o.Name, 1<<20)
		require.NoError(r.t, err)
		all[o.Name] = string(data)
	}
	return all
}

// verified asserts that the sealed backup is whole and that nothing else is left.
func (r *recordedRun) verified() {
	r.t.Helper()
	run := r.in.Run
	v, err := archive.Verify(r.t.Context(), r.store, run.Policy.ID, run.BackupID, archive.VerifyOptions{})
	require.NoError(r.t, err)
	require.Empty(r.t, v.Problems)
	require.Empty(r.t, v.Extra)
	for name := range r.objects() {
		require.True(r.t, strings.HasPrefix(name, r.path()), name)
	}
}

// report reads report.json.
func (r *recordedRun) report() (archive.Report, []archive.ContainerRow, []archive.ItemRow) {
	r.t.Helper()
	var containers []archive.ContainerRow
	var items []archive.ItemRow
	head, err := archive.OpenReport(r.t.Context(), r.store, r.in.Run.Policy.ID, r.in.Run.BackupID, archive.ReportVisitor{
		Container: func(c archive.ContainerRow) error { containers = append(containers, c); return nil },
		Item:      func(i archive.ItemRow) error { items = append(items, i); return nil },
	})
	require.NoError(r.t, err)
	return head, containers, items
}

// killer ends the context of what uses the store at its n-th operation, before or
// after that takes place, as the death of a worker does. Reads of what was
// opened count too.
type killer struct {
	store.Store
	left  *atomic.Int64 // operations until the end; what is streamed into a Put reads at the same time
	after bool
	kill  context.CancelFunc
}

var errKilled = errors.New("killed")

// step runs one operation, unless this is the end.
func (k *killer) step(do func() error) error {
	switch left := k.left.Add(-1); {
	case left > 0:
		return do()
	case left == 0 && k.after:
		_ = do()
	}
	k.kill()
	return errKilled
}

func (k *killer) Put(ctx context.Context, name string, r io.Reader, cond store.Condition) (o store.Object, err error) {
	err = k.step(func() error { o, err = k.Store.Put(ctx, name, r, cond); return err })
	return o, err
}

func (k *killer) Get(ctx context.Context, name string, offset, length int64) (r io.ReadCloser, err error) {
	err = k.step(func() error { r, err = k.Store.Get(ctx, name, offset, length); return err })
	return r, err
}

func (k *killer) Stat(ctx context.Context, name string) (o store.Object, err error) {
	err = k.step(func() error { o, err = k.Store.Stat(ctx, name); return err })
	return o, err
}

func (k *killer) Compose(ctx context.Context, srcs []string, dst string, cond store.Condition) (o store.Object, err error) {
	err = k.step(func() error { o, err = k.Store.Compose(ctx, srcs, dst, cond); return err })
	return o, err
}

func (k *killer) Delete(ctx context.Context, name string, generation int64) error {
	return k.step(func() error { return k.Store.Delete(ctx, name, generation) })
}

// operations is a count of n operations.
func operations(n int) *atomic.Int64 {
	var left atomic.Int64
	left.Store(int64(n))
	return &left
}

func (r *recordedRun) keys() []string { return slices.Sorted(maps.Keys(r.objects())) }

// interrupted has something else happen before the n-th operation of what uses the store.
type interrupted struct {
	store.Store
	left *atomic.Int64
	do   func()
}

func (i *interrupted) step() {
	if i.left.Add(-1) == 0 {
		i.do()
	}
}

func (i *interrupted) Put(ctx context.Context, name string, r io.Reader, cond store.Condition) (store.Object, error) {
	i.step()
	return i.Store.Put(ctx, name, r, cond)
}

func (i *interrupted) Get(ctx context.Context, name string, offset, length int64) (io.ReadCloser, error) {
	i.step()
	return i.Store.Get(ctx, name, offset, length)
}

func (i *interrupted) Stat(ctx context.Context, name string) (store.Object, error) {
	i.step()
	return i.Store.Stat(ctx, name)
}

func (i *interrupted) Delete(ctx context.Context, name string, generation int64) error {
	i.step()
	return i.Store.Delete(ctx, name, generation)
}
