package confluence

import (
	"strconv"
	"sync"
	"time"

	"holdfast/internal/atlassian"
)

// ahead is how many things are asked for at a time; also the most bodies of items
// that are held before they are emitted, but for those that are read meanwhile.
const ahead = 8

// answer is what came of a request.
type answer struct {
	reply *atlassian.Reply
	at    time.Time
	err   error
}

// together calls f for each of at most ahead ids at once, and returns what it said
// in their order.
func together[T any](ids []string, f func(id string) T) []T {
	results := make([]T, len(ids))
	var wg sync.WaitGroup
	for i, id := range ids {
		wg.Go(func() { results[i] = f(id) })
	}
	wg.Wait()
	return results
}

func decimal[N int | uint64](n N) string { return strconv.FormatUint(uint64(n), 10) }
