package restore_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holdfast/internal/restore"
)

func TestIDs(t *testing.T) {
	const of = "jira-acme.20261123T021658Z"
	at := time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC)
	plan, one, two := restore.NewID(of, at), restore.NewIDFor(of, at, "drill/1/1"), restore.NewIDFor(of, at.Add(time.Millisecond), "drill/1/2")
	require.Equal(t, of+".r20261124T080000Z", plan)
	require.Equal(t, one, restore.NewIDFor(of, at, "drill/1/1"), "who makes it again makes the same")
	require.Len(t, map[string]bool{plan: true, one: true, two: true}, 3, "what is asked for in the same second is told apart")
	for _, id := range []string{plan, one, two} {
		backupID, asked, err := restore.ParseID(id)
		require.NoError(t, err, id)
		require.Equal(t, of, backupID)
		require.Equal(t, at, asked)
	}
	for _, wrong := range []string{
		"", of, of + ".r", of + ".r20261124T080000", of + ".r20261324T080000Z", plan + "-", plan + "-1234567", plan + "-1234567g", plan + "-1234ABCD",
		one + "-12345678", one + "/x", "../x.r20261124T080000Z", ".r20261124T080000Z", "jira-acme.r20261124T080000Z",
	} {
		_, _, err := restore.ParseID(wrong)
		require.Error(t, err, wrong)
	}
}
