package storetest

import (
	"io"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"holdfast/internal/store"
)

func ranges(t *testing.T, s store.Store) {
	ctx := background(t)
	put(t, s, "digits", "0123456789")
	for _, test := range []struct {
		offset, length int64
		want           string
	}{
		{0, -1, "0123456789"}, {0, 10, "0123456789"}, {0, 0, ""}, {3, -1, "3456789"}, {3, 4, "3456"}, {9, 1, "9"}, {9, -1, "9"}, {10, -1, ""}, {10, 0, ""},
	} {
		r, err := s.Get(ctx, "digits", test.offset, test.length)
		require.NoError(t, err, "%+v", test)
		require.NoError(t, iotest.TestReader(&onlyReader{r}, []byte(test.want)), "%+v", test)
		require.NoError(t, r.Close())
	}
}

func pastTheEnd(t *testing.T, s store.Store) {
	ctx := background(t)
	put(t, s, "digits", "0123456789")
	for _, test := range []struct{ offset, length int64 }{{0, 11}, {5, 6}, {9, 2}, {11, 1}, {11, -1}, {1 << 40, -1}} {
		r, err := s.Get(ctx, "digits", test.offset, test.length)
		if err == nil {
			_, err = io.ReadAll(r)
			require.NoError(t, r.Close())
		}
		require.ErrorIs(t, err, io.ErrUnexpectedEOF, "%+v", test)
	}
	_, err := s.Get(ctx, "digits", -1, 1)
	require.Error(t, err)
}

func absent(t *testing.T, s store.Store) {
	ctx := background(t)
	put(t, s, "a/b/c", "x")
	for _, name := range []string{"absent", "a/absent", "no/such/folder", "a", "a/b", "a/b/c/d", "a/b/c.d"} {
		_, err := s.Get(ctx, name, 0, -1)
		require.ErrorIs(t, err, store.ErrNotExist, "Get %s", name)
		_, err = s.Stat(ctx, name)
		require.ErrorIs(t, err, store.ErrNotExist, "Stat %s", name)
		_, err = s.Copy(ctx, name, "new", store.IfAbsent())
		require.ErrorIs(t, err, store.ErrNotExist, "Copy %s", name)
	}
}
