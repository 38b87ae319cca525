package activities

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holdfast/internal/archive"
	"holdfast/internal/backup"
	"holdfast/internal/failure"
	"holdfast/internal/store"
	"holdfast/internal/store/storetest"
)

const (
	firstBackup  = "jira-acme.20261123T021658Z"
	secondBackup = "jira-acme.20261130T021658Z"
)

// sealed makes the shard's result a backup of its own.
func (b *bench) sealed(r ShardResult, change ...func(*archive.Manifest)) {
	b.t.Helper()
	m := archive.Manifest{
		Format: archive.FormatVersion, Backup: b.in.Run.BackupID, Policy: b.in.Run.Policy.ID, Status: backup.Complete,
		Segments: r.Segments, Indexes: []archive.Index{*r.Index},
	}
	for _, f := range change {
		f(&m)
	}
	m.Tally()
	b.document(archive.ManifestName, m)
	b.document(archive.StateName, archive.State{Backup: b.in.Run.BackupID, Status: backup.Complete})
}

// document writes a document of the run's backup, in place of one that is there.
func (b *bench) document(name string, v any) {
	b.t.Helper()
	data, err := archive.Encode(v)
	require.NoError(b.t, err)
	_, err = store.Replace(b.t.Context(), b.store, b.folder()+name, data)
	require.NoError(b.t, err)
}

// next begins another run with the same shard, which may copy from the earlier ones.
func (b *bench) next(id string, sources ...string) {
	b.t.Helper()
	var list ShardList
	d := openRunDir(b.store, b.in.Run)
	require.NoError(b.t, d.read(b.t.Context(), d.shard(b.in.Shard), &list))
	b.in.Run.BackupID, b.in.Run.Sources = id, sources
	d = openRunDir(b.store, b.in.Run)
	require.NoError(b.t, d.write(b.t.Context(), d.shard(b.in.Shard), list))
	b.lease(1)
	clear(b.site.opened)
}

// again is a bench at the second run of a shard of nine attachments, which the
// first run's backup has.
func again(t *testing.T) *bench {
	t.Helper()
	b := exported(t, 9)
	b.sealed(b.all())
	b.next(secondBackup, firstBackup)
	return b
}

// file is the path of an object of the first backup.
func (b *bench) file(object string) string {
	return filepath.Join(b.bucket, filepath.FromSlash(archive.BackupDir(b.in.Run.Policy.ID, firstBackup)), object)
}

// requireAttachments holds the backup of the run against the site: all that the
// site has, byte for byte, and nothing else.
func (b *bench) requireAttachments(r ShardResult) {
	b.t.Helper()
	want := map[string]string{}
	for _, all := range b.site.attachments {
		for _, a := range all {
			want[a.ID] = b.site.bytes[a.ID]
		}
	}
	rows := b.rows(r)
	got := map[string]string{}
	names := map[string]bool{}
	for id, row := range rows {
		data, err := store.ReadAll(b.t.Context(), b.store, b.folder()+row.Object, 1<<20)
		require.NoError(b.t, err)
		got[id] = string(data)
		names[row.Object] = true
		require.Equal(b.t, sha256Of(data), row.SHA256, "attachment %s", id)
		require.NoError(b.t, archive.VerifyAttachment(b.t.Context(), b.store, b.folder(), row, nil))
	}
	require.Equal(b.t, want, got)
	require.Equal(b.t, slices.Sorted(maps.Keys(names)), b.objects("attachments/"))
}

func TestWhatAnEarlierBackupHasIsNotFetched(t *testing.T) {
	t.Parallel()
	b := again(t)
	r := b.all()
	require.Empty(t, b.site.opened)
	b.requireAttachments(r)
	require.Equal(t, 9, r.Counts.AttachmentsReused)
	require.Equal(t, 9, r.Index.Reused)
	require.Equal(t, 9, r.Counts.Attachments)
	require.Zero(t, r.Refetched)
	row := b.rows(r)["a3"]
	require.Equal(t, firstBackup, row.From)
	require.Equal(t, "../../x", row.Name)
	one, err := os.Stat(b.file("attachments/a3"))
	require.NoError(t, err)
	two, err := os.Stat(filepath.Join(b.bucket, filepath.FromSlash(b.folder()), "attachments/a3"))
	require.NoError(t, err)
	require.True(t, os.SameFile(one, two), "in a directory it takes no room")

	b.sealed(r)
	require.NoError(t, os.RemoveAll(b.file("")))
	b.requireAttachments(r)
	b.next("jira-acme.20261207T021658Z", secondBackup)
	r = b.all()
	require.Empty(t, b.site.opened, "a copy is a source as well")
	require.Equal(t, secondBackup, b.rows(r)["a3"].From)
}

func TestOnlyWhatAnEarlierBackupHasIsCopied(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		change  func(*bench)
		fetched []string
	}{
		{"a new attachment is fetched", func(b *bench) { b.site.attach("5", "new", "new content") }, []string{"new"}},
		{"a deleted one is not copied", func(b *bench) { delete(b.site.attachments, "4") }, nil},
		{"one of another size is another one", func(b *bench) {
			b.site.attachments["2"][0].Size, b.site.bytes["a2"] = 3, "new"
		}, []string{"a2"}},
		{"one of another version is another one", func(b *bench) { b.site.attachments["2"][0].Version = 2 }, []string{"a2"}},
		{"one of another item is the same", func(b *bench) {
			b.site.attachments["20"], b.site.attachments["2"] = b.site.attachments["2"], nil
			b.site.attachments["20"][0].Item = "20"
		}, nil},
		{"one whose bytes the site has lost is copied", func(b *bench) { b.site.openError["a2"] = errors.New("gone") }, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := again(t)
			c.change(b)
			r := b.all()
			require.Empty(t, r.Problems)
			require.Equal(t, c.fetched, slices.Sorted(maps.Keys(b.site.opened)))
			b.requireAttachments(r)
			require.Equal(t, r.Counts.Attachments-len(c.fetched), r.Counts.AttachmentsReused)
			require.Zero(t, r.Refetched)
		})
	}
}

func TestDamagedSourceIsFetchedAfresh(t *testing.T) {
	t.Parallel()
	flip := func(t *testing.T, path string) {
		data, err := os.ReadFile(path)
		require.NoError(t, err)
		data[len(data)/2] ^= 1
		require.NoError(t, os.WriteFile(path, data, 0o600))
	}
	index := archive.IndexName("000-000", 1)
	all := []string{"a1", "a2", "a3", "a4", "a5", "a6", "a7", "a8", "a9"}
	state := func(s backup.Status) func(*testing.T, *bench) {
		return func(t *testing.T, b *bench) {
			require.NoError(t, os.WriteFile(b.file(archive.StateName), fmt.Appendf(nil, `{"backup":%q,"status":%q}`, firstBackup, s), 0o600))
		}
	}
	for _, c := range []struct {
		name      string
		damage    func(*testing.T, *bench)
		fetched   []string
		refetched int
	}{
		{"an attachment removed", func(t *testing.T, b *bench) { removeFile(t, b.file("attachments/a2")) }, []string{"a2"}, 1},
		{"a bit of an attachment", func(t *testing.T, b *bench) { flip(t, b.file("attachments/a2")) }, []string{"a2"}, 1},
		{"an attachment cut short", func(t *testing.T, b *bench) { require.NoError(t, os.Truncate(b.file("attachments/a2"), 4)) }, []string{"a2"}, 1},
		{"all attachments removed", func(t *testing.T, b *bench) { require.NoError(t, os.RemoveAll(b.file("attachments"))) }, all, 9},
		{"a bit of the index", func(t *testing.T, b *bench) { flip(t, b.file(index)) }, all, 0},
		{"the index cut short", func(t *testing.T, b *bench) { require.NoError(t, os.Truncate(b.file(index), 40)) }, all, 0},
		{"bytes after the index", func(t *testing.T, b *bench) {
			data, err := os.ReadFile(b.file(index))
			require.NoError(t, err)
			frame := "\x50\x2a\x4d\x18\x00\x00\x00\x00" // which a decoder passes over
			require.NoError(t, os.WriteFile(b.file(index), append(data, frame...), 0o600))
		}, all, 0},
		{"the index removed", func(t *testing.T, b *bench) { removeFile(t, b.file(index)) }, all, 0},
		{"the manifest removed", func(t *testing.T, b *bench) { removeFile(t, b.file(archive.ManifestName)) }, all, 0},
		{"the manifest damaged", func(t *testing.T, b *bench) { require.NoError(t, os.Truncate(b.file(archive.ManifestName), 40)) }, all, 0},
		{"a format of the future", func(t *testing.T, b *bench) {
			require.NoError(t, os.WriteFile(b.file(archive.ManifestName), []byte(`{"format":2}`), 0o600))
		}, all, 0},
		{"the state removed", func(t *testing.T, b *bench) { removeFile(t, b.file(archive.StateName)) }, all, 0},
		{"failed verification", state(backup.Failed), all, 0},
		{"expired", state(backup.Expired), all, 0},
		{"INCOMPLETE by verification: what is whole is copied", state(backup.Incomplete), nil, 0},
		{"the whole folder removed", func(t *testing.T, b *bench) { require.NoError(t, os.RemoveAll(b.file(""))) }, all, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := again(t)
			c.damage(t, b)
			r := b.all()
			require.Empty(t, r.Problems)
			require.Equal(t, c.fetched, slices.Sorted(maps.Keys(b.site.opened)))
			for id, n := range b.site.opened {
				require.Equal(t, 1, n, "attachment %s is fetched once", id)
			}
			require.Equal(t, c.refetched, r.Refetched)
			require.Equal(t, 9-len(c.fetched), r.Counts.AttachmentsReused)
			b.requireAttachments(r)
		})
	}
}

// TestEarlyBackupIsASource shows that a backup whose indexes do not say whose
// attachments they have can be copied from.
func TestEarlyBackupIsASource(t *testing.T) {
	t.Parallel()
	b := exported(t, 9)
	b.sealed(b.all(), func(m *archive.Manifest) { m.Indexes[0].Reach = archive.Reach{} })
	b.next(secondBackup, firstBackup)
	b.requireAttachments(b.all())
	require.Empty(t, b.site.opened)
}

func TestSourcesFillEachOtherUp(t *testing.T) {
	t.Parallel()
	b := again(t)
	b.site.attach("5", "new", "new content")
	moved := b.site.attachments["1"]
	delete(b.site.attachments, "1")
	b.sealed(b.all())
	b.site.attachments["1"] = moved
	b.next("jira-acme.20261207T021658Z", secondBackup, firstBackup)
	r := b.all()
	require.Empty(t, b.site.opened)
	rows := b.rows(r)
	require.Equal(t, firstBackup, rows["a1"].From)
	require.Equal(t, secondBackup, rows["a2"].From, "the newest that has it")
	require.Equal(t, secondBackup, rows["new"].From)
	b.requireAttachments(r)
}

func TestCopyWhoseNameIsTaken(t *testing.T) {
	t.Parallel()
	for held, replaced := range map[string]bool{"content 2": false, "content X": true, "": true} {
		t.Run(fmt.Sprintf("by %q", held), func(t *testing.T) {
			b := again(t)
			b.export()
			b.compress()
			before, err := store.PutBytes(t.Context(), b.store, b.folder()+"attachments/a2", []byte(held), store.IfAbsent())
			require.NoError(t, err)
			r := b.all()
			require.Empty(t, b.site.opened)
			b.requireAttachments(r)
			require.Equal(t, replaced, before.Generation != b.generation(b.folder()+"attachments/a2"))
		})
	}
	t.Run("by the same bytes, and the source is gone meanwhile", func(t *testing.T) {
		b := again(t)
		_, err := store.PutBytes(t.Context(), b.store, b.folder()+"attachments/a2", []byte("content 2"), store.IfAbsent())
		require.NoError(t, err)
		removeFile(t, b.file("attachments/a2"))
		b.requireAttachments(b.all())
		require.Empty(t, b.site.opened)
	})
}

func TestVerifyOfCopies(t *testing.T) {
	t.Parallel()
	upload := func(t *testing.T) (*bench, UploadResult) {
		b := again(t)
		b.export()
		b.compress()
		return b, b.upload()
	}
	t.Run("their bytes are not read", func(t *testing.T) {
		b, up := upload(t)
		b.store = storetest.NewFaulty(b.store, storetest.Fault{Method: storetest.Get, Name: "attachments/", Times: -1, Err: errors.New("read")})
		b.start()
		require.NoError(t, b.verify(up.Object))
	})
	t.Run("a bit that differs is noticed, and the next attempt fetches", func(t *testing.T) {
		b, up := upload(t)
		require.NoError(t, os.WriteFile(b.file("attachments/a2"), []byte("content X"), 0o600)) // the copy too: it is a link
		requireFailure(t, failure.Corrupt, b.verify(up.Object))
		b.lease(2)
		r := b.all()
		require.Equal(t, map[string]int{"a2": 1}, b.site.opened)
		b.requireAttachments(r)
		data, err := os.ReadFile(b.file("attachments/a2"))
		require.NoError(t, err)
		require.Equal(t, "content X", string(data), "nothing is mended in place")
	})
	t.Run("one that is missing is noticed", func(t *testing.T) {
		b, up := upload(t)
		require.NoError(t, b.store.Delete(t.Context(), b.folder()+"attachments/a2", b.generation(b.folder()+"attachments/a2")))
		requireFailure(t, failure.Corrupt, b.verify(up.Object))
	})
}

func TestCopiesOfAStoreWithFaults(t *testing.T) {
	t.Parallel()
	away := errors.New("the store is away")
	for _, c := range []struct {
		name    string
		fault   storetest.Fault
		waits   bool // the step comes back as StoreAway, and goes on when it is tried again
		fetched []string
	}{
		{"a copy that fails is tried again", storetest.Fault{Method: storetest.Copy, Name: "a5", Err: away}, true, nil},
		{"a copy that was made and failed is found", storetest.Fault{Method: storetest.Copy, Name: "a5", Err: away, Done: true}, true, nil},
		{"every copy fails three times", storetest.Fault{Method: storetest.Copy, Times: 3, Err: away}, true, nil},
		{"an index that can't be read is read again", storetest.Fault{Method: storetest.Read, Name: "/index/", Err: away}, true, nil},
		{"so is a manifest", storetest.Fault{Method: storetest.Get, Name: archive.ManifestName, Err: away}, true, nil},
		{"a source that vanishes at the copy: fetched", storetest.Fault{Method: storetest.Copy, Name: "a5", Err: store.ErrNotExist}, false, []string{"a5"}},
		{"a store that does not let it be copied: fetched", storetest.Fault{Method: storetest.Copy, Times: 9, Err: store.ErrRefused}, false,
			[]string{"a1", "a2", "a3", "a4", "a5", "a6", "a7", "a8", "a9"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := again(t)
			b.export()
			b.compress()
			faulty := storetest.NewFaulty(b.store, c.fault)
			b.store = faulty
			b.start()
			for range 3 {
				if _, err := b.host.Upload(t.Context(), b.in); err != nil {
					require.True(t, c.waits, err)
					requireFailure(t, failure.StoreAway, err)
				}
			}
			faulty.AllFired(t)
			b.requireAttachments(b.all())
			require.Equal(t, c.fetched, slices.Sorted(maps.Keys(b.site.opened)))
		})
	}
}

// TestDiscardedCopiesLeaveTheirSource states R5 for a run that has copied: what it
// removes is its own.
func TestDiscardedCopiesLeaveTheirSource(t *testing.T) {
	t.Parallel()
	b := again(t)
	b.all()
	require.NoError(t, b.run.Discard(t.Context(), DiscardInput{Run: b.in.Run, Reason: "cancelled", By: "ada@host", Now: runStart}))
	require.Equal(t, []string{archive.StateName}, b.objects(""))
	r, err := archive.Open(t.Context(), b.store, b.in.Run.Policy.ID, firstBackup)
	require.NoError(t, err)
	n := 0
	for row, err := range r.Attachments(t.Context()) {
		require.NoError(t, err)
		require.NoError(t, archive.VerifyAttachment(t.Context(), b.store, archive.BackupDir(b.in.Run.Policy.ID, firstBackup), row, nil))
		n++
	}
	require.Equal(t, 9, n)
}

// copyChildEnv holds the folder of a child process that is to be killed.
const copyChildEnv = "HOLDFAST_TEST_KILLED_COPY"

// TestKilledCopyChild is no test: TestKilledInTheMiddleOfCopies runs it in a
// process that it kills.
func TestKilledCopyChild(t *testing.T) {
	t.Parallel()
	base := os.Getenv(copyChildEnv)
	if base == "" {
		t.Skip("runs only as a child of TestKilledInTheMiddleOfCopies")
	}
	b := newBenchAt(t, base, slice("EE", true, numbers(1, 30)...))
	attachTwenty(b)
	b.sealed(b.all())
	b.next(secondBackup, firstBackup)
	b.export()
	b.compress()
	b.store = storetest.NewFaulty(b.store, storetest.Fault{Method: storetest.Copy, Name: "/a12", Before: func() { hang(filepath.Join(base, "stuck")) }})
	b.start()
	b.upload()
}

func attachTwenty(b *bench) {
	for _, id := range numbers(1, 20) {
		b.site.attach(id, "a"+id, "content "+id)
	}
}

func TestKilledInTheMiddleOfCopies(t *testing.T) {
	t.Parallel()
	base := t.TempDir()
	killStuck(t, copyChildEnv, "TestKilledCopyChild", base, func() bool {
		stored, _ := os.ReadDir(filepath.Join(base, "store", "jira-acme", "backups", secondBackup, "attachments"))
		return len(stored) == 19
	})
	b := newBenchAt(t, base, slice("EE", true, numbers(1, 30)...))
	attachTwenty(b)
	var copies atomic.Int32
	b.store = storetest.NewFaulty(b.store, storetest.Fault{Method: storetest.Copy, Times: -1, Before: func() { copies.Add(1) }})
	b.start()
	b.next(secondBackup, firstBackup)
	r := b.all()
	require.Empty(t, b.site.opened)
	require.Empty(t, b.site.asked, "nor is an issue exported again")
	b.requireAttachments(r)
	require.Equal(t, 20, r.Counts.AttachmentsReused)
	require.LessOrEqual(t, int(copies.Load()), maxTransfers, "only what was in flight is copied again")
}

// BenchmarkFindEarlier looks up a shard of 1,000 items, of 1,000 attachments, in a
// source of 100,000 attachments that 100 shards have stored.
func BenchmarkFindEarlier(b *testing.B) {
	for _, c := range []struct {
		name  string
		reach bool
	}{{"by what the indexes say", true}, {"in all indexes", false}} {
		b.Run(c.name, func(b *testing.B) {
			r := newRecordedRun(b)
			m := archive.Manifest{Format: archive.FormatVersion, Backup: firstBackup, Policy: "jira-acme"}
			sha := sha256Of(nil)
			row := func(n int) archive.IndexRow {
				return archive.IndexRow{
					ID: fmt.Sprint(n), Object: archive.AttachmentName(fmt.Sprint(n), 0), Size: 1, SHA256: sha256Of(fmt.Append(nil, n)), CRC32: "00000000",
					MediaType: "image/png", Name: "screenshot.png", Item: fmt.Sprint(10_000 + n), ItemKey: fmt.Sprintf("EE-%d", n), Container: "EE",
				}
			}
			const each = 1000
			for shard := range 100 {
				index := archive.Index{Object: archive.IndexName(ShardID(0, shard), 1)}
				var lines []byte
				for n := range each {
					var err error
					one := row(shard*each + n)
					lines, err = archive.AppendRow(lines, one)
					require.NoError(b, err)
					index.Attachments++
					index.AttachmentBytes++
					if c.reach {
						index.Reach.Add(one.Container, one.Item)
					}
				}
				done := r.compress(index.Object, lines)
				index.Bytes, index.SHA256, index.CRC32C, index.CRC32 = done.Bytes, done.SHA256, done.CRC32C, done.CRC32
				m.Indexes = append(m.Indexes, index)
			}
			m.Segments = []archive.Segment{{Object: "projects/EE/0.1.0.ndjson.zst", Container: "EE", SHA256: sha}}
			manifest, err := archive.Encode(m)
			require.NoError(b, err)
			r.put(archive.ManifestName, string(manifest))
			r.put(archive.StateName, `{"backup":"`+firstBackup+`","status":"COMPLETE"}`)
			b.ReportAllocs()
			for b.Loop() {
				f := &finder{store: r.store, policy: "jira-acme", beat: &pulse{moved: time.Now()}, wanted: map[string]int64{}, found: map[string]earlier{}}
				for n := 49_700; n < 50_700; n++ { // the cut has moved since
					f.wanted[archive.AttachmentName(fmt.Sprint(n), 0)] = 1
					f.reach.Add("EE", fmt.Sprint(10_000+n))
				}
				require.NoError(b, f.find(b.Context(), []string{firstBackup}))
				require.Len(b, f.found, 1000)
			}
		})
	}
}
