package activities

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"holdfast/internal/archive"
	"holdfast/internal/store"
)

// Whatever the size of the windows, what is listed stays, the rest goes, and what
// is listed and not there is noticed.
func TestAttachmentsAreHeldAgainstTheIndexesInWindows(t *testing.T) {
	t.Parallel()
	recorded := newRecordedRun(t)
	for _, id := range []string{"0", "1015", "104", "zz"} {
		recorded.put("attachments/"+id, "of nobody")
	}
	indexes := []archive.Index{
		*recorded.index("index/a.ndjson.zst", []string{"103", "100"}), *recorded.index("index/b.ndjson.zst", []string{"101", "102"}),
	}
	sweep := func(r *recordedRun, size int) error {
		s := &sealing{store: r.store, in: r.in, beat: startPulse(t.Context())}
		s.manifest.Indexes = indexes
		w := &window{sealing: s, size: size, have: make(map[string]store.Object)}
		for o, err := range r.store.List(t.Context(), r.path()+attachments) {
			require.NoError(t, err)
			if err := w.add(t.Context(), strings.TrimPrefix(o.Name, r.path()), o); err != nil {
				return err
			}
		}
		return w.close(t.Context(), last)
	}
	for _, size := range []int{1, 2, 3, 5, 8, 9} {
		r := recorded.clone(t)
		require.NoError(t, sweep(r, size))
		var left []string
		for _, name := range r.keys() {
			if id, ok := strings.CutPrefix(name, r.path()+attachments); ok {
				left = append(left, id)
			}
		}
		require.Equal(t, ids(100, 103), left, "windows of %d", size)
		for _, id := range left {
			r := recorded.clone(t)
			require.NoError(t, remove(t.Context(), r.store, r.path()+attachments+id))
			require.ErrorIs(t, sweep(r, size), archive.ErrCorrupt, "windows of %d without %s", size, id)
		}
	}
}
