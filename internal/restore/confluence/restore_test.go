package confluence

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"holdfast/internal/restore"
	"holdfast/internal/restore/restoretest"
	"holdfast/internal/samplesite"
)

func full(s *restore.Spec) {
	s.Options.Permissions = true
	s.Options.Versions = 3
}

func TestWhatIsRestoredIsWhatWasBackedUp(t *testing.T) {
	t.Parallel()
	b := capture(t, start(t, wiki, nil))
	to := empty(t, wiki)
	steps := b.steps(to, full)
	plan, counts := restoretest.Run(t, steps)

	for _, k := range plan.Kinds {
		c := counts[k.Kind]
		require.Equal(t, k.Archive, k.Create+k.Skip+k.Cannot, "%s: each record has its fate", k.Kind)
		require.LessOrEqual(t, k.Create, c.Total(), "%s: what the plan says is created is told of: %+v", k.Kind, c)
		require.Zero(t, c.Failed, k.Kind)
	}
	compared := restoretest.Compare(t, steps)
	require.Empty(t, compared.Rows)
	require.True(t, compared.Score().Perfect())
	require.Greater(t, compared.Score().Records, 300)

	reasons := map[string]bool{}
	for _, row := range restoretest.Rows(t, b.store, plan, "") {
		reasons[row.Reason] = true
	}
	for _, want := range []string{hasHome, belowHome, emptyShell, inTrash, notInText, otherTitle, noSuch, noView, itself} {
		require.True(t, slices.ContainsFunc(keysOf(reasons), func(is string) bool { return strings.Contains(is, want) }), want)
	}
	require.Equal(t, orders(t, b), orders(t, capture(t, to)), "siblings are in their order")
}

func keysOf(m map[string]bool) []string {
	var all []string
	for k := range m {
		all = append(all, k)
	}
	return all
}

// orders are the titles of current pages below each page, in their order: below a homepage alone
// without what the API does not place at the root.
func orders(t *testing.T, c *captured) map[string][]string {
	t.Helper()
	type child struct {
		title    string
		position int
	}
	below := map[string][]child{}
	for _, seg := range c.m.Segments {
		if seg.Container == "" {
			continue
		}
		a, err := restore.OpenArchive(t.Context(), c.store, restoretest.Spec("confluence", testPolicy, testBackup, "x"), t.TempDir())
		require.NoError(t, err)
		titles := map[string]string{}
		for rec, err := range a.Container(t.Context(), seg.Container, pageKind) {
			require.NoError(t, err)
			titles[rec.ID] = text(rec.Body, "title")
		}
		for rec, err := range a.Container(t.Context(), seg.Container, pageKind) {
			require.NoError(t, err)
			up := titles[text(rec.Body, "parentId")]
			if text(rec.Body, "status") == "current" && text(rec.Body, "parentType") == pageKind && up != "" {
				below[up] = append(below[up], child{text(rec.Body, "title"), number(rec.Body, "position")})
			}
		}
	}
	out := map[string][]string{}
	for up, all := range below {
		slices.SortFunc(all, func(a, b child) int { return cmp.Compare(a.position, b.position) })
		for _, one := range slices.CompactFunc(all, func(a, b child) bool { return a == b }) {
			out[up] = append(out[up], one.title)
		}
	}
	return out
}

// dump is what a site has, without ids and times: what two restores have in common.
func dump(t *testing.T, site *samplesite.Site) []string {
	t.Helper()
	c := capture(t, site)
	a, err := restore.OpenArchive(t.Context(), c.store, restoretest.Spec("confluence", testPolicy, testBackup, "x"), t.TempDir())
	require.NoError(t, err)
	var all []string
	done := map[string]bool{}
	for _, seg := range c.m.Segments {
		if seg.Container == "" || done[seg.Container] {
			continue
		}
		done[seg.Container] = true
		titles := map[string]string{}
		for rec, err := range a.Container(t.Context(), seg.Container) {
			require.NoError(t, err)
			titles[rec.ID] = rec.Kind + " " + text(rec.Body, "title")
		}
		for rec, err := range a.Container(t.Context(), seg.Container) {
			require.NoError(t, err)
			value := text(rec.Body, "body", "storage", "value")
			line := fmt.Sprintf("%s %s of %q below %q: %q %s v%s %s %d", seg.Container, rec.Kind, titles[rec.Parent], titles[text(rec.Body, "parentId")],
				titles[rec.ID], rec.Key, text(rec.Body, "version", "number"), text(rec.Body, "status"), len(withoutPanel(unmarked(value))))
			if rec.Kind == "label" || rec.Kind == propertyKind {
				line += text(rec.Body, "name") + text(rec.Body, "key")
			}
			if rec.Kind != userKind {
				all = append(all, line)
			}
		}
	}
	slices.Sort(all)
	return all
}
