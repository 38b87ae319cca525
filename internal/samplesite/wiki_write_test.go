package samplesite_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holdfast/internal/samplesite"
	"holdfast/internal/samplesite/content"
)

// wikiWriter writes to a site whose requests and replies are all held against Atlassian's documents.
type wikiWriter struct {
	*client
	site *samplesite.Site
	k    *clock
}

// writableWiki is a Confluence with a space ENG, whose clock stands.
func writableWiki(t *testing.T) (w *wikiWriter, space string) {
	t.Helper()
	k := &clock{at: time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)}
	site, c := checkedWiki(t, samplesite.Config{Now: k.now, Rate: -1})
	w = &wikiWriter{c, site, k}
	return w, w.sent(http.MethodPost, "/wiki/api/v2/spaces", object{"name": "Engineering", "key": "ENG"}).is(t, 201).got(t, "id")
}

type object = map[string]any

// sent sends JSON.
func (w *wikiWriter) sent(method, path string, body any) answer {
	w.t.Helper()
	b, err := json.Marshal(body)
	require.NoError(w.t, err)
	return w.do(method, path, string(b), func(r *http.Request) { r.Header.Set("X-Atlassian-Token", "no-check") })
}

// page makes a page and returns its id.
func (w *wikiWriter) page(space, title, body string) string {
	w.t.Helper()
	return w.sent(http.MethodPost, "/wiki/api/v2/pages", object{"spaceId": space, "title": title, "body": stored(body)}).is(w.t, 200).got(w.t, "id")
}

// edit changes a page.
func (w *wikiWriter) edit(id, title, body string, version int, more ...object) answer {
	w.t.Helper()
	in := object{"id": id, "status": "current", "title": title, "body": stored(body), "version": object{"number": version, "message": "m"}}
	for _, m := range more {
		for k, v := range m {
			in[k] = v
		}
	}
	return w.sent(http.MethodPut, "/wiki/api/v2/pages/"+id, in)
}

// text is the body of a page in storage format.
func (w *wikiWriter) text(id string) string {
	w.t.Helper()
	return w.get("/wiki/api/v2/pages/"+id+"?body-format=storage&status=current,archived,trashed,draft").is(w.t, 200).got(w.t, "body", "storage", "value")
}

func stored(value string) object { return object{"representation": "storage", "value": value} }

// uploads sends a file.
func (w *wikiWriter) uploads(method, path, name, data string) answer {
	w.t.Helper()
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	part, err := form.CreateFormFile("file", name)
	require.NoError(w.t, err)
	_, err = io.WriteString(part, data)
	require.NoError(w.t, err)
	require.NoError(w.t, form.WriteField("minorEdit", "true"))
	require.NoError(w.t, form.WriteField("comment", "why"))
	require.NoError(w.t, form.Close())
	return w.do(method, path, b.String(), func(r *http.Request) {
		r.Header.Set("Content-Type", form.FormDataContentType())
		r.Header.Set("X-Atlassian-Token", "no-check")
	})
}

func TestSpacesAreWritten(t *testing.T) {
	w, id := writableWiki(t)
	a := w.get("/wiki/api/v2/spaces/"+id).is(t, 200)
	require.Equal(t, "2026-05-04T12:00:00.000Z", a.got(t, "createdAt"))
	require.Equal(t, w.site.AccountID(), a.got(t, "authorId"))
	home := w.get("/wiki/api/v2/pages/"+a.got(t, "homepageId")).is(t, 200)
	require.Equal(t, "Engineering Home", home.got(t, "title"), "a space is made with its homepage")

	for rule, in := range map[string]object{
		"a key is taken whatever its letters are": {"name": "Again", "key": "eng"},
		"a key has letters and digits alone":      {"name": "Again", "key": "A-B"},
		"there is no such user":                   {"name": "Mine", "key": "~nobody"},
		"a role has to be there": {"name": "N", "key": "NEW", "roleAssignments": []object{
			{"principal": object{"principalType": "USER", "principalId": w.site.AccountID()}, "roleId": "none"}}},
	} {
		require.Equal(t, 400, w.sent(http.MethodPost, "/wiki/api/v2/spaces", in).status, rule)
	}
	require.Equal(t, 400, w.do(http.MethodPost, "/wiki/api/v2/spaces", `{"name":"A","key":"AA","color":"red"}`).status, "no field that the document does not have")
	w.sent(http.MethodPost, "/wiki/rest/api/space", object{"name": "Two", "key": "TWO", "description": object{"plain": object{"value": "d", "representation": "plain"}}}).is(t, 200)
	page := w.page(id, "New home", "<p>x</p>")
	w.sent(http.MethodPut, "/wiki/rest/api/space/ENG", object{"name": "Renamed", "homepage": object{"id": page}, "status": "archived"}).is(t, 200)
	a = w.get("/wiki/api/v2/spaces/"+id).is(t, 200)
	require.Equal(t, []string{"Renamed", page, "archived"}, []string{a.got(t, "name"), a.got(t, "homepageId"), a.got(t, "status")})
	w.del("/wiki/rest/api/space/ENG").is(t, 202)
	require.Equal(t, 404, w.get("/wiki/api/v2/spaces/"+id).status)
	w.sent(http.MethodPost, "/wiki/api/v2/spaces", object{"name": "Engineering", "key": "ENG"}).is(t, 201)
}

func TestPropertiesAreWritten(t *testing.T) {
	w, space := writableWiki(t)
	page := w.page(space, "One", "<p>x</p>")
	folder := w.sent(http.MethodPost, "/wiki/api/v2/folders", object{"spaceId": space, "title": "F"}).is(t, 200).got(t, "id")
	for list, made := range map[string]int{"/wiki/api/v2/spaces/" + space + "/properties": 201, "/wiki/api/v2/pages/" + page + "/properties": 200, "/wiki/api/v2/folders/" + folder + "/properties": 200} {
		value := json.RawMessage(`{"n":1.0E+2,"html":"<b>&amp;</b>","none":null}`)
		a := w.do(http.MethodPost, list, `{"key":"holdfast.origin","value":`+string(value)+`}`).is(t, made)
		require.Equal(t, 400, w.sent(http.MethodPost, list, object{"key": "holdfast.origin", "value": 1}).status, "a key is there once")
		one := list + "/" + a.got(t, "id")
		require.Contains(t, string(w.get(one).is(t, 200).body), `"value":`+string(value))
		change := object{"key": "holdfast.origin", "value": 2, "version": object{"number": 2}}
		w.sent(http.MethodPut, one, change).is(t, 200)
		require.Equal(t, 409, w.sent(http.MethodPut, one, change).status, "the next version is 3")
		require.Contains(t, string(w.get(list).is(t, 200).body), `"value":2`)
		w.del(one).is(t, 204)
		require.Equal(t, 404, w.get(one).status)
	}
}

func TestPagesHaveTheVersionsThatWereWritten(t *testing.T) {
	w, space := writableWiki(t)
	id := w.page(space, "One", "<p>1</p>")
	for v := 2; v <= 4; v++ {
		w.k.at = w.k.at.Add(time.Hour)
		require.Equal(t, fmt.Sprint(v), w.edit(id, fmt.Sprintf("Title %d", v), fmt.Sprintf("<p>%d</p>", v), v).is(t, 200).got(t, "version", "number"))
	}
	for rule, version := range map[string]int{"one that is there": 4, "one too far": 6} {
		require.Equal(t, 409, w.edit(id, "T", "<p/>", version).status, rule)
	}
	a := w.get("/wiki/api/v2/pages/"+id+"/versions?body-format=storage").is(t, 200)
	for i := range 4 {
		v := fmt.Sprint(i)
		require.Equal(t, []string{fmt.Sprint(4 - i), w.site.AccountID(), fmt.Sprintf("2026-05-04T%d:00:00.000Z", 15-i), fmt.Sprintf("<p>%d</p>", 4-i)},
			[]string{a.got(t, "results", v, "number"), a.got(t, "results", v, "authorId"), a.got(t, "results", v, "createdAt"), a.got(t, "results", v, "page", "body", "storage", "value")})
	}
	require.Equal(t, "<p>2</p>", w.get("/wiki/api/v2/pages/"+id+"?version=2&body-format=storage").is(t, 200).got(t, "body", "storage", "value"))
}

func TestPagesAreRefused(t *testing.T) {
	w, space := writableWiki(t)
	id := w.page(space, "One", "<p>1</p>")
	other := w.sent(http.MethodPost, "/wiki/api/v2/spaces", object{"name": "Other", "key": "OTHER"}).is(t, 201).got(t, "id")
	elsewhere := w.page(other, "One", "<p>the title is free in another space</p>")
	blog := object{"spaceId": space, "title": "One", "body": stored("<p/>"), "createdAt": "2024-03-05T10:00:00.000Z"}
	require.Equal(t, "2024-03-05T10:00:00.000Z", w.sent(http.MethodPost, "/wiki/api/v2/blogposts", blog).is(t, 200).got(t, "createdAt"))
	for _, r := range []struct {
		rule, method, path string
		in                 object
		status             int
	}{
		{"a title is there once in a space", "POST", "/pages", object{"spaceId": space, "title": "ONE", "body": stored("")}, 400},
		{"that of a blog post once on a day", "POST", "/blogposts", blog, 400},
		{"a page has a title", "POST", "/pages", object{"spaceId": space, "title": " ", "body": stored("")}, 400},
		{"of 255 characters", "POST", "/pages", object{"spaceId": space, "title": strings.Repeat("é", 256)}, 400},
		{"a space is there", "POST", "/pages", object{"spaceId": "1", "title": "Two"}, 404},
		{"a parent is there", "POST", "/pages", object{"spaceId": space, "title": "Two", "parentId": "1"}, 404},
		{"a parent is in the space", "POST", "/pages", object{"spaceId": space, "title": "Two", "parentId": elsewhere}, 400},
		{"a page at the root has no parent", "POST", "/pages?root-level=true", object{"spaceId": space, "title": "Two", "parentId": id}, 400},
		{"storage format is XML", "POST", "/pages", object{"spaceId": space, "title": "Two", "body": stored("<p>1")}, 400},
		{"a document is JSON", "POST", "/pages", object{"spaceId": space, "title": "Two", "body": object{"representation": "atlas_doc_format", "value": "x"}}, 400},
		{"the id is that of the path", "PUT", "/pages/" + id, object{"id": "1", "status": "current", "title": "One", "body": stored(""), "version": object{"number": 2}}, 400},
		{"a page is not below itself", "PUT", "/pages/" + id, object{"id": id, "status": "current", "title": "One", "parentId": id, "body": stored(""), "version": object{"number": 2}}, 400},
		{"an owner is there", "PUT", "/pages/" + id, object{"id": id, "status": "current", "title": "One", "ownerId": "x", "body": stored(""), "version": object{"number": 2}}, 400},
	} {
		require.Equal(t, r.status, w.sent(r.method, "/wiki/api/v2"+r.path, r.in).status, r.rule)
	}
	require.Equal(t, "1", w.get("/wiki/api/v2/pages/"+id).is(t, 200).got(t, "version", "number"), "what is refused changes nothing")
	w.site.ForbidSpace("OTHER")
	require.Equal(t, 404, w.sent("POST", "/wiki/api/v2/pages", object{"spaceId": other, "title": "Three"}).status, "a space that the account does not see")
}

func TestPagesGoThroughTheirStatuses(t *testing.T) {
	w, space := writableWiki(t)
	status := func(id string) string {
		return w.get("/wiki/api/v2/pages/"+id+"?status=current,archived,trashed,draft").is(t, 200).got(t, "status")
	}
	draft := w.sent(http.MethodPost, "/wiki/api/v2/pages", object{"spaceId": space, "status": "draft"}).is(t, 200).got(t, "id")
	w.edit(draft, "Still", "<p>d</p>", 1, object{"status": "draft"}).is(t, 200)
	require.Equal(t, 404, w.del("/wiki/api/v2/pages/"+draft).status, "a draft is deleted as one")
	w.edit(draft, "Published", "<p>d</p>", 1).is(t, 200)
	require.Equal(t, "current", status(draft))

	below := w.sent(http.MethodPost, "/wiki/api/v2/pages", object{"spaceId": space, "title": "Below", "parentId": draft}).is(t, 200).got(t, "id")
	require.Equal(t, 400, w.del("/wiki/api/v2/pages/"+draft+"?purge=true").status, "only the trash is purged")
	w.del("/wiki/api/v2/pages/"+draft).is(t, 204)
	require.Equal(t, "trashed", status(draft))
	require.NotEqual(t, draft, w.get("/wiki/api/v2/pages/"+below).is(t, 200).got(t, "parentId"), "what was below moves up")
	w.page(space, "Published", "<p>the title is free again</p>")
	require.Equal(t, 400, w.edit(draft, "Published", "<p>d</p>", 2).status, "it comes back under a title that is free only")
	w.del("/wiki/api/v2/pages/"+draft+"?purge=true").is(t, 204)
	require.Equal(t, 404, w.get("/wiki/api/v2/pages/"+draft+"?status=trashed").status)

	archive := `{"pages":[{"id":` + below + `}]}`
	w.do(http.MethodPost, "/wiki/rest/api/content/archive", archive).is(t, 202)
	require.Equal(t, "archived", status(below))
	require.Equal(t, 400, w.do(http.MethodPost, "/wiki/rest/api/content/archive", archive).status, "it is archived already")
}

func TestPagesAreMoved(t *testing.T) {
	w, space := writableWiki(t)
	home := w.get("/wiki/api/v2/spaces/"+space).is(t, 200).got(t, "homepageId")
	ids := map[string]string{}
	for _, title := range []string{"A", "B", "C", "D"} {
		ids[title] = w.page(space, title, "<p/>")
	}
	order := func(below string) (out []string) {
		for _, r := range walkWiki(t, w.client, "/wiki/api/v2/pages/"+below+"/direct-children?sort=child-position") {
			out = append(out, text(t, r, "title"))
		}
		return out
	}
	move := func(what, where, target string) int {
		return w.do(http.MethodPut, "/wiki/rest/api/content/"+ids[what]+"/move/"+where+"/"+target, "").status
	}
	require.Equal(t, []string{"A", "B", "C", "D"}, order(home))
	require.Equal(t, 200, move("D", "before", ids["B"]))
	require.Equal(t, 200, move("A", "after", ids["C"]))
	require.Equal(t, []string{"D", "B", "C", "A"}, order(home))
	require.Equal(t, 200, move("B", "append", ids["C"]))
	require.Equal(t, []string{"D", "C", "A"}, order(home))
	require.Equal(t, []string{"B"}, order(ids["C"]))
	require.Equal(t, 400, move("C", "append", ids["B"]), "not below itself")
	require.Equal(t, 404, move("C", "append", "1"))

	other := w.sent(http.MethodPost, "/wiki/api/v2/spaces", object{"name": "Other", "key": "OTHER"}).is(t, 201)
	require.Equal(t, 200, move("C", "append", other.got(t, "homepageId")))
	require.Equal(t, other.got(t, "id"), w.get("/wiki/api/v2/pages/"+ids["B"]).is(t, 200).got(t, "spaceId"), "what is below goes with it")
}

func TestContentThatWasGeneratedCanBeWrittenTo(t *testing.T) {
	site, c := checkedWiki(t, smallWiki())
	w := &wikiWriter{c, site, nil}
	for n := range site.Truth().WikiNodes("ENG") {
		if n.Type != content.PageType || n.Status != "current" || n.Version < 2 || len(n.Comments()) == 0 || len(n.Files()) == 0 {
			continue
		}
		before, comments, files := n.Versions(), len(n.Comments()), len(n.Files())
		w.edit(n.IDText(), n.Title, "<p>anew</p>", n.Version+1).is(t, 200)
		w.sent(http.MethodPost, "/wiki/api/v2/footer-comments", object{"pageId": n.IDText(), "body": stored("<p>c</p>")}).is(t, 201)
		w.uploads(http.MethodPost, "/wiki/rest/api/content/"+n.IDText()+"/child/attachment", "new.txt", "new").is(t, 200)
		now, _ := site.Truth().WikiNode(n.ID)
		require.Equal(t, before, now.Versions()[1:], "what was there stays")
		require.Len(t, now.Comments(), comments+1)
		require.Len(t, now.Files(), files+1)
		require.Equal(t, string(now.Body()), string(shownAs(c, now).body))
		site.EditPage(n.ID)
		w.edit(n.IDText(), n.Title, "<p>anew</p>", n.Version+3).is(t, 200)
		return
	}
	t.Fatal("there is no such page")
}

func TestASpaceThatMayOnlyBeRead(t *testing.T) {
	w, space := writableWiki(t)
	page := w.page(space, "P", "<p>x</p>")
	comment := w.sent(http.MethodPost, "/wiki/api/v2/footer-comments", object{"pageId": page, "body": stored("<p>c</p>")}).is(t, 201).got(t, "id")
	w.site.ForbidWriting("ENG")
	for _, r := range []struct {
		method, path string
		in           object
		status       int
	}{
		{"POST", "/wiki/api/v2/pages", object{"spaceId": space, "title": "Two"}, 404},
		{"POST", "/wiki/api/v2/folders", object{"spaceId": space, "title": "Two"}, 404},
		{"DELETE", "/wiki/api/v2/pages/" + page, nil, 404},
		{"POST", "/wiki/api/v2/pages/" + page + "/properties", object{"key": "k", "value": 1}, 404},
		{"POST", "/wiki/api/v2/spaces/" + space + "/properties", object{"key": "k", "value": 1}, 404},
		{"POST", "/wiki/api/v2/footer-comments", object{"parentCommentId": comment, "body": stored("<p>c</p>")}, 404},
		{"PUT", "/wiki/api/v2/footer-comments/" + comment, object{"version": object{"number": 2}, "body": stored("<p>c</p>")}, 404},
		{"POST", "/wiki/rest/api/content/" + page + "/label", object{"prefix": "global", "name": "a"}, 403},
		{"PUT", "/wiki/rest/api/space/ENG", object{"name": "X"}, 403},
	} {
		require.Equal(t, r.status, w.sent(r.method, r.path, r.in).status, "%s %s", r.method, r.path)
	}
	require.Equal(t, 404, w.edit(page, "P", "<p>y</p>", 2).status)
	require.Equal(t, 403, w.uploads(http.MethodPost, "/wiki/rest/api/content/"+page+"/child/attachment", "a", "b").status)
	require.Equal(t, "<p>x</p>", w.text(page), "it is read all the same")
	w.site.AllowWriting("ENG")
	w.edit(page, "P", "<p>y</p>", 2).is(t, 200)
}
