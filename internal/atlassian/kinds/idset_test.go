package kinds

import (
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAnIDIsNewOnce(t *testing.T) {
	var s IDSet
	for _, n := range []uint64{0, 1, 63, 64, 65535, 65536, 1 << 63, 1<<64 - 1} {
		id := strconv.FormatUint(n, 10)
		fresh, err := s.Add(id)
		require.NoError(t, err)
		require.True(t, fresh, id)
		fresh, err = s.Add(id)
		require.NoError(t, err)
		require.False(t, fresh, id)
	}
	require.Equal(t, 8, s.Len())
	for _, id := range []string{"", "a", "-1", "1.5", "18446744073709551616"} {
		_, err := s.Add(id)
		require.Error(t, err, id)
	}
	require.Equal(t, 8, s.Len())
}
