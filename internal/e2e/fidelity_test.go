package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"holdfast/internal/backup"
	"holdfast/internal/restore"
	"holdfast/internal/restore/confluence"
	"holdfast/internal/restore/jira"
)

// requireDocumented holds docs/fidelity.md to what a drill found: each kind and each field that
// it compared, with the verdict. With HOLDFAST_RECORD=1 it writes the part of the product.
func (s *stack) requireDocumented(restoreID string) {
	s.t.Helper()
	data, err := os.ReadFile(filepath.Join(s.folder, "store", "restores", restoreID, "differences.json"))
	require.NoError(s.t, err)
	var found restore.Compared
	require.NoError(s.t, json.Unmarshal(data, &found))
	var target restore.Target = jira.New(nil, nil)
	if s.product == backup.Confluence {
		target = confluence.New(nil, nil)
	}
	part := fidelity(found, target.Limits())
	path := filepath.Join("..", "..", "docs", "fidelity.md")
	page, err := os.ReadFile(path)
	require.NoError(s.t, err)
	begin, end := fmt.Sprintf("<!-- %s: what a drill found -->\n", s.product), fmt.Sprintf("<!-- end of %s -->\n", s.product)
	before, rest, ok := strings.Cut(string(page), begin)
	require.True(s.t, ok, "docs/fidelity.md has no part of %s", s.product)
	was, after, ok := strings.Cut(rest, end)
	require.True(s.t, ok)
	if os.Getenv("HOLDFAST_RECORD") != "" {
		require.NoError(s.t, os.WriteFile(path, []byte(before+begin+part+end+after), 0o600))
		return
	}
	require.Equal(s.t, part, was, "docs/fidelity.md is not what a drill finds: HOLDFAST_RECORD=1 go test -run TestRestoreRoundTrip ./internal/e2e")
}

// fidelity is what a drill found, as a page says it.
func fidelity(found restore.Compared, limits []restore.Limit) string {
	var b strings.Builder
	kinds := map[string][]restore.ComparedField{}
	for _, f := range found.Fields {
		kinds[f.Kind] = append(kinds[f.Kind], f)
	}
	b.WriteString("\n| kind | the same, member by member | not writable: why |\n|---|---|---|\n")
	for _, k := range found.Kinds {
		var same []string
		why := map[string][]string{}
		var reasons []string
		for _, f := range kinds[k.Kind] {
			switch {
			case f.Equal > 0:
				same = append(same, "`"+f.Path+"`")
			case f.Unwritable > 0:
				reason := reasonOf(limits, f)
				if why[reason] == nil {
					reasons = append(reasons, reason)
				}
				why[reason] = append(why[reason], "`"+f.Path+"`")
			}
		}
		var cannot []string
		for _, reason := range reasons {
			cannot = append(cannot, strings.Join(why[reason], ", ")+": "+reason)
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", k.Kind, strings.Join(same, ", "), strings.Join(cannot, "; "))
	}
	b.WriteString("\nKinds that are not restored as a whole:\n\n")
	for _, l := range limits {
		if l.Field == "" && !l.Kept {
			fmt.Fprintf(&b, "- `%s`: %s\n", l.Kind, l.Reason)
		}
	}
	b.WriteString(kept(limits))
	b.WriteString("\n")
	return b.String()
}

// kept lists the kinds that are left to the destination, by the reason.
func kept(limits []restore.Limit) string {
	kinds := map[string][]string{}
	var reasons []string
	for _, l := range limits {
		if !l.Kept {
			continue
		}
		if kinds[l.Reason] == nil {
			reasons = append(reasons, l.Reason)
		}
		kinds[l.Reason] = append(kinds[l.Reason], "`"+l.Kind+"`")
	}
	var b strings.Builder
	for i, reason := range reasons {
		if i == 0 {
			b.WriteString("\nKinds that are left to the destination, whether or not there are calls that write them:\n\n")
		}
		fmt.Fprintf(&b, "- %s: %s\n", strings.Join(kinds[reason], ", "), reason)
	}
	return b.String()
}

func reasonOf(limits []restore.Limit, f restore.ComparedField) string {
	i := slices.IndexFunc(limits, func(l restore.Limit) bool { return l.Kind == f.Kind && restore.Covers(l.Field, f.Path) })
	if i < 0 {
		return "NO LIMIT SAYS SO"
	}
	return limits[i].Reason
}

// TestFidelityOfEveryField states T6: nothing is excused that no limit names.
func TestFidelityOfEveryField(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "fidelity.md"))
	require.NoError(t, err)
	require.NotContains(t, string(page), "NO LIMIT SAYS SO")
}
