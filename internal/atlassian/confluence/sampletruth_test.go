package confluence

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"holdfast/internal/atlassian"
	"holdfast/internal/samplesite"
	"holdfast/internal/samplesite/content"
)

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
