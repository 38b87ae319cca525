package content

import (
	"html"
	"slices"
	"strings"
)

// Mark puts the mark of a comment around a text of a body in storage format: around
// the index-th of the places that read so, from 0. It returns how many places there are;
// where there is none of that index, the body is as it was. A place can go through
// elements inside of a line, of which each part is marked; one through two lines is none.
func Mark(storage, selection string, index int, ref string) (marked string, places int) {
	if selection == "" || strings.Contains(selection, "\n") {
		return storage, 0
	}
	text, from := readable(storage)
	at := -1
	for k := 0; ; {
		i := strings.Index(text[k:], selection)
		if i < 0 {
			break
		}
		if places == index {
			at = k + i
		}
		places++
		k += i + len(selection)
	}
	if at < 0 {
		return storage, places
	}
	open, end := `<ac:inline-comment-marker ac:ref="`+ref+`">`, "</ac:inline-comment-marker>"
	var b strings.Builder
	last := 0
	for i := at; i < at+len(selection); {
		k := i // a run without an element between its characters
		for k+1 < at+len(selection) && from[k+1].begin <= from[k].end {
			k++
		}
		b.WriteString(storage[last:from[i].begin] + open + storage[from[i].begin:from[k].end] + end)
		last, i = from[k].end, k+1
	}
	return b.String() + storage[last:], places
}

// stretch is where in a body a byte of its text stands; an entity is one of several bytes.
type stretch struct{ begin, end int }

// hiddenElements hold text that readers do not see as the page's.
var hiddenElements = list("ac:parameter|ac:plain-text-body|ac:plain-text-link-body|ac:task-id|ac:task-uuid|ac:task-status|ac:placeholder|ac:adf-attribute")

// blockElements end a line.
var blockElements = list("p|h1|h2|h3|h4|h5|h6|li|td|th|tr|ac:task-body|blockquote|div|br|hr|ac:rich-text-body|ac:layout-cell|pre")

// readable returns the text of a body as it is read, and where each byte of it stands. Lines end in "\n".
func readable(storage string) (string, []stretch) {
	var text strings.Builder
	var from []stretch
	add := func(s string, begin, end int) {
		for range len(s) {
			from = append(from, stretch{begin, end})
		}
		text.WriteString(s)
	}
	var hidden []string
	for i := 0; i < len(storage); {
		switch {
		case strings.HasPrefix(storage[i:], "<![CDATA["):
			n := strings.Index(storage[i:], "]]>")
			if exported := strings.Index(storage[i:], "]] >"); exported >= 0 && (n < 0 || exported < n) {
				n = exported + 1 // as exports of spaces write it
			}
			if n < 0 {
				return text.String(), from
			}
			i += n + 3
		case storage[i] == '<':
			n := strings.IndexByte(storage[i:], '>')
			if n < 0 {
				return text.String(), from
			}
			tag := storage[i+1 : i+n]
			name, _, _ := strings.Cut(strings.Trim(tag, "/"), " ")
			name = strings.TrimRight(name, "/")
			switch {
			case strings.HasPrefix(tag, "/") && len(hidden) > 0 && hidden[len(hidden)-1] == name:
				hidden = hidden[:len(hidden)-1]
			case !strings.HasPrefix(tag, "/") && !strings.HasSuffix(tag, "/") && slices.Contains(hiddenElements, name):
				hidden = append(hidden, name)
			case slices.Contains(blockElements, name):
				add("\n", i, i)
			}
			i += n + 1
		case len(hidden) > 0:
			i++
		case storage[i] == '&':
			n := strings.IndexByte(storage[i:], ';')
			if n < 0 {
				add("&", i, i+1)
				i++
				continue
			}
			add(html.UnescapeString(storage[i:i+n+1]), i, i+n+1)
			i += n + 1
		default:
			add(storage[i:i+1], i, i+1)
			i++
		}
	}
	return text.String(), from
}
