package activities

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"holdfast/internal/backup"
	"holdfast/internal/cluster"
	"holdfast/internal/devserver"
	"holdfast/internal/failure"
	"holdfast/internal/message"
	"holdfast/internal/restore/restoretest"
)

// asking is an embedded server with a worker that asks policies and locks.
type asking struct {
	t *testing.T
	client.Client
}

func newAsking(t *testing.T, a *Activities) *asking {
	server, err := devserver.Start(t.Context(), devserver.Config{SearchAttributes: cluster.SearchAttributes()})
	require.NoError(t, err)
	t.Cleanup(func() { _ = server.Stop() })
	c, _, err := cluster.Dial(t.Context(), cluster.Options{Address: server.Addr(), Namespace: server.Namespace()})
	require.NoError(t, err)
	t.Cleanup(c.Close)
	w := worker.New(c, "asking", worker.Options{})
	w.RegisterActivity(a)
	short := func(ctx workflow.Context) workflow.Context {
		return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: time.Minute, RetryPolicy: &temporal.RetryPolicy{MaximumAttempts: 1}})
	}
	w.RegisterWorkflowWithOptions(func(ctx workflow.Context, in RestoreReadInput) (row backup.Backup, err error) {
		return row, workflow.ExecuteActivity(short(ctx), a.BeginRestoreRead, in).Get(ctx, &row)
	}, workflow.RegisterOptions{Name: "begin"})
	w.RegisterWorkflowWithOptions(func(ctx workflow.Context, in RestoreReadInput) error {
		return workflow.ExecuteActivity(short(ctx), a.EndRestoreRead, in).Get(ctx, nil)
	}, workflow.RegisterOptions{Name: "end"})
	w.RegisterWorkflowWithOptions(func(ctx workflow.Context, in HolderInput) (found HolderResult, err error) {
		return found, workflow.ExecuteActivity(short(ctx), a.Holder, in).Get(ctx, &found)
	}, workflow.RegisterOptions{Name: "holder"})
	w.RegisterWorkflowWithOptions(func(ctx workflow.Context) error {
		return workflow.Await(ctx, func() bool { return false })
	}, workflow.RegisterOptions{Name: "lock"})
	w.RegisterWorkflowWithOptions(policyOfOneRow, workflow.RegisterOptions{Name: "policy"})
	require.NoError(t, w.Start())
	t.Cleanup(w.Stop)
	return &asking{t: t, Client: c}
}

// policyOfOneRow answers as a Policy does that knows one backup, of which another one has
// expired.
func policyOfOneRow(ctx workflow.Context) error {
	reads := map[string]bool{}
	answer := func(begin bool) func(workflow.Context, message.ReadInput) (backup.Backup, error) {
		return func(_ workflow.Context, in message.ReadInput) (backup.Backup, error) {
			switch in.BackupID {
			case "unknown":
				return backup.Backup{}, failure.New(failure.NotFound, "there is no such backup")
			case "expired":
				return backup.Backup{}, failure.New(failure.NotAvailable, "backup expired is EXPIRED: take a newer one")
			}
			was := reads[in.ReadID]
			reads[in.ReadID] = begin
			return backup.Backup{ID: in.BackupID, Status: backup.Incomplete, Reason: map[bool]string{true: "read", false: "not read"}[was]}, nil
		}
	}
	all := func(workflow.Context, message.ReadInput) error { return nil }
	if err := message.BeginRead.Handle(ctx, "", all, answer(true)); err != nil {
		return err
	}
	if err := message.EndRead.Handle(ctx, "", all, answer(false)); err != nil {
		return err
	}
	return workflow.Await(ctx, func() bool { return false })
}

func (a *asking) run(name string, in, out any) error {
	run, err := a.ExecuteWorkflow(a.t.Context(), client.StartWorkflowOptions{TaskQueue: "asking"}, name, in)
	if err == nil {
		err = run.Get(a.t.Context(), out)
	}
	return err
}

func TestWhoIsAskedBeforeARestore(t *testing.T) {
	t.Parallel()
	r := newRestoring(t)
	a := newAsking(t, r.a)
	_, err := a.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: message.PolicyID("jira-known"), TaskQueue: "asking"}, "policy")
	require.NoError(t, err)
	known := RestoreReadInput{PolicyID: "jira-known", BackupID: "one", ReadID: "restore/1"}

	var row backup.Backup
	require.NoError(t, a.run("begin", known, &row))
	require.Equal(t, backup.Incomplete, row.Status, "the policy's row counts")
	require.NoError(t, a.run("begin", known, &row))
	require.Equal(t, "read", row.Reason, "it is kept while it is restored")
	require.NoError(t, a.run("end", known, nil))
	require.NoError(t, a.run("begin", known, &row))
	require.Equal(t, "not read", row.Reason)

	known.BackupID = "expired"
	require.Equal(t, failure.NotAvailable, kindOf(a.run("begin", known, &row)), "T1: the policy says why not")

	stored := RestoreReadInput{PolicyID: restoretest.PolicyID, BackupID: restoretest.BackupID, ReadID: "restore/1"}
	require.NoError(t, a.run("begin", stored, &row))
	require.Equal(t, backup.Complete, row.Status, "of a policy that is not known here the store tells")
	require.NoError(t, a.run("end", stored, nil))
	stored.BackupID = "jira-acme.20200101T000000Z"
	require.Equal(t, failure.NotFound, kindOf(a.run("begin", stored, &row)))

	lock := HolderInput{Product: backup.Jira, CloudID: "cloud"}
	holder := func(in HolderInput) string {
		var found HolderResult
		require.NoError(t, a.run("holder", in, &found))
		return found.Holder
	}
	require.Empty(t, holder(lock), "nobody has ever held it")
	held, err := a.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{
		ID: message.DestinationID(backup.Jira, "cloud"), TaskQueue: "asking",
		Memo: map[string]any{message.DestinationMemo: message.DestinationInput{Holder: "jira-acme.20261123T021658Z"}},
	}, "lock")
	require.NoError(t, err)
	require.Equal(t, "jira-acme.20261123T021658Z", holder(lock))
	require.Empty(t, holder(HolderInput{Product: backup.Confluence, CloudID: "cloud"}), "another product is another lock")
	require.NoError(t, a.TerminateWorkflow(t.Context(), held.GetID(), held.GetRunID(), "the end"))
	require.Empty(t, holder(lock), "a lock ends with who holds it")
}
