package samplesite_test

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"holdfast/internal/samplesite/content"
	"holdfast/internal/samplesite/rawjson"
)

func TestStatusesHaveToBeNamed(t *testing.T) {
	cfg := trapWiki()
	cfg.Wiki.Spaces[0].Pages, cfg.Wiki.Spaces[0].Blogs = 500, 400
	site, c := checkedWiki(t, cfg)
	w := wikiContent(t, site, cfg)
	read := map[string]int{}
	for _, n := range w.Nodes() {
		if n.Type != content.PageType && n.Type != content.BlogType || read[n.Type+n.Status] > 2 {
			continue
		}
		read[n.Type+n.Status]++
		usual := map[string]int{"pagecurrent": 200, "pagearchived": 200, "blogpostcurrent": 200}[n.Type+n.Status]
		require.Equal(t, cmp.Or(usual, 404), c.get(treePath(n)).status, "%s %s", n.Type, n.Status)
		require.Equal(t, http.StatusOK, c.get(treePath(n)+"?status="+n.Status).status)
		require.Equal(t, http.StatusOK, c.get(treePath(n)+"?get-draft=true&status=trashed&status="+n.Status).status)
		if n.Status == "draft" {
			require.Equal(t, http.StatusOK, c.get(treePath(n)+"?get-draft=true&body-format=storage").status)
			require.Empty(t, walkWiki(t, c, fmt.Sprintf("/wiki/api/v2/pages?id=%d", n.ID)))
		}
	}
	for _, kind := range []string{"pagecurrent", "pagearchived", "pagetrashed", "pagedraft", "blogpostcurrent", "blogposttrashed"} {
		require.Positive(t, read[kind], kind)
	}
	require.Equal(t, http.StatusBadRequest, c.get("/wiki/api/v2/blogposts?status=archived").status)
	require.Equal(t, http.StatusBadRequest, c.get("/wiki/api/v2/pages?status=draft").status)
}

func TestCommentsAreFilteredByStatusAndResolution(t *testing.T) {
	cfg := trapWiki()
	cfg.Wiki.Comments = 60
	site, c := checkedWiki(t, cfg)
	w := wikiContent(t, site, cfg)
	seen := map[string]bool{}
	for _, n := range w.Nodes() {
		if n.Type != content.PageType || n.Status == "draft" {
			continue
		}
		for _, query := range []string{"footer-comments?", "inline-comments?", "footer-comments?status=trashed", "footer-comments?status=archived,current", "inline-comments?status=current&status=trashed&status=archived",
			"inline-comments?resolution-status=open", "inline-comments?resolution-status=resolved&resolution-status=dangling,reopened"} {
			q := queryOf(t, query)
			want := []string{}
			for _, one := range w.Content(n).Comments() {
				statuses := q["status"]
				if len(statuses) == 0 {
					statuses = []string{"current"}
				}
				if one.Inline == (query[0] == 'i') && one.Parent == 0 && slices.Contains(statuses, one.Status) && (q["resolution-status"] == nil || slices.Contains(q["resolution-status"], one.Resolution)) {
					want = append(want, fmt.Sprint(one.ID))
					seen[one.Status+query], seen[one.Resolution+query] = true, true
				}
			}
			require.Equal(t, want, members(t, walkWiki(t, c, treePath(n)+"/"+query), "id"), query)
		}
	}
	for _, want := range []string{"trashedfooter-comments?status=trashed", "openinline-comments?resolution-status=open"} {
		require.True(t, seen[want], want)
	}
}

// queryOf is the values of the query of a path, taken apart at commas.
func queryOf(t testing.TB, path string) url.Values {
	t.Helper()
	_, query, _ := strings.Cut(path, "?")
	q, err := url.ParseQuery(query)
	require.NoError(t, err)
	for name, values := range q {
		q[name] = strings.Split(strings.Join(values, ","), ",")
	}
	return q
}

func TestVersionsOfAttachments(t *testing.T) {
	cfg := trapWiki()
	cfg.Wiki.Nodes = []content.NodeSpec{{Space: "ENG", Number: 1, FileVersions: 3, Files: []content.FileSpec{{Name: "a b.csv", Size: 900}}}}
	site, c := checkedWiki(t, cfg)
	f := wikiContent(t, site, cfg).Content(nodeAt(t, site, "ENG", 1).Node).Files()[0]
	path := fmt.Sprintf("/wiki/api/v2/attachments/att%d", f.ID)
	newest := c.get(path).body
	require.Equal(t, []string{"3", "900", "a b.csv", fmt.Sprintf("att%d", f.ID)}, []string{member(t, newest, "version.number"), member(t, newest, "fileSize"), member(t, newest, "title"), member(t, newest, "id")})
	old := c.get(path + "?version=1").body
	require.Equal(t, "1", member(t, old, "version.number"))
	require.Equal(t, string(rawjson.Get(f.Versions[2].Members, "fileId")), `"`+member(t, old, "fileId")+`"`)
	require.Equal(t, http.StatusNotFound, c.get(path+"?version=4").status)
	require.Equal(t, []string{"3", "2", "1"}, members(t, walkWiki(t, c, path+"/versions"), "number"))
	site.ReplacePageAttachment(f.ID)
	require.Equal(t, []string{"4", "3", "2", "1"}, members(t, walkWiki(t, c, path+"/versions?limit=3"), "number"))
	require.Equal(t, "900", member(t, c.get(path).body, "fileSize"))
	a := c.get("/wiki" + member(t, newest, "downloadLink"))
	require.Equal(t, http.StatusUnauthorized, a.status, "bytes are had elsewhere")
	require.Equal(t, http.StatusNotFound, c.get(fmt.Sprintf("/wiki/api/v2/attachments/%d", f.ID)).status, "ids begin with att")
	site.DeletePageAttachment(f.ID)
	require.Equal(t, http.StatusNotFound, c.get(path).status)
}

func TestTasksAndCustomContentShowBodiesOnlyWhenAsked(t *testing.T) {
	cfg := trapWiki()
	cfg.Wiki.Spaces[0].Tasks, cfg.Wiki.Spaces[0].CustomContent = 40, 20
	site, c := checkedWiki(t, cfg)
	w := wikiContent(t, site, cfg)
	eng := fmt.Sprint(w.Spaces()[0].ID)
	for i, one := range walkWiki(t, c, "/wiki/api/v2/tasks?space-id="+eng+"&body-format=storage&include-blank-tasks=true&limit=9") {
		require.Equal(t, string(w.Tasks(0)[i].Body), string(one))
	}
	plain := walkWiki(t, c, "/wiki/api/v2/tasks?space-id="+eng)
	require.Equal(t, "{}", member(t, plain[0], "body"))
	blank := 0
	for _, one := range w.Tasks(0) {
		if member(t, one.Body, "body.storage.value") == "" {
			blank++
		}
	}
	require.Positive(t, blank)
	require.Len(t, walkWiki(t, c, "/wiki/api/v2/tasks?space-id="+eng+"&include-blank-tasks=false"), len(plain)-blank)
	done := walkWiki(t, c, "/wiki/api/v2/tasks?status=complete&space-id="+eng)
	require.Len(t, append(done, walkWiki(t, c, "/wiki/api/v2/tasks?status=incomplete&space-id="+eng)...), len(plain))
	require.Equal(t, string(plain[3]), string(c.get("/wiki/api/v2/tasks/"+member(t, plain[3], "id")).body))

	total := 0
	for _, owner := range w.Setup().Owners("customContent") {
		space, kind, _ := strings.Cut(owner, "/")
		want := rawTexts(bodiesOf(w.Setup().List("customContent", owner)))
		got := walkWiki(t, c, "/wiki/api/v2/spaces/"+space+"/custom-content?body-format=raw&limit=3&type="+kind)
		require.ElementsMatch(t, members(t, bodiesOf(w.Setup().List("customContent", owner)), "body.raw.value"), members(t, got, "body.raw.value"))
		require.Len(t, got, len(want))
		total += len(got)
		if len(got) > 0 {
			require.Equal(t, "{}", member(t, walkWiki(t, c, "/wiki/api/v2/custom-content?type="+kind)[0], "body"))
			require.Equal(t, http.StatusOK, c.get("/wiki/api/v2/custom-content/"+member(t, got[0], "id")+"?body-format=raw&include-labels=true&include-versions=true").status)
		}
	}
	require.GreaterOrEqual(t, total, 20)
	require.Equal(t, http.StatusBadRequest, c.get("/wiki/api/v2/spaces/"+eng+"/custom-content").status, "a type has to be named")
}
