package restore_test

import (
	"crypto/sha256"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"holdfast/internal/restore"
	"holdfast/internal/restore/restoretest"
	"holdfast/internal/store"
)

// TestMappingFileIsWrittenOnce states that what a restore was asked for with stays.
func TestMappingFileIsWrittenOnce(t *testing.T) {
	b := restoretest.NewBuilder(t)
	id := b.Spec().ID
	f := restore.OpenFolder(b.Store, id)
	const file = `{"user": {"ann@acme.example": "5b"}}`
	for range 2 { // the second time after an answer that was lost
		sum, err := f.PutMap(t.Context(), []byte(file))
		require.NoError(t, err)
		require.Equal(t, fmt.Sprintf("%x", sha256.Sum256([]byte(file))), sum)
	}
	_, err := f.PutMap(t.Context(), []byte(`{"user": {"ann@acme.example": "6c"}}`))
	require.ErrorContains(t, err, "plan again")
	require.NotContains(t, err.Error(), "acme.example")
	have, err := store.ReadAll(t.Context(), b.Store, restore.Dir(id)+"map.json", restore.MaxMapFile)
	require.NoError(t, err)
	require.Equal(t, file, string(have))
}
