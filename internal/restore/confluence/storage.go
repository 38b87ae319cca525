package confluence

import (
	"html"
	"iter"
	"strings"
)

// A text in storage format is XML with entities of HTML, of which the API takes and
// gives fragments. What this package changes in one it changes token by token, so that
// everything else stays byte by byte as it was.

type tokenKind int

const (
	textToken tokenKind = iota
	openToken           // a start tag, or an element without content
	closeToken
	literalToken // a CDATA section
	otherToken   // a comment, or an instruction
)

// token is a piece of a text as it stands there.
type token struct {
	kind tokenKind
	raw  string
	name string // of a tag: "ri:page"
	// alone says that the element has no content: "<br />".
	alone bool
}

// tokens cuts a text into pieces; joined, they are the text. One that is not
// well-formed comes in pieces all the same.
func tokens(s string) iter.Seq[token] {
	return func(yield func(token) bool) {
		for s != "" {
			t := firstToken(s)
			s = s[len(t.raw):]
			if !yield(t) {
				return
			}
		}
	}
}

func firstToken(s string) token {
	if s[0] != '<' {
		return token{kind: textToken, raw: upTo(s, "<", false)}
	}
	switch {
	case strings.HasPrefix(s, "<![CDATA["):
		return token{kind: literalToken, raw: upTo(s, "]]>", true)}
	case strings.HasPrefix(s, "<!--"):
		return token{kind: otherToken, raw: upTo(s, "-->", true)}
	case strings.HasPrefix(s, "<?"), strings.HasPrefix(s, "<!"):
		return token{kind: otherToken, raw: upTo(s, ">", true)}
	}
	end, quote := len(s), byte(0)
	for i := 1; i < len(s); i++ {
		switch c := s[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '>':
			end = i + 1
		}
		if end < len(s) || s[i] == '>' && quote == 0 {
			break
		}
	}
	t := token{kind: openToken, raw: s[:end]}
	inside := strings.TrimSuffix(t.raw[1:], ">")
	if rest, closes := strings.CutPrefix(inside, "/"); closes {
		t.kind, inside = closeToken, rest
	}
	t.alone = strings.HasSuffix(inside, "/")
	t.name = inside
	if i := strings.IndexAny(inside, " \t\r\n/"); i >= 0 {
		t.name = inside[:i]
	}
	return t
}

// upTo is s up to a mark, with it or without; all of s where there is none.
func upTo(s, mark string, with bool) string {
	i := strings.Index(s, mark)
	if i < 0 {
		return s
	}
	if with {
		i += len(mark)
	}
	return s[:i]
}

// attributes yields the attributes of a start tag: the name, and where in the tag the
// value stands between its quotes.
func attributes(tag string) iter.Seq2[string, [2]int] {
	return func(yield func(string, [2]int) bool) {
		i := strings.IndexAny(tag, " \t\r\n")
		for i >= 0 && i < len(tag) {
			for i < len(tag) && strings.IndexByte(" \t\r\n/>", tag[i]) >= 0 {
				i++
			}
			eq := strings.IndexByte(tag[i:], '=')
			if eq < 0 {
				return
			}
			name, at := strings.TrimSpace(tag[i:i+eq]), i+eq+1
			for at < len(tag) && strings.IndexByte(" \t\r\n", tag[at]) >= 0 {
				at++
			}
			if at >= len(tag) || tag[at] != '"' && tag[at] != '\'' {
				return
			}
			end := strings.IndexByte(tag[at+1:], tag[at])
			if end < 0 {
				return
			}
			end += at + 1
			if !yield(name, [2]int{at + 1, end}) {
				return
			}
			i = end + 1
		}
	}
}

// attribute is the value of an attribute; "" where the tag has none of the name.
func attribute(tag, name string) string {
	for n, at := range attributes(tag) {
		if n == name {
			return html.UnescapeString(tag[at[0]:at[1]])
		}
	}
	return ""
}

// withAttributes is a tag with the values that change makes of its own.
func withAttributes(tag string, change func(name, value string) string) string {
	var b strings.Builder
	done := 0
	for name, at := range attributes(tag) {
		value := html.UnescapeString(tag[at[0]:at[1]])
		if to := change(name, value); to != value {
			b.WriteString(tag[done:at[0]])
			b.WriteString(escaped(to))
			done = at[1]
		}
	}
	if done == 0 {
		return tag
	}
	b.WriteString(tag[done:])
	return b.String()
}

var escapes = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;")

// escaped is a text as it stands in storage format.
func escaped(s string) string { return escapes.Replace(s) }

const markerElement = "ac:inline-comment-marker"

// unmarked is a text without the marks of comments in it: the site makes those of the
// comments that are created, with references of its own.
func unmarked(s string) string {
	if !strings.Contains(s, markerElement) {
		return s
	}
	var b strings.Builder
	for t := range tokens(s) {
		if t.name != markerElement {
			b.WriteString(t.raw)
		}
	}
	return b.String()
}
