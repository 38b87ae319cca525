package e2e

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"holdfast/internal/atlassian/confluence"
	"holdfast/internal/backup"
	"holdfast/internal/samplesite"
	"holdfast/internal/samplesite/content"
)

// TestWikiRequestBudget holds the requests of a run of Confluence, kind by kind, to
// the formula of docs/api-budget.md: with everything, and with what costs most left out.
func TestWikiRequestBudget(t *testing.T) {
	spec := samplesite.DemoWiki(900, 60)
	for _, c := range []struct {
		name    string
		options backup.Options
		plain   bool // pages without history and comments
	}{
		{"all", backup.Options{Attachments: true, AttachmentVersions: true, CustomContent: customTypes}, false},
		{"the current versions alone", backup.Options{Attachments: true, Versions: 1}, false},
		{"no history, no comments, no attachments", backup.Options{Versions: 1}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			spec := spec
			if c.plain {
				spec.Versions, spec.Comments, spec.Attachments = -1, -1, 0
			}
			s := setUp(t, samplesite.Config{Rate: fast, Wiki: spec}).of(backup.Confluence)
			s.options = c.options
			s.startHost()
			s.createPolicy()
			s.site.ResetCounts()
			row := s.run()
			require.Equal(t, backup.Complete, row.Status, row.Reason)
			s.requireWikiBudget()
			total := 0
			for _, n := range s.site.Counts().Requests {
				total += n
			}
			t.Logf("%d requests for %d items: %d per 1,000", total, row.Counts.Items, total*1000/row.Counts.Items)
		})
	}
}

// wikiLists are the routes of Confluence's lists and how many entries a page of each
// has at most.
var wikiLists = map[string]int{
	v2("/spaces/{id}/pages"): 250, v2("/spaces/{id}/blogposts"): 250, v2("/pages/{id}/descendants"): 250,
	v2("/pages/{id}/labels"): 250, v2("/pages/{page-id}/properties"): 250, v2("/pages/{id}/likes/users"): 250,
	v2("/pages/{id}/versions"): 50, v2("/pages/{id}/footer-comments"): 250, v2("/pages/{id}/inline-comments"): 250,
	v2("/pages/{id}/attachments"): 250, v2("/footer-comments/{id}/children"): 250, v2("/inline-comments/{id}/children"): 250,
	v2("/footer-comments/{id}/versions"): 50, v2("/attachments/{id}/versions"): 250, v2("/tasks"): 250,
	v2("/blogposts/{id}/labels"): 250, v2("/blogposts/{blogpost-id}/properties"): 250, v2("/blogposts/{id}/likes/users"): 250,
	v2("/blogposts/{id}/versions"): 50, v2("/blogposts/{id}/footer-comments"): 250, v2("/blogposts/{id}/inline-comments"): 250,
	v2("/blogposts/{id}/attachments"): 250, v2("/spaces/{id}/custom-content"): 250, v2("/spaces/{space-id}/properties"): 250,
	v2("/spaces/{id}/permissions"): 250, v2("/spaces/{id}/role-assignments"): 250, v2("/space-roles"): 250, v2("/space-permissions"): 250,
	v1("/group"): 200, v1("/group/{groupId}/membersByGroupId"): 200, v1("/template/page"): 25, v1("/template/blueprint"): 25,
	v1("/settings/theme"): 100, v1("/space/{spaceKey}/label"): 200, v1("/space/{spaceKey}/watch"): 200, v1("/search"): 250,
}

func v1(route string) string { return "GET " + samplesite.WikiV1 + route }
func v2(route string) string { return "GET " + samplesite.WikiV2 + route }

// wikiBudget adds up how many requests of each route a backup of the site takes.
type wikiBudget struct {
	*stack
	options backup.Options
	b       map[string]int
	chunks  int
	room    int // in the shard that is being filled
}

// list adds the pages of a list of n entries; an empty one is asked for too.
func (w *wikiBudget) list(route string, n int) {
	w.b[route] += max(1, pages(n, wikiLists[route]))
}

// longer is list for what came with its owner up to so many.
func (w *wikiBudget) longer(route string, n, came int) {
	if n > came {
		w.list(route, n)
	}
}

// wikiRequests is how many requests of each route a backup of the site's content takes.
func (s *stack) wikiRequests(options backup.Options) map[string]int {
	w := &wikiBudget{stack: s, options: options, b: map[string]int{}}
	b := w.b
	b["GET /_edge/tenant_info"], b[v1("/user/current")] = 1, 3
	b[v2("/spaces")] = 2
	b[v2("/pages")], b[v2("/blogposts")] = 1, 1 // the late search
	w.siteKinds()
	for _, status := range []string{"current", "archived"} { // in the order of the two lists
		for space := range s.site.Truth().Spaces() {
			if space.Status == status {
				w.space(space)
			}
		}
	}
	// A request for each 250 accounts, and for what is left at the end of a chunk, and
	// of a space's own records.
	b["POST "+samplesite.WikiV2+"/users-bulk"] = w.chunks + 2*b[v2("/spaces/{id}")]
	return b
}

// siteKinds adds the lists of the site and of its spaces.
func (w *wikiBudget) siteKinds() {
	truth := w.site.Truth()
	counted := map[string]map[string]int{}
	for _, kind := range truth.WikiKinds() {
		counted[kind] = map[string]int{}
		for rec := range truth.WikiRecords(kind) {
			counted[kind][rec.Parent]++
		}
	}
	spaces, groups := []string{}, []string{}
	for space := range truth.Spaces() {
		spaces = append(spaces, fmt.Sprint(space.ID))
	}
	for rec := range truth.WikiRecords("group") {
		groups = append(groups, rec.ID)
	}
	for _, k := range confluence.New(nil, confluence.Options{CustomContent: w.options.CustomContent}).Kinds() {
		owners := []string{""}
		switch k.Parent {
		case "space":
			owners = spaces
		case "group":
			owners = groups
		}
		if counted[k.Name] == nil || k.Scope == "item" || k.Name == "space" || k.State != "" {
			continue
		}
		if k.Name == "customContent" {
			// One list for each type.
			for _, owner := range owners {
				if len(w.options.CustomContent) > 0 {
					w.b[k.Route] += len(w.options.CustomContent) + pages(counted[k.Name][owner], wikiLists[k.Route])
				}
			}
			continue
		}
		for _, owner := range owners {
			if wikiLists[k.Route] == 0 {
				w.b[k.Route]++
				continue
			}
			w.list(k.Route, counted[k.Name][owner])
		}
	}
}

// space adds the census of a space, its tree and its items.
func (w *wikiBudget) space(space samplesite.TrueSpace) {
	listed, blogs, drafts, others := 0, 0, 0, 0
	below := map[int64]int{} // of roots: how many are below
	parent := map[int64]int64{}
	for n := range w.site.Truth().WikiNodes(space.Key) {
		parent[n.ID] = n.Parent
		switch {
		case n.HasText() && n.Status == "draft":
			drafts++
		case n.Type == content.PageType:
			listed++
		case n.Type == content.BlogType:
			blogs++
		default:
			others++
			w.b[v2("/"+n.Type+"s/{id}")]++
		}
		if n.Parent == 0 && n.Type == content.PageType && n.Status != "trashed" && n.Status != "draft" {
			below[n.ID] = 0
		}
		if n.HasText() {
			w.item(n)
		}
	}
	for id := range parent {
		top, depth := id, 0
		for parent[top] != 0 {
			top, depth = parent[top], depth+1
		}
		if _, root := below[top]; root && depth > 0 {
			below[top]++
			if n, _ := w.site.Truth().WikiNode(id); depth%10 == 0 && n.Status != "trashed" && n.Status != "draft" {
				w.b[v2("/"+n.Type+"s/{id}/descendants")]++ // the list goes 10 levels down
			}
		}
	}
	w.b[v2("/spaces/{id}")]++
	w.list(v2("/spaces/{id}/pages"), listed)
	w.list(v2("/spaces/{id}/pages"), listed) // once more for what pages are below of
	w.list(v2("/spaces/{id}/blogposts"), blogs)
	w.list(v1("/search"), drafts)
	w.list(v1("/search"), others)
	for _, n := range below {
		w.list(v2("/pages/{id}/descendants"), n)
	}
	for n := range w.site.Truth().WikiNodes(space.Key) {
		if n.Parent == 0 && !n.HasText() {
			w.b[v2("/"+n.Type+"s/{id}/descendants")]++
		}
	}
	if listed+blogs+drafts == 0 {
		// Whether it can be seen at all is asked once for each page of spaces that has one.
		w.b[v1("/user/current")]++
		w.b[v2("/spaces")]++
	}
	w.bulk(listed, listed+blogs+drafts)
}

// bulk adds the reading of a space's documents: pages come first, then what is in no
// list of pages. Shards of 250 are filled space by space, and read in chunks of 100.
func (w *wikiBudget) bulk(listed, items int) {
	for at := 0; at < items; {
		if w.room == 0 {
			w.room = 250
		}
		slice := min(items-at, w.room)
		w.room -= slice
		for end := at + slice; at < end; at += min(100, end-at) {
			w.chunks++
			w.b[v2("/pages")]++
			if at+min(100, end-at) > listed {
				w.b[v2("/blogposts")]++
			}
		}
	}
}

// item adds a page or blog post and what belongs to it.
func (w *wikiBudget) item(n samplesite.TrueNode) {
	b, of, id := w.b, "/pages/{id}", "/pages/{page-id}"
	if n.Type == content.BlogType {
		of, id = "/blogposts/{id}", "/blogposts/{blogpost-id}"
	}
	b[v2(of)]++
	if n.Status == "draft" {
		b[v2(of)]++ // its document
		if n.Type == content.BlogType {
			b[v2("/pages/{id}")]++ // looked for there first
		}
	}
	w.longer(v2(of+"/labels"), len(n.Labels()), 50)
	w.longer(v2(id+"/properties"), len(n.Properties()), 50)
	w.longer(v2(of+"/likes/users"), len(n.Likes()), 50)
	if w.options.Versions != 1 {
		w.longer(v2(of+"/versions"), len(n.Versions()), 1)
	}
	if n.Restriction() != nil {
		b[v1("/content/{id}/restriction/byOperation")]++
		for _, operation := range []string{"read", "update"} {
			users, groups := n.RestrictedTo(operation)
			for _, who := range []int{len(users), len(groups)} {
				b[v1("/content/{id}/restriction/byOperation/{operationKey}")] += pages(max(0, who-200), 100)
			}
		}
	}
	w.comments(n, of)
	w.files(n, of)
}

func (w *wikiBudget) comments(n samplesite.TrueNode, of string) {
	roots := map[bool]int{}
	replies := map[int64]int{}
	for _, c := range n.Comments() {
		if c.Parent == 0 {
			roots[c.Inline]++
		}
		replies[c.Parent]++
	}
	w.list(v2(of+"/footer-comments"), roots[false])
	w.list(v2(of+"/inline-comments"), roots[true])
	for _, c := range n.Comments() {
		kind := "/footer-comments/{id}"
		if c.Inline {
			kind = "/inline-comments/{id}"
		}
		w.list(v2(kind+"/children"), replies[c.ID])
		if v := len(c.Versions()); v > 1 {
			w.b[v2(kind+"/versions")] += pages(v, 50)
		}
	}
}

func (w *wikiBudget) files(n samplesite.TrueNode, of string) {
	files := n.Files()
	w.list(v2(of+"/attachments"), len(files))
	for _, f := range files {
		fetched := 1
		if v := len(f.Versions); w.options.AttachmentVersions && v > 1 {
			w.b[v2("/attachments/{id}/versions")] += pages(v, 250)
			w.b[v2("/attachments/{id}")] += v - 1
			fetched = v
		}
		if w.options.Attachments {
			w.b[v1("/content/{id}/child/attachment/{attachmentId}/download")] += fetched
			w.b["GET "+samplesite.MediaRoute] += fetched
		}
	}
}

// requireWikiBudget compares what the site counted with the budget: at most 2% more of
// any route, and no route that it does not have.
func (s *stack) requireWikiBudget() {
	s.t.Helper()
	counts, budget := s.site.Counts(), s.wikiRequests(s.options)
	for route := range counts.Requests {
		asked, may := counts.Unprovoked(route), budget[route]
		s.t.Logf("%-75s %7d of %7d", route, asked, may)
	}
	for route := range counts.Requests {
		require.LessOrEqual(s.t, float64(counts.Unprovoked(route)), 1.02*float64(budget[route]), "requests of %s", route)
	}
	require.Zero(s.t, counts.Unmatched)
}
