package confluence

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestTheDocumentOfTheFormatHasEachKind holds docs/format.md to the table.
func TestTheDocumentOfTheFormatHasEachKind(t *testing.T) {
	format, err := os.ReadFile("../../../docs/format.md")
	require.NoError(t, err)
	for _, k := range New(nil, Options{}).Kinds() {
		if k.State == "" {
			require.Contains(t, string(format), "| `"+k.Name+"` |")
		}
	}
}
