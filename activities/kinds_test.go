package activities

import (
	"os"
	"regexp"
	"slices"
	"strings"
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
	t.Parallel()
	for product, known := range map[backup.Product][2]string{
		backup.Jira: {"changelog", "history of issues"}, backup.Confluence: {"contentVersion", "history of pages"},
	} {
		names := make(map[string]string)
		rows := kindsOf(product).coverage(archive.Manifest{Product: product, Options: backup.Options{NoPersonalSpaces: true}}, nil)
		for _, row := range rows {
			require.NotEmpty(t, row.Name, row.Kind)
			require.Empty(t, names[row.Name], "%s and %s have one name", row.Kind, names[row.Name])
			names[row.Name] = row.Kind
		}
		require.Equal(t, known[0], names[known[1]])
		require.Equal(t, archive.SwitchedOff, rowOf(t, rows, attachmentBytes).State, "this backup leaves them out")
	}
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
	t.Parallel()
	for _, k := range append(kindsOf(backup.Jira).rows, kindsOf(backup.Confluence).rows...) {
		if k.State != "" {
			require.Contains(t, coverages(), k.State, k.Name)
		}
	}
}

func TestCoverageSaysWhatIsNotThereAndWhy(t *testing.T) {
	t.Parallel()
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
	t.Parallel()
	table := kindsOf(backup.Jira)
	for kind, root := range map[string]string{
		"group": "group", "groupMember": "group", "sprintIssue": "board", "fieldOption": "customField", "serverInfo": "serverInfo", "unknown": "unknown",
	} {
		require.Equal(t, root, table.root(kind))
	}
}

func TestKindsOfAProduct(t *testing.T) {
	t.Parallel()
	jira, wiki := kindsOf(backup.Jira), kindsOf(backup.Confluence)
	require.Equal(t, "project", jira.container)
	require.Equal(t, []string{"issue"}, jira.items)
	require.Equal(t, "space", wiki.container)
	require.Equal(t, []string{"page", "blogpost"}, wiki.items)
	require.False(t, wiki.isItem("adf"))
	require.False(t, wiki.isItem("restrictedPage"), "it is no id of a census")
	require.True(t, wiki.counts("restrictedPage"))
	require.Equal(t, "group", wiki.root("groupMember"))
	// What options name is in the table: a kind that is misspelt would not be switched off.
	for product, o := range map[backup.Product]backup.Options{
		backup.Jira: {NoRemoteLinks: true, NoProperties: true}, backup.Confluence: {Versions: 1},
	} {
		off := switchedOff(product, o)
		require.NotEmpty(t, off)
		for _, kind := range off {
			require.Contains(t, kindsOf(product).content, kind)
		}
	}
}

// TestP1OptionsShowInEveryReport states that what the options of Confluence leave
// out is a line of the report.
func TestP1OptionsShowInEveryReport(t *testing.T) {
	t.Parallel()
	all := backup.Options{Attachments: true, AttachmentVersions: true, AdminKey: true, CustomContent: []string{"ac:a:b"}}
	rows := func(change func(*backup.Options)) []archive.KindRow {
		o := all
		change(&o)
		return kindsOf(backup.Confluence).coverage(archive.Manifest{Product: backup.Confluence, Options: o}, nil)
	}
	for _, row := range rows(func(*backup.Options) {}) {
		require.NotEqual(t, archive.SwitchedOff, row.State, row.Kind)
	}
	for _, c := range []struct {
		rule   string
		change func(*backup.Options)
		kind   string
		state  archive.Coverage
		note   string
	}{
		{"attachments", func(o *backup.Options) { o.Attachments = false }, attachmentBytes, archive.SwitchedOff, ""},
		{"personal spaces", func(o *backup.Options) { o.NoPersonalSpaces = true }, personalSpaces, archive.SwitchedOff, ""},
		{"the current version alone", func(o *backup.Options) { o.Versions = 1 }, contentVersionKind, archive.SwitchedOff, ""},
		{"the newest versions", func(o *backup.Options) { o.Versions = 5 }, contentVersionKind, archive.Captured, "the newest 5 of each page and blog post, as the policy says"},
		{"versions of attachments", func(o *backup.Options) { o.AttachmentVersions = false }, "attachmentVersion", archive.SwitchedOff, ""},
		{"the Admin Key", func(o *backup.Options) { o.AdminKey = false }, "adminKey", archive.SwitchedOff, ""},
		{"custom content", func(o *backup.Options) { o.CustomContent = nil }, customContentKind, archive.SwitchedOff, "name its types in the policy: the API lists it by type alone"},
		{"some custom content", func(*backup.Options) {}, customContentKind, archive.Captured, "of the types that the policy names: ac:a:b"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			row := rowOf(t, rows(c.change), c.kind)
			require.Equal(t, c.state, row.State)
			require.Contains(t, row.Note, c.note)
			if c.note == "" {
				require.Empty(t, row.Note)
			}
		})
	}
}

// TestTheFormatPageHasEachKindOfConfluence holds docs/format.md to the table: what
// each kind is, and what it belongs to.
func TestTheFormatPageHasEachKindOfConfluence(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("../docs/format.md")
	require.NoError(t, err)
	_, page, found := strings.Cut(string(data), "### Kinds of Confluence")
	require.True(t, found)
	page, _, _ = strings.Cut(page, "\n## ")
	rows := make(map[string]string) // parent, by kind
	for _, m := range regexp.MustCompile("(?m)^\\| `(\\w+)` \\| .* \\| ([^|]*) \\|$").FindAllStringSubmatch(page, -1) {
		rows[m[1]] = m[2]
	}
	for _, k := range kindsOf(backup.Confluence).rows {
		if k.State != "" {
			continue
		}
		parent, ok := rows[k.Name]
		require.True(t, ok, "docs/format.md has no row for %s", k.Name)
		delete(rows, k.Name)
		switch {
		case k.Name == "restrictedPage": // there are no records of it
		case k.Name == "commentVersion":
			require.Equal(t, "the comment or reply", parent)
		case k.Parent == "":
			require.Equal(t, "–", parent, k.Name)
		default:
			require.Contains(t, parent, "`"+k.Parent+"`", k.Name)
		}
	}
	require.Empty(t, rows, "docs/format.md has kinds that there are not")
}
