package activities

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"holdfast/internal/archive"
	"holdfast/internal/atlassian"
	"holdfast/internal/failure"
	"holdfast/internal/store"
)

// exported is a bench whose shard of 30 issues is exported and compressed, the
// first n of them with an attachment each: a1 of "content 1" …
func exported(t *testing.T, n int, change ...func(*bench)) *bench {
	t.Helper()
	b := newBench(t, slice("EE", true, numbers(1, 30)...))
	for i := 1; i <= n; i++ {
		b.site.attach(fmt.Sprint(i), fmt.Sprintf("a%d", i), fmt.Sprintf("content %d", i))
	}
	for _, f := range change {
		f(b)
	}
	b.export()
	b.compress()
	return b
}

// content is what the store has for an attachment.
func (b *bench) content(id string) string {
	b.t.Helper()
	data, err := store.ReadAll(b.t.Context(), b.store, b.folder()+archive.AttachmentName(id, 0), 1<<20)
	require.NoError(b.t, err)
	return string(data)
}

func (b *bench) rows(r ShardResult) map[string]archive.IndexRow {
	b.t.Helper()
	rows := map[string]archive.IndexRow{}
	if r.Index == nil {
		return rows
	}
	for row, err := range archive.Rows(b.t.Context(), b.store, b.folder(), *r.Index) {
		require.NoError(b.t, err)
		require.NotContains(b.t, rows, row.ID)
		rows[row.ID] = row
	}
	return rows
}

func TestUploadStoresAttachmentsWithTheirSums(t *testing.T) {
	t.Parallel()
	b := exported(t, 9)
	up := b.upload()
	require.NoError(t, b.verify(up.Object))
	r := b.result(up.Object)
	rows := b.rows(r)
	require.Len(t, rows, 9)
	row := rows["a3"]
	sum := sha256.Sum256([]byte("content 3"))
	require.Equal(t, hex.EncodeToString(sum[:]), row.SHA256)
	require.Equal(t, "../../x", row.Name)
	require.Equal(t, "attachments/a3", row.Object)
	require.Equal(t, "EE", row.Container)
	require.Equal(t, "3", row.Item)
	require.EqualValues(t, 9, row.Size)
	require.Equal(t, "content 3", b.content("a3"))
	require.Equal(t, 9, up.Counts.Attachments)
	var stored int64
	for _, s := range r.Segments {
		stored += s.Bytes
	}
	require.Equal(t, stored+r.Index.Bytes+r.Counts.AttachmentBytes, up.Counts.StoredBytes)

	again := b.upload()
	require.Equal(t, up, again)
	require.Equal(t, 1, b.site.opened["a3"], "an Upload that is done fetches nothing")
}

func TestUploadWithoutAttachments(t *testing.T) {
	t.Parallel()
	b := exported(t, 3)
	b.in.Run.Options.Attachments = false
	up := b.upload()
	require.NoError(t, b.verify(up.Object))
	require.Nil(t, b.result(up.Object).Index)
	require.Empty(t, b.site.opened)
	require.Empty(t, b.objects("attachments/"))
}

func TestUploadGoesOnAfterTheLastStored(t *testing.T) {
	t.Parallel()
	for class, want := range map[atlassian.Class]failure.Type{
		atlassian.ClassAway:        failure.SiteAway,
		atlassian.ClassQuota:       failure.Quota,
		atlassian.ClassCredentials: failure.CredentialsRefused,
	} {
		t.Run("R4: "+string(class), func(t *testing.T) {
			b := exported(t, 20)
			b.site.openError["a15"] = siteError(class)
			_, err := b.host.Upload(t.Context(), b.in)
			requireFailure(t, want, err)
			require.Empty(t, b.runResults())
			stored := b.objects("attachments/")
			require.NotEmpty(t, stored)

			delete(b.site.openError, "a15")
			// A last line that was not written wholly does not count.
			f, err := os.OpenFile(filepath.Join(b.scratchDir(), fetchedFile), os.O_APPEND|os.O_WRONLY, 0)
			require.NoError(t, err)
			_, err = f.WriteString(`{"key":"attachments/a1`)
			require.NoError(t, err)
			require.NoError(t, f.Close())
			b.start()
			up := b.upload()
			require.NoError(t, b.verify(up.Object))
			require.Len(t, b.rows(b.result(up.Object)), 20)
			for _, name := range stored {
				require.Equal(t, 1, b.site.opened[strings.TrimPrefix(name, "attachments/")], name)
			}
		})
	}
}

// runResults are the result objects of the run.
func (b *bench) runResults() []string {
	b.t.Helper()
	var names []string
	for o, err := range b.store.List(b.t.Context(), openRunDir(b.store, b.in.Run).path+"results/") {
		require.NoError(b.t, err)
		names = append(names, o.Name)
	}
	return names
}

func TestAttachmentsThatAreNotToBeHad(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		change func(*shardSite)
		gone   bool
		says   string
	}{
		{"bytes gone, still listed: missing", func(s *shardSite) { s.openError["a2"] = siteError(atlassian.ClassNotFound) }, false, "listed"},
		{"bytes gone, no longer listed: gone", func(s *shardSite) {
			s.openError["a2"] = siteError(atlassian.ClassNotFound)
			s.unlisted["a2"] = true
		}, true, "deleted or hidden"},
		{"bytes forbidden: missing", func(s *shardSite) { s.openError["a2"] = siteError(atlassian.ClassForbidden) }, false, "forbidden"},
		{"a reply that makes no sense: missing", func(s *shardSite) { s.openError["a2"] = siteError(atlassian.ClassProtocol) }, false, "protocol"},
		{"shorter than its metadata says: missing", func(s *shardSite) { s.bytes["a2"] = "cont" }, false, "9 bytes, the site sends 4"},
		{"longer than its metadata says: missing", func(s *shardSite) { s.bytes["a2"] = "content 2 and more" }, false, "9 bytes"},
		{"empty: missing", func(s *shardSite) { s.bytes["a2"] = "" }, false, "sends 0"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := exported(t, 3, func(b *bench) { c.change(b.site) })
			up := b.upload()
			require.NoError(t, b.verify(up.Object))
			r := b.result(up.Object)
			require.Len(t, r.Problems, 1)
			p := r.Problems[0]
			require.Equal(t, atlassian.Problem{Kind: "attachment", ID: "a2", Key: "K-2", Container: "EE", Gone: c.gone, Reason: p.Reason}, p)
			require.Contains(t, p.Reason, c.says)
			require.Equal(t, 2, r.Counts.Attachments)
			require.Equal(t, c.gone, r.Counts.Gone == 1)
			require.Equal(t, !c.gone, r.Counts.Missing == 1)
			require.Equal(t, []string{"attachments/a1", "attachments/a3"}, b.objects("attachments/"), "nothing half is stored")
			require.Equal(t, 1, b.upload().Counts.Gone+b.result(up.Object).Counts.Missing, "asked again, the same")
		})
	}
}

func TestBodyCutShortIsFetchedAgain(t *testing.T) {
	t.Parallel()
	b := exported(t, 3)
	whole := b.site.bytes["a2"]
	b.site.bytes["a2"] = whole[:4]
	product := &mending{shardSite: b.site, whole: whole}
	key := b.siteKey()
	b.deps.Sites.built[key] = builtSite{b.deps.Sites.built[key].with, product, nil}
	up := b.upload()
	require.NoError(t, b.verify(up.Object))
	require.Equal(t, whole, b.content("a2"))
	require.Equal(t, 2, b.site.opened["a2"])
}

// mending is a site whose attachment a2 is whole from the second read on.
type mending struct {
	*shardSite
	whole string
}

func (m *mending) Open(ctx context.Context, a atlassian.Attachment, offset int64) (io.ReadCloser, error) {
	body, err := m.shardSite.Open(ctx, a, offset)
	if a.ID == "a2" {
		m.mu.Lock()
		m.bytes["a2"] = m.whole
		m.mu.Unlock()
	}
	return body, err
}

func TestAttachmentNameIsTaken(t *testing.T) {
	t.Parallel()
	name := func(b *bench) string { return b.folder() + archive.AttachmentName("a2", 0) }
	put := func(t *testing.T, b *bench, content string) store.Object {
		o, err := store.PutBytes(t.Context(), b.store, name(b), []byte(content), store.IfAbsent())
		require.NoError(t, err)
		return o
	}
	for held, replaced := range map[string]bool{"content 2": false, "content X": true, "": true, "content 2 and more": true} {
		t.Run(fmt.Sprintf("by %q", held), func(t *testing.T) {
			b := exported(t, 3)
			before := put(t, b, held)
			up := b.upload()
			require.NoError(t, b.verify(up.Object))
			require.Equal(t, "content 2", b.content("a2"))
			after, err := b.store.Stat(t.Context(), name(b))
			require.NoError(t, err)
			require.Equal(t, replaced, before.Generation != after.Generation)
		})
	}
}

func TestSegmentNameIsTaken(t *testing.T) {
	t.Parallel()
	t.Run("by the same bytes: success", func(t *testing.T) {
		b := exported(t, 0)
		up := b.upload()
		require.NoError(t, b.store.Delete(t.Context(), up.Object, b.generation(up.Object)))
		require.Equal(t, up, b.upload())
	})
	t.Run("by other bytes: another attempt", func(t *testing.T) {
		b := exported(t, 0)
		name := b.folder() + archive.SegmentName(b.in.Run.Policy.Product, "EE", b.in.Shard.ID, 1, 0)
		_, err := store.PutBytes(t.Context(), b.store, name, []byte("other"), store.IfAbsent())
		require.NoError(t, err)
		_, err = b.host.Upload(t.Context(), b.in)
		requireFailure(t, failure.Corrupt, err)
		b.lease(2)
		require.Len(t, b.all().Slices[0].Captured, 30)
	})
}

func (b *bench) generation(name string) int64 {
	b.t.Helper()
	o, err := b.store.Stat(b.t.Context(), name)
	require.NoError(b.t, err)
	return o.Generation
}

func TestUploadWithoutItsScratch(t *testing.T) {
	t.Parallel()
	b := newBench(t, slice("EE", true, numbers(1, 3)...))
	_, err := b.host.Compress(t.Context(), b.in)
	requireFailure(t, failure.LeaseLost, err)
	b.export()
	_, err = b.host.Upload(t.Context(), b.in)
	requireFailure(t, failure.LeaseLost, err)
	require.FileExists(t, rawPath(b.scratchDir(), 0))
	b.compress()
	require.NoFileExists(t, rawPath(b.scratchDir(), 0), "its room is free once it is compressed")
	b.compress()
	b.upload()
}

func TestVerifyFindsDamage(t *testing.T) {
	t.Parallel()
	segment := func(b *bench) string {
		return filepath.Join(b.bucket, b.folder(), archive.SegmentName(b.in.Run.Policy.Product, "EE", b.in.Shard.ID, 1, 0))
	}
	attachment := func(b *bench) string { return filepath.Join(b.bucket, b.folder(), archive.AttachmentName("a2", 0)) }
	index := func(b *bench) string { return filepath.Join(b.bucket, b.folder(), archive.IndexName(b.in.Shard.ID, 1)) }
	flip := func(t *testing.T, path string) {
		data, err := os.ReadFile(path)
		require.NoError(t, err)
		data[len(data)/2] ^= 1
		require.NoError(t, os.Chmod(path, 0o600))
		require.NoError(t, os.WriteFile(path, data, 0o600))
	}
	for name, damage := range map[string]func(*testing.T, *bench, *ShardResult){
		"a bit of a segment":     func(t *testing.T, b *bench, _ *ShardResult) { flip(t, segment(b)) },
		"a segment cut short":    func(t *testing.T, b *bench, _ *ShardResult) { require.NoError(t, os.Truncate(segment(b), 50)) },
		"a segment removed":      func(t *testing.T, b *bench, _ *ShardResult) { removeFile(t, segment(b)) },
		"a bit of an attachment": func(t *testing.T, b *bench, _ *ShardResult) { flip(t, attachment(b)) },
		"an attachment removed":  func(t *testing.T, b *bench, _ *ShardResult) { removeFile(t, attachment(b)) },
		"a bit of the index":     func(t *testing.T, b *bench, _ *ShardResult) { flip(t, index(b)) },
		"the index removed":      func(t *testing.T, b *bench, _ *ShardResult) { removeFile(t, index(b)) },
		"an item not written": func(_ *testing.T, _ *bench, r *ShardResult) {
			r.Slices[0].Captured = append(r.Slices[0].Captured, "99")
		},
		"an item not accounted":    func(_ *testing.T, _ *bench, r *ShardResult) { r.Slices[0].Captured = r.Slices[0].Captured[1:] },
		"another count of records": func(_ *testing.T, _ *bench, r *ShardResult) { r.Segments[0].Records["issue"]++ },
		"a segment named twice":    func(_ *testing.T, _ *bench, r *ShardResult) { r.Segments = append(r.Segments, r.Segments[0]) },
	} {
		t.Run(name, func(t *testing.T) {
			b := exported(t, 3)
			up := b.upload()
			require.NoError(t, b.verify(up.Object))
			r := b.result(up.Object)
			damage(t, b, &r)
			data, err := json.Marshal(r)
			require.NoError(t, err)
			_, err = store.Replace(t.Context(), b.store, up.Object, data)
			require.NoError(t, err)
			requireFailure(t, failure.Corrupt, b.verify(up.Object))
		})
	}
}
