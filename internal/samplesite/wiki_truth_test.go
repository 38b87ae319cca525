package samplesite_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"holdfast/internal/samplesite"
	"holdfast/internal/samplesite/content"
)

// everything is what a reader asks of a page.
const everything = "?body-format=storage&include-labels=true&include-properties=true&include-likes=true&status=current&status=archived&status=trashed&status=draft"

// shownAs asks for a node as a reader of everything does.
func shownAs(c *client, n samplesite.TrueNode, edit ...func(*http.Request)) answer {
	if !n.HasText() {
		return c.get("/wiki/api/v2/"+n.Type+"s/"+n.IDText(), edit...)
	}
	query := everything
	if n.Status == "draft" {
		query += "&get-draft=true"
	}
	if n.Type == content.BlogType {
		query = fmt.Sprintf("?body-format=storage&include-labels=true&include-properties=true&include-likes=true&status=current&status=trashed&status=draft&get-draft=%t", n.Status == "draft")
	}
	return c.get("/wiki/api/v2/"+n.Type+"s/"+n.IDText()+query, edit...)
}

func TestTheTruthIsWhatIsServed(t *testing.T) {
	site, c := checkedWiki(t, smallWiki())
	kinds := map[string]int{}
	same := func(path string, want []string) {
		t.Helper()
		var got []string
		for _, r := range walkWiki(t, c, path) {
			got = append(got, string(r))
		}
		slices.Sort(want)
		slices.Sort(got)
		require.Equal(t, want, got, path)
	}
	for s := range site.Truth().Spaces() {
		for n := range site.Truth().WikiNodes(s.Key) {
			a := shownAs(c, n)
			require.Equal(t, http.StatusOK, a.status, "%s %s: %s", n.Type, n.IDText(), a.body)
			require.Equal(t, string(n.Body()), string(a.body))
			kinds[n.Type+" "+n.Status]++
			if !n.HasText() {
				continue
			}
			path := "/wiki/api/v2/" + n.Type + "s/" + n.IDText()
			if n.Status == "current" {
				adf := c.get("/wiki/api/v2/" + n.Type + "s?body-format=atlas_doc_format&id=" + n.IDText())
				require.Contains(t, string(adf.body), `"body":{"atlas_doc_format":`+string(n.ADF())+"}")
			}
			var versions, labels, roots, files []string
			for _, v := range n.Versions() {
				versions = append(versions, string(v.Body))
			}
			same(path+"/versions?body-format=storage", versions)
			for _, l := range n.Labels() {
				labels = append(labels, string(l.Body))
			}
			same(path+"/labels?limit=9", labels)
			for _, one := range n.Comments() {
				kinds[one.Kind()]++
				if one.Kind() == "footerComment" {
					roots = append(roots, string(one.Body()))
				}
			}
			statuses := "&status=current&status=trashed"
			if n.Type == content.PageType {
				statuses += "&status=archived"
			}
			if n.Type == content.PageType {
				same(path+"/footer-comments?body-format=storage"+statuses, roots)
			}
			for _, f := range n.Files() {
				kinds["file"]++
				files = append(files, string(f.Body()))
				require.Equal(t, string(f.VersionBody(1)), string(c.get("/wiki/api/v2/attachments/"+f.IDText()+"?version=1").body))
			}
			same(path+"/attachments?status=current,archived,trashed", files)
		}
	}
	for _, kind := range []string{"page current", "page archived", "page trashed", "page draft", "blogpost current", "folder current", "whiteboard current", "database current", "embed current",
		"footerComment", "footerReply", "inlineComment", "inlineReply", "file"} {
		require.NotZero(t, kinds[kind], "%s: %v", kind, kinds)
	}
	id := spaceID(t, site, "ENG")
	var tasks []string
	for r := range site.Truth().WikiRecords("task") {
		if r.Parent == id && !r.Hidden {
			tasks = append(tasks, string(r.Body))
		}
	}
	require.Len(t, tasks, 9)
	same("/wiki/api/v2/tasks?space-id="+id+"&body-format=storage&include-blank-tasks=true&limit=4", tasks)
	custom := map[string][]string{}
	for r := range site.Truth().WikiRecords("customContent") {
		if r.Parent == id && !r.Hidden {
			custom[text(t, r.Body, "type")] = append(custom[text(t, r.Body, "type")], string(r.Body))
		}
	}
	require.Len(t, custom, 2)
	for kind, want := range custom {
		same("/wiki/api/v2/spaces/"+id+"/custom-content?body-format=raw&type="+kind, want)
	}
}
