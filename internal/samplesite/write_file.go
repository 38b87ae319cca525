package samplesite

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"strconv"

	"holdfast/internal/samplesite/content"
	"holdfast/internal/samplesite/rawjson"
)

const (
	maxFiles  = 60      // of one request, as the document says
	usualFile = 1 << 30 // bytes that a file may have where Config does not say: Jira's default
)

// fileWrites is what changes the attachments of issues.
func fileWrites() []write {
	scopes := []string{writeWork}
	return []write{
		{method: http.MethodPost, template: Prefix + "/issue/{issueIdOrKey}/attachments", scopes: scopes, permission: "CREATE_ATTACHMENTS", before: receiveFiles, answer: addAttachments, upload: true},
		{method: http.MethodDelete, template: Prefix + "/attachment/{id}", scopes: scopes, answer: removeAttachment},
	}
}

// receiveFiles keeps the files of a form, before other writes are held up.
func receiveFiles(c *call) *reply {
	if token := c.r.Header.Get("X-Atlassian-Token"); token != "no-check" && token != "nocheck" {
		p := typed(http.StatusForbidden, "text/html;charset=UTF-8", []byte("XSRF check failed"))
		return &p
	}
	form, err := c.r.MultipartReader()
	if err != nil {
		p := problem(http.StatusUnsupportedMediaType, "Content-Type '"+c.r.Header.Get("Content-Type")+"' is not supported.", c.r)
		return &p
	}
	var bad *reply
	if c.files, bad = c.receiveForm(form); bad != nil {
		c.dropFiles()
	}
	return bad
}

// dropFiles removes what was kept of a request that is refused.
func (c *call) dropFiles() {
	for _, f := range c.files {
		_ = os.Remove(f.Path)
	}
}

// addAttachments makes attachments of the files of a form: all or none.
func addAttachments(c *call) reply {
	if len(c.site.src.Issue(c.row).Attachments())+len(c.files) > partLimits["attachment"] {
		c.dropFiles()
		return *fullIssue("attachment")
	}
	list := []rawjson.Raw{}
	for _, f := range c.files {
		list = append(list, c.site.parts.AddAttachment(c.row, f).Body)
	}
	c.site.touch(c.row)
	return ok(rawjson.Array(list))
}

// receiveForm keeps the files of a form on disk. What it returns with a refusal is to be removed.
func (c *call) receiveForm(form *multipart.Reader) (files []content.Upload, bad *reply) {
	for {
		part, err := form.NextRawPart()
		switch {
		case errors.Is(err, io.EOF) && len(files) == 0:
			return nil, refused(http.StatusBadRequest, "The form has no part called file.")
		case errors.Is(err, io.EOF):
			return files, nil
		case err != nil:
			return files, refused(http.StatusBadRequest, "The form can not be read to its end.")
		}
		if part.FormName() != "file" {
			continue
		}
		if len(files) == maxFiles {
			return files, refused(http.StatusRequestEntityTooLarge, "At most 60 files can be attached at once.")
		}
		f, bad := c.keepFile(part)
		if f.Path != "" {
			files = append(files, f)
		}
		if bad != nil {
			return files, bad
		}
	}
}

// keepFile writes a part of a form to disk.
func (c *call) keepFile(part *multipart.Part) (f content.Upload, bad *reply) {
	// Part.FileName takes everything but the last element of a path away; Jira keeps names.
	_, params, err := mime.ParseMediaType(part.Header.Get("Content-Disposition"))
	if err != nil || params["filename"] == "" {
		return f, refused(http.StatusBadRequest, "A file has no name.")
	}
	f = content.Upload{Name: params["filename"], MediaType: part.Header.Get("Content-Type"), Author: c.site.me(), Created: c.now()}
	if f.MediaType == "" {
		f.MediaType = "application/octet-stream"
	}
	most := c.site.cfg.MaxUpload
	if most <= 0 {
		most = usualFile
	}
	dir, err := c.site.folder()
	if err != nil {
		return f, unkept(err)
	}
	out, err := os.Create(filepath.Join(dir, "attachment-"+strconv.FormatInt(c.site.parts.Next(), 10)))
	if err != nil {
		return f, unkept(err)
	}
	f.Path = out.Name()
	read := &reading{r: io.LimitReader(part, most+1)}
	f.Size, err = io.Copy(out, read)
	err = errors.Join(err, out.Close())
	switch {
	case read.failed:
		return f, refused(http.StatusBadRequest, "The form can not be read to its end.")
	case err != nil:
		return f, unkept(err)
	case f.Size > most:
		return f, refused(http.StatusRequestEntityTooLarge, fmt.Sprintf("The file is larger than %d bytes, which is the most that this site takes.", most))
	}
	return f, nil
}

// unkept is the answer where the disk does not take a file.
func unkept(err error) *reply {
	p := typed(http.StatusInternalServerError, jsonType, rawjson.Object("message", "Internal server error", "status-code", 500, "stack-trace", err.Error()))
	return &p
}

// reading tells the failures of a reader from those of the writer that it is copied to.
type reading struct {
	r      io.Reader
	failed bool
}

func (r *reading) Read(p []byte) (int, error) {
	n, err := r.r.Read(p)
	if err != nil && err != io.EOF {
		r.failed = true
	}
	return n, err
}

func removeAttachment(c *call) reply {
	a, found := c.attachment()
	if !found {
		return noAttachment(c.params["id"])
	}
	row, found := c.site.world.find(strconv.FormatInt(a.Issue, 10))
	if !found {
		return noAttachment(c.params["id"])
	}
	if !c.may("DELETE_ALL_ATTACHMENTS", row.Project) {
		return refuse(http.StatusForbidden, "You do not have the permission to delete this attachment.")
	}
	c.site.DeleteAttachment(a.ID)
	c.site.touch(row)
	return wrote(http.StatusNoContent, nil)
}
