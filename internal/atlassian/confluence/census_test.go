package confluence

import (
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holdfast/internal/atlassian"
)

const (
	spacePages = "/wiki/api/v2/spaces/100/pages"
	spaceBlogs = "/wiki/api/v2/spaces/100/blogposts"
)

func hit(id, kind string) string {
	return fmt.Sprintf(`{"content":{"id":%q,"type":%q},"title":"x"}`, id, kind)
}

func withID(ids ...string) []string {
	var all []string
	for _, id := range ids {
		all = append(all, fmt.Sprintf(`{"id":%q}`, id))
	}
	return all
}

func census(t *testing.T, c *Confluence) ([]string, *atlassian.Problem, error) {
	var all []string
	problem, err := c.Census(t.Context(), space, func(ids []string) error {
		require.NotEmpty(t, ids)
		all = append(all, ids...)
		return nil
	})
	return all, problem, err
}

func TestCensus(t *testing.T) {
	s := newWiki(t)
	s.list(spacePages, withID("98307", "131073", "9007199254740993", "9007199254740995", "9007199254740997")...)
	s.list(spaceBlogs, withID("98310", "98311")...)
	s.list(found, hit("98400", "page"), hit("131073", "page"), hit("98401", "blogpost"))
	ids, problem, err := census(t, s.confluence(Options{}))
	require.NoError(t, err)
	require.Nil(t, problem)
	require.Equal(t, []string{"98307", "131073", "9007199254740993", "9007199254740995", "9007199254740997", "98310", "98311", "98400", "98401"}, ids)
	for _, q := range s.queries(spacePages) {
		require.Equal(t, []string{"current", "archived", "trashed"}, q["status"])
		require.Equal(t, "id", q.Get("sort"))
	}
	require.Equal(t, []string{"current", "trashed"}, s.queries(spaceBlogs)[0]["status"])
	q := s.queries(found)[0]
	require.Equal(t, `space = "ENG" and type in (page, blogpost)`, q.Get("cql"))
	require.Equal(t, `{"contentStatuses":["draft"]}`, q.Get("cqlcontext"))
	require.Equal(t, "true", q.Get("includeArchivedSpaces"))

	stop := errors.New("full")
	_, err = s.confluence(Options{}).Census(t.Context(), space, func([]string) error { return stop })
	require.ErrorIs(t, err, stop)
}

func TestACensusSaysWhatItCouldNotList(t *testing.T) {
	for _, path := range []string{spacePages, spaceBlogs} {
		for _, code := range []int{403, 404} {
			s := newWiki(t)
			s.handle(path, status(code))
			_, problem, err := census(t, s.confluence(Options{}))
			require.NoError(t, err)
			require.Equal(t, *noPermission(space), *problem)
		}
	}
	s := newWiki(t)
	s.handle(found, status(400))
	_, problem, err := census(t, s.confluence(Options{}))
	require.NoError(t, err)
	require.Equal(t, *noPermission(space), *problem, "CQL calls a space that is not for us one that does not exist")
	s.set("/wiki/api/v2/spaces/100", `{"id":"100","key":"ENG"}`)
	_, problem, err = census(t, s.confluence(Options{}))
	require.NoError(t, err)
	require.Contains(t, problem.Reason, "its drafts could not be searched for: the site refuses (HTTP 400)")

	s.list(spacePages, `{"id":"x"}`)
	_, _, err = census(t, s.confluence(Options{}))
	require.Equal(t, atlassian.ClassProtocol, atlassian.ClassOf(err))
}

func TestARepeatedCursorIsAnError(t *testing.T) {
	s := newWiki(t)
	s.handle(spacePages, func(w http.ResponseWriter, r *http.Request) { s.next(w, r, withID("1"), "a+b/%2F=0") })
	_, _, err := census(t, s.confluence(Options{}))
	require.Equal(t, atlassian.ClassProtocol, atlassian.ClassOf(err))
	require.Equal(t, 2, s.count(spacePages))
}

func TestLateStopsBelowItsWindow(t *testing.T) {
	s := newWiki(t)
	since := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	at := func(id int, ago time.Duration) string {
		return fmt.Sprintf(`{"id":"%d","spaceId":"100","createdAt":%q}`, id, since.Add(ago).Format("2006-01-02T15:04:05.000Z"))
	}
	s.list("/wiki/api/v2/pages", at(9, time.Hour), at(8, time.Minute), at(7, 0), at(6, -time.Millisecond), at(5, -time.Hour), at(4, -2*time.Hour))
	s.list("/wiki/api/v2/blogposts", at(3, 5*time.Minute))
	var ids []string
	require.NoError(t, s.confluence(Options{}).Late(t.Context(), since, since.Add(time.Hour), func(container, id string) error {
		require.Equal(t, "100", container)
		ids = append(ids, id)
		return nil
	}))
	require.Equal(t, []string{"8", "7", "3"}, ids)
	require.Equal(t, 2, s.count("/wiki/api/v2/pages"), "what is older is not asked for")
	q := s.queries("/wiki/api/v2/pages")[0]
	require.Equal(t, "-created-date", q.Get("sort"))
	require.Equal(t, []string{"current", "archived", "trashed"}, q["status"])
}

func TestIDsAreASetInOrder(t *testing.T) {
	var s idSet
	for _, id := range []string{"5", "9", "7", "9007199254740993"} {
		require.True(t, s.add(id), id)
	}
	for _, id := range []string{"5", "7", "9", "9007199254740993", "x"} {
		require.False(t, s.add(id), id)
	}
	require.Equal(t, idSet{5, 7, 9, 9007199254740993}, s)
	require.True(t, s.has("7"))
	require.False(t, s.has("8"))
	require.False(t, s.has(""))
}
