package content

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"holdfast/internal/samplesite/rawjson"
)

// fileKind says what the bytes of an attachment are like.
type fileKind int

const (
	noise fileKind = iota // does not compress: images, archives
	prose                 // compresses: logs, CSV
)

var fileTypes = []struct {
	ext, media string
	kind       fileKind
}{
	{".png", "image/png", noise}, {".log", "text/plain", prose}, {".zip", "application/zip", noise}, {".csv", "text/csv", prose},
	{".pdf", "application/pdf", noise}, {".jpg", "image/jpeg", noise}, {".json", "application/json", prose}, {".mp4", "video/mp4", noise},
	{"", "application/octet-stream", noise}, {".html", "text/html", prose},
}

var fileNames = list("screenshot|Fehlerbericht Größe|ログ 2024|日志|отчёт|تقرير|trace & dump|a b  c|résumé|🚀 launch|CON|..|image")

// Attachments implements Issue.
func (i *issue) Attachments() []Attachment {
	if i.added {
		return nil
	}
	first := i.g.files[i.row.ordinal]
	n := int(i.g.files[i.row.ordinal+1] - first)
	out := make([]Attachment, 0, n)
	r := i.rng(partFiles)
	for k := range n {
		kind := pick(r, fileTypes)
		name := pick(r, fileNames) + kind.ext
		// Most are small, few are megabytes, some are empty.
		bytes := int64(r.longTail(600 << 10))
		if r.in(1) {
			bytes = int64(r.below(6 << 20))
		}
		if r.in(2) {
			bytes = 0
		}
		if k < len(i.spec.Attachments) {
			name, bytes = i.spec.Attachments[k].Name, i.spec.Attachments[k].Size
			kind = fileTypes[8]
			for _, t := range fileTypes {
				if t.ext != "" && strings.HasSuffix(name, t.ext) {
					kind = t
				}
			}
		}
		a := Attachment{ID: firstAttachment + int64(first) + int64(k), Issue: i.row.ID, Name: name, MediaType: kind.media, Size: bytes, seed: r.next(), kind: kind.kind}
		a.describe(pick(r, i.g.people), i.when(k, n))
		out = append(out, a)
	}
	return out
}

func (a *Attachment) describe(author Person, created int64) {
	id := strconv.FormatInt(a.ID, 10)
	content := fmt.Sprintf("%s/rest/api/3/attachment/content/%s", Base, id)
	pairs := []any{"self", Base + "/rest/api/3/attachment/" + id, "filename", a.Name, "author", author.Body,
		"created", FormatTime(created), "size", a.Size, "mimeType", a.MediaType, "content", content}
	if strings.HasPrefix(a.MediaType, "image/") {
		pairs = append(pairs, "thumbnail", Base+"/rest/api/3/attachment/thumbnail/"+id)
	}
	// The id is a string inside an issue and a number at the attachment's own address.
	a.Body = rawjson.Object(append([]any{"id", id}, pairs...)...)
	a.Meta = rawjson.Object(append([]any{"id", a.ID}, pairs...)...)
}

// chunk is how many bytes of a file are made at once; each chunk is a function
// of the seed and its number, so that reading can start anywhere.
const chunk = 4096

type fileReader struct {
	seed   uint64
	kind   fileKind
	size   int64
	offset int64
	have   int64 // number of the chunk in buf, -1 for none
	buf    [chunk]byte
}

func newFileReader(seed uint64, kind fileKind, size int64) io.ReadSeeker {
	return &fileReader{seed: seed, kind: kind, size: size, have: -1}
}

// Seek implements io.Seeker.
func (f *fileReader) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += f.offset
	case io.SeekEnd:
		offset += f.size
	}
	if offset < 0 {
		return 0, fmt.Errorf("seeking in an attachment of the sample site: position %d is before its start", offset)
	}
	f.offset = offset
	return offset, nil
}

func (f *fileReader) Read(p []byte) (int, error) {
	if f.offset >= f.size {
		return 0, io.EOF
	}
	total := 0
	for total < len(p) && f.offset < f.size {
		if n := f.offset / chunk; n != f.have {
			f.fill(n)
		}
		within := f.offset % chunk
		n := copy(p[total:], f.buf[within:min(chunk, within+f.size-f.offset)])
		total += n
		f.offset += int64(n)
	}
	return total, nil
}

func (f *fileReader) fill(n int64) {
	f.have = n
	r := newRNG(f.seed, 20, uint64(n))
	if f.kind == prose {
		b := f.buf[:0]
		for len(b) < chunk {
			b = fmt.Appendf(b, "%08d %s ", len(b), pick(r, scripts[0].words))
			if r.in(20) {
				b = append(b, '\n')
			}
		}
		copy(f.buf[:], b[:chunk])
		return
	}
	for i := 0; i < chunk; i += 8 {
		v := r.next()
		for k := range 8 {
			f.buf[i+k] = byte(v >> (8 * k))
		}
	}
}
