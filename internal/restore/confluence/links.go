package confluence

import (
	"encoding/base64"
	"encoding/binary"
	"html"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// links rewrites what texts refer to: what is in the backup under one identity is in
// the destination under another.
type links struct {
	// content tells the id that a page, or anything else in a tree, or a file has now.
	content func(id string) (string, bool)
	// file tells the id that the media service knows a file by now.
	file func(id string) (string, bool)
	user func(accountID string) (string, bool)
	// space tells the key that a space has now; false where it was not restored.
	space func(key string) (string, bool)
	// from and to are the addresses of the sites, without a slash at the end.
	from, to string
	// strangers says that a user was named whom the destination does not have.
	strangers bool
}

// text is a text in storage format with the references of the destination.
func (l *links) text(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	var in []string // names of the parameters that are open
	var anchor [2]string
	for t := range tokens(s) {
		switch {
		case t.kind == openToken:
			tag := withAttributes(t.raw, func(name, value string) string { return l.attribute(t.name, name, value) })
			if t.name == "a" {
				anchor = [2]string{attribute(t.raw, "href"), attribute(tag, "href")}
			}
			if parameters[t.name] != "" && !t.alone {
				in = append(in, strings.ToLower(attribute(t.raw, parameters[t.name])))
			}
			b.WriteString(tag)
		case t.kind == closeToken:
			if parameters[t.name] != "" {
				in = in[:max(0, len(in)-1)]
			}
			if t.name == "a" {
				anchor = [2]string{}
			}
			b.WriteString(t.raw)
		case t.kind == textToken && len(in) > 0:
			b.WriteString(changed(t.raw, func(value string) string { return l.parameter(in[len(in)-1], value) }))
		case t.kind == textToken && anchor[0] != anchor[1]:
			// A link that shows its own address.
			b.WriteString(changed(t.raw, func(value string) string {
				if value == anchor[0] {
					return anchor[1]
				}
				return value
			}))
		default:
			b.WriteString(t.raw)
		}
	}
	return b.String()
}

// parameters are the elements that hold parameters of macros, with the attribute that
// names the parameter.
var parameters = map[string]string{"ac:parameter": "ac:name", "ac:adf-attribute": "key", "ac:adf-parameter": "key"}

// changed is a text as it stands in storage format after a change of what it says.
func changed(s string, change func(string) string) string {
	said := html.UnescapeString(s)
	if to := change(said); to != said {
		return escaped(to)
	}
	return s
}

// attribute is what an attribute says in the destination.
func (l *links) attribute(element, name, value string) string {
	switch name {
	case "ri:space-key":
		return l.key(value)
	case "ri:content-id":
		return l.id(value)
	case "ri:account-id":
		return l.account(value)
	case "href", "src", "ri:value":
		return l.address(value)
	}
	if strings.HasPrefix(element, "ac:") || strings.HasPrefix(name, "data-") {
		return l.media(value)
	}
	return value
}

// parameter is what a parameter of a macro says in the destination.
func (l *links) parameter(name, value string) string {
	switch name {
	case "pageid", "contentid", "page-id", "content-id":
		return l.id(value)
	case "space", "spacekey", "space-key":
		return l.key(value)
	case "user", "account-id", "accountid":
		return l.account(value)
	}
	if to := l.address(value); to != value {
		return to
	}
	return l.media(value)
}

func (l *links) id(id string) string {
	if to, ok := l.content(id); ok {
		return to
	}
	return id
}

func (l *links) key(key string) string {
	if to, ok := l.space(key); ok {
		return to
	}
	return key
}

func (l *links) account(id string) string {
	to, ok := l.user(id)
	if !ok {
		l.strangers = true
		return id
	}
	return to
}

var (
	mediaID    = regexp.MustCompile(`[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}`)
	collection = regexp.MustCompile(`contentId-[0-9]+`)
)

// media is a value with the identities that the media service knows files by.
func (l *links) media(value string) string {
	if strings.Contains(value, "-") {
		value = mediaID.ReplaceAllStringFunc(value, func(id string) string {
			if to, ok := l.file(id); ok {
				return to
			}
			return id
		})
		value = collection.ReplaceAllStringFunc(value, func(c string) string { return "contentId-" + l.id(strings.TrimPrefix(c, "contentId-")) })
	}
	return value
}

// address is the address of the same content in the destination; that of something
// that was not restored, or is elsewhere, stays.
func (l *links) address(value string) string {
	rest, whole := strings.CutPrefix(value, l.from+"/wiki/")
	if !whole {
		var local bool
		if rest, local = strings.CutPrefix(value, "/wiki/"); !local {
			return value
		}
	}
	path, fragment, hasFragment := strings.Cut(rest, "#")
	path, query, hasQuery := strings.Cut(path, "?")
	path, ok := l.path(path)
	if hasQuery && ok != no {
		query, ok = l.query(query, ok)
	}
	if ok != yes {
		return value
	}
	to := "/wiki/" + path
	if whole {
		to = l.to + to
	}
	if hasQuery {
		to += "?" + query
	}
	if hasFragment {
		to += "#" + fragment
	}
	return to
}

// known says whether an address leads to something that was restored.
type known int

const (
	open known = iota // it names nothing that could have been
	yes
	no
)

// path is the part of an address after "/wiki/".
func (l *links) path(path string) (string, known) {
	s := strings.Split(path, "/")
	var ok known
	content := func(i int) {
		if i < len(s) {
			to, restored := l.content(s[i])
			if s[i], ok = to, yes; !restored {
				ok = no
			}
		}
	}
	switch {
	case len(s) == 2 && s[0] == "x":
		if id, is := untiny(s[1]); is {
			if to, restored := l.content(id); restored {
				return "x/" + tiny(to), yes
			}
			return path, no
		}
	case len(s) > 2 && s[0] == "download" && (s[1] == "attachments" || s[1] == "thumbnails"):
		content(2)
	case len(s) > 1 && (s[0] == "spaces" || s[0] == "display"):
		key, err := url.PathUnescape(s[1])
		to, restored := l.space(key)
		if err != nil || !restored {
			return path, no
		}
		s[1], ok = url.PathEscape(to), yes
		if strings.HasPrefix(key, "~") {
			s[1] = strings.Replace(s[1], "%7E", "~", 1)
		}
		switch {
		case len(s) > 3 && s[2] == "pages" && strings.HasPrefix(s[3], "edit"):
			content(4)
		case len(s) > 3 && slices.Contains([]string{"pages", "folder", "whiteboard", "database", "embed"}, s[2]):
			content(3)
		case len(s) > 6 && s[2] == "blog":
			content(6)
		}
	}
	return strings.Join(s, "/"), ok
}

// query is the part of an address after "?".
func (l *links) query(query string, ok known) (string, known) {
	pairs := strings.Split(query, "&")
	for i, pair := range pairs {
		name, value, _ := strings.Cut(pair, "=")
		switch name {
		case "pageId", "contentId":
			to, restored := l.content(value)
			if !restored {
				return query, no
			}
			pairs[i], ok = name+"="+to, yes
		case "spaceKey", "key":
			if to, restored := l.space(value); restored {
				pairs[i], ok = name+"="+url.QueryEscape(to), yes
			}
		}
	}
	return strings.Join(pairs, "&"), ok
}

// tinyEncoding is how the short addresses of pages are written: their id, the lowest
// byte first, without the zeros at its end.
var tinyEncoding = strings.NewReplacer("/", "-", "+", "_")

// tiny is the last part of the short address of a page.
func tiny(id string) string {
	n, err := strconv.ParseUint(id, 10, 64)
	if err != nil {
		return id
	}
	b := binary.LittleEndian.AppendUint64(nil, n)
	return tinyEncoding.Replace(strings.TrimRight(base64.RawStdEncoding.EncodeToString(b), "A"))
}

// untiny is the id of the page of a short address.
func untiny(code string) (string, bool) {
	if code == "" || len(code) > 11 {
		return "", false
	}
	code = strings.NewReplacer("-", "/", "_", "+").Replace(code) + strings.Repeat("A", 11-len(code))
	b, err := base64.RawStdEncoding.DecodeString(code)
	if err != nil || len(b) != 8 {
		return "", false
	}
	return strconv.FormatUint(binary.LittleEndian.Uint64(b), 10), true
}
