package activities

import (
	"testing"

	"github.com/stretchr/testify/require"

	"holdfast/internal/archive"
	"holdfast/internal/backup"
)

// TestCoverageTellsWhetherOptionsWereOfUse states that a report says so where a
// type of custom content may be misspelt, and whether the Admin Key was used.
func TestCoverageTellsWhetherOptionsWereOfUse(t *testing.T) {
	t.Parallel()
	m := archive.Manifest{Product: backup.Confluence, Options: backup.Options{AdminKey: true, CustomContent: []string{"ac:a:b"}}}
	row := func(kind string, losses map[string]lost) archive.KindRow {
		return rowOf(t, kindsOf(backup.Confluence).coverage(m, losses), kind)
	}
	require.Equal(t, "of the types that the policy names: ac:a:b; none was found: check how they are written", row(customContentKind, nil).Note)
	require.NotContains(t, row(customContentKind, map[string]lost{customContentKind: {missing: 1, denied: 1}}).Note, "none was found")
	require.Equal(t, "the account may use it, and restricted pages could be read with it", row(adminKeyKind, nil).Note)
	require.NotContains(t, row(adminKeyKind, map[string]lost{adminKeyKind: {missing: 1, denied: 1}}).Note, "read with it")

	m.Records = map[string]int{customContentKind: 3}
	require.Equal(t, "of the types that the policy names: ac:a:b", row(customContentKind, nil).Note)
}
