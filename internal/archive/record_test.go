package archive

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holdfast/internal/sharedtest"
)

func at() time.Time { return time.Date(2026, 11, 23, 2, 16, 58, 120e6, time.UTC) }

// oddBodies are bodies that an encoder of typed values would change.
func oddBodies() map[string]string {
	return map[string]string{
		"markup":                   `{"a":"<b>&amp;</b>"}`,
		"line separators":          "{\"a\":\"\u2028\u2029\"}",
		"escaped line separators":  `{"a":"\u2028\u003c"}`,
		"numbers":                  `[1.0E+2,1e400,-0,0.10,12345678901234567890123,1E-7]`,
		"duplicate names":          `{"a":1,"a":2,"A":3}`,
		"order":                    `{"z":1,"a":{"y":1,"b":2}}`,
		"odd dates":                `{"created":"2022-07-16T06:31:38.602+0800"}`,
		"escapes":                  `"\/\b\f\n\r\t\"\\\u00e9é😀\ud83d\ude00"`,
		"lone surrogate":           `"\ud800"`,
		"bytes that are not UTF-8": "\"a\xffb\"",
		"DEL":                      "\"\x7f\"",
		"names like ours":          `{"kind":"x","id":"y","body":{"body":1}}`,
		"null":                     `null`,
		"empty":                    `{}`,
		"deep":                     strings.Repeat("[", 9000) + strings.Repeat("]", 9000),
	}
}

func TestRecordKeepsTheTokensOfItsBody(t *testing.T) {
	for name, body := range oddBodies() {
		t.Run(name, func(t *testing.T) {
			line, err := AppendRecord(nil, Record{Kind: "issue", ID: "1", FetchedAt: at(), Body: json.RawMessage(body)})
			require.NoError(t, err)
			require.Equal(t, `{"kind":"issue","id":"1","fetchedAt":"2026-11-23T02:16:58.12Z","body":`+body+"}\n", string(line))
			r, err := DecodeRecord(line)
			require.NoError(t, err)
			require.Equal(t, body, string(r.Body))
		})
	}
}

func TestRecord(t *testing.T) {
	t.Run("white space between tokens goes, in strings it stays", func(t *testing.T) {
		line, err := AppendRecord([]byte("before\n"), Record{Kind: "k", ID: "i", Key: "E<E-1", Parent: "p", FetchedAt: at(), Body: json.RawMessage(" {\r\n\t\"a b\" : [ 1 , \"c  d\" ] } \n")})
		require.NoError(t, err)
		require.Equal(t, "before\n"+`{"kind":"k","id":"i","key":"E<E-1","parent":"p","fetchedAt":"2026-11-23T02:16:58.12Z","body":{"a b":[1,"c  d"]}}`+"\n", string(line))
	})
	t.Run("what is not a record is refused, without its content", func(t *testing.T) {
		for name, r := range map[string]Record{
			"no body": {Kind: "k", ID: "i"}, "half a body": {Kind: "k", ID: "i", Body: json.RawMessage(`{"secret":`)},
			"two bodies": {Kind: "k", ID: "i", Body: json.RawMessage(`1 2`)}, "newline in a string": {Kind: "k", ID: "i", Body: json.RawMessage("\"secret\n\"")},
			"no kind": {ID: "i", Body: json.RawMessage(`1`)}, "no id": {Kind: "k", Body: json.RawMessage(`1`)},
			"id not UTF-8": {Kind: "k", ID: "\xff", Body: json.RawMessage(`1`)}, "nonsense": {Kind: "k", ID: "i", Body: json.RawMessage(`secret`)},
			"too deep": {Kind: "k", ID: "i", Body: json.RawMessage(strings.Repeat("[", 10001) + strings.Repeat("]", 10001))},
		} {
			dst := []byte("before\n")
			got, err := AppendRecord(dst, r)
			require.ErrorIs(t, err, ErrRecord, name)
			require.Equal(t, "before\n", string(got), name)
			require.NotContains(t, err.Error(), "secret", name)
		}
	})
	t.Run("members that are not known are ignored", func(t *testing.T) {
		r, err := DecodeRecord([]byte(`{"kind":"k","id":"i","new":{},"fetchedAt":"2026-11-23T02:16:58Z","body":1}`))
		require.NoError(t, err)
		require.Equal(t, "1", string(r.Body))
	})
	t.Run("a line that is no record is refused, without its content", func(t *testing.T) {
		for _, line := range []string{"", "secret", `{"kind":"k","id":"i"}`, `{"id":"i","body":1}`, `[]`, `{"kind":"k","id":1,"body":"secret"}`, `{"kind":"k","id":"i","body":1}x`,
			`{"kind":"k","id":"i","fetchedAt":"secret","body":1}`} {
			_, err := DecodeRecord([]byte(line))
			require.ErrorIs(t, err, ErrRecord, line)
			require.NotContains(t, err.Error(), "secret")
		}
	})
}

func TestRecordsOfRealResponsesAreKeptTokenForToken(t *testing.T) {
	dir := filepath.Join(sharedtest.Dir(t), "fixtures")
	n := 0
	for _, name := range []string{"jira-issues", "jira-changelogs", "jira-worklogs", "jira-remotelinks", "jira-projects", "jira-users", "jira-statuses", "jira-sprints", "jira-issuetypes"} {
		data, err := os.ReadFile(filepath.Join(dir, name+".ndjson"))
		require.NoError(t, err)
		for s := bufio.NewReader(bytes.NewReader(data)); ; {
			text, err := s.ReadBytes('\n')
			if len(text) == 0 {
				break
			}
			require.NoError(t, err)
			var fixture struct {
				Body json.RawMessage `json:"body"`
			}
			require.NoError(t, json.Unmarshal(text, &fixture))
			line, err := AppendRecord(nil, Record{Kind: name, ID: "1", FetchedAt: at(), Body: fixture.Body})
			require.NoError(t, err)
			r, err := DecodeRecord(line)
			require.NoError(t, err)
			require.Equal(t, tokens(t, fixture.Body), tokens(t, r.Body))
			n++
		}
	}
	require.Greater(t, n, 500)
}

// tokens splits JSON at its white space and punctuation, outside of strings,
// without decoding anything: the judge of AppendRecord shares no code with it.
func tokens(t *testing.T, text []byte) []string {
	t.Helper()
	var out []string
	for i := 0; i < len(text); {
		switch c := text[i]; {
		case c == ' ' || c == '\n' || c == '\r' || c == '\t':
			i++
		case strings.IndexByte("{}[]:,", c) >= 0:
			out = append(out, string(c))
			i++
		case c == '"':
			j := i + 1
			for text[j] != '"' {
				if text[j] == '\\' {
					j++
				}
				j++
			}
			out = append(out, string(text[i:j+1]))
			i = j + 1
		default:
			j := i
			for j < len(text) && strings.IndexByte(" \n\r\t{}[]:,\"", text[j]) < 0 {
				j++
			}
			out = append(out, string(text[i:j]))
			i = j
		}
	}
	return out
}

func FuzzAppendRecord(f *testing.F) {
	for _, body := range oddBodies() {
		if len(body) < 1000 {
			f.Add("issue", "1", "EE-1", "", []byte(body))
		}
	}
	f.Add("<&>", "\u2028", "\"", "\\", []byte(" [ ] "))
	f.Fuzz(func(t *testing.T, kind, id, key, parent string, body []byte) {
		in := Record{Kind: kind, ID: id, Key: key, Parent: parent, FetchedAt: at(), Body: body}
		line, err := AppendRecord(nil, in)
		if err != nil {
			require.ErrorIs(t, err, ErrRecord)
			return
		}
		require.Equal(t, len(line)-1, bytes.IndexByte(line, '\n'), "one line")
		out, err := DecodeRecord(line)
		require.NoError(t, err)
		require.Equal(t, tokens(t, body), tokens(t, out.Body))
		in.Body, out.Body = nil, nil
		require.Equal(t, in, out)
	})
}

func TestDecodeRecordIsUnmarshal(t *testing.T) {
	for _, line := range []string{
		`{"kind":"k","id":"i","fetchedAt":"2026-11-23T02:16:58Z","body":{"a":1}}`,
		`{"kind":"k","id":"i","body": {"a":1} }`,
		`{"body":{"a":1},"kind":"k","id":"i"}`,
		`{"kind":"k","id":"i","body":1,"key":"after"}`,
		`{"kind":"k","new":{"x":1,"body":2},"id":"i","body":3}`,
		`{"kind":"k","new":[1,"body"],"id":"i","body":3}`,
		`{"kind":"a,\"body\":1}","id":"i","body":3}`,
		`{"kind":"k","id":"i","body":1,"body":2}`,
		`{"kind":"k","id":"i","Body":1,"body":2}`,
		`{"kind":"k","id":"i","body":2,"Body":1}`,
		`{"kind":"k","id":"i","body":null}`,
		`{"kind":"k","id":"i","x":{"a":1,"body":{}}}`,
		`{"kind":"k","id":"i","body":}`,
		`{"kind":"k","id":"i","body":1}}`,
		`{"kind":"k","id":"i","body":1`,
		`{"kind":"k","id":"i",,"body":1}`,
		`[{"kind":"k","id":"i","body":1}]`,
		`"{,\"body\":1}"`,
		`,"body":1}`,
	} {
		var want Record
		wrong := json.Unmarshal([]byte(line), &want) != nil || want.Kind == "" || want.ID == "" || len(want.Body) == 0
		got, err := DecodeRecord([]byte(line))
		require.Equal(t, wrong, err != nil, line)
		if !wrong {
			require.Equal(t, want, got, line)
		}
	}
}

func FuzzDecodeRecord(f *testing.F) {
	for _, body := range oddBodies() {
		if len(body) < 1000 {
			f.Add([]byte(`{"kind":"k","id":"i","fetchedAt":"2026-11-23T02:16:58Z","body":` + body + `}`))
		}
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		var want Record
		wrong := json.Unmarshal(line, &want) != nil || want.Kind == "" || want.ID == "" || len(want.Body) == 0
		got, err := DecodeRecord(line)
		require.Equal(t, wrong, err != nil)
		if !wrong {
			require.Equal(t, want, got)
		}
	})
}
