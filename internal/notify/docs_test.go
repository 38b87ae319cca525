package notify

import (
	"bytes"
	"encoding/json"
	"os"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"holdfast/internal/backup"
)

// TestTheDocumentsAreTrue holds the examples and tables of docs/notifications.md to
// the program.
func TestTheDocumentsAreTrue(t *testing.T) {
	data, err := os.ReadFile("../../docs/notifications.md")
	require.NoError(t, err)
	examples := regexp.MustCompile("(?s)```json\n(.*?)```").FindAllSubmatch(data, -1)
	require.Len(t, examples, 2)

	byName, err := parse(examples[0][1])
	require.NoError(t, err)
	require.Len(t, byName, 2)

	var n backup.Notice
	dec := json.NewDecoder(bytes.NewReader(examples[1][1]))
	dec.DisallowUnknownFields()
	require.NoError(t, dec.Decode(&n))
	require.NotEmpty(t, n.ID)
	require.NotNil(t, n.Backup)

	_, events, found := bytes.Cut(data, []byte("## Events"))
	require.True(t, found)
	events, _, _ = bytes.Cut(events, []byte("\n## "))
	var documented []backup.Event
	for _, cell := range regexp.MustCompile("(?m)^\\| `([a-z ]+)` \\|").FindAllSubmatch(events, -1) {
		documented = append(documented, backup.Event(cell[1]))
	}
	require.Equal(t, append(backup.Events(), backup.EventTest), documented)
}
