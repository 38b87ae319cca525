package confluence

import (
	"html"
	"slices"
	"strings"
)

// silent are the elements whose text readers do not see.
var silent = []string{"ac:parameter", "ac:task-id", "ac:task-uuid", "ac:task-status", "ac:placeholder", "ac:adf-attribute"}

// blocks are the elements at whose ends a line ends.
var blocks = []string{"p", "h1", "h2", "h3", "h4", "h5", "h6", "li", "td", "th", "tr", "blockquote", "pre", "br", "hr", "ac:task-body", "ac:structured-macro", "ac:layout-cell"}

// passage is what a comment in the text is about.
type passage struct {
	text string
	// index counts the same texts before it, count all of them.
	index, count int
}

// passages finds what the marks of comments in a text stand around, by their
// references. The API finds a passage by its text and by which of several it is.
func passages(s string) map[string]passage {
	if !strings.Contains(s, markerElement) {
		return nil
	}
	plain, marks := readable(s)
	found := make(map[string]passage, len(marks))
	for ref, at := range marks {
		if text := plain[at[0]:at[1]]; text != "" {
			found[ref] = passage{text, strings.Count(plain[:at[0]], text), strings.Count(plain, text)}
		}
	}
	return found
}

// readable is what readers see of a text, and where in it the marks of comments are:
// of marks with the same reference, which follow on each other where the style of the text
// changes, from the first to the last.
func readable(s string) (plain string, marks map[string][2]int) {
	var b strings.Builder
	marks = map[string][2]int{}
	var open []string
	hidden := 0
	for t := range tokens(s) {
		switch {
		case t.name == markerElement && t.kind == openToken:
			if !t.alone {
				open = append(open, attribute(t.raw, "ac:ref"))
			}
		case t.name == markerElement:
			open = open[:max(0, len(open)-1)]
		case slices.Contains(silent, t.name) && !t.alone:
			if t.kind == openToken {
				hidden++
			} else {
				hidden = max(0, hidden-1)
			}
		case (t.kind == closeToken || t.alone) && slices.Contains(blocks, t.name):
			b.WriteByte('\n')
		case hidden > 0:
		case t.kind == textToken || t.kind == literalToken:
			from := b.Len()
			b.WriteString(said(t))
			for _, ref := range open {
				at, again := marks[ref]
				if !again {
					at[0] = from
				}
				at[1] = b.Len()
				marks[ref] = at
			}
		}
	}
	return b.String(), marks
}

// said is what a text or a literal says.
func said(t token) string {
	if t.kind == literalToken {
		return strings.TrimSuffix(strings.TrimPrefix(t.raw, "<![CDATA["), "]]>")
	}
	return html.UnescapeString(t.raw)
}
