package jira

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"holdfast/internal/restore"
)

func TestPreferencesOfGadgetsNameWhatTheDestinationHas(t *testing.T) {
	t.Parallel()
	f := restore.OpenFolder(nil, "x")
	ids, err := f.IDs(t.Context())
	require.NoError(t, err)
	for _, ref := range []restore.Ref{{Kind: kindFilter, From: "1", ID: "901"}, {Kind: kindProject, From: "2", ID: "902"}, {Kind: kindBoard, From: "3", ID: "903"}, {Kind: kindSprint, From: "4", ID: "904"}} {
		ids.Put(ref)
	}
	m := restore.NewMapping()
	m.Put(restore.Mapped{Kind: kindField, ID: "customfield_5", To: "customfield_905"})
	m.Put(restore.Mapped{Kind: kindUser, ID: "557058:a", To: "557058:b"})
	p := preferences{ctx: t.Context(), plan: plan(), mapping: m, ids: ids}
	for name, c := range map[string]struct {
		from, to string
		lost     bool
	}{
		"a filter as gadgets name it":   {`{"filterId":"filter-1","n":1.0E+1}`, `{"filterId":"filter-901","n":1.0E+1}`, false},
		"a filter by its number":        {`{"filterId":1}`, `{"filterId":901}`, false},
		"a project or a filter":         {`{"projectOrFilterId":"project-2"}`, `{"projectOrFilterId":"project-902"}`, false},
		"boards and sprints":            {`{"rapidViewId":"3","sprintId":["4"]}`, `{"rapidViewId":"903","sprintId":["904"]}`, false},
		"a custom field":                {`{"statType":"customfield_5"}`, `{"statType":"customfield_905"}`, false},
		"a custom field in JQL":         {`{"jql":"cf[5] = 1"}`, `{"jql":"cf[905] = 1"}`, false},
		"a user":                        {`{"users":["557058:a"]}`, `{"users":["557058:b"]}`, false},
		"a number that names nothing":   {`{"refresh":1,"num":"1"}`, `{"refresh":1,"num":"1"}`, false},
		"a filter that is not restored": {`{"filterId":"filter-7"}`, `{"filterId":"filter-7"}`, true},
		"a field that is not there":     {`{"statType":"customfield_7"}`, `{"statType":"customfield_7"}`, true},
		"a text":                        {`"filter-1 & <b>"`, `"filter-1 & <b>"`, false},
	} {
		t.Run(name, func(t *testing.T) {
			got, lost, err := p.translate(json.RawMessage(c.from))
			require.NoError(t, err)
			require.JSONEq(t, c.to, string(got))
			require.Equal(t, c.lost, lost)
		})
	}
	got, _, err := p.translate(json.RawMessage(`{"n":1.0E+1}`))
	require.NoError(t, err)
	require.Equal(t, `{"n":1.0E+1}`, string(got), "numbers stay as they are written")
}
