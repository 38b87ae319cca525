package jira_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"holdfast/internal/restore"
	"holdfast/internal/restore/restoretest"
)

func TestRequestsThatMakeNoSenseAreRefused(t *testing.T) {
	t.Parallel()
	b := capture(t, start(t, small()))
	to := b.empty(t, false)
	for name, c := range map[string]struct {
		change func(*restore.Spec)
		over   restore.Overrides
		says   string
	}{
		"a project that the backup lacks": {func(s *restore.Spec) { s.Selection.Containers = []string{"NOPE"} }, nil, "restore the project NOPE: the backup does not have it"},
		"an issue that the backup lacks":  {func(s *restore.Spec) { s.Selection.Items = []string{"EE-99999"} }, nil, "restore the issue EE-99999: the backup does not have it"},
		"no key of an issue":              {func(s *restore.Spec) { s.Selection.Items = []string{"99999"} }, nil, "keys of issues look like EE-12"},
		"another key for what is not restored": {func(s *restore.Spec) { s.Selection.As = map[string]string{"NOPE": "X2"} }, nil,
			"give the project NOPE another key: it is not among those that are restored"},
		"a fallback that nobody is": {func(s *restore.Spec) { s.Options.FallbackUser = "nobody" }, nil, "no active user nobody"},
		"users who are mapped to nobody": {func(*restore.Spec) {}, restore.Overrides{"user": {"a": "nobody", "b@acme.example": "c@acme.example"}},
			"names 2 accounts that the destination does not have"},
	} {
		t.Run(name, func(t *testing.T) {
			steps := b.steps(t, to, func(s *restore.Spec) { s.ID += "." + name[:3] + name[len(name)-3:] }, c.change)
			if c.over != nil {
				restoretest.Map(t, steps, c.over)
			}
			_, err := steps.Plan(t.Context(), "cloud", restoretest.Started())
			require.ErrorIs(t, err, restore.ErrRequest)
			require.ErrorContains(t, err, c.says)
			require.NotContains(t, err.Error(), "@")
		})
	}
}

func TestEntriesOfAMappingFileThatAreAboutNothingAreToldOf(t *testing.T) {
	t.Parallel()
	b := capture(t, start(t, small()))
	steps := b.steps(t, b.empty(t, false))
	restoretest.Map(t, steps, restore.Overrides{"issueType": {"Bugg": "Task", "Bug": "Task"}, "user": {}})
	plan := restoretest.Plan(t, steps)
	require.Contains(t, plan.Warnings, "The mapping file names what the backup does not have: issueType Bugg.")
}
