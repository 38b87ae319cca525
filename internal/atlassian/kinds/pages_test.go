package kinds

import (
	"context"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"holdfast/internal/atlassian"
)

// entries reads a list of an owner and returns its ids.
func entries(t testing.TB, r *Reader, row Row, of Owner) (ids []string, out Outcome, err error) {
	t.Helper()
	out, err = r.Pages(t.Context(), row, of, func(p Page) error {
		require.False(t, p.At.IsZero())
		for _, e := range p.Entries {
			ids = append(ids, e.ID)
		}
		return nil
	})
	return ids, out, err
}

func TestAListWithCursorsIsAskedForByLimitAndCursorAlone(t *testing.T) {
	row := ofPage("label", Cursor, "/pages/{id}/labels").In("results", 250).Ask("sort", "id")
	s := newSite(t, map[string]string{
		"/pages/1/labels?limit=250&sort=id":                `{"results":[{"id":"a"}],"_links":{"next":"/wiki/api/v2/pages/1/labels?limit=1&cursor=x%3D%3D&sort=y","base":"https://elsewhere.example/wiki"}}`,
		"/pages/1/labels?cursor=x%3D%3D&limit=250&sort=id": `{"results":[],"_links":{"next":"/x?cursor=z"}}`,
		"/pages/1/labels?cursor=z&limit=250&sort=id":       `{"results":[{"id":"b"}],"_links":{}}`,
	})
	ids, out, err := entries(t, s.reader(row), row, Owner{ID: "1"})
	require.NoError(t, err)
	require.Zero(t, out)
	require.Equal(t, []string{"a", "b"}, ids)
	require.Len(t, s.asked, 3)

	s.replies["/pages/1/labels?cursor=z&limit=250&sort=id"] = `{"results":[],"_links":{"next":"/x?cursor=z"}}`
	_, _, err = entries(t, s.reader(row), row, Owner{ID: "1"})
	require.Equal(t, atlassian.ClassProtocol, atlassian.ClassOf(err), "a cursor that comes again")
}

func TestAListOfTheFirstAPIIsAskedForByStartAndLimit(t *testing.T) {
	row := ofSite("group", V1, "/rest/api/group").In("results", 200).By("accountId")
	s := newSite(t, map[string]string{
		"/rest/api/group?limit=200&start=0": `{"results":[{"accountId":"a"},{"accountId":"b"}],"_links":{"next":"/rest/api/group?start=200"}}`,
		"/rest/api/group?limit=200&start=2": `{"results":[{"accountId":"c"}],"_links":{}}`,
	})
	ids, out, err := entries(t, s.reader(row), row, Owner{})
	require.NoError(t, err)
	require.Zero(t, out)
	require.Equal(t, []string{"a", "b", "c"}, ids)
	row.PageSize = 0
	s.replies["/rest/api/group?start=0"] = `{"results":[]}`
	ids, _, err = entries(t, s.reader(row), row, Owner{})
	require.NoError(t, err, "a limit of 0 would be a page that links to itself")
	require.Empty(t, ids)
}

func TestAListThatDoesNotAddUpIsNotWhole(t *testing.T) {
	row := ofSite("group", V1, "/g")
	s := newSite(t, nil)
	s.on["/g"] = func(w http.ResponseWriter, _ *http.Request) {
		reply(w, 200, `{"results":[{"id":"a"}],"_links":{"next":"/g?start=1"}}`)
	}
	ids, out, err := entries(t, s.reader(row), row, Owner{})
	require.NoError(t, err)
	require.Equal(t, []string{"a"}, ids)
	require.Equal(t, NotWhole, out.Reason)
}

func TestTheOwnersKeyGoesWhereTheRowSaysSo(t *testing.T) {
	label := ofSpace("label", Array, "/space/{spaceKey}/label")
	theme := ofSpace("look", One, "/settings/look").By()
	theme.OwnerAs = "spaceKey"
	plain := ofSpace("property", Array, "/spaces/{id}/properties")
	label.OwnerKey, theme.OwnerKey = true, true
	s := newSite(t, map[string]string{
		"/spaces/7": `{"id":"7","key":"~1:a"}`, "/space/~1:a/label": `[{"id":"l"}]`, "/settings/look?spaceKey=~1%3Aa": `{}`, "/settings/look?spaceKey=~1:a": `{}`,
		"/spaces/7/properties": `[{"id":"p"}]`,
	})
	var got []string
	w := s.reader(spaceRow, label, theme, plain).Walk(space, recorded(&got))
	readable, err := w.Container(t.Context(), spaceRow)
	require.NoError(t, err)
	require.True(t, readable)
	require.Empty(t, w.Problems())
	require.Equal(t, []string{"space 7 ", "label l 7", "look 7 7", "property p 7"}, got)
}

func TestANumberInTheOwnerSaysWhetherThereIsAnythingToAskFor(t *testing.T) {
	row := ofPage("version", Array, "/pages/{id}/versions")
	row.Number, row.Above = []string{"version", "number"}, 1
	for body, want := range map[string]bool{
		`{"version":{"number":1}}`: false, `{"version":{"number":2}}`: true, `{"version":{"number":0}}`: false, `{"version":{}}`: false,
		`{"version":{"number":null}}`: false, `{}`: false, `{"version":{"number":1.0}}`: true,
	} {
		require.Equal(t, want, row.Asked([]byte(body)), body)
		s := newSite(t, map[string]string{"/pages/1/versions": `[{"id":"v"}]`})
		got, w := walkPage(t, s.reader(pageRow, row), body)
		require.Empty(t, w.Problems())
		require.Equal(t, want, len(got) == 2, body)
		require.Equal(t, want, len(s.asked) == 1, body)
	}
	row.Above = 0
	require.True(t, row.Asked([]byte(`{"version":{"number":1}}`)))
	row.Number = nil
	require.True(t, row.Asked(nil), "without a number every owner is asked")
}

func TestAListThatCameWithItsOwnerIsAskedForOnlyWhereItIsNotWhole(t *testing.T) {
	row := ofPage("label", Cursor, "/pages/{id}/labels").By("accountId")
	row.Embedded, row.List = []string{"labels"}, "results"
	s := newSite(t, map[string]string{"/pages/1/labels": `{"results":[{"accountId":"asked"}]}`})
	for body, want := range map[string]string{
		`{"labels":{"results":[{"accountId":"a"}],"meta":{"hasMore":false}}}`:              "a",
		`{"labels":{"results":[],"meta":{"hasMore":false}}}`:                               "",
		`{"labels":{"results":[{"accountId":"a"}],"meta":{"hasMore":true,"cursor":"x"}}}`:  "asked",
		`{"labels":{"results":[{"accountId":"a"}],"meta":{}}}`:                             "asked",
		`{"labels":{"results":[{"accountId":"a"}],"meta":{"hasMore":"false"}}}`:            "asked",
		`{"labels":{"results":7,"meta":{"hasMore":false}}}`:                                "asked",
		`{"labels":{"meta":{"hasMore":false}}}`:                                            "asked",
		`{}`:                                                                               "asked",
		`{"labels":{"results":[{"accountId":"a"}],"total":1}}`:                             "a",
		`{"labels":{"results":[{"accountId":"a"}],"total":2,"meta":{"hasMore":false}}}`:    "asked",
		`{"labels":{"results":[{"accountId":"a"},{"accountId":"a"}],"total":2}}`:           "asked",
		`{"labels":{"results":[{"accountId":"a"}],"total":null,"meta":{"hasMore":false}}}`: "a",
	} {
		got, w := walkPage(t, s.reader(pageRow, row), body)
		require.Empty(t, w.Problems(), body)
		expected := []string{"page 1 7"}
		if want != "" {
			expected = append(expected, "label "+want+" 1")
		}
		require.Equal(t, expected, got, body)
	}
	_, w := walkPage(t, s.reader(pageRow, row), `{"labels":{"results":[{"id":"x"}],"meta":{"hasMore":false}}}`)
	require.Len(t, w.Problems(), 1)
	require.Contains(t, w.Problems()[0].Reason, "no id")
}

func TestARowMayReadItsListByItself(t *testing.T) {
	row := ofPage("file", "", "/pages/{id}/files")
	own := atlassian.NewError(atlassian.ClassForbidden, 403, "GET /files", "")
	failed := false
	row.Read = func(ctx context.Context, r *Reader, of Owner, yield func(Page) error) (Outcome, error) {
		if failed {
			return Outcome{}, own
		}
		reply, err := r.Client.Do(ctx, atlassian.Request{Route: "GET /elsewhere/{id}", Path: of.Path(1)})
		if err != nil {
			return Outcome{}, err
		}
		return Outcome{Reason: "cut", Note: "noted"}, yield(Page{[]atlassian.Entry{{ID: "f", Body: reply.Body}}, Now()})
	}
	s := newSite(t, map[string]string{"/elsewhere/1": `{}`})
	got, w := walkPage(t, s.reader(pageRow, row), `{}`)
	require.Equal(t, []string{"page 1 7", "file f 1"}, got)
	require.Equal(t, []atlassian.Problem{
		{Kind: "file", ID: "file", Note: true, Reason: "noted"}, {Kind: "file", ID: "1", Container: "ENG", Reason: "cut"},
	}, w.Problems())
	failed = true
	_, w = walkPage(t, s.reader(pageRow, row), `{}`)
	require.Len(t, w.Problems(), 1)
	require.True(t, w.Problems()[0].Denied)
}
