package atlassian

import (
	"encoding/json"
	"iter"
)

// Users yields the users that appear anywhere in a JSON value, as they were
// sent, an inner one before one that holds it. A user is an object with a
// non-empty accountId and an accountType or displayName.
func Users(raw json.RawMessage) iter.Seq2[string, json.RawMessage] {
	return func(yield func(accountID string, user json.RawMessage) bool) {
		var stack []frame
		for i := 0; i < len(raw); {
			switch raw[i] {
			case '{', '[':
				stack = append(stack, frame{start: i})
			case '}', ']':
				if len(stack) == 0 {
					return
				}
				f := stack[len(stack)-1]
				stack = stack[:len(stack)-1]
				if f.account != "" && f.named && !yield(f.account, raw[f.start:i+1]) {
					return
				}
			case '"':
				end := skipString(raw, i)
				colon := skipSpace(raw, end)
				if colon < len(raw) && raw[colon] == ':' && len(stack) > 0 {
					stack[len(stack)-1].member(raw, raw[i:end], skipSpace(raw, colon+1))
				}
				i = end
				continue
			}
			i++
		}
	}
}

// frame is an object or array that is still open.
type frame struct {
	start   int
	account string
	named   bool
}

// member notes what a member of the object says about a user.
func (f *frame) member(raw, name []byte, value int) {
	switch unquote(name) {
	case "accountId":
		f.account = ""
		if value < len(raw) && raw[value] == '"' {
			f.account = unquote(raw[value:skipString(raw, value)])
		}
	case "accountType", "displayName":
		f.named = true
	}
}
