package atlassian

import (
	"bytes"
	"encoding/json"
	"iter"
)

// The functions of this file look into JSON without decoding or copying it, so
// that what is kept are the bytes that the site sent: numbers such as 1e400,
// members that occur twice, escapes. They take values that json.Valid accepts,
// as Reply.Body and its parts are; of others they return something, or nothing,
// but never panic.

// Members yields the members of an object, in order and with repetitions; none
// where raw is not an object.
func Members(raw json.RawMessage) iter.Seq2[string, json.RawMessage] {
	return func(yield func(string, json.RawMessage) bool) {
		for i := open(raw, '{'); i < len(raw) && raw[i] == '"'; {
			end := skipString(raw, i)
			name := unquote(raw[i:end])
			i = skipSpace(raw, end)
			if i >= len(raw) || raw[i] != ':' {
				return
			}
			start := skipSpace(raw, i+1)
			end = skipValue(raw, start)
			if !yield(name, raw[start:end]) {
				return
			}
			i = next(raw, end)
		}
	}
}

// Elements yields the elements of an array; none where raw is not an array.
func Elements(raw json.RawMessage) iter.Seq[json.RawMessage] {
	return func(yield func(json.RawMessage) bool) {
		for i := open(raw, '['); i < len(raw) && raw[i] != ']'; {
			end := skipValue(raw, i)
			if end == i || !yield(raw[i:end]) {
				return
			}
			i = next(raw, end)
		}
	}
}

// Member follows a path of member names; nil where there is no such member. Of
// members that occur twice it takes the last, as encoding/json and jq do.
func Member(raw json.RawMessage, path ...string) json.RawMessage {
	for _, name := range path {
		var found json.RawMessage
		for n, value := range Members(raw) {
			if n == name {
				found = value
			}
		}
		raw = found
	}
	return raw
}

// Text returns a string's value, or the token of a number (ids come as either);
// "" for anything else.
func Text(raw json.RawMessage) string {
	raw = bytes.TrimSpace(raw)
	switch {
	case len(raw) == 0:
		return ""
	case raw[0] == '"':
		return unquote(raw)
	case raw[0] == '-' || raw[0] >= '0' && raw[0] <= '9':
		return string(raw)
	}
	return ""
}

// Int returns the value of an integer; ok is false where raw is not one that
// fits.
func Int(raw json.RawMessage) (n int64, ok bool) {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 || raw[0] == 'n' {
		return 0, false
	}
	return n, json.Unmarshal(raw, &n) == nil
}

// IsObject reports whether raw is an object, IsArray whether it is an array.
func IsObject(raw json.RawMessage) bool { return first(raw) == '{' }

// IsArray reports whether raw is an array.
func IsArray(raw json.RawMessage) bool { return first(raw) == '[' }

func first(raw []byte) byte {
	if i := skipSpace(raw, 0); i < len(raw) {
		return raw[i]
	}
	return 0
}

// open returns where the content of a container begins.
func open(raw []byte, bracket byte) int {
	i := skipSpace(raw, 0)
	if i >= len(raw) || raw[i] != bracket {
		return len(raw)
	}
	return skipSpace(raw, i+1)
}

// next returns where the following member or element begins.
func next(raw []byte, i int) int {
	i = skipSpace(raw, i)
	if i >= len(raw) || raw[i] != ',' {
		return len(raw)
	}
	return skipSpace(raw, i+1)
}

func skipSpace(raw []byte, i int) int {
	for i < len(raw) && (raw[i] == ' ' || raw[i] == '\t' || raw[i] == '\n' || raw[i] == '\r') {
		i++
	}
	return i
}

// skipString returns the end of the string that begins at i.
func skipString(raw []byte, i int) int {
	for i++; i < len(raw); i++ {
		switch raw[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(raw)
}

// skipValue returns the end of the value that begins at i. It counts brackets
// instead of recursing: nesting costs no stack.
func skipValue(raw []byte, i int) int {
	depth := 0
	for i < len(raw) {
		switch raw[i] {
		case '"':
			i = skipString(raw, i)
			if depth == 0 {
				return i
			}
			continue
		case '{', '[':
			depth++
		case '}', ']':
			depth--
			if depth < 0 {
				return i
			}
			if depth == 0 {
				return i + 1
			}
		case ',', ':', ' ', '\t', '\n', '\r':
			if depth == 0 {
				return i
			}
		}
		i++
	}
	return len(raw)
}

// unquote returns a string's value; invalid ones are "".
func unquote(quoted []byte) string {
	if len(quoted) < 2 || quoted[0] != '"' {
		return ""
	}
	if bytes.IndexByte(quoted, '\\') < 0 {
		return string(bytes.ToValidUTF8(quoted[1:len(quoted)-1], []byte("\uFFFD")))
	}
	var s string
	if json.Unmarshal(quoted, &s) != nil {
		return ""
	}
	return s
}
