package confluence

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"holdfast/internal/restore/restoretest"
)

func TestAPageIsArchivedWhenTheSiteHasTimeForIt(t *testing.T) {
	t.Parallel()
	b := capture(t, start(t, little, nil))
	for name, refusals := range map[string]int{"after another archival": 2, "never": 1000} {
		t.Run(name, func(t *testing.T) {
			n := 0
			busy := &refuser{refuse: func(r *http.Request, _ string) bool {
				if strings.HasSuffix(r.URL.Path, "/content/archive") {
					n++
				}
				return strings.HasSuffix(r.URL.Path, "/content/archive") && n <= refusals
			}}
			steps := b.stepsOver(empty(t, little), busy, nil)
			steps.Spec.ID += name[:5]
			plan, _ := restoretest.Run(t, steps)
			rows := reasonsOf(rowsOf(t, b, plan, pageKind))
			if refusals > 10 {
				require.Contains(t, rows, notArchived)
				require.Empty(t, restoretest.Compare(t, steps).Rows, "the report says so")
				return
			}
			require.NotContains(t, rows, notArchived)
			require.Equal(t, 3, n)
		})
	}
}
