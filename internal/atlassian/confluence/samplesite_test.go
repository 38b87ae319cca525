package confluence

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holdfast/internal/atlassian"
	"holdfast/internal/atlassian/kinds"
	"holdfast/internal/samplesite"
	"holdfast/internal/samplesite/content"
)

// sample starts a sample site, whose requests are checked against Atlassian's
// documents.
func sample(t *testing.T, spec content.WikiSpec) *samplesite.Site {
	site, err := samplesite.New(samplesite.Config{Content: content.Spec{Seed: 7}, Wiki: spec, Rate: -1, ShortPages: true})
	require.NoError(t, err)
	require.NoError(t, site.Start(context.Background()))
	t.Cleanup(func() { require.NoError(t, site.Close()) })
	return site
}

func sampleClient(t *testing.T, site *samplesite.Site) *atlassian.Client {
	client, err := atlassian.New(atlassian.Config{
		Site: site.URL(), Credential: atlassian.Credential{Name: "acme", Email: site.Email(), Token: site.Token()},
		RetryFor: time.Second, Backoff: time.Millisecond, Transport: newContract(t),
	})
	require.NoError(t, err)
	return client
}

// small is a site in which each pager passes its first page.
var small = content.WikiSpec{
	Seed: 11,
	Spaces: []content.SpaceSpec{
		{Key: "ENG", Pages: 300, Blogs: 40, Others: 6, Tasks: 260, CustomContent: 12, Properties: 255, Labels: 205, Templates: 30, Permissions: 260, Watchers: 260},
		{Key: "OLD", Archived: true, Pages: 30, Blogs: 5, Others: 2},
		{Key: "~person", Personal: true, Pages: 20, Blogs: 3, Others: 1},
		{Key: "EMPTY"},
	},
	Attachments: 120,
	Nodes: []content.NodeSpec{
		{Space: "ENG", Number: 5, Versions: 120, Labels: 60, Likes: 60, Props: 60, Odd: true},
		{Space: "ENG", Number: 6, Footer: 255}, {Space: "ENG", Number: 7, Inline: 30},
		{Space: "ENG", Number: 8, Footer: 2, Inline: 1, Replies: 40, Depth: 12},
		{Space: "ENG", Number: 320, Versions: 60, Footer: 5, Inline: 5, Replies: 3, Depth: 4, Labels: 55, Likes: 55, Props: 55},
	},
	Groups: 210, Accounts: 400,
}

// record is what identifies a record of a backup.
type record struct{ kind, parent, id string }

// backup reads all that a site has.
type backup struct {
	records  map[record]string
	items    map[record]atlassian.Item
	problems []atlassian.Problem
	captured map[string]int // items
	asked    int
}

func backUp(t *testing.T, c *Confluence) *backup {
	b := &backup{records: map[record]string{}, items: map[record]atlassian.Item{}, captured: map[string]int{}}
	emit := func(i atlassian.Item) error {
		key := record{i.Kind, i.Parent, i.ID}
		if before, twice := b.records[key]; twice && i.Kind != userKind {
			t.Errorf("%v is there twice, with %d and %d bytes", key, len(before), len(i.Body))
		}
		b.records[key], b.items[key] = string(i.Body), i
		return nil
	}
	tell := func(problems []atlassian.Problem, err error) {
		require.NoError(t, err)
		b.problems = append(b.problems, problems...)
	}
	tell(c.ExportSite(t.Context(), emit))
	seen := once()
	require.NoError(t, c.Containers(t.Context(), func(page []atlassian.Container) error {
		for _, space := range page {
			tell(c.ExportContainer(t.Context(), space, emit))
			var all []string
			problem, err := c.Census(t.Context(), space, func(ids []string) error { all = append(all, ids...); return nil })
			require.NoError(t, err)
			if problem != nil {
				b.problems = append(b.problems, *problem)
			}
			b.asked += len(all)
			for ids := range slices.Chunk(all, atlassian.MaxChunk) {
				chunk, err := c.ExportItems(t.Context(), space, ids, seen, emit)
				tell(chunk.Problems, err)
				for _, id := range chunk.Captured {
					b.captured[id]++
				}
			}
		}
		return nil
	}))
	return b
}

var everything = Options{AdminKey: true, AttachmentVersions: true}

// customTypes are the types of custom content that the site has.
func customTypes(site *samplesite.Site) []string {
	types := map[string]bool{}
	for r := range site.Truth().WikiRecords(customContentKind) {
		types[text(raw(r.Body), "type")] = true
	}
	return slices.Sorted(maps.Keys(types))
}

func TestASampleSiteComesBackWholeAndNothingElse(t *testing.T) {
	site := sample(t, small)
	o := everything
	o.CustomContent = customTypes(site)
	require.NotEmpty(t, o.CustomContent)
	c := New(sampleClient(t, site), o)
	b := backUp(t, c)
	for _, p := range b.problems {
		require.True(t, p.Note, "%v", p)
	}
	want := truth(site)
	same(t, want, b)
	for _, row := range c.table.Rows() {
		if c.table.Wanted(row) && (!row.Apart || row.Name == adfKind || resources[row.Name] != "") {
			require.True(t, slices.ContainsFunc(slices.Collect(maps.Keys(want)), func(r record) bool { return r.kind == row.Name }), "the site has no %s", row.Name)
		}
	}
	require.Len(t, b.captured, b.asked)
	checkUsers(t, site, b)
	checkRestrictions(t, site, b)
	checkBytes(t, site, c, b)
	require.NoError(t, c.End(t.Context()))
}

func TestRestrictedPagesAreReadWithTheKeyAndFoundWithout(t *testing.T) {
	spec := content.WikiSpec{Seed: 3, Spaces: []content.SpaceSpec{{Key: "ENG", Pages: 60}}}
	site := sample(t, spec)
	children := map[int64][]int64{}
	for n := range site.Truth().WikiNodes("ENG") {
		if n.Status == "current" && n.Type == content.PageType {
			children[n.Parent] = append(children[n.Parent], n.ID)
		}
	}
	var parent, child int64
	for id, below := range children {
		if n, ok := site.Truth().WikiNode(id); ok && n.Parent != 0 && n.Status == "current" && n.Type == content.PageType && (parent == 0 || id < parent) {
			parent, child = id, below[0]
		}
	}
	require.NotZero(t, parent)
	site.RestrictPage(parent)
	site.ShowBelowRestricted(child)

	o := everything
	o.CustomContent = customTypes(site)
	with := backUp(t, New(sampleClient(t, site), o))
	require.Contains(t, with.captured, fmt.Sprint(parent))
	for _, p := range with.problems {
		require.True(t, p.Note, "%v", p)
	}
	site.ForbidAdminKey()
	without := backUp(t, New(sampleClient(t, site), o))
	require.NotContains(t, without.captured, fmt.Sprint(parent))
	require.Contains(t, without.captured, fmt.Sprint(child))
	require.True(t, slices.ContainsFunc(without.problems, func(p atlassian.Problem) bool {
		return p.Kind == restrictedPageKind && p.ID == fmt.Sprint(parent) && p.Denied
	}), "%v", without.problems)
	require.True(t, slices.ContainsFunc(without.problems, func(p atlassian.Problem) bool { return p.Kind == adminKeyKind && p.Denied }))
	same(t, truth(site), without)
}

func TestProbeAsksForLittleOfEachKind(t *testing.T) {
	site := sample(t, small)
	o := everything
	o.CustomContent = customTypes(site)
	client := sampleClient(t, site)
	c := New(client, o)
	told := map[string]int{}
	require.NoError(t, c.Probe(t.Context(), func(a atlassian.KindAccess) error {
		told[a.Kind]++
		if c.table.Row(a.Kind).State == "" {
			require.Equal(t, kinds.Captured, a.State, "%s: %s", a.Kind, a.Note)
		}
		return nil
	}))
	for name, n := range told {
		require.Equal(t, 1, n, name)
	}
	for _, k := range c.Kinds() {
		if k.Scope != atlassian.ScopeItem || k.Parent == spaceKind {
			require.Contains(t, told, k.Name)
		}
	}
	site.ForbidAdminKey()
	require.NoError(t, New(client, o).Probe(t.Context(), func(a atlassian.KindAccess) error {
		if a.Kind == adminKeyKind {
			require.Equal(t, kinds.NoAccess, a.State)
		}
		return nil
	}))
}
