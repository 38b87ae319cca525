package archive

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"iter"
)

// errLine is wrapped by the faults of a line, as opposed to those of its reader.
var errLine = errors.New("not lines")

// lines yields what r gives line by line, without the newlines; a line is valid
// until the next one. A line that is longer than MaxLine, empty, or not ended
// by a newline is an error and the last thing that it yields.
func lines(r io.Reader) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		b := bufio.NewReaderSize(r, 256<<10)
		var long []byte
		for n := 1; ; n++ {
			line, err := b.ReadSlice('\n')
			if err == bufio.ErrBufferFull {
				long = long[:0]
				for err == bufio.ErrBufferFull && len(long) <= MaxLine {
					long = append(long, line...)
					line, err = b.ReadSlice('\n')
				}
				long = append(long, line...)
				line = long
			}
			switch {
			case err == io.EOF && len(line) == 0:
				return
			case err == io.EOF:
				err = fmt.Errorf("%w: line %d has no newline at its end", errLine, n)
			case err == nil && len(line) > MaxLine || err == bufio.ErrBufferFull:
				err = fmt.Errorf("%w: line %d is longer than %d bytes", errLine, n, MaxLine)
			case err == nil && len(line) == 1:
				err = fmt.Errorf("%w: line %d is empty", errLine, n)
			}
			if err != nil {
				yield(nil, err)
				return
			}
			if !yield(line[:len(line)-1], nil) {
				return
			}
			if cap(long) > 4<<20 {
				long = nil // one huge line is no reason to keep its room
			}
		}
	}
}
