package restore

import (
	"container/heap"
	"io"
)

// merge is a heap of sorted sources; it implements heap.Interface.
type merge[T any] struct {
	compare func(a, b numbered[T]) int
	heads   []merging[T]
}

// merging is a source, and the entry that it is at.
type merging[T any] struct {
	numbered[T]
	next func() (numbered[T], error)
}

func (m *merge[T]) Len() int { return len(m.heads) }
func (m *merge[T]) Less(i, j int) bool {
	return m.compare(m.heads[i].numbered, m.heads[j].numbered) < 0
}
func (m *merge[T]) Swap(i, j int) { m.heads[i], m.heads[j] = m.heads[j], m.heads[i] }
func (m *merge[T]) Push(x any)    { m.heads = append(m.heads, x.(merging[T])) }

func (m *merge[T]) Pop() any {
	last := m.heads[len(m.heads)-1]
	m.heads = m.heads[:len(m.heads)-1]
	return last
}

// take returns the lowest entry.
func (m *merge[T]) take() (numbered[T], error) {
	e := m.heads[0].numbered
	next, err := m.heads[0].next()
	switch {
	case err == io.EOF:
		heap.Pop(m)
	case err != nil:
		return e, err
	default:
		m.heads[0].numbered = next
		heap.Fix(m, 0)
	}
	return e, nil
}
