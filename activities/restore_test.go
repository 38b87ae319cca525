package activities

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"holdfast/internal/archive"
	"holdfast/internal/atlassian"
	"holdfast/internal/backup"
	"holdfast/internal/failure"
	"holdfast/internal/restore"
	"holdfast/internal/restore/restoretest"
	"holdfast/internal/store"
	"holdfast/internal/store/storetest"
)

// emptySite is a destination of which nothing but its identity is asked.
type emptySite struct {
	atlassian.Product
	cloudID string
}

func (s *emptySite) CloudID(context.Context) (string, error) { return s.cloudID, nil }

// fakeTarget restores the issues of a backup into nowhere.
type fakeTarget struct {
	err   error // of Apply
	fails bool
	now   map[string]string // fingerprint
	reads atlassian.Product
	over  restore.Overrides // that the last Plan had
}

func (f *fakeTarget) Plan(ctx context.Context, j *restore.Job, w *restore.Planner) error {
	if f.err != nil {
		return f.err
	}
	f.over = j.Overrides
	w.Plan.Fingerprint["projects"] = "none"
	if err := w.Phase("issues", "issues"); err != nil {
		return err
	}
	for found, err := range j.Archive.Walk(ctx, "EE") {
		if err != nil {
			return err
		}
		if found.Record.Kind != "issue" {
			continue
		}
		if err := w.Items("EE", "EE", []restore.Position{found.Position}); err != nil {
			return err
		}
	}
	return nil
}

func (f *fakeTarget) Fingerprint(context.Context, *restore.Job) (map[string]string, error) {
	return f.now, nil
}

func (f *fakeTarget) Apply(_ context.Context, j *restore.Job, b restore.Batch) error {
	if f.err != nil {
		return f.err
	}
	outcome := restore.Created
	if f.fails {
		outcome = restore.Missed
	}
	for _, p := range b.Items {
		j.IDs.Put(restore.Ref{Kind: "issue", From: p.ID, ID: "new" + p.ID})
		j.Out.Row(restore.Row{Outcome: outcome, Kind: "issue", ID: p.ID})
		j.Beat(1, 0)
	}
	return nil
}

func (f *fakeTarget) Compare(_ context.Context, j *restore.Job, b restore.Batch) error {
	for _, p := range b.Items {
		j.Diff.Record("issue")
		j.Diff.Field("issue", p.ID, "fields.summary", restore.Equal)
	}
	return f.err
}

func (f *fakeTarget) Limits() []restore.Limit { return nil }

// restoring is a backup, and a worker that restores it.
type restoring struct {
	*restoretest.Builder
	t      *testing.T
	target *fakeTarget
	site   *emptySite
	in     RestoreStep
	a      *Activities
}

func newRestoring(t *testing.T) *restoring {
	t.Helper()
	b := restoretest.NewBuilder(t)
	var records []archive.Record
	for i := range 3 {
		records = append(records, restoretest.Record("issue", fmt.Sprint(i), "text"), restoretest.Record("comment", fmt.Sprint("c", i), "text"))
	}
	b.Segment(archive.SegmentName(backup.Jira, "EE", "000-000", 1, 0), "EE", records...)
	b.Index(archive.IndexName("000-000", 1), b.Attachment("7", "EE", "1", "some bytes"))
	b.Seal()
	r := &restoring{Builder: b, t: t, target: &fakeTarget{now: map[string]string{"projects": "none"}}, site: &emptySite{cloudID: "there"}}
	r.in = RestoreStep{Spec: b.Spec(), Limits: backup.DefaultLimits()}
	r.a = r.worker(b.Store, "ours")
	return r
}

// worker returns the activities of an installation that work with a store.
func (r *restoring) worker(s store.Store, installation string) *Activities {
	sites := NewSites(SitesConfig{Credentials: atlassian.StaticCredentials(map[string]atlassian.Credential{"test": {Name: "test", Email: "a@b.example", Token: "x"}})})
	sites.target = func(_ *atlassian.Client, _ backup.Product, reads atlassian.Product) restore.Target {
		r.target.reads = reads
		return r.target
	}
	with, err := sites.config.Credentials.Lookup("test")
	require.NoError(r.t, err)
	key := siteKey{site: r.in.Spec.Site, product: backup.Jira, credential: "test", options: optionsKey(backup.Jira, backup.Options{Attachments: true})}
	sites.built[key] = builtSite{with: with, product: r.site}
	return New(Deps{Store: s, Sites: sites, Installation: installation})
}

// apply plans and applies the whole restore.
func (r *restoring) apply() {
	r.t.Helper()
	_, err := r.a.PlanRestore(r.t.Context(), r.in)
	require.NoError(r.t, err)
	for n := range 3 {
		_, err := r.a.ApplyBatch(r.t.Context(), BatchInput{RestoreStep: r.in, Phase: "issues", N: n})
		require.NoError(r.t, err)
	}
	require.NoError(r.t, r.a.EndPhase(r.t.Context(), EndPhaseInput{RestoreStep: r.in, Phase: "issues"}))
}

func (r *restoring) finish(status restore.Status, at time.Time) {
	r.t.Helper()
	_, err := r.a.FinishRestore(r.t.Context(), FinishRestoreInput{RestoreStep: r.in, Status: status, EndedAt: at})
	require.NoError(r.t, err)
}

// has reports whether the store has anything below a prefix.
func (r *restoring) has(prefix string) bool {
	for _, err := range r.Store.List(r.t.Context(), prefix) {
		require.NoError(r.t, err)
		return true
	}
	return false
}

// upload puts the backup where an uploaded file would be, and has it restored from there.
func (r *restoring) upload(sha string) {
	r.t.Helper()
	for o, err := range r.Store.List(r.t.Context(), restoretest.PolicyID+"/") {
		require.NoError(r.t, err)
		_, err := r.Store.Copy(r.t.Context(), o.Name, restore.ImportDir(sha)+o.Name, store.IfAbsent())
		require.NoError(r.t, err)
	}
	r.in.Spec.From, r.in.Spec.Import = backup.FromFile, sha
}

func kindOf(err error) failure.Type {
	kind, _ := failure.Of(err)
	return kind
}

func TestRestoreStepByStep(t *testing.T) {
	r := newRestoring(t)
	before := treeOf(t, r.Store)
	summary, err := r.a.PlanRestore(t.Context(), r.in)
	require.NoError(t, err)
	require.Equal(t, "there", summary.CloudID)
	require.Equal(t, []restore.PlanPhase{{Name: "issues", Title: "issues", Batches: 3}}, summary.Phases)
	state, err := r.a.CheckDestination(t.Context(), r.in)
	require.NoError(t, err)
	require.Empty(t, state.Changed)
	list, err := r.a.ListBatches(t.Context(), ListBatchesInput{RestoreStep: r.in, Phase: "issues", From: 1})
	require.NoError(t, err)
	require.Equal(t, ListBatchesResult{Total: 3, Batches: []restore.Head{{N: 1, Lane: "EE", Items: 1}, {N: 2, Lane: "EE", Items: 1}}}, list)
	list, err = r.a.ListBatches(t.Context(), ListBatchesInput{RestoreStep: r.in, Phase: "issues", From: 3})
	require.NoError(t, err)
	require.Empty(t, list.Batches)
	_, err = r.a.ListBatches(t.Context(), ListBatchesInput{RestoreStep: r.in, Phase: "other"})
	require.Equal(t, failure.InvalidArgument, kindOf(err))
	r.apply()
	for n := range 3 {
		result, err := r.a.CompareBatch(t.Context(), BatchInput{RestoreStep: r.in, Phase: "issues", N: n})
		require.NoError(t, err)
		require.Equal(t, restore.Counts{Created: 1}, result.Counts["issue"])
		require.NotNil(t, r.target.reads)
	}
	require.NoError(t, r.a.EndPhase(t.Context(), EndPhaseInput{RestoreStep: r.in, Phase: "issues", Compare: true}))
	result, err := r.a.FinishRestore(t.Context(), FinishRestoreInput{RestoreStep: r.in, Status: restore.Complete, EndedAt: time.Now(), Compared: true})
	require.NoError(t, err)
	require.Equal(t, restore.Counts{Created: 3}, result.Counts["issue"])
	require.Equal(t, 3, result.Score.Equal)

	for name := range treeOf(t, r.Store) {
		if _, was := before[name]; !was {
			require.True(t, strings.HasPrefix(name, restore.Dir(r.in.Spec.ID)), "%s is none of a restore's", name)
		}
	}
	for name, was := range before {
		require.Equal(t, was, treeOf(t, r.Store)[name], "the backup stays as it is")
	}
}

// treeOf is what a store has.
func treeOf(t testing.TB, s store.Store) map[string]int64 {
	all := map[string]int64{}
	for o, err := range s.List(t.Context(), "") {
		require.NoError(t, err)
		all[o.Name] = o.Generation
	}
	return all
}

func TestADestinationThatChanged(t *testing.T) {
	r := newRestoring(t)
	r.apply()
	r.target.now = map[string]string{"projects": "one", "fields": "x"}
	state, err := r.a.CheckDestination(t.Context(), r.in)
	require.NoError(t, err)
	require.Equal(t, []string{"fields", "projects"}, state.Changed)
	r.site.cloudID = "elsewhere"
	state, err = r.a.CheckDestination(t.Context(), r.in)
	require.NoError(t, err)
	require.Equal(t, []string{"site"}, state.Changed)
}

// everyStep calls each step that writes something of a restore.
func (r *restoring) everyStep(a *Activities) map[string]error {
	ctx := r.t.Context()
	errs := map[string]error{}
	_, errs["CheckDestination"] = a.CheckDestination(ctx, r.in)
	_, errs["ApplyBatch"] = a.ApplyBatch(ctx, BatchInput{RestoreStep: r.in, Phase: "issues"})
	_, errs["CompareBatch"] = a.CompareBatch(ctx, BatchInput{RestoreStep: r.in, Phase: "issues"})
	errs["EndPhase"] = a.EndPhase(ctx, EndPhaseInput{RestoreStep: r.in, Phase: "issues"})
	return errs
}

func TestARestoreOfAnotherInstallationIsLeftAlone(t *testing.T) {
	r := newRestoring(t)
	r.apply()
	before := treeOf(t, r.Store)
	theirs := r.worker(r.Store, "theirs")
	errs := r.everyStep(theirs)
	_, errs["PlanRestore"] = theirs.PlanRestore(t.Context(), r.in)
	_, errs["VerifyImport"] = theirs.VerifyImport(t.Context(), r.in)
	_, errs["FinishRestore"] = theirs.FinishRestore(t.Context(), FinishRestoreInput{RestoreStep: r.in, Status: restore.Failed})
	for step, err := range errs {
		require.Equal(t, failure.Owned, kindOf(err), step)
	}
	require.Equal(t, before, treeOf(t, r.Store))
}

func TestARestoreThatNobodyBegan(t *testing.T) {
	r := newRestoring(t)
	before := treeOf(t, r.Store)
	for step, err := range r.everyStep(r.a) {
		require.Equal(t, failure.NotFound, kindOf(err), step)
	}
	require.Equal(t, before, treeOf(t, r.Store))
}

func TestWhatStepsOfARestoreFailWith(t *testing.T) {
	until := time.Date(2026, 11, 23, 16, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		name string
		err  error
		want failure.Type
	}{
		{"a used up quota is waited for", &atlassian.Error{Class: atlassian.ClassQuota, Until: until}, failure.Quota},
		{"a site that is away is waited for", &atlassian.Error{Class: atlassian.ClassAway}, failure.SiteAway},
		{"refused credentials end it", &atlassian.Error{Class: atlassian.ClassCredentials}, failure.CredentialsRefused},
		{"a request that makes no sense ends it", fmt.Errorf("project XX: %w", restore.ErrRequest), failure.InvalidArgument},
		{"what a target says itself is not hidden by where it was said", failure.New(failure.InvalidArgument, "no space XX"), failure.InvalidArgument},
		{"a damaged backup is told", fmt.Errorf("segment: %w", archive.ErrCorrupt), failure.Corrupt},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := newRestoring(t)
			r.apply()
			r.target.err = test.err
			r.in.Spec.ID += "x"
			_, err := r.a.PlanRestore(t.Context(), r.in)
			require.IsType(t, &temporal.ApplicationError{}, err, "wrapped, Temporal does not see its type")
			require.Equal(t, test.want, kindOf(err))
			r.in.Spec.ID = strings.TrimSuffix(r.in.Spec.ID, "x")
			_, err = r.a.CompareBatch(t.Context(), BatchInput{RestoreStep: r.in, Phase: "issues"})
			require.Equal(t, test.want, kindOf(err))
			if test.want == failure.Quota {
				require.Equal(t, until, failure.Until(err))
			}
		})
	}
	dir := archive.BackupDir(restoretest.PolicyID, restoretest.BackupID)
	for _, test := range []struct {
		name, gone string
		want       failure.Type
	}{
		{"a segment of the backup", dir + archive.SegmentName(backup.Jira, "EE", "000-000", 1, 0), failure.Corrupt},
		{"the manifest of the backup", dir + archive.ManifestName, failure.NotAvailable},
		{"the plan", restore.Dir(newRestoring(t).in.Spec.ID) + "plan.json", failure.NotAvailable},
	} {
		t.Run(test.name+" that is gone is not waited for", func(t *testing.T) {
			r := newRestoring(t)
			_, err := r.a.PlanRestore(t.Context(), r.in)
			require.NoError(t, err)
			require.NoError(t, remove(t.Context(), r.Store, test.gone))
			a := r.worker(r.Store, "ours")
			if test.want == failure.Corrupt {
				again := r.in
				again.Spec.ID += "2" // the plan reads it
				_, err = a.PlanRestore(t.Context(), again)
			} else {
				_, err = a.ApplyBatch(t.Context(), BatchInput{RestoreStep: r.in, Phase: "issues"})
			}
			require.Equal(t, test.want, kindOf(err), "%v", err)
			var typed *temporal.ApplicationError
			require.ErrorAs(t, err, &typed)
			require.True(t, typed.NonRetryable())
		})
	}
	t.Run("a store that is away is waited for", func(t *testing.T) {
		r := newRestoring(t)
		r.apply()
		a := r.worker(storetest.NewFaulty(r.Store, storetest.Fault{Method: storetest.Get, Name: "manifest.json", Times: -1, Err: errors.New("no connection")}), "ours")
		_, err := a.CompareBatch(t.Context(), BatchInput{RestoreStep: r.in, Phase: "issues"})
		require.Equal(t, failure.StoreAway, kindOf(err))
	})
	t.Run("a credential that no worker has is waited for", func(t *testing.T) {
		r := newRestoring(t)
		r.in.Spec.Credential = "none"
		_, err := r.a.PlanRestore(t.Context(), r.in)
		require.Equal(t, failure.NoCredential, kindOf(err))
	})
}

func TestVerifyImport(t *testing.T) {
	object := func(name string) string { return archive.BackupDir(restoretest.PolicyID, restoretest.BackupID) + name }
	for _, test := range []struct {
		name   string
		change func(r *restoring, in store.Store)
		want   failure.Type
	}{
		{"a whole file", func(*restoring, store.Store) {}, ""},
		{"a changed attachment", func(r *restoring, in store.Store) {
			_, err := store.Replace(r.t.Context(), in, object(archive.AttachmentName("7", 0)), []byte("SOME bytes"))
			require.NoError(r.t, err)
		}, failure.Corrupt},
		{"a missing segment", func(r *restoring, in store.Store) {
			require.NoError(r.t, remove(r.t.Context(), in, object(archive.SegmentName(backup.Jira, "EE", "000-000", 1, 0))))
		}, failure.Corrupt},
		{"an upload that broke off", func(r *restoring, in store.Store) {
			require.NoError(r.t, remove(r.t.Context(), in, object(archive.ManifestName)))
		}, failure.Corrupt},
		{"an object too many", func(r *restoring, in store.Store) {
			_, err := store.Replace(r.t.Context(), in, object("attachments/99"), []byte("x"))
			require.NoError(r.t, err)
		}, failure.Corrupt},
		{"an unknown version", func(r *restoring, in store.Store) {
			_, err := store.Replace(r.t.Context(), in, object(archive.ManifestName), []byte(`{"format": 2}`))
			require.NoError(r.t, err)
		}, failure.InvalidArgument},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := newRestoring(t)
			r.upload("abc")
			test.change(r, store.Sub(r.Store, restore.ImportDir("abc")))
			found, err := r.a.VerifyImport(t.Context(), r.in)
			require.Equal(t, test.want, kindOf(err))
			if test.want == "" {
				require.NoError(t, err)
				require.Equal(t, backup.Complete, found.Backup.Status)
				require.Equal(t, restoretest.Started(), found.Backup.StartedAt)
				require.Equal(t, restoretest.BackupID, found.Backup.ID)
			}
		})
	}
}

// TestMappingFileThatIsNotTheOneThatWasGiven states that a plan without it is refused for
// good, that nothing of it is in the refusal, and that a plan with it is made.
func TestMappingFileThatIsNotTheOneThatWasGiven(t *testing.T) {
	const file = `{"user":{"ann@acme.example":"ann@new.example"}}`
	name := func(r *restoring) string { return restore.Dir(r.in.Spec.ID) + "map.json" }
	for _, test := range []struct {
		name   string
		change func(*restoring) error
		says   string
	}{
		{"as it was given", func(*restoring) error { return nil }, ""},
		{"changed", func(r *restoring) error {
			_, err := store.Replace(r.t.Context(), r.Store, name(r), []byte(strings.Replace(file, "new", "old", 1)))
			return err
		}, "is not the one that was given"},
		{"larger than any", func(r *restoring) error {
			_, err := store.Replace(r.t.Context(), r.Store, name(r), append([]byte(file), bytes.Repeat([]byte(" "), restore.MaxMapFile)...))
			return err
		}, "is not the one that was given"},
		{"missing", func(r *restoring) error { return remove(r.t.Context(), r.Store, name(r)) }, "is not in the store"},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := newRestoring(t)
			var err error
			r.in.Spec.Map, err = restore.OpenFolder(r.Store, r.in.Spec.ID).PutMap(t.Context(), []byte(file))
			require.NoError(t, err)
			require.NoError(t, test.change(r))
			_, err = r.a.PlanRestore(t.Context(), r.in)
			if test.says == "" {
				require.NoError(t, err)
				require.Equal(t, restore.Overrides{"user": {"ann@acme.example": "ann@new.example"}}, r.target.over)
				require.NoError(t, remove(t.Context(), r.Store, name(r)))
				_, err = r.a.PlanRestore(t.Context(), r.in)
				require.NoError(t, err, "a plan that is there needs it no more")
				r.apply()
				r.finish(restore.Complete, time.Now())
				return
			}
			require.ErrorContains(t, err, test.says)
			require.NotContains(t, err.Error(), "example")
			require.True(t, kindOf(err).Definite(), "it is not tried again for ever: %v", err)
			r.finish(restore.Failed, time.Now()) // its end is written, so that it is removed in time
		})
	}
}

func TestStoredBackup(t *testing.T) {
	manifest := archive.BackupDir(restoretest.PolicyID, restoretest.BackupID) + archive.ManifestName
	state := func(r *restoring, change func(*archive.State)) {
		st, err := archive.ReadState(r.t.Context(), r.Store, restoretest.PolicyID, restoretest.BackupID)
		require.NoError(r.t, err)
		change(&st)
		data, err := archive.Encode(st)
		require.NoError(r.t, err)
		_, err = store.Replace(r.t.Context(), r.Store, archive.BackupDir(restoretest.PolicyID, restoretest.BackupID)+archive.StateName, data)
		require.NoError(r.t, err)
	}
	t.Run("one that is there", func(t *testing.T) {
		r := newRestoring(t)
		held := &backup.Note{By: "ann", At: restoretest.Started()}
		state(r, func(s *archive.State) { s.Status, s.Held = backup.Incomplete, held })
		row, err := r.a.storedBackup(t.Context(), r.in.Spec.PolicyID, r.in.Spec.BackupID)
		require.NoError(t, err)
		require.Equal(t, backup.Incomplete, row.Status, "what changed after it was sealed counts")
		require.Equal(t, held, row.Held)
		require.Equal(t, 1, row.Counts.Attachments)
		require.NoError(t, backup.MayRestore(row, backup.FromStore, row.ExpiresAt.Add(time.Hour), r.in.Limits), "T2: it is held")
	})
	for _, status := range []backup.Status{backup.Failed, backup.Expired, backup.Complete} {
		t.Run("T1: one without data that is "+string(status), func(t *testing.T) {
			r := newRestoring(t)
			state(r, func(s *archive.State) { s.Status = status })
			require.NoError(t, remove(t.Context(), r.Store, manifest))
			_, err := r.a.storedBackup(t.Context(), r.in.Spec.PolicyID, r.in.Spec.BackupID)
			require.Equal(t, failure.NotAvailable, kindOf(err))
		})
	}
	t.Run("none", func(t *testing.T) {
		r := newRestoring(t)
		r.in.Spec.BackupID = "jira-acme.20200101T000000Z"
		_, err := r.a.storedBackup(t.Context(), r.in.Spec.PolicyID, r.in.Spec.BackupID)
		require.Equal(t, failure.NotFound, kindOf(err))
	})
}

func TestWhatIsLeftOfRestores(t *testing.T) {
	end := time.Now().UTC().Truncate(time.Second).Add(time.Minute) // after all that is uploaded below
	t.Run("an uploaded file is deleted when its restore ends", func(t *testing.T) {
		for status, stays := range map[restore.Status]bool{restore.Complete: false, restore.Lapsed: false, restore.Incomplete: true, restore.Failed: true, restore.Cancelled: true} {
			r := newRestoring(t)
			r.upload("abc")
			r.apply()
			r.finish(status, end)
			require.Equal(t, stays, r.has(restore.ImportDir("abc")), "%s: what can be tried again needs it", status)
			require.True(t, r.has(restoretest.PolicyID+"/"), "the backup stays")
		}
	})
	t.Run("one that never had a plan needs no file", func(t *testing.T) {
		r := newRestoring(t)
		r.upload("abc")
		r.finish(restore.Failed, end)
		require.False(t, r.has(restore.ImportDir("abc")))
	})
	t.Run("an upload that broke off is gone on with for a day", func(t *testing.T) {
		r := newRestoring(t)
		r.upload("abc")
		require.NoError(t, remove(t.Context(), r.Store, restore.ImportDir("abc")+archive.BackupDir(restoretest.PolicyID, restoretest.BackupID)+archive.ManifestName))
		_, err := r.a.VerifyImport(t.Context(), r.in)
		require.Equal(t, failure.Corrupt, kindOf(err))
		require.ErrorContains(t, err, "goes on where the upload was")
		r.finish(restore.Failed, end)
		require.True(t, r.has(restore.ImportDir("abc")))
		r.finish(restore.Failed, end.Add(uploadRest))
		require.False(t, r.has(restore.ImportDir("abc")))
	})
	t.Run("a file that another restore needs stays", func(t *testing.T) {
		r := newRestoring(t)
		r.upload("abc")
		r.apply()
		other := r.in
		other.Spec.ID += "2"
		_, err := r.worker(r.Store, "theirs").PlanRestore(t.Context(), other)
		require.NoError(t, err)
		r.finish(restore.Complete, end)
		require.True(t, r.has(restore.ImportDir("abc")))
	})
	t.Run("a file that was just uploaded stays", func(t *testing.T) {
		r := newRestoring(t)
		r.apply()
		spec := r.in.Spec
		r.upload("new")
		r.in.Spec = spec
		r.finish(restore.Complete, end)
		require.True(t, r.has(restore.ImportDir("new")))
		r.finish(restore.Complete, end.Add(uploadRest+time.Minute))
		require.False(t, r.has(restore.ImportDir("new")), "nobody asked for its restore in a day")
	})
	t.Run("a file that is uploaded again after its restore ended stays", func(t *testing.T) {
		r := newRestoring(t)
		r.upload("abc")
		r.apply()
		r.finish(restore.Complete, time.Now().Add(-time.Hour))
		require.True(t, r.has(restore.ImportDir("abc")))
		r.finish(restore.Complete, end)
		require.False(t, r.has(restore.ImportDir("abc")))
	})
	t.Run("the report counts where nothing can be removed", func(t *testing.T) {
		r := newRestoring(t)
		r.apply()
		faulty := storetest.NewFaulty(r.Store, storetest.Fault{Method: storetest.List, Name: restore.Imports, Err: errors.New("no connection")})
		_, err := r.worker(faulty, "ours").FinishRestore(t.Context(), FinishRestoreInput{RestoreStep: r.in, Status: restore.Complete, EndedAt: end})
		require.NoError(t, err)
		faulty.AllFired(t)
		_, err = restore.OpenFolder(r.Store, r.in.Spec.ID).End(t.Context())
		require.NoError(t, err)
	})
	for _, test := range []struct {
		name         string
		after        time.Duration
		installation string
		ended, gone  bool
	}{
		{"one second before 60 days what a restore left is there", restore.Kept - time.Second, "ours", true, false},
		{"at 60 days it is removed", restore.Kept, "ours", true, true},
		{"one second after 60 days it is removed", restore.Kept + time.Second, "ours", true, true},
		{"that of another installation stays", restore.Kept + time.Second, "theirs", true, false},
		{"one that has not ended stays", restore.Kept - time.Minute, "ours", false, false},
		{"one in which nothing has happened for 60 days is removed", restore.Kept + time.Minute, "ours", false, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := newRestoring(t)
			old := r.in
			old.Spec.ID += "0"
			a := r.worker(r.Store, test.installation)
			_, err := a.PlanRestore(t.Context(), old)
			require.NoError(t, err)
			if test.ended {
				_, err = a.FinishRestore(t.Context(), FinishRestoreInput{RestoreStep: old, Status: restore.Incomplete, EndedAt: end})
				require.NoError(t, err)
			}
			r.apply()
			r.finish(restore.Complete, end.Add(test.after))
			require.Equal(t, !test.gone, r.has(restore.Dir(old.Spec.ID)))
			require.True(t, r.has(restore.Dir(r.in.Spec.ID)))
		})
	}
	for after, gone := range map[time.Duration]bool{restore.Kept - time.Minute: false, restore.Kept + time.Minute: true} {
		t.Run(fmt.Sprintf("a mapping file whose plan never began is removed after 60 days: after %v %v", after, gone), func(t *testing.T) {
			r := newRestoring(t)
			never := restore.NewID(restoretest.BackupID, end)
			_, err := restore.OpenFolder(r.Store, never).PutMap(t.Context(), []byte(`{"user":{"ann@acme.example":"5b"}}`))
			require.NoError(t, err)
			r.apply()
			r.finish(restore.Complete, end.Add(after))
			require.Equal(t, !gone, r.has(restore.Dir(never)))
		})
	}
	t.Run("a retry has not ended any more", func(t *testing.T) {
		r := newRestoring(t)
		r.apply()
		r.finish(restore.Incomplete, end)
		_, err := restore.OpenFolder(r.Store, r.in.Spec.ID).End(t.Context())
		require.NoError(t, err)
		_, err = r.a.CheckDestination(t.Context(), r.in)
		require.NoError(t, err)
		_, err = restore.OpenFolder(r.Store, r.in.Spec.ID).End(t.Context())
		require.ErrorIs(t, err, store.ErrNotExist)
	})
}

// TestSteps of a restore leave nothing on the disk of the worker.
func TestStepsOfARestoreLeaveNothingOnDisk(t *testing.T) {
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	r := newRestoring(t)
	r.apply()
	r.finish(restore.Complete, time.Now())
	require.NoError(t, filepath.WalkDir(temp, func(path string, d fs.DirEntry, err error) error {
		require.NoError(t, err)
		for _, prefix := range []string{"plan-", "parts-", "list-", "rows-"} {
			require.False(t, strings.HasPrefix(d.Name(), prefix), path)
		}
		return nil
	}))
}
