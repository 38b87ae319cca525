package archive

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"
	"unicode/utf8"
)

// MaxLine is the longest line of a segment or an index in bytes. A reader needs
// memory for one line; nothing that Atlassian's APIs send comes near it.
const MaxLine = 512 << 20

// AppendRecord appends the record to dst as one line with a newline at its end.
//
// The body becomes one line as json.Compact makes it: white space between tokens
// goes, and every token stays as it is, byte by byte: numbers of any size and
// notation, escapes or their absence, the order of members, duplicate names.
// Bytes in strings that are not UTF-8 stay too, since a backup keeps what it was
// sent. What is not one JSON value, or nested deeper than 10,000 levels, is
// ErrRecord, and dst is returned as it was.
func AppendRecord(dst []byte, r Record) ([]byte, error) {
	for _, s := range []string{r.Kind, r.ID, r.Key, r.Parent} {
		if !utf8.ValidString(s) {
			return dst, fmt.Errorf("%w: kind, id, key or parent is not UTF-8", ErrRecord)
		}
	}
	if r.Kind == "" || r.ID == "" {
		return dst, fmt.Errorf("%w: it has no kind or no id", ErrRecord)
	}
	if len(r.Body) > MaxLine-4096 {
		return dst, fmt.Errorf("%w: %s %s has %d bytes, more than a line may have", ErrRecord, r.Kind, r.ID, len(r.Body))
	}
	start := len(dst)
	buf := bytes.NewBuffer(dst)
	buf.WriteString(`{"kind":`)
	writeString(buf, r.Kind)
	buf.WriteString(`,"id":`)
	writeString(buf, r.ID)
	if r.Key != "" {
		buf.WriteString(`,"key":`)
		writeString(buf, r.Key)
	}
	if r.Parent != "" {
		buf.WriteString(`,"parent":`)
		writeString(buf, r.Parent)
	}
	buf.WriteString(`,"fetchedAt":"`)
	buf.Write(r.FetchedAt.UTC().AppendFormat(buf.AvailableBuffer(), time.RFC3339Nano))
	buf.WriteString(`","body":`)
	if err := json.Compact(buf, r.Body); err != nil {
		return buf.Bytes()[:start], fmt.Errorf("%w: the body of %s %s is not JSON: %w", ErrRecord, r.Kind, r.ID, withoutContent(err))
	}
	buf.WriteString("}\n")
	return buf.Bytes(), nil
}

// writeString writes s as a JSON string, with "<", ">" and "&" as they are.
func writeString(buf *bytes.Buffer, s string) {
	e := json.NewEncoder(buf)
	e.SetEscapeHTML(false)
	_ = e.Encode(s)             // a string always encodes
	buf.Truncate(buf.Len() - 1) // the encoder's newline
}

// DecodeRecord reads one line, with or without its newline. The body is the
// line's own bytes, copied. Members that it doesn't know are ignored.
func DecodeRecord(line []byte) (Record, error) {
	r, ok := decodeOurs(bytes.TrimSuffix(line, []byte("\n")))
	if !ok {
		if err := json.Unmarshal(line, &r); err != nil {
			return Record{}, fmt.Errorf("%w: %w", ErrRecord, withoutContent(err))
		}
	}
	if r.Kind == "" || r.ID == "" || len(r.Body) == 0 {
		return Record{}, fmt.Errorf("%w: it has no kind, no id or no body", ErrRecord)
	}
	return r, nil
}

// decodeOurs reads a line whose last member is the body, as AppendRecord writes
// it, in half of the time that Unmarshal takes; it reports whether it could. What
// is before the first `,"body":` must be an object once a brace closes it, and
// what is after it one value and a brace: then nothing else is in the line, since
// a quotation mark within a string would have a backslash before it.
func decodeOurs(line []byte) (Record, bool) {
	const mark = `,"body":`
	i := bytes.Index(line, []byte(mark))
	if i < 0 || line[len(line)-1] != '}' {
		return Record{}, false
	}
	body := line[i+len(mark) : len(line)-1]
	if !json.Valid(body) {
		return Record{}, false
	}
	var r Record
	head := append(bytes.Clone(line[:i]), '}')
	if json.Unmarshal(head, &r) != nil || r.Body != nil {
		return Record{}, false
	}
	r.Body = bytes.Clone(bytes.Trim(body, " \t\r\n"))
	return r, true
}

// withoutContent returns err without what it quotes from the input.
func withoutContent(err error) error {
	var syntax *json.SyntaxError
	var typ *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		return fmt.Errorf("syntax error at byte %d", syntax.Offset)
	case errors.As(err, &typ):
		return fmt.Errorf("%s where a %s is expected, at byte %d", typ.Value, typ.Type, typ.Offset)
	}
	var date *time.ParseError
	if errors.As(err, &date) {
		return errors.New("a time is not in RFC 3339")
	}
	return errors.New("it can't be decoded")
}
