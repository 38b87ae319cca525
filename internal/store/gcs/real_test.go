package gcs

import (
	"context"
	"crypto/rand"
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holdfast/internal/store"
	"holdfast/internal/store/storetest"
)

// TestConformanceOfARealBucket needs a bucket without retention policy, named by
// HOLDFAST_TEST_BUCKET, and credentials for it. It works below a prefix of its
// own, which it empties.
func TestConformanceOfARealBucket(t *testing.T) {
	skipWithoutBucket(t)
	storetest.Run(t, func(t *testing.T) store.Store { return openReal(t) })
}

// TestLinksOfARealBucket needs an account that may sign, besides.
func TestLinksOfARealBucket(t *testing.T) {
	skipWithoutBucket(t)
	s := openReal(t)
	_, err := store.PutBytes(t.Context(), s, "a b", []byte("0123456789"), store.IfAbsent())
	require.NoError(t, err)
	link, err := s.Link(t.Context(), "a b", "a b.zip", time.Now().Add(time.Minute))
	require.NoError(t, err)
	res, body := fetch(t, "GET", link)
	require.Equal(t, http.StatusOK, res.StatusCode)
	require.Equal(t, "0123456789", body)
	require.Equal(t, `attachment; filename="a b.zip"`, res.Header.Get("Content-Disposition"))
	res, body = fetch(t, "GET", link, "Range", "bytes=4-", "If-Range", res.Header.Get("Etag"))
	require.Equal(t, http.StatusPartialContent, res.StatusCode)
	require.Equal(t, "456789", body)
	res, _ = fetch(t, "GET", link+"0")
	require.Equal(t, http.StatusForbidden, res.StatusCode)
}

func skipWithoutBucket(t *testing.T) {
	t.Helper()
	if os.Getenv("HOLDFAST_TEST_BUCKET") == "" {
		t.Skip("no bucket to test with: set HOLDFAST_TEST_BUCKET to the name of one")
	}
}

// openReal opens a store of its own in the bucket, which is emptied at the end.
func openReal(t *testing.T) *Store {
	t.Helper()
	s, err := Open(t.Context(), os.Getenv("HOLDFAST_TEST_BUCKET"), "holdfast-test-"+rand.Text())
	require.NoError(t, err)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
		defer cancel()
		for o, err := range s.List(ctx, "") {
			if err != nil {
				t.Errorf("clean up: %v", err)
				break
			}
			if err := s.Delete(ctx, o.Name, o.Generation); err != nil {
				t.Errorf("clean up: %v", err)
			}
		}
		s.Close()
	})
	return s
}
