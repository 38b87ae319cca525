package archive

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"holdfast/internal/backup"
	"holdfast/internal/store/storetest"
)

func TestPackageIsAsItWasLaidOut(t *testing.T) {
	for name, b := range map[string]*builder{"small": small(t), "odd": odd(t), "empty": emptyBackup(t)} {
		t.Run(name, func(t *testing.T) {
			p := b.plan()
			data := readPackage(t, p)
			require.Equal(t, p.CRC32C(), crc32c(data), "the checksum that is known beforehand")
			z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
			require.NoError(t, err)
			require.EqualValues(t, p.Entries(), len(z.File))
			require.Equal(t, ReadmeName, z.File[0].Name)
			require.Equal(t, SumsName, z.File[len(z.File)-1].Name)
			for _, f := range z.File {
				require.Equal(t, zip.Store, f.Method)
				r, err := f.Open()
				require.NoError(t, err)
				content, err := io.ReadAll(r)
				require.NoError(t, err, "%s: Go compares the CRC-32", f.Name)
				if f.Name == SumsName {
					require.Equal(t, p.SumsSHA256(), sha(content))
				}
			}
		})
	}
}

// emptyBackup builds a backup without segments and attachments.
func emptyBackup(t testing.TB) *builder {
	b := newBuilder(t)
	b.seal()
	return b
}

func TestPackageIsTheSameWhoeverMakesIt(t *testing.T) {
	b := odd(t)
	whole := b.packaged()
	require.Equal(t, whole, b.packaged())
	p := b.plan()
	for range 300 {
		from := rand.Int64N(p.Size())
		to := from + rand.Int64N(p.Size()-from+1)
		// The point is known from a stream that ends there.
		s := p.Open(t.Context(), PackagePoint{}, from)
		_, err := io.Copy(io.Discard, s)
		require.NoError(t, err)
		point := s.Point()
		require.Equal(t, from, point.Offset)
		require.NoError(t, s.Close())

		s = p.Open(t.Context(), point, to)
		data, err := io.ReadAll(io.MultiReader(s))
		require.NoError(t, err, "from %d to %d", from, to)
		require.True(t, bytes.Equal(whole[from:to], data), "from %d to %d", from, to)
		require.Equal(t, to, s.Point().Offset)
		require.NoError(t, s.Close())
	}
}

func TestPackageReadsAContentOfSeveralPartsByItsCRC32(t *testing.T) {
	b := newBuilder(t)
	content := strings.Repeat("0123456789", 1000)
	b.index(IndexName("0-1", 1), b.attachment("7", "x", content))
	b.seal()
	p := b.plan()
	b.overwrite("attachments/7", []byte(content[:100]+"X"+content[101:]))
	start := int64(bytes.Index(readAny(t, p), []byte("0123456789")))
	var point PackagePoint
	for _, to := range []int64{start + 200, start + 5000} {
		s := p.Open(t.Context(), point, to)
		_, err := io.Copy(io.Discard, s)
		require.NoError(t, err, "its end has not come yet")
		point = s.Point()
		require.NotZero(t, point.CRC32)
		require.NoError(t, s.Close())
	}
	s := p.Open(t.Context(), point, p.Size())
	defer s.Close()
	_, err := io.Copy(io.Discard, s)
	require.ErrorIs(t, err, ErrCorrupt)
	require.ErrorContains(t, err, "attachments/7")
}

// readAny reads a package as far as it can be read.
func readAny(t testing.TB, p *Package) []byte {
	s := p.Open(context.Background(), PackagePoint{}, p.Size())
	defer s.Close()
	data, _ := io.ReadAll(s)
	return data
}

func TestPackageOfADamagedBackup(t *testing.T) {
	whole := small(t)
	for _, object := range whole.objects() {
		if object == StateName {
			continue
		}
		for name, damage := range map[string]func(*builder){
			"flipped": func(b *builder) {
				data := b.read(object)
				if len(data) > 0 {
					data[len(data)/2] ^= 4
				}
				b.overwrite(object, data)
			},
			"cut":     func(b *builder) { data := b.read(object); b.overwrite(object, data[:max(len(data)-1, 0)]) },
			"longer":  func(b *builder) { b.overwrite(object, append(b.read(object), 'x')) },
			"missing": func(b *builder) { require.NoError(t, os.Remove(b.path(object))) },
		} {
			t.Run(name+" "+object, func(t *testing.T) {
				b := small(t)
				if len(b.read(object)) == 0 {
					t.Skip("nothing of an empty one is read")
				}
				damage(b)
				err := packageError(t, b)
				if object == ManifestName && name == "missing" {
					require.ErrorIs(t, err, ErrNoManifest)
					return
				}
				require.ErrorIs(t, err, ErrCorrupt)
				if object != SumsName {
					require.ErrorContains(t, err, object)
				}
			})
		}
	}
}

// packageError is the first error of packaging a backup.
func packageError(t *testing.T, b *builder) error {
	r, err := Open(t.Context(), b.s, testPolicy, testBackup)
	if err != nil {
		return err
	}
	p, err := PlanPackage(t.Context(), r, PackageAbout{Status: backup.Complete}, nil)
	if err != nil {
		return err
	}
	s := p.Open(t.Context(), PackagePoint{}, p.Size())
	defer s.Close()
	_, err = io.Copy(io.Discard, s)
	return err
}

var errNoAnswer = errors.New("no answer")

func TestPackageOfAStoreThatIsAwayIsNoDamage(t *testing.T) {
	b := small(t)
	for _, object := range b.objects() {
		if object == StateName || object == ManifestName || object == "attachments/9" {
			continue
		}
		t.Run(object, func(t *testing.T) {
			f := storetest.NewFaulty(b.s)
			f.Plan(storetest.Fault{Method: storetest.Get, Name: object, Times: -1, Err: errNoAnswer})
			r, err := Open(t.Context(), f, testPolicy, testBackup)
			require.NoError(t, err)
			p, err := PlanPackage(t.Context(), r, PackageAbout{}, nil)
			if err == nil {
				s := p.Open(t.Context(), PackagePoint{}, p.Size())
				defer s.Close()
				_, err = io.Copy(io.Discard, s)
			}
			require.ErrorIs(t, err, errNoAnswer)
			require.NotErrorIs(t, err, ErrCorrupt)
		})
	}
}

func TestPackageNeedsTheCRC32OfSegments(t *testing.T) {
	b := newBuilder(t)
	b.segment(SegmentName(backup.Jira, "EE", "0-1", 1, 0), "EE", record("issue", "1", "x"))
	b.m.Segments[0].CRC32 = ""
	b.seal()
	v := b.verify()
	require.True(t, v.OK(), "an early backup is whole: %v", v.Problems)
	err := packageError(t, b)
	require.ErrorIs(t, err, ErrNotPackable)
	require.ErrorContains(t, err, "run a new backup")
}

func TestPartSize(t *testing.T) {
	const mib = 1 << 20
	for total, want := range map[int64]int64{
		1:                64 * mib,
		64 * mib * 32:    64 * mib,
		64*mib*32 + 1:    65 * mib,
		65 * mib * 32:    65 * mib,
		50_000_000_000:   1491 * mib,
		65*mib*32 + 1e15: 29802388 * mib,
	} {
		size := PartSize(total)
		require.Equal(t, want, size, "of %d bytes", total)
		require.LessOrEqual(t, (total+size-1)/size, int64(MaxParts))
	}
}

func TestPackedNames(t *testing.T) {
	for _, test := range []struct {
		row  IndexRow
		want string
	}{
		{IndexRow{ID: "10001", Item: "10063", Name: "screenshot.png"}, "attachments/10063/10001-screenshot.png"},
		{IndexRow{ID: "att7", Version: 3, Item: "98307", Name: "a b.txt"}, "attachments/98307/att7.v3-a b.txt"},
		{IndexRow{ID: "1", Item: "2", Name: "../../etc/passwd"}, "attachments/2/1-.._.._etc_passwd"},
		{IndexRow{ID: "1", Item: "2", Name: `C:\x`}, "attachments/2/1-C__x"},
		{IndexRow{ID: "1", Item: "2", Name: ".."}, "attachments/2/1-__"},
		{IndexRow{ID: "1", Item: "2", Name: ""}, "attachments/2/1-_"},
		{IndexRow{ID: "1", Item: "2", Name: "x. . "}, "attachments/2/1-x____"},
		{IndexRow{ID: "1", Item: "2", Name: "\xffä\u202e\u2028\x7f"}, "attachments/2/1-_ä___"},
		{IndexRow{ID: "CON", Item: "con", Name: "x"}, "attachments/%63on/%43%4F%4E-x"},
		{IndexRow{ID: "con", Version: 2, Item: "lpt9", Name: "x"}, "attachments/%6Cpt9/%63on.v2-x"},
		{IndexRow{ID: "../x", Item: "..", Name: "x"}, "attachments/%2E%2E/%2E%2E%2Fx-x"},
		{IndexRow{ID: "", Item: "", Name: "x"}, "attachments/%/%-x"},
	} {
		require.Equal(t, test.want, PackedName(test.row))
	}
}

func FuzzPackedName(f *testing.F) {
	for _, name := range oddNames {
		f.Add("att1", 2, "98307", name, "ATT1")
	}
	f.Fuzz(func(t *testing.T, id string, version int, item, file, other string) {
		name := PackedName(IndexRow{ID: id, Version: version, Item: item, Name: file})
		require.NoError(t, checkBelow(name, attachmentDir))
		parts := strings.Split(name, "/")
		require.Len(t, parts, 3)
		for _, part := range parts {
			stem, _, _ := strings.Cut(part, ".")
			require.False(t, isReserved(stem), name)
			require.False(t, strings.HasSuffix(part, ".") || strings.HasSuffix(part, " "), name)
			require.False(t, strings.ContainsAny(part, `\:*?"<>|`), name)
		}
		require.LessOrEqual(t, len(name), 280)
		if other != id {
			second := PackedName(IndexRow{ID: other, Version: version, Item: item, Name: file})
			require.False(t, strings.EqualFold(name, second), "%s and %s", name, second)
		}
	})
}

func TestPackageOpensWithStandardTools(t *testing.T) {
	need(t, "sh", "unzip", "funzip", "zstd", "jq", "sha256sum")
	for name, b := range map[string]*builder{"small": small(t), "odd": odd(t), "empty": emptyBackup(t)} {
		t.Run(name, func(t *testing.T) {
			path := writeFile(t, b.packaged())
			folder := filepath.Dir(path)
			require.Contains(t, shell(t, folder, "unzip -t package.zip"), "No errors detected")
			require.NotContains(t, strings.ToLower(shell(t, folder, "unzip -Z -v package.zip")), "warning")
			readme := shell(t, folder, "funzip < package.zip")
			require.Contains(t, readme, "This is a backup of")
			require.Contains(t, readme, "can be restored by holdfast before 22 January 2027, 02:16 UTC")
			shell(t, folder, "unzip -q package.zip && rm package.zip")
			// Every command that README.txt names, as it stands there.
			for _, command := range readmeCommands(t, readme) {
				shell(t, folder, command)
			}
			require.Equal(t, b.plan().Entries(), int64(strings.Count(shell(t, folder, "find . -type f"), "\n")))
			out := shell(t, folder, `jq -r '.indexes[].object' manifest.json | while read -r f; do zstd -dcq "$f"; done | jq -r '"\(.sha256)"' | sort`)
			have := shell(t, folder, "grep ' attachments/' SHA256SUMS | cut -c1-64 | sort || true")
			require.Equal(t, out, have)
		})
	}
}

// readmeCommands are the commands of README.txt that run in an unpacked package.
func readmeCommands(t *testing.T, readme string) []string {
	var commands []string
	for _, paragraph := range strings.Split(readme, "\n\n") {
		if strings.HasPrefix(paragraph, "  ") && !strings.Contains(paragraph, "FILE") && !strings.HasPrefix(paragraph, "  backup ") {
			commands = append(commands, paragraph)
		}
	}
	require.GreaterOrEqual(t, len(commands), 4)
	return commands
}

func TestReadmeOfAnIncompleteBackup(t *testing.T) {
	b := odd(t)
	p := b.plan()
	data := readPackage(t, p)
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	require.NoError(t, err)
	r, err := z.File[0].Open()
	require.NoError(t, err)
	text, err := io.ReadAll(r)
	require.NoError(t, err)
	require.Contains(t, string(text), "THIS BACKUP IS INCOMPLETE")
	require.Regexp(t, `missing +3\n`, string(text))
	for _, line := range strings.Split(string(text), "\n") {
		require.LessOrEqual(t, len(line), 100, line)
	}
}

func TestPackageIsReadByPython(t *testing.T) {
	need(t, "python3")
	b := odd(t)
	path := writeFile(t, b.packaged())
	out := shell(t, filepath.Dir(path), `python3 -c '
import zipfile
z = zipfile.ZipFile("package.zip")
assert z.testzip() is None
assert all(i.flag_bits == 0x800 and i.compress_type == 0 and i.extra == b"" for i in z.infolist())
names = z.namelist()
assert len(set(n.lower() for n in names)) == len(names)
print(len(names), z.infolist()[0].date_time)
'`)
	require.Equal(t, fmt.Sprintf("%d (2026, 11, 23, 2, 16, 58)\n", b.plan().Entries()), out)
}
