package e2e

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enums "go.temporal.io/api/enums/v1"
	sdkpb "go.temporal.io/api/sdk/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"

	"holdfast/internal/archive"
	"holdfast/internal/backup"
	"holdfast/internal/devserver"
	"holdfast/internal/failure"
	"holdfast/internal/host"
	"holdfast/internal/links"
	"holdfast/internal/message"
	"holdfast/internal/samplesite"
	"holdfast/internal/store"
)

// show is what the Policy tells of itself. It can't be asked in the first moment of
// a run, nor while Temporal waits for a host that was killed.
func (s *stack) show() (view message.PolicyView) {
	s.t.Helper()
	require.Eventually(s.t, func() bool {
		var err error
		view, err = message.ShowPolicy.Ask(s.ctx(), s.client, message.PolicyID(s.policy))
		var missing *serviceerror.NotFound
		require.False(s.t, errors.As(err, &missing), "%v", err)
		return err == nil
	}, time.Minute, 20*time.Millisecond)
	return view
}

// eventually waits for what the Policy tells of a backup.
func (s *stack) eventually(id string, holds func(c *assertT, row backup.Backup)) (row backup.Backup) {
	s.t.Helper()
	require.EventuallyWithT(s.t, func(c *assertT) {
		row = s.row(id)
		holds(c, row)
	}, time.Minute, 50*time.Millisecond)
	return row
}

// edit changes the policy.
func (s *stack) edit(change func(*backup.Policy)) message.PolicyView {
	s.t.Helper()
	was := s.show().Policy
	is := was
	change(&is)
	view, err := message.Edit.Call(s.ctx(), s.client, message.PolicyID(s.policy), message.EditInput{Was: was, Policy: is, By: "tester"})
	require.NoError(s.t, err)
	return view
}

// of names a backup in an update.
func of(id string) message.BackupInput { return message.BackupInput{BackupID: id, By: "tester"} }

// prepare prepares a download and waits until it is ready.
func (s *stack) prepare(id string) backup.Backup {
	s.t.Helper()
	_, err := message.PrepareDownload.Call(s.ctx(), s.client, message.PolicyID(s.policy), message.PrepareDownloadInput{RequestID: fmt.Sprint(time.Now().UnixNano()), BackupID: id, By: "tester"})
	require.NoError(s.t, err)
	return s.eventually(id, func(c *assertT, row backup.Backup) {
		require.NotNil(c, row.Download)
		require.Equal(c, backup.Ready, row.Download.Status, row.Download.Reason)
	})
}

// linkTo asks for a link to a download.
func (s *stack) linkTo(id string, n int) (string, message.LinkResult) {
	s.t.Helper()
	key, err := links.NewKey()
	require.NoError(s.t, err)
	result, err := message.Link.Call(s.ctx(), s.client, message.DownloadID(id, n), message.LinkInput{PublicKey: key.Public()})
	require.NoError(s.t, err)
	address, err := links.Open(key, message.DownloadID(id, n), result.Sealed)
	require.NoError(s.t, err)
	return address, result
}

// fetch fetches a download into a file, and verifies it.
func (s *stack) fetch(id string, n int) string {
	s.t.Helper()
	address, result := s.linkTo(id, n)
	reply, err := http.Get(address)
	require.NoError(s.t, err)
	defer reply.Body.Close()
	require.Equal(s.t, http.StatusOK, reply.StatusCode)
	path := filepath.Join(s.t.TempDir(), "backup.zip")
	f, err := os.Create(path)
	require.NoError(s.t, err)
	defer f.Close()
	size, err := io.Copy(f, reply.Body)
	require.NoError(s.t, err)
	require.Equal(s.t, result.Size, size)
	s.requirePackage(f, size)
	return path
}

// requirePackage verifies a package as `holdfast verify` does.
func (s *stack) requirePackage(r io.ReaderAt, size int64) {
	s.t.Helper()
	found, err := archive.VerifyPackage(s.ctx(), r, size, archive.VerifyOptions{})
	require.NoError(s.t, err)
	require.True(s.t, found.OK(), found.Problems)
}

func (s *stack) path(name string) string {
	return filepath.Join(s.folder, "store", filepath.FromSlash(name))
}

// withLinks gives a host what it serves downloads with.
func withLinks(t *testing.T, s *stack) func(*host.Config) {
	return func(c *host.Config) {
		server, err := links.Start(t.Context(), links.Config{Store: s.store, Log: c.Log})
		require.NoError(t, err)
		t.Cleanup(func() { _ = server.Close(context.Background()) })
		c.Links = server
	}
}

// TestEightWeeksOfSeconds is the walk of TestMonthsOnOneClock on a Temporal server,
// with a week of seven seconds, or more where the race detector slows all down:
// statuses, details and the content of the store at each step.
func TestEightWeeksOfSeconds(t *testing.T) {
	t.Parallel()
	aday := time.Second
	if raceDetector() {
		aday = 3 * time.Second
	}
	s := setUp(t, tinySite())
	s.limits.Cadence, s.limits.Retention, s.limits.DownloadLife, s.limits.ExpiryNotice = 7*aday, 14*aday, 2*aday, aday
	s.startHost(withLinks(t, s))
	s.createPolicy()

	first := s.run()
	require.Equal(t, backup.Complete, first.Status, first.Reason)
	require.Equal(t, 1, s.show().Available)
	s.requireVerified(first.ID)
	zip := s.path(archive.PackageName(s.policy, first.ID, 1))
	s.prepare(first.ID)
	require.FileExists(t, zip)
	s.fetch(first.ID, 1)
	_, err := message.PrepareDownload.Call(s.ctx(), s.client, message.PolicyID(s.policy), message.PrepareDownloadInput{RequestID: "again", BackupID: first.ID})
	kind, _ := failure.Of(err)
	require.Equal(t, failure.Exists, kind, "D2: %v", err)

	refused := s.runError(message.RunBackupInput{RequestID: "early", By: "tester"})
	kind, text := failure.Of(refused)
	require.Equal(t, failure.TooEarly, kind)
	allowed := first.StartedAt.Add(7 * aday)
	require.Contains(t, text, allowed.UTC().Format("2006-01-02 15:04:05Z"))
	require.True(t, s.show().NextAllowedAt.Equal(allowed))

	held := s.site.Inject(samplesite.Rule{Route: remotelink, Effect: samplesite.Effect{Status: http.StatusForbidden}})
	var second backup.Backup
	require.Eventually(t, func() bool {
		row, err := message.RunBackup.Call(s.ctx(), s.client, message.PolicyID(s.policy), message.RunBackupInput{RequestID: "second", By: "tester"})
		second = row
		return err == nil
	}, time.Minute, 20*time.Millisecond)
	require.False(t, second.StartedAt.Before(allowed), "R1")
	second = s.finish(second.ID)
	require.Equal(t, backup.Incomplete, second.Status, second.Reason)
	held.Heal()
	third := s.run() // R2
	require.Equal(t, backup.Complete, third.Status, third.Reason)

	s.eventually(first.ID, func(c *assertT, row backup.Backup) {
		require.NotNil(c, row.Download)
		require.Equal(c, backup.DownloadExpired, row.Download.Status)
	})
	_, err = message.Hold.Call(s.ctx(), s.client, message.PolicyID(s.policy), of(second.ID))
	require.NoError(t, err)
	row := s.eventually(first.ID, func(c *assertT, row backup.Backup) {
		require.Equal(c, backup.Expired, row.Status)
		require.False(c, row.DeletedAt.IsZero(), row.Deletion)
	})
	require.Equal(t, backup.Complete, row.Was)
	require.False(t, time.Now().Before(first.StartedAt.Add(14*aday)), "S5: not before its time")
	requireDetailsAlone(t, s.store, s.policy, first.ID)
	require.NoFileExists(t, zip)
	s.requireVerified(third.ID)

	to := third.StartedAt.Add(time.Hour)
	_, err = message.Extend.Call(s.ctx(), s.client, message.PolicyID(s.policy), message.ExtendInput{BackupID: third.ID, To: to, By: "tester"})
	require.NoError(t, err)
	require.EventuallyWithT(t, func(c *assertT) {
		require.False(c, time.Now().Before(second.StartedAt.Add(14*aday)))
		require.Equal(c, backup.Incomplete, s.row(second.ID).Status, "on hold it does not expire")
		require.NotNil(c, s.row(second.ID).Held)
	}, time.Minute, 100*time.Millisecond)
	_, err = message.Release.Call(s.ctx(), s.client, message.PolicyID(s.policy), of(second.ID))
	require.NoError(t, err)
	s.eventually(second.ID, func(c *assertT, row backup.Backup) { require.False(c, row.DeletedAt.IsZero(), row.Deletion) })
	requireDetailsAlone(t, s.store, s.policy, second.ID)
	s.requireVerified(third.ID)
	state, err := archive.ReadState(s.ctx(), s.store, s.policy, third.ID)
	require.NoError(t, err)
	require.True(t, state.ExpiresAt.Equal(to), "the store knows of the extension")

	weeks := 2
	if os.Getenv("HOLDFAST_LONG") != "" {
		weeks = 6
	}
	s.edit(func(p *backup.Policy) {
		p.Schedule = &backup.Schedule{Cron: fmt.Sprintf("@every %v", 8*aday), Retries: 1, RetryAfter: time.Second}
	})
	require.False(t, s.show().NextRun.IsZero())
	require.EventuallyWithT(t, func(c *assertT) {
		n := 0
		for _, b := range s.show().Backups {
			if b.Scheduled && (b.Status == backup.Complete || b.Was == backup.Complete) {
				n++
			}
		}
		require.GreaterOrEqual(c, n, weeks)
	}, 5*time.Minute, 200*time.Millisecond)
	_, err = message.Pause.Call(s.ctx(), s.client, message.PolicyID(s.policy), message.NoteInput{By: "tester", Text: "that will do"})
	require.NoError(t, err)
	view := s.show()
	require.NotNil(t, view.Paused)
	require.Nil(t, view.Refused, "no ring was refused")
	for _, b := range view.Backups {
		require.NotEqual(t, backup.Failed, b.Status, b.Reason)
	}
	require.Equal(t, backup.Complete, s.row(third.ID).Status)

	for s.show().Running != "" {
		s.finish(s.show().Running)
	}
	_, err = message.DeletePolicy.Call(s.ctx(), s.client, message.PolicyID(s.policy), message.DeletePolicyInput{By: "tester", DeleteBackups: true})
	require.NoError(t, err)
	require.NoError(t, s.client.GetWorkflow(s.ctx(), message.PolicyID(s.policy), "").Get(s.ctx(), nil))
	for o, err := range s.store.List(s.ctx(), s.policy+"/") {
		require.NoError(t, err)
		t.Errorf("%s is left", o.Name)
	}
	s.requireSmallPolicyHistories()
}

// requireDetailsAlone states S5: of an expired backup state.json and report.json stay.
func requireDetailsAlone(t *testing.T, s store.Store, policyID, id string) {
	t.Helper()
	folder := archive.BackupDir(policyID, id)
	var names []string
	for o, err := range s.List(t.Context(), folder) {
		require.NoError(t, err)
		names = append(names, strings.TrimPrefix(o.Name, folder))
	}
	require.Equal(t, []string{archive.ReportName, archive.StateName}, names)
	state, err := archive.ReadState(t.Context(), s, policyID, id)
	require.NoError(t, err)
	require.Equal(t, backup.Expired, state.Status)
}

// requireSmallPolicyHistories holds all runs of all workflows to their limits.
func (s *stack) requireSmallPolicyHistories() {
	s.t.Helper()
	list, err := s.client.ListWorkflow(s.ctx(), &workflowservice.ListWorkflowExecutionsRequest{PageSize: 1000})
	require.NoError(s.t, err)
	largest := int64(0)
	for _, e := range list.GetExecutions() {
		if e.GetStatus() == enums.WORKFLOW_EXECUTION_STATUS_RUNNING {
			continue
		}
		largest = max(largest, e.GetHistoryLength())
		require.Less(s.t, e.GetHistorySizeBytes(), int64(4<<20))
	}
	s.t.Logf("%d closed workflow runs, the longest of %d events", len(list.GetExecutions()), largest)
	require.Positive(s.t, largest)
	require.Less(s.t, largest, int64(3000))
}

// TestFourteenDaysInTheWebUI sees a real timer of 14 days through, by the server's
// time skipping, with what the Web UI is told: the timer and what it is for, and
// the table of backups before and after.
func TestFourteenDaysInTheWebUI(t *testing.T) {
	t.Parallel()
	s := setUp(t, tinySite(), func(c *devserver.Config) { c.UI = true })
	s.limits.ExpiryNotice = time.Nanosecond // so that nothing wakes the policy before
	s.startHost()
	s.createPolicy()
	row := s.run()
	require.Equal(t, backup.Complete, row.Status, row.Reason)

	page := func() string {
		reply, err := s.client.QueryWorkflow(s.ctx(), message.PolicyID(s.policy), "", "__temporal_workflow_metadata")
		require.NoError(t, err)
		var metadata sdkpb.WorkflowMetadata
		require.NoError(t, reply.Get(&metadata))
		return metadata.GetCurrentDetails()
	}
	ui := s.server.where.UI
	history := func() string {
		reply, err := http.Get(fmt.Sprintf("%s/api/v1/namespaces/%s/workflows/%s/history", ui, s.server.Namespace(), "policy%2F"+s.policy))
		require.NoError(t, err)
		defer reply.Body.Close()
		body, err := io.ReadAll(reply.Body)
		require.NoError(t, err)
		require.Equal(t, http.StatusOK, reply.StatusCode, "%s", body)
		return string(body)
	}
	require.EventuallyWithT(t, func(c *assertT) {
		require.Contains(c, page(), row.ID)
		require.Contains(c, page(), string(backup.Complete))
		require.Contains(c, history(), "EVENT_TYPE_TIMER_STARTED")
		require.Contains(c, decoded(t, []byte(strings.ReplaceAll(history(), `": "`, `":"`))), "expires "+row.ExpiresAt.UTC().Format("2006-01-02 15:04:05Z"))
	}, 30*time.Second, 200*time.Millisecond)

	s.skip(message.PolicyID(s.policy), 14*day-time.Minute)
	require.EventuallyWithT(t, func(c *assertT) { require.Contains(c, history(), "TIME_SKIPPING_TRANSITIONED") }, 30*time.Second, 200*time.Millisecond)
	require.Equal(t, backup.Complete, s.row(row.ID).Status, "a minute before")
	s.skip(message.PolicyID(s.policy), 2*time.Minute)
	s.eventually(row.ID, func(c *assertT, b backup.Backup) {
		require.Equal(c, backup.Expired, b.Status)
		require.False(c, b.DeletedAt.IsZero(), b.Deletion)
	})
	requireDetailsAlone(t, s.store, s.policy, row.ID)
	require.EventuallyWithT(t, func(c *assertT) { require.Contains(c, page(), string(backup.Expired)) }, 30*time.Second, 200*time.Millisecond)
}
