package activities

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"sync"

	"holdfast/internal/archive"
	"holdfast/internal/atlassian"
)

// fetched is a line of fetchedFile: what became of one attachment.
type fetched struct {
	Key     string             `json:"key"`
	Row     *archive.IndexRow  `json:"row,omitempty"`     // it is stored
	Problem *atlassian.Problem `json:"problem,omitempty"` // or gone, or missing
	// Refetched says that an earlier backup lists it, and did not give it.
	Refetched bool `json:"refetched,omitempty"`
}

// fetchedLog is the record, on scratch, of the attachments that are dealt with.
type fetchedLog struct {
	mu   sync.Mutex
	file *os.File
	done map[string]bool // keys
}

// attachmentKey tells one attachment from all others of the shard.
func attachmentKey(a atlassian.Attachment) string { return archive.AttachmentName(a.ID, a.Version) }

// openFetched opens the record and cuts off a last line that is not whole.
func openFetched(dir string) (*fetchedLog, error) {
	file, err := os.OpenFile(filepath.Join(dir, fetchedFile), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	l := &fetchedLog{file: file, done: make(map[string]bool)}
	size, err := l.each(func(f fetched) error {
		l.done[f.Key] = true
		return nil
	})
	if err == nil {
		err = file.Truncate(size)
	}
	if err == nil {
		_, err = file.Seek(size, io.SeekStart)
	}
	if err != nil {
		file.Close()
		return nil, err
	}
	return l, nil
}

// each reads the record from its start and returns the size of its whole lines.
func (l *fetchedLog) each(do func(fetched) error) (int64, error) {
	if _, err := l.file.Seek(0, io.SeekStart); err != nil {
		return 0, err
	}
	var size int64
	r := bufio.NewReader(l.file)
	for {
		line, err := r.ReadBytes('\n')
		if err == io.EOF {
			return size, nil
		}
		if err != nil {
			return size, err
		}
		var f fetched
		if err := json.Unmarshal(line, &f); err != nil {
			return size, lostScratch(errors.New("the record of attachments on scratch is damaged"))
		}
		if err := do(f); err != nil {
			return size, err
		}
		size += int64(len(line))
	}
}

// add enters what became of an attachment.
func (l *fetchedLog) add(f fetched) error {
	line, err := json.Marshal(f)
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	_, err = l.file.Write(append(line, '\n'))
	return err
}

// fetchedSum is what a record adds up to.
type fetchedSum struct {
	index     archive.Index
	problems  []atlassian.Problem
	refetched int
}

// index writes the rows of what is stored to indexFile, and returns their sums and
// the problems of the others. Record and index have one order, so that every
// Upload of an attempt makes the same index.
func (l *fetchedLog) index(dir string) (fetchedSum, error) {
	var sum fetchedSum
	out, err := os.OpenFile(filepath.Join(dir, indexFile), os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return sum, err
	}
	defer out.Close()
	w := bufio.NewWriter(out)
	var line []byte
	_, err = l.each(func(f fetched) error {
		if f.Refetched {
			sum.refetched++
		}
		if f.Problem != nil {
			sum.problems = append(sum.problems, *f.Problem)
			return nil
		}
		line, err = archive.AppendRow(line[:0], *f.Row)
		if err != nil {
			return err
		}
		sum.index.Attachments++
		sum.index.AttachmentBytes += f.Row.Size
		if f.Row.From != "" {
			sum.index.Reused++
		}
		sum.index.Reach.Add(f.Row.Container, f.Row.Item)
		_, err = w.Write(line)
		return err
	})
	return sum, errors.Join(err, w.Flush(), out.Close())
}

func (l *fetchedLog) close() { _ = l.file.Close() }
