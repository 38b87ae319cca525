package upload

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holdfast/internal/archive"
	"holdfast/internal/backup"
	"holdfast/internal/restore"
	"holdfast/internal/restore/restoretest"
	"holdfast/internal/store"
	"holdfast/internal/store/dir"
	"holdfast/internal/store/storetest"
)

// whole builds a backup that has one of everything.
func whole(t testing.TB) *restoretest.Builder {
	b := restoretest.NewBuilder(t)
	b.Segment(archive.SiteSegmentName("field", 1, 0), "", restoretest.Record("field", "summary", "x"))
	var records []archive.Record
	for i := range 20 {
		records = append(records, restoretest.Record("issue", fmt.Sprint(i), "text"), restoretest.Record("comment", fmt.Sprint("c", i), "text"))
	}
	b.Segment(archive.SegmentName(backup.Jira, "EE", "000-000", 1, 0), "EE", records[:20]...)
	b.Segment(archive.SegmentName(backup.Jira, "EE", "000-000", 1, 1), "EE", records[20:]...)
	b.Index(archive.IndexName("000-000", 1), b.Attachment("7", "EE", "1", "some bytes"), b.Attachment("8", "EE", "2", ""))
	b.Index(archive.IndexName("000-001", 1), b.Attachment("9", "EE", "3", "other bytes"))
	b.Seal()
	return b
}

// empty is a store without an object.
func empty(t testing.TB) store.Store {
	s, err := dir.Open(t.TempDir())
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func objects(t testing.TB, s store.Store) (names []string) {
	for o, err := range s.List(t.Context(), "") {
		require.NoError(t, err)
		names = append(names, o.Name)
	}
	return names
}

// put uploads a package an hour after its backup.
func put(t testing.TB, s store.Store, data []byte) (string, error) {
	t.Helper()
	sha, _, _, err := upload(t.Context(), s, bytes.NewReader(data), int64(len(data)), restoretest.Started().Add(time.Hour), nil)
	return sha, err
}

func TestWhatIsUploadedIsTheBackup(t *testing.T) {
	b := whole(t)
	data := b.Package()
	s := empty(t)
	steps := map[Step]Progress{}
	sha, policy, id, err := upload(t.Context(), s, bytes.NewReader(data), int64(len(data)), restoretest.Started().Add(time.Hour), func(p Progress) {
		require.GreaterOrEqual(t, p.Bytes, steps[p.Step].Bytes)
		require.LessOrEqual(t, p.Bytes, p.Total)
		steps[p.Step] = p
	})
	require.NoError(t, err)
	sum := sha256.Sum256(data)
	require.Equal(t, hex.EncodeToString(sum[:]), sha)
	require.Equal(t, restoretest.PolicyID, policy)
	require.Equal(t, restoretest.BackupID, id)
	require.Len(t, steps, 3, "each step tells how far it is")

	in := store.Sub(s, restore.ImportDir(sha))
	found, err := archive.Verify(t.Context(), in, policy, id, archive.VerifyOptions{})
	require.NoError(t, err)
	require.True(t, found.OK(), "%v", found.Problems)
	require.Zero(t, found.ExtraCount)
	for _, name := range objects(t, b.Store) {
		want, err := b.Store.Stat(t.Context(), name)
		require.NoError(t, err)
		if strings.HasSuffix(name, archive.StateName) {
			continue // what may change after a backup was sealed is not in a package
		}
		have, err := in.Stat(t.Context(), name)
		require.NoError(t, err)
		require.Equal(t, want.CRC32C, have.CRC32C, name)
	}
	require.Equal(t, objects(t, b.Store), objects(t, in))
}

// TestUploadGoesOn breaks an upload off at every write in turn.
func TestUploadGoesOn(t *testing.T) {
	b := whole(t)
	data := b.Package()
	total := len(objects(t, b.Store))
	s := empty(t)
	away := errors.New("the store is away")
	first := map[string]int64{}
	broke := 0
	for range total + 1 {
		faulty := storetest.NewFaulty(s)
		faulty.Plan(storetest.Fault{Method: storetest.Put, After: 1, Times: -1, Err: away})
		_, err := put(t, faulty, data)
		for name, g := range generations(t, s) {
			if first[name] == 0 {
				first[name] = g
			}
			require.Equal(t, first[name], g, "%s was there already", name)
		}
		if err == nil {
			break
		}
		broke++
		require.ErrorIs(t, err, away)
		for name := range first {
			require.False(t, strings.HasSuffix(name, archive.ManifestName), "the manifest comes last")
		}
	}
	require.Greater(t, broke, 3)
	sha, err := put(t, s, data)
	require.NoError(t, err)
	found, err := archive.Verify(t.Context(), store.Sub(s, restore.ImportDir(sha)), restoretest.PolicyID, restoretest.BackupID, archive.VerifyOptions{})
	require.NoError(t, err)
	require.True(t, found.OK())
}

func generations(t testing.TB, s store.Store) map[string]int64 {
	all := map[string]int64{}
	for o, err := range s.List(t.Context(), "") {
		require.NoError(t, err)
		all[o.Name] = o.Generation
	}
	return all
}

func TestUploadReplacesWhatIsNotWhatItShouldBe(t *testing.T) {
	data := whole(t).Package()
	s := empty(t)
	sha, err := put(t, s, data)
	require.NoError(t, err)
	name := restore.ImportDir(sha) + archive.BackupDir(restoretest.PolicyID, restoretest.BackupID) + archive.AttachmentName("7", 0)
	_, err = store.Replace(t.Context(), s, name, []byte("SOME bytes"))
	require.NoError(t, err)
	_, err = put(t, s, data)
	require.NoError(t, err)
	have, err := store.ReadAll(t.Context(), s, name, 100)
	require.NoError(t, err)
	require.Equal(t, "some bytes", string(have))
}

func TestT2(t *testing.T) {
	b := whole(t)
	data := b.Package()
	end := restoretest.Started().Add(60 * 24 * time.Hour)
	for _, test := range []struct {
		name    string
		now     time.Time
		refused bool
	}{
		{"T2: one second before 60 days a file is taken", end.Add(-time.Second), false},
		{"T2: at 60 days a file is refused", end, true},
		{"T2: one second after 60 days a file is refused", end.Add(time.Second), true},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := empty(t)
			_, _, _, err := upload(t.Context(), s, bytes.NewReader(data), int64(len(data)), test.now, nil)
			if !test.refused {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, ErrRefused)
			var old *backup.FileTooOld
			require.ErrorAs(t, err, &old)
			require.Equal(t, end, old.Ended, "it is refused with the date")
			require.Empty(t, objects(t, s))
		})
	}
}

// TestTamperedFilesAreRefused flips one bit at each of 200 random places.
func TestTamperedFilesAreRefused(t *testing.T) {
	data := whole(t).Package()
	s := empty(t)
	seed := uint64(time.Now().UnixNano())
	random := rand.New(rand.NewPCG(seed, 1))
	advised := 0
	for range 200 {
		at, bit := random.IntN(len(data)), random.IntN(8)
		data[at] ^= 1 << bit
		_, err := put(t, s, data)
		require.ErrorIs(t, err, ErrRefused, "bit %d of byte %d of %d, seed %d", bit, at, len(data), seed)
		if strings.Contains(err.Error(), "verify it with 'holdfast verify FILE'") {
			advised++
		}
		require.Empty(t, objects(t, s), "nothing is written of it")
		data[at] ^= 1 << bit
	}
	require.NotZero(t, advised, "where the content is damaged, there is a command that tells more")
	_, err := put(t, s, data)
	require.NoError(t, err)
}

func TestFilesThatAreNoPackageAreRefused(t *testing.T) {
	whole := whole(t)
	data := whole.Package()
	entries := entriesOf(t, data)
	find := func(part string) int {
		for i, e := range entries {
			if strings.Contains(e.name, part) {
				return i
			}
		}
		t.Fatalf("no entry %s", part)
		return 0
	}
	with := func(change func(all []entry) []entry) []byte {
		return rezip(change(append([]entry(nil), entries...)))
	}
	require.NoError(t, func() error { _, err := put(t, empty(t), with(func(all []entry) []entry { return all })); return err }(), "the way that these are made makes a package")
	bomb := bomb(t)
	for _, test := range []struct {
		name string
		data []byte
		says string
	}{
		{"a path that leaves the archive", with(func(all []entry) []entry {
			return rename(all, "site/field.1.0.ndjson.zst", "../e/field.1.0.ndjson.zst")
		}), "not a valid object name"},
		{"an absolute path", with(func(all []entry) []entry {
			return rename(all, "site/field.1.0.ndjson.zst", "/ite/field.1.0.ndjson.zst")
		}), "not a valid object name"},
		{"a path into another folder", with(func(all []entry) []entry {
			return rename(all, "site/field.1.0.ndjson.zst", "runs/field.1.0.ndjson.zst")
		}), "is not below"},
		{"a bomb: a segment that unpacks to more than the manifest says", bomb, "it has more than"},
		{"a bomb whose manifest says what it unpacks to", rezip(replace(entriesOf(t, bomb), archive.ManifestName,
			`"rawBytes": 10`, `"rawBytes": 9999910`)), "no possible size"},
		{"a duplicate: a segment that is listed twice", with(func(all []entry) []entry {
			return rename(all, "projects/EE/000-000.1.1.ndjson.zst", "projects/EE/000-000.1.0.ndjson.zst")
		}), "listed twice"},
		{"a duplicate entry", with(func(all []entry) []entry { return append(all, all[find("attachments/1/")]) }), "belongs to nothing"},
		{"a missing file", with(func(all []entry) []entry {
			i := find("attachments/1/")
			return append(all[:i], all[i+1:]...)
		}), "should be there"},
		{"an extra file", with(func(all []entry) []entry { return append(all, entry{"attachments/1/99-x", []byte("x")}) }), "belongs to nothing"},
		{"an unknown version", with(func(all []entry) []entry {
			return replace(all, archive.ManifestName, `"format": 1`, `"format": 2`)
		}), "unknown format version 2"},
		{"another backup's manifest", with(func(all []entry) []entry {
			return replace(all, archive.ManifestName, "20261123T021658Z", "20261123T021659Z")
		}), ""},
		{"no zip file", []byte("hello"), "not a whole package"},
		{"nothing", nil, "not a whole package"},
		{"a part of a package", data[:len(data)-1], "not a whole package"},
		{"a zip file of another making", goZip(t, entries), "not"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := empty(t)
			_, err := put(t, s, test.data)
			require.ErrorIs(t, err, ErrRefused)
			require.ErrorContains(t, err, test.says)
			require.Empty(t, objects(t, s))
		})
	}
}

// bomb is a package one of whose segments unpacks to 1 GiB, with a manifest that has the
// sums of its bytes right.
func bomb(t testing.TB) []byte {
	t.Helper()
	line, err := archive.AppendRecord(nil, restoretest.Record("issue", "1", strings.Repeat("x", 1<<20)))
	require.NoError(t, err)
	var out bytes.Buffer
	w, err := archive.NewCompressor(&out)
	require.NoError(t, err)
	n := 1 << 10
	if testing.Short() {
		n = 256
	}
	for range n {
		_, err := w.Write(line)
		require.NoError(t, err)
	}
	c, err := w.Close()
	require.NoError(t, err)
	b := restoretest.NewBuilder(t)
	object := archive.SegmentName(backup.Jira, "EE", "000-000", 1, 0)
	b.Put(object, out.Bytes())
	b.Manifest.Segments = append(b.Manifest.Segments, archive.Segment{Object: object, Container: "EE", Records: map[string]int{"issue": 1},
		RawBytes: int64(len(line)), Bytes: c.Bytes, SHA256: c.SHA256, CRC32C: c.CRC32C, CRC32: c.CRC32})
	b.Seal()
	return b.Package()
}

func TestAFileThatCanNotBeReadIsNotRefused(t *testing.T) {
	data := whole(t).Package()
	broken := errors.New("input/output error")
	for at := 0; at < len(data); at += len(data)/20 + 1 {
		s := empty(t)
		_, _, _, err := upload(t.Context(), s, &brokenFile{bytes.NewReader(data), int64(at), broken}, int64(len(data)), restoretest.Started(), nil)
		require.ErrorIs(t, err, broken)
		require.NotErrorIs(t, err, ErrRefused)
		require.Empty(t, objects(t, s))
	}
}

// brokenFile fails to read one byte.
type brokenFile struct {
	io.ReaderAt
	at  int64
	err error
}

func (f *brokenFile) ReadAt(p []byte, at int64) (int, error) {
	if at <= f.at && f.at < at+int64(len(p)) {
		return 0, f.err
	}
	return f.ReaderAt.ReadAt(p, at)
}

// entry is a file of a package.
type entry struct {
	name    string
	content []byte
}

func entriesOf(t testing.TB, data []byte) (all []entry) {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	require.NoError(t, err)
	for _, f := range z.File {
		r, err := f.Open()
		require.NoError(t, err)
		content, err := io.ReadAll(r)
		require.NoError(t, err)
		all = append(all, entry{f.Name, content})
	}
	return all
}

// replace replaces a text in one file, and makes SHA256SUMS anew.
func replace(all []entry, name, old, by string) []entry {
	for i, e := range all {
		if e.name == name {
			all[i].content = bytes.ReplaceAll(e.content, []byte(old), []byte(by))
		}
	}
	return resum(all)
}

// rename gives a file another name wherever it is named.
func rename(all []entry, old, by string) []entry {
	for i, e := range all {
		if e.name == old {
			all[i].name = by
		}
	}
	return replace(all, archive.ManifestName, old, by)
}

func resum(all []entry) []entry {
	var sums bytes.Buffer
	for i, e := range all {
		if e.name == archive.SumsName {
			all[i].content = sums.Bytes()
			break
		}
		sum := sha256.Sum256(e.content)
		fmt.Fprintf(&sums, "%x  %s\n", sum, e.name)
	}
	return all
}

// rezip writes files as a package does: what is wrong with it is in its files.
func rezip(all []entry) []byte {
	var data, central []byte
	fields := func(b []byte, e entry) []byte {
		b = binary.LittleEndian.AppendUint16(b, 1<<11)
		b = binary.LittleEndian.AppendUint16(b, 0)
		b = binary.LittleEndian.AppendUint32(b, 0x5b770000)
		b = binary.LittleEndian.AppendUint32(b, crc32.ChecksumIEEE(e.content))
		b = binary.LittleEndian.AppendUint32(b, uint32(len(e.content)))
		b = binary.LittleEndian.AppendUint32(b, uint32(len(e.content)))
		return binary.LittleEndian.AppendUint32(b, uint32(len(e.name)))
	}
	for _, e := range all {
		central = append(central, "PK\x01\x02\x14\x03\x14\x00"...)
		central = fields(central, e)
		central = append(central, make([]byte, 6)...)
		central = binary.LittleEndian.AppendUint32(central, 0o100644<<16)
		central = binary.LittleEndian.AppendUint32(central, uint32(len(data)))
		central = append(central, e.name...)
		data = fields(append(data, "PK\x03\x04\x14\x00"...), e)
		data = append(append(data, e.name...), e.content...)
	}
	end := append([]byte("PK\x05\x06"), make([]byte, 4)...)
	for range 2 {
		end = binary.LittleEndian.AppendUint16(end, uint16(len(all)))
	}
	end = binary.LittleEndian.AppendUint32(end, uint32(len(central)))
	end = binary.LittleEndian.AppendUint32(end, uint32(len(data)))
	end = append(end, 0, 0)
	return append(append(data, central...), end...)
}

// goZip writes files with Go's writer.
func goZip(t testing.TB, all []entry) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, e := range all {
		w, err := z.CreateHeader(&zip.FileHeader{Name: e.name, Method: zip.Store})
		require.NoError(t, err)
		_, err = w.Write(e.content)
		require.NoError(t, err)
	}
	require.NoError(t, z.Close())
	return out.Bytes()
}
