package links

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestASealedLinkIsForWhoAskedForIt(t *testing.T) {
	const download, address = "download/jira-acme.20261123T000000Z/1", "https://storage.example/x?X-Goog-Signature=secret"
	key, err := NewKey()
	require.NoError(t, err)
	require.Len(t, key.Public(), 32)
	sealed, err := Seal(key.Public(), download, address)
	require.NoError(t, err)
	require.False(t, bytes.Contains(sealed, []byte("Signature")))
	opened, err := Open(key, download, sealed)
	require.NoError(t, err)
	require.Equal(t, address, opened)

	again, err := Seal(key.Public(), download, address)
	require.NoError(t, err)
	require.NotEqual(t, sealed, again, "nothing tells that two links are the same")

	other, err := NewKey()
	require.NoError(t, err)
	require.NotEqual(t, key.Public(), other.Public())
	damaged := bytes.Clone(sealed)
	damaged[len(damaged)-1] ^= 1
	for name, open := range map[string]func() (string, error){
		"another key":      func() (string, error) { return Open(other, download, sealed) },
		"another download": func() (string, error) { return Open(key, "download/jira-acme.20261123T000000Z/2", sealed) },
		"damaged":          func() (string, error) { return Open(key, download, damaged) },
		"cut":              func() (string, error) { return Open(key, download, sealed[:20]) },
		"nothing":          func() (string, error) { return Open(key, download, nil) },
	} {
		opened, err := open()
		require.Error(t, err, name)
		require.Empty(t, opened)
		require.NotContains(t, err.Error(), "secret")
	}
	for _, public := range [][]byte{nil, make([]byte, 31), make([]byte, 33), make([]byte, 32)} {
		_, err := Seal(public, download, address)
		require.Error(t, err, "%d bytes", len(public))
		require.NotContains(t, err.Error(), "secret")
	}
}
