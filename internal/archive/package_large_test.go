package archive

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"holdfast/internal/store"
)

// synthetic is a store whose attachments have as many zeros as their names say:
// attachments/<id> is one of made[<id>] bytes.
type synthetic struct {
	store.Store
	made map[string]int64
}

// zeros is a reader of zeros without end.
type zeros struct{}

func (zeros) Read(b []byte) (int, error) {
	clear(b)
	return len(b), nil
}

func (s synthetic) Get(ctx context.Context, name string, offset, length int64) (io.ReadCloser, error) {
	_, id, _ := strings.Cut(name, "/attachments/")
	size, ok := s.made[id]
	if !ok {
		return s.Store.Get(ctx, name, offset, length)
	}
	if length < 0 {
		length = size - offset
	}
	return io.NopCloser(io.LimitReader(zeros{}, length)), nil
}

// zeroRow is the row of an attachment of zeros; its SHA-256 is right where it is asked for.
func zeroRow(id string, size int64, hashed bool) IndexRow {
	row := IndexRow{ID: id, Object: AttachmentName(id, 0), Size: size, SHA256: strings.Repeat("0", 64), Name: "zeros.bin", Item: "1", Container: "EE"}
	buf := make([]byte, 1<<20)
	sum := sha256.New()
	var ieee uint32
	for left := size; left > 0; {
		n := min(left, int64(len(buf)))
		ieee = crc32.Update(ieee, crc32.IEEETable, buf[:n])
		row.CRC32C = crc32.Update(row.CRC32C, castagnoli(), buf[:n])
		if hashed {
			sum.Write(buf[:n])
		}
		left -= n
	}
	row.CRC32 = FormatCRC32(ieee)
	if hashed {
		row.SHA256 = hex.EncodeToString(sum.Sum(nil))
	}
	return row
}

// large lays out the package of a backup with attachments of so many zeros.
func large(t testing.TB, hashed bool, sizes ...int64) *Package {
	b := newBuilder(t)
	made := map[string]int64{}
	var rows []IndexRow
	known := map[int64]IndexRow{}
	for i, size := range sizes {
		id := fmt.Sprint(i + 1)
		row, ok := known[size]
		if !ok {
			row = zeroRow(id, size, hashed)
			known[size] = row
		}
		row.ID, row.Object = id, AttachmentName(id, 0)
		made[id] = size
		if rows = append(rows, row); len(rows) == 1000 {
			b.index(IndexName(fmt.Sprintf("0-%d", i), 1), rows...)
			rows = nil
		}
	}
	if len(rows) > 0 {
		b.index(IndexName("1-0", 1), rows...)
	}
	b.seal()
	r, err := Open(context.Background(), synthetic{b.s, made}, testPolicy, testBackup)
	require.NoError(t, err)
	p, err := PlanPackage(context.Background(), r, PackageAbout{Status: b.m.Status}, nil)
	require.NoError(t, err)
	return p
}

// sparse writes a package into a file in which the zeros of attachments are holes.
func sparse(t testing.TB, p *Package) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "package.zip")
	f, err := os.Create(path)
	require.NoError(t, err)
	defer f.Close()
	for one, err := range p.pieces(context.Background(), 0, p.Size()) {
		require.NoError(t, err)
		switch {
		case one.data != nil:
			_, err = f.WriteAt(one.data, one.at)
		case !strings.HasPrefix(one.entry.object, attachmentDir):
			var data []byte
			data, err = store.ReadAll(context.Background(), p.r.s, p.r.dir+one.entry.object, one.size)
			require.NoError(t, err)
			_, err = f.WriteAt(data, one.at)
		}
		require.NoError(t, err)
	}
	require.NoError(t, f.Truncate(p.Size()))
	return path
}

const gib = 1 << 30

// inspect prints of a package what Python's zipfile reads, which knows zip64.
const inspect = `
import zipfile, sys, struct
z = zipfile.ZipFile(sys.argv[1])
infos = z.infolist()
f = open(sys.argv[1], "rb")
def zip64(extra):
    while extra:
        kind, size = struct.unpack("<HH", extra[:4])
        if kind == 1: return size
        extra = extra[4+size:]
    return 0
at = 0
for i in infos:
    # Each entry begins where the one before it ends, and its two records agree.
    assert i.header_offset == at, (i.filename, i.header_offset, at)
    f.seek(at)
    sig, need, flags, method, time, date, crc, csize, usize, n, x = struct.unpack("<IHHHHHIIIHH", f.read(30))
    assert sig == 0x04034b50 and flags == 0x800 and method == 0
    assert f.read(n).decode() == i.filename and crc == i.CRC
    extra = f.read(x)
    if i.file_size >= 0xffffffff:
        assert csize == usize == 0xffffffff and need == 45
        assert extra == struct.pack("<HHQQ", 1, 16, i.file_size, i.file_size)
    else:
        assert csize == usize == i.file_size and x == 0 and need == 20
    want = 8 * (2 * (i.file_size >= 0xffffffff) + (at >= 0xffffffff))
    assert zip64(i.extra) == want, (i.filename, i.extra)
    assert i.extract_version == (45 if want else 20)
    at += 30 + n + x + i.file_size
assert z.start_dir == at
f.seek(-22, 2)
end = f.read()
f.seek(-42, 2)
print(len(infos), sum(zip64(i.extra) > 0 for i in infos), struct.unpack("<I", f.read(4))[0] == 0x07064b50, z.read("README.txt")[:16].decode(), z.read("SHA256SUMS").count(b"\n"))
`

// TestPackageOf64BitsWhereNeeded holds the records of packages of many sizes against what
// Python reads, on both sides of each limit of zip.
func TestPackageOf64BitsWhereNeeded(t *testing.T) {
	need(t, "python3", "unzip")
	many := func(n int) (sizes []int64) {
		// Beside them there are README.txt, manifest.json, report.json, SHA256SUMS and
		// an index for each 1,000.
		for n -= 4 + 66; n > 0; n-- {
			sizes = append(sizes, 1)
		}
		return sizes
	}
	for _, test := range []struct {
		name    string
		sizes   []int64
		entries int
		extras  int  // entries with 64 bits
		end     bool // whether the end has 64 bits
	}{
		{"small", []int64{1}, 6, 0, false},
		{"an entry that is no more than fits", []int64{4*gib - 2}, 6, 1, true}, // SHA256SUMS begins beyond
		{"an entry of a byte more", []int64{4*gib - 1}, 6, 2, true},
		{"an entry of 5 GiB between others", []int64{1, 5 * gib, 1}, 8, 3, true},
		{"small entries beyond 4 GiB", []int64{3 * gib, 3 * gib, 1, 1}, 9, 3, true},
		{"less than 4 GiB in all", []int64{2 * gib, 2*gib - 100_000}, 7, 0, false},
		{"65,534 entries", many(65_534), 65_534, 0, false},
		{"65,535 entries", many(65_535), 65_535, 0, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			if len(test.sizes) > 1000 && testing.Short() {
				t.Skip("it has many entries")
			}
			p := large(t, false, test.sizes...)
			path := sparse(t, p)
			sums := p.Entries() - 1
			out := shell(t, filepath.Dir(path), `python3 -c "$1" package.zip`, inspect)
			ends := map[bool]string{true: "True", false: "False"}[test.end]
			require.Equal(t, fmt.Sprintf("%d %d %s This is a backup %d\n", p.Entries(), test.extras, ends, sums), out)
			require.EqualValues(t, test.entries, p.Entries())
			if len(test.sizes) == 1 && test.sizes[0] == 4*gib-1 {
				return // unzip 6.0 takes this one size for a damaged field: it looks for all ones twice
			}
			require.Contains(t, shell(t, filepath.Dir(path), "unzip -Z -h -t package.zip"), fmt.Sprintf("%d files", test.entries))
		})
	}
}

// TestPackageOf5GiB reads every byte of a package with an entry beyond 4 GiB, with the tools.
func TestPackageOf5GiB(t *testing.T) {
	if os.Getenv("HOLDFAST_LONG") == "" {
		t.Skip("set HOLDFAST_LONG=1 to read 5 GiB")
	}
	need(t, "unzip", "funzip", "python3", "sha256sum")
	p := large(t, true, 1, 5*gib, 7)
	path := sparse(t, p)
	folder := filepath.Dir(path)

	// The stream gives what the file has.
	s := p.Open(t.Context(), PackagePoint{}, p.Size())
	defer s.Close()
	sum := crc32.New(castagnoli())
	n, err := io.Copy(sum, s)
	require.NoError(t, err)
	require.Equal(t, p.Size(), n)
	require.Equal(t, p.CRC32C(), sum.Sum32())

	shell(t, folder, "unzip -tq package.zip")
	require.Contains(t, shell(t, folder, "funzip < package.zip"), "This is a backup")
	shell(t, folder, `python3 -c 'import zipfile; assert zipfile.ZipFile("package.zip").testzip() is None'`)
	shell(t, folder, "unzip -q package.zip && sha256sum --quiet --strict -c SHA256SUMS")
}

func TestPackageTakesConstantMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("it has many entries")
	}
	peak := func(attachments int) (most uint64) {
		sizes := make([]int64, attachments)
		for i := range sizes {
			sizes[i] = 2000
		}
		p := large(t, false, sizes...)
		before := allocated() // the store of the test is large itself
		s := p.Open(t.Context(), PackagePoint{}, p.Size())
		defer s.Close()
		buf := make([]byte, 1<<20)
		for i := 0; ; i++ {
			n, err := io.ReadFull(s, buf)
			if i%3 == 0 || err != nil {
				most = max(most, allocated())
			}
			if n < len(buf) {
				require.ErrorIs(t, s.err, io.EOF)
				runtime.KeepAlive(sizes)
				return most - before
			}
		}
	}
	few, many := peak(6000), peak(30_000)
	t.Logf("%d KiB of heap for 6,000 attachments, %d KiB for 30,000", few>>10, many>>10)
	require.Less(t, many, few+4<<20, "5 times as many attachments")
}
