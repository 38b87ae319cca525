package activities

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"holdfast/internal/archive"
	"holdfast/internal/atlassian"
	"holdfast/internal/failure"
	"holdfast/internal/scratch"
	"holdfast/internal/store"
	"holdfast/internal/store/dir"
)

func TestFailed(t *testing.T) {
	t.Parallel()
	typed := failure.New(failure.Owned, "owned")
	for _, c := range []struct {
		name string
		err  error
		want failure.Type // empty: stays as it is
	}{
		{"nothing", nil, ""},
		{"a failure stays", typed, failure.Owned},
		{"a failure that is wrapped is what it was", fmt.Errorf("read it: %w", typed), failure.Owned},
		{"credentials", siteError(atlassian.ClassCredentials), failure.CredentialsRefused},
		{"the site forbids", siteError(atlassian.ClassForbidden), failure.CredentialsRefused},
		{"no such site", siteError(atlassian.ClassSiteGone), failure.SiteGone},
		{"quota", siteError(atlassian.ClassQuota), failure.Quota},
		{"the site is away", siteError(atlassian.ClassAway), failure.SiteAway},
		{"a reply that makes no sense", siteError(atlassian.ClassProtocol), ""},
		{"cancelled", &atlassian.Error{Class: atlassian.ClassAway, Err: context.Canceled}, ""},
		{"the store refuses", mark(fmt.Errorf("put: %w", store.ErrRefused)), failure.StoreRefused},
		{"the store is away", mark(errors.New("503")), failure.StoreAway},
		{"the store's disk is full", mark(syscall.ENOSPC), failure.StoreAway},
		{"the store is cancelled", mark(context.Canceled), ""},
		{"no such object", mark(store.ErrNotExist), ""},
		{"the store is damaged", mark(store.ErrCorrupt), failure.Corrupt},
		{"the archive is damaged", archive.ErrCorrupt, failure.Corrupt},
		{"the scratch disk is full", scratchFailed(fmt.Errorf("write: %w", syscall.ENOSPC)), failure.ScratchFull},
		{"no slot is free", scratch.ErrFull, failure.ScratchFull},
		{"the lease has ended", scratch.ErrLost, failure.LeaseLost},
		{"anything else", errors.New("surprise"), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := failed(c.err)
			kind, message := failure.Of(err)
			require.Equal(t, c.want, kind)
			if c.want == "" {
				require.Equal(t, c.err, err)
			} else {
				require.NotEmpty(t, message)
				require.IsType(t, &temporal.ApplicationError{}, err, "wrapped, Temporal does not see its type")
			}
		})
	}
	site := siteError(atlassian.ClassCredentials)
	_, message := failure.Of(failed(site))
	require.Equal(t, site.Error(), message, "the error ends in what to do: nothing is added")
	until := time.Date(2026, 11, 23, 16, 0, 0, 0, time.UTC)
	require.Equal(t, until, failure.Until(failed(&atlassian.Error{Class: atlassian.ClassQuota, Until: until})))
}

func TestStoreErrorsAreMarked(t *testing.T) {
	t.Parallel()
	inner, err := dir.Open(t.TempDir())
	require.NoError(t, err)
	s := markStore(inner)
	require.Equal(t, s, markStore(s))
	ctx := t.Context()
	_, err = s.Put(ctx, "a/b", strings.NewReader("x"), store.IfAbsent())
	require.NoError(t, err)

	site := siteError(atlassian.ClassAway)
	_, err = s.Put(ctx, "c", io.MultiReader(strings.NewReader("x"), failing{site}), store.IfAbsent())
	kind, _ := failure.Of(failed(err))
	require.Equal(t, failure.SiteAway, kind)
	var fault *storeFault
	require.False(t, errors.As(err, &fault), "an error of what is stored is not the store's")

	_, err = s.Put(ctx, "a/b", strings.NewReader("x"), store.IfAbsent())
	require.ErrorIs(t, err, store.ErrPrecondition)
	_, err = s.Stat(ctx, "none")
	require.ErrorIs(t, err, store.ErrNotExist)
	var folders []string
	for f, err := range store.Folders(ctx, s, "") {
		require.NoError(t, err)
		folders = append(folders, f)
	}
	require.Equal(t, []string{"a"}, folders)

	require.NoError(t, inner.Close())
	_, err = s.Get(ctx, "a/b", 0, -1)
	require.ErrorAs(t, err, &fault)
	require.ErrorAs(t, s.Delete(ctx, "a/b", 1), &fault)
	_, err = s.Copy(ctx, "a/b", "d", store.IfAbsent())
	require.ErrorAs(t, err, &fault)
	for _, err := range s.List(ctx, "") {
		require.ErrorAs(t, err, &fault)
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func TestAcquireScratch(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	in := AcquireScratchInput{BackupID: "b", Credential: "acme", Shard: "000-001", Attempt: 1}
	first, err := b.host.AcquireScratch(t.Context(), in)
	require.NoError(t, err)
	require.Equal(t, b.ledger.Queue(), first.Queue)
	require.NotEmpty(t, first.Host)
	again, err := b.host.AcquireScratch(t.Context(), in)
	require.NoError(t, err)
	require.Equal(t, first, again)

	retryable := func(want failure.Type, err error) {
		t.Helper()
		requireFailure(t, want, err)
		var app *temporal.ApplicationError
		require.ErrorAs(t, err, &app)
		require.False(t, app.NonRetryable(), "another worker may answer otherwise")
	}
	in.Credential = "beta"
	_, err = b.host.AcquireScratch(t.Context(), in)
	retryable(failure.NoCredential, err)
	require.ErrorContains(t, err, "no worker has credential beta")

	in.Credential = "acme"
	for range b.ledger.Slots() {
		in.Shard += "x"
		_, err = b.host.AcquireScratch(t.Context(), in)
	}
	retryable(failure.ScratchFull, err)

	step := StepInput{Run: Run{BackupID: "b"}, Lease: first}
	require.NoError(t, b.host.Touch(t.Context(), step))
	require.NoError(t, b.host.Release(t.Context(), step))
	require.NoError(t, b.host.Release(t.Context(), step))
	requireFailure(t, failure.LeaseLost, b.host.Touch(t.Context(), step))
}
