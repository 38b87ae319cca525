package samplesite_test

import (
	"fmt"
	"net/http"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"holdfast/internal/samplesite/content"
	"holdfast/internal/sharedtest"
)

func TestBodiesOfTheSampleAreTakenBackAsTheyAre(t *testing.T) {
	source, _ := start(t, smallWiki())
	w, space := writableWiki(t)
	w.doc = nil // thousands of replies
	var bodies []string
	for s := range source.Truth().Spaces() {
		for n := range source.Truth().WikiNodes(s.Key) {
			if !n.HasText() {
				continue
			}
			bodies = append(bodies, answer{body: n.Body()}.got(t, "body", "storage", "value"))
			for _, c := range n.Comments() {
				bodies = append(bodies, c.Comment.Body(1))
			}
		}
	}
	recorded, err := content.RecordedBodies(filepath.Join(sharedtest.Dir(t), "fixtures"))
	require.NoError(t, err)
	bodies = append(bodies, recorded...)
	refused := 0
	for i, body := range bodies {
		a := w.sent(http.MethodPost, "/wiki/api/v2/pages", object{"spaceId": space, "title": fmt.Sprint(i), "body": stored(body)})
		if i >= len(bodies)-len(recorded) && a.status == http.StatusBadRequest {
			refused++
			continue
		}
		require.Equal(t, 200, a.status, "%s\n%.500s", a.body, body)
		require.Equal(t, body, a.got(t, "body", "storage", "value"))
	}
	require.Equal(t, 1, refused, "one that was recorded closes a cell of a layout as one of a table")
	t.Log(len(bodies), "bodies, of which", len(recorded), "were recorded")
}
