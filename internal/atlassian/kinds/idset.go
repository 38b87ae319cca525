package kinds

import "strconv"

// IDSet is a set of ids that are numbers: a bitmap in pieces, so that a million
// ids take about as many bits as the site has items. The zero value is empty.
type IDSet struct {
	pieces map[uint64]*[1024]uint64
	n      int
}

// Add adds an id and reports whether it is new. The error is one of an id that is
// no number.
func (s *IDSet) Add(id string) (fresh bool, err error) {
	n, err := strconv.ParseUint(id, 10, 64)
	if err != nil {
		return false, err
	}
	if s.pieces == nil {
		s.pieces = map[uint64]*[1024]uint64{}
	}
	piece := s.pieces[n>>16]
	if piece == nil {
		piece = new([1024]uint64)
		s.pieces[n>>16] = piece
	}
	word, bit := &piece[n>>6&1023], uint64(1)<<(n&63)
	if *word&bit != 0 {
		return false, nil
	}
	*word |= bit
	s.n++
	return true, nil
}

// Len is how many ids the set has.
func (s *IDSet) Len() int { return s.n }
