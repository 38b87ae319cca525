package activities

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"holdfast/internal/archive"
	"holdfast/internal/atlassian"
	"holdfast/internal/backup"
)

// rowOf finds the row of a kind.
func rowOf(t *testing.T, rows []archive.KindRow, kind string) archive.KindRow {
	t.Helper()
	i := slices.IndexFunc(rows, func(r archive.KindRow) bool { return r.Kind == kind })
	require.GreaterOrEqual(t, i, 0, kind)
	return rows[i]
}

// TestCoverageNamesKindsForPeople states D3: each kind of the table has a row
// with a name of its own.
func TestCoverageNamesKindsForPeople(t *testing.T) {
	names := make(map[string]string)
	rows := kindsOf(backup.Jira).coverage(archive.Manifest{}, nil)
	for _, row := range rows {
		require.NotEmpty(t, row.Name, row.Kind)
		require.Empty(t, names[row.Name], "%s and %s have one name", row.Kind, names[row.Name])
		names[row.Name] = row.Kind
	}
	require.Equal(t, "changelog", names["history of issues"])
	require.Equal(t, archive.SwitchedOff, rowOf(t, rows, attachmentBytes).State, "this backup leaves them out")
}

// coverages are those of D3.
func coverages() []string {
	return []string{
		string(archive.Captured), string(archive.Partly), string(archive.NotExposed),
		string(archive.NoAccess), string(archive.SwitchedOff), string(archive.NotCaptured),
	}
}

// TestRowsWithoutDataHaveACoverage states D3: a product's table speaks of
// coverage in the report's words.
func TestRowsWithoutDataHaveACoverage(t *testing.T) {
	for _, k := range kindsOf(backup.Jira).rows {
		if k.State != "" {
			require.Contains(t, coverages(), k.State, k.Name)
		}
	}
}

func TestCoverageSaysWhatIsNotThereAndWhy(t *testing.T) {
	table := newKindTable([]atlassian.Kind{
		{Name: "group", Title: "groups", Permission: "Browse users and groups", TokenScope: "read:jira-user"},
		{Name: "groupMember", Title: "members", Parent: "group"},
		{Name: "property", Title: "properties", Content: true},
		{Name: "queue", Title: "queues", State: "not captured", Note: "later"},
	})
	denied := lost{missing: 2, denied: 2}
	for rule, c := range map[string]struct {
		records map[string]int
		losses  map[string]lost
		options backup.Options
		kind    string
		state   archive.Coverage
		note    string
	}{
		"all of it is there": {records: map[string]int{"group": 3}, kind: "group", state: archive.Captured},
		"the account may read none of it": {losses: map[string]lost{"group": denied}, kind: "group", state: archive.NoAccess,
			note: `give the account "Browse users and groups", and a token with scopes the scope "read:jira-user"`},
		"what belongs to it was not asked for": {losses: map[string]lost{"group": denied}, kind: "groupMember", state: archive.NoAccess,
			note: `there are no groups to read them from: give the account "Browse users and groups", and a token with scopes the scope "read:jira-user"`},
		"the account may read some of it": {records: map[string]int{"group": 1}, losses: map[string]lost{"group": denied}, kind: "group", state: archive.Partly,
			note: `give the account "Browse users and groups", and a token with scopes the scope "read:jira-user"`},
		"the site does not have it": {losses: map[string]lost{"group": {missing: 1, absent: 1}}, kind: "group", state: archive.NotExposed, note: "this site does not have it"},
		"it is lost for another reason": {losses: map[string]lost{"group": {missing: 2, denied: 1}}, kind: "group", state: archive.Partly,
			note: `give the account "Browse users and groups", and a token with scopes the scope "read:jira-user"`},
		"the site has switched it off": {losses: map[string]lost{"group": {note: "off", off: true}}, kind: "group", state: archive.NotExposed, note: "off"},
		"the site keeps it to itself":  {losses: map[string]lost{"group": {note: "some", part: true}}, kind: "group", state: archive.NoAccess, note: "some"},
		"what is known of it is known of what belongs to it": {records: map[string]int{"group": 1, "groupMember": 1}, losses: map[string]lost{"group": {note: "some"}},
			kind: "groupMember", state: archive.Captured, note: "groups: some"},
		"what belongs to some of it that could be read is of those": {records: map[string]int{"group": 1, "groupMember": 1}, losses: map[string]lost{"group": denied},
			kind: "groupMember", state: archive.Captured, note: "of the groups that could be read"},
		"there is something to know":                         {records: map[string]int{"group": 1}, losses: map[string]lost{"group": {note: "some"}}, kind: "group", state: archive.Captured, note: "some"},
		"the policy leaves it out":                           {options: backup.Options{NoProperties: true}, kind: "property", state: archive.SwitchedOff},
		"holdfast does not read it":                          {kind: "queue", state: archive.NotCaptured, note: "later"},
		"what belongs to nothing at all is whole and empty":  {kind: "group", state: archive.Captured},
		"what belongs to it is empty where that is captured": {records: map[string]int{"group": 1}, kind: "groupMember", state: archive.Captured},
	} {
		rows := table.coverage(archive.Manifest{Records: c.records, Options: c.options}, c.losses)
		row := rowOf(t, rows, c.kind)
		require.Equal(t, c.state, row.State, rule)
		require.Equal(t, c.note, row.Note, rule)
	}
}

func TestASegmentOfTheSiteIsNamedByTheKindThatBelongsToNothing(t *testing.T) {
	table := kindsOf(backup.Jira)
	for kind, root := range map[string]string{
		"group": "group", "groupMember": "group", "sprintIssue": "board", "fieldOption": "customField", "serverInfo": "serverInfo", "unknown": "unknown",
	} {
		require.Equal(t, root, table.root(kind))
	}
}
