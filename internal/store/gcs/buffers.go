package gcs

import "sync"

// An upload keeps one chunk in memory, to send it again. The chunks of all
// uploads share a budget: few uploads have large chunks, which need fewer round
// trips, and many have small ones.
const (
	// maxChunk is that of a few uploads at a time. The service advises 8 MiB or more.
	maxChunk = 8 << 20
	// minChunk is given even where the budget is spent: it must be a multiple of
	// 256 KiB.
	minChunk = 2 << 20
	// budget is what the chunks take together, but for those of minChunk. An upload
	// that begins holds its first chunk twice for a moment.
	budget = 64 << 20
)

// buffers shares the budget out.
type buffers struct {
	mu   sync.Mutex
	left int
}

func newBuffers() *buffers { return &buffers{left: budget} }

// take returns the size of a chunk, a power of two; give gives it back.
func (b *buffers) take() (size int, give func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for size = maxChunk; size > minChunk && size > b.left/2; {
		size /= 2
	}
	b.left -= size
	return size, sync.OnceFunc(func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.left += size
	})
}
