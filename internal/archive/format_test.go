package archive

import (
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func formatPage(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "docs", "format.md"))
	require.NoError(t, err)
	return string(data)
}

func TestFormatPageNamesEachMember(t *testing.T) {
	page := formatPage(t)
	for _, v := range []any{Record{}, Manifest{}, IndexRow{}, State{}, Report{}, KindRow{}, ContainerRow{}, ItemRow{}} {
		for _, name := range members(reflect.TypeOf(v)) {
			require.Contains(t, page, "`"+name+"`", "%T", v)
		}
	}
	for _, value := range []string{string(Captured), string(Partly), string(NotExposed), string(NoAccess), string(SwitchedOff), string(NotCaptured), string(Missing), string(Gone)} {
		require.Contains(t, page, "`"+value+"`")
	}
}

// members returns the names of all members, those of structs within included.
func members(t reflect.Type) []string {
	switch t.Kind() {
	case reflect.Slice, reflect.Pointer:
		return members(t.Elem())
	case reflect.Struct:
	default:
		return nil
	}
	if t == reflect.TypeFor[time.Time]() {
		return nil
	}
	var names []string
	for f := range t.Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		names = append(append(names, name), members(f.Type)...)
	}
	return names
}

func TestCommandsOfTheFormatPage(t *testing.T) {
	for _, tool := range []string{"sh", "zstd", "jq", "sha256sum"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("no %s on this system", tool)
		}
	}
	blocks := regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllStringSubmatch(formatPage(t), -1)
	require.Len(t, blocks, 3)
	b := small(t)
	run := func(script string) (string, error) {
		cmd := exec.Command("sh", "-e", "-c", script)
		cmd.Dir = b.path("")
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	for _, block := range blocks[:2] {
		out, err := run(block[1])
		require.NoError(t, err, out)
	}
	out, _ := run(blocks[0][1])
	require.Contains(t, out, "40 issue")
	require.Contains(t, out, "attachments/7\t10\tEE-1\t../../x")

	b.overwrite("attachments/7", []byte("OTHER bits"))
	_, err := run(blocks[0][1])
	require.Error(t, err, "the first command finds damage")
}

func TestCommandsOfTheFormatPageForPackages(t *testing.T) {
	need(t, "sh", "unzip", "funzip", "zstd", "jq", "sha256sum")
	script := regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllStringSubmatch(formatPage(t), -1)[2][1]
	folder := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(folder, "backup.zip"), small(t).packaged(), 0o600))
	out := shell(t, folder, script)
	require.Contains(t, out, "This is a backup of Jira")
	require.Contains(t, out, "attachments/1/7-.._.._x")
	require.Contains(t, out, "40 issue")
	require.Contains(t, out, "1\t7\t\t10\t../../x")
}
