package samplesite_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"holdfast/internal/samplesite"
)

// TestTough: what the preset promises is there, and every list is longer than a page.
func TestTough(t *testing.T) {
	cfg := samplesite.Tough()
	cfg.Rate = -1
	site, c := start(t, cfg)
	got, pages := walk(t, c, "project = BIG ORDER BY id", 5000)
	require.Len(t, got, 12_000)
	require.Equal(t, 3, pages)
	empty, _ := walk(t, c, "project = EMPTY", 5000)
	require.Empty(t, empty)

	total := func(path string, most int) {
		var p struct {
			Total              int
			Values             []json.RawMessage
			Comments, Worklogs []json.RawMessage
		}
		c.get(path).decode(t, &p)
		require.Greater(t, p.Total, most, path)
		require.LessOrEqual(t, len(p.Values)+len(p.Comments)+len(p.Worklogs), most, path)
	}
	total("/rest/api/3/project/search", 50)
	total("/rest/api/3/project/search?maxResults=100", 100)
	total("/rest/api/3/project/BIG/version?maxResults=100", 100)
	total("/rest/api/3/project/BIG/component?maxResults=100", 100)
	total("/rest/api/3/issue/BIG-1/comment", 100)
	total("/rest/api/3/issue/BIG-8/worklog", 5000)
	total("/rest/api/3/issue/BIG-3/changelog", 100)

	files := first(t, site, "BIG-4").Attachments()
	require.EqualValues(t, 200<<20, files[0].Size)
	same := first(t, site, "BIG-5").Attachments()
	require.Equal(t, same[0].Name, same[1].Name)
	require.NotEqual(t, same[0].ID, same[1].ID)
	names := map[string]bool{}
	for _, a := range first(t, site, "BIG-6").Attachments() {
		names[a.Name] = true
		require.Contains(t, string(c.get(fmt.Sprintf("/rest/api/3/attachment/%d", a.ID)).body), `"filename"`)
	}
	require.True(t, names["../../x"] && names["/etc/passwd"])
}

func TestDemo(t *testing.T) {
	site, err := samplesite.New(samplesite.Demo(2000, 300))
	require.NoError(t, err)
	issues, files, bytes := 0, 0, int64(0)
	projects := 0
	for p := range site.Truth().Projects() {
		projects++
		require.Contains(t, string(p.Body()), p.Key)
		for i := range site.Truth().Issues(p.Key) {
			issues++
			for _, a := range i.Attachments() {
				files++
				bytes += a.Size
			}
		}
	}
	require.Equal(t, []int{6, 2000, 300}, []int{projects, issues, files})
	require.Less(t, bytes, int64(150<<20), "a demo is not about waiting")
	for _, n := range []int{-1, 0, 1, 7} {
		_, err := samplesite.New(samplesite.Demo(n, 3))
		require.NoError(t, err)
	}
}

// TestChangesWhileServing is for the race detector.
func TestChangesWhileServing(t *testing.T) {
	site, c := start(t, small())
	ids := idsOf(site, "BIG", nil)
	var wg sync.WaitGroup
	for n := range 4 {
		wg.Go(func() {
			for k := range 30 {
				id := ids[(n*30+k)%len(ids)]
				for _, path := range []string{"/rest/api/3/issue/" + id, "/rest/api/3/project/search?expand=insight", "/rest/api/3/issue/" + id + "/comment"} {
					status := c.get(path).status
					if status != http.StatusOK && status != http.StatusNotFound {
						t.Errorf("%s: %d", path, status)
					}
				}
				c.post(searchPath, `{"jql":"project = BIG","maxResults":5000}`)
			}
		})
	}
	wg.Go(func() {
		for k := range 60 {
			site.DeleteIssue(ids[k])
			site.HideIssue(ids[len(ids)-1-k])
			if _, _, err := site.AddIssue("TWO", 1); err != nil {
				t.Error(err)
			}
			site.Inject(samplesite.Rule{Count: 1}).Fired()
			_ = site.Counts()
			for range site.Truth().Issues("TWO") {
			}
		}
	})
	wg.Wait()
	left, _ := walk(t, c, "project = BIG", 5000)
	require.Len(t, left, 140)
	deleted, hidden := 0, 0
	for i := range site.Truth().Issues("BIG") {
		if i.Deleted {
			deleted++
		}
		if i.Hidden {
			hidden++
		}
	}
	require.Equal(t, []int{60, 60}, []int{deleted, hidden})
}

func TestStart(t *testing.T) {
	site, err := samplesite.New(samplesite.Config{Listen: "127.0.0.1:0", MediaListen: "127.0.0.1:0"})
	require.NoError(t, err)
	require.ErrorContains(t, site.Start(t.Context()), "another name")
	_, err = samplesite.New(samplesite.Config{TimeZone: "Nowhere/Land"})
	require.ErrorContains(t, err, "IANA")

	site, _ = start(t, samplesite.Config{})
	require.ErrorContains(t, site.Start(t.Context()), "runs already")
	require.NoError(t, site.Close())
	require.NoError(t, site.Close(), "closing twice is closing once")
	_, err = http.Get(site.URL() + "/_edge/tenant_info")
	require.Error(t, err)
}
