package activities

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"

	"holdfast/internal/archive"
	"holdfast/internal/atlassian"
)

// errSlotFull ends a chunk that does not fit into the slot any more.
var errSlotFull = errors.New("the scratch slot is full")

// part is what a segment holds records of: one container, or one kind of the site
// with what belongs to it.
type part struct {
	container string // key
	kind      string // of the site, where there is no container: one without a parent
}

// listed is a line of attachmentsFile.
type listed struct {
	atlassian.Attachment
	Container string `json:"container"`
}

// exportFiles are the files that an export writes. What is written between two
// commits counts only with the second one.
type exportFiles struct {
	dir   string
	state *exportState
	name  func(part, int) string
	limit int64

	segment *archive.SegmentWriter // the last of state.Segments, or one after it; nil before the first write
	part    part
	n       int   // its number
	closed  int64 // raw bytes of the segments before it
	list    *os.File
	lines   *bufio.Writer
	written int64 // of list

	// Since the last commit:
	more      []rawSegment // segments that were begun
	records   int
	attached  int
	fileBytes int64
	users     []string
	known     map[string]bool // users written, ever
}

// openExportFiles goes on with the files of an export.
func openExportFiles(dir string, state *exportState, name func(part, int) string, limit int64) (*exportFiles, error) {
	f := &exportFiles{dir: dir, state: state, name: name, limit: limit, known: make(map[string]bool, len(state.Users))}
	for _, u := range state.Users {
		f.known[u] = true
	}
	var err error
	if f.list, err = os.OpenFile(filepath.Join(dir, attachmentsFile), os.O_RDWR|os.O_CREATE, 0o600); err != nil {
		return nil, err
	}
	f.lines = bufio.NewWriterSize(f.list, 64<<10)
	if err := f.reopen(); err != nil {
		f.abandon()
		return nil, err
	}
	return f, nil
}

// reopen brings the files to what state says.
func (f *exportFiles) reopen() error {
	if fi, err := f.list.Stat(); err != nil {
		return err
	} else if fi.Size() < f.state.ListBytes {
		return lostScratch(errors.New("the list of attachments on scratch is not whole"))
	}
	if err := f.list.Truncate(f.state.ListBytes); err != nil {
		return err
	}
	if _, err := f.list.Seek(f.state.ListBytes, io.SeekStart); err != nil {
		return err
	}
	f.lines.Reset(f.list)
	f.written = f.state.ListBytes
	f.closed, f.part = 0, part{}
	for i, s := range f.state.Segments {
		if i < len(f.state.Segments)-1 {
			f.closed += s.Bytes
		}
	}
	f.n = len(f.state.Segments) - 1
	if f.n < 0 {
		return nil
	}
	last := f.state.Segments[f.n]
	w, err := archive.ResumeSegment(rawPath(f.dir, f.n), last.Bytes)
	if err != nil && (errors.Is(err, os.ErrInvalid) || errors.Is(err, os.ErrNotExist)) {
		return lostScratch(err)
	}
	if err != nil {
		return err
	}
	f.segment, f.part = w, part{last.Container, last.Kind}
	return nil
}

// seen reports whether the user was written before, and remembers it.
func (f *exportFiles) seen(account string) bool {
	if f.known[account] {
		return true
	}
	f.known[account] = true
	f.users = append(f.users, account)
	return false
}

// write appends a record to the segment of p.
func (f *exportFiles) write(p part, item atlassian.Item) error {
	if f.segment == nil || f.part != p || f.segment.Full() {
		if err := f.next(p); err != nil {
			return err
		}
	}
	err := f.segment.Write(archive.Record{
		Kind: item.Kind, ID: item.ID, Key: item.Key, Parent: item.Parent, FetchedAt: item.FetchedAt, Body: item.Body,
	})
	if err != nil {
		return err
	}
	f.records++
	if item.Attachment != nil {
		line, err := json.Marshal(listed{*item.Attachment, p.container})
		if err != nil {
			return err
		}
		if _, err := f.lines.Write(append(line, '\n')); err != nil {
			return err
		}
		f.written += int64(len(line)) + 1
		f.attached++
		f.fileBytes += item.Attachment.Size
	}
	if !f.fits(0) {
		return errSlotFull
	}
	return nil
}

// next closes the segment and begins one for p.
func (f *exportFiles) next(p part) error {
	if f.segment != nil {
		if err := f.settle(); err != nil {
			return err
		}
		f.closed += f.segment.Size()
		if err := f.segment.Close(); err != nil {
			return err
		}
		f.segment = nil
	}
	w, err := archive.CreateSegment(rawPath(f.dir, f.n+1))
	if err != nil {
		return err
	}
	f.segment, f.part, f.n = w, p, f.n+1
	f.more = append(f.more, rawSegment{Object: f.name(p, f.n), Container: p.container, Kind: p.kind})
	return nil
}

// settle enters size and records of the open segment.
func (f *exportFiles) settle() error {
	if len(f.more) == 0 { // it is the one that state ends with; its copy is changed, not state
		f.more = append(f.more, f.state.Segments[f.n])
	}
	last := &f.more[len(f.more)-1]
	last.Bytes, last.Records = f.segment.Size(), f.segment.Records()
	return nil
}

// fits reports whether so many bytes more stay within the slot.
func (f *exportFiles) fits(more int64) bool { return f.size()+more <= f.limit }

// size is how many bytes the files have.
func (f *exportFiles) size() int64 {
	n := f.closed + f.written
	if f.segment != nil {
		n += f.segment.Size()
	}
	return n
}

// pending is how many records were written since the last commit.
func (f *exportFiles) pending() int { return f.records }

// commit makes what was written, with what the caller changed in state, count;
// items is of how many ids that is the end.
func (f *exportFiles) commit(items int) error {
	if f.segment != nil && f.records > 0 {
		if err := f.settle(); err != nil {
			return err
		}
		if err := f.segment.Sync(); err != nil {
			return err
		}
	}
	if f.attached > 0 {
		if err := errors.Join(f.lines.Flush(), f.list.Sync()); err != nil {
			return err
		}
	}
	before := f.state.rawBytes() + f.state.ListBytes
	for _, s := range f.more {
		f.enter(s)
	}
	s := f.state
	s.ListBytes = f.written
	s.Attachments += f.attached
	s.AttachmentBytes += f.fileBytes
	s.Users = append(s.Users, f.users...)
	s.Items += items
	if items > 0 {
		s.LastChunk = s.rawBytes() + s.ListBytes - before
	}
	f.forget()
	return f.save()
}

// enter adds a segment to state, or puts it in the place of the same one.
func (f *exportFiles) enter(s rawSegment) {
	if last := len(f.state.Segments) - 1; last >= 0 && f.state.Segments[last].Object == s.Object {
		f.state.Segments[last] = s
		return
	}
	f.state.Segments = append(f.state.Segments, s)
}

func (f *exportFiles) forget() {
	f.more, f.users = nil, nil
	f.records, f.attached, f.fileBytes = 0, 0, 0
}

// save writes state.
func (f *exportFiles) save() error { return saveState(f.dir, exportFile, f.state) }

// rollback drops what was written since the last commit.
func (f *exportFiles) rollback() error {
	for _, u := range f.users {
		delete(f.known, u)
	}
	if f.segment != nil {
		f.segment.Abandon()
		f.segment = nil
	}
	for n := f.n; n >= len(f.state.Segments); n-- {
		if err := os.Remove(rawPath(f.dir, n)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	f.forget()
	return f.reopen()
}

// abandon closes the files.
func (f *exportFiles) abandon() {
	if f.segment != nil {
		f.segment.Abandon()
	}
	_ = f.list.Close()
}
