package restore

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Rule says how one field of a kind's records is compared. What no rule names must be
// the same, member by member.
type Rule struct {
	// Path is members joined by dots: "fields.creator", "version.authorId". "[]" stands for
	// the entries of an array, "*" for any one member, and a "**" at the start for
	// any members: "**.self".
	Path string
	// Unwritable says why the API cannot write the field (T6); it is then not compared.
	Unwritable string
	// Elsewhere is set where the field repeats what is compared as records of its
	// own: it is passed over.
	Elsewhere bool
	// Want translates the archive's value to what the destination should have: ids
	// that are others there, above all. Got takes from the destination's what the
	// restore added, such as a panel. Both get null where the member is not there.
	Want, Got func(json.RawMessage) (json.RawMessage, error)
	// Whole gives one verdict on the field with all that is below it.
	Whole bool
	// By compares the entries of an array whatever their order; they are told apart by the text of
	// this member, or as a whole where it is ".".
	By string

	parts []string
}

// Rules are those of one kind of record.
type Rules []Rule

// Comparison holds records of one kind against each other.
type Comparison struct {
	kind  string
	rules Rules
	// Shorten, where not nil, makes a path one of those that are reported: ids that
	// stand for members, above all, are left out.
	Shorten func(path string) string
}

// NewComparison returns the comparison of a kind by its rules; the first that
// fits a path is followed.
func NewComparison(kind string, rules Rules) *Comparison {
	c := &Comparison{kind: kind, rules: slices.Clone(rules)}
	for i := range c.rules {
		c.rules[i].parts = strings.Split(strings.ReplaceAll(c.rules[i].Path, "[]", ".[]"), ".")
	}
	return c
}

// Limits are the fields that the rules call not writable.
func (c *Comparison) Limits() []Limit {
	var all []Limit
	for _, r := range c.rules {
		if r.Unwritable != "" {
			all = append(all, Limit{Kind: c.kind, Field: r.Path, Reason: r.Unwritable})
		}
	}
	return all
}

// Compare tells d of each field of a record. excused says of a path that it differs as
// the report says; it may be nil.
func (c *Comparison) Compare(d *Differences, id string, want, got json.RawMessage, excused func(path string) bool) error {
	d.Record(c.kind)
	w := walk{c: c, d: d, id: id, excused: excused}
	return w.value(nil, want, got)
}

type walk struct {
	c       *Comparison
	d       *Differences
	id      string
	excused func(string) bool
}

func (w *walk) value(path []string, want, got json.RawMessage) error {
	want, got = orNull(want), orNull(got)
	rule := w.c.rule(path)
	if rule != nil {
		if rule.Elsewhere {
			return nil
		}
		if rule.Unwritable != "" {
			if !isNull(want) || !isNull(got) {
				w.tell(path, Unwritable)
			}
			return nil
		}
		var err error
		if rule.Want != nil {
			if want, err = rule.Want(want); err != nil {
				return fmt.Errorf("compare %s %s, %s: %w", w.c.kind, w.id, join(path), err)
			}
		}
		if rule.Got != nil {
			if got, err = rule.Got(got); err != nil {
				return fmt.Errorf("compare %s %s, %s: %w", w.c.kind, w.id, join(path), err)
			}
		}
		want, got = orNull(want), orNull(got)
		if rule.Whole {
			return w.whole(path, want, got)
		}
	}
	switch {
	case want[0] == '{' && got[0] == '{':
		return w.object(path, want, got)
	case want[0] == '[' && got[0] == '[':
		return w.array(path, want, got, rule)
	case same(want, got):
		w.tell(path, Equal)
	default:
		w.tell(path, Different)
	}
	return nil
}

// whole gives one verdict on a field and all that is below it.
func (w *walk) whole(path []string, want, got json.RawMessage) error {
	if isNull(want) && isNull(got) {
		return nil
	}
	apart := walk{c: &Comparison{}, d: NewDifferences()}
	if err := apart.value(nil, want, got); err != nil {
		return err
	}
	verdict := Equal
	if apart.d.Compared().Score().Different > 0 {
		verdict = Different
	}
	w.tell(path, verdict)
	return nil
}

func (w *walk) object(path []string, want, got json.RawMessage) error {
	var a, b map[string]json.RawMessage
	if err := json.Unmarshal(want, &a); err != nil {
		return err
	}
	if err := json.Unmarshal(got, &b); err != nil {
		return err
	}
	names := map[string]bool{}
	for name := range a {
		names[name] = true
	}
	for name := range b {
		names[name] = true
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if void(a[name]) && void(b[name]) {
			continue // a member without value and none are the same
		}
		if err := w.value(append(path[:len(path):len(path)], name), a[name], b[name]); err != nil {
			return err
		}
	}
	return nil
}

func (w *walk) array(path []string, want, got json.RawMessage, rule *Rule) error {
	var a, b []json.RawMessage
	if err := json.Unmarshal(want, &a); err != nil {
		return err
	}
	if err := json.Unmarshal(got, &b); err != nil {
		return err
	}
	if rule != nil && rule.By != "" {
		order := func(x, y json.RawMessage) int { return strings.Compare(textOf(x, rule.By), textOf(y, rule.By)) }
		slices.SortStableFunc(a, order)
		slices.SortStableFunc(b, order)
	}
	if len(a) != len(b) {
		w.tell(path, Different)
		return nil
	}
	if len(a) == 0 {
		w.tell(path, Equal)
	}
	for i := range a {
		if err := w.value(append(path[:len(path):len(path)], "[]"), a[i], b[i]); err != nil {
			return err
		}
	}
	return nil
}

func (w *walk) tell(path []string, v Verdict) {
	at := join(path)
	if v == Different && w.excused != nil && w.excused(at) {
		v = Expected
	}
	if w.c.Shorten != nil {
		at = w.c.Shorten(at)
	}
	w.d.Field(w.c.kind, w.id, at, v)
}

// rule finds the first rule whose path fits.
func (c *Comparison) rule(path []string) *Rule {
	for i := range c.rules {
		if fits(c.rules[i].parts, path) {
			return &c.rules[i]
		}
	}
	return nil
}

func fits(parts, path []string) bool {
	if len(parts) > 0 && parts[0] == "**" {
		rest := parts[1:]
		return len(path) >= len(rest) && fits(rest, path[len(path)-len(rest):])
	}
	if len(parts) != len(path) {
		return false
	}
	for i, p := range parts {
		if p != "*" && p != path[i] {
			return false
		}
	}
	return true
}

func join(path []string) string { return strings.ReplaceAll(strings.Join(path, "."), ".[]", "[]") }

func orNull(v json.RawMessage) json.RawMessage {
	if v = bytes.TrimSpace(v); len(v) == 0 {
		return json.RawMessage("null")
	}
	return v
}

// void reports whether a value says nothing: it is null, or empty.
func void(v json.RawMessage) bool {
	switch string(orNull(v)) {
	case "null", `""`, "[]", "{}":
		return true
	}
	return false
}

func isNull(v json.RawMessage) bool { return string(v) == "null" }

// same compares scalars, and containers of different kinds: numbers by their text,
// strings by their value.
func same(a, b json.RawMessage) bool {
	if bytes.Equal(a, b) {
		return true
	}
	var x, y any
	if decode(a, &x) != nil || decode(b, &y) != nil {
		return false
	}
	switch x := x.(type) {
	case string:
		y, ok := y.(string)
		return ok && x == y
	case json.Number:
		y, ok := y.(json.Number)
		return ok && sameNumber(x, y)
	}
	return false
}

func sameNumber(x, y json.Number) bool {
	if x == y {
		return true
	}
	a, err1 := x.Float64()
	b, err2 := y.Float64()
	return err1 == nil && err2 == nil && a == b
}

func decode(data []byte, v any) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	return dec.Decode(v)
}

// textOf is the text by which an entry is told apart.
func textOf(v json.RawMessage, by string) string {
	if by == "." {
		var buf bytes.Buffer
		if json.Compact(&buf, v) != nil {
			return string(v)
		}
		return buf.String()
	}
	for name := range strings.SplitSeq(by, ".") {
		var members map[string]json.RawMessage
		if json.Unmarshal(v, &members) != nil {
			return string(v)
		}
		v = members[name]
	}
	var text string
	if json.Unmarshal(v, &text) == nil {
		return text
	}
	return string(v)
}

// Covers reports whether the path of a rule, or of a Limit, is that of a field.
func Covers(rule, path string) bool {
	split := func(s string) []string { return strings.Split(strings.ReplaceAll(s, "[]", ".[]"), ".") }
	return fits(split(rule), split(path))
}
