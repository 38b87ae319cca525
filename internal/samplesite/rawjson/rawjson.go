// Package rawjson writes and takes apart JSON without touching its tokens: the
// order of members, number tokens, escapes and duplicate keys stay as they
// are. encoding/json escapes <, > and & and U+2028 even inside a RawMessage,
// which a site whose bodies are compared byte for byte must not do.
package rawjson

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"unicode/utf8"
)

// Raw is JSON text.
type Raw = json.RawMessage

// Member is one member of an object.
type Member struct {
	Name  string
	Value Raw
}

// Object returns an object of name, value pairs in the order given. Values are
// strings, booleans, integers, floats, Raw, []Raw, []string, []Member or nil. A name that is not
// a string, or another type of value, is a mistake in the caller's source and shows as null.
func Object(pairs ...any) Raw {
	n := 2
	for _, v := range pairs {
		n += room(v)
	}
	b := make([]byte, 0, n)
	b = append(b, '{')
	for i := 0; i+1 < len(pairs); i += 2 {
		if i > 0 {
			b = append(b, ',')
		}
		name, _ := pairs[i].(string)
		b = AppendString(b, name)
		b = append(b, ':')
		b = appendValue(b, pairs[i+1])
	}
	return append(b, '}')
}

// Array returns an array of JSON texts.
func Array(items []Raw) Raw { return appendValue(make([]byte, 0, room(items)), items) }

// Members returns an object of members.
func Members(m []Member) Raw { return appendValue(make([]byte, 0, room(m)), m) }

// room is about how many bytes a value takes: bodies are large and nested, and
// growing them step by step costs more than making them.
func room(v any) int {
	n := 24
	switch v := v.(type) {
	case string:
		n = len(v) + 8
	case Raw:
		n = len(v) + 8
	case []Raw:
		for _, item := range v {
			n += len(item) + 1
		}
	case []Member:
		for _, m := range v {
			n += len(m.Name) + len(m.Value) + 8
		}
	}
	return n
}

// String returns s as a JSON string.
func String(s string) Raw { return AppendString(make([]byte, 0, len(s)+2), s) }

func appendValue(b []byte, v any) []byte {
	switch v := v.(type) {
	case string:
		return AppendString(b, v)
	case bool:
		return strconv.AppendBool(b, v)
	case int:
		return strconv.AppendInt(b, int64(v), 10)
	case int64:
		return strconv.AppendInt(b, v, 10)
	case float64:
		return strconv.AppendFloat(b, v, 'f', -1, 64)
	case Raw:
		if v == nil {
			return append(b, "null"...)
		}
		return append(b, v...)
	case []Raw:
		b = append(b, '[')
		for i, item := range v {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(b, item...)
		}
		return append(b, ']')
	case []string:
		b = append(b, '[')
		for i, item := range v {
			if i > 0 {
				b = append(b, ',')
			}
			b = AppendString(b, item)
		}
		return append(b, ']')
	case []Member:
		b = append(b, '{')
		for i, m := range v {
			if i > 0 {
				b = append(b, ',')
			}
			b = AppendString(b, m.Name)
			b = append(b, ':')
			b = append(b, m.Value...)
		}
		return append(b, '}')
	default:
		return append(b, "null"...)
	}
}

// AppendString appends s as a JSON string with only the escapes that JSON demands.
func AppendString(b []byte, s string) []byte {
	const hex = "0123456789abcdef"
	b = append(b, '"')
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c == '\n':
			b = append(b, '\\', 'n')
		case c == '\t':
			b = append(b, '\\', 't')
		case c == '\r':
			b = append(b, '\\', 'r')
		case c < 0x20:
			b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		case c < utf8.RuneSelf:
			b = append(b, c)
		default:
			r, n := utf8.DecodeRuneInString(s[i:])
			b = utf8.AppendRune(b, r)
			i += n
			continue
		}
		i++
	}
	return append(b, '"')
}

// Split returns the members of the object text in their order, duplicates
// included, each value's bytes as they stand in text.
func Split(text []byte) ([]Member, error) {
	dec := json.NewDecoder(bytes.NewReader(text))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return nil, fmt.Errorf("taking JSON apart: not an object")
	}
	var out []Member
	for dec.More() {
		t, err := dec.Token()
		if err != nil {
			return nil, fmt.Errorf("taking JSON apart: %w", err)
		}
		name, ok := t.(string)
		if !ok {
			return nil, fmt.Errorf("taking JSON apart: a member without a name")
		}
		var value Raw
		if err := dec.Decode(&value); err != nil {
			return nil, fmt.Errorf("taking JSON apart: %w", err)
		}
		out = append(out, Member{Name: name, Value: value})
	}
	return out, nil
}

// Items returns the elements of the array text, each as it stands there.
func Items(text []byte) ([]Raw, error) {
	var out []Raw
	if err := json.Unmarshal(text, &out); err != nil {
		return nil, fmt.Errorf("taking JSON apart: %w", err)
	}
	return out, nil
}

// Get returns the value of the first member of that name, or nil.
func Get(members []Member, name string) Raw {
	for _, m := range members {
		if m.Name == name {
			return m.Value
		}
	}
	return nil
}
