package samplesite

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"holdfast/internal/samplesite/content"
)

// wikiFilePrefix begins the ids of files of Confluence, also at the media host,
// where a version follows: "att123v2".
const wikiFilePrefix = "att"

// downloadFile redirects to the bytes of a version of a file.
func downloadFile(c *call) reply {
	f, found := c.fileAsked()
	if !found {
		return plainRefuse(http.StatusNotFound, "No attachment found with id: "+c.params["attachmentId"])
	}
	number := f.Versions[0].Number
	if v := c.query.Get("version"); v != "" {
		n, err := strconv.Atoi(v)
		if err != nil || n < 1 || n > number {
			return plainRefuse(http.StatusBadRequest, "The version is not one of the attachment's")
		}
		number = n
	}
	location := c.site.signedURL(fmt.Sprintf("%s%dv%d", wikiFilePrefix, f.ID, number), f.Name)
	return reply{status: http.StatusFound, header: http.Header{"Location": {location}}}
}

// fileAsked is the file that the path names, where it has one of the statuses that are asked for.
func (c *call) fileAsked() (content.File, bool) {
	page, err := strconv.ParseInt(c.params["id"], 10, 64)
	if err != nil {
		return content.File{}, false
	}
	id, err := strconv.ParseInt(strings.TrimPrefix(c.params["attachmentId"], wikiFilePrefix), 10, 64)
	if err != nil {
		return content.File{}, false
	}
	if _, found := c.site.wiki.node(page, c.adminKey()); !found {
		return content.File{}, false
	}
	statuses := splitList(c.query["status"]...)
	if len(statuses) == 0 {
		statuses = []string{"current"}
	}
	f, found := c.site.wiki.file(id)
	return f, found && f.Node == page && len(f.Versions) > 0 && slices.Contains(statuses, f.Status)
}

// wikiMedia answers the media host's request for a version of a file. Whoever has
// the signed URL gets it, as long as the file is there.
func (s *Site) wikiMedia(c *call) reply {
	name, version, _ := strings.Cut(strings.TrimPrefix(c.params["id"], wikiFilePrefix), "v")
	id, _ := strconv.ParseInt(name, 10, 64)
	number, _ := strconv.Atoi(version)
	f, found := s.wiki.file(id)
	i := slices.IndexFunc(f.Versions, func(v content.FileVersion) bool { return v.Number == number })
	if !found || i < 0 || s.wiki.isLost(id) || !s.wiki.holds(f.Node) {
		return mediaError(http.StatusNotFound, "The file does not exist.")
	}
	return file(c.r, f.Name, f.Versions[i].MediaType, f.Versions[i].Open())
}

// holds reports whether a node is there, whoever may see it. The caller does not hold mu.
func (w *wikiWorld) holds(id int64) bool {
	w.mu.RLock()
	defer w.mu.RUnlock()
	n, found := w.find(id)
	return found && !w.deleted[id] && !w.gone[n.Space]
}
