package archive

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"holdfast/internal/backup"
	"holdfast/internal/store"
	"holdfast/internal/store/storetest"
)

func TestVerifyOfAWholeBackup(t *testing.T) {
	b := small(t)
	var last VerifyProgress
	v, err := Verify(t.Context(), b.s, testPolicy, testBackup, VerifyOptions{Progress: func(p VerifyProgress) {
		require.Greater(t, p.Bytes, last.Bytes)
		last = p
	}})
	require.NoError(t, err)
	require.Empty(t, v.Problems)
	require.True(t, v.OK())
	require.Zero(t, v.ExtraCount)
	require.Equal(t, map[string]int{"issue": 40, "comment": 40, "field": 1}, v.Records)
	require.Equal(t, 3, v.Counts.Attachments)
	require.Equal(t, b.m.Counts, v.Counts)
	require.Equal(t, 3+1+3+2, v.Objects, "segments, index, attachments, report and sums")
	require.Equal(t, last.Bytes, v.Bytes)
	require.Equal(t, b.m.Counts.StoredBytes, last.Total)
}

func TestSha256sumPassesInACopyOfTheFolder(t *testing.T) {
	tool, err := exec.LookPath("sha256sum")
	if err != nil {
		t.Skip("no sha256sum on this system")
	}
	b := small(t)
	check := exec.Command(tool, "-c", "--strict", SumsName)
	check.Dir = b.path("")
	out, err := check.CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.Equal(t, len(b.objects())-2, strings.Count(string(out), ": OK"), "all but state.json and SHA256SUMS")
}

// TestVerifyFindsEveryFlippedBit damages each object but state.json, which has no
// checksum because it changes, in about 60 places, with HOLDFAST_LONG=1 in every byte.
func TestVerifyFindsEveryFlippedBit(t *testing.T) {
	b := small(t)
	for _, object := range b.objects() {
		if object == StateName {
			continue
		}
		whole := b.read(object)
		step := len(whole)/60 + 1
		if os.Getenv("HOLDFAST_LONG") != "" {
			step = 1
		}
		for i := 0; i < len(whole); i += step {
			damaged := bytes.Clone(whole)
			damaged[i] ^= 1 << (i % 8)
			b.overwrite(object, damaged)
			v := b.verify()
			require.False(t, v.OK(), "bit %d of byte %d of %s", i%8, i, object)
			require.NotEmpty(t, v.Problems)
		}
		b.overwrite(object, whole)
	}
	v := b.verify()
	require.True(t, v.OK(), "%v", v.Problems)
}

func TestVerifyFindsDamage(t *testing.T) {
	seg0, seg1 := SegmentName(backup.Jira, "EE", "0-1", 1, 0), SegmentName(backup.Jira, "EE", "0-1", 1, 1)
	for name, test := range map[string]struct {
		damage func(*testing.T, *builder)
		want   string
	}{
		"two segments swapped": {func(t *testing.T, b *builder) {
			a, c := b.read(seg0), b.read(seg1)
			b.overwrite(seg0, c)
			b.overwrite(seg1, a)
		}, seg0},
		"two attachments swapped": {func(t *testing.T, b *builder) {
			a, c := b.read("attachments/7"), b.read("attachments/8")
			b.overwrite("attachments/7", c)
			b.overwrite("attachments/8", a)
		}, "attachments/8"},
		"state.json of another backup": {func(t *testing.T, b *builder) {
			b.overwrite(StateName, []byte(`{"backup":"jira-acme.20261122T021658Z"}`))
		}, StateName},
		"state.json nonsense": {func(t *testing.T, b *builder) { b.overwrite(StateName, []byte("{")) }, StateName},
		"a manifest of another policy": {func(t *testing.T, b *builder) {
			b.overwrite(ManifestName, bytes.Replace(b.read(ManifestName), []byte(`"policy": "jira-acme"`), []byte(`"policy": "jira-evil"`), 1))
		}, ManifestName},
		"a manifest whose names leave the folder": {func(t *testing.T, b *builder) {
			b.overwrite(ManifestName, bytes.Replace(b.read(ManifestName), []byte(seg0), []byte("../../x"), 1))
		}, "not a valid object name"},
		"a manifest of an unknown version": {func(t *testing.T, b *builder) {
			b.overwrite(ManifestName, bytes.Replace(b.read(ManifestName), []byte(`"format": 1`), []byte(`"format": 2`), 1))
		}, "unknown format version 2"},
		"a manifest with other sums than its parts": {func(t *testing.T, b *builder) {
			b.overwrite(ManifestName, bytes.Replace(b.read(ManifestName), []byte(`"issue": 40`), []byte(`"issue": 41`), 1))
		}, "sums of those"},
		"a line more in SHA256SUMS": {func(t *testing.T, b *builder) {
			b.overwrite(SumsName, append(b.read(SumsName), []byte(sha(nil)+"  attachments/99\n")...))
		}, "more than"},
		"bytes after the last frame": {func(t *testing.T, b *builder) { b.overwrite(seg1, append(b.read(seg1), 0)) }, seg1},
		"a second frame":             {func(t *testing.T, b *builder) { b.overwrite(seg1, append(b.read(seg1), b.read(seg1)...)) }, seg1},
	} {
		t.Run(name, func(t *testing.T) {
			b := small(t)
			test.damage(t, b)
			v := b.verify()
			require.False(t, v.OK())
			require.Contains(t, strings.Join(v.Problems, "\n"), test.want)
		})
	}
	b := small(t)
	for _, object := range b.objects() {
		whole := b.read(object)
		if len(whole) > 0 {
			t.Run("cut: "+object, func(t *testing.T) {
				for _, n := range []int{0, len(whole) / 2, len(whole) - 1} {
					b.overwrite(object, whole[:n])
					if v := b.verify(); v.OK() && !(object == StateName && n == len(whole)-1) { // the last byte is white space
						t.Errorf("%d of %d bytes: no problem found", n, len(whole))
					}
				}
				b.overwrite(object, whole)
			})
		}
		t.Run("missing: "+object, func(t *testing.T) {
			require.NoError(t, os.Remove(b.path(object)))
			v := b.verify()
			require.False(t, v.OK())
			require.Equal(t, object != ManifestName, v.Readable)
			b.put(object, whole)
		})
		t.Run("added beside: "+object, func(t *testing.T) {
			b.put(object+".x", whole)
			v := b.verify()
			require.True(t, v.OK(), "what belongs to nothing is no damage: %v", v.Problems)
			require.Equal(t, []string{object + ".x"}, v.Extra)
			require.NoError(t, os.Remove(b.path(object+".x")))
		})
	}
	require.True(t, func() bool { v := b.verify(); return v.OK() }(), "whole again")
}

func TestVerifyFindsWhatChecksumsCannot(t *testing.T) {
	for name, test := range map[string]struct {
		build func(*builder)
		want  string
	}{
		"an issue twice": {func(b *builder) {
			b.segment(SegmentName(backup.Jira, "EE", "0-1", 1, 0), "EE", record("issue", "1", "x"))
			b.segment(SegmentName(backup.Jira, "OO", "0-2", 1, 0), "OO", record("issue", "1", "x"))
		}, "1 items are in it more than once"},
		"an attachment twice": {func(b *builder) {
			row := b.attachment("1", "x", "x")
			b.index(IndexName("0-1", 1), row)
			b.index(IndexName("0-2", 1), row)
		}, "1 attachments are in the indexes more than once"},
		"a count of records that is wrong": {func(b *builder) {
			b.segment(SegmentName(backup.Jira, "EE", "0-1", 1, 0), "EE", record("issue", "1", "x"))
			b.m.Segments[0].Records = map[string]int{"issue": 2}
		}, "the manifest says map[issue:2]"},
		"raw bytes that are wrong": {func(b *builder) {
			b.segment(SegmentName(backup.Jira, "EE", "0-1", 1, 0), "EE", record("issue", "1", "x"))
			b.m.Segments[0].RawBytes++
		}, "raw bytes"},
		"a CRC-32 that a package would carry wrong": {func(b *builder) {
			row := b.attachment("1", "x", "x")
			row.CRC32 = "00000000"
			b.index(IndexName("0-1", 1), row)
		}, "CRC-32"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBuilder(t)
			test.build(b)
			b.seal()
			v := b.verify()
			require.Equal(t, 1, v.ProblemCount, "%v", v.Problems)
			require.Contains(t, v.Problems[0], test.want)
		})
	}
}

func TestVerifyCountsManyProblemsAndTellsSome(t *testing.T) {
	b := newBuilder(t)
	var rows []IndexRow
	for i := range 30 {
		rows = append(rows, b.attachment(fmt.Sprint(i), "secret name", "x"))
	}
	b.index(IndexName("0-1", 1), rows...)
	b.seal()
	for i := range 30 {
		b.overwrite(AttachmentName(fmt.Sprint(i), 0), []byte("y"))
	}
	v := b.verify()
	require.Equal(t, 30, v.ProblemCount)
	require.Len(t, v.Problems, 20)
	require.NotContains(t, strings.Join(v.Problems, ""), "secret")
}

func TestAStoreThatIsAwayIsNoDamage(t *testing.T) {
	away := errors.New("the store is away")
	b := small(t)
	faults := []storetest.Fault{{Method: storetest.List, Err: away}}
	for _, object := range b.objects() {
		faults = append(faults,
			storetest.Fault{Method: storetest.Get, Name: object, Err: away},
			storetest.Fault{Method: storetest.Read, Name: object, Err: away},
			storetest.Fault{Method: storetest.Read, Name: object, Err: away, Offset: 3})
	}
	for _, fault := range faults {
		if fault.Offset > 0 && len(b.read(fault.Name)) == 0 {
			continue
		}
		s := storetest.NewFaulty(b.s, fault)
		v, err := Verify(t.Context(), s, testPolicy, testBackup, VerifyOptions{})
		require.ErrorIs(t, err, away, "%s %s", fault.Method, fault.Name)
		require.Empty(t, v.Problems)
		s.AllFired(t)
	}
	t.Run("a cancelled context too", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		_, err := Verify(ctx, b.s, testPolicy, testBackup, VerifyOptions{Progress: func(VerifyProgress) { cancel() }})
		require.ErrorIs(t, err, context.Canceled)
	})
}

func TestABitFlippedOnTheWayIsFound(t *testing.T) {
	b := small(t)
	s := storetest.NewFaulty(b.s, storetest.Fault{Method: storetest.Read, Name: "attachments/7", FlipBit: true, Offset: 4})
	v, err := Verify(t.Context(), s, testPolicy, testBackup, VerifyOptions{})
	require.NoError(t, err)
	require.Equal(t, 1, v.ProblemCount)
	s.AllFired(t)
}

func TestVerifyOfPartsBeforeThereIsAManifest(t *testing.T) {
	b := newBuilder(t)
	b.segment(SegmentName(backup.Jira, "EE", "0-1", 1, 0), "EE", record("issue", "1", "x"))
	b.index(IndexName("0-1", 1), b.attachment("7", "x", "x"))
	folder, seg, index := BackupDir(testPolicy, testBackup), b.m.Segments[0], b.m.Indexes[0]
	var n int64
	progress := func(d int64) { n += d }
	require.NoError(t, verifySegment(t.Context(), b.s, folder, seg, progress, nil))
	require.NoError(t, verifyIndex(t.Context(), b.s, folder, index, progress, nil))
	require.Equal(t, seg.Bytes+index.Bytes+index.AttachmentBytes, n)
	b.overwrite("attachments/7", []byte("y"))
	require.ErrorIs(t, verifyIndex(t.Context(), b.s, folder, index, nil, nil), ErrCorrupt)
	require.NoError(t, os.Remove(b.path(seg.Object)))
	err := verifySegment(t.Context(), b.s, folder, seg, nil, nil)
	require.ErrorIs(t, err, ErrCorrupt)
	require.NotErrorIs(t, err, store.ErrNotExist)
}

func TestEachChecksumIsComparedForItself(t *testing.T) {
	b := newBuilder(t)
	b.segment(SegmentName(backup.Jira, "EE", "0-1", 1, 0), "EE", record("issue", "1", "x"))
	row := b.attachment("7", "x", "x")
	b.index(IndexName("0-1", 1), row)
	folder, seg, index := BackupDir(testPolicy, testBackup), b.m.Segments[0], b.m.Indexes[0]
	for want, damage := range map[string]func(*Segment, *Index, *IndexRow){
		"bytes, not":                 func(s *Segment, i *Index, r *IndexRow) { s.Bytes++; i.Bytes++; r.Size++ },
		"its SHA-256 is another one": func(s *Segment, i *Index, r *IndexRow) { s.SHA256, i.SHA256, r.SHA256 = sha(nil), sha(nil), sha(nil) },
		"its CRC32C is another one":  func(s *Segment, i *Index, r *IndexRow) { s.CRC32C++; i.CRC32C++; r.CRC32C++ },
	} {
		s, i, r := seg, index, row
		damage(&s, &i, &r)
		require.ErrorContains(t, verifySegment(t.Context(), b.s, folder, s, nil, nil), want)
		require.ErrorContains(t, verifyIndex(t.Context(), b.s, folder, i, nil, nil), want)
		require.ErrorContains(t, VerifyAttachment(t.Context(), b.s, folder, r, nil), want)
	}
}
