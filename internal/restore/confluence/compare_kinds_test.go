package confluence

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"holdfast/internal/atlassian/confluence"
	"holdfast/internal/restore"
	"holdfast/internal/restore/restoretest"
)

// fixture restores the site that has some of everything, and compares it.
func fixture(t *testing.T) (*captured, *restore.Plan, restore.Compared) {
	t.Helper()
	b := capture(t, start(t, wiki, nil))
	steps := b.steps(empty(t, wiki), full)
	plan, _ := restoretest.Run(t, steps)
	return b, plan, restoretest.Compare(t, steps)
}

func TestEachKindOfABackupIsComparedOrSaidNotToBeRestored(t *testing.T) {
	t.Parallel()
	for _, k := range confluence.New(nil, confluence.Options{}).Kinds() {
		if k.State != "" {
			continue // a backup never has it
		}
		_, never := notRestored[k.Name]
		require.NotEqual(t, never, slices.Contains(comparedKinds, k.Name), "%s is either compared or on the list of what is not restored", k.Name)
	}
	listed := map[string]bool{}
	for _, l := range (&Target{}).Limits() {
		require.NotEmpty(t, l.Reason, l.Kind)
		listed[l.Kind] = listed[l.Kind] || l.Field == ""
	}
	for kind := range notRestored {
		require.True(t, listed[kind], "%s is on the list", kind)
	}
}

func TestEachRecordThatIsRestoredIsCompared(t *testing.T) {
	t.Parallel()
	b, plan, compared := fixture(t)
	found := map[string]restore.ComparedKind{}
	for _, k := range compared.Kinds {
		found[k.Kind] = k
	}
	same := map[string]int{}
	for _, f := range compared.Fields {
		same[f.Kind] += f.Equal
	}
	for _, k := range plan.Kinds {
		if k.Kind == siteTemplateKind {
			require.Equal(t, hasTemplate, k.Note, "the fixture's destination has those of the site")
			continue
		}
		if k.Create == 0 {
			require.Contains(t, notRestored, k.Kind)
			continue
		}
		require.GreaterOrEqual(t, found[k.Kind].Records, k.Create, "%s: each record that is created is looked for", k.Kind)
		require.NotZero(t, same[k.Kind], k.Kind)
	}
	require.Len(t, found, len(comparedKinds), "the site has some of everything")
	require.Empty(t, compared.Rows)
	for _, row := range restoretest.Rows(t, b.store, plan, "") {
		if row.Outcome == restore.Degraded {
			require.NotEmpty(t, row.Fields, "%s: a reason excuses what it names", row.Reason)
		}
	}
}
