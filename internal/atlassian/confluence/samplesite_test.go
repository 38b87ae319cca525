package confluence

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
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

// truth is what a backup of the site must hold, but for users.
func truth(site *samplesite.Site) map[record]string {
	all := map[record]string{}
	put := func(kind, parent, id string, body []byte) { all[record{kind, parent, id}] = string(body) }
	of := site.Truth()
	for _, kind := range of.WikiKinds() {
		if kind == userKind || kind == spaceKind {
			continue
		}
		row := New(nil, Options{}).table.Row(kind)
		for r := range of.WikiRecords(kind) {
			if r.Hidden {
				continue
			}
			switch {
			case len(row.ID) > 0:
				r.ID = atlassian.Identify(raw(r.Body), row.ID)
			case r.ID == kind && r.Parent != "": // of what there is one
				r.ID = cmp.Or(text(raw(r.Body), "id"), r.Parent)
			}
			put(kind, r.Parent, r.ID, r.Body)
		}
	}
	for space := range of.Spaces() {
		id := fmt.Sprint(space.ID)
		if space.Forbidden || space.Deleted {
			continue
		}
		put(spaceKind, "", id, space.Body())
		for n := range of.WikiNodes(space.Key) {
			if n.Deleted || n.Hidden {
				continue
			}
			put(n.Type, id, n.IDText(), n.Body())
			if !n.HasText() {
				continue
			}
			put(adfKind, n.IDText(), n.IDText(), n.ADF())
			for kind, entries := range map[string][]content.Entry{"label": n.Labels(), "contentProperty": n.Properties(), "like": n.Likes()} {
				for _, e := range entries {
					put(kind, n.IDText(), e.ID, e.Body)
				}
			}
			if versions := n.Versions(); n.Version > 1 {
				for _, v := range versions {
					put(contentVersionKind, n.IDText(), fmt.Sprint(v.Number), v.Body)
				}
			}
			if body := n.Restriction(); body != nil {
				put("restriction", n.IDText(), n.IDText(), body)
			}
			for _, one := range n.Comments() {
				parent := n.IDText()
				if one.Parent != 0 {
					parent = fmt.Sprint(one.Parent)
				}
				put(one.Kind(), parent, one.IDText(), one.Body())
				if versions := one.Versions(); len(versions) > 1 {
					for _, v := range versions {
						put("commentVersion", one.IDText(), fmt.Sprint(v.Number), v.Body)
					}
				}
			}
			for _, f := range n.Files() {
				put("attachment", n.IDText(), f.IDText(), f.Body())
				for _, v := range f.Versions[1:] {
					put(attachmentVersionKind, f.IDText(), fmt.Sprint(v.Number), f.VersionBody(v.Number))
				}
			}
		}
	}
	return all
}

// same holds a backup against the truth in both directions.
func same(t *testing.T, want map[record]string, b *backup) {
	missing, extra, wrong := map[string]int{}, map[string]int{}, map[string]int{}
	example := map[string]string{}
	for key, body := range want {
		got, ok := b.records[key]
		switch {
		case !ok:
			missing[key.kind]++
			example["missing "+key.kind] = fmt.Sprintf("%v %.300s", key, body)
		case got != body:
			wrong[key.kind]++
			example["wrong "+key.kind] = fmt.Sprintf("%v\nwant %.1500s\ngot  %.1500s", key, body, got)
		}
	}
	for key := range b.records {
		if _, ok := want[key]; !ok && key.kind != userKind && !(key.kind == "restriction" && strings.Contains(key.id, ".")) {
			extra[key.kind]++
			example["extra "+key.kind] = fmt.Sprint(key)
		}
	}
	require.Empty(t, slices.Concat(slices.Collect(maps.Keys(missing)), slices.Collect(maps.Keys(extra)), slices.Collect(maps.Keys(wrong))),
		"missing %v, extra %v, wrong %v, such as %v", missing, extra, wrong, example)
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

// checkUsers holds the users of a backup against the accounts of the site: all that
// appear, and none twice for the items.
func checkUsers(t *testing.T, site *samplesite.Site, b *backup) {
	for key, body := range b.records {
		if key.kind == userKind {
			want, ok := site.Truth().WikiUser(key.id)
			require.True(t, ok)
			require.Equal(t, string(want), body)
			continue
		}
		for id := range accounts(raw(body)) {
			if _, there := site.Truth().WikiUser(id); there && b.items[key].Kind != "groupMember" {
				require.Contains(t, b.records, record{userKind, "", id}, "%v", key)
			}
		}
	}
}

// checkRestrictions holds the users and groups of restrictions against the site's.
func checkRestrictions(t *testing.T, site *samplesite.Site, b *backup) {
	got := map[string]map[string]bool{}
	for key, body := range b.records {
		if key.kind != "restriction" {
			continue
		}
		for name, op := range atlassian.Members(raw(body)) {
			if name == "restrictions" {
				op, name = raw(body), text(raw(body), "operation")
			}
			for _, who := range []string{"user", "group"} {
				for one := range atlassian.Elements(atlassian.Member(op, "restrictions", who, "results")) {
					at := key.parent + " " + name
					if got[at] == nil {
						got[at] = map[string]bool{}
					}
					got[at][text(one, "accountId")+text(one, "id")] = true
				}
			}
		}
	}
	many := 0
	for space := range site.Truth().Spaces() {
		for n := range site.Truth().WikiNodes(space.Key) {
			if n.Restriction() == nil || n.Hidden {
				continue
			}
			for _, op := range []string{"read", "update"} {
				users, groups := n.RestrictedTo(op)
				require.Len(t, got[n.IDText()+" "+op], len(users)+len(groups))
				many = max(many, len(users), len(groups))
			}
		}
	}
	t.Log("the longest list of a restriction has", many)
}

// checkBytes opens some attachments of each status, and all older versions.
func checkBytes(t *testing.T, site *samplesite.Site, c *Confluence, b *backup) {
	opened := map[string]int{}
	for space := range site.Truth().Spaces() {
		for n := range site.Truth().WikiNodes(space.Key) {
			for _, f := range n.Files() {
				for i, v := range f.Versions {
					key := record{"attachment", n.IDText(), f.IDText()}
					if i > 0 {
						key = record{attachmentVersionKind, f.IDText(), fmt.Sprint(v.Number)}
					}
					a := b.items[key].Attachment
					require.NotNil(t, a, "%v", key)
					require.Equal(t, v.Size, a.Size, "%v", key)
					kind := fmt.Sprintf("%s of a page that is %s, older %t", f.Status, n.Status, i > 0)
					if opened[kind]++; opened[kind] > 5 {
						continue
					}
					there, err := c.Lists(t.Context(), *a)
					require.NoError(t, err)
					require.True(t, there, kind)
					body, err := c.Open(t.Context(), *a, 0)
					require.NoError(t, err, kind)
					got, err := io.ReadAll(body)
					require.NoError(t, errors.Join(err, body.Close()))
					want, err := io.ReadAll(v.Open())
					require.NoError(t, err)
					require.Equal(t, want, got, kind)
				}
			}
		}
	}
	require.GreaterOrEqual(t, len(opened), 2, "%v", opened)
	t.Log(opened)
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
