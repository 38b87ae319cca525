package restore

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"iter"
	"os"
	"slices"

	"holdfast/internal/archive"
)

// maxSpooled is how many bytes of parts are held in memory at a time.
const maxSpooled = 4 << 20

// spool holds records as lines: in memory as long as there is room, then in a file
// without a name. It implements Parts.
type spool struct {
	folder string
	room   int
	memo   bytes.Buffer
	file   *os.File
	out    *bufio.Writer
	counts map[string]int
	fault  error
}

func newSpool(folder string, room int) *spool {
	return &spool{folder: folder, room: room, counts: map[string]int{}}
}

// memory is how much memory the lines take.
func (s *spool) memory() int { return s.memo.Len() }

// add appends a record.
func (s *spool) add(r archive.Record) error {
	line, err := archive.AppendRecord(nil, r)
	if err != nil {
		return err
	}
	s.counts[r.Kind]++
	if s.file == nil && s.memo.Len()+len(line) <= s.room {
		_, err := s.memo.Write(line)
		return err
	}
	if s.file == nil {
		if err := s.overflow(); err != nil {
			return fmt.Errorf("keep what belongs to an item on disk: %w", err)
		}
	}
	if _, err := s.out.Write(line); err != nil {
		return fmt.Errorf("keep what belongs to an item on disk: %w; make room there", err)
	}
	return nil
}

// overflow moves to a file, which goes with its last handle.
func (s *spool) overflow() error {
	f, err := os.CreateTemp(s.folder, "parts-*")
	if err != nil {
		return err
	}
	s.file, s.out = f, bufio.NewWriterSize(f, 64<<10)
	if err := os.Remove(f.Name()); err != nil {
		return err
	}
	_, err = s.out.Write(s.memo.Bytes())
	s.memo = bytes.Buffer{}
	return err
}

// close gives up the lines, and returns how much memory they took.
func (s *spool) close() int {
	n := s.memo.Len()
	s.memo = bytes.Buffer{}
	if s.file != nil {
		_ = s.file.Close()
		s.file = nil
	}
	return n
}

// err is what reading it failed with.
func (s *spool) err() error { return s.fault }

// Len implements Parts.
func (s *spool) Len(kind string) int { return s.counts[kind] }

// All implements Parts.
func (s *spool) All(kinds ...string) iter.Seq2[archive.Record, error] {
	return func(yield func(archive.Record, error) bool) {
		if len(kinds) > 0 && !slices.ContainsFunc(kinds, func(kind string) bool { return s.counts[kind] > 0 }) {
			return
		}
		lines := bufio.NewReaderSize(bytes.NewReader(s.memo.Bytes()), 64<<10)
		if s.file != nil {
			if err := s.out.Flush(); err != nil {
				s.fault = fmt.Errorf("keep what belongs to an item on disk: %w; make room there", err)
				yield(archive.Record{}, s.fault)
				return
			}
			lines.Reset(io.NewSectionReader(s.file, 0, 1<<62))
		}
		for {
			line, err := lines.ReadBytes('\n')
			if err == io.EOF && len(line) == 0 {
				return
			}
			var r archive.Record
			if err == nil {
				r, err = archive.DecodeRecord(line)
			}
			if err == nil && len(kinds) > 0 && !slices.Contains(kinds, r.Kind) {
				continue
			}
			if err != nil {
				s.fault = fmt.Errorf("read what belongs to an item from disk: %w", err)
				err = s.fault
			}
			if !yield(r, err) || err != nil {
				return
			}
		}
	}
}
