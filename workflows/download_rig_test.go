package workflows

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"holdfast/activities"
	"holdfast/internal/backup"
	"holdfast/internal/message"
)

// downloads is a Download on a mock clock, and what it did.
type downloads struct {
	*testsuite.TestWorkflowEnvironment
	t     *testing.T
	in    message.DownloadInput
	start time.Time

	told      []backup.Download // what the Policy was told
	toldGone  bool              // there is no Policy
	packages  []func() error    // what Package answers, in order; then success
	packaged  int
	deletions []func() error // the same of DeletePackage
	deleted   []time.Duration
	links     []activities.SealLinkInput
	sealing   []func() error // the same of SealLink
	asked     int
}

func newDownloads(t *testing.T) *downloads {
	t.Helper()
	var suite testsuite.WorkflowTestSuite
	start := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	limits := backup.DefaultLimits()
	d := &downloads{TestWorkflowEnvironment: suite.NewTestWorkflowEnvironment(), t: t, start: start, in: message.DownloadInput{
		Policy: backup.Policy{ID: "jira-acme", Product: backup.Jira, Site: "https://acme.atlassian.net", Limits: limits},
		Backup: backup.Backup{
			ID: "jira-acme.20261120T000000Z", Status: backup.Complete, ExpiresAt: start.Add(10 * 24 * time.Hour), Counts: backup.Counts{StoredBytes: 5000},
			Download: &backup.Download{Number: 2, Status: backup.Preparing, RequestedAt: start, By: "ann", Deadline: start.Add(limits.PackageDeadline)},
		},
	}}
	d.SetStartTime(start)
	d.SetTestTimeout(time.Minute)
	d.SetWorkerOptions(patient)
	d.RegisterWorkflowWithOptions(Download, workflow.RegisterOptions{Name: message.DownloadWorkflow})
	var a *activities.Activities
	d.OnActivity(a.Package, mock.Anything, mock.Anything).Return(func(_ context.Context, in activities.PackageInput) (activities.PackageResult, error) {
		require.Equal(t, d.in.Backup.ID, in.Backup.ID)
		require.Equal(t, 2, in.Backup.Download.Number)
		d.packaged++
		if err := next(&d.packages); err != nil {
			return activities.PackageResult{}, err
		}
		return activities.PackageResult{Size: 4711, SHA256: "cafe"}, nil
	}).Maybe()
	d.OnActivity(a.DeletePackage, mock.Anything, mock.Anything).Return(func(_ context.Context, in activities.DeletePackageInput) error {
		require.Equal(t, activities.DeletePackageInput{PolicyID: "jira-acme", BackupID: d.in.Backup.ID, Number: 2}, in)
		d.deleted = append(d.deleted, d.Now().Sub(start))
		return next(&d.deletions)
	}).Maybe()
	d.OnActivity(a.SealLink, mock.Anything, mock.Anything).Return(func(_ context.Context, in activities.SealLinkInput) (activities.SealLinkResult, error) {
		d.links = append(d.links, in)
		if err := next(&d.sealing); err != nil {
			return activities.SealLinkResult{}, err
		}
		return activities.SealLinkResult{Sealed: []byte("sealed")}, nil
	}).Maybe()
	d.OnSignalExternalWorkflow(mock.Anything, message.PolicyID("jira-acme"), "", message.DownloadChanged.Name, mock.Anything).Return(
		func(_, _, _, _ string, arg any) error {
			if d.toldGone {
				return errors.New("there is no such workflow")
			}
			report := arg.(message.DownloadReport)
			require.Equal(t, d.in.Backup.ID, report.BackupID)
			d.told = append(d.told, report.Download)
			return nil
		}).Maybe()
	return d
}

// next takes the next answer; there are no more: success.
func next(answers *[]func() error) error {
	if len(*answers) == 0 {
		return nil
	}
	answer := (*answers)[0]
	*answers = (*answers)[1:]
	return answer()
}

// always answers so each time.
func always(n int, err error) []func() error {
	var all []func() error
	for range n {
		all = append(all, func() error { return err })
	}
	return all
}

// run runs the download to its end, and returns its row.
func (d *downloads) run() (backup.Download, error) {
	d.t.Helper()
	d.ExecuteWorkflow(message.DownloadWorkflow, d.in)
	require.True(d.t, d.IsWorkflowCompleted())
	if err := d.GetWorkflowError(); err != nil {
		return backup.Download{}, err
	}
	var row backup.Download
	require.NoError(d.t, d.GetWorkflowResult(&row))
	return row, nil
}

// statuses are those that the Policy was told.
func (d *downloads) statuses() []backup.DownloadStatus {
	var all []backup.DownloadStatus
	for _, row := range d.told {
		all = append(all, row.Status)
	}
	return all
}

func (d *downloads) after(wait time.Duration, do func()) { d.RegisterDelayedCallback(do, wait) }

// ask asks for a link, and hands the answer to check.
func (d *downloads) ask(key []byte, check func(message.LinkResult, error)) {
	d.asked++
	d.UpdateWorkflow(message.Link.Name, fmt.Sprint(d.asked), &testsuite.TestUpdateCallback{
		OnAccept: func() {},
		OnReject: func(err error) { check(message.LinkResult{}, err) },
		OnComplete: func(answer any, err error) {
			result, _ := answer.(message.LinkResult)
			check(result, err)
		},
	}, message.LinkInput{PublicKey: key})
}

func (d *downloads) show() message.DownloadProgress {
	d.t.Helper()
	value, err := d.QueryWorkflow(message.ShowDownload.Name)
	require.NoError(d.t, err)
	var progress message.DownloadProgress
	require.NoError(d.t, value.Get(&progress))
	return progress
}
