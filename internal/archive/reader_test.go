package archive

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"holdfast/internal/backup"
	"holdfast/internal/store"
)

func TestOpen(t *testing.T) {
	b := small(t)
	r, err := Open(t.Context(), b.s, testPolicy, testBackup)
	require.NoError(t, err)
	require.Equal(t, b.m, r.Manifest())

	t.Run("a backup without manifest", func(t *testing.T) {
		_, err := Open(t.Context(), b.s, testPolicy, "jira-acme.20261124T000000Z")
		require.ErrorIs(t, err, ErrNoManifest)
	})
	t.Run("an unknown version", func(t *testing.T) {
		_, err := DecodeManifest([]byte(`{"format":7,"segments":"of another type"}`), testPolicy, testBackup)
		require.ErrorIs(t, err, ErrFormat)
		require.ErrorContains(t, err, "version 7")
	})
	t.Run("names that leave the folder", func(t *testing.T) {
		for _, object := range []string{"../x", "/x", "projects/../../x", "projects//x", "projects", "state.json", "attachments/1", "index/x", `projects\x`, "projects/\x00", ""} {
			m := b.m
			m.Segments = []Segment{{Object: object, SHA256: sha(nil)}}
			data, err := Encode(m)
			require.NoError(t, err)
			_, err = DecodeManifest(data, testPolicy, testBackup)
			require.ErrorIs(t, err, ErrCorrupt, "%q", object)
		}
	})
	t.Run("a segment twice, an impossible checksum or size", func(t *testing.T) {
		good := Segment{Object: "site/x", SHA256: sha(nil)}
		for _, segments := range [][]Segment{{good, good}, {{Object: "site/x", SHA256: "ab"}}, {{Object: "site/x", SHA256: strings.ToUpper(sha(nil))}}, {{Object: "site/x", SHA256: sha(nil), Bytes: -1}}} {
			m := b.m
			m.Segments = segments
			data, err := Encode(m)
			require.NoError(t, err)
			_, err = DecodeManifest(data, testPolicy, testBackup)
			require.ErrorIs(t, err, ErrCorrupt)
		}
	})
}

func TestRecordsOfASegment(t *testing.T) {
	b := newBuilder(t)
	odd := Record{Kind: "issue", ID: "1", Key: "EE-1", FetchedAt: at(), Body: []byte(`{"n":[1.0E+2,1e400,12345678901234567890123],"a":"<&>` + "\u2028" + `","a":2}`)}
	long := record("issue", "2", strings.Repeat("x", 3<<20))
	b.segment("projects/EE/0.1.0.ndjson.zst", "EE", odd, long, record("comment", "3", "x"))
	b.segment("projects/EE/0.1.1.ndjson.zst", "EE")
	b.seal()
	r, err := Open(t.Context(), b.s, testPolicy, testBackup)
	require.NoError(t, err)
	var got []Record
	for rec, err := range r.Records(t.Context(), r.Manifest().Segments[0]) {
		require.NoError(t, err)
		got = append(got, rec)
	}
	require.Equal(t, []Record{odd, long, record("comment", "3", "x")}, got)
	for range r.Records(t.Context(), r.Manifest().Segments[1]) {
		t.Fatal("the segment is empty")
	}
	t.Run("damage is told at the end at the latest", func(t *testing.T) {
		object := "projects/EE/0.1.0.ndjson.zst"
		data := b.read(object)
		data[len(data)-1] ^= 1 // of the frame's checksum
		b.overwrite(object, data)
		var last error
		n := 0
		for _, err := range r.Records(t.Context(), r.Manifest().Segments[0]) {
			last = err
			n++
		}
		require.ErrorIs(t, last, ErrCorrupt)
		require.LessOrEqual(t, n, 4)
	})
}

func TestAttachments(t *testing.T) {
	b := small(t)
	r, err := Open(t.Context(), b.s, testPolicy, testBackup)
	require.NoError(t, err)
	contents := map[string]string{}
	var rows []IndexRow
	for row, err := range r.Attachments(t.Context()) {
		require.NoError(t, err)
		rc, err := r.OpenAttachment(t.Context(), row)
		require.NoError(t, err)
		data, err := io.ReadAll(rc)
		require.NoError(t, err)
		require.NoError(t, rc.Close())
		contents[row.ID] = string(data)
		rows = append(rows, row)
	}
	require.Equal(t, map[string]string{"7": "some bytes", "8": "other bytes", "9": ""}, contents)

	read := func(row IndexRow) error {
		rc, err := r.OpenAttachment(t.Context(), row)
		if err != nil {
			return err
		}
		defer rc.Close()
		_, err = io.ReadAll(rc)
		return err
	}
	b.overwrite("attachments/7", []byte("same bytes"))
	require.ErrorIs(t, read(rows[0]), ErrCorrupt)
	b.overwrite("attachments/8", []byte("other byte"))
	require.ErrorIs(t, read(rows[1]), ErrCorrupt)
	require.NoError(t, os.Remove(b.path("attachments/9")))
	require.ErrorIs(t, read(rows[2]), ErrCorrupt)
	require.ErrorIs(t, read(IndexRow{Object: "../../owner.json"}), ErrCorrupt)
}

func TestListBackups(t *testing.T) {
	b := small(t)
	put := func(name string) {
		_, err := store.PutBytes(t.Context(), b.s, name, []byte("x"), store.IfAbsent())
		require.NoError(t, err)
	}
	const older, open, damaged = "jira-acme.20261101T000000Z", "jira-acme.20261201T000000Z", "jira-acme.20261202T000000Z"
	require.NoError(t, writeState(t.Context(), b.s, testPolicy, State{Backup: older, Status: backup.Expired}))
	require.NoError(t, writeState(t.Context(), b.s, testPolicy, State{Backup: older, Status: backup.Expired, Reason: "again"}))
	put(BackupDir(testPolicy, open) + "attachments/1")
	put(BackupDir(testPolicy, damaged) + StateName)
	put(BackupsDir(testPolicy) + "not a backup/x")
	put(BackupsDir(testPolicy) + "jira-other.20261201T000000Z/x")

	var got []Listed
	var failed []string
	for l, err := range ListBackups(t.Context(), b.s, testPolicy) {
		if err != nil {
			require.ErrorIs(t, err, ErrCorrupt)
			failed = append(failed, l.ID)
			continue
		}
		got = append(got, l)
	}
	require.Equal(t, []string{damaged}, failed)
	require.Len(t, got, 3)
	require.Equal(t, Listed{ID: older, State: State{Backup: older, Status: backup.Expired, Reason: "again"}}, got[0])
	require.Equal(t, testBackup, got[1].ID)
	require.True(t, got[1].Sealed)
	require.Equal(t, Listed{ID: open}, got[2])
}

func BenchmarkRead(b *testing.B) {
	bb := newBuilder(b)
	var records []Record
	for i := range 4000 {
		records = append(records, record("issue", fmt.Sprint(i), string(text(4<<10))))
	}
	bb.segment("projects/EE/0.1.0.ndjson.zst", "EE", records...)
	seg := bb.m.Segments[0]
	b.SetBytes(seg.RawBytes)
	b.ReportAllocs()
	for b.Loop() {
		for _, err := range Records(context.Background(), bb.s, BackupDir(testPolicy, testBackup), seg) {
			require.NoError(b, err)
		}
	}
}
