package samplesite

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"holdfast/internal/samplesite/content"
	"holdfast/internal/samplesite/rawjson"
)

// writeFile is the OAuth scope of uploads.
const writeFile = "write:confluence-file"

// fileWriteRoutes serves uploads of files (REST v1), which read the body of the
// request before anything else waits for them.
func fileWriteRoutes() []route {
	scopes := []string{writeFile}
	at := WikiV1 + "/content/{id}/child/attachment"
	return []route{
		{method: http.MethodPost, template: at, scopes: scopes, upload: true, answer: uploaded(postFile)},
		{method: http.MethodPut, template: at, scopes: scopes, upload: true, answer: uploaded(putFile)},
		{method: http.MethodPost, template: at + "/{attachmentId}/data", scopes: scopes, upload: true, answer: uploaded(postFileData)},
		{method: http.MethodDelete, template: WikiV2 + "/attachments/{id}", scopes: []string{"delete:attachment:confluence"},
			answer: func(c *call) reply { return c.onFile("id", deleteFile) }},
	}
}

// sentFile is a file of an upload, whose bytes lie on the disk.
type sentFile struct {
	name, mediaType, path string
	size                  int64
}

// sent is an upload: its files and what is said of them.
type sent struct {
	files   []sentFile
	comment string
	minor   bool
}

// uploaded reads an upload and has it answered; what is refused is removed from the disk again.
func uploaded(answer func(*call, sent) reply) func(*call) reply {
	return func(c *call) reply {
		if token := c.r.Header.Get("X-Atlassian-Token"); token != "nocheck" && token != "no-check" {
			return plainRefuse(http.StatusForbidden, "XSRF check failed")
		}
		in, err := c.wikiReceive()
		p := plainRefuse(http.StatusBadRequest, fmt.Sprintf("The upload cannot be read: %v", err))
		if err == nil {
			p = oneWriter(func(c *call) reply { return answer(c, in) })(c)
		}
		if p.status != http.StatusOK {
			for _, f := range in.files {
				_ = os.Remove(f.path)
			}
		}
		return p
	}
}

// wikiReceive reads the request's parts and writes files to the disk.
func (c *call) wikiReceive() (in sent, err error) {
	parts, err := c.r.MultipartReader()
	if err != nil {
		return in, err
	}
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return in, err
		}
		if part.FormName() == "file" {
			f, err := c.wikiReceiveFile(part)
			if err != nil {
				return in, err
			}
			in.files = append(in.files, f)
			continue
		}
		text, err := io.ReadAll(io.LimitReader(part, 64<<10))
		if err != nil {
			return in, err
		}
		switch part.FormName() {
		case "comment":
			in.comment = string(text)
		case "minorEdit":
			if in.minor, err = strconv.ParseBool(string(text)); err != nil {
				return in, fmt.Errorf("minorEdit is true or false, not %q", text)
			}
		default:
			return in, fmt.Errorf("there is no part %q", part.FormName())
		}
	}
	if len(in.files) == 0 {
		return in, errors.New("it has no part \"file\"")
	}
	return in, nil
}

func (c *call) wikiReceiveFile(part *multipart.Part) (sentFile, error) {
	dir, err := c.site.folder()
	if err != nil {
		return sentFile{}, err
	}
	f := sentFile{name: sentName(part), mediaType: part.Header.Get("Content-Type")}
	if f.name == "" {
		return f, errors.New("a file has no name")
	}
	if f.mediaType == "" {
		f.mediaType = "application/octet-stream"
		if byName := mime.TypeByExtension(filepath.Ext(f.name)); byName != "" {
			f.mediaType, _, _ = strings.Cut(byName, ";")
		}
	}
	out, err := os.CreateTemp(dir, "wiki-")
	if err != nil {
		return f, err
	}
	f.path = out.Name()
	f.size, err = io.Copy(out, part)
	if err = errors.Join(err, out.Close()); err != nil {
		_ = os.Remove(f.path)
	}
	return f, err
}

// sentName is the name of a file as it was sent: FileName of the part would cut it at its last slash.
func sentName(part *multipart.Part) string {
	_, params, err := mime.ParseMediaType(part.Header.Get("Content-Disposition"))
	if err != nil {
		return ""
	}
	return params["filename"]
}

// container is the page or blog post that a file is put on.
func (c *call) container() (content.Node, *reply) {
	n, found := c.site.wiki.node(numbered(c.params["id"]), c.adminKey())
	status := c.query.Get("status")
	if !found || !hasText(n) || n.Status == "trashed" || status != "" && status != n.Status || status == "" && n.Status == "draft" {
		p := plainRefuse(http.StatusNotFound, "No content found with id: "+c.params["id"])
		return n, &p
	}
	return n, nil
}

// postFile puts new files on a page.
func postFile(c *call, in sent) reply { return c.attach(in, false) }

// putFile puts files on a page, or newer versions of those that have the same name.
func putFile(c *call, in sent) reply { return c.attach(in, true) }

func (c *call) attach(in sent, again bool) reply {
	n, bad := c.container()
	if bad != nil {
		return *bad
	}
	of := c.site.own(n)
	var ids []int64
	for _, f := range in.files {
		i := slices.IndexFunc(of.Files, func(one content.File) bool { return one.Name == f.name && one.Status == "current" })
		switch {
		case i >= 0 && !again:
			return plainRefuse(http.StatusBadRequest, "Cannot add a new attachment with same file name as an existing attachment: "+f.name)
		case i < 0:
			of.Files = append(of.Files, content.File{ID: c.site.wiki.written.NextID(), Node: n.ID, Name: f.name, Status: "current"})
			i = len(of.Files) - 1
		}
		c.addVersion(&of.Files[i], n, f, in)
		ids = append(ids, of.Files[i].ID)
	}
	c.site.wiki.save(of)
	return c.sentReply(of, ids)
}

// postFileData puts a newer version of a file there.
func postFileData(c *call, in sent) reply {
	n, bad := c.container()
	if bad != nil {
		return *bad
	}
	id := numbered(strings.TrimPrefix(c.params["attachmentId"], wikiFilePrefix))
	of := c.site.own(n)
	i := slices.IndexFunc(of.Files, func(f content.File) bool { return f.ID == id })
	if i < 0 || of.Files[i].Status != "current" {
		return plainRefuse(http.StatusNotFound, "No attachment found with id: "+c.params["attachmentId"])
	}
	if len(in.files) != 1 {
		return plainRefuse(http.StatusBadRequest, "Exactly one file must be sent")
	}
	c.addVersion(&of.Files[i], n, in.files[0], in)
	c.site.wiki.save(of)
	f, _ := c.site.wiki.file(id)
	return wikiOK(c.plainFile(of.Node, f))
}

// addVersion puts bytes that were sent there as the newest version of a file.
func (c *call) addVersion(f *content.File, n content.Node, bytes sentFile, in sent) {
	number, me, now := 1, c.site.AccountID(), c.wikiNow()
	created := content.FormatWikiTime(now)
	if len(f.Versions) > 0 {
		number = f.Versions[0].Number + 1
		created = at(rawjson.Members(f.Members), "createdAt")
	}
	id := wikiFilePrefix + idText(f.ID)
	download := fmt.Sprintf("/download/attachments/%d/%s?version=%d&modificationDate=%d&cacheVersion=1&api=v2", n.ID, url.PathEscape(f.Name), number, now)
	webui := fmt.Sprintf("/pages/viewpageattachments.action?pageId=%d&preview=%%2F%d%%2F%d%%2F%s", n.ID, n.ID, f.ID, url.QueryEscape(f.Name))
	pageID, blogID := idText(n.ID), ""
	if n.Type == content.BlogType {
		pageID, blogID = "", pageID
	}
	kind := "File"
	if strings.HasPrefix(bytes.mediaType, "text/") {
		kind = "Text File"
	}
	v := content.WikiVersion{Number: number, Title: f.Name, Body: content.VersionBody(number, me, in.comment, in.minor, now)}
	members := content.Members("id", id, "status", f.Status, "title", f.Name, "createdAt", created, "pageId", pageID, "blogPostId", blogID,
		"mediaType", bytes.mediaType, "mediaTypeDescription", kind, "comment", rawjson.String(in.comment), "fileId", content.MarkerOf(c.site.wiki.written.NextID()), "fileSize", bytes.size,
		"webuiLink", webui, "downloadLink", download, "_links", rawjson.Object("webui", webui, "download", download))
	f.Versions = slices.Insert(slices.Clone(f.Versions), 0, content.WrittenFile(v, bytes.path, bytes.size, bytes.mediaType, members))
	f.Members = members
}

// sentReply is the list of files that an upload made or changed.
func (c *call) sentReply(of *content.Written, ids []int64) reply {
	items := []rawjson.Raw{}
	for _, f := range of.Files {
		if slices.Contains(ids, f.ID) {
			items = append(items, c.plainFile(of.Node, f))
		}
	}
	return wikiOK(rawjson.Object("results", items, "start", 0, "limit", 200, "size", len(items),
		"_links", rawjson.Object("base", wikiBase, "context", "/wiki", "self", wikiBase+c.plainPath())))
}

// plainFile is a file as REST v1 shows it.
func (c *call) plainFile(n content.Node, f content.File) rawjson.Raw {
	v, id := f.Versions[0], wikiFilePrefix+idText(f.ID)
	members := rawjson.Members(f.Members)
	self := wikiBase + "/rest/api/content/" + id
	version := rawjson.Object("by", c.site.userEntry(at(v.Body, "authorId")).Body, "when", at(v.Body, "createdAt"), "friendlyWhen", at(v.Body, "createdAt")[:10], "message", at(v.Body, "message"),
		"number", v.Number, "minorEdit", rawjson.Raw(at(v.Body, "minorEdit")), "contentTypeModified", false, "_expandable", rawjson.Object("collaborators", "", "content", "/rest/api/content/"+id),
		"_links", rawjson.Object("self", self+"/version/"+strconv.Itoa(v.Number)))
	return rawjson.Object("id", id, "type", "attachment", "status", f.Status, "title", f.Name, "version", version,
		"metadata", rawjson.Object("comment", at(members, "comment"), "mediaType", v.MediaType),
		"extensions", rawjson.Object("mediaType", v.MediaType, "fileSize", v.Size, "comment", at(members, "comment"), "mediaTypeDescription", at(members, "mediaTypeDescription"),
			"fileId", at(members, "fileId"), "collectionName", "contentId-"+idText(n.ID)),
		"_expandable", rawjson.Object("container", "/rest/api/content/"+idText(n.ID), "space", "/rest/api/space/"+c.site.wiki.src.Spaces()[n.Space].Key),
		"_links", rawjson.Object("webui", at(members, "webuiLink"), "download", at(members, "downloadLink"), "self", self))
}

// deleteFile puts a file into the trash, or deletes what is in it for good.
func deleteFile(c *call, f content.File) reply {
	purge, bad := c.wikiFlag("purge", false)
	n, found := c.site.wiki.node(f.Node, true)
	switch {
	case bad != nil:
		return *bad
	case !found, !purge && f.Status == "trashed":
		return wikiAbsent()
	case purge && f.Status != "trashed":
		return *wikiInvalid("Only what is in the trash can be purged")
	}
	of := c.site.own(n)
	i := slices.IndexFunc(of.Files, func(one content.File) bool { return one.ID == f.ID })
	if purge {
		of.Files = slices.Delete(of.Files, i, i+1)
	} else {
		of.Files[i].Status = "trashed"
		of.Files[i].Members = replaced(f.Members, "status", rawjson.String("trashed"))
		versions := slices.Clone(f.Versions)
		for k := range versions {
			versions[k].Members = replaced(versions[k].Members, "status", rawjson.String("trashed"))
		}
		of.Files[i].Versions = versions
	}
	c.site.wiki.save(of)
	return reply{status: http.StatusNoContent}
}
