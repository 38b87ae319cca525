package gcs

import (
	"fmt"
	"testing"

	"github.com/fsouza/fake-gcs-server/fakestorage"
	"github.com/stretchr/testify/require"
	"google.golang.org/api/option"

	"holdfast/internal/store"
	"holdfast/internal/store/storetest"
)

// The emulator is written by others, so that it tells whether gcstest and this
// package share a mistake about the protocol. It lets more pass than the service.
func TestConformanceOnTheEmulator(t *testing.T) {
	server, err := fakestorage.NewServerWithOptions(fakestorage.Options{Scheme: "http", Host: "127.0.0.1", Port: 0})
	require.NoError(t, err)
	t.Cleanup(server.Stop)
	n := 0
	storetest.Run(t, func(t *testing.T) store.Store {
		n++
		bucket := fmt.Sprintf("bucket-%d", n)
		server.CreateBucketWithOpts(fakestorage.CreateBucketOpts{Name: bucket})
		s, err := Open(t.Context(), bucket, "prefix", option.WithEndpoint(server.URL()+"/storage/v1/"), option.WithoutAuthentication())
		require.NoError(t, err)
		t.Cleanup(func() { s.Close() })
		s.patience = hasty()
		return s
	}, storetest.NoConditionOfDelete, storetest.NoConditionOfCopy, storetest.NoConditionOfCompose, storetest.NoGenerationOfParts)
}
