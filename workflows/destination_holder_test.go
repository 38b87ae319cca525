package workflows

import (
	"testing"

	"github.com/stretchr/testify/require"

	"holdfast/internal/failure"
	"holdfast/internal/restore"
)

// TestT4WhoHoldsADestinationIsEndedByACommand states that the command that ends the holder is there
// to be copied.
func TestT4WhoHoldsADestinationIsEndedByACommand(t *testing.T) {
	const backupID = "jira-acme.20261123T021658Z"
	restoreID := restore.NewID(backupID, born)
	drilled := restore.NewIDFor(backupID, born, "drill")
	for holder, command := range map[string]string{
		backupID:  "'holdfast backup cancel " + backupID + "'",
		restoreID: "'holdfast restore cancel " + restoreID + "'",
		drilled:   "'holdfast restore cancel " + drilled + "'",
	} {
		kind, text := failure.Of(lockedBy(holder))
		require.Equal(t, failure.Locked, kind)
		require.Contains(t, text, "end it with "+command)
	}
	_, text := failure.Of(lockedBy(""))
	require.NotContains(t, text, "cancel")
}
