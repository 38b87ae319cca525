package gcs

import (
	"io"
	"math/rand/v2"
	"os"
	"runtime"
	"runtime/metrics"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holdfast/internal/store"
	"holdfast/internal/store/gcs/gcstest"
)

// peakHeap watches the memory of heap objects until it is asked for the most.
func peakHeap() (most func() uint64) {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	stop, peak := make(chan struct{}), make(chan uint64)
	go func() {
		var most uint64
		for {
			metrics.Read(sample)
			most = max(most, sample[0].Value.Uint64())
			select {
			case <-stop:
				peak <- most
				return
			case <-time.After(5 * time.Millisecond):
			}
		}
	}()
	return func() uint64 {
		close(stop)
		return <-peak
	}
}

func TestMemoryOfUploads(t *testing.T) {
	if os.Getenv("HOLDFAST_LONG") != "1" {
		t.Skip("uploads gigabytes; set HOLDFAST_LONG=1")
	}
	for _, test := range []struct {
		name    string
		uploads int
		size    int64 // of each
		limit   uint64
	}{
		{"one upload of 1 GiB takes less than 96 MiB", 1, 1 << 30, 96 << 20},
		{"sixteen uploads of 64 MiB take less than 256 MiB", 16, 64 << 20, 256 << 20},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := open(t, gcstest.Start(t, "bucket"))
			s.patience = defaultPatience()
			runtime.GC()
			most, began := peakHeap(), time.Now()
			var wg sync.WaitGroup
			for i := range test.uploads {
				wg.Go(func() {
					name := string(rune('a' + i))
					o, err := s.Put(t.Context(), name, io.LimitReader(rand.NewChaCha8([32]byte{byte(i)}), test.size), store.IfAbsent())
					if err != nil || o.Size != test.size {
						t.Errorf("put %s: %v, %+v", name, err, o)
					}
				})
			}
			wg.Wait()
			took, peak := time.Since(began), most()
			t.Logf("%d MiB in %s (%.0f MB/s, client and server in one process), peak heap %d MiB",
				int64(test.uploads)*test.size>>20, took.Round(time.Millisecond), float64(int64(test.uploads)*test.size)/1e6/took.Seconds(), peak>>20)
			require.Less(t, peak, test.limit)
		})
	}
}
