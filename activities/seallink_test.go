package activities

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"holdfast/internal/archive"
	"holdfast/internal/failure"
	"holdfast/internal/links"
	"holdfast/internal/message"
	"holdfast/internal/store"
	"holdfast/internal/store/dir"
	"holdfast/internal/store/gcs"
	"holdfast/internal/store/gcs/gcstest"
	"holdfast/internal/store/storetest"
)

const linkedBackup = "jira-acme.20261123T000000Z"

// linked stores a package and returns the activities of a worker, and a key of who asks.
func linked(t *testing.T, s store.Store) (*Activities, *links.Key) {
	t.Helper()
	_, err := store.PutBytes(t.Context(), s, archive.PackageName("jira-acme", linkedBackup, 3), []byte("a package"), store.IfAbsent())
	require.NoError(t, err)
	key, err := links.NewKey()
	require.NoError(t, err)
	server, err := links.Start(t.Context(), links.Config{Store: s})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Close(t.Context())) })
	return New(Deps{Store: s, Links: server}), key
}

func sealLink(key *links.Key) SealLinkInput {
	return SealLinkInput{PolicyID: "jira-acme", BackupID: linkedBackup, Number: 3, Until: time.Now().Add(time.Minute), PublicKey: key.Public()}
}

func inDirectory(t *testing.T) store.Store {
	s, err := dir.Open(t.TempDir())
	require.NoError(t, err)
	t.Cleanup(func() { s.Close() })
	return s
}

func inBucket(t *testing.T) store.Store {
	server := gcstest.Start(t, "bucket")
	key := filepath.Join(t.TempDir(), "key.json")
	require.NoError(t, server.KeyFile(key, "backup@p.iam.gserviceaccount.com", "http://127.0.0.1:1/token"))
	t.Setenv("STORAGE_EMULATOR_HOST", server.URL())
	t.Setenv("GOOGLE_APPLICATION_CREDENTIALS", key)
	s, err := gcs.Open(t.Context(), "bucket", "prefix")
	require.NoError(t, err)
	t.Cleanup(func() { s.Close() })
	return s
}

func TestSealLink(t *testing.T) {
	for name, open := range map[string]func(*testing.T) store.Store{"of a directory, which the worker serves": inDirectory, "of a bucket, which it signs": inBucket} {
		t.Run(name, func(t *testing.T) {
			a, key := linked(t, open(t))
			result, err := a.SealLink(t.Context(), sealLink(key))
			require.NoError(t, err)
			for _, part := range []string{"http", "ignature", "zip"} {
				require.False(t, bytes.Contains(result.Sealed, []byte(part)), "it is sealed")
			}
			address, err := links.Open(key, message.DownloadID(linkedBackup, 3), result.Sealed)
			require.NoError(t, err)
			res, err := http.Get(address)
			require.NoError(t, err)
			defer res.Body.Close()
			body, err := io.ReadAll(res.Body)
			require.NoError(t, err)
			require.Equal(t, "a package", string(body))
			require.Equal(t, "attachment; filename="+linkedBackup+".3.zip", res.Header.Get("Content-Disposition"))
		})
	}
}

func TestSealLinkRefuses(t *testing.T) {
	t.Run("at a worker that serves no links: another one may", func(t *testing.T) {
		_, key := linked(t, inDirectory(t))
		_, err := New(Deps{Store: inDirectory(t)}).SealLink(t.Context(), sealLink(key))
		kind, why := failure.Of(err)
		require.Equal(t, failure.NoLinks, kind)
		require.Contains(t, why, "--links-listen")
		var app *temporal.ApplicationError
		require.ErrorAs(t, err, &app)
		require.False(t, app.NonRetryable())
	})
	t.Run("a key that is none", func(t *testing.T) {
		a, key := linked(t, inDirectory(t))
		in := sealLink(key)
		in.PublicKey = []byte("short")
		_, err := a.SealLink(t.Context(), in)
		kind, why := failure.Of(err)
		require.Equal(t, failure.InvalidArgument, kind)
		require.NotContains(t, why, "signature")
	})
	t.Run("where the account may not sign", func(t *testing.T) {
		s := inDirectory(t)
		_, key := linked(t, s)
		_, err := New(Deps{Store: &signless{Store: s, err: store.ErrRefused}}).SealLink(t.Context(), sealLink(key))
		kind, _ := failure.Of(err)
		require.Equal(t, failure.StoreRefused, kind)
		_, err = New(Deps{Store: &signless{Store: s, err: io.ErrNoProgress}}).SealLink(t.Context(), sealLink(key))
		kind, _ = failure.Of(err)
		require.Equal(t, failure.StoreAway, kind)
	})
}

// signless is a bucket that makes no links now.
type signless struct {
	store.Store
	err error
}

func (s *signless) Link(ctx context.Context, name, file string, until time.Time) (string, error) {
	return "", s.err
}

func TestAMarkedStoreMakesLinksOnlyWhereItsStoreDoes(t *testing.T) {
	s := inDirectory(t)
	_, ok := markStore(s).(store.Linker)
	require.False(t, ok)
	for _, marked := range []store.Store{markStore(&signless{Store: s}), markStore(markStore(&signless{Store: s}))} {
		_, ok = marked.(store.Linker)
		require.True(t, ok)
	}

	_, err := store.PutBytes(t.Context(), s, "part", []byte("x"), store.IfAbsent())
	require.NoError(t, err)
	away := storetest.NewFaulty(s, storetest.Fault{Method: storetest.Compose, Err: io.ErrNoProgress})
	_, err = markStore(away).Compose(t.Context(), []string{"part"}, "whole", store.IfAbsent())
	var fault *storeFault
	require.ErrorAs(t, err, &fault)
	away.AllFired(t)
}
