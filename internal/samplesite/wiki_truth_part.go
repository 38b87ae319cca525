package samplesite

import (
	"holdfast/internal/samplesite/content"
	"holdfast/internal/samplesite/rawjson"
)

// TrueComment is a comment of a page or blog post.
type TrueComment struct{ content.Comment }

// IDText returns the comment's id as bodies have it.
func (c TrueComment) IDText() string { return idText(c.ID) }

// Body returns the exact body that lists give with body-format=storage.
func (c TrueComment) Body() rawjson.Raw {
	return commentBody(c.Comment, commentShape{format: content.StorageFormat})
}

// Versions returns the versions, the newest first.
func (c TrueComment) Versions() []TrueVersion {
	return versionsOf(c.Comment.Versions, "comment", c.IDText(), func(v int, format string) string { return commentText(c.Comment, v)(format) })
}

// Kind names what the comment is: footerComment, footerReply, inlineComment or inlineReply.
func (c TrueComment) Kind() string {
	kind := "footer"
	if c.Inline {
		kind = "inline"
	}
	if c.Parent != 0 {
		return kind + "Reply"
	}
	return kind + "Comment"
}

// Comments returns the comments that were not deleted, by ascending id: roots and replies.
func (n TrueNode) Comments() []TrueComment {
	if !n.HasText() {
		return nil
	}
	var out []TrueComment
	for _, c := range n.text().Comments() {
		out = append(out, TrueComment{c})
	}
	return out
}

// TrueFile is a file of a page or blog post and whether its bytes can be had.
// Open of its Versions, the newest first, gives the bytes.
type TrueFile struct {
	content.File
	Lost bool // still listed, bytes gone
}

// IDText returns the file's id as bodies have it: "att" and a number.
func (f TrueFile) IDText() string { return wikiFilePrefix + idText(f.ID) }

// Body returns the exact body that lists give.
func (f TrueFile) Body() rawjson.Raw { return fileBody(f.File, fileShape{}) }

// VersionBody returns the exact body of GET /attachments/{id}?version=n; nil where it does not have the version.
func (f TrueFile) VersionBody(number int) rawjson.Raw {
	return fileBody(f.File, fileShape{version: number, single: true})
}

// ListedVersions returns the versions as /attachments/{id}/versions lists them, the newest first.
func (f TrueFile) ListedVersions() []TrueVersion {
	return versionsOf(fileVersions(f.File), "attachment", f.IDText(), nil)
}

// Files returns the files that were not deleted, of every status.
func (n TrueNode) Files() []TrueFile {
	if !n.HasText() {
		return nil
	}
	var out []TrueFile
	for _, f := range n.text().Files() {
		out = append(out, TrueFile{File: f, Lost: n.site.wiki.isLost(f.ID)})
	}
	return out
}
