package e2e

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	enums "go.temporal.io/api/enums/v1"

	"holdfast/activities"
	"holdfast/internal/archive"
	"holdfast/internal/atlassian"
	"holdfast/internal/backup"
	"holdfast/internal/host"
	"holdfast/internal/message"
	"holdfast/internal/samplesite"
	"holdfast/internal/samplesite/content"
)

// smallSite has two projects and an empty one, an issue with comments past a
// page, and one with JSON that is easily changed on its way.
func smallSite() samplesite.Config {
	return samplesite.Config{Rate: fast, Content: content.Spec{
		Seed: 7, Attachments: 12,
		Projects: []content.ProjectSpec{{Key: "EE", Issues: 230}, {Key: "OPS", Issues: 40}, {Key: "NONE"}},
		Issues:   []content.IssueSpec{{Key: "EE-1", Comments: 250}, {Key: "EE-2", Odd: true}},
	}}
}

const (
	bulkfetch  = samplesite.Prefix + "/issue/bulkfetch"
	remotelink = samplesite.Prefix + "/issue/{issueIdOrKey}/remotelink"
	comments   = samplesite.Prefix + "/issue/{issueIdOrKey}/comment"
)

// requireNoBackup states R5: what failed leaves nothing that counts as a backup.
func (s *stack) requireNoBackup(row backup.Backup, reason string) {
	s.t.Helper()
	require.Equal(s.t, backup.Failed, row.Status, row.Reason)
	require.Contains(s.t, row.Reason, reason)
	_, err := archive.Open(s.ctx(), s.store, s.policy, row.ID)
	require.Error(s.t, err)
	var left []string
	_ = filepath.WalkDir(s.backupFolder(row.ID), func(path string, e os.DirEntry, err error) error {
		if err == nil && !e.IsDir() && filepath.Base(path) != archive.StateName {
			left = append(left, path)
		}
		return nil
	})
	require.Empty(s.t, left)
	require.NoDirExists(s.t, filepath.Join(s.folder, "store", filepath.FromSlash(archive.RunDir(s.policy, row.ID))))
}

// requireVerified reads the whole backup back.
func (s *stack) requireVerified(id string) {
	s.t.Helper()
	v, err := archive.Verify(s.ctx(), s.store, s.policy, id, archive.VerifyOptions{})
	require.NoError(s.t, err)
	require.True(s.t, v.OK(), v.Problems)
}

// requireWaiting waits until the run says that it waits for this.
func (s *stack) requireWaiting(id, what string) {
	s.t.Helper()
	require.EventuallyWithT(s.t, func(c *assertT) {
		p, err := message.ShowProgress.Ask(s.ctx(), s.client, message.BackupID(id))
		require.NoError(c, err)
		waiting := p.Waiting
		for _, batch := range p.Batches {
			if b, err := message.ShowProgress.Ask(s.ctx(), s.client, batch); err == nil {
				waiting += b.Waiting
			}
		}
		assert.Contains(c, waiting, what)
	}, time.Minute, 100*time.Millisecond)
}

func started(t *testing.T) *stack {
	t.Helper()
	s := setUp(t, smallSite())
	s.startHost()
	s.createPolicy()
	return s
}

func TestWrongToken(t *testing.T) {
	s := setUp(t, smallSite())
	wrong := map[string]atlassian.Credential{credential: {Name: credential, Email: s.site.Email(), Token: "wrong"}}
	s.startHost(func(c *host.Config) { c.Sites = s.hostConfig(wrong).Sites })
	s.createPolicy()
	row := s.run()
	s.requireNoBackup(row, "credentials refused")
	require.Contains(t, row.Reason, "check that the API token is valid")
	require.Equal(t, enums.WORKFLOW_EXECUTION_STATUS_FAILED, s.closedAs(row.ID))
}

func TestTokenRevokedInTheMiddle(t *testing.T) {
	t.Parallel()
	for _, route := range []string{remotelink, bulkfetch, samplesite.Prefix + "/search/jql", samplesite.Prefix + "/attachment/content/{id}"} {
		t.Run(strings.ReplaceAll(route, "/", "."), func(t *testing.T) {
			s := started(t)
			revoked := s.site.Inject(samplesite.Rule{Route: route, From: 2, Count: 1, Effect: samplesite.Effect{Do: s.site.RevokeToken}})
			row := s.run()
			require.Equal(t, 1, revoked.Fired())
			s.requireNoBackup(row, "credentials refused")
			s.site.RestoreToken()
			require.Equal(t, backup.Complete, s.run().Status, "R2: after FAILED it may run again at any time")
		})
	}
}

func TestSiteAnswers500AndRecovers(t *testing.T) {
	t.Parallel()
	s := started(t)
	fault := s.site.Inject(samplesite.Rule{From: 60, Effect: samplesite.Effect{Status: http.StatusInternalServerError}})
	id := s.begin().ID
	s.requireWaiting(id, "the site is away")
	fault.Heal()
	row := s.finish(id)
	require.Equal(t, backup.Complete, row.Status, row.Reason)
	s.requireVerified(id)
}

func TestSiteAwayUntilTheDeadline(t *testing.T) {
	t.Parallel()
	t.Run("before the census: FAILED", func(t *testing.T) {
		s := setUp(t, smallSite())
		s.limits.Deadline = 8 * time.Second
		s.startHost()
		s.createPolicy()
		s.site.Inject(samplesite.Rule{Route: samplesite.Prefix + "/search/jql", Effect: samplesite.Effect{Status: http.StatusBadGateway}})
		s.requireNoBackup(s.run(), "deadline")
	})
	t.Run("with a container whole: INCOMPLETE", func(t *testing.T) {
		// A page of fifty tiny projects is the first shard, the last project the second.
		spec := content.Spec{Seed: 7}
		for n := range activities.MaxPage {
			spec.Projects = append(spec.Projects, content.ProjectSpec{Key: fmt.Sprintf("A%02d", n), Issues: 1})
		}
		spec.Projects = append(spec.Projects, content.ProjectSpec{Key: "ZZ", Issues: 60})
		s := setUp(t, samplesite.Config{Rate: fast, Content: spec})
		s.limits.Deadline, s.limits.Window = 45*time.Second, 1
		s.startHost()
		s.createPolicy()
		s.site.Inject(samplesite.Rule{Route: bulkfetch, From: activities.MaxPage + 1, Effect: samplesite.Effect{Status: http.StatusBadGateway}})
		row := s.run()
		require.Equal(t, backup.Incomplete, row.Status, row.Reason)
		require.Contains(t, row.Reason, "deadline")
		require.Equal(t, activities.MaxPage, row.Counts.Items)
		require.Equal(t, 61, row.Counts.Missing, "the issues, and the project itself")
		require.Len(t, s.reportItems(row.ID), 61)
		s.requireVerified(row.ID)
	})
}

func TestReadOnlyStore(t *testing.T) {
	s := setUp(t, smallSite())
	mountOn(t, filepath.Join(s.folder, "store"), "size=64m")
	s.openStore()
	s.startHost()
	s.createPolicy()
	s.site.Inject(samplesite.Rule{Route: remotelink, From: 20, Count: 1, Effect: samplesite.Effect{Do: func() {
		remount(t, filepath.Join(s.folder, "store"), "ro")
	}}})
	row := s.run()
	require.Equal(t, backup.Failed, row.Status, row.Reason)
	require.Contains(t, row.Reason, "store refused")
	require.Contains(t, row.Reason, "let this account write to the directory")
}

func TestFullScratchDiskThatEmptiesAgain(t *testing.T) {
	t.Parallel()
	s := setUp(t, smallSite())
	scratch := filepath.Join(s.folder, "scratch")
	mountOn(t, scratch, "size=1200m") // a slot is 1 GiB
	ballast := filepath.Join(scratch, "ballast")
	s.startHost(func(c *host.Config) { c.Slots = 1 })
	s.createPolicy()
	fillUp(t, ballast)
	id := s.begin().ID
	s.requireWaiting(id, "no scratch space")
	require.NoError(t, os.Remove(ballast))
	row := s.finish(id)
	require.Equal(t, backup.Complete, row.Status, row.Reason)
	s.requireVerified(id)
}

func TestProjectForbiddenInTheMiddle(t *testing.T) {
	s := started(t)
	s.site.Inject(samplesite.Rule{Route: bulkfetch, From: 2, Count: 1, Effect: samplesite.Effect{Do: func() { s.site.ForbidProject("EE") }}})
	row := s.run()
	require.Equal(t, backup.Incomplete, row.Status, row.Reason)
	s.requireVerified(row.ID)
	require.Equal(t, enums.WORKFLOW_EXECUTION_STATUS_COMPLETED, s.closedAs(row.ID))
	items := s.reportItems(row.ID)
	require.NotEmpty(t, items)
	issues := 0
	for _, item := range items {
		require.Equal(t, "EE", item.Container)
		require.Equal(t, archive.Missing, item.Outcome)
		require.NotEmpty(t, item.Reason)
		if item.Kind == "issue" {
			issues++
		}
	}
	require.Equal(t, row.Counts.Missing, len(items), "every missing item is listed")
	require.Equal(t, 270, row.Counts.Items+issues, "captured and missing are all there is")
}

func TestIssueDeletedAndIssueHiddenInTheMiddle(t *testing.T) {
	s := started(t)
	s.site.Inject(samplesite.Rule{Route: bulkfetch, From: 1, Count: 1, Effect: samplesite.Effect{Do: func() {
		s.site.DeleteIssue("EE-200")
		s.site.HideIssue("EE-201")
	}}})
	row := s.run()
	require.Equal(t, backup.Complete, row.Status, row.Reason)
	require.Equal(t, 2, row.Counts.Gone)
	require.Equal(t, 268, row.Counts.Items)
	items := s.reportItems(row.ID)
	require.Len(t, items, 2)
	for _, item := range items {
		require.Equal(t, archive.Gone, item.Outcome)
		require.Contains(t, item.Reason, "deleted or hidden since the census")
	}
}

func TestMoreGoneThanDeletionsExplain(t *testing.T) {
	s := started(t)
	s.site.Inject(samplesite.Rule{Route: bulkfetch, From: 1, Count: 1, Effect: samplesite.Effect{Do: func() {
		for n := 200; n < 211; n++ {
			s.site.HideIssue(fmt.Sprintf("EE-%d", n))
		}
	}}})
	row := s.run()
	require.Equal(t, backup.Incomplete, row.Status, "11 gone items of 230 are more than max(10, 0.1%%)")
	require.Equal(t, 11, row.Counts.Gone)
}

func TestAttachmentBytesGone(t *testing.T) {
	s := started(t)
	lost := s.attachments()[3]
	s.site.LoseAttachmentBytes(lost.ID)
	row := s.run()
	require.Equal(t, backup.Incomplete, row.Status, row.Reason)
	require.Equal(t, 11, row.Counts.Attachments)
	items := s.reportItems(row.ID)
	require.Len(t, items, 1)
	require.Equal(t, "attachment", items[0].Kind)
	require.Equal(t, fmt.Sprint(lost.ID), items[0].ID)
	s.requireVerified(row.ID)
}

func TestAttachmentDeletedInTheMiddle(t *testing.T) {
	s := started(t)
	all := s.attachments()
	lost := all[len(all)-1] // four are fetched at a time: this one is not yet
	s.site.Inject(samplesite.Rule{Route: samplesite.Prefix + "/attachment/content/{id}", Count: 1, Effect: samplesite.Effect{Do: func() { s.site.DeleteAttachment(lost.ID) }}})
	row := s.run()
	require.Equal(t, backup.Complete, row.Status, row.Reason)
	require.Equal(t, 1, row.Counts.Gone)
	require.Equal(t, len(all)-1, row.Counts.Attachments)
	items := s.reportItems(row.ID)
	require.Len(t, items, 1)
	require.Equal(t, archive.Gone, items[0].Outcome)
	require.Equal(t, fmt.Sprint(lost.ID), items[0].ID)
}

func TestCommentDeletedBetweenTwoPages(t *testing.T) {
	s := started(t)
	third := s.comments("EE-1")[2].ID
	fault := s.site.Inject(samplesite.Rule{Route: comments, Path: "startAt=100", Count: 1, Effect: samplesite.Effect{Do: func() { s.site.DeleteComment("EE-1", third) }}})
	row := s.run()
	require.Equal(t, 1, fault.Fired())
	require.Equal(t, backup.Complete, row.Status, row.Reason)
	s.requireVerified(row.ID)
	h := s.read(row.ID)
	issue, _ := s.site.Truth().Issue("EE-1")
	require.Len(t, issue.Comments(), 249)
	for _, c := range issue.Comments() {
		require.Equal(t, 1, h.count("comment", issue.IDText(), c.ID))
	}
	require.Zero(t, h.count("comment", issue.IDText(), third))
}

func TestFewerThanHalf(t *testing.T) {
	t.Parallel()
	s := setUp(t, smallSite())
	s.limits.Cadence = time.Nanosecond
	s.startHost()
	s.createPolicy()
	first := s.run()
	require.Equal(t, backup.Complete, first.Status, first.Reason)
	s.site.ForbidProject("EE")
	row := s.run()
	s.requireNoBackup(row, "40")
	require.Contains(t, row.Reason, "270")
	require.Contains(t, row.Reason, "--accept-smaller")
	row = s.run(func(in *message.RunBackupInput) { in.AcceptSmaller = true })
	require.Equal(t, backup.Complete, row.Status, row.Reason)
	s.site.EmptySite()
	require.Equal(t, backup.Failed, s.run().Status)
}

func TestCancel(t *testing.T) {
	t.Parallel()
	s := started(t)
	slow := s.site.Inject(samplesite.Rule{Route: remotelink, From: 30, Effect: samplesite.Effect{Delay: 300 * time.Millisecond}})
	id := s.begin().ID
	require.Eventually(t, func() bool { return slow.Fired() > 3 }, time.Minute, 10*time.Millisecond)
	_, err := message.CancelBackup.Call(s.ctx(), s.client, message.PolicyID(s.policy), message.CancelBackupInput{By: "the operator"})
	require.NoError(t, err)
	row := s.finish(id)
	s.requireNoBackup(row, "cancelled by the operator")
	require.Equal(t, enums.WORKFLOW_EXECUTION_STATUS_CANCELED, s.closedAs(id))
}

func TestCancelledInTemporal(t *testing.T) {
	t.Parallel()
	s := started(t)
	slow := s.site.Inject(samplesite.Rule{Route: remotelink, From: 30, Effect: samplesite.Effect{Delay: 300 * time.Millisecond}})
	id := s.begin().ID
	require.Eventually(t, func() bool { return slow.Fired() > 3 }, time.Minute, 10*time.Millisecond)
	require.NoError(t, s.client.CancelWorkflow(s.ctx(), message.BackupID(id), ""))
	s.requireNoBackup(s.finish(id), "an operator in Temporal")
}

func TestQuota(t *testing.T) {
	t.Parallel()
	s := started(t)
	until := time.Now().Add(12 * time.Second).UTC()
	fault := s.site.Inject(samplesite.Rule{Route: remotelink, From: 30, Effect: samplesite.Quota("jira-quota-tenant-based", until.Format(time.RFC3339))})
	id := s.begin().ID
	s.requireWaiting(id, "quota until")
	fault.Heal()
	row := s.finish(id)
	require.Equal(t, backup.Complete, row.Status, row.Reason)
	require.False(t, row.EndedAt.Before(until.Truncate(time.Second)), "it waited for the quota's end")
}
