package activities

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"holdfast/internal/archive"
	"holdfast/internal/backup"
	"holdfast/internal/catalog"
	"holdfast/internal/failure"
)

// TestWhatBelongsToAnotherInstallationIsNotWritten states that a cluster whose
// policies another one has taken over changes nothing of them any more.
func TestWhatBelongsToAnotherInstallationIsNotWritten(t *testing.T) {
	t.Parallel()
	sealed, row := sealedRun(t)
	recorded := newRecordedRun(t)
	recorded.save()
	policy := sealed.in.Run.Policy
	for name, tc := range map[string]struct {
		of *recordedRun
		do func(ctx context.Context, a *Activities) error
	}{
		"Seal":    {recorded, func(ctx context.Context, a *Activities) error { _, err := a.Seal(ctx, recorded.in); return err }},
		"Discard": {sealed, func(ctx context.Context, a *Activities) error { return a.Discard(ctx, sealed.discard()) }},
		"Expire":  {sealed, func(ctx context.Context, a *Activities) error { return a.Expire(ctx, expireInput(row)) }},
		"WritePolicy": {sealed, func(ctx context.Context, a *Activities) error {
			return a.WritePolicy(ctx, changed(policy, row, 1))
		}},
		"WritePolicy of one that is deleted": {sealed, func(ctx context.Context, a *Activities) error {
			in := changed(policy, row, 1)
			in.Standing.Retired = &backup.Note{By: "eve"}
			return a.WritePolicy(ctx, in)
		}},
		"RemovePolicy": {sealed, func(ctx context.Context, a *Activities) error {
			return a.RemovePolicy(ctx, RemovePolicyInput{PolicyID: policy.ID})
		}},
		"ReadPolicy": {sealed, func(ctx context.Context, a *Activities) error {
			_, err := a.ReadPolicy(ctx, ReadPolicyInput{PolicyID: policy.ID})
			return err
		}},
		"Package": {sealed, func(ctx context.Context, a *Activities) error {
			in := PackageInput{Policy: policy, Backup: row}
			in.Backup.Download = &backup.Download{Number: 1, Status: backup.Preparing}
			_, err := a.Package(ctx, in)
			return err
		}},
		"DeletePackage": {sealed, func(ctx context.Context, a *Activities) error {
			return a.DeletePackage(ctx, DeletePackageInput{PolicyID: policy.ID, BackupID: row.ID, Number: 1})
		}},
	} {
		for owner, content := range map[string]string{"another one": `{"installation":"there"}`, "one that can't be told": `{`} {
			t.Run(name+", of "+owner, func(t *testing.T) {
				r := tc.of.clone(t)
				r.putAt(archive.OwnerName(policy.ID), content)
				before := r.objects()
				err := tc.do(t.Context(), New(Deps{Store: r.store, Installation: "here"}))
				requireFailure(t, failure.Owned, err)
				require.Contains(t, err.Error(), "this is here")
				require.Contains(t, err.Error(), "holdfast policy import jira-acme --take-over")
				require.Equal(t, before, r.objects())
			})
		}
	}
}

func TestSealIsRefusedWhereThePolicyIsTakenOverMeanwhile(t *testing.T) {
	t.Parallel()
	recorded := newRecordedRun(t)
	recorded.save()
	refused := 0
	for n := 1; ; n++ {
		r := recorded.clone(t)
		r.putAt(archive.OwnerName("jira-acme"), `{"installation":"here"}`)
		k := &interrupted{Store: r.store, left: operations(n), do: func() {
			require.NoError(t, New(Deps{Store: r.store, Installation: "there"}).takeOver(t.Context(), "jira-acme"))
		}}
		_, err := New(Deps{Store: k, Installation: "here"}).Seal(t.Context(), r.in)
		if err != nil {
			requireFailure(t, failure.Owned, err)
			require.NotContains(t, r.keys(), r.path()+archive.ManifestName)
			refused++
		}
		if k.left.Load() > 0 {
			break
		}
	}
	require.Greater(t, refused, 20)
}

func TestTakingOver(t *testing.T) {
	t.Parallel()
	r := newRecordedRun(t)
	here, there := New(Deps{Store: r.store, Installation: "here"}), New(Deps{Store: r.store, Installation: "there"})
	require.NoError(t, here.owned(t.Context(), "jira-acme"), "nobody's")
	require.NoError(t, here.own(t.Context(), "jira-acme"))
	require.NoError(t, here.own(t.Context(), "jira-acme"))
	requireFailure(t, failure.Owned, there.own(t.Context(), "jira-acme"))
	require.NoError(t, there.own(t.Context(), "jira-other"), "each policy has its own owner")
	for range 2 {
		require.NoError(t, there.takeOver(t.Context(), "jira-acme"))
		requireFailure(t, failure.Owned, here.owned(t.Context(), "jira-acme"))
	}
	owner, err := catalog.ReadOwner(t.Context(), r.store, "jira-acme")
	require.NoError(t, err)
	require.Equal(t, "there", owner.Installation)
}

func TestOneOfManyGetsAPolicyThatIsNobodys(t *testing.T) {
	t.Parallel()
	r := newRecordedRun(t)
	var all sync.WaitGroup
	var got atomic.Int32
	for n := range 8 {
		all.Go(func() {
			if New(Deps{Store: r.store, Installation: fmt.Sprint(n)}).own(t.Context(), "jira-acme") == nil {
				got.Add(1)
			}
		})
	}
	all.Wait()
	require.EqualValues(t, 1, got.Load())
}
