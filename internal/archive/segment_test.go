package archive

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/require"
)

func record(kind, id, text string) Record {
	body, _ := json.Marshal(map[string]string{"text": text})
	return Record{Kind: kind, ID: id, FetchedAt: at(), Body: body}
}

func TestSegmentWriter(t *testing.T) {
	path := filepath.Join(t.TempDir(), "segment")
	w, err := CreateSegment(path)
	require.NoError(t, err)
	for i := range 10 {
		require.NoError(t, w.Write(record("issue", fmt.Sprint(i), "text")))
	}
	require.NoError(t, w.Write(record("comment", "1", strings.Repeat("long ", 1<<19))))
	require.ErrorIs(t, w.Write(Record{Kind: "bad"}), ErrRecord)
	require.NoError(t, w.Sync())
	good := w.Size()
	require.NoError(t, w.Write(record("issue", "lost", "text")))
	require.NoError(t, w.Close())
	require.Equal(t, map[string]int{"issue": 11, "comment": 1}, w.Records())

	t.Run("resume cuts off what is behind the offset", func(t *testing.T) {
		w, err := ResumeSegment(path, good)
		require.NoError(t, err)
		require.Equal(t, map[string]int{"issue": 10, "comment": 1}, w.Records())
		require.NoError(t, w.Write(record("issue", "again", "text")))
		require.NoError(t, w.Close())
		data, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Len(t, data, int(w.Size()))
		require.NotContains(t, string(data), `"lost"`)
		require.Equal(t, 12, strings.Count(string(data), "\n"))
	})
	t.Run("resume within a record, or past the end, is refused", func(t *testing.T) {
		for _, offset := range []int64{1, good - 1, good + 1, 1 << 40} {
			_, err := ResumeSegment(path, offset)
			require.ErrorIs(t, err, fs.ErrInvalid, "at %d", offset)
		}
	})
	t.Run("resume at 0 begins anew", func(t *testing.T) {
		w, err := ResumeSegment(path, 0)
		require.NoError(t, err)
		require.NoError(t, w.Close())
		data, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Empty(t, data)
	})
	t.Run("a full disk is told as one", func(t *testing.T) {
		if _, err := os.Stat("/dev/full"); err != nil {
			t.Skip("no /dev/full on this system")
		}
		w, err := CreateSegment("/dev/full")
		require.NoError(t, err)
		require.NoError(t, w.Write(record("issue", "1", "text")), "it is in the buffer")
		require.ErrorIs(t, w.Sync(), syscall.ENOSPC)
		require.ErrorIs(t, w.Close(), syscall.ENOSPC)
	})
}

func TestCompress(t *testing.T) {
	dir := t.TempDir()
	raw := filepath.Join(dir, "raw")
	for _, size := range []int{0, 1, 1000, 9 << 20} {
		t.Run(fmt.Sprintf("%d bytes", size), func(t *testing.T) {
			data := text(size)
			require.NoError(t, os.WriteFile(raw, data, 0o600))
			out := filepath.Join(dir, "out.zst")
			var seen int64
			c, err := Compress(t.Context(), raw, out, func(n int64) {
				require.Greater(t, n, seen)
				seen = n
			})
			require.NoError(t, err)
			require.EqualValues(t, size, seen)
			stored, err := os.ReadFile(out)
			require.NoError(t, err)
			require.Equal(t, Compressed{RawBytes: int64(size), Bytes: int64(len(stored)), SHA256: sha(stored), CRC32C: crc32c(stored), CRC32: FormatCRC32(crc32.ChecksumIEEE(stored))}, c)
			dec, err := zstd.NewReader(nil)
			require.NoError(t, err)
			defer dec.Close()
			got, err := dec.DecodeAll(stored, nil)
			require.NoError(t, err)
			require.True(t, bytes.Equal(data, got))
			if zstd, err := exec.LookPath("zstd"); err == nil {
				report, err := exec.Command(zstd, "-t", "-v", out).CombinedOutput()
				require.NoError(t, err, "%s", report)
				list, err := exec.Command(zstd, "-l", "-v", out).CombinedOutput()
				require.NoError(t, err)
				require.Contains(t, string(list), "XXH64", "the frame has a checksum")
			}
		})
	}
	t.Run("a cancelled compression leaves no file", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		out := filepath.Join(dir, "cancelled.zst")
		_, err := Compress(ctx, raw, out, func(int64) { cancel() })
		require.ErrorIs(t, err, context.Canceled)
		files, err := filepath.Glob(out + "*")
		require.NoError(t, err)
		require.Empty(t, files)
	})
	t.Run("a full disk is told as one", func(t *testing.T) {
		out := filepath.Join(dir, "full.zst")
		if err := os.Symlink("/dev/full", out+".partial"); err != nil {
			t.Skip(err)
		}
		if _, err := os.Stat("/dev/full"); err != nil {
			t.Skip("no /dev/full on this system")
		}
		_, err := Compress(t.Context(), raw, out, nil)
		require.ErrorIs(t, err, syscall.ENOSPC)
		require.NoFileExists(t, out)
	})
}

// text returns size bytes that compress about as text does.
func text(size int) []byte {
	r := rand.New(rand.NewPCG(1, 2))
	words := strings.Fields("the backup of a site holds issues comments worklogs and attachments which nobody wants to lose {\"id\": 17 }")
	var b strings.Builder
	for b.Len() < size {
		b.WriteString(words[r.IntN(len(words))])
		fmt.Fprint(&b, r.IntN(1000))
		b.WriteByte(' ')
	}
	return []byte(b.String()[:size])
}

func BenchmarkCompress(b *testing.B) {
	dir := b.TempDir()
	raw := filepath.Join(dir, "raw")
	require.NoError(b, os.WriteFile(raw, text(32<<20), 0o600))
	b.SetBytes(32 << 20)
	b.ReportAllocs()
	for b.Loop() {
		_, err := Compress(b.Context(), raw, filepath.Join(dir, "out"), nil)
		require.NoError(b, err)
	}
}
