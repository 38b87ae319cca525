package rawjson_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"holdfast/internal/samplesite/rawjson"
)

func TestObjectKeepsTokens(t *testing.T) {
	got := rawjson.Object("s", "<&>\u2028\"\\\n\t\r\x01é", "n", 5, "l", int64(-7), "f", 1.5, "b", true, "nil", nil,
		"raw", rawjson.Raw(`{"a":1.0E+2,"a":1e400}`), "list", []rawjson.Raw{rawjson.Raw("1"), rawjson.Raw("2")}, "texts", []string{"x", "y"},
		"members", []rawjson.Member{{Name: "k", Value: rawjson.Raw("0.10")}}, "absent", rawjson.Raw(nil))
	require.Equal(t, `{"s":"<&>`+"\u2028"+`\"\\\n\t\r\u0001é","n":5,"l":-7,"f":1.5,"b":true,"nil":null,`+
		`"raw":{"a":1.0E+2,"a":1e400},"list":[1,2],"texts":["x","y"],"members":{"k":0.10},"absent":null}`, string(got))
	require.True(t, json.Valid(got))
}

func TestSplitTakesApartWhatObjectPutTogether(t *testing.T) {
	text := rawjson.Raw(`{"b":1.0E+2,"a":{"x":[1,  2]},"b":"\u003c","":12345678901234567890123}`)
	m, err := rawjson.Split(text)
	require.NoError(t, err)
	require.Equal(t, string(text), string(rawjson.Members(m)))
	require.Equal(t, "1.0E+2", string(rawjson.Get(m, "b")), "the first of duplicates")
	require.Nil(t, rawjson.Get(m, "none"))
	for _, bad := range []string{``, `[]`, `{"a"`, `{"a":}`, `null`} {
		_, err := rawjson.Split([]byte(bad))
		require.Error(t, err, bad)
	}
	items, err := rawjson.Items(rawjson.Raw(`[1e400, {"a":1}]`))
	require.NoError(t, err)
	require.Equal(t, []rawjson.Raw{rawjson.Raw("1e400"), rawjson.Raw(`{"a":1}`)}, items)
}
