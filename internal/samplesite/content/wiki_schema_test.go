package content_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"

	"holdfast/internal/samplesite/content"
	"holdfast/internal/samplesite/rawjson"
	"holdfast/internal/sharedtest"
)

// schemas is Atlassian's descriptions of bodies.
type schemas struct{ v1, v2 *openapi3.T }

func openSchemas(t testing.TB) schemas {
	t.Helper()
	var s schemas
	for name, doc := range map[string]**openapi3.T{"confluence-v1.json": &s.v1, "confluence-v2.json": &s.v2} {
		b, err := os.ReadFile(filepath.Join(sharedtest.Dir(t), "atlassian-openapi", name))
		require.NoError(t, err)
		*doc, err = openapi3.NewLoader().LoadFromData(b)
		require.NoError(t, err)
	}
	return s
}

// check holds a body against a schema of a document: types, what is required, and that
// the schema knows every member at its top but those of more.
func check(t testing.TB, doc *openapi3.T, schema string, body rawjson.Raw, more ...string) {
	t.Helper()
	s := doc.Components.Schemas[schema]
	require.NotNil(t, s, schema)
	var v any
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber() // some are beyond what a float64 holds
	require.NoError(t, dec.Decode(&v), "%s: %s", schema, body)
	require.NoError(t, s.Value.VisitJSON(v, openapi3.MultiErrors()), "%s: %s", schema, body)
	members, err := rawjson.Split(body)
	require.NoError(t, err)
	for _, m := range members {
		if s.Value.Properties[m.Name] == nil && !slices.Contains(more, m.Name) {
			t.Fatalf("%s has no member %q: %s", schema, m.Name, body)
		}
	}
}

// with is members and what others show beside them.
func with(members []rawjson.Member, pairs ...any) rawjson.Raw {
	more, _ := rawjson.Split(rawjson.Object(pairs...))
	return rawjson.Members(slices.Concat(members, more))
}

func TestNodesAreAsTheDocumentsHaveThem(t *testing.T) {
	s := openSchemas(t)
	w := generateWiki(t, wikiSpec)
	single := map[string]string{content.FolderType: "FolderSingle", content.WhiteboardType: "WhiteboardSingle", content.DatabaseType: "DatabaseSingle", content.EmbedType: "SmartLinkSingle"}
	for _, n := range w.Nodes() {
		if !hasContent(n) {
			check(t, s.v2, single[n.Type], w.Detail(n))
			continue
		}
		c := w.Content(n)
		schema, comment := "PageBulk", "PageCommentModel"
		if n.Type == content.BlogType {
			schema, comment = "BlogPostBulk", "BlogPostCommentModel"
		}
		v := c.Versions()
		require.Equal(t, n.Title, v[0].Title)
		check(t, s.v2, schema, with(c.Members(), "version", v[0].Body))
		for _, one := range v {
			check(t, s.v2, "Version", one.Body)
		}
		for _, e := range c.Labels() {
			check(t, s.v2, "Label", e.Body)
		}
		for _, e := range c.Properties() {
			check(t, s.v2, "ContentProperty", e.Body)
		}
		for _, one := range c.Comments() {
			model := comment
			if one.Inline {
				model = strings.Replace(comment, "Comment", "InlineComment", 1)
			}
			switch {
			case one.Parent != 0 && one.Inline:
				model = "InlineCommentChildrenModel"
			case one.Parent != 0:
				model = "ChildrenCommentModel"
			}
			check(t, s.v2, model, with(one.Members, "version", one.Versions[0].Body), "resolutionLastModifierId", "resolutionLastModifiedAt")
		}
		for _, f := range c.Files() {
			for _, v := range f.Versions {
				check(t, s.v2, "AttachmentBulk", with(v.Members, "version", v.Body))
			}
		}
		var reply map[string]json.RawMessage
		require.NoError(t, json.Unmarshal(c.Restrictions(), &reply))
		for _, operation := range []string{"read", "update"} {
			check(t, s.v1, "ContentRestriction", reply[operation])
		}
	}
	for i, space := range w.Spaces() {
		check(t, s.v2, "SpaceBulk", rawjson.Members(space.Members), "spaceOwnerId")
		for _, task := range w.Tasks(i) {
			check(t, s.v2, "Task", task.Body)
		}
	}
}

// schemaOf is what describes the entries of each list; "1" and "2" are the documents.
var schemaOf = map[string]string{
	"systemInfo": "1SystemInfoEntity", "lookAndFeel": "1LookAndFeelSettings", "theme": "1ThemeNoLinks", "selectedTheme": "1Theme", "spaceRole": "2SpaceRole",
	"spaceRoleMode": "", "spacePermission": "2SpacePermission", "group": "1Group", "groupMember": "1User", "template": "1ContentTemplate", "blueprint": "1BlueprintTemplate",
	"classificationLevel": "2ClassificationLevel", "spaceLabel": "1Label", "spaceProperty": "2SpaceProperty", "spacePermissionAssignment": "2SpacePermissionAssignment",
	"spaceRoleAssignment": "2SpaceRoleAssignment", "spaceTheme": "1Theme", "spaceSettings": "1SpaceSettings", "spaceLookAndFeel": "1LookAndFeelSettings",
	"spaceTemplate": "1ContentTemplate", "spaceWatcher": "1SpaceWatch", "spaceState": "1ContentState", "spaceClassification": "2ClassificationLevel", "customContent": "2CustomContentBulk",
}

func TestListsAreAsTheDocumentsHaveThem(t *testing.T) {
	s := openSchemas(t)
	w := generateWiki(t, wikiSpec)
	setup := w.Setup()
	for _, kind := range slices.Sorted(maps.Keys(schemaOf)) {
		n := 0
		owners := setup.Owners(kind)
		switch {
		case kind == "groupMember" || kind == "customContent":
			require.NotEmpty(t, owners, kind)
		case strings.HasPrefix(kind, "space") && kind != "spaceRole" && kind != "spaceRoleMode" && kind != "spacePermission":
			require.Len(t, owners, len(w.Spaces()), "each space has a list of %s, which may be empty", kind)
		default:
			require.Equal(t, []string{""}, owners, kind)
		}
		for _, owner := range owners {
			seen := map[string]bool{}
			for _, e := range setup.List(kind, owner) {
				n++
				require.NotEmpty(t, e.ID)
				require.False(t, seen[e.ID], "%s %s twice", kind, e.ID)
				seen[e.ID] = true
				if schema := schemaOf[kind]; schema != "" {
					doc := s.v2
					if schema[0] == '1' {
						doc = s.v1
					}
					check(t, doc, schema[1:], e.Body)
				}
			}
		}
		require.Positive(t, n, kind)
	}
}

func TestListsOfSpacesHaveTheSizesOfTheirSpec(t *testing.T) {
	spec := wikiSpec
	spec.Spaces = []content.SpaceSpec{{Key: "A", Pages: 30, Tasks: 60, CustomContent: 21, Properties: 12, Labels: 30, Templates: 7, Permissions: 25, Watchers: 31}}
	spec.Nodes, spec.Groups, spec.Templates, spec.Roles, spec.Themes = nil, 9, 11, 13, 8
	w := generateWiki(t, spec)
	setup := w.Setup()
	id := "32770"
	require.Equal(t, int64(32770), w.Spaces()[0].ID)
	require.Len(t, w.Tasks(0), 60)
	types := setup.Owners("customContent")
	require.Len(t, slices.Concat(setup.List("customContent", types[0]), setup.List("customContent", types[1])), 21)
	for kind, want := range map[string]int{"spaceProperty": 12, "spaceLabel": 30, "spaceTemplate": 7, "spacePermissionAssignment": 25, "spaceRoleAssignment": 25, "spaceWatcher": 31} {
		require.Len(t, setup.List(kind, id), want, kind)
	}
	for kind, want := range map[string]int{"group": 9, "template": 11, "blueprint": 11, "spaceRole": 13, "spacePermission": 13, "theme": 8} {
		require.Len(t, setup.List(kind, ""), want, kind)
	}
	require.Len(t, setup.List("groupMember", setup.List("group", "")[0].ID), len(w.People()))
}
