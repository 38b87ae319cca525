package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holdfast/internal/archive"
	"holdfast/internal/backup"
	"holdfast/internal/samplesite"
	"holdfast/internal/samplesite/content"
	"holdfast/internal/store/gcs"
	"holdfast/internal/store/gcs/gcstest"
	"holdfast/internal/store/storetest"
)

const attachmentContent = samplesite.Prefix + "/attachment/content/{id}"

// heavySite has 32 large attachments, of 2 GiB in all where the long proofs are
// asked for and of 8 MiB otherwise, beside many small ones.
func heavySite() samplesite.Config {
	issues, size := 300, int64(256<<10)
	if os.Getenv("HOLDFAST_LONG") != "" {
		issues, size = 2300, 64<<20
	}
	spec := content.Spec{Seed: 31, Attachments: 150, Projects: []content.ProjectSpec{{Key: "EE", Issues: issues}, {Key: "OPS", Issues: 60}, {Key: "NONE"}}}
	for n := range 32 {
		spec.Issues = append(spec.Issues, content.IssueSpec{
			Key: fmt.Sprintf("EE-%d", 1+9*n), Attachments: []content.FileSpec{{Name: "dump.zip", Size: size}},
		})
	}
	return samplesite.Config{Rate: fast, Content: spec}
}

// TestSecondRunOfAnUnchangedSite makes two backups of a site that stays as it is:
// the second fetches no byte of an attachment, and is whole once the first is
// removed from the store by hand.
func TestSecondRunOfAnUnchangedSite(t *testing.T) {
	t.Run("in a directory", func(t *testing.T) {
		s := setUp(t, heavySite())
		s.secondRun(func(first, second string) {
			row := s.largest(second)
			require.True(t, sameFile(t, filepath.Join(s.backupFolder(first), row.Object), filepath.Join(s.backupFolder(second), row.Object)), "it takes room once")
			s.dropBackup(first)
			s.requireNoFileTooMany(second)
		})
	})
	t.Run("in a bucket", func(t *testing.T) {
		s := setUp(t, heavySite())
		bucket, err := gcs.Open(t.Context(), "backups", "holdfast", gcstest.Start(t, "backups").Options()...)
		require.NoError(t, err)
		t.Cleanup(func() { _ = bucket.Close() })
		s.store = bucket
		s.secondRun(func(first, _ string) { s.dropFolder(first) })
	})
}

// secondRun makes two backups and calls drop, which removes the first.
func (s *stack) secondRun(drop func(first, second string)) {
	t := s.t
	watched := storetest.NewFaulty(s.store)
	s.store = watched
	s.limits.Cadence = time.Nanosecond
	s.startHost()
	s.createPolicy()
	start := time.Now()
	first := s.run()
	require.Equal(t, backup.Complete, first.Status, first.Reason)
	require.Zero(t, first.Counts.AttachmentsReused)
	took := time.Since(start)

	s.site.ResetCounts()
	var passed atomic.Int32
	for _, m := range []storetest.Method{storetest.Get, storetest.Put} {
		watched.Plan(storetest.Fault{Method: m, Name: "/attachments/", Times: -1, Before: func() { passed.Add(1) }})
	}
	start = time.Now()
	second := s.run()
	require.Equal(t, backup.Complete, second.Status, second.Reason)
	require.Zero(t, passed.Load(), "attachments whose bytes passed the worker")
	asked := s.site.Counts()
	require.Zero(t, asked.Requests["GET "+attachmentContent], "attachments asked for")
	require.Zero(t, asked.Requests["GET "+samplesite.MediaRoute], "bytes of attachments asked for")
	require.Equal(t, first.Counts.Attachments, second.Counts.AttachmentsReused)
	require.Equal(t, first.Counts.Attachments, second.Counts.Attachments)
	require.Equal(t, first.Counts.AttachmentBytes, second.Counts.AttachmentBytes)
	t.Logf("%d attachments of %d MiB: the first run took %v, the second %v", second.Counts.Attachments, second.Counts.AttachmentBytes>>20,
		took.Round(time.Millisecond), time.Since(start).Round(time.Millisecond))

	drop(first.ID, second.ID)
	for o, err := range s.store.List(s.ctx(), archive.BackupDir(s.policy, first.ID)) {
		require.NoError(t, err)
		t.Errorf("%s is left of the first backup", o.Name)
	}
	s.requireVerified(second.ID)
	s.requireAttachments(second.ID, first.ID)
}

// requireAttachments holds the attachments of a backup against those of the site,
// byte for byte: all of them were copied from another backup.
func (s *stack) requireAttachments(id, from string) {
	s.t.Helper()
	rows := s.read(id).rows
	r, err := archive.Open(s.ctx(), s.store, s.policy, id)
	require.NoError(s.t, err)
	all := s.attachments()
	require.Len(s.t, rows, len(all))
	for _, a := range all {
		row := rows[fmt.Sprint(a.ID)]
		s.sameBytes(r, row, a)
		require.Equal(s.t, from, row.From)
	}
}

// largest is the row of the largest attachment of a backup.
func (s *stack) largest(id string) (found archive.IndexRow) {
	s.t.Helper()
	for _, row := range s.read(id).rows {
		if row.Size > found.Size {
			found = row
		}
	}
	return found
}

func sameFile(t *testing.T, a, b string) bool {
	t.Helper()
	one, err := os.Stat(a)
	require.NoError(t, err)
	two, err := os.Stat(b)
	require.NoError(t, err)
	return os.SameFile(one, two)
}

// dropFolder removes a backup from the store, object by object, as a person does
// with the tools of a bucket.
func (s *stack) dropFolder(id string) {
	s.t.Helper()
	for o, err := range s.store.List(s.ctx(), archive.BackupDir(s.policy, id)) {
		require.NoError(s.t, err)
		require.NoError(s.t, s.store.Delete(s.ctx(), o.Name, o.Generation))
	}
}
