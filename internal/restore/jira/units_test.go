package jira

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"holdfast/internal/restore"
)

func plan() *restore.Plan {
	return &restore.Plan{Source: "https://acme.atlassian.net", Spec: restore.Spec{
		ID: "r1", Site: "https://other.atlassian.net", Selection: restore.Selection{As: map[string]string{"EE": "EF"}}},
		Containers: []restore.PlanContainer{{ID: "1", Key: "EE", As: "EF"}, {ID: "2", Key: "FF", As: "FF"}, {ID: "3", Key: "SKIP", Skip: "taken"}}}
}

func TestDocumentsNameWhatTheDestinationHas(t *testing.T) {
	t.Parallel()
	doc := func(nodes string) json.RawMessage {
		return json.RawMessage(`{"type":"doc","version":1,"content":[` + nodes + `]}`)
	}
	media := `{"type":"mediaSingle","attrs":{"layout":"center"},"content":[{"type":"media","attrs":{"id":"old","type":"file","collection":"c","alt":"a.png","width":1.0}}]}`
	for name, c := range map[string]struct {
		in, out string
		flaws   []string
		files   map[string]string // nil: they are not there yet
		media   bool
	}{
		"a mention": {in: `{"type":"mention","attrs":{"id":"u1","text":"@A"}}`, out: `{"type":"mention","attrs":{"id":"v1","text":"@A"}}`},
		"a mention of somebody who is not there": {
			in: `{"type":"mention","attrs":{"id":"u2","text":"@B"}}`, out: `{"type":"text","text":"@B"}`, flaws: []string{flawMention}},
		"an address of an issue whose project has another key": {
			in:  `{"type":"inlineCard","attrs":{"url":"https://acme.atlassian.net/browse/EE-12?focusedId=1"}}`,
			out: `{"type":"inlineCard","attrs":{"url":"https://other.atlassian.net/browse/EF-12?focusedId=1"}}`},
		"an address of a project that is skipped": {
			in:  `{"type":"inlineCard","attrs":{"url":"https://acme.atlassian.net/browse/SKIP-1"}}`,
			out: `{"type":"inlineCard","attrs":{"url":"https://acme.atlassian.net/browse/SKIP-1"}}`},
		"a link in a mark": {
			in:  `{"type":"text","text":"x","marks":[{"type":"link","attrs":{"href":"https://acme.atlassian.net/browse/FF"}}]}`,
			out: `{"type":"text","text":"x","marks":[{"type":"link","attrs":{"href":"https://other.atlassian.net/browse/FF"}}]}`},
		"a picture": {in: media, media: true, files: map[string]string{"a.png": "new"},
			out: `{"type":"mediaSingle","attrs":{"layout":"center"},"content":[{"type":"media","attrs":{"id":"new","type":"file","collection":"","alt":"a.png","width":1.0}}]}`},
		"a picture before its file is there": {in: media, media: true, out: `{"type":"paragraph","content":[{"type":"text","text":"[a.png]"}]}`},
		"a picture whose file is missing": {in: media, media: true, files: map[string]string{}, flaws: []string{flawMedia},
			out: `{"type":"paragraph","content":[{"type":"text","text":"[a.png]"}]}`},
		"a picture of another site": {in: `{"type":"media","attrs":{"type":"external","url":"https://x.example/a.png"}}`,
			out: `{"type":"media","attrs":{"type":"external","url":"https://x.example/a.png"}}`},
		"all else, digit by digit": {in: `{"type":"table","attrs":{"width":1e2},"content":[{"type":"text","text":"<&>"}]}`, out: `{"type":"table","attrs":{"width":1e2},"content":[{"type":"text","text":"<&>"}]}`},
	} {
		t.Run(name, func(t *testing.T) {
			d := &document{plan: plan(), mapping: restore.NewMapping(), user: func(id string) string { return map[string]string{"u1": "v1"}[id] }}
			if c.files != nil {
				d.file = func(name string) (string, bool) { id, ok := c.files[name]; return id, ok }
			}
			require.JSONEq(t, string(doc(c.out)), string(d.remap(doc(c.in))))
			require.Equal(t, c.flaws, d.reasons)
			require.Equal(t, c.media, d.media)
		})
	}
	d := &document{plan: plan(), mapping: restore.NewMapping()}
	require.Equal(t, "null", string(d.remap(json.RawMessage("null"))))
	require.JSONEq(t, `{"type":"doc","version":1,"content":[{"type":"paragraph","content":[{"type":"text","text":"a"}]},{"type":"paragraph"},{"type":"paragraph","content":[{"type":"text","text":"b"}]}]}`,
		string(d.remap(json.RawMessage(`"a\r\n\nb"`))), "a text of lines")
}

func TestT6APanelSaysWhoWroteIt(t *testing.T) {
	t.Parallel()
	o := restore.Origin{Site: "https://acme.atlassian.net", Author: "u1", AuthorName: "Ada", Created: "2020-06-28T20:45:15.819+0800", Updated: "2020-06-29T20:45:15.819+0800"}
	with := underPanel(o, json.RawMessage(`{"type":"doc","version":1,"content":[{"type":"rule"}]}`))
	require.JSONEq(t, `{"type":"doc","version":1,"content":[{"type":"panel","attrs":{"panelType":"info"},"content":[{"type":"paragraph","content":[{"type":"text",
		"text":"Restored by holdfast from https://acme.atlassian.net: written by Ada on 2020-06-28 12:45 UTC, last changed on 2020-06-29 12:45 UTC"}]}]},{"type":"rule"}]}`, string(with))
	got, err := (&comparing{job: &restore.Job{Plan: plan(), Mapping: restore.NewMapping()}}).adfGot(with)
	require.NoError(t, err)
	require.JSONEq(t, `{"type":"doc","version":1,"content":[{"type":"rule"}]}`, string(got), "what compares takes it for a panel")
}

func TestTheShortestWayToAStatus(t *testing.T) {
	t.Parallel()
	known := func(edges map[string][]string) *ways {
		w := newWays(nil, "1")
		for from, tos := range edges {
			w.known[[2]string{"task", from}] = []way{}
			for _, to := range tos {
				w.known[[2]string{"task", from}] = append(w.known[[2]string{"task", from}], way{id: from + to, to: to})
			}
		}
		return w
	}
	for name, c := range map[string]struct {
		edges  map[string][]string
		closed []string
		next   string // id of the transition; empty where there is no way
	}{
		"the direct one":                       {map[string][]string{"a": {"b", "z"}, "b": {"z"}}, nil, "az"},
		"two hops":                             {map[string][]string{"a": {"b", "c"}, "b": {"d"}, "c": {"z"}, "d": {"z"}}, nil, "ac"},
		"around what is closed":                {map[string][]string{"a": {"b", "z"}, "b": {"z"}}, []string{"a\x00az"}, "ab"},
		"to the nearest that is not known yet": {map[string][]string{"a": {"b", "c"}, "b": {"a"}}, nil, "ac"},
		"none":                                 {map[string][]string{"a": {"b"}, "b": {"a"}}, nil, ""},
		"none where all is closed":             {map[string][]string{"a": {"z"}}, []string{"a\x00az"}, ""},
	} {
		closed := map[string]bool{}
		for _, edge := range c.closed {
			closed[edge] = true
		}
		way, ok := known(c.edges).next("task", "a", "z", closed)
		require.Equal(t, c.next != "", ok, name)
		require.Equal(t, c.next, way.id, name)
	}
}

func TestConfigurationIsMatchedByFileThenIDAndNameThenName(t *testing.T) {
	t.Parallel()
	k := configKind{kind: "priority", effect: "lost"}
	there := []thing{{ID: "1", Name: "High"}, {ID: "2", Name: "Low"}, {ID: "3", Name: "Low", Scope: "10"}, {ID: "4", Name: "Other", Type: "select"}}
	for name, c := range map[string]struct {
		given map[string]string
		from  thing
		to    string
		how   restore.How
	}{
		"same id and name":                   {nil, thing{ID: "1", Name: "High"}, "1", restore.ByID},
		"same name":                          {nil, thing{ID: "9", Name: "High"}, "1", restore.ByName},
		"same id alone is another thing":     {nil, thing{ID: "1", Name: "Low"}, "2", restore.ByName},
		"same name, the site's first":        {nil, thing{ID: "9", Name: "Low"}, "2", restore.ByName},
		"same name of another type":          {nil, thing{ID: "9", Name: "Other", Type: "text"}, "", restore.ByNothing},
		"the file, by id":                    {map[string]string{"1": "2"}, thing{ID: "1", Name: "High"}, "2", restore.ByFile},
		"the file, by name":                  {map[string]string{"High": "Low"}, thing{ID: "1", Name: "High"}, "2", restore.ByFile},
		"the file names what is not there":   {map[string]string{"High": "Lost"}, thing{ID: "1", Name: "High"}, "", restore.ByNothing},
		"none":                               {nil, thing{ID: "9", Name: "None"}, "", restore.ByNothing},
		"a name that another thing has here": {nil, thing{ID: "2", Name: "High"}, "1", restore.ByName},
	} {
		row := newMatcher(k, there, c.given).match(c.from)
		require.Equal(t, c.to, row.To, name)
		require.Equal(t, c.how, row.How, name)
		require.Equal(t, c.to == "", row.Effect != "", name)
	}
}

func TestJQLOfAFilterNamesWhatTheDestinationHas(t *testing.T) {
	t.Parallel()
	m := restore.NewMapping()
	m.Put(restore.Mapped{Kind: kindField, ID: "customfield_10001", To: "customfield_20001"})
	for in, want := range map[string]string{
		`project = EE ORDER BY Rank ASC`:         `project = EF ORDER BY Rank ASC`,
		`project in ("EE", FF) AND key != EE-12`: `project in ("EF", FF) AND key != EF-12`,
		`cf[10001] = 1 AND cf[10002] = EEE`:      `cf[20001] = 1 AND cf[10002] = EEE`,
		`text ~ "about EE and more"`:             `text ~ "about EE and more"`,
	} {
		require.Equal(t, want, jqlFor(plan(), m, in))
	}
}

func TestWhereAnIssueIsAmongThoseOfItsProject(t *testing.T) {
	t.Parallel()
	s := &selected{plan: &restore.PlanContainer{Key: "EE"}, issues: []issueAt{
		{id: "a", number: 2, subtask: true, parent: "c"}, {id: "b", number: 3}, {id: "c", number: 7}, {id: "d", number: 8, subtask: true, parent: "e"}, {id: "e", number: 9}}}
	var got []place
	for _, p := range s.positions(func(issueAt) bool { return true }) {
		require.Equal(t, p.Extra, placeOf(p).String())
		got = append(got, placeOf(p))
	}
	require.Equal(t, []place{{0, 9, ""}, {2, 9, ""}, {3, 9, ""}, {7, 9, "b"}, {8, 9, ""}}, got)
}

// TestT6TheTableAndTheRulesOfCompareSayTheSame holds the table of what the API can
// write against the kinds that are captured and the rules by which a restore is compared.
func TestT6TheTableAndTheRulesOfCompareSayTheSame(t *testing.T) {
	t.Parallel()
	c := &comparing{job: &restore.Job{Plan: plan(), Mapping: restore.NewMapping()}}
	for _, k := range table() {
		limits := map[string]bool{}
		for _, f := range k.fields {
			limits[f.path] = f.how == unwritable
		}
		for _, l := range restore.NewComparison(k.kind, c.rules(k.kind)).Limits() {
			if k.kind == kindVersion || k.kind == kindComponent || k.kind == kindSprint {
				continue // theirs are mapped here, and not compared there
			}
			require.True(t, limits[l.Field], "%s %s is excused by Compare, and the table says that it is written", l.Kind, l.Field)
		}
	}
}

func TestEstimatesAreInMinutes(t *testing.T) {
	t.Parallel()
	require.Equal(t, map[string]string{"originalEstimate": "90m", "remainingEstimate": "1w"},
		tracking(json.RawMessage(`{"originalEstimate":"1h 30m","originalEstimateSeconds":5400,"remainingEstimate":"1w","timeSpent":"3h"}`)))
	require.Nil(t, tracking(json.RawMessage(`{"timeSpent":"3h"}`)))
}

func TestListsOfIssuesBecomeOneOrder(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		lists [][]string
		want  []string
	}{
		"none":                       {nil, []string{}},
		"one":                        {[][]string{{"c", "a", "b"}}, []string{"c", "a", "b"}},
		"one before the other":       {[][]string{{"b", "c"}, {"a", "b"}}, []string{"a", "b", "c"}},
		"two that share":             {[][]string{{"1", "2", "3"}, {"0", "2"}}, []string{"1", "0", "2", "3"}},
		"those that contradict":      {[][]string{{"a", "b"}, {"b", "a"}}, []string{"a", "b"}},
		"a list with a repeated one": {[][]string{{"a", "b"}, {"a", "b"}}, []string{"a", "b"}},
	} {
		require.Equal(t, c.want, merged(c.lists), name)
	}
}

func TestIssuesThatGetNewNumbersAreStillFoundWhereTheyWere(t *testing.T) {
	t.Parallel()
	m := restore.NewMapping()
	require.Equal(t, "https://other.atlassian.net/browse/FF-7", address(plan(), m, "https://acme.atlassian.net/browse/FF-7"))
	m.Put(restore.Mapped{Kind: kindKeys, ID: "FF"})
	require.Equal(t, "https://acme.atlassian.net/browse/FF-7", address(plan(), m, "https://acme.atlassian.net/browse/FF-7"))
	require.Equal(t, "https://other.atlassian.net/browse/FF", address(plan(), m, "https://acme.atlassian.net/browse/FF"))
}
