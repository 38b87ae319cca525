package samplesite_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"holdfast/internal/samplesite"
	"holdfast/internal/samplesite/content"
	"holdfast/internal/samplesite/rawjson"
)

func readAll(t testing.TB, r io.Reader) []byte {
	t.Helper()
	b, err := io.ReadAll(r)
	require.NoError(t, err)
	return b
}

// text is a member of a body that is a text.
func text(t testing.TB, body []byte, name string) string {
	t.Helper()
	m, err := rawjson.Split(body)
	require.NoError(t, err)
	var out string
	require.NoError(t, json.Unmarshal(rawjson.Get(m, name), &out), "%s of %s", name, body)
	return out
}

func TestSpacesThatAreForbiddenOrDeletedHideTheirContent(t *testing.T) {
	site, c := checkedWiki(t, smallWiki())
	page := nodeAt(t, site, "DOC", 1)
	require.Equal(t, http.StatusOK, shownAs(c, page).status)
	site.ForbidSpace("DOC")
	require.Equal(t, http.StatusNotFound, shownAs(c, page).status)
	require.True(t, nodeAt(t, site, "DOC", 1).Hidden)
	for r := range site.Truth().WikiRecords("spaceSettings") {
		require.Equal(t, r.Project == "DOC", r.Hidden, r.Project)
	}
	site.AllowSpace("DOC")
	require.Equal(t, http.StatusOK, shownAs(c, page).status)
	site.DeleteSpace("DOC")
	require.Equal(t, http.StatusNotFound, shownAs(c, page).status)
	require.True(t, nodeAt(t, site, "DOC", 1).Deleted)
	site.DeleteSpace("NONE")
}

func TestRestrictedPagesHideWhatIsBelow(t *testing.T) {
	site, c := checkedWiki(t, smallWiki())
	nodes := map[int64]samplesite.TrueNode{}
	var top, child, grandchild samplesite.TrueNode
	for n := range site.Truth().WikiNodes("ENG") {
		nodes[n.ID] = n
		up := nodes[n.Parent]
		if n.Type == content.PageType && n.Status == "current" && up.Type == content.PageType && up.Parent != 0 && grandchild.ID == 0 {
			if above := nodes[up.Parent]; above.Type == content.PageType && above.Parent != 0 {
				top, child, grandchild = above, up, n
			}
		}
	}
	require.NotZero(t, grandchild.ID)
	withKey := func(r *http.Request) { r.Header.Set("Atl-Confluence-With-Admin-Key", "true") }
	status := func(n samplesite.TrueNode) int { return shownAs(c, n).status }
	site.RestrictPage(top.ID)
	for _, n := range []samplesite.TrueNode{top, child, grandchild} {
		require.Equal(t, http.StatusNotFound, status(n))
		now, found := site.Truth().WikiNode(n.ID)
		require.True(t, found && now.Hidden && now.Restricted && !now.Deleted)
	}
	c.post("/wiki/api/v2/admin-key", `{"durationInMinutes":60}`)
	require.Equal(t, http.StatusOK, shownAs(c, top, withKey).status)
	require.Equal(t, http.StatusNotFound, status(top))
	site.ShowBelowRestricted(grandchild.ID)
	require.Equal(t, http.StatusNotFound, status(child))
	a := shownAs(c, grandchild)
	require.Equal(t, http.StatusOK, a.status)
	require.Equal(t, child.IDText(), text(t, a.body, "parentId"), "it names a page that the account cannot read")
	site.UnrestrictPage(top.ID)
	require.Equal(t, http.StatusOK, status(child))
}

func TestPagesThatChange(t *testing.T) {
	site, c := checkedWiki(t, smallWiki())
	page := nodeAt(t, site, "ENG", 2)
	before := page.Versions()
	site.EditPage(page.ID)
	site.EditPage(page.ID)
	now, _ := site.Truth().WikiNode(page.ID)
	require.Equal(t, page.Version+2, now.Version)
	a := shownAs(c, now)
	require.Equal(t, string(now.Body()), string(a.body))
	require.Contains(t, string(a.body), fmt.Sprintf("Written anew as version %d.", now.Version))
	require.NotEqual(t, string(page.ADF()), string(now.ADF()))
	var got []string
	for _, v := range walkWiki(t, c, "/wiki/api/v2/pages/"+page.IDText()+"/versions?body-format=storage") {
		got = append(got, string(v))
	}
	require.Len(t, got, len(before)+2)
	for i, v := range before {
		require.Equal(t, string(v.Body), got[i+2], "older versions stay what they were")
	}

	id, err := site.AddPage("ENG")
	require.NoError(t, err)
	added, found := site.Truth().WikiNode(id)
	require.True(t, found)
	require.Equal(t, string(added.Body()), string(shownAs(c, added).body))
	require.Equal(t, strconv.FormatInt(nodeAt(t, site, "ENG", 1).ID, 10), text(t, shownAs(c, added).body, "parentId"))
	next, err := site.AddPage("ENG")
	require.NoError(t, err)
	require.Greater(t, next, id)
	_, err = site.AddPage("NONE")
	require.ErrorContains(t, err, "NONE")

	var child samplesite.TrueNode
	for n := range site.Truth().WikiNodes("ENG") {
		if n.Parent != 0 && n.ParentType == content.PageType && n.Type == content.PageType && n.Status == "current" {
			if up, _ := site.Truth().WikiNode(n.Parent); up.Parent != 0 && up.ParentType == content.PageType {
				child = n
			}
		}
	}
	parent, _ := site.Truth().WikiNode(child.Parent)
	site.DeletePage(parent.ID)
	require.Equal(t, http.StatusNotFound, shownAs(c, parent).status)
	require.Equal(t, strconv.FormatInt(parent.Parent, 10), text(t, shownAs(c, child).body, "parentId"), "what was below moves up")
	gone, _ := site.Truth().WikiNode(parent.ID)
	require.True(t, gone.Deleted)
}

func TestCommentsThatAreDeleted(t *testing.T) {
	site, c := checkedWiki(t, smallWiki())
	page := nodeAt(t, site, "ENG", 2)
	all := page.Comments()
	var root, reply samplesite.TrueComment
	for _, one := range all {
		if one.Kind() == "footerReply" {
			reply = one
		}
	}
	for _, one := range all {
		if one.ID == reply.Parent {
			root = one
		}
	}
	require.NotZero(t, root.ID)
	site.DeletePageComment(root.ID)
	require.Less(t, len(page.Comments()), len(all)-1, "the replies go with it")
	for _, one := range []samplesite.TrueComment{root, reply} {
		require.Equal(t, http.StatusNotFound, c.get("/wiki/api/v2/footer-comments/"+one.IDText()).status)
	}
	for _, one := range walkWiki(t, c, "/wiki/api/v2/pages/"+page.IDText()+"/footer-comments") {
		require.NotEqual(t, root.IDText(), text(t, one, "id"))
	}
}

func TestFilesThatChange(t *testing.T) {
	site, c := checkedWiki(t, smallWiki())
	page := nodeAt(t, site, "ENG", 3)
	files := page.Files()
	first, second := files[0], files[1]
	old := readAll(t, first.Versions[0].Open())
	require.NotEmpty(t, old)

	site.ReplacePageAttachment(first.ID)
	now := page.Files()[0]
	require.Len(t, now.Versions, len(first.Versions)+1)
	require.Equal(t, first.Versions[0].Size, now.Versions[0].Size)
	got := download(t, c, filePath(now, "")).body
	require.Equal(t, readAll(t, now.Versions[0].Open()), got)
	require.Len(t, got, len(old))
	require.NotEqual(t, old, got)
	require.Equal(t, old, download(t, c, filePath(now, fmt.Sprintf("version=%d", first.Versions[0].Number))).body, "the older version stays what it was")
	a := c.get("/wiki/api/v2/attachments/" + now.IDText())
	require.Contains(t, string(a.body), fmt.Sprintf(`"number":%d`, now.Versions[0].Number))
	require.Contains(t, text(t, a.body, "downloadLink"), fmt.Sprintf("version=%d&", now.Versions[0].Number))
	require.NotEqual(t, text(t, first.Body(), "fileId"), text(t, now.Body(), "fileId"))

	site.ReplacePageAttachment(second.ID)
	require.NotEqual(t, readAll(t, second.Versions[0].Open()), readAll(t, page.Files()[1].Versions[0].Open()))
	site.LosePageAttachment(second.ID)
	require.True(t, page.Files()[1].Lost)
	require.Equal(t, http.StatusNotFound, download(t, c, filePath(second, "")).status)
	require.Equal(t, http.StatusOK, c.get("/wiki/api/v2/attachments/"+second.IDText()).status)

	site.DeletePageAttachment(second.ID)
	require.Len(t, page.Files(), len(files)-1)
	require.Equal(t, http.StatusNotFound, c.get(filePath(second, "")).status)
	require.Len(t, walkWiki(t, c, "/wiki/api/v2/pages/"+page.IDText()+"/attachments"), len(files)-1)
}

func TestWikiChangesWhileItIsRead(t *testing.T) {
	site, c := start(t, smallWiki())
	page := nodeAt(t, site, "ENG", 3)
	var wg sync.WaitGroup
	wg.Go(func() {
		for i := range 40 {
			site.EditPage(page.ID)
			site.ReplacePageAttachment(page.Files()[0].ID)
			if _, err := site.AddPage("ENG"); err != nil {
				t.Error(err)
			}
			if i%2 == 0 {
				site.RestrictPage(page.ID)
			} else {
				site.UnrestrictPage(page.ID)
			}
		}
	})
	for range 3 {
		wg.Go(func() {
			for range 20 {
				shownAs(c, page)
				c.get("/wiki/rest/api/search?cql=type%3Dpage&limit=100")
				c.post("/wiki/api/v2/admin-key", "")
				for n := range site.Truth().WikiNodes("DOC") {
					n.Body()
				}
			}
		})
	}
	wg.Wait()
	now, _ := site.Truth().WikiNode(page.ID)
	require.Equal(t, page.Version+40, now.Version)
}
