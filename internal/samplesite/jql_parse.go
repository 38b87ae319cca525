package samplesite

import (
	"fmt"
	"strings"
	"unicode"
)

// query is parsed JQL: a condition, nil where there is none, and an order.
type query struct {
	where *clause
	order []ordering
}

type ordering struct {
	field string
	desc  bool
}

// clause is a node of the condition: "and", "or" and "not" have children, the
// comparisons (=, !=, >, >=, <, <=, in, not in) a field and values.
type clause struct {
	op       string
	children []*clause
	field    string
	values   []string
}

// parser reads JQL as far as clients of these endpoints use it. What it does
// not know it refuses with 400, as Jira refuses a field that it does not know.
type parser struct {
	tokens []token
	at     int
}

type token struct {
	text   string
	quoted bool
	pos    int
}

// queryError is a sentence of Jira's about a query, as it goes into errorMessages.
type queryError string

func (e queryError) Error() string { return string(e) }

func complaint(format string, args ...any) error {
	return queryError(fmt.Sprintf(format, args...))
}

func parseJQL(s string) (query, error) {
	tokens, err := tokenize(s)
	if err != nil {
		return query{}, err
	}
	p := &parser{tokens: tokens}
	var q query
	if !p.end() && !p.word("order") {
		if q.where, err = p.either(); err != nil {
			return query{}, err
		}
	}
	if p.take("order") {
		if !p.take("by") {
			return query{}, p.unexpected()
		}
		if q.order, err = p.orderings(); err != nil {
			return query{}, err
		}
	}
	if !p.end() {
		return query{}, p.unexpected()
	}
	return q, nil
}

func tokenize(s string) ([]token, error) {
	var out []token
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			i++
		case c == '"' || c == '\'':
			var b strings.Builder
			j := i + 1
			for j < len(s) && s[j] != c {
				if s[j] == '\\' && j+1 < len(s) {
					j++
				}
				b.WriteByte(s[j])
				j++
			}
			if j >= len(s) {
				return nil, complaint("Error in the JQL Query: The quoted string '%s' has not been completed. (line 1, character %d)", b.String(), i+1)
			}
			out = append(out, token{text: b.String(), quoted: true, pos: i})
			i = j + 1
		case strings.ContainsRune("(),", rune(c)):
			out = append(out, token{text: string(c), pos: i})
			i++
		case strings.ContainsRune("=<>!~", rune(c)):
			j := i + 1
			if j < len(s) && (s[j] == '=' || s[j] == '~') {
				j++
			}
			out = append(out, token{text: s[i:j], pos: i})
			i = j
		default:
			j := i
			for j < len(s) && !strings.ContainsRune(" \t\r\n(),=<>!~\"'", rune(s[j])) {
				j++
			}
			out = append(out, token{text: s[i:j], pos: i})
			i = j
		}
	}
	return out, nil
}

func (p *parser) end() bool { return p.at >= len(p.tokens) }

// word reports whether the next token is a keyword, which is never quoted.
func (p *parser) word(w string) bool {
	return !p.end() && !p.tokens[p.at].quoted && strings.EqualFold(p.tokens[p.at].text, w)
}

func (p *parser) take(w string) bool {
	if p.word(w) {
		p.at++
		return true
	}
	return false
}

func (p *parser) unexpected() error {
	if p.end() {
		return complaint("Error in the JQL Query: Expecting more at the end of the query.")
	}
	t := p.tokens[p.at]
	return complaint("Error in the JQL Query: Unexpected '%s'. (line 1, character %d)", t.text, t.pos+1)
}

func (p *parser) either() (*clause, error) { return p.joined("or", p.both) }

func (p *parser) both() (*clause, error) { return p.joined("and", p.single) }

func (p *parser) joined(op string, next func() (*clause, error)) (*clause, error) {
	first, err := next()
	if err != nil {
		return nil, err
	}
	out := &clause{op: op, children: []*clause{first}}
	for p.take(op) {
		another, err := next()
		if err != nil {
			return nil, err
		}
		out.children = append(out.children, another)
	}
	if len(out.children) == 1 {
		return first, nil
	}
	return out, nil
}

func (p *parser) single() (*clause, error) {
	if p.take("not") || p.take("!") {
		c, err := p.single()
		return &clause{op: "not", children: []*clause{c}}, err
	}
	if p.take("(") {
		c, err := p.either()
		if err != nil {
			return nil, err
		}
		if !p.take(")") {
			return nil, p.unexpected()
		}
		return c, nil
	}
	return p.comparison()
}

func (p *parser) comparison() (*clause, error) {
	field, err := p.operand()
	if err != nil {
		return nil, err
	}
	c := &clause{field: strings.ToLower(field)}
	negated := p.take("not")
	if p.take("in") {
		c.op = "in"
		if negated {
			c.op = "not in"
		}
		return c, p.list(c)
	}
	if negated || p.end() {
		return nil, p.unexpected()
	}
	switch op := p.tokens[p.at].text; op {
	case "=", "!=", ">", ">=", "<", "<=":
		c.op = op
		p.at++
	default:
		return nil, p.unexpected()
	}
	v, err := p.operand()
	c.values = []string{v}
	return c, err
}

func (p *parser) list(c *clause) error {
	if !p.take("(") {
		return p.unexpected()
	}
	for {
		v, err := p.operand()
		if err != nil {
			return err
		}
		c.values = append(c.values, v)
		if p.take(")") {
			return nil
		}
		if !p.take(",") {
			return p.unexpected()
		}
	}
}

// operand is a quoted string or a bare word that is not punctuation.
func (p *parser) operand() (string, error) {
	if p.end() {
		return "", p.unexpected()
	}
	t := p.tokens[p.at]
	if !t.quoted && strings.IndexFunc(t.text, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) < 0 {
		return "", p.unexpected()
	}
	p.at++
	return t.text, nil
}

func (p *parser) orderings() ([]ordering, error) {
	var out []ordering
	for {
		field, err := p.operand()
		if err != nil {
			return nil, err
		}
		o := ordering{field: strings.ToLower(field)}
		if p.take("desc") {
			o.desc = true
		} else {
			p.take("asc")
		}
		out = append(out, o)
		if !p.take(",") {
			return out, nil
		}
	}
}
