package archive

import (
	"bytes"
	"context"
	"hash/crc32"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"holdfast/internal/backup"
)

// oddNames are file names that no program should make a file of as they are.
var oddNames = []string{
	"../../etc/passwd", `..\..\x`, "/absolute", "CON", "con.txt", "COM1", "a\x00b\n.txt", "Übersicht – 日本.pdf", "\xff\xfe", "", ".", "..",
	"trailing. ", "emoji 👩‍👩‍👧.png", "report\u202egnp.exe", "-rf", "*?<>|\":.txt", "a b.txt", "~", "%2e", "$(id)", "'; rm -rf '",
}

// odd builds a sealed backup whose attachments have all the odd names, versions and
// ids that differ in case, over two indexes, and an incomplete report.
func odd(t testing.TB) *builder {
	b := newBuilder(t)
	b.m.Product = backup.Confluence
	b.m.Status = backup.Incomplete
	b.m.Counts.Missing = 3
	b.segment(SegmentName(backup.Confluence, "ENG", "0-1", 1, 0), "ENG", record("page", "1", "text"), record("page", "2", "text"))
	row := func(id string, version int, item, name, content string) IndexRow {
		one := b.attachment(id+AttachmentName("", version), name, content)
		one.ID, one.Version, one.Item = id, version, item
		return one
	}
	var rows []IndexRow
	for i, name := range oddNames {
		rows = append(rows, row("att"+string(rune('a'+i)), 1, "98307", name, "content of "+name))
	}
	b.index(IndexName("0-1", 1), rows...)
	b.index(IndexName("0-2", 1),
		row("att1", 1, "98308", "a.txt", "first"), row("att1", 2, "98308", "a.txt", "second"), row("ATT1", 2, "98308", "a.txt", "another"),
		row("9", 0, "con", "a.txt", "of a reserved name"), row("10", 0, "../..", "a.txt", "of a path"), row("11", 0, "98308", "empty", ""),
		row("12", 0, "98308", string(bytes.Repeat([]byte("länge"), 200))+".docx", "long"))
	b.seal()
	return b
}

// plan lays out the package of the backup.
func (b *builder) plan() *Package {
	b.t.Helper()
	r, err := Open(context.Background(), b.s, testPolicy, testBackup)
	require.NoError(b.t, err)
	p, err := PlanPackage(context.Background(), r, PackageAbout{Status: b.m.Status}, nil)
	require.NoError(b.t, err)
	return p
}

// packaged is the package of the backup.
func (b *builder) packaged() []byte {
	b.t.Helper()
	return readPackage(b.t, b.plan())
}

func readPackage(t testing.TB, p *Package) []byte {
	t.Helper()
	s := p.Open(context.Background(), PackagePoint{}, p.Size())
	defer s.Close()
	data, err := io.ReadAll(s)
	require.NoError(t, err)
	require.EqualValues(t, p.Size(), len(data))
	return data
}

// writeFile writes a package into a folder of its own.
func writeFile(t testing.TB, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "package.zip")
	require.NoError(t, os.WriteFile(path, data, 0o600))
	return path
}

// need skips a test where one of the tools is absent.
func need(t testing.TB, tools ...string) {
	t.Helper()
	for _, tool := range tools {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("no %s on this system", tool)
		}
	}
}

// shell runs a script in a folder and returns what it prints.
func shell(t testing.TB, folder, script string, args ...string) string {
	t.Helper()
	cmd := exec.Command("sh", append([]string{"-e", "-c", script, "sh"}, args...)...)
	cmd.Dir = folder
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8")
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s\n%s", script, out)
	return string(out)
}

func ieee(data []byte) uint32 { return crc32.ChecksumIEEE(data) }
