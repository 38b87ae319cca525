package confluence

import (
	"strings"

	"holdfast/internal/restore"
)

// The panel at the top of a text says who wrote it, and when (T6).
const (
	panelBegin = `<ac:structured-macro ac:name="info" ac:schema-version="1"`
	panelBody  = `<ac:rich-text-body><p>` + restore.PanelMark
	panelEnd   = `</p></ac:rich-text-body></ac:structured-macro>`
)

// panel is the panel of a sentence that begins with the mark of panels.
func panel(sentence string) string {
	return panelBegin + ">" + panelBody + escaped(strings.TrimPrefix(sentence, restore.PanelMark)) + panelEnd
}

// withoutPanel is a text without the panel at its top. Sites add attributes of their own to
// macros, such as an identity.
func withoutPanel(s string) string {
	rest, is := strings.CutPrefix(s, panelBegin)
	if !is {
		return s
	}
	attributes, rest, is := strings.Cut(rest, ">")
	if !is || strings.Contains(attributes, "<") {
		return s
	}
	if rest, is = strings.CutPrefix(rest, panelBody); !is {
		return s
	}
	if _, rest, is = strings.Cut(rest, panelEnd); !is {
		return s
	}
	return rest
}
