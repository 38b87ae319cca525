package content_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"holdfast/internal/samplesite/content"
)

func TestMarksStandAroundTextAsItIsRead(t *testing.T) {
	const open, end = `<ac:inline-comment-marker ac:ref="r">`, `</ac:inline-comment-marker>`
	for rule, one := range map[string]struct {
		body, selection string
		index           int
		marked          string
		places          int
	}{
		"text":                             {"<p>a b c</p>", "b", 0, "<p>a " + open + "b" + end + " c</p>", 1},
		"the index counts places":          {"<p>b b</p><p>b</p>", "b", 2, "<p>b b</p><p>" + open + "b" + end + "</p>", 3},
		"entities are characters":          {"<p>a &amp; &auml;b</p>", "& äb", 0, "<p>a " + open + "&amp; &auml;b" + end + "</p>", 1},
		"elements inside of a line":        {"<p>a <em>b</em>c</p>", "a bc", 0, "<p>" + open + "a " + end + "<em>" + open + "b" + end + "</em>" + open + "c" + end + "</p>", 1},
		"lines end a place":                {"<p>a</p><p>b</p>", "ab", 0, "<p>a</p><p>b</p>", 0},
		"a mark of another comment":        {"<p><ac:inline-comment-marker ac:ref=\"o\">a</ac:inline-comment-marker> b</p>", "a b", 0, "<p><ac:inline-comment-marker ac:ref=\"o\">" + open + "a" + end + "</ac:inline-comment-marker>" + open + " b" + end + "</p>", 1},
		"code is not read":                 {"<ac:plain-text-body><![CDATA[a]]></ac:plain-text-body>", "a", 0, "<ac:plain-text-body><![CDATA[a]]></ac:plain-text-body>", 0},
		"parameters are not read":          {`<ac:parameter ac:name="t">a</ac:parameter>a`, "a", 0, `<ac:parameter ac:name="t">a</ac:parameter>` + open + "a" + end, 1},
		"an index that is not there":       {"<p>a</p>", "a", 1, "<p>a</p>", 1},
		"nothing is selected":              {"<p>a</p>", "", 0, "<p>a</p>", 0},
		"attributes with quoted text":      {`<p data-a="b">a</p>`, "b", 0, `<p data-a="b">a</p>`, 0},
		"what does not end is left alone":  {"<p>a</p><b", "a", 0, "<p>" + open + "a" + end + "</p><b", 1},
		"letters of more than one byte":    {"<p>日本語</p>", "本", 0, "<p>日" + open + "本" + end + "語</p>", 1},
		"an ampersand that is no entity":   {"<p>a & b</p>", "& b", 0, "<p>a " + open + "& b" + end + "</p>", 1},
		"places do not overlap each other": {"<p>aaa</p>", "aa", 0, "<p>" + open + "aa" + end + "a</p>", 1},
	} {
		marked, places := content.Mark(one.body, one.selection, one.index, "r")
		require.Equal(t, one.places, places, rule)
		require.Equal(t, one.marked, marked, rule)
	}
}

func TestDocumentsAreStoredAsTheyRead(t *testing.T) {
	doc := `{"type":"doc","version":1,"content":[{"type":"heading","attrs":{"level":2},"content":[{"type":"text","text":"A & B"}]},
		{"type":"paragraph","content":[{"type":"text","text":"x","marks":[{"type":"strong"},{"type":"link","attrs":{"href":"https://e.example/?a=1&b=2"}}]},{"type":"hardBreak"},{"type":"mention","attrs":{"id":"5:u"}}]},
		{"type":"bulletList","content":[{"type":"listItem","content":[{"type":"paragraph","content":[{"type":"text","text":"i"}]}]}]},
		{"type":"panel","attrs":{"panelType":"info"},"content":[{"type":"paragraph"}]},{"type":"codeBlock","attrs":{"language":"go"},"content":[{"type":"text","text":"a]]>b"}]},
		{"type":"taskList","content":[{"type":"taskItem","attrs":{"localId":"7","state":"DONE"},"content":[{"type":"text","text":"t"}]}]},{"type":"unknown","content":[{"type":"text","text":"kept"}]}]}`
	got, err := content.StorageOf(doc)
	require.NoError(t, err)
	require.Equal(t, `<h2>A &amp; B</h2><p><a href="https://e.example/?a=1&amp;b=2"><strong>x</strong></a><br /><ac:link><ri:user ri:account-id="5:u" /></ac:link></p>`+
		`<ul><li><p>i</p></li></ul><ac:structured-macro ac:name="info"><ac:parameter ac:name="title"></ac:parameter><ac:rich-text-body><p></p></ac:rich-text-body></ac:structured-macro>`+
		`<ac:structured-macro ac:name="code"><ac:parameter ac:name="language">go</ac:parameter><ac:plain-text-body><![CDATA[a]]]]><![CDATA[>b]]></ac:plain-text-body></ac:structured-macro>`+
		`<ac:task-list><ac:task><ac:task-id>7</ac:task-id><ac:task-status>complete</ac:task-status><ac:task-body>t</ac:task-body></ac:task></ac:task-list>kept`, got)
	for _, bad := range []string{"", "[]", `{"type":"paragraph"}`} {
		_, err := content.StorageOf(bad)
		require.Error(t, err, bad)
	}
}

func TestWhatIsWrittenLeavesWhatWasReadAlone(t *testing.T) {
	w := content.WriteWiki(generateWiki(t, wikiSpec))
	one, two := w.NextID(), w.NextID()
	require.Equal(t, one+1, two)
	for _, n := range w.Nodes() {
		require.Less(t, n.ID, one, "ids of what is written lie above all others")
	}
	i := w.PutSpace(content.Space{ID: one, Key: "NEW"})
	require.Equal(t, i, w.PutSpace(content.Space{ID: one, Key: "NEW", Name: "N"}), "a space keeps its place")
	require.Equal(t, "N", w.Spaces()[i].Name)
	before := w.Setup()
	w.SetList("spaceLabel", "1", []content.Entry{{ID: "a"}})
	require.Empty(t, before.List("spaceLabel", "1"), "what was read stays as it was")
	require.Len(t, w.Setup().List("spaceLabel", "1"), 1)
}
