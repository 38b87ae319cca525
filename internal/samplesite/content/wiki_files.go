package content

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"holdfast/internal/samplesite/rawjson"
)

// Files implements WikiContent.
func (p *page) Files() []File {
	out := make([]File, 0, p.was.files)
	for k := range p.was.files {
		out = append(out, p.file(k))
	}
	return out
}

// file makes the k-th file.
func (p *page) file(k int) File {
	f := File{ID: p.node.ID + 1 + int64(k), Node: p.node.ID, Status: "current"}
	r := p.w.rng(wikiFilePart, f.ID)
	kind := pick(r, fileTypes)
	f.Name = pick(r, fileNames) + "-" + number(k) + kind.ext // unique on its page
	bytes := int64(r.longTail(600 << 10))
	if r.in(2) {
		bytes = 0
	}
	versions := 1
	if r.in(25) {
		versions = 2 + r.below(3)
	}
	if k < len(p.spec.Files) {
		f.Name, bytes = p.spec.Files[k].Name, p.spec.Files[k].Size
		kind = fileTypes[8]
		for _, t := range fileTypes {
			if t.ext != "" && strings.HasSuffix(f.Name, t.ext) {
				kind = t
			}
		}
		versions = max(1, p.spec.FileVersions)
	} else {
		switch status := r.below(100); {
		case status < 3:
			f.Status = "trashed"
		case status < 5:
			f.Status = "archived"
		}
	}
	same := r.in(50) // each version has the same size
	made := Node{ID: f.ID, Title: f.Name, Created: p.node.Created + int64(k)*1000, Modified: p.node.Created + int64(k)*1000 + int64(versions-1)*3600_000}
	for v := versions; v >= 1; v-- {
		one := FileVersion{WikiVersion: p.w.versionAt(made, v, versions), Size: bytes, MediaType: kind.media, kind: kind.kind}
		if v < versions && !same && k >= len(p.spec.Files) {
			one.Size = bytes/2 + int64(v)
		}
		one.seed = newRNG(p.w.spec.Seed, 31, uint64(f.ID), uint64(v)).next()
		one.Members = p.fileMembers(f, one, made)
		f.Versions = append(f.Versions, one)
	}
	f.Members = f.Versions[0].Members
	return f
}

// AttachmentSingle of REST v2.
func (p *page) fileMembers(f File, v FileVersion, made Node) []rawjson.Member {
	id := "att" + strconv.FormatInt(f.ID, 10)
	r := p.w.rng(wikiFilePart, f.ID, uint64(v.Number))
	comment := ""
	if r.in(30) {
		comment = sentence(r, pickScript(r))
	}
	name := url.PathEscape(f.Name)
	download := fmt.Sprintf("/download/attachments/%d/%s?version=%d&modificationDate=%d&cacheVersion=1&api=v2", f.Node, name, v.Number, made.Modified)
	webui := fmt.Sprintf("/pages/viewpageattachments.action?pageId=%d&preview=%%2F%d%%2F%d%%2F%s", f.Node, f.Node, f.ID, url.QueryEscape(f.Name))
	pageID, blogID := p.id(), ""
	if p.node.Type == BlogType {
		pageID, blogID = "", p.id()
	}
	fileID := uuidFrom(r)
	return compact("id", id, "status", f.Status, "title", f.Name, "createdAt", FormatWikiTime(made.Created), "pageId", pageID, "blogPostId", blogID,
		"mediaType", v.MediaType, "mediaTypeDescription", mediaName(v.kind), "comment", rawjson.String(comment), "fileId", fileID, "fileSize", v.Size,
		"webuiLink", webui, "downloadLink", download, "_links", rawjson.Object("webui", webui, "download", download))
}

// mediaName is what Confluence calls a sort of file.
func mediaName(k fileKind) string {
	if k == prose {
		return "Text File"
	}
	return "File"
}
