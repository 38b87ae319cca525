package restore_test

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"holdfast/internal/archive"
	"holdfast/internal/backup"
	"holdfast/internal/restore"
	"holdfast/internal/restore/restoretest"
	"holdfast/internal/store"
	"holdfast/internal/store/storetest"
)

func open(t testing.TB, b *restoretest.Builder) *restore.Archive {
	t.Helper()
	a, err := restore.OpenArchive(t.Context(), b.Store, b.Spec(), t.TempDir())
	require.NoError(t, err)
	return a
}

// split builds a backup whose project AA is in three segments of one attempt, the middle one
// wholly of parts, and one of another shard.
func split(t testing.TB) *restoretest.Builder {
	b := restoretest.NewBuilder(t)
	r := restoretest.Record
	name := func(shard string, n int) string { return archive.SegmentName(backup.Jira, "AA", shard, 1, n) }
	b.Segment(archive.SiteSegmentName("user", 1, 0), "", r("field", "f", "x"), r("user", "u", "x"))
	b.Segment(name("000-000", 3), "AA", r("project", "p", "x"), r("user", "v", "x"), r("issue", "1", "x"), r("comment", "1a", "x"), r("issue", "2", "x"), r("comment", "2a", "x"))
	b.Segment(name("000-001", 4), "AA", r("issue", "4", "x"), r("worklog", "4a", "x"))
	b.Segment(name("000-000", 4), "AA", r("comment", "2b", "x"), r("worklog", "2c", "x"))
	b.Segment(name("000-000", 5), "AA", r("comment", "2d", "x"), r("issue", "3", "x"))
	b.Segment(name("000-000", 6), "AA", r("issue", "5", "x"))
	b.Seal()
	return b
}

// positions are where the records of a kind are.
func positions(t testing.TB, a *restore.Archive, key, kind string) (all []restore.Position) {
	t.Helper()
	for found, err := range a.Walk(t.Context(), key) {
		require.NoError(t, err)
		if found.Record.Kind == kind {
			all = append(all, found.Position)
		}
	}
	return all
}

func TestGroupsHaveWhatBelongsToAnItem(t *testing.T) {
	a := open(t, split(t))
	want := map[string][]string{"1": {"1a"}, "2": {"2a", "2b", "2c", "2d"}, "3": nil, "4": {"4a"}, "5": nil}
	all := positions(t, a, "AA", "issue")
	require.Len(t, all, 5)
	back := slices.Clone(all)
	slices.Reverse(back)
	for name, order := range map[string][]restore.Position{
		"in their order": all, "backwards": back, "every other one": {all[0], all[4], all[2]}, "one twice": {all[1], all[0], all[1]}, "none": nil,
	} {
		t.Run(name, func(t *testing.T) {
			n := 0
			for g, err := range a.Groups(t.Context(), order, "issue") {
				require.NoError(t, err)
				require.Equal(t, order[n].ID, g.Item.ID)
				require.Equal(t, order[n], g.Position)
				n++
				for range 2 {
					require.Equal(t, want[g.Item.ID], ids(t, g.Parts), "parts can be walked again")
				}
				if g.Item.ID == "2" {
					require.Equal(t, []string{"2c"}, ids(t, g.Parts, "worklog"))
					require.Equal(t, 3, g.Parts.Len("comment"))
					require.Zero(t, g.Parts.Len("issue"))
				}
			}
			require.Len(t, order, n)
		})
	}
}

func TestGroupsReadASegmentOnce(t *testing.T) {
	b := split(t)
	all := positions(t, open(t, b), "AA", "issue")
	one, two, four := all[0], all[1], all[2] // 1 and 2 are in one segment, 4 in another
	require.Equal(t, "4", four.ID)
	for name, order := range map[string][]restore.Position{"to and fro": {one, four, two}, "fro and to": {two, four, one}} {
		t.Run(name, func(t *testing.T) {
			reads := 0
			counting := storetest.NewFaulty(b.Store, storetest.Fault{Method: storetest.Get, Name: "/000-000.1.3.", Times: -1, Before: func() { reads++ }})
			a, err := restore.OpenArchive(t.Context(), counting, b.Spec(), "")
			require.NoError(t, err)
			for g, err := range a.Groups(t.Context(), order, "issue") {
				require.NoError(t, err)
				require.NotEmpty(t, ids(t, g.Parts))
			}
			require.Equal(t, 1, reads)
		})
	}
}

func ids(t testing.TB, p restore.Parts, kinds ...string) (all []string) {
	t.Helper()
	for r, err := range p.All(kinds...) {
		require.NoError(t, err)
		all = append(all, r.ID)
	}
	return all
}

func TestGroupsOfAPlanOfAnotherBackup(t *testing.T) {
	a := open(t, split(t))
	for name, p := range map[string]restore.Position{
		"another record":           {Segment: 1, Line: 3, Kind: "issue", ID: "1"},
		"a line that is not there": {Segment: 1, Line: 99, Kind: "issue", ID: "1"},
		"no such segment":          {Segment: 99, Kind: "issue", ID: "1"},
		"a negative line":          {Segment: 1, Line: -1, Kind: "issue", ID: "1"},
	} {
		t.Run(name, func(t *testing.T) {
			var last error
			for _, last = range a.Groups(t.Context(), []restore.Position{p}, "issue") {
			}
			require.ErrorIs(t, last, archive.ErrCorrupt)
			require.ErrorContains(t, last, "plan again")
		})
	}
}

func TestSiteAndContainer(t *testing.T) {
	a := open(t, split(t))
	collect := func(key string, kinds ...string) (all []string) {
		for r, err := range a.Container(t.Context(), key, kinds...) {
			require.NoError(t, err)
			all = append(all, r.ID)
		}
		return all
	}
	require.Equal(t, []string{"f", "u"}, collect(""))
	require.Equal(t, []string{"u"}, collect("", "user"))
	require.Equal(t, []string{"v"}, collect("AA", "user"), "users that a container's items name are in its segments")
	require.Equal(t, []string{"4a", "2c"}, collect("AA", "worklog"))
	require.Empty(t, collect("BB"))
	require.Empty(t, collect("AA", "field"))
}

func TestFilesOfItems(t *testing.T) {
	b := restoretest.NewBuilder(t)
	b.Segment(archive.SegmentName(backup.Jira, "AA", "000-000", 1, 0), "AA", restoretest.Record("issue", "1", "x"))
	b.Segment(archive.SegmentName(backup.Jira, "BB", "000-001", 1, 0), "BB", restoretest.Record("issue", "9", "x"))
	b.Index(archive.IndexName("000-000", 1), b.Attachment("7", "AA", "1", "seven"), b.Attachment("8", "AA", "2", "eight"))
	b.Index(archive.IndexName("000-001", 1), b.Attachment("9", "BB", "9", "nine"))
	b.Seal()
	a := open(t, b)
	// An index that does not reach the items is not read.
	require.NoError(t, deleteObject(t, b.Store, archive.BackupDir(restoretest.PolicyID, restoretest.BackupID)+archive.IndexName("000-001", 1)))
	files, err := a.Files(t.Context(), "AA", []string{"1", "3"})
	require.NoError(t, err)
	require.Len(t, files, 1)
	require.Len(t, files["1"], 1)
	r, err := files["1"][0].Open(t.Context())
	require.NoError(t, err)
	defer r.Close()
	data, err := io.ReadAll(r)
	require.NoError(t, err)
	require.Equal(t, "seven", string(data))
	require.Equal(t, "file-7", files["1"][0].Row.Name)
	files, err = a.Files(t.Context(), "AA", nil)
	require.NoError(t, err)
	require.Empty(t, files)
}

func deleteObject(t testing.TB, s store.Store, name string) error {
	o, err := s.Stat(t.Context(), name)
	require.NoError(t, err)
	return s.Delete(t.Context(), name, o.Generation)
}

func TestArchiveOfAnUploadedFile(t *testing.T) {
	b := split(t)
	for o, err := range b.Store.List(t.Context(), restoretest.PolicyID+"/") {
		require.NoError(t, err)
		_, err := b.Store.Copy(t.Context(), o.Name, restore.ImportDir("abc")+o.Name, store.IfAbsent())
		require.NoError(t, err)
		require.NoError(t, b.Store.Delete(t.Context(), o.Name, o.Generation))
	}
	spec := b.Spec()
	_, err := restore.OpenArchive(t.Context(), b.Store, spec, "")
	require.ErrorIs(t, err, archive.ErrNoManifest)
	spec.From, spec.Import = backup.FromFile, "abc"
	a, err := restore.OpenArchive(t.Context(), b.Store, spec, "")
	require.NoError(t, err)
	require.Equal(t, restoretest.BackupID, a.Manifest().Backup)
}

// TestGroupsTakeConstantMemory reads an issue with 64 MiB of comments, and 16 issues of
// which the last is asked for first, each with 4 MiB.
func TestGroupsTakeConstantMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("writes some 128 MiB")
	}
	b := restoretest.NewBuilder(t)
	text := strings.Repeat("x", 1<<20)
	var n int
	segment := func(records ...archive.Record) {
		b.Segment(archive.SegmentName(backup.Jira, "AA", "000-000", 1, n), "AA", records...)
		n++
	}
	for i := range 16 { // an issue of many segments
		var records []archive.Record
		if i == 0 {
			records = append(records, restoretest.Record("issue", "1", "x"))
		}
		for j := range 4 {
			records = append(records, restoretest.Record("comment", fmt.Sprint(i, "-", j), text))
		}
		segment(records...)
	}
	for i := range 16 {
		records := []archive.Record{restoretest.Record("issue", fmt.Sprint(i+2), "x")}
		for j := range 4 {
			records = append(records, restoretest.Record("comment", fmt.Sprint("b", i, "-", j), text))
		}
		segment(records...)
	}
	b.Seal()
	a := open(t, b)
	all := positions(t, a, "AA", "issue")
	require.Len(t, all, 17)
	slices.Reverse(all)
	runtime.GC()
	var before, most runtime.MemStats
	runtime.ReadMemStats(&before)
	for g, err := range a.Groups(t.Context(), all, "issue") {
		require.NoError(t, err)
		count := 0
		for _, err := range g.Parts.All("comment") {
			require.NoError(t, err)
			count++
			if count%16 == 0 || count == 4 {
				runtime.GC()
				var now runtime.MemStats
				runtime.ReadMemStats(&now)
				if now.HeapAlloc > most.HeapAlloc {
					most = now
				}
			}
		}
		want := 4
		if g.Item.ID == "1" {
			want = 64
		}
		require.Equal(t, want, count)
	}
	if most.HeapAlloc > before.HeapAlloc {
		require.Less(t, most.HeapAlloc-before.HeapAlloc, uint64(40<<20), "an item of 64 MiB is not held in memory")
	}
	left, err := os.ReadDir(os.TempDir())
	require.NoError(t, err)
	for _, e := range left {
		require.False(t, strings.HasPrefix(e.Name(), "parts-"), "nothing is left on disk")
	}
}
