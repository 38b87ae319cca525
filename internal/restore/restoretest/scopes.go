package restoretest

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// RequireScopes requires docs/restore.md to list these scopes of tokens for a product:
// they are the first block of code after the line "For NAME:". Also are scopes of requests
// that restores of other backups send.
func RequireScopes(t testing.TB, product string, scopes []string, also ...string) {
	t.Helper()
	scopes = slices.Concat(scopes, also)
	slices.Sort(scopes)
	scopes = slices.Compact(scopes)
	page, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", "restore.md"))
	require.NoError(t, err)
	_, after, found := strings.Cut(string(page), "\nFor "+product+":\n")
	require.True(t, found, "docs/restore.md does not say which scopes %s needs", product)
	_, after, _ = strings.Cut(after, "```\n")
	block, _, _ := strings.Cut(after, "```")
	documented := strings.Fields(block)
	slices.Sort(documented)
	require.Equal(t, scopes, documented, "scopes that the requests of a restore into %s need, and docs/restore.md", product)
}
