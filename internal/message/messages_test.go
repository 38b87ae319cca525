package message

import (
	"testing"

	"github.com/stretchr/testify/require"

	"holdfast/internal/backup"
)

func TestP3ARunOverridesForItself(t *testing.T) {
	yes, no := true, false
	wiki := backup.Policy{ID: "confluence-acme", Product: backup.Confluence, Options: backup.Options{Attachments: true, Versions: 2}}
	for _, c := range []struct {
		name string
		in   RunBackupInput
		want backup.Options
	}{
		{"nothing: as the policy says", RunBackupInput{}, backup.Options{Attachments: true, Versions: 2}},
		{"attachments", RunBackupInput{Attachments: &no}, backup.Options{Versions: 2}},
		{"personal spaces", RunBackupInput{PersonalSpaces: &no}, backup.Options{Attachments: true, Versions: 2, NoPersonalSpaces: true}},
		{"personal spaces as the policy has them", RunBackupInput{PersonalSpaces: &yes}, backup.Options{Attachments: true, Versions: 2}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := c.in.Options(wiki)
			require.NoError(t, err)
			require.Equal(t, c.want, got)
		})
	}
	wiki.Options.NoPersonalSpaces = true
	got, err := RunBackupInput{PersonalSpaces: &yes}.Options(wiki)
	require.NoError(t, err)
	require.False(t, got.NoPersonalSpaces)

	_, err = RunBackupInput{PersonalSpaces: &yes}.Options(backup.Policy{ID: "jira-acme", Product: backup.Jira})
	require.EqualError(t, err, "policy jira-acme is one of jira, which has no personal spaces: leave that choice out")
}
