package archive

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func verifyBytes(t testing.TB, data []byte) Verification {
	t.Helper()
	v, err := VerifyPackage(t.Context(), bytes.NewReader(data), int64(len(data)), VerifyOptions{})
	require.NoError(t, err)
	return v
}

func TestVerifyOfAWholePackage(t *testing.T) {
	for name, b := range map[string]*builder{"small": small(t), "odd": odd(t), "empty": emptyBackup(t)} {
		t.Run(name, func(t *testing.T) {
			data := b.packaged()
			var last VerifyProgress
			v, err := VerifyPackage(t.Context(), bytes.NewReader(data), int64(len(data)), VerifyOptions{Progress: func(p VerifyProgress) {
				require.GreaterOrEqual(t, p.Bytes, last.Bytes)
				last = p
			}})
			require.NoError(t, err)
			require.Empty(t, v.Problems)
			require.True(t, v.OK())
			require.EqualValues(t, b.plan().Entries(), v.Objects)
			require.Equal(t, b.m.Counts, v.Counts)
			require.Equal(t, b.m.Records, v.Records)
			require.EqualValues(t, len(data), last.Total)
			require.LessOrEqual(t, last.Bytes, last.Total)

			m, err := ReadPackageManifest(t.Context(), bytes.NewReader(data), int64(len(data)))
			require.NoError(t, err)
			require.Equal(t, b.m.Backup, m.Backup)
		})
	}
}

// TestVerifyPackageFindsEveryFlippedBit flips one bit of each byte in turn of the records
// of the zip file and of some 400 other bytes, with HOLDFAST_LONG=1 of every byte.
func TestVerifyPackageFindsEveryFlippedBit(t *testing.T) {
	data := small(t).packaged()
	step := len(data)/400 + 1
	if os.Getenv("HOLDFAST_LONG") != "" {
		step = 1
	}
	for i := 0; i < len(data); i += step {
		data[i] ^= 1 << (i % 8)
		v := verifyBytes(t, data)
		require.False(t, v.OK(), "bit %d of byte %d", i%8, i)
		require.NotEmpty(t, v.Problems)
		data[i] ^= 1 << (i % 8)
	}
	v := verifyBytes(t, data)
	require.True(t, v.OK(), "%v", v.Problems)
}

func TestVerifyPackageFindsAFlippedBitOfAnyRecord(t *testing.T) {
	b := newBuilder(t)
	b.index(IndexName("0-1", 1), b.attachment("7", "x", "x"))
	b.seal()
	p := b.plan()
	data := readPackage(t, p)
	directory := int(p.end.offset)
	local := bytes.Index(data, []byte("attachments/")) - localSize
	for i := range data {
		if i < directory && (i < local || i > local+100) {
			continue
		}
		data[i] ^= 1 << (i % 8)
		v := verifyBytes(t, data)
		require.False(t, v.OK(), "bit %d of byte %d", i%8, i)
		data[i] ^= 1 << (i % 8)
	}
}

func TestVerifyPackageOfAFileThatWasCutOrGrown(t *testing.T) {
	data := small(t).packaged()
	for _, n := range []int{0, 1, 21, 22, 100, len(data) / 2, len(data) - 100, len(data) - 22, len(data) - 1} {
		v := verifyBytes(t, data[:n])
		require.False(t, v.Readable, "%d of %d bytes", n, len(data))
		require.Contains(t, strings.Join(v.Problems, "\n"), "not a whole package")
	}
	for name, changed := range map[string][]byte{
		"behind":   append(bytes.Clone(data), 0),
		"before":   append([]byte{0}, data...),
		"nonsense": bytes.Repeat([]byte("PK\x05\x06"), 1000),
	} {
		v := verifyBytes(t, changed)
		require.False(t, v.OK(), name)
	}
}

// entryOf is an entry of a zip file of another making.
type entryOf struct {
	name    string
	content []byte
}

// entriesOf reads a package with Go's reader.
func entriesOf(t testing.TB, data []byte) (all []entryOf) {
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	require.NoError(t, err)
	for _, f := range z.File {
		r, err := f.Open()
		require.NoError(t, err)
		content, err := io.ReadAll(r)
		require.NoError(t, err)
		all = append(all, entryOf{f.Name, content})
	}
	return all
}

// rezip writes entries as a package does: its records are right, whatever is in it.
func rezip(entries []entryOf) []byte { return rezipWithGap(entries, -1, nil) }

// rezipWithGap is rezip with a gap before an entry, or before the directory.
func rezipWithGap(entries []entryOf, before int, gap []byte) []byte {
	var data, central []byte
	when := newZipTime(at())
	for i, one := range entries {
		if i == before {
			data = append(data, gap...)
		}
		e := packed{name: one.name, size: int64(len(one.content)), crc32: ieee(one.content)}
		central = e.appendCentral(central, when, int64(len(data)))
		data = append(e.appendLocal(data, when), one.content...)
	}
	if before == len(entries) {
		data = append(data, gap...)
	}
	end := zipEnd{entries: int64(len(entries)), offset: int64(len(data)), bytes: int64(len(central))}
	return end.append(append(data, central...))
}

func TestVerifyPackageFindsWhatIsTooManyOrTooFew(t *testing.T) {
	whole := entriesOf(t, small(t).packaged())
	v := verifyBytes(t, rezip(whole))
	require.True(t, v.OK(), "%v", v.Problems)
	swap := func(all []entryOf, i, j int) []entryOf { all[i], all[j] = all[j], all[i]; return all }
	clone := func() []entryOf { return append([]entryOf(nil), whole...) }
	insert := func(at int, e entryOf) []entryOf {
		return append(append(append([]entryOf(nil), whole[:at]...), e), whole[at:]...)
	}
	for i, e := range whole {
		for name, entries := range map[string][]entryOf{
			"missing":         append(append([]entryOf(nil), whole[:i]...), whole[i+1:]...),
			"twice":           insert(i, e),
			"again later":     insert(len(whole), e),
			"one more before": insert(i, entryOf{"attachments/1/99-x", []byte("x")}),
			"renamed":         append(append(clone()[:i:i], entryOf{e.name + "x", e.content}), whole[i+1:]...),
			"other content":   append(append(clone()[:i:i], entryOf{e.name, append(bytes.Clone(e.content), 'x')}), whole[i+1:]...),
			"swapped":         swap(clone(), i, (i+1)%len(whole)),
		} {
			v := verifyBytes(t, rezip(entries))
			require.False(t, v.OK(), "%s: %s", name, e.name)
			require.NotEmpty(t, v.Problems)
		}
	}
	v = verifyBytes(t, rezip(insert(5, entryOf{"attachments/1/99-secret name", []byte("x")})))
	require.True(t, v.Readable)
	require.Contains(t, v.Problems[0], "attachments/1/99")
	require.NotContains(t, strings.Join(v.Problems, ""), "secret name", "no content in problems")
}

func TestVerifyPackageTellsOfEachDamagedEntry(t *testing.T) {
	b := newBuilder(t)
	var rows []IndexRow
	for _, id := range strings.Split("1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25", " ") {
		rows = append(rows, b.attachment(id, "x", "content of "+id+"."))
	}
	b.index(IndexName("0-1", 1), rows...)
	b.seal()
	data := b.packaged()
	for _, row := range rows {
		data[bytes.Index(data, []byte("content of "+row.ID+"."))]++
	}
	v := verifyBytes(t, data)
	require.True(t, v.Readable)
	require.Equal(t, len(rows), v.ProblemCount)
	require.Len(t, v.Problems, 20)
	require.Contains(t, v.Problems[0], "attachments/1:")
}

func TestVerifyPackageRefusesOtherZipFiles(t *testing.T) {
	whole := entriesOf(t, small(t).packaged())
	write := func(method uint16, change func(*zip.Writer)) []byte {
		var out bytes.Buffer
		z := zip.NewWriter(&out)
		for _, e := range whole {
			w, err := z.CreateHeader(&zip.FileHeader{Name: e.name, Method: method})
			require.NoError(t, err)
			_, err = w.Write(e.content)
			require.NoError(t, err)
		}
		change(z)
		require.NoError(t, z.Close())
		return out.Bytes()
	}
	for name, data := range map[string][]byte{
		"with data descriptors": write(zip.Store, func(*zip.Writer) {}),
		"compressed":            write(zip.Deflate, func(*zip.Writer) {}),
		"with a comment":        write(zip.Store, func(z *zip.Writer) { require.NoError(t, z.SetComment("x")) }),
		"of another version": rezip(func() []entryOf {
			all := append([]entryOf(nil), whole...)
			all[1].content = bytes.Replace(all[1].content, []byte(`"format": 1`), []byte(`"format": 2`), 1)
			return all
		}()),
		"without a manifest": rezip([]entryOf{{ReadmeName, nil}, {SumsName, nil}}),
		"empty":              zipEnd{}.append(nil),
	} {
		v := verifyBytes(t, data)
		require.False(t, v.Readable, name)
		require.NotEmpty(t, v.Problems, name)
	}
}

func TestVerifyPackageOfAFileThatCannotBeReadIsNoDamage(t *testing.T) {
	data := small(t).packaged()
	for _, at := range []int64{10, int64(len(data) / 2), int64(len(data) - 200), int64(len(data) - 10)} {
		_, err := VerifyPackage(t.Context(), faultyFile{bytes.NewReader(data), at}, int64(len(data)), VerifyOptions{})
		require.ErrorIs(t, err, errNoAnswer, "at byte %d", at)
		require.NotErrorIs(t, err, ErrCorrupt)
	}
}

// faultyFile can't be read at one byte.
type faultyFile struct {
	io.ReaderAt
	at int64
}

func (f faultyFile) ReadAt(b []byte, off int64) (int, error) {
	if off <= f.at && f.at < off+int64(len(b)) {
		return 0, errors.Join(errNoAnswer)
	}
	return f.ReaderAt.ReadAt(b, off)
}

func TestVerifyPackageTakesConstantMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("it has many entries")
	}
	peak := func(attachments int) (most uint64) {
		sizes := make([]int64, attachments)
		for i := range sizes {
			sizes[i] = 2000
		}
		f, err := os.Open(sparse(t, large(t, true, sizes...)))
		require.NoError(t, err)
		defer f.Close()
		fi, err := f.Stat()
		require.NoError(t, err)
		n := 0
		v, err := VerifyPackage(t.Context(), f, fi.Size(), VerifyOptions{Progress: func(VerifyProgress) {
			if n++; n%500 == 0 {
				most = max(most, allocated())
			}
		}})
		require.NoError(t, err)
		require.Empty(t, v.Problems)
		runtime.KeepAlive(v)
		return most
	}
	few, many := peak(1000), peak(20_000)
	t.Logf("%d KiB of heap for 1,000 attachments, %d KiB for 20,000", few>>10, many>>10)
	require.Less(t, many, few+4<<20, "20 times as many attachments")
}

func TestVerifyPackageFindsGapsAndOverlaps(t *testing.T) {
	whole := entriesOf(t, small(t).packaged())
	for before := range len(whole) + 1 {
		v := verifyBytes(t, rezipWithGap(whole, before, []byte("hidden")))
		require.False(t, v.OK(), "before entry %d", before)
		require.Contains(t, v.Problems[0], "contradict")
	}
	// Two records of the directory that are one entry.
	var data, central []byte
	when := newZipTime(at())
	for i, one := range whole {
		e := packed{name: one.name, size: int64(len(one.content)), crc32: ieee(one.content)}
		central = e.appendCentral(central, when, int64(len(data)))
		if i == 3 {
			central = e.appendCentral(central, when, int64(len(data)))
		}
		data = append(e.appendLocal(data, when), one.content...)
	}
	end := zipEnd{entries: int64(len(whole)) + 1, offset: int64(len(data)), bytes: int64(len(central))}
	v := verifyBytes(t, end.append(append(data, central...)))
	require.False(t, v.OK())
	require.Contains(t, v.Problems[0], "begins at byte")
}

func TestVerifyPackageFindsAWrongCRC32(t *testing.T) {
	whole := entriesOf(t, small(t).packaged())
	when := newZipTime(at())
	for wrong := range whole {
		var data, central []byte
		for i, one := range whole {
			e := packed{name: one.name, size: int64(len(one.content)), crc32: ieee(one.content)}
			if i == wrong {
				e.crc32 ^= 1 // in both records
			}
			central = e.appendCentral(central, when, int64(len(data)))
			data = append(e.appendLocal(data, when), one.content...)
		}
		end := zipEnd{entries: int64(len(whole)), offset: int64(len(data)), bytes: int64(len(central))}
		v := verifyBytes(t, end.append(append(data, central...)))
		require.Equal(t, 1, v.ProblemCount, "%v", v.Problems)
		require.Contains(t, v.Problems[0], "CRC-32")
	}
}
