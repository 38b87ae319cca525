package storeurl

import (
	"testing"

	"github.com/stretchr/testify/require"

	"holdfast/internal/store"
)

func TestOpen(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(t.Context(), "file://"+dir)
	require.NoError(t, err)
	require.Equal(t, "file://"+dir, s.URL())
	require.NoError(t, store.Probe(t.Context(), s))

	for address, want := range map[string]string{
		"gs://bucket/prefix": "gs:// is not supported by this version",
		"s3://bucket":        "s3:// is not supported",
		dir:                  "has no scheme",
		"file://host/dir":    "three slashes",
		"file:dir":           "three slashes",
		"file:///d?x=y":      "three slashes",
		"::":                 "not an address",
		"":                   "has no scheme",
	} {
		_, err := Open(t.Context(), address)
		require.ErrorContains(t, err, want, "address %q", address)
	}
}
