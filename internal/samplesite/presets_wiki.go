package samplesite

import (
	"fmt"

	"holdfast/internal/samplesite/content"
)

// DemoWiki is a Confluence site of a few spaces, one of them personal and one
// archived, with so many pages and attachments in all, and a little of every other kind of data.
func DemoWiki(pages, attachments int) content.WikiSpec {
	pages = max(0, pages)
	spec := content.WikiSpec{Seed: 2026, Attachments: max(0, attachments), Accounts: 20}
	left := pages
	for _, s := range []struct {
		space   content.SpaceSpec
		percent int
	}{
		{content.SpaceSpec{Key: "ENG", Name: "Engineering", Others: 3}, 40},
		{content.SpaceSpec{Key: "DOC", Name: "Handbuch & Hilfe", Others: 2, CustomContent: 6}, 28},
		{content.SpaceSpec{Key: "HR", Name: "People <internal>", Others: 1}, 12},
		{content.SpaceSpec{Personal: true, Others: 1}, 7},
		{content.SpaceSpec{Key: "OLD", Name: "Archiv 2019", Archived: true}, 5},
	} {
		n := pages * s.percent / 100
		left -= n
		s.space.Pages = n - n/10
		s.space.Blogs = n / 10
		spec.Spaces = append(spec.Spaces, s.space)
	}
	spec.Spaces[0].Pages += left
	return spec
}

// EveryWiki is a Confluence site of 5,000 pages and blog posts in 40 spaces, 10 of
// them personal and one empty. Somewhere each list is longer than the longest page that it
// comes in: 250 for most lists of REST v2, 50 for versions with their bodies, 200 for
// most lists of REST v1, 25 for templates; for blog posts as for pages.
func EveryWiki() content.WikiSpec {
	spec := content.WikiSpec{Seed: 40, Attachments: 400, Accounts: 300, Groups: 235, Templates: 60, Roles: 260, Themes: 205}
	big := content.SpaceSpec{Key: "BIG", Name: "Very large & old", Pages: 1400, Blogs: 40, Others: 70, Deep: 26, Tasks: 560, CustomContent: 520,
		Properties: 255, Labels: 210, Templates: 60, Permissions: 260, Watchers: 210}
	spec.Spaces = append(spec.Spaces, big,
		content.SpaceSpec{Key: "FLAT", Pages: 600, Others: 2, Flat: true},
		content.SpaceSpec{Key: "NEWS", Pages: 20, Blogs: 300, Others: 1},
		content.SpaceSpec{Key: "EMPTY", Name: "Nothing in it"})
	for i := range 10 {
		spec.Spaces = append(spec.Spaces, content.SpaceSpec{Personal: true, Pages: 27, Blogs: 3, Others: i % 2})
	}
	for i := range 3 {
		spec.Spaces = append(spec.Spaces, content.SpaceSpec{Key: fmt.Sprintf("OLD%d", i), Archived: true, Pages: 48, Blogs: 2, Others: 1})
	}
	left := 5000
	for _, s := range spec.Spaces {
		left -= s.Pages + s.Blogs
	}
	rest := 40 - len(spec.Spaces)
	for i := range rest {
		n := left / (rest - i)
		left -= n
		spec.Spaces = append(spec.Spaces, content.SpaceSpec{Key: fmt.Sprintf("S%d", i), Pages: n - 4, Blogs: 4, Others: i % 4})
	}
	// The homepage is the first of a space; the second of BIG is a page, that of NEWS a blog post.
	for _, space := range []string{"BIG", "NEWS"} {
		spec.Nodes = append(spec.Nodes, long(space, 2)...)
	}
	return spec
}

// long is pages or blog posts with the longest lists, from the first-th of a space.
func long(space string, first int) []content.NodeSpec {
	files := make([]content.FileSpec, 255)
	for i := range files {
		files[i] = content.FileSpec{Name: fmt.Sprintf("file %03d.log", i), Size: int64(100 + i)}
	}
	return []content.NodeSpec{
		{Space: space, Number: first, Versions: 120, Labels: 260, Likes: 255, Props: 260, Odd: true},
		{Space: space, Number: first + 1, Footer: 255, Inline: 255, Replies: 255, Depth: 14, CommentVersions: 60},
		{Space: space, Number: first + 2, Files: files},
		{Space: space, Number: first + 3, Readers: 230, FileVersions: 255, Files: []content.FileSpec{{Name: "every week.csv", Size: 900}}},
		{Space: space, Number: first + 4, FileVersions: 3, Odd: true, Files: []content.FileSpec{
			{Name: "../../x", Size: 12}, {Name: "/etc/passwd", Size: 13}, {Name: "a\nb\x7f.png", Size: 15}, {Name: "empty.csv", Size: 0},
			{Name: "\u202egnp.exe", Size: 16}, {Name: "e\u0301.pdf", Size: 4096}, {Name: "\u00e9.pdf", Size: 4097}}},
	}
}

// LargeSpace is one space with so many pages, each with about five versions.
func LargeSpace(pages int) content.WikiSpec {
	return content.WikiSpec{Seed: 20, Versions: 9, Comments: 1, Spaces: []content.SpaceSpec{{Key: "LARGE", Name: "All that was ever written", Pages: max(0, pages), Others: 2}}}
}
