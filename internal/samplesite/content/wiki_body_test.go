package content_test

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"

	"holdfast/internal/samplesite/content"
	"holdfast/internal/sharedtest"
)

// words is the text of a body in storage format: of elements, of CDATA and of what
// stands in attributes as text elsewhere is left out.
func wordsOf(t testing.TB, storage string) string {
	t.Helper()
	dec := xml.NewDecoder(strings.NewReader("<body>" + storage + "</body>"))
	dec.Strict = true
	dec.Entity = map[string]string{"nbsp": "\u00a0", "auml": "ä", "mdash": "—"}
	var b strings.Builder
	parameters := 0
	for {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return letters(b.String())
		}
		require.NoError(t, err, storage)
		switch token := token.(type) {
		case xml.StartElement:
			if hidden[token.Name.Local] {
				parameters++
			}
		case xml.EndElement:
			if hidden[token.Name.Local] {
				parameters--
			}
		case xml.CharData:
			if parameters == 0 {
				b.Write(token)
			}
		}
	}
}

// hidden is elements whose text is not that of the page.
var hidden = map[string]bool{"parameter": true, "task-id": true, "task-uuid": true, "task-status": true}

// letters leaves out all that both formats write in their own ways.
func letters(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, s)
}

// wordsOfADF is the text of an Atlassian document.
func wordsOfADF(t testing.TB, document string) string {
	t.Helper()
	type node struct {
		Type    string
		Text    string
		Content []json.RawMessage
	}
	var b strings.Builder
	var walk func(json.RawMessage)
	walk = func(m json.RawMessage) {
		var n node
		require.NoError(t, json.Unmarshal(m, &n))
		if n.Type == "text" {
			b.WriteString(n.Text)
		}
		for _, c := range n.Content {
			walk(c)
		}
	}
	walk(json.RawMessage(document))
	return letters(b.String())
}

var (
	links  = regexp.MustCompile(`<a [^>]*>[^<]*</a>`)
	panels = regexp.MustCompile(`Mindthis`)
	dates  = regexp.MustCompile(`<time datetime="([^"]*)" /></span>`)
)

// TestBothFormatsSayTheSame compares the words of each body. Links to addresses,
// titles of panels and days of tasks stand in attributes in one of them.
func TestBothFormatsSayTheSame(t *testing.T) {
	w := generateWiki(t, wikiSpec)
	seen := map[string]int{}
	for _, n := range w.Nodes() {
		if !hasContent(n) {
			continue
		}
		c := w.Content(n)
		for v := 1; v <= n.Version; v++ {
			storage, adf := c.Body(v, content.StorageFormat), c.Body(v, content.ADFFormat)
			for _, what := range parts {
				if strings.Contains(storage, what) {
					seen[what]++
				}
			}
			storage = links.ReplaceAllString(dates.ReplaceAllString(storage, "$1</span>"), "")
			if n.Space == 0 && strings.Contains(storage, "\u0001") {
				continue // XML has no control characters, which real bodies have all the same
			}
			require.Equal(t, wordsOf(t, storage), panels.ReplaceAllString(wordsOfADF(t, adf), ""), "%d version %d", n.ID, v)
		}
		for _, one := range c.Comments() {
			for _, v := range one.Versions {
				require.NotEmpty(t, wordsOf(t, one.Body(v.Number)))
			}
		}
	}
	for _, what := range parts {
		require.Positive(t, seen[what], what)
	}
}

var parts = []string{`ac:name="code"`, `ac:name="info"`, `ac:name="toc"`, `ac:name="jira"`, `ac:name="expand"`, `ac:name="status"`, "<ac:rich-text-body>", "<![CDATA[", "]]]]><![CDATA[>",
	"<ac:layout>", "<table ", "<ac:task-list>", "<ac:emoticon ", `dir="rtl"`, "&nbsp;", "&auml;", "&lt;", "<ri:user ri:account-id=", "<ri:page ", "<ri:attachment ", "<time ",
	"<ac:inline-comment-marker ", "\u2028", "\u0001", "\u007f", "🚀"}

func TestTasksAreThoseOfTheText(t *testing.T) {
	w := generateWiki(t, wikiSpec)
	type task struct {
		ID, LocalID, PageID, BlogPostID, Status string
		Body                                    struct{ Storage struct{ Value string } }
	}
	byNode := map[int64][]task{}
	blank := 0
	for i := range w.Spaces() {
		for _, one := range w.Tasks(i) {
			var body task
			require.NoError(t, json.Unmarshal(one.Body, &body))
			require.Equal(t, fmt.Sprint(one.ID), body.ID)
			require.Equal(t, fmt.Sprint(one.Node), body.PageID+body.BlogPostID)
			byNode[one.Node] = append(byNode[one.Node], body)
			if body.Body.Storage.Value == "" {
				blank++
			}
		}
	}
	require.Len(t, w.Tasks(0), 40)
	for _, n := range w.Nodes() {
		if !hasContent(n) {
			continue
		}
		body := w.Content(n).Body(n.Version, content.StorageFormat)
		require.Equal(t, len(byNode[n.ID]), strings.Count(body, "<ac:task>"), n.ID)
		for _, one := range byNode[n.ID] {
			require.Contains(t, body, "<ac:task-id>"+one.LocalID+"</ac:task-id>")
			require.Contains(t, body, "<ac:task-status>"+one.Status+`</ac:task-status><ac:task-body><span class="placeholder-inline-tasks">`+one.Body.Storage.Value+"</span>")
		}
	}
}

func TestMarksInTheTextAreThoseOfInlineComments(t *testing.T) {
	w := generateWiki(t, wikiSpec)
	n := numbered(t, w, 3)
	c := w.Content(n)
	body, adf := c.Body(1, content.StorageFormat), c.Body(1, content.ADFFormat)
	marked := 0
	for _, one := range c.Comments() {
		if !one.Inline || one.Parent != 0 {
			continue
		}
		var properties struct {
			Properties struct{ InlineMarkerRef string }
		}
		require.NoError(t, json.Unmarshal(with(one.Members), &properties))
		ref := properties.Properties.InlineMarkerRef
		require.NotEmpty(t, ref)
		is := strings.Contains(body, `ac:ref="`+ref+`"`)
		require.Equal(t, one.Resolution != "dangling", is)
		require.Equal(t, is, strings.Contains(adf, ref))
		if is {
			marked++
		}
	}
	require.Equal(t, 15, marked)
}

func TestRecordedBodies(t *testing.T) {
	bodies, err := content.RecordedBodies(filepath.Join(sharedtest.Dir(t), "fixtures"))
	require.NoError(t, err)
	require.Len(t, bodies, 83)
	spec := wikiSpec
	spec.Bodies = bodies
	w := generateWiki(t, spec)
	seen := map[string]bool{}
	for _, n := range w.Nodes() {
		if hasContent(n) {
			c := w.Content(n)
			seen[c.Body(n.Version, content.StorageFormat)] = true
			require.True(t, json.Valid([]byte(c.Body(n.Version, content.ADFFormat))))
		}
	}
	for _, body := range bodies {
		require.True(t, seen[body], "each is the current body of a page")
	}
}

func TestRecordedBodiesThatCannotBeRead(t *testing.T) {
	dir := t.TempDir()
	_, err := content.RecordedBodies(dir)
	require.ErrorContains(t, err, "name a folder")
	for _, bad := range []string{"", "{\"storage\":\"a\"}\nno JSON\n", "{\"title\":\"a\"}\n"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, "confluence-storage-bodies.ndjson"), []byte(bad), 0o600))
		_, err = content.RecordedBodies(dir)
		require.ErrorContains(t, err, "record")
	}
}
