package archive

import (
	"runtime"
)

// allocated returns the bytes that are in use.
func allocated() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
