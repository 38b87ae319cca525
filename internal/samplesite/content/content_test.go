package content_test

import (
	"bytes"
	"encoding/json"
	"io"
	"runtime"
	"testing"
	"time"
	"unicode"

	"github.com/stretchr/testify/require"

	"holdfast/internal/samplesite/content"
)

func generate(t testing.TB, spec content.Spec) *content.Generated {
	t.Helper()
	g, err := content.Generate(spec)
	require.NoError(t, err)
	return g
}

var spec = content.Spec{Seed: 5, Attachments: 90, Projects: []content.ProjectSpec{{Key: "A", Issues: 300}, {Key: "B", Issues: 40}, {Key: "C"}}}

// dump writes everything of an issue.
func dump(t testing.TB, i content.Issue) []byte {
	var b bytes.Buffer
	for _, m := range i.Top() {
		b.Write(m.Value)
	}
	for _, m := range i.Fields() {
		b.WriteString(m.Name)
		b.Write(m.Value)
	}
	for _, items := range [][]content.Item{i.Comments(), i.Worklogs(), i.Changelog(), i.RemoteLinks()} {
		for _, item := range items {
			b.Write(item.Body)
		}
	}
	for _, p := range i.Properties() {
		b.Write(p.Value)
	}
	for _, a := range i.Attachments() {
		b.Write(a.Body)
		_, err := io.Copy(&b, io.LimitReader(a.Open(), 10_000))
		require.NoError(t, err)
	}
	return b.Bytes()
}

func TestTheSameSpecGivesTheSameBytes(t *testing.T) {
	one, two := generate(t, spec), generate(t, spec)
	other := spec
	other.Seed++
	three := generate(t, other)
	require.Len(t, one.Rows(), 340)
	differ := 0
	for n := len(one.Rows()) - 1; n >= 0; n-- { // in another order than they were laid out
		row := one.Rows()[n]
		require.Equal(t, row, two.Rows()[n])
		require.Equal(t, dump(t, one.Issue(row)), dump(t, two.Issue(two.Rows()[n])), row.Key)
		if !bytes.Equal(dump(t, one.Issue(row)), dump(t, three.Issue(three.Rows()[n]))) {
			differ++
		}
	}
	require.Equal(t, 340, differ, "another seed gives other bytes")
}

func TestShapeOfContent(t *testing.T) {
	g := generate(t, spec)
	ids, keys := map[int64]bool{}, map[string]bool{}
	files, comments, most := 0, 0, 0
	scripts := map[string]bool{}
	parents, links := 0, 0
	last := int64(0)
	seenItems := map[string]bool{}
	for _, row := range g.Rows() {
		require.Greater(t, row.ID, last)
		last = row.ID
		require.False(t, ids[row.ID] || keys[row.Key])
		ids[row.ID], keys[row.Key] = true, true
		require.LessOrEqual(t, row.Created, row.Updated)
		require.Less(t, row.Created, time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli())
		i := g.Issue(row)
		for _, a := range i.Attachments() {
			files++
			found, known := g.Attachment(a.ID)
			require.True(t, known)
			require.Equal(t, a, found)
			require.Equal(t, row.ID, a.Issue)
		}
		n := i.Comments()
		comments, most = comments+len(n), max(most, len(n))
		for k, c := range n {
			require.False(t, seenItems[c.ID])
			seenItems[c.ID] = true
			require.True(t, json.Valid(c.Body))
			if k > 0 {
				require.Greater(t, c.Time, n[k-1].Time, "oldest first")
			}
		}
		for _, m := range i.Fields() {
			require.True(t, m.Value == nil || json.Valid(m.Value), m.Name)
			for _, r := range string(m.Value) {
				for _, name := range []string{"Han", "Hiragana", "Arabic", "Hebrew", "Cyrillic", "Devanagari", "Latin"} {
					if unicode.Is(unicode.Scripts[name], r) {
						scripts[name] = true
					}
				}
				scripts["emoji"] = scripts["emoji"] || r == '🚀'
			}
			if m.Name == "parent" {
				parents++
			}
			if m.Name == "issuelinks" && len(m.Value) > 2 {
				links++
			}
		}
	}
	require.Equal(t, 90, files)
	require.Len(t, scripts, 8)
	require.Greater(t, most, 4*comments/len(g.Rows()), "a long tail: the most is far above the mean")
	require.Positive(t, parents)
	require.Positive(t, links)
	require.Zero(t, links%2, "each link is seen from both its ends")
	_, known := g.Attachment(1)
	require.False(t, known)
}

func TestFilesCompressOrNot(t *testing.T) {
	g := generate(t, content.Spec{Projects: []content.ProjectSpec{{Key: "A", Issues: 1}}, Issues: []content.IssueSpec{
		{Key: "A-1", Attachments: []content.FileSpec{{Name: "a.log", Size: 9000}, {Name: "a.png", Size: 9000}}}}})
	files := g.Issue(g.Rows()[0]).Attachments()
	for k, a := range files {
		all, err := io.ReadAll(a.Open())
		require.NoError(t, err)
		require.Len(t, all, 9000)
		printable := 0
		for _, b := range all {
			if b == '\n' || b >= ' ' && b < 0x7f {
				printable++
			}
		}
		require.Equal(t, k == 0, printable == len(all))
		for _, at := range []int64{0, 1, 4095, 4096, 8999, 9000, 9001} {
			f := a.Open()
			_, err := f.Seek(at, io.SeekStart)
			require.NoError(t, err)
			rest, err := io.ReadAll(f)
			require.NoError(t, err)
			require.True(t, bytes.Equal(all[min(at, 9000):], rest), "from %d", at)
		}
		_, err = a.Open().Seek(-1, io.SeekStart)
		require.Error(t, err)
	}
}

func TestBadSpecs(t *testing.T) {
	for _, bad := range []content.Spec{
		{Projects: []content.ProjectSpec{{Key: ""}}},
		{Projects: []content.ProjectSpec{{Key: "A"}, {Key: "A"}}},
		{Projects: []content.ProjectSpec{{Key: "A", Issues: -1}}},
		{Projects: []content.ProjectSpec{{Key: "A", Issues: 1}}, Issues: []content.IssueSpec{{Key: "A-2"}}},
	} {
		_, err := content.Generate(bad)
		require.ErrorContains(t, err, "generating the sample site")
	}
}

func TestLargeSiteIsLaidOutQuickly(t *testing.T) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	at := time.Now()
	g := generate(t, content.Spec{Projects: []content.ProjectSpec{{Key: "A", Issues: 20_000}}, Attachments: 4000})
	require.Less(t, time.Since(at), 5*time.Second)
	runtime.GC()
	runtime.ReadMemStats(&after)
	require.Less(t, int64(after.HeapAlloc)-int64(before.HeapAlloc), int64(16<<20))
	require.Len(t, g.Rows(), 20_000)
}
