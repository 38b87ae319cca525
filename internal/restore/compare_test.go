package restore

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

// verdicts compares two records by the rules and returns what was said of each path.
func verdicts(t *testing.T, want, got string, rules Rules, excused func(string) bool) map[string]Verdict {
	t.Helper()
	d := NewDifferences()
	require.NoError(t, NewComparison("issue", rules).Compare(d, "1", json.RawMessage(want), json.RawMessage(got), excused))
	all := map[string]Verdict{}
	for _, f := range d.Compared().Fields {
		switch {
		case f.Different > 0:
			all[f.Path] = Different
		case f.Expected > 0:
			all[f.Path] = Expected
		case f.Unwritable > 0:
			all[f.Path] = Unwritable
		default:
			all[f.Path] = Equal
		}
	}
	return all
}

func TestCompareRecord(t *testing.T) {
	shout := func(v json.RawMessage) (json.RawMessage, error) {
		return json.RawMessage(`"` + string(v[1:len(v)-1]) + `!"`), nil
	}
	for name, c := range map[string]struct {
		want, got string
		rules     Rules
		excused   func(string) bool
		verdicts  map[string]Verdict
	}{
		"the same":                           {`{"a":1,"b":{"c":"x"}}`, `{"b":{"c":"x"},"a":1}`, nil, nil, map[string]Verdict{"a": Equal, "b.c": Equal}},
		"escapes and notations of numbers":   {`{"a":"\u00e9","n":1.0}`, `{"a":"é","n":1}`, nil, nil, map[string]Verdict{"a": Equal, "n": Equal}},
		"null is as good as none":            {`{"a":null,"b":1}`, `{"b":1,"c":null}`, nil, nil, map[string]Verdict{"b": Equal}},
		"a member that is missing":           {`{"a":1}`, `{}`, nil, nil, map[string]Verdict{"a": Different}},
		"a member that is too many":          {`{}`, `{"a":1}`, nil, nil, map[string]Verdict{"a": Different}},
		"another type":                       {`{"a":"1"}`, `{"a":1}`, nil, nil, map[string]Verdict{"a": Different}},
		"false is not null":                  {`{"a":false}`, `{}`, nil, nil, map[string]Verdict{"a": Different}},
		"an array of another length":         {`{"a":[1,2]}`, `{"a":[1]}`, nil, nil, map[string]Verdict{"a": Different}},
		"an array in another order":          {`{"a":[1,2]}`, `{"a":[2,1]}`, nil, nil, map[string]Verdict{"a[]": Different}},
		"an array whose order means nothing": {`{"a":[1,2]}`, `{"a":[2,1]}`, Rules{{Path: "a", By: "."}}, nil, map[string]Verdict{"a[]": Equal}},
		"an array of objects by a name": {`{"a":[{"n":"x","v":1},{"n":"y","v":2}]}`, `{"a":[{"n":"y","v":2},{"n":"x","v":3}]}`,
			Rules{{Path: "a", By: "n"}}, nil, map[string]Verdict{"a[].n": Equal, "a[].v": Different}},
		"what cannot be written": {`{"a":{"self":"x","v":1}}`, `{"a":{"self":"y","v":1}}`, Rules{{Path: "**.self", Unwritable: "made by the site"}}, nil,
			map[string]Verdict{"a.self": Unwritable, "a.v": Equal}},
		"entries of arrays":      {`{"a":[{"id":"1"}]}`, `{"a":[{"id":"2"}]}`, Rules{{Path: "a[].id", Unwritable: "made by the site"}}, nil, map[string]Verdict{"a[].id": Unwritable}},
		"any member":             {`{"a":{"x":{"id":"1"}}}`, `{"a":{"x":{"id":"2"}}}`, Rules{{Path: "a.*.id", Unwritable: "made by the site"}}, nil, map[string]Verdict{"a.x.id": Unwritable}},
		"what is translated":     {`{"a":"x"}`, `{"a":"x!"}`, Rules{{Path: "a", Want: shout}}, nil, map[string]Verdict{"a": Equal}},
		"what the restore added": {`{"a":"x!"}`, `{"a":"x"}`, Rules{{Path: "a", Got: shout}}, nil, map[string]Verdict{"a": Equal}},
		"a field as a whole":     {`{"a":{"b":[1,{"c":"x"}]}}`, `{"a":{"b":[1,{"c":"y"}]}}`, Rules{{Path: "a", Whole: true}}, nil, map[string]Verdict{"a": Different}},
		"a whole that is same":   {`{"a":{"b":[1,{"c":"x"}]}}`, `{"a":{"b":[1,{"c":"x","d":null}]}}`, Rules{{Path: "a", Whole: true}}, nil, map[string]Verdict{"a": Equal}},
		"what stands elsewhere":  {`{"a":1,"b":2}`, `{"a":2,"b":2}`, Rules{{Path: "a", Elsewhere: true}}, nil, map[string]Verdict{"b": Equal}},
		"what the report says": {`{"a":1,"b":1}`, `{"a":2,"b":2}`, nil, func(path string) bool { return path == "a" },
			map[string]Verdict{"a": Expected, "b": Different}},
	} {
		t.Run(name, func(t *testing.T) { require.Equal(t, c.verdicts, verdicts(t, c.want, c.got, c.rules, c.excused)) })
	}
}

func TestDifferencesAddUp(t *testing.T) {
	one := NewDifferences()
	one.Record("issue")
	one.Field("issue", "1", "summary", Equal)
	one.Field("issue", "1", "creator", Unwritable)
	one.Missing("comment", "7", Absent)
	one.Missing("comment", "8", Expected)
	two := NewDifferences()
	two.Record("issue")
	two.Field("issue", "2", "summary", Different)
	two.TooMany("comment", "9")
	sum := NewDifferences()
	sum.Add(one.Compared())
	sum.Add(two.Compared())
	c := sum.Compared()
	require.Equal(t, Score{Records: 4, Fields: 2, Equal: 1, Different: 1, Absent: 1, Surplus: 1, Expected: 1, Unwritable: 1}, c.Score())
	require.False(t, c.Score().Perfect())
	require.Equal(t, []Difference{
		{Kind: "comment", ID: "7", Verdict: Absent},
		{Kind: "issue", ID: "2", Path: "summary", Verdict: Different},
		{Kind: "comment", ID: "9", Verdict: Surplus},
	}, c.Rows)
	require.True(t, Score{Records: 1, Fields: 1, Equal: 1, Unwritable: 3, Expected: 2}.Perfect())
}
