package confluence

import (
	"iter"
	"maps"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"holdfast/internal/samplesite"
	"holdfast/internal/samplesite/content"
)

// seedOf is the records of a backup.
func seedOf(b *backup) iter.Seq2[content.SeedRecord, error] {
	return func(yield func(content.SeedRecord, error) bool) {
		for key, body := range b.records {
			if !yield(content.SeedRecord{Kind: key.kind, ID: key.id, Parent: key.parent, Body: raw(body)}, nil) {
				return
			}
		}
	}
}

func TestASeededConfluenceHasTheConfigurationOfTheOther(t *testing.T) {
	source := sample(t, content.WikiSpec{Seed: 5, Spaces: []content.SpaceSpec{{Key: "ENG", Pages: 20}}, Groups: 9, Accounts: 12, Templates: 4})
	before := backUp(t, New(sampleClient(t, source), everything))
	kinds := []string{"group", "groupMember", "spaceRole", "spaceRoleMode", "spacePermission", "template", "blueprint", "classificationLevel", "theme", "selectedTheme", "lookAndFeel", "systemInfo"}
	for rule, renumber := range map[string]bool{"as it was": false, "under other ids": true} {
		t.Run(rule, func(t *testing.T) {
			site, err := samplesite.New(samplesite.Config{Seed: samplesite.Seed{Records: seedOf(before), Renumber: renumber}, Rate: -1})
			require.NoError(t, err)
			require.NoError(t, site.Start(t.Context()))
			t.Cleanup(func() { require.NoError(t, site.Close()) })
			_, after := captured(t, site)
			for _, kind := range kinds {
				want, got := map[string]int{}, map[string]int{}
				for b, names := range map[*backup]map[string]int{before: want, after: got} {
					for key, body := range b.records {
						switch {
						case key.kind != kind:
						case renumber:
							names[text(raw(body), "name")+text(raw(body), "accountId")]++
						default:
							names[key.parent+" "+key.id+" "+body]++
						}
					}
				}
				require.NotEmpty(t, want, kind)
				require.True(t, maps.Equal(want, got), kind)
			}
			same := 0
			for key := range after.records {
				if _, there := before.records[key]; there && (key.kind == "group" || key.kind == "spaceRole" || key.kind == "template") {
					same++
				}
				require.False(t, key.kind == spaceKind, "a seed has no spaces")
			}
			require.Equal(t, renumber, same == 0, "%d ids are the same", same)
			for key := range before.records {
				if key.kind == userKind && !strings.HasPrefix(key.id, "app") {
					_, known := site.Truth().WikiUser(key.id)
					require.True(t, known, "account ids are the same on all sites")
				}
			}
		})
	}
}
