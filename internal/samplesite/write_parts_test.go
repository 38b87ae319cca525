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

// doc is a text in Atlassian Document Format.
func doc(text string) string {
	return fmt.Sprintf(`{"type":"doc","version":1,"content":[{"type":"paragraph","content":[{"type":"text","text":%q}]}]}`, text)
}

// clock is a site's clock that tests move.
type clock struct{ at time.Time }

func (k *clock) now() time.Time { return k.at }

// writable is a site whose clock stands at noon of a day, with its replies and what it
// accepts held against the document.
func writable(t *testing.T) (*samplesite.Site, *client, *clock) {
	k := &clock{time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)}
	cfg := small()
	cfg.Now = k.now
	site, c := checked(t, cfg)
	return site, c, k
}

func (c *client) put(path, body string, edit ...func(*http.Request)) answer {
	c.t.Helper()
	return c.do(http.MethodPut, path, body, edit...)
}

func (c *client) del(path string) answer {
	c.t.Helper()
	return c.do(http.MethodDelete, path, "")
}

// got is a member of the JSON of a reply, by its path, as text.
func (a answer) got(t testing.TB, path ...string) string {
	t.Helper()
	v := json.RawMessage(a.body)
	for _, name := range path {
		if strings.HasPrefix(string(bytes.TrimSpace(v)), "[") {
			var list []json.RawMessage
			require.NoError(t, json.Unmarshal(v, &list))
			var i int
			_, err := fmt.Sscan(name, &i)
			require.NoError(t, err)
			require.Less(t, i, len(list), "%s", v)
			v = list[i]
			continue
		}
		var m map[string]json.RawMessage
		require.NoError(t, json.Unmarshal(v, &m), "%s", v)
		v = m[name]
	}
	var s string
	if json.Unmarshal(v, &s) == nil {
		return s
	}
	return string(v)
}

// is requires a status.
func (a answer) is(t testing.TB, status int) answer {
	t.Helper()
	require.NoError(t, a.err)
	require.Equal(t, status, a.status, "%s %s: %s", a.req.Method, a.req.URL, a.body)
	return a
}

const noon = "2026-05-04T20:00:00.000+0800" // as the site writes it

func TestComments(t *testing.T) {
	site, c, k := writable(t)
	issue := "/rest/api/3/issue/BIG-2"
	body := doc("a < b & c\u2028d")
	a := c.post(issue+"/comment", `{"body":`+body+`,"visibility":{"type":"role","value":"Administrators"},"properties":[{"key":"holdfast.origin","value":{"n":1.0E+2}}]}`).is(t, 201)
	id := a.got(t, "id")
	require.Equal(t, body, a.got(t, "body"), "the text is kept to the byte")
	require.Equal(t, site.AccountID(), a.got(t, "author", "accountId"))
	require.Equal(t, noon, a.got(t, "created"))
	require.Equal(t, "10002", a.got(t, "visibility", "identifier"))

	t.Run("by its own address, in the list, in the issue, and in bulk it is the same", func(t *testing.T) {
		require.Equal(t, string(a.body), string(c.get(issue+"/comment/"+id).is(t, 200).body))
		list := c.get(issue+"/comment").is(t, 200)
		require.Equal(t, "1", list.got(t, "total"))
		require.Equal(t, string(a.body), list.got(t, "comments", "0"))
		alone := c.get(issue).is(t, 200)
		require.Equal(t, string(a.body), alone.got(t, "fields", "comment", "comments", "0"))
		require.Equal(t, noon, alone.got(t, "fields", "updated"))
		bulk := c.post("/rest/api/3/issue/bulkfetch", `{"issueIdsOrKeys":["BIG-2"],"fields":["*all"],"expand":["changelog"]}`).is(t, 200)
		require.Equal(t, string(a.body), bulk.got(t, "issues", "0", "fields", "comment", "comments", "0"))
	})
	t.Run("its properties are read with it and one by one", func(t *testing.T) {
		some := c.post("/rest/api/3/comment/list?expand=properties", `{"ids":[`+id+`,1]}`).is(t, 200)
		require.Equal(t, "1", some.got(t, "total"), "what is not there is left out")
		require.Equal(t, `[{"key":"holdfast.origin","value":{"n":1.0E+2}}]`, some.got(t, "values", "0", "properties"))
		require.Empty(t, c.post("/rest/api/3/comment/list", `{"ids":[`+id+`]}`).is(t, 200).got(t, "values", "0", "properties"))
		properties := "/rest/api/3/comment/" + id + "/properties"
		require.Equal(t, `{"n":1.0E+2}`, c.get(properties+"/holdfast.origin").is(t, 200).got(t, "value"))
		c.put(properties+"/k", `[1,2]`).is(t, 201)
		c.put(properties+"/k", `"x"`).is(t, 200)
		require.Equal(t, "k", c.get(properties).is(t, 200).got(t, "keys", "1", "key"))
		c.del(properties+"/k").is(t, 204)
		c.get(properties+"/k").is(t, 404)
	})
	t.Run("an update changes who and when it was changed, not who wrote it", func(t *testing.T) {
		k.at = k.at.Add(time.Hour)
		b := c.put(issue+"/comment/"+id+"?notifyUsers=false", `{"body":`+doc("new")+`}`).is(t, 200)
		require.Equal(t, noon, b.got(t, "created"))
		require.Equal(t, "2026-05-04T21:00:00.000+0800", b.got(t, "updated"))
		require.Equal(t, "10002", b.got(t, "visibility", "identifier"))
	})
	t.Run("comments of the content beneath stay, in order, and the embedded list has the newest hundred", func(t *testing.T) {
		before := first(t, site, "BIG-1").Comments()
		last := c.post("/rest/api/3/issue/BIG-1/comment", `{"body":`+doc("x")+`}`).is(t, 201)
		alone := c.get("/rest/api/3/issue/BIG-1").is(t, 200)
		require.Equal(t, "251", alone.got(t, "fields", "comment", "total"))
		require.Equal(t, string(last.body), alone.got(t, "fields", "comment", "comments", "99"))
		require.Equal(t, string(before[151].Body), alone.got(t, "fields", "comment", "comments", "0"))
		c.del("/rest/api/3/issue/BIG-1/comment/"+before[0].ID).is(t, 204)
		require.Equal(t, "250", c.get("/rest/api/3/issue/BIG-1/comment").is(t, 200).got(t, "total"))
		require.Equal(t, before[3].ID, c.post("/rest/api/3/comment/list", `{"ids":[`+before[3].ID+`]}`).is(t, 200).got(t, "values", "0", "id"))
	})
	t.Run("a deleted comment is gone everywhere", func(t *testing.T) {
		c.del(issue+"/comment/"+id).is(t, 204)
		c.get(issue+"/comment/"+id).is(t, 404)
		require.Equal(t, "0", c.get(issue).is(t, 200).got(t, "fields", "comment", "total"))
		c.get("/rest/api/3/comment/"+id+"/properties").is(t, 404)
	})
}

func TestWorklogs(t *testing.T) {
	site, c, k := writable(t)
	logs := "/rest/api/3/issue/BIG-2/worklog"
	started := "2021-01-17T12:34:00.000+0000"
	a := c.post(logs+"?adjustEstimate=leave&notifyUsers=false", `{"started":"`+started+`","timeSpentSeconds":12345,"comment":`+doc("did it")+`,"properties":[{"key":"p","value":1}]}`).is(t, 201)
	id := a.got(t, "id")
	require.Equal(t, "2021-01-17T20:34:00.000+0800", a.got(t, "started"))
	require.Equal(t, noon, a.got(t, "created"))
	require.Equal(t, "12300", a.got(t, "timeSpentSeconds"), "whole minutes")
	require.Equal(t, "3h 25m", a.got(t, "timeSpent"))
	require.Equal(t, site.AccountID(), a.got(t, "author", "accountId"))

	t.Run("in the list, in the issue, and by ids it is the same", func(t *testing.T) {
		require.Equal(t, string(a.body), c.get(logs).is(t, 200).got(t, "worklogs", "0"))
		alone := c.get("/rest/api/3/issue/BIG-2").is(t, 200)
		require.Equal(t, string(a.body), alone.got(t, "fields", "worklog", "worklogs", "0"))
		require.Equal(t, `{"timeSpent":"3h 25m","timeSpentSeconds":12300}`, alone.got(t, "fields", "timetracking"))
		require.Equal(t, string(a.body), c.post("/rest/api/3/worklog/list", `{"ids":[`+id+`]}`).is(t, 200).got(t, "0"))
		require.Equal(t, `[{"key":"p","value":1}]`, c.post("/rest/api/3/worklog/list?expand=properties", `{"ids":[`+id+`]}`).is(t, 200).got(t, "0", "properties"))
		require.Equal(t, `[{"key":"p","value":1}]`, c.get(logs+"?expand=properties").is(t, 200).got(t, "worklogs", "0", "properties"))
		c.put(logs+"/"+id+"/properties/q", `{}`).is(t, 201)
		require.Equal(t, "q", c.get(logs+"/"+id+"/properties").is(t, 200).got(t, "keys", "1", "key"))
	})
	t.Run("the estimate follows as it is asked to", func(t *testing.T) {
		left := func() string {
			return c.get("/rest/api/3/issue/BIG-2").is(t, 200).got(t, "fields", "timetracking", "remainingEstimate")
		}
		require.Empty(t, left())
		c.post(logs+"?adjustEstimate=new&newEstimate=2d", `{"started":"`+started+`","timeSpent":"1h"}`).is(t, 201)
		require.Equal(t, "2d", left())
		c.post(logs+"?adjustEstimate=manual&reduceBy=4h", `{"started":"`+started+`","timeSpent":"1h"}`).is(t, 201)
		require.Equal(t, "1d 4h", left())
		last := c.post(logs, `{"started":"`+started+`","timeSpent":"2h"}`).is(t, 201)
		require.Equal(t, "1d 2h", left())
		c.del(logs+"/"+last.got(t, "id")).is(t, 204)
		require.Equal(t, "1d 4h", left())
		require.Equal(t, "5h 25m", c.get("/rest/api/3/issue/BIG-2").got(t, "fields", "timetracking", "timeSpent"))
	})
	t.Run("an update", func(t *testing.T) {
		k.at = k.at.Add(time.Minute)
		b := c.put(logs+"/"+id+"?adjustEstimate=leave", `{"timeSpent":"1d","started":"2021-01-18T00:00:00.000+0000"}`).is(t, 200)
		require.Equal(t, "28800", b.got(t, "timeSpentSeconds"))
		require.Equal(t, noon, b.got(t, "created"))
		require.NotEqual(t, noon, b.got(t, "updated"))
		require.Equal(t, doc("did it"), b.got(t, "comment"))
	})
	t.Run("without time tracking there is none", func(t *testing.T) {
		site.Lack(func(l *samplesite.Lacks) { l.TimeTracking = true })
		c.post(logs, `{"started":"`+started+`","timeSpent":"1h"}`).is(t, 404)
	})
}

// form is a multipart body of files.
func form(t testing.TB, field string, files ...[2]string) (string, func(*http.Request)) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for _, f := range files {
		part, err := w.CreatePart(map[string][]string{
			"Content-Disposition": {multipart.FileContentDisposition(field, f[0])}, "Content-Type": {"text/x-test"}})
		require.NoError(t, err)
		_, err = io.WriteString(part, f[1])
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return b.String(), func(r *http.Request) {
		r.Header.Set("Content-Type", w.FormDataContentType())
		r.Header.Set("X-Atlassian-Token", "no-check")
	}
}

func TestAttachmentsAreUploaded(t *testing.T) {
	cfg := small()
	cfg.MaxUpload = 1 << 20
	site, c := checked(t, cfg)
	to := "/rest/api/3/issue/BIG-2/attachments"
	large := strings.Repeat("0123456789", 90_000)
	names := []string{"a b.txt", `q"uote".log`, "../../x", "größe 日志 🚀.bin", "empty"}
	body, multi := form(t, "file", [2]string{names[0], "hello"}, [2]string{names[1], "x"}, [2]string{names[2], large}, [2]string{names[3], "y"}, [2]string{names[4], ""})
	a := c.post(to, body, multi).is(t, 200)

	t.Run("they are what the issue lists, and lead to their bytes at the media host", func(t *testing.T) {
		alone := c.get("/rest/api/3/issue/BIG-2").is(t, 200)
		require.Equal(t, string(a.body), alone.got(t, "fields", "attachment"))
		for i, want := range []string{"hello", "x", large, "y", ""} {
			n := fmt.Sprint(i)
			require.Equal(t, names[i], a.got(t, n, "filename"))
			require.Equal(t, fmt.Sprint(len(want)), a.got(t, n, "size"))
			require.Equal(t, "text/x-test", a.got(t, n, "mimeType"))
			require.Equal(t, site.AccountID(), a.got(t, n, "author", "accountId"))
			id := a.got(t, n, "id")
			require.Equal(t, id, c.get("/rest/api/3/attachment/"+id).is(t, 200).got(t, "id"))
			location := c.get("/rest/api/3/attachment/content/"+id).is(t, 303).header.Get("Location")
			require.Contains(t, location, site.MediaURL())
			res, err := http.Get(location)
			require.NoError(t, err)
			got, err := io.ReadAll(res.Body)
			require.NoError(t, err)
			require.NoError(t, res.Body.Close())
			require.Equal(t, want, string(got))
			part := c.get("/rest/api/3/attachment/content/"+id+"?redirect=false", func(r *http.Request) { r.Header.Set("Range", "bytes=2-4") })
			if len(want) > 4 {
				require.Equal(t, want[2:5], string(part.is(t, 206).body))
			}
		}
	})
	t.Run("what is refused leaves nothing", func(t *testing.T) {
		bad := func(field, name, content string, status int, edit ...func(*http.Request)) {
			t.Helper()
			body, multi := form(t, field, [2]string{"first", "ok"}, [2]string{name, content})
			if field == "file" {
				body, multi = form(t, field, [2]string{"first", "ok"}, [2]string{name, content})
			}
			c.do(http.MethodPost, to, body, append([]func(*http.Request){multi}, edit...)...).is(t, status)
			require.Equal(t, string(a.body), c.get("/rest/api/3/issue/BIG-2").is(t, 200).got(t, "fields", "attachment"))
		}
		bad("file", "too large", strings.Repeat("x", 1<<20+1), 413)
		bad("file", "x", "no header", 403, func(r *http.Request) { r.Header.Del("X-Atlassian-Token") })
		bad("files", "x", "another name", 400)
		bad("file", "x", "not a form", 415, func(r *http.Request) { r.Header.Set("Content-Type", "application/json") })
		many := make([][2]string, 61)
		for i := range many {
			many[i] = [2]string{fmt.Sprint(i), "x"}
		}
		body, multi := form(t, "file", many...)
		c.post(to, body, multi).is(t, 413)
		body, multi = form(t, "file", [2]string{"cut", strings.Repeat("x", 1000)})
		c.post(to, body[:500], multi).is(t, 400)
		c.post("/rest/api/3/issue/BIG-999/attachments", body, multi).is(t, 404)
	})
	t.Run("one is deleted", func(t *testing.T) {
		id := a.got(t, "0", "id")
		c.del("/rest/api/3/attachment/"+id).is(t, 204)
		c.get("/rest/api/3/attachment/content/"+id).is(t, 404)
		require.Equal(t, a.got(t, "1", "id"), c.get("/rest/api/3/issue/BIG-2").is(t, 200).got(t, "fields", "attachment", "0", "id"))
	})
	t.Run("a truncated one has fewer bytes", func(t *testing.T) {
		id := a.got(t, "2", "id")
		var n int64
		_, err := fmt.Sscan(id, &n)
		require.NoError(t, err)
		site.TruncateAttachment(n, 7)
		require.Equal(t, "0123456", string(c.get("/rest/api/3/attachment/content/"+id+"?redirect=false").is(t, 200).body))
	})
}

func TestRemoteLinks(t *testing.T) {
	site, c, _ := writable(t)
	links := "/rest/api/3/issue/BIG-2/remotelink"
	a := c.post(links, `{"globalId":"system=x&id=1","application":{"type":"t","name":"n"},"relationship":"mentioned in","object":{"url":"https://x.example/1?a=b&c","title":"One <1>","summary":"s","icon":{"url16x16":"https://x.example/i.png","title":"i"},"status":{"resolved":true,"icon":{}}}}`).is(t, 201)
	b := c.post(links, `{"object":{"url":"https://x.example/2","title":"Two"}}`).is(t, 201)
	list := c.get(links).is(t, 200)
	require.Equal(t, a.got(t, "id"), list.got(t, "0", "id"))
	require.Equal(t, "system=x&id=1", list.got(t, "0", "globalId"))
	require.Equal(t, `{"url":"https://x.example/1?a=b&c","title":"One <1>","summary":"s","icon":{"url16x16":"https://x.example/i.png","title":"i"},"status":{"resolved":true,"icon":{}}}`, list.got(t, "0", "object"))
	require.Equal(t, `{"url":"https://x.example/2","title":"Two","icon":{},"status":{"icon":{}}}`, list.got(t, "1", "object"), "as live sites list links")
	require.Equal(t, "{}", list.got(t, "1", "application"))
	t.Run("the same global id is the same link", func(t *testing.T) {
		again := c.post(links, `{"globalId":"system=x&id=1","object":{"url":"https://x.example/3","title":"Three"}}`).is(t, 200)
		require.Equal(t, a.got(t, "id"), again.got(t, "id"))
		require.Equal(t, "Three", c.get(links+"/"+a.got(t, "id")).is(t, 200).got(t, "object", "title"))
		require.Empty(t, c.get(links).got(t, "0", "relationship"), "what is not said again is gone")
		require.Equal(t, "Three", c.get(links+"?globalId=system%3Dx%26id%3D1").is(t, 200).got(t, "object", "title"))
		c.post(links, `{"object":{"url":"https://x.example/2","title":"Two"}}`).is(t, 201)
		require.Equal(t, "Two", c.get(links).got(t, "2", "object", "title"), "without a global id each is another")
	})
	t.Run("update and delete", func(t *testing.T) {
		c.put(links+"/"+b.got(t, "id"), `{"object":{"url":"https://x.example/4","title":"Four"}}`).is(t, 204)
		require.Equal(t, "Four", c.get(links).got(t, "1", "object", "title"))
		c.del(links+"/"+b.got(t, "id")).is(t, 204)
		c.del(links+"?globalId=system%3Dx%26id%3D1").is(t, 204)
		require.Equal(t, "Two", c.get(links).got(t, "0", "object", "title"))
	})
	t.Run("without issue linking there are none", func(t *testing.T) {
		site.Lack(func(l *samplesite.Lacks) { l.IssueLinking = true })
		c.post(links, `{"object":{"url":"https://x.example/2","title":"Two"}}`).is(t, 403)
	})
}

func TestWatchersAndVotes(t *testing.T) {
	site, c, _ := writable(t)
	issue := "/rest/api/3/issue/BIG-2"
	var people []struct{ AccountID string }
	c.get("/rest/api/3/users/search").decode(t, &people)
	other, removed := people[3].AccountID, people[4].AccountID
	site.RemoveUser(removed)
	c.post(issue+"/watchers", `"`+other+`"`).is(t, 204)
	c.post(issue+"/watchers", `"`+other+`"`).is(t, 204)
	c.post(issue+"/watchers", "").is(t, 204)
	c.post(issue+"/watchers", `"`+removed+`"`).is(t, 404)
	c.post(issue+"/watchers", `{"accountId":"x"}`).is(t, 400)
	w := c.get(issue+"/watchers").is(t, 200)
	require.Equal(t, "2", w.got(t, "watchCount"))
	require.Equal(t, "true", w.got(t, "isWatching"))
	require.Equal(t, other, w.got(t, "watchers", "0", "accountId"))
	require.Equal(t, "2", c.get(issue).got(t, "fields", "watches", "watchCount"))
	c.del(issue+"/watchers?accountId="+site.AccountID()).is(t, 204)
	require.Equal(t, "false", c.get(issue).got(t, "fields", "watches", "isWatching"))
	site.Withdraw("MANAGE_WATCHERS")
	c.post(issue+"/watchers", `"`+people[5].AccountID+`"`).is(t, 403)
	c.post(issue+"/watchers", "").is(t, 204)

	c.del(issue+"/votes").is(t, 404)
	c.post(issue+"/votes", "").is(t, 204)
	v := c.get(issue+"/votes").is(t, 200)
	require.Equal(t, "1", v.got(t, "votes"))
	require.Equal(t, "true", v.got(t, "hasVoted"))
	require.Equal(t, site.AccountID(), v.got(t, "voters", "0", "accountId"))
	require.Equal(t, "1", c.get(issue).got(t, "fields", "votes", "votes"))
	c.del(issue+"/votes").is(t, 204)
	require.Equal(t, "0", c.get(issue).got(t, "fields", "votes", "votes"))
	site.Lack(func(l *samplesite.Lacks) { l.Voting, l.Watching = true, true })
	c.post(issue+"/votes", "").is(t, 404)
	c.post(issue+"/watchers", "").is(t, 404)
}

func TestAnIssueTakesSoManyPartsAndNoMore(t *testing.T) {
	cfg := small()
	files := make([]content.FileSpec, 2000)
	for i := range files {
		files[i] = content.FileSpec{Name: "x"}
	}
	cfg.Content.Issues = append(cfg.Content.Issues, content.IssueSpec{Key: "BIG-5", Comments: 5000, Worklogs: -1, Changes: -1}, content.IssueSpec{Key: "BIG-6", Comments: 4999, Worklogs: 10_000},
		content.IssueSpec{Key: "BIG-7", Attachments: files})
	_, c := checked(t, cfg)
	c.post("/rest/api/3/issue/BIG-5/comment", `{"body":`+doc("x")+`}`).is(t, 413)
	c.post("/rest/api/3/issue/BIG-6/comment", `{"body":`+doc("x")+`}`).is(t, 201)
	c.post("/rest/api/3/issue/BIG-6/comment", `{"body":`+doc("x")+`}`).is(t, 413)
	c.post("/rest/api/3/issue/BIG-6/worklog", `{"started":"2021-01-17T12:34:00.000+0000","timeSpentSeconds":60}`).is(t, 413)
	body, multi := form(t, "file", [2]string{"x", "y"})
	c.post("/rest/api/3/issue/BIG-7/attachments", body, multi).is(t, 413)
}

func TestCommentsOfServiceProjects(t *testing.T) {
	cfg := small()
	cfg.Content.Projects = append(cfg.Content.Projects, content.ProjectSpec{Key: "DESK", Issues: 2, Type: "service_desk"})
	_, c := checked(t, cfg)
	internal := `{"body":` + doc("x") + `,"properties":[{"key":"sd.public.comment","value":{"internal":true}}]}`
	require.Equal(t, "false", c.post("/rest/api/3/issue/DESK-1/comment", internal).is(t, 201).got(t, "jsdPublic"))
	require.Equal(t, "true", c.post("/rest/api/3/issue/DESK-1/comment", `{"body":`+doc("x")+`}`).is(t, 201).got(t, "jsdPublic"))
	require.Equal(t, "true", c.post("/rest/api/3/issue/BIG-1/comment", internal).is(t, 201).got(t, "jsdPublic"))
}

func TestPartsAreRefused(t *testing.T) {
	site, c, _ := writable(t)
	issue := "/rest/api/3/issue/BIG-2"
	long := strings.Repeat("x", 32_769)
	for _, one := range []struct {
		name, method, path, body string
		status                   int
		contains                 string
	}{
		{"a comment without text", "POST", issue + "/comment", `{}`, 400, `"errors":{"comment"`},
		{"a comment as wiki markup", "POST", issue + "/comment", `{"body":"*bold*"}`, 400, "Atlassian Document"},
		{"a comment with an empty text node", "POST", issue + "/comment", `{"body":` + doc("") + `}`, 400, "INVALID_INPUT"},
		{"a comment with a node without type", "POST", issue + "/comment", `{"body":{"type":"doc","version":1,"content":[{"content":[]}]}}`, 400, "INVALID_INPUT"},
		{"a comment with an author", "POST", issue + "/comment", `{"body":` + doc("x") + `,"author":{"accountId":"x"}}`, 400, "Invalid request payload"},
		{"a comment with a date", "POST", issue + "/comment", `{"body":` + doc("x") + `,"created":"2020-01-01T00:00:00.000+0000"}`, 400, "Invalid request payload"},
		{"a comment for a role that is not there", "POST", issue + "/comment", `{"body":` + doc("x") + `,"visibility":{"type":"role","value":"Nobody"}}`, 400, "The role does not exist"},
		{"a comment for something else", "POST", issue + "/comment", `{"body":` + doc("x") + `,"visibility":{"type":"user","value":"x"}}`, 400, "neither role nor group"},
		{"a property without key", "POST", issue + "/comment", `{"body":` + doc("x") + `,"properties":[{"value":1}]}`, 400, "key and a value"},
		{"a property that is too long", "POST", issue + "/comment", `{"body":` + doc("x") + `,"properties":[{"key":"k","value":"` + long + `"}]}`, 400, "32768"},
		{"a comment without JSON", "POST", issue + "/comment", `{`, 400, "error parsing JSON"},
		{"a comment of an issue that is not there", "POST", "/rest/api/3/issue/BIG-999/comment", `{"body":` + doc("x") + `}`, 404, "Issue does not exist"},
		{"a comment that is not there", "PUT", issue + "/comment/7", `{"body":` + doc("x") + `}`, 404, "Can not find a comment"},
		{"the flag that only apps may set", "PUT", "/rest/api/3/issue/BIG-1/comment/" + first(t, site, "BIG-1").Comments()[0].ID + "?overrideEditableFlag=true", `{"body":` + doc("x") + `}`, 403, "Only apps"},
		{"no comments by id", "POST", "/rest/api/3/comment/list", `{"ids":[]}`, 400, "1000"},
		{"a comment id that is none", "GET", "/rest/api/3/comment/x/properties", "", 400, "not a number"},
		{"a worklog without time", "POST", issue + "/worklog", `{"started":"2021-01-17T12:34:00.000+0000"}`, 400, `"timeLogged"`},
		{"a worklog of seconds", "POST", issue + "/worklog", `{"started":"2021-01-17T12:34:00.000+0000","timeSpentSeconds":59}`, 400, `"timeLogged"`},
		{"a worklog with both", "POST", issue + "/worklog", `{"started":"2021-01-17T12:34:00.000+0000","timeSpentSeconds":60,"timeSpent":"1m"}`, 400, "both"},
		{"a worklog without start", "POST", issue + "/worklog", `{"timeSpentSeconds":60}`, 400, `"started"`},
		{"a worklog with another form of date", "POST", issue + "/worklog", `{"started":"2021-01-17T12:34:00Z","timeSpentSeconds":60}`, 400, `"started"`},
		{"a new estimate without it", "POST", issue + "/worklog?adjustEstimate=new", `{"started":"2021-01-17T12:34:00.000+0000","timeSpentSeconds":60}`, 400, `"newEstimate"`},
		{"an estimate adjusted otherwise", "POST", issue + "/worklog?adjustEstimate=x", `{"started":"2021-01-17T12:34:00.000+0000","timeSpentSeconds":60}`, 400, "not supported"},
		{"a worklog that is not there", "DELETE", issue + "/worklog/7", "", 404, "worklog"},
		{"a link without title", "POST", issue + "/remotelink", `{"object":{"url":"https://x.example"}}`, 400, `"title":"'title' is required."`},
		{"a link without object", "POST", issue + "/remotelink", `{}`, 400, `"url"`},
		{"a link with an id", "POST", issue + "/remotelink", `{"id":5,"object":{"url":"https://x.example","title":"x"}}`, 400, "Invalid request payload"},
		{"a link that is not there", "DELETE", issue + "/remotelink/7", "", 404, "no remote link"},
		{"a link id that is none", "DELETE", issue + "/remotelink/x", "", 400, "not a number"},
		{"no user to watch no more", "DELETE", issue + "/watchers", "", 400, "accountId"},
	} {
		t.Run(one.name, func(t *testing.T) {
			a := c.do(one.method, one.path, one.body).is(t, one.status)
			require.Contains(t, string(a.body), one.contains)
		})
	}
	t.Run("without permission", func(t *testing.T) {
		site.Withdraw("ADD_COMMENTS", "WORK_ON_ISSUES", "CREATE_ATTACHMENTS", "LINK_ISSUES")
		c.post(issue+"/comment", `{"body":`+doc("x")+`}`).is(t, 403)
		c.post(issue+"/worklog", `{"started":"2021-01-17T12:34:00.000+0000","timeSpentSeconds":60}`).is(t, 403)
		c.post(issue+"/remotelink", `{"object":{"url":"https://x.example","title":"x"}}`).is(t, 403)
		body, multi := form(t, "file", [2]string{"x", "y"})
		c.post(issue+"/attachments", body, multi).is(t, 403)
	})
	t.Run("nothing of it left a trace", func(t *testing.T) {
		require.Equal(t, string(first(t, site, "BIG-2").Body("")), string(c.get(issue).is(t, 200).body))
		require.Equal(t, "[]", string(c.get(issue+"/remotelink").is(t, 200).body))
	})
}
