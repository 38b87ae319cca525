package samplesite

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// cqlTypes is what "type" may be compared with.
var cqlTypes = []string{"page", "blogpost", "folder", "whiteboard", "database", "embed", "attachment", "comment", "space", "user"}

// cqlQuery is a query of the Confluence Query Language: terms that must all hold.
type cqlQuery struct {
	spaces [][]string // each: one of these keys
	types  [][]string // each: one of these types
	ids    [][]string // each: one of these ids
}

// matches reports whether content is found.
func (q cqlQuery) matches(space, kind, id string) bool {
	all := func(terms [][]string, v string) bool {
		return !slices.ContainsFunc(terms, func(any []string) bool {
			return !slices.ContainsFunc(any, func(one string) bool { return strings.EqualFold(one, v) })
		})
	}
	return all(q.spaces, space) && all(q.types, kind) && all(q.ids, id)
}

// parseCQL reads a query of terms that compare space, type or id by "=" or "in"
// and are joined by "and". What else the language has is refused rather than misread.
func parseCQL(text string) (cqlQuery, error) {
	p := &cqlParser{}
	if err := p.split(text); err != nil {
		return cqlQuery{}, err
	}
	var q cqlQuery
	for {
		if err := p.term(&q); err != nil {
			return q, err
		}
		if len(p.rest) == 0 {
			return q, nil
		}
		if word := p.next(); word.quoted || !strings.EqualFold(word.text, "and") {
			return q, fmt.Errorf("expecting 'and' before '%s'", word.text)
		}
	}
}

type cqlToken struct {
	text   string
	quoted bool
}

type cqlParser struct{ rest []cqlToken }

func (p *cqlParser) next() cqlToken {
	if len(p.rest) == 0 {
		return cqlToken{}
	}
	t := p.rest[0]
	p.rest = p.rest[1:]
	return t
}

// split takes a query apart into words, quoted texts and signs.
func (p *cqlParser) split(text string) error {
	runes := []rune(text)
	for i := 0; i < len(runes); {
		r := runes[i]
		switch {
		case unicode.IsSpace(r):
			i++
		case strings.ContainsRune("()=,", r):
			p.rest = append(p.rest, cqlToken{text: string(r)})
			i++
		case r == '"' || r == '\'':
			var b strings.Builder
			for i++; i < len(runes) && runes[i] != r; i++ {
				if runes[i] == '\\' && i+1 < len(runes) {
					i++
				}
				b.WriteRune(runes[i])
			}
			if i == len(runes) {
				return fmt.Errorf("a quote is not closed")
			}
			i++
			p.rest = append(p.rest, cqlToken{text: b.String(), quoted: true})
		default:
			from := i
			for i < len(runes) && !unicode.IsSpace(runes[i]) && !strings.ContainsRune(`()=,"'`, runes[i]) {
				i++
			}
			p.rest = append(p.rest, cqlToken{text: string(runes[from:i])})
		}
	}
	return nil
}

// term reads one comparison.
func (p *cqlParser) term(q *cqlQuery) error {
	field, sign := p.next(), p.next()
	var values []string
	switch {
	case sign.quoted || sign.text == "":
		return fmt.Errorf("expecting an operator after '%s'", field.text)
	case sign.text == "=":
		v := p.next()
		if !v.isValue() {
			return fmt.Errorf("expecting a value after '%s ='", field.text)
		}
		values = []string{v.text}
	case strings.EqualFold(sign.text, "in"):
		list, err := p.list()
		if err != nil {
			return err
		}
		values = list
	default:
		return fmt.Errorf("the operator '%s' is not supported for '%s'", sign.text, field.text)
	}
	switch strings.ToLower(field.text) {
	case "space", "space.key":
		q.spaces = append(q.spaces, values)
	case "id", "content":
		q.ids = append(q.ids, values)
	case "type":
		for _, v := range values {
			if !slices.Contains(cqlTypes, strings.ToLower(v)) {
				return fmt.Errorf("unsupported value '%s' for type", v)
			}
		}
		q.types = append(q.types, values)
	default:
		return fmt.Errorf("the field '%s' is not supported", field.text)
	}
	return nil
}

// isValue reports whether a token can stand as a value.
func (t cqlToken) isValue() bool {
	return t.quoted || t.text != "" && !strings.Contains("()=,", t.text)
}

// list reads the values of "in".
func (p *cqlParser) list() ([]string, error) {
	if p.next() != (cqlToken{text: "("}) {
		return nil, fmt.Errorf("expecting '(' after 'in'")
	}
	var out []string
	for {
		v := p.next()
		if !v.isValue() {
			return nil, fmt.Errorf("expecting a value in the list")
		}
		out = append(out, v.text)
		switch p.next() {
		case cqlToken{text: ")"}:
			return out, nil
		case cqlToken{text: ","}:
		default:
			return nil, fmt.Errorf("expecting ',' or ')' in the list")
		}
	}
}
