package activities

import (
	"testing"

	"github.com/stretchr/testify/require"

	"holdfast/internal/archive"
	"holdfast/internal/backup"
)

// TestCoverageNamesKindsForPeople states D3: each kind of the table has a row
// with a name of its own.
func TestCoverageNamesKindsForPeople(t *testing.T) {
	names := make(map[string]string)
	var rows []archive.KindRow
	for _, row := range kindsOf(backup.Jira).coverage(archive.Manifest{}, nil) {
		require.NotEmpty(t, row.Name, row.Kind)
		require.Empty(t, names[row.Name], "%s and %s have one name", row.Kind, names[row.Name])
		names[row.Name] = row.Kind
		rows = append(rows, row)
	}
	require.Equal(t, "changelog", names["history of issues"])
	require.Equal(t, archive.SwitchedOff, rows[len(rows)-2].State, "bytes of attachments, which this backup leaves out")
}
