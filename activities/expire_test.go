package activities

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holdfast/internal/archive"
	"holdfast/internal/backup"
	"holdfast/internal/failure"
	"holdfast/internal/store"
	"holdfast/internal/store/storetest"
)

// sealedRun is a run that is sealed, with its row as the policy has it, and with what
// a download of it and of another backup left.
func sealedRun(t testing.TB) (*recordedRun, backup.Backup) {
	r := newRecordedRun(t)
	result, err := r.seal(r.store)
	require.NoError(t, err)
	run := r.in.Run
	for _, name := range []string{run.BackupID + ".1.zip", run.BackupID + ".2.zip.parts/00", "jira-acme.20261101T000000Z.1.zip"} {
		r.putAt(archive.DownloadsDir(run.Policy.ID)+name, "a package")
	}
	r.putAt(archive.RunDir(run.Policy.ID, run.BackupID)+"shards/000-000.1.json", "left")
	return r, backup.Backup{
		ID: run.BackupID, Status: result.Status, StartedAt: run.StartedAt, EndedAt: r.in.Now,
		ExpiresAt: backup.ExpiresAt(run.StartedAt, run.Policy.Limits), Options: run.Options, By: "ada@host", Counts: result.Counts,
	}
}

// putAt stores an object anywhere.
func (r *recordedRun) putAt(name, content string) {
	r.t.Helper()
	_, err := store.Replace(r.t.Context(), r.store, name, []byte(content))
	require.NoError(r.t, err)
}

// otherPackage belongs to another backup than that of the tests.
const otherPackage = "jira-acme/downloads/jira-acme.20261101T000000Z.1.zip"

// expireInput is the expiry of a row.
func expireInput(row backup.Backup) ExpireInput {
	return ExpireInput{PolicyID: "jira-acme", Backup: backup.Expire(row), Now: row.ExpiresAt}
}

func TestS5ExpireLeavesTheDetails(t *testing.T) {
	t.Parallel()
	r, row := sealedRun(t)
	in := expireInput(row)
	for range 2 {
		require.NoError(t, New(Deps{Store: r.store}).Expire(t.Context(), in))
		require.Equal(t, []string{r.path() + archive.ReportName, r.path() + archive.StateName, otherPackage}, r.keys())
	}
	state, err := archive.ReadState(t.Context(), r.store, "jira-acme", row.ID)
	require.NoError(t, err)
	require.Equal(t, archive.State{
		Backup: row.ID, Status: backup.Expired, Was: backup.Complete, Reason: in.Backup.Reason, StartedAt: row.StartedAt,
		EndedAt: row.EndedAt, ExpiresAt: row.ExpiresAt, By: "ada@host",
	}, state)
	head, _, _ := r.report()
	require.Equal(t, row.Counts, head.Counts, "what it held is still told")
}

func TestExpireOfWhatIsNotExpiredIsRefused(t *testing.T) {
	t.Parallel()
	r, row := sealedRun(t)
	before := r.objects()
	requireFailure(t, failure.InvalidArgument, New(Deps{Store: r.store}).Expire(t.Context(), ExpireInput{PolicyID: "jira-acme", Backup: row}))
	require.Equal(t, before, r.objects())
}

func TestExpireWorksWhateverIsLeft(t *testing.T) {
	t.Parallel()
	sealed, row := sealedRun(t)
	for name, change := range map[string]func(*recordedRun){
		"nothing": func(r *recordedRun) {
			require.NoError(t, removeAll(t.Context(), r.store, "", startPulse(t.Context()), nil))
		},
		"data without manifest and state.json": func(r *recordedRun) {
			require.NoError(t, remove(t.Context(), r.store, r.path()+archive.ManifestName))
			require.NoError(t, remove(t.Context(), r.store, r.path()+archive.StateName))
		},
		"a state.json that is damaged":   func(r *recordedRun) { r.put(archive.StateName, "{") },
		"a state.json of another backup": func(r *recordedRun) { r.put(archive.StateName, `{"backup":"x","status":"EXPIRED"}`) },
		"a manifest alone": func(r *recordedRun) {
			require.NoError(t, removeAll(t.Context(), r.store, "", startPulse(t.Context()), func(name string) bool { return strings.HasSuffix(name, archive.ManifestName) }))
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := sealed.clone(t)
			change(r)
			require.NoError(t, New(Deps{Store: r.store}).Expire(t.Context(), expireInput(row)))
			state, err := archive.ReadState(t.Context(), r.store, "jira-acme", row.ID)
			require.NoError(t, err)
			require.Equal(t, backup.Expired, state.Status)
			left := slices.DeleteFunc(r.keys(), func(name string) bool {
				return name == r.path()+archive.ReportName || name == r.path()+archive.StateName || name == otherPackage
			})
			require.Empty(t, left)
		})
	}
}

func TestExpireThatIsKilledAnywhereLeavesNothingReferencedMissing(t *testing.T) {
	t.Parallel()
	sealed, row := sealedRun(t)
	for _, after := range []bool{false, true} {
		for n := 1; ; n++ {
			r := sealed.clone(t)
			done := r.killedAt(n, after, func(ctx context.Context, a *Activities) error { return a.Expire(ctx, expireInput(row)) })
			r.wholeOrExpired(row.ID)
			require.NoError(t, New(Deps{Store: r.store}).Expire(t.Context(), expireInput(row)))
			require.Equal(t, []string{r.path() + archive.ReportName, r.path() + archive.StateName, otherPackage}, r.keys())
			if done {
				require.Greater(t, n, 15)
				break
			}
		}
	}
}

// wholeOrExpired states that a backup that has its manifest verifies, and that one
// without says that it is EXPIRED.
func (r *recordedRun) wholeOrExpired(id string) {
	r.t.Helper()
	state, err := archive.ReadState(r.t.Context(), r.store, "jira-acme", id)
	require.NoError(r.t, err)
	if _, err := r.store.Stat(r.t.Context(), r.path()+archive.ManifestName); err != nil {
		require.ErrorIs(r.t, err, store.ErrNotExist)
		require.Equal(r.t, backup.Expired, state.Status)
		return
	}
	v, err := archive.Verify(r.t.Context(), r.store, "jira-acme", id, archive.VerifyOptions{})
	require.NoError(r.t, err)
	require.Empty(r.t, v.Problems)
}

// errKept is what a bucket says of an object under a hold.
var errKept = fmt.Errorf("delete: %w: %w: an event-based hold", store.ErrRefused, store.ErrHeld)

func TestExpireOfWhatAHoldKeeps(t *testing.T) {
	t.Parallel()
	sealed, row := sealedRun(t)
	t.Run("the manifest: all that it lists stays", func(t *testing.T) {
		r := sealed.clone(t)
		held := storetest.NewFaulty(r.store, storetest.Fault{Method: storetest.Delete, Name: archive.ManifestName, Times: -1, Err: errKept})
		requireFailure(t, failure.StoreHeld, New(Deps{Store: held}).Expire(t.Context(), expireInput(row)))
		r.wholeOrExpired(row.ID)
		require.NoError(t, New(Deps{Store: r.store}).Expire(t.Context(), expireInput(row)), "it is released")
	})
	t.Run("files: all others go", func(t *testing.T) {
		r := sealed.clone(t)
		held := storetest.NewFaulty(r.store, storetest.Fault{Method: storetest.Delete, Name: "attachments/10", Times: -1, Err: errKept})
		err := New(Deps{Store: held}).Expire(t.Context(), expireInput(row))
		requireFailure(t, failure.StoreHeld, err)
		require.Contains(t, err.Error(), "attachments/100")
		require.Contains(t, err.Error(), "release the hold")
		left := slices.DeleteFunc(r.keys(), func(name string) bool { return !strings.HasPrefix(name, r.path()) })
		require.Equal(t, []string{"attachments/100", "attachments/101", "attachments/102", "attachments/103", archive.ReportName, archive.StateName}, trimmed(left, r.path()))
		require.NoError(t, New(Deps{Store: r.store}).Expire(t.Context(), expireInput(row)))
		require.Len(t, r.keys(), 3)
	})
	t.Run("a store that is away is tried again, too", func(t *testing.T) {
		r := sealed.clone(t)
		away := storetest.NewFaulty(r.store, storetest.Fault{Method: storetest.Delete, Name: "attachments/", Times: -1, Err: errors.New("no answer")})
		requireFailure(t, failure.StoreAway, New(Deps{Store: away}).Expire(t.Context(), expireInput(row)))
	})
}

func trimmed(names []string, prefix string) []string {
	for i := range names {
		names[i] = strings.TrimPrefix(names[i], prefix)
	}
	return names
}

func TestRemovePolicyLeavesNothing(t *testing.T) {
	t.Parallel()
	removable := newRemovable(t)
	for _, after := range []bool{false, true} {
		for n := 1; ; n++ {
			r := removable.clone(t)
			remove := func(ctx context.Context, a *Activities) error {
				return a.RemovePolicy(ctx, RemovePolicyInput{PolicyID: "jira-acme"})
			}
			done := r.killedAt(n, after, remove)
			if left := r.keys(); !done && len(left) > 1 {
				require.Contains(t, left, archive.OwnerName("jira-acme"), "the owner goes last")
			}
			require.NoError(t, remove(t.Context(), New(Deps{Store: r.store})))
			require.Equal(t, []string{"jira-acme-2/policy.json"}, r.keys())
			if done {
				require.Greater(t, n, 5)
				break
			}
		}
	}
}

// newRemovable is a policy whose one backup has expired, beside another policy.
func newRemovable(t *testing.T) *recordedRun {
	r, row := sealedRun(t)
	a := New(Deps{Store: r.store})
	require.NoError(t, a.WritePolicy(t.Context(), WritePolicyInput{Policy: r.in.Run.Policy, Version: 1, Backups: []backup.Backup{backup.Expire(row)}}))
	require.NoError(t, a.Expire(t.Context(), expireInput(row)))
	r.putAt("jira-acme-2/policy.json", "another one")
	return r
}

func TestRemovePolicyKeepsABackupThatThePolicyDidNotKnow(t *testing.T) {
	t.Parallel()
	r, _ := sealedRun(t)
	before := r.objects()
	err := New(Deps{Store: r.store}).RemovePolicy(t.Context(), RemovePolicyInput{PolicyID: "jira-acme"})
	requireFailure(t, failure.InvalidArgument, err)
	require.Contains(t, err.Error(), "delete "+r.path()+archive.ManifestName)
	require.Equal(t, before, r.objects())
}

func TestARemovedPolicyIsNotWrittenAgain(t *testing.T) {
	t.Parallel()
	r := newRemovable(t)
	a := New(Deps{Store: r.store})
	require.NoError(t, a.RemovePolicy(t.Context(), RemovePolicyInput{PolicyID: "jira-acme"}))
	late := WritePolicyInput{Policy: r.in.Run.Policy, Version: 9, Standing: backup.Standing{Retired: &backup.Note{At: time.Now()}}}
	require.NoError(t, a.WritePolicy(t.Context(), late))
	require.Equal(t, []string{"jira-acme-2/policy.json"}, r.keys())
}
