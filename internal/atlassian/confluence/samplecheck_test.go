package confluence

import (
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"holdfast/internal/atlassian"
	"holdfast/internal/samplesite"
)

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
