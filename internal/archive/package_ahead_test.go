package archive

import (
	"context"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holdfast/internal/store"
)

// together is a store that gives attachments only where so many are asked for at once.
type together struct {
	store.Store
	want int

	mu         sync.Mutex
	open, most int
	once       sync.Once
	all        chan struct{}
}

func (s *together) Get(ctx context.Context, name string, offset, length int64) (io.ReadCloser, error) {
	if strings.Contains(name, "/attachments/") {
		s.mu.Lock()
		s.open++
		if s.most = max(s.most, s.open); s.open == s.want {
			s.once.Do(func() { close(s.all) })
		}
		s.mu.Unlock()
		select {
		case <-s.all:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		s.mu.Lock()
		s.open--
		s.mu.Unlock()
	}
	return s.Store.Get(ctx, name, offset, length)
}

func TestPackageReadsSmallContentsAhead(t *testing.T) {
	b := newBuilder(t)
	var rows []IndexRow
	for i := range 100 {
		rows = append(rows, b.attachment(fmt.Sprint(i), "x", fmt.Sprintf("content of %d", i)))
	}
	b.index(IndexName("0-1", 1), rows...)
	b.seal()
	whole := b.packaged()
	open := func(ctx context.Context, want int) (*together, *PackageStream) {
		s := &together{Store: b.s, want: want, all: make(chan struct{})}
		r, err := Open(ctx, s, testPolicy, testBackup)
		require.NoError(t, err)
		p, err := PlanPackage(ctx, r, PackageAbout{Status: b.m.Status}, nil)
		require.NoError(t, err)
		return s, p.Open(ctx, PackagePoint{}, p.Size())
	}
	t.Run("several at once, in their order", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		s, stream := open(ctx, aheadPieces/4)
		defer stream.Close()
		data, err := io.ReadAll(stream)
		require.NoError(t, err)
		require.Equal(t, whole, data)
		require.LessOrEqual(t, s.most, aheadPieces)
	})
	t.Run("Close ends what is under way", func(t *testing.T) {
		_, stream := open(t.Context(), 1000)
		_, err := io.ReadFull(stream, make([]byte, 100))
		require.NoError(t, err)
		require.NoError(t, stream.Close())
	})
}
