package content

import (
	"fmt"
	"io"
	"os"
)

// Upload is a file that an account gives an issue.
type Upload struct {
	Name      string
	MediaType string
	Path      string // of the bytes on disk, which stay there
	Size      int64
	Author    Person
	Created   int64 // Unix ms
}

// AddAttachment gives an issue a file.
func (p *Parts) AddAttachment(row Row, u Upload) Attachment {
	a := Attachment{ID: p.Next(), Issue: row.ID, Name: u.Name, MediaType: u.MediaType, Size: u.Size, path: u.Path}
	a.describe(u.Author, u.Created)
	change(p, row, Issue.Attachments, func(o *owned) *taken[Attachment] { return &o.files }, func(all []Attachment) []Attachment {
		p.places[fileAt(a.ID)] = row.ID
		return append(all, a)
	})
	return a
}

func fileAt(id int64) partAt { return partAt{"attachment", fmt.Sprint(id)} }

// Attachment implements Source.
func (p *Parts) Attachment(id int64) (Attachment, bool) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	if o := p.issues[p.places[fileAt(id)]]; o != nil {
		for _, a := range o.files.items {
			if a.ID == id {
				return a, true
			}
		}
	}
	return p.Source.Attachment(id)
}

// diskFile reads a file that is opened when it is first used.
type diskFile struct {
	path string
	size int64 // of which no more is read
	part *io.SectionReader
	file *os.File
}

func (d *diskFile) open() error {
	if d.part != nil {
		return nil
	}
	f, err := os.Open(d.path)
	if err != nil {
		return fmt.Errorf("reading an attachment of the sample site: %w; the site may have been closed", err)
	}
	d.file, d.part = f, io.NewSectionReader(f, 0, d.size)
	return nil
}

// Read implements io.Reader.
func (d *diskFile) Read(b []byte) (int, error) {
	if err := d.open(); err != nil {
		return 0, err
	}
	return d.part.Read(b)
}

// Seek implements io.Seeker.
func (d *diskFile) Seek(offset int64, whence int) (int64, error) {
	if err := d.open(); err != nil {
		return 0, err
	}
	return d.part.Seek(offset, whence)
}

// Close implements io.Closer.
func (d *diskFile) Close() error {
	if d.file == nil {
		return nil
	}
	return d.file.Close()
}
