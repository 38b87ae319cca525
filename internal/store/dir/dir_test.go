package dir

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"holdfast/internal/store"
)

func TestProbe(t *testing.T) {
	s, err := Open(t.TempDir())
	require.NoError(t, err)
	require.NoError(t, store.Probe(context.Background(), s))
}
