//go:build unix

package dir

import (
	"bytes"
	"fmt"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"holdfast/internal/store"
)

func BenchmarkPut(b *testing.B) {
	for _, size := range []int{4 << 10, 16 << 20} {
		b.Run(fmt.Sprintf("%dKiB", size>>10), func(b *testing.B) {
			s, data, n := open(b), make([]byte, size), 0
			b.SetBytes(int64(size))
			for b.Loop() {
				n++
				_, err := s.Put(b.Context(), fmt.Sprintf("a/%d", n%8+n*8), bytes.NewReader(data), store.IfAbsent())
				require.NoError(b, err)
				if n%8 == 0 { // bound the room that the benchmark takes
					b.StopTimer()
					for o, err := range s.List(b.Context(), "") {
						require.NoError(b, err)
						require.NoError(b, s.Delete(b.Context(), o.Name, o.Generation))
					}
					b.StartTimer()
				}
			}
		})
	}
}

func BenchmarkGet(b *testing.B) {
	s, size := open(b), 16<<20
	_, err := s.Put(b.Context(), "x", bytes.NewReader(make([]byte, size)), store.IfAbsent())
	require.NoError(b, err)
	b.SetBytes(int64(size))
	for b.Loop() {
		r, err := s.Get(b.Context(), "x", 0, -1)
		require.NoError(b, err)
		_, err = io.Copy(io.Discard, r)
		require.NoError(b, err)
		require.NoError(b, r.Close())
	}
}
