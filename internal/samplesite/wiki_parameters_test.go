package samplesite_test

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"

	"holdfast/internal/samplesite"
	"holdfast/internal/samplesite/content"
)

// TestParametersOfContentAreThoseOfTheDocument asks every route with every value that
// the document allows, and with those just outside.
func TestParametersOfContentAreThoseOfTheDocument(t *testing.T) {
	cfg := trapWiki()
	cfg.Wiki.Spaces[0].Tasks, cfg.Wiki.Spaces[0].CustomContent = 5, 5
	cfg.Wiki.Nodes = []content.NodeSpec{
		{Space: "ENG", Number: 3, Footer: 2, Inline: 2, Props: 2, Files: []content.FileSpec{{Name: "a.csv", Size: 9}}}, {Space: "ENG", Number: 5, Props: 2},
	}
	site, c := checkedWiki(t, cfg)
	w := wikiContent(t, site, cfg)
	served := 0
	doc := openWikiDocument(t).docs[0].Paths.Map()
	for _, template := range slices.Sorted(maps.Keys(doc)) {
		item := doc[template]
		if item.Get == nil || !ofContent(template) {
			continue
		}
		path, extra := samplePath(t, w, template), url.Values{}
		if holder, of := strings.CutSuffix(template, "/{property-id}"); of && !strings.HasPrefix(template, "/pages/") && !strings.HasPrefix(template, "/blogposts/") {
			holder = samplePath(t, w, holder)
			path = holder + "/1"
			if a := c.do(http.MethodPost, holder, `{"key":"made","value":1}`); a.status == http.StatusOK {
				path = holder + "/" + member(t, a.body, "id")
			}
		}
		if strings.Contains(template, "custom-content") && !strings.HasPrefix(template, "/custom-content/{") {
			extra.Set("type", member(t, anyCustom(w).Body, "type"))
		}
		ask := func(name, value string) answer {
			q := maps.Clone(extra)
			q.Set(name, value)
			return c.get(path + "?" + q.Encode())
		}
		a := ask("limit", "1")
		if strings.Contains(string(a.body), "No endpoint") {
			continue
		}
		require.Equal(t, http.StatusOK, a.status, "%s: %s", path, a.body)
		served++
		if header := item.Get.Responses.Status(200).Value.Headers["Link"]; strings.Contains(string(a.body), `"results":[`) && !strings.Contains(path, "/properties/") {
			require.Equal(t, header != nil, a.header.Get("Link") != "", "the Link header of %s", template)
		}
		for _, ref := range slices.Concat(item.Parameters, item.Get.Parameters) {
			p := ref.Value
			if p.In != "query" || p.Name == "cursor" {
				continue
			}
			for value, status := range valuesOf(p) {
				if p.Name == "limit" && value == "0" && p.Schema.Value.Min != nil && *p.Schema.Value.Min == 0 {
					continue // the document allows it for likes and does not say what it means
				}
				got := ask(p.Name, value)
				if status == http.StatusOK && got.status == http.StatusNotFound && (p.Name == "status" || p.Name == "version") {
					continue // the one that is asked for has another status
				}
				require.Equal(t, status, got.status, "%s?%s=%s: %.300s", template, p.Name, value, got.body)
			}
		}
	}
	require.Greater(t, served, 55)
}

// valuesOf is values of a parameter and what is answered to them.
func valuesOf(p *openapi3.Parameter) map[string]int {
	const good, bad = http.StatusOK, http.StatusBadRequest
	s := p.Schema.Value
	out := map[string]int{}
	if s.Type.Is("array") {
		if s.MaxItems != nil {
			n := int(*s.MaxItems)
			out[strings.TrimSuffix(strings.Repeat("1,", n), ",")] = good
			if s.Items.Value.Type.Is("integer") {
				out[strings.TrimSuffix(strings.Repeat("1,", n+1), ",")] = bad
			}
		}
		s = s.Items.Value
	}
	switch {
	case len(s.Enum) > 0:
		for _, v := range s.Enum {
			out[fmt.Sprint(v)] = good
		}
		out["other"] = bad
	case s.Type.Is("boolean"):
		out["true"], out["false"], out["1"] = good, good, bad
	case s.Type.Is("integer"):
		out["x"] = bad
		if s.Max != nil {
			out[fmt.Sprint(*s.Max)], out[fmt.Sprint(*s.Max+1)] = good, bad
			out[fmt.Sprint(*s.Min)], out[fmt.Sprint(*s.Min-1)] = good, bad
		}
	}
	return out
}

func anyCustom(w content.Wiki) content.Entry {
	for _, owner := range w.Setup().Owners("customContent") {
		for _, e := range w.Setup().List("customContent", owner) {
			return e
		}
	}
	return content.Entry{}
}

// samplePath fills ids of the content into a template of the document.
func samplePath(t testing.TB, w content.Wiki, template string) string {
	t.Helper()
	page, blog := numbered(t, w, 0, 3), numbered(t, w, 0, 5)
	id := map[string]string{"pages": fmt.Sprint(page.ID), "blogposts": fmt.Sprint(blog.ID), "spaces": fmt.Sprint(w.Spaces()[0].ID),
		"custom-content": anyCustom(w).ID, "attachments": fmt.Sprintf("att%d", w.Content(page).Files()[0].ID), "tasks": fmt.Sprint(w.Tasks(0)[0].ID)}
	for _, one := range w.Content(page).Comments() {
		kind := map[bool]string{false: "footer-comments", true: "inline-comments"}[one.Inline]
		if id[kind] == "" {
			id[kind], id["comments"] = fmt.Sprint(one.ID), fmt.Sprint(one.ID)
		}
	}
	for _, n := range w.Nodes() {
		if n.Type != content.PageType && n.Type != content.BlogType {
			id[n.Type+"s"] = fmt.Sprint(n.ID)
		}
	}
	first, _, _ := strings.Cut(strings.TrimPrefix(template, "/"), "/")
	path := strings.ReplaceAll(template, "{version-number}", "1")
	node := page
	if first == "blogposts" {
		node = blog
	}
	path = strings.ReplaceAll(path, "{property-id}", w.Content(node).Properties()[0].ID)
	return samplesite.WikiV2 + parameter.ReplaceAllString(path, id[first])
}
