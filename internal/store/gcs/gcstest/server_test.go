package gcstest

import (
	"bytes"
	"context"
	"errors"
	"hash/crc32"
	"io"
	"net/http"
	"testing"
	"time"

	"cloud.google.com/go/storage"
	"github.com/stretchr/testify/require"
	"google.golang.org/api/googleapi"
)

func client(t *testing.T, s *Server) *storage.BucketHandle {
	t.Helper()
	c, err := storage.NewClient(t.Context(), append(s.Options(), storage.WithJSONReads())...)
	require.NoError(t, err)
	t.Cleanup(func() { c.Close() })
	c.SetRetry(storage.WithPolicy(storage.RetryNever))
	return c.Bucket("bucket")
}

func put(t *testing.T, o *storage.ObjectHandle, data []byte, change func(*storage.Writer)) (*storage.ObjectAttrs, error) {
	t.Helper()
	w := o.NewWriter(t.Context())
	w.ChunkSize = 256 << 10
	if change != nil {
		change(w)
	}
	_, _ = io.Copy(w, bytes.NewReader(data))
	err := w.Close()
	return w.Attrs(), err
}

func requireStatus(t *testing.T, want int, err error) {
	t.Helper()
	var api *googleapi.Error
	require.ErrorAs(t, err, &api)
	require.Equal(t, want, api.Code)
}

func TestServerIsStrict(t *testing.T) {
	s := Start(t, "bucket")
	b := client(t, s)
	ctx, data := t.Context(), make([]byte, 700<<10)
	sum := crc32.Checksum(data, crc32.MakeTable(crc32.Castagnoli))
	x, err := put(t, b.Object("x"), data, nil)
	require.NoError(t, err)
	require.Equal(t, sum, x.CRC32C)
	require.EqualValues(t, len(data), x.Size)

	t.Run("a wrong checksum is refused, in one request and in chunks", func(t *testing.T) {
		for _, size := range []int{10, len(data)} {
			_, err := put(t, b.Object("wrong"), data[:size], func(w *storage.Writer) { w.CRC32C, w.SendCRC32C = 1, true })
			requireStatus(t, http.StatusBadRequest, err)
		}
		s.Plan(Fault{Op: Chunk, Flip: true})
		_, err := put(t, b.Object("wrong"), data, nil)
		requireStatus(t, http.StatusBadRequest, err)
		require.NotContains(t, s.Names("bucket"), "wrong")
	})
	t.Run("every method holds to its precondition", func(t *testing.T) {
		other := storage.Conditions{GenerationMatch: x.Generation + 1}
		_, err := put(t, b.Object("x").If(storage.Conditions{DoesNotExist: true}), data[:1], nil)
		requireStatus(t, http.StatusPreconditionFailed, err)
		_, err = put(t, b.Object("absent").If(other), data[:1], nil)
		requireStatus(t, http.StatusPreconditionFailed, err)
		requireStatus(t, http.StatusPreconditionFailed, b.Object("x").If(other).Delete(ctx))
		_, err = b.Object("x").If(other).CopierFrom(b.Object("x")).Run(ctx)
		requireStatus(t, http.StatusPreconditionFailed, err)
		_, err = b.Object("x").If(storage.Conditions{DoesNotExist: true}).ComposerFrom(b.Object("x")).Run(ctx)
		requireStatus(t, http.StatusPreconditionFailed, err)
		_, err = b.Object("x").If(storage.Conditions{MetagenerationMatch: 7}).Update(ctx, storage.ObjectAttrsToUpdate{TemporaryHold: true})
		requireStatus(t, http.StatusPreconditionFailed, err)
		_, err = b.Object("y").CopierFrom(b.Object("x").Generation(1)).Run(ctx)
		require.ErrorIs(t, err, storage.ErrObjectNotExist)
		require.Equal(t, []string{"x"}, s.Names("bucket"))
	})
	t.Run("compose makes one object of others, and counts them", func(t *testing.T) {
		o, err := b.Object("both").If(storage.Conditions{DoesNotExist: true}).ComposerFrom(b.Object("x").Generation(x.Generation), b.Object("x")).Run(ctx)
		require.NoError(t, err)
		require.EqualValues(t, 2*len(data), o.Size)
		require.EqualValues(t, 2, o.ComponentCount)
		require.NoError(t, b.Object("both").If(storage.Conditions{GenerationMatch: o.Generation}).Delete(ctx))
	})
	t.Run("holds and retention keep an object from deletion and replacement", func(t *testing.T) {
		refused := func() {
			requireStatus(t, http.StatusForbidden, b.Object("x").Delete(ctx))
			_, err := put(t, b.Object("x"), data, nil)
			requireStatus(t, http.StatusForbidden, err)
		}
		for _, hold := range []storage.ObjectAttrsToUpdate{{TemporaryHold: true}, {TemporaryHold: false, EventBasedHold: true}} {
			o, err := b.Object("x").Update(ctx, hold)
			require.NoError(t, err)
			require.True(t, o.TemporaryHold || o.EventBasedHold)
			require.Equal(t, x.Generation, o.Generation)
			refused()
		}
		_, err := b.Object("x").Update(ctx, storage.ObjectAttrsToUpdate{EventBasedHold: false})
		require.NoError(t, err)
		s.Retain("bucket", time.Hour)
		refused()
		s.Retain("bucket", 0)
		require.NoError(t, b.Object("x").Delete(ctx))
	})
	t.Run("an absent bucket is told", func(t *testing.T) {
		s.DeleteBucket("bucket")
		_, err := b.Object("x").Attrs(ctx)
		var api *googleapi.Error
		require.True(t, errors.As(err, &api))
		require.Contains(t, api.Message, "bucket does not exist")
	})
}

func TestStallsEndWithTheServer(t *testing.T) {
	s, stop := Serve(t.TempDir(), "bucket")
	b := client(t, s)
	s.Plan(Fault{Op: Attrs, Stall: true, Before: func() { time.AfterFunc(50*time.Millisecond, stop) }})
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	_, err := b.Object("x").Attrs(ctx)
	require.Error(t, err)
	require.NoError(t, ctx.Err())
	s.AllFired(t)
}
