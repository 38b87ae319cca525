package confluence

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"holdfast/internal/restore"
)

// moved are links of which 100 became 900, 200 became 901, the space ENG became NEW and a user
// and a file something else.
func moved() *links {
	ids := map[string]string{"100": "900", "200": "901", "131073": "262145"}
	return &links{
		content: func(id string) (string, bool) { to, ok := ids[id]; return to, ok },
		file: func(id string) (string, bool) {
			return "ffffffff-0000-4000-8000-000000000002", id == "aaaaaaaa-0000-4000-8000-000000000001"
		},
		user: func(id string) (string, bool) {
			if id == "gone" {
				return "", false
			}
			return strings.Replace(id, "old", "new", 1), true
		},
		space: func(key string) (string, bool) { return "NEW", key == "ENG" },
		from:  "https://acme.atlassian.net", to: "https://other.atlassian.net",
	}
}

func TestReferencesOfATextAreThoseOfTheDestination(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ in, want string }{
		"a page by its title, in a space with another key": {
			`<ac:link><ri:page ri:space-key="ENG" ri:content-title="A &amp; &auml;" /></ac:link>`,
			`<ac:link><ri:page ri:space-key="NEW" ri:content-title="A &amp; &auml;" /></ac:link>`},
		"a page in a space that is not restored":     {`<ri:page ri:space-key="OPS" ri:content-title="x"/>`, `<ri:page ri:space-key="OPS" ri:content-title="x"/>`},
		"content by its id":                          {`<ri:content-entity ri:content-id="100" />`, `<ri:content-entity ri:content-id="900" />`},
		"content that was not restored":              {`<ri:content-entity ri:content-id="101" />`, `<ri:content-entity ri:content-id="101" />`},
		"a user":                                     {`<ri:user ri:account-id="old:1" ri:local-id="x" />`, `<ri:user ri:account-id="new:1" ri:local-id="x" />`},
		"an address of a page":                       {`<a href="https://acme.atlassian.net/wiki/spaces/ENG/pages/100/A+b?x=1&amp;y=2#h">t</a>`, `<a href="https://other.atlassian.net/wiki/spaces/NEW/pages/900/A+b?x=1&amp;y=2#h">t</a>`},
		"a local address":                            {`<a href="/wiki/spaces/ENG/blog/2020/07/15/200/T">t</a>`, `<a href="/wiki/spaces/NEW/blog/2020/07/15/901/T">t</a>`},
		"an address that is its own text":            {`<a href="https://acme.atlassian.net/wiki/spaces/ENG/pages/100">https://acme.atlassian.net/wiki/spaces/ENG/pages/100</a>`, `<a href="https://other.atlassian.net/wiki/spaces/NEW/pages/900">https://other.atlassian.net/wiki/spaces/NEW/pages/900</a>`},
		"an address with the id in the query":        {`<a href="https://acme.atlassian.net/wiki/pages/viewpage.action?pageId=100&amp;a=b">t</a>`, `<a href="https://other.atlassian.net/wiki/pages/viewpage.action?pageId=900&amp;a=b">t</a>`},
		"a short address":                            {`<a href="https://acme.atlassian.net/wiki/x/AQAC">t</a>`, `<a href="https://other.atlassian.net/wiki/x/AQAE">t</a>`},
		"an address of a page that was not restored": {`<a href="https://acme.atlassian.net/wiki/spaces/ENG/pages/101/A">t</a>`, `<a href="https://acme.atlassian.net/wiki/spaces/ENG/pages/101/A">t</a>`},
		"an address of another site":                 {`<a href="https://acme2.atlassian.net/wiki/spaces/ENG/pages/100/A">t</a>`, `<a href="https://acme2.atlassian.net/wiki/spaces/ENG/pages/100/A">t</a>`},
		"an issue of Jira":                           {`<a href="https://acme.atlassian.net/browse/ENG-1">t</a>`, `<a href="https://acme.atlassian.net/browse/ENG-1">t</a>`},
		"a macro that names a space and a page": {
			`<ac:parameter ac:name="spaceKey">ENG</ac:parameter><ac:parameter ac:name="pageId">100</ac:parameter><ac:parameter ac:name="title">100</ac:parameter>`,
			`<ac:parameter ac:name="spaceKey">NEW</ac:parameter><ac:parameter ac:name="pageId">900</ac:parameter><ac:parameter ac:name="title">100</ac:parameter>`},
		"a file of the media service": {
			`<ac:adf-attribute key="id">aaaaaaaa-0000-4000-8000-000000000001</ac:adf-attribute><ac:adf-attribute key="collection">contentId-100</ac:adf-attribute>`,
			`<ac:adf-attribute key="id">ffffffff-0000-4000-8000-000000000002</ac:adf-attribute><ac:adf-attribute key="collection">contentId-900</ac:adf-attribute>`},
		"what only looks like one, in text":   {`<p>ri:content-id="100" ENG /wiki/spaces/ENG/pages/100</p>`, `<p>ri:content-id="100" ENG /wiki/spaces/ENG/pages/100</p>`},
		"and in a literal":                    {`<![CDATA[<ri:user ri:account-id="old:1" />]]]]><![CDATA[>]]>`, `<![CDATA[<ri:user ri:account-id="old:1" />]]]]><![CDATA[>]]>`},
		"a file's name":                       {`<ac:image><ri:attachment ri:filename="100.png" ri:version-at-save="1" /></ac:image>`, `<ac:image><ri:attachment ri:filename="100.png" ri:version-at-save="1" /></ac:image>`},
		"what is not well-formed":             {`<p a="<ri:user`, `<p a="<ri:user`},
		"a value between single quotes":       {`<ri:user ri:account-id='old:1'/>`, `<ri:user ri:account-id='new:1'/>`},
		"a bracket in a value":                {`<a title="1 > 0" href="/wiki/spaces/ENG">t</a>`, `<a title="1 > 0" href="/wiki/spaces/NEW">t</a>`},
		"the address of a file":               {`<img src="/wiki/download/attachments/100/a.png?version=1" />`, `<img src="/wiki/download/attachments/900/a.png?version=1" />`},
		"a comment":                           {`<!-- <ri:user ri:account-id="old:1"/> -->`, `<!-- <ri:user ri:account-id="old:1"/> -->`},
		"a resource with an address":          {`<ri:url ri:value="https://acme.atlassian.net/wiki/spaces/ENG/pages/100" />`, `<ri:url ri:value="https://other.atlassian.net/wiki/spaces/NEW/pages/900" />`},
		"an address of another application":   {`<a href="https://acme.atlassian.net/wikis/spaces/ENG/pages/100">t</a>`, `<a href="https://acme.atlassian.net/wikis/spaces/ENG/pages/100">t</a>`},
		"entities stay where nothing changes": {`<p>&uuml;&nbsp;&lt;</p><a href="https://x.example/?a&amp;b">&mdash;</a>`, `<p>&uuml;&nbsp;&lt;</p><a href="https://x.example/?a&amp;b">&mdash;</a>`},
	} {
		t.Run(name, func(t *testing.T) { require.Equal(t, test.want, moved().text(test.in)) })
	}
}

func TestAUserWhomNobodyStandsInForIsNoted(t *testing.T) {
	t.Parallel()
	l := moved()
	require.Equal(t, `<ri:user ri:account-id="gone" />`, l.text(`<ri:user ri:account-id="gone" />`))
	require.True(t, l.strangers)
}

func TestShortAddressesAreThoseOfThePages(t *testing.T) {
	t.Parallel()
	for id, code := range map[string]string{"131073": "AQAC", "131087": "DwAC", "1": "AQ", "98304": "AIAB"} {
		require.Equal(t, code, tiny(id))
		back, ok := untiny(code)
		require.True(t, ok)
		require.Equal(t, id, back)
	}
	_, ok := untiny("%")
	require.False(t, ok)
}

func TestMarksOfCommentsGoAndTheirTextStays(t *testing.T) {
	t.Parallel()
	require.Equal(t, "<p>a b &amp; c</p>", unmarked(`<p>a <ac:inline-comment-marker ac:ref="1">b &amp;</ac:inline-comment-marker> c</p>`))
}

func TestPassagesAreCountedAsReadersSeeThem(t *testing.T) {
	t.Parallel()
	mark := func(ref, s string) string {
		return `<ac:inline-comment-marker ac:ref="` + ref + `">` + s + `</ac:inline-comment-marker>`
	}
	body := `<ac:parameter ac:name="title">the word</ac:parameter><p>the word, ` + mark("1", "the word") + ` <![CDATA[the word]]></p>` +
		`<p>a &amp; ` + mark("2", `b <strong>&lt;c&gt;</strong>`) + mark("3", "") + `</p><p>` + mark("4", "one ") + `<em>` + mark("4", "two") + `</em></p>`
	require.Equal(t, map[string]passage{
		"1": {"the word", 1, 3},
		"2": {"b <c>", 0, 1},
		"4": {"one two", 0, 1},
	}, passages(body))
	require.Nil(t, passages("<p>none</p>"))
}

func TestThePanelIsTakenOffAgain(t *testing.T) {
	t.Parallel()
	p := panel(restore.PanelMark + ` from https://acme.atlassian.net: written by A & <B> on 2020-01-01T00:00:00.000Z.`)
	require.Contains(t, p, "A &amp; &lt;B&gt;")
	require.Equal(t, "<p>x</p>", withoutPanel(p+"<p>x</p>"))
	named := strings.Replace(p, `ac:schema-version="1"`, `ac:schema-version="1" ac:macro-id="0"`, 1)
	require.Equal(t, "<p>x</p>", withoutPanel(named+"<p>x</p>"))
	other := `<ac:structured-macro ac:name="info" ac:schema-version="1"><ac:rich-text-body><p>Mind</p></ac:rich-text-body></ac:structured-macro>`
	require.Equal(t, other, withoutPanel(other))
	require.Equal(t, p+"x", withoutPanel(p+p+"x"), "one restore takes off its own")
}
