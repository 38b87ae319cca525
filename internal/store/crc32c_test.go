package store

import (
	"hash/crc32"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTheChecksumOfTwoContentsIsThatOfBothInOne(t *testing.T) {
	data := make([]byte, 300_000)
	_, _ = rand.NewChaCha8([32]byte{1}).Read(data)
	table := crc32.MakeTable(crc32.Castagnoli)
	for _, size := range []int{0, 1, 2, 255, 256, 257, 65_535, len(data)} {
		for _, at := range []int{0, 1, size / 3, size - 1, size} {
			if at < 0 || at > size {
				continue
			}
			first, second := data[:at], data[at:size]
			require.Equal(t, crc32.Checksum(data[:size], table),
				ConcatCRC32C(crc32.Checksum(first, table), crc32.Checksum(second, table), int64(len(second))), "%d bytes, cut at %d", size, at)
		}
	}
}

func TestTheChecksumOfContentsOfManyGiB(t *testing.T) {
	// Zeros, which are the same wherever they are cut: by doubling, and piece by piece.
	table := crc32.MakeTable(crc32.Castagnoli)
	const piece = 1 << 20
	one := crc32.Checksum(make([]byte, piece), table)
	doubled, size := one, int64(piece)
	for size < 16<<30 {
		doubled, size = ConcatCRC32C(doubled, doubled, size), 2*size
	}
	sum := chain(one, piece, size/piece)
	require.Equal(t, sum, doubled)
	require.Equal(t, sum, ConcatCRC32C(one, chain(one, piece, size/piece-1), size-piece), "more than 4 GiB follow")
}

// chain is the checksum of n pieces in a row.
func chain(piece uint32, size, n int64) (sum uint32) {
	for range n {
		sum = ConcatCRC32C(sum, piece, size)
	}
	return sum
}
