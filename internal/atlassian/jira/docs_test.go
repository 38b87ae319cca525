package jira

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"holdfast/internal/atlassian"
)

// TestTheDocumentsHaveEachKind holds docs/ to the table.
func TestTheDocumentsHaveEachKind(t *testing.T) {
	read := func(name string) string {
		b, err := os.ReadFile("../../../docs/" + name)
		require.NoError(t, err)
		return string(b)
	}
	budget, format := read("api-budget.md"), read("format.md")
	for _, k := range table() {
		if k.State != "" {
			continue
		}
		require.Contains(t, format, "`"+k.Name+"`", "docs/format.md")
		if k.Scope == atlassian.ScopeItem || k.Parent == "" && k.Content {
			continue
		}
		route := strings.TrimPrefix(k.Route, "GET ")
		route = strings.NewReplacer("{projectIdOrKey}/version", "{id}/version", "{projectIdOrKey}/component", "{id}/component").Replace(route)
		require.Contains(t, budget, route, "docs/api-budget.md has no row for %s", k.Name)
	}
}
