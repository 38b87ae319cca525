package atlassian

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const awkward = ` { "id" : "1" , "n":1.0E+2,"big":1e400,"long":12345678901234567890123,"s":"a\"}]\\<&>` + "\u2028" + `\u2028",
 "o":{"id":"2","a":[1,{"x":[]},"]"]},"e":{},"z":[ ],"id":"3","t":true,"null":null } `

func TestMembersAreTheBytesThatWereSent(t *testing.T) {
	require.True(t, json.Valid([]byte(awkward)))
	var got []string
	for name, value := range Members(json.RawMessage(awkward)) {
		got = append(got, name+"="+string(value))
	}
	require.Equal(t, []string{
		`id="1"`, `n=1.0E+2`, `big=1e400`, `long=12345678901234567890123`, `s="a\"}]\\<&>` + "\u2028" + `\u2028"`,
		`o={"id":"2","a":[1,{"x":[]},"]"]}`, `e={}`, `z=[ ]`, `id="3"`, `t=true`, `null=null`,
	}, got)
}

func TestOfRepeatedMembersTheLastCounts(t *testing.T) {
	require.Equal(t, `"3"`, string(Member(json.RawMessage(awkward), "id")))
	require.Equal(t, `{"x":[]}`, string(slices.Collect(Elements(Member(json.RawMessage(awkward), "o", "a")))[1]))
	require.Nil(t, Member(json.RawMessage(awkward), "ID"), "names are exact, unlike encoding/json's")
	require.Nil(t, Member(json.RawMessage(awkward), "id", "x"))
	require.Nil(t, Member(nil, "x"))
}

func TestText(t *testing.T) {
	for raw, want := range map[string]string{`"a\u00e9"`: "aé", ` 10042 `: "10042", `true`: "", `null`: "", `{}`: "", `[]`: "", ``: "", `-1`: "-1"} {
		require.Equal(t, want, Text(json.RawMessage(raw)), raw)
	}
}

func TestInt(t *testing.T) {
	for raw, ok := range map[string]bool{`5`: true, `5.0`: false, `1e400`: false, `"5"`: false, `null`: false, ``: false, `99999999999999999999`: false} {
		_, got := Int(json.RawMessage(raw))
		require.Equal(t, ok, got, raw)
	}
}

func TestUsersAreFoundWhereverTheyAre(t *testing.T) {
	raw := `{"author":{"accountId":"a1","displayName":"\u00c4 {","self":"x"},
		"mention":{"attrs":{"id":"m","accountId":"no name"}},
		"list":[{"accountType":"app","accountId":"b:2"},{"accountId":"","displayName":"deleted"},{"accountId":null,"displayName":"x"},
		{"accountId":7,"displayName":"x"},{"displayName":"no id"}],
		"text":"{\"accountId\":\"fake\",\"displayName\":\"x\"}",
		"outer":{"accountId":"o","n":1e400,"displayName":"o","inner":{"accountId":"i","accountType":"x"}},
		"twice":{"accountId":"first","accountId":"last","displayName":"x"}}`
	require.True(t, json.Valid([]byte(raw)))
	found := map[string]string{}
	for id, user := range Users(json.RawMessage(raw)) {
		found[id] = string(user)
	}
	require.Equal(t, []string{"a1", "b:2", "i", "last", "o"}, slices.Sorted(maps.Keys(found)))
	require.Equal(t, `{"accountId":"a1","displayName":"\u00c4 {","self":"x"}`, found["a1"])
	require.Equal(t, `{"accountId":"o","n":1e400,"displayName":"o","inner":{"accountId":"i","accountType":"x"}}`, found["o"])
}

func TestDeepNestingCostsNoStack(t *testing.T) {
	deep := strings.Repeat(`{"a":[`, 1_000_000) + strings.Repeat(`]}`, 1_000_000)
	n := 0
	for range Members(json.RawMessage(deep)) {
		n++
	}
	for range Users(json.RawMessage(deep)) {
		n++
	}
	require.Equal(t, 1, n)
}

// FuzzScan holds the scanner to encoding/json, and to not panicking on what is not JSON.
func FuzzScan(f *testing.F) {
	for _, s := range []string{awkward, `[1,"a",[],{}]`, `{"a":{"accountId":"x","displayName":"y"}}`, `{`, `{"a"`, `{"a":`, `["`, `"\`, `[1,]`, `{"a":1,}`, `{"a" 1}`, `[}`, "\"\xff\"", `[{]`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		members, elements := map[string]json.RawMessage{}, []json.RawMessage{}
		for name, value := range Members(data) {
			members[name] = value
		}
		for e := range Elements(data) {
			elements = append(elements, e)
		}
		for id, user := range Users(data) {
			if id == "" || len(user) == 0 {
				t.Fatal("an empty user")
			}
		}
		Text(data)
		Int(data)
		if !json.Valid(data) {
			return
		}
		var object map[string]json.RawMessage
		if IsObject(data) && json.Unmarshal(data, &object) == nil {
			if len(object) != len(members) {
				t.Fatalf("%q: %d members, encoding/json finds %d", data, len(members), len(object))
			}
			for name, value := range object {
				if !bytes.Equal(value, members[name]) {
					t.Fatalf("%q: member %q is %q, encoding/json finds %q", data, name, members[name], value)
				}
			}
		}
		var array []json.RawMessage
		if IsArray(data) && json.Unmarshal(data, &array) == nil {
			if !slices.EqualFunc(array, elements, func(a, b json.RawMessage) bool { return bytes.Equal(a, b) }) {
				t.Fatalf("%q: elements %q, encoding/json finds %q", data, elements, array)
			}
		}
	})
}
