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
		"s3://bucket":              "s3:// is not supported",
		dir:                        "has no scheme",
		"file://host/dir":          "three slashes",
		"file:dir":                 "three slashes",
		"file:///d?x=y":            "three slashes",
		"::":                       "not an address",
		"":                         "has no scheme",
		"gs:bucket":                "nothing before or behind",
		"gs://key@bucket/prefix":   "nothing before or behind",
		"gs://bucket:80/prefix":    "nothing before or behind",
		"gs://bucket/prefix?key=1": "nothing before or behind",
		"gs://bucket/prefix#1":     "nothing before or behind",
		"gs://":                    "no name of a bucket",
		"gs:///prefix":             "no name of a bucket",
		"gs://Bucket":              "no name of a bucket",
		"gs://b":                   "no name of a bucket",
		"gs://bucket/a//b":         "the prefix is not a valid object name",
		"gs://bucket/../b":         "the prefix is not a valid object name",
	} {
		_, err := Open(t.Context(), address)
		require.ErrorContains(t, err, want, "address %q", address)
	}
}

func TestOpenOfABucket(t *testing.T) {
	t.Run("its address comes back as it was written", func(t *testing.T) {
		t.Setenv("STORAGE_EMULATOR_HOST", "127.0.0.1:9")
		for address, want := range map[string]string{
			"gs://bucket": "gs://bucket", "gs://bucket/": "gs://bucket", "gs://my.bucket_1/a/b": "gs://my.bucket_1/a/b", "gs://bucket/a/": "gs://bucket/a",
			"gs://bucket/a%20b": "gs://bucket/a%20b",
		} {
			s, err := Open(t.Context(), address)
			require.NoError(t, err, address)
			require.Equal(t, want, s.URL())
		}
	})
	t.Run("without credentials the error says where they are looked for", func(t *testing.T) {
		t.Setenv("STORAGE_EMULATOR_HOST", "")
		t.Setenv("GOOGLE_APPLICATION_CREDENTIALS", "/nowhere/key.json")
		_, err := Open(t.Context(), "gs://bucket")
		require.ErrorContains(t, err, "GOOGLE_APPLICATION_CREDENTIALS")
	})
}
