package samplesite

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"holdfast/internal/samplesite/content"
	"holdfast/internal/samplesite/rawjson"
)

// fileShape says what of a file a reply shows.
type fileShape struct {
	version   int // 0 is the newest
	noVersion bool
	single    bool
	with      map[string]bool // what include-* names
}

// fileBody is what the site answers of a file; nil where it does not have the version.
func fileBody(f content.File, in fileShape) rawjson.Raw {
	all := fileVersions(f)
	v, found := versionOf(all, in.version)
	if !found {
		return nil
	}
	members := f.Members
	if v.Number != all[0].Number {
		i := slices.IndexFunc(f.Versions, func(one content.FileVersion) bool { return one.Number == v.Number })
		members = f.Versions[i].Members
	}
	var more []rawjson.Member
	if !in.noVersion {
		more = append(more, rawjson.Member{Name: "version", Value: v.Body})
	}
	path := WikiV2 + "/attachments/att" + idText(f.ID)
	same := func(r rawjson.Raw) rawjson.Raw { return r }
	for _, name := range []string{"labels", "properties"} { // files of the sample have none
		if in.with[name] {
			more = append(more, rawjson.Member{Name: name, Value: within(path+"/"+name, []rawjson.Raw{}, nil, same)})
		}
	}
	if in.with["operations"] {
		more = append(more, rawjson.Member{Name: "operations", Value: within(path+"/operations", operationsOn("attachment"), nil, same)})
	}
	if in.with["versions"] {
		more = append(more, rawjson.Member{Name: "versions", Value: within(path+"/versions", all, versionNumber, func(v content.WikiVersion) rawjson.Raw { return v.Body })})
	}
	return composed(members, more, in.single)
}

func fileVersions(f content.File) []content.WikiVersion {
	out := make([]content.WikiVersion, 0, len(f.Versions))
	for _, v := range f.Versions {
		out = append(out, v.WikiVersion)
	}
	return out
}

// seenFile is a file and whether the account sees what it belongs to.
type seenFile struct {
	content.File
	seen bool
}

// fileFilter is which files a list is asked for, and in which order.
type fileFilter struct {
	statuses        []string
	media, name     string
	byMedia, byName bool
	order           string
}

func (c *call) fileFilter() (fileFilter, *reply) {
	statuses, bad1 := c.someOf("status", []string{"current", "archived"}, "current", "archived", "trashed")
	order, bad2 := c.oneOf("sort", dateOrders...)
	f := fileFilter{statuses: statuses, order: order, media: c.query.Get("mediaType"), name: c.query.Get("filename")}
	_, f.byMedia = c.query["mediaType"]
	_, f.byName = c.query["filename"]
	return f, cmp.Or(bad1, bad2)
}

func (f fileFilter) shows(one content.File) bool {
	return slices.Contains(f.statuses, one.Status) && (!f.byName || one.Name == f.name) && (!f.byMedia || one.Versions[0].MediaType == f.media)
}

// listFiles answers the files of a page or blog post.
func listFiles(c *call, n content.Node) reply {
	f, bad := c.fileFilter()
	if bad != nil {
		return *bad
	}
	var all []seenFile
	for _, one := range c.site.wiki.contentOf(n).Files() {
		if f.shows(one) {
			all = append(all, seenFile{one, true})
		}
	}
	return pageOfFiles(c, all, f.order)
}

// listAllFiles answers the files of all current pages and blog posts.
func listAllFiles(c *call) reply {
	f, bad := c.fileFilter()
	if bad != nil {
		return *bad
	}
	all := ofCurrentNodes(c, f.order == "", func(n seenNode) (out []seenFile) {
		for _, one := range c.site.wiki.contentOf(n.Node).Files() {
			if f.shows(one) {
				out = append(out, seenFile{one, n.seen})
			}
		}
		return out
	})
	slices.SortStableFunc(all, func(a, b seenFile) int { return cmp.Compare(a.ID, b.ID) })
	return pageOfFiles(c, all, f.order)
}

func pageOfFiles(c *call, all []seenFile, order string) reply {
	sortByDate(all, order, func(one seenFile) []content.WikiVersion { return fileVersions(one.File) })
	return cursorList[seenFile]{usual: 50, most: 250, id: func(one seenFile) int64 { return one.ID }, hidden: func(one seenFile) bool { return !one.seen },
		body: func(one seenFile) rawjson.Raw { return fileBody(one.File, fileShape{}) }}.page(c, all)
}

// onFile answers for a file whose page or blog post the account sees.
func (c *call) onFile(name string, answer func(*call, content.File) reply) reply {
	digits, named := strings.CutPrefix(c.params[name], "att")
	id, err := strconv.ParseInt(digits, 10, 64)
	if !named || err != nil {
		return wikiAbsent()
	}
	f, found := c.site.wiki.file(id)
	if found {
		_, found = c.site.wiki.node(f.Node, c.adminKey())
	}
	if !found {
		return wikiAbsent()
	}
	return answer(c, f)
}

func getFile(c *call, f content.File) reply {
	version, bad1 := c.wikiInt("version", 0, 1, 1<<31-1)
	with, bad2 := c.included("labels", "properties", "operations", "versions", "collaborators")
	described, bad3 := c.wikiFlag("include-version", true)
	if bad := cmp.Or(bad1, bad2, bad3); bad != nil {
		return *bad
	}
	body := fileBody(f, fileShape{version: int(version), noVersion: !described, single: true, with: with})
	if body == nil {
		return wikiAbsent()
	}
	return wikiOK(body)
}

func listFileVersions(c *call, f content.File) reply {
	return listVersionsOf(c, fileVersions(f), "attachment", "att"+idText(f.ID), nil)
}

func getFileVersion(c *call, f content.File) reply { return detailedVersion(c, fileVersions(f)) }
