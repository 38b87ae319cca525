package samplesite_test

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holdfast/internal/samplesite/content"
)

// inline is a request for a comment in the text of a page.
func inline(page, selection string, index, count int) object {
	return object{"pageId": page, "body": stored("<p>why?</p>"),
		"inlineCommentProperties": object{"textSelection": selection, "textSelectionMatchCount": count, "textSelectionMatchIndex": index}}
}

func TestCommentsStandOnThePlaceThatTheyName(t *testing.T) {
	w, space := writableWiki(t)
	const body = `<p>one <strong>two</strong> three &amp; one two three</p><p><ac:structured-macro ac:name="code"><ac:plain-text-body><![CDATA[one two three]]></ac:plain-text-body></ac:structured-macro></p>`
	page := w.page(space, "P", body)
	const path = "/wiki/api/v2/inline-comments"
	for rule, in := range map[string]object{
		"the text is on the page":        inline(page, "four", 0, 1),
		"as often as it says":            inline(page, "one two three", 0, 1),
		"its index is one of them":       inline(page, "one two three", 2, 2),
		"code is no text of the page":    inline(page, "one two three", 2, 3),
		"a comment says where it stands": {"pageId": page, "body": stored("<p/>")},
		"it is on one thing":             {"pageId": page, "blogPostId": page, "body": stored("<p/>")},
		"its text is in storage format":  {"pageId": page, "body": stored("<p>"), "inlineCommentProperties": inline(page, "one", 0, 2)["inlineCommentProperties"]},
	} {
		require.Equal(t, 400, w.sent(http.MethodPost, path, in).status, rule)
	}
	require.Equal(t, body, w.text(page), "what is refused marks nothing")
	first := w.sent(http.MethodPost, path, inline(page, "one two three", 0, 2)).is(t, 201)
	ref := first.got(t, "properties", "inlineMarkerRef")
	mark := `<ac:inline-comment-marker ac:ref="` + ref + `">`
	const end = `</ac:inline-comment-marker>`
	require.Equal(t, "<p>"+mark+"one "+end+"<strong>"+mark+"two"+end+"</strong>"+mark+" three"+end+strings.TrimPrefix(body, "<p>one <strong>two</strong> three"), w.text(page))
	require.Equal(t, "1", w.get("/wiki/api/v2/pages/"+page).is(t, 200).got(t, "version", "number"), "a mark is no version")
	second := w.sent(http.MethodPost, path, inline(page, "three & one", 0, 1)).is(t, 201).got(t, "id")
	require.Equal(t, "open", first.got(t, "resolutionStatus"))

	id := first.got(t, "id")
	reply := w.sent(http.MethodPost, path, object{"parentCommentId": id, "body": stored("<p>so</p>")}).is(t, 201).got(t, "id")
	change := func(id string, version int, resolved any) answer {
		in := object{"version": object{"number": version}}
		if resolved != nil {
			in["resolved"] = resolved
		} else {
			in["body"] = stored("<p>changed</p>")
		}
		return w.sent(http.MethodPut, path+"/"+id, in)
	}
	require.Equal(t, "resolved", change(id, 2, true).is(t, 200).got(t, "resolutionStatus"))
	require.Equal(t, 409, change(id, 2, false).status)
	require.Equal(t, 400, change(reply, 2, true).status, "an answer is not resolved")
	require.Equal(t, "reopened", change(id, 3, false).is(t, 200).got(t, "resolutionStatus"))
	change(reply, 2, nil).is(t, 200)

	w.edit(page, "P", "<p>all gone</p>", 2).is(t, 200)
	require.Equal(t, "dangling", w.get(path+"/"+id).is(t, 200).got(t, "resolutionStatus"), "its place is not there any more")
	require.Equal(t, 400, change(id, 4, nil).status, "a dangling comment stays as it is")
	w.del(path+"/"+id).is(t, 204)
	require.Equal(t, 404, w.get(path+"/"+reply).status, "answers go with what they answer")
	w.get(path+"/"+second).is(t, 200)
}

func TestCommentsBelowPagesAreWritten(t *testing.T) {
	w, space := writableWiki(t)
	page := w.page(space, "P", "<p>x</p>")
	const path = "/wiki/api/v2/footer-comments"
	id := w.sent(http.MethodPost, path, object{"pageId": page, "body": stored("<p>1</p>")}).is(t, 201).got(t, "id")
	above := id
	for range 12 {
		above = w.sent(http.MethodPost, path, object{"parentCommentId": above, "body": stored("<p>r</p>")}).is(t, 201).got(t, "id")
	}
	w.k.at = w.k.at.Add(time.Minute)
	w.sent(http.MethodPut, path+"/"+id, object{"version": object{"number": 2, "message": "m"}, "body": stored("<p>2</p>")}).is(t, 200)
	require.Equal(t, 409, w.sent(http.MethodPut, path+"/"+id, object{"version": object{"number": 2}, "body": stored("<p>2</p>")}).status)
	a := w.get(path+"/"+id+"/versions?body-format=storage").is(t, 200)
	require.Equal(t, []string{"2", "<p>2</p>", "1", "<p>1</p>"}, []string{a.got(t, "results", "0", "number"), a.got(t, "results", "0", "comment", "body", "storage", "value"),
		a.got(t, "results", "1", "number"), a.got(t, "results", "1", "comment", "body", "storage", "value")})
	require.Equal(t, 404, w.sent(http.MethodPost, path, object{"pageId": "1", "body": stored("<p>1</p>")}).status)
	list := "/wiki/api/v2/comments/" + id + "/properties"
	p := w.sent(http.MethodPost, list, object{"key": "holdfast.origin", "value": 1}).is(t, 200).got(t, "id")
	require.Contains(t, string(w.get(list).is(t, 200).body), `"id":"`+p+`"`)
	require.Len(t, walkWiki(t, w.client, "/wiki/api/v2/footer-comments?limit=5"), 13, "the list of the whole site has those of all pages")
}

func TestFilesAreUploaded(t *testing.T) {
	w, space := writableWiki(t)
	page := w.page(space, "P", "<p>x</p>")
	path := "/wiki/rest/api/content/" + page + "/child/attachment"
	const name = "../a b <ü>.txt"
	id := w.uploads(http.MethodPost, path, name, "first").is(t, 200).got(t, "results", "0", "id")
	require.Equal(t, 400, w.uploads(http.MethodPost, path, name, "again").status, "POST adds files alone")
	require.Equal(t, 404, w.uploads(http.MethodPost, "/wiki/rest/api/content/1/child/attachment", name, "x").status)
	require.Equal(t, 403, w.do(http.MethodPost, path, "x").status, "XSRF")
	w.k.at = w.k.at.Add(time.Hour)
	require.Equal(t, id, w.uploads(http.MethodPut, path, name, "").is(t, 200).got(t, "results", "0", "id"), "PUT adds a version")
	w.uploads(http.MethodPost, path+"/"+id+"/data", "other.txt", "third").is(t, 200)
	require.Equal(t, 404, w.uploads(http.MethodPost, path+"/att1/data", "other.txt", "x").status)

	a := w.get("/wiki/api/v2/attachments/"+id).is(t, 200)
	require.Equal(t, []string{name, "5", "3", "2026-05-04T12:00:00.000Z", "2026-05-04T13:00:00.000Z", "why", "true"}, []string{a.got(t, "title"), a.got(t, "fileSize"), a.got(t, "version", "number"),
		a.got(t, "createdAt"), a.got(t, "version", "createdAt"), a.got(t, "comment"), a.got(t, "version", "minorEdit")})
	for version, want := range []string{"third", "first", "", "third"} {
		query := ""
		if version > 0 {
			query = fmt.Sprintf("?version=%d", version)
		}
		r := w.do(http.MethodGet, path+"/"+id+"/download"+query, "").is(t, 302)
		res, err := http.Get(r.header.Get("Location"))
		require.NoError(t, err)
		b, err := io.ReadAll(res.Body)
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())
		require.Equal(t, want, string(b), "version %d", version)
	}
	require.Len(t, walkWiki(t, w.client, "/wiki/api/v2/attachments"), 1)
	w.del("/wiki/api/v2/attachments/"+id).is(t, 204)
	require.Equal(t, "trashed", w.get("/wiki/api/v2/attachments/"+id).is(t, 200).got(t, "status"))
	w.uploads(http.MethodPost, path, name, "the name is free again").is(t, 200)
	w.del("/wiki/api/v2/attachments/"+id+"?purge=true").is(t, 204)
	require.Equal(t, 404, w.get("/wiki/api/v2/attachments/"+id).status)
}

func TestLabelsAndRestrictionsAreWritten(t *testing.T) {
	w, space := writableWiki(t)
	page := w.page(space, "P", "<p>x</p>")
	labels := "/wiki/rest/api/content/" + page + "/label"
	w.sent(http.MethodPost, labels, []object{{"prefix": "global", "name": "b"}, {"prefix": "my", "name": "a"}}).is(t, 200)
	a := w.sent(http.MethodPost, labels, object{"prefix": "global", "name": "b"}).is(t, 200)
	require.Equal(t, "2", a.got(t, "size"), "a label is there once")
	require.Equal(t, 400, w.sent(http.MethodPost, labels, []object{{"prefix": "global", "name": "a b"}}).status)
	require.Equal(t, 404, w.sent(http.MethodPost, "/wiki/rest/api/content/1/label", object{"prefix": "global", "name": "b"}).status)
	w.del(labels+"/a").is(t, 204)
	require.Equal(t, a.got(t, "results", "0", "id"), w.get("/wiki/api/v2/pages/"+page+"/labels").is(t, 200).got(t, "results", "0", "id"))
	w.sent(http.MethodPost, "/wiki/rest/api/space/ENG/label", []object{{"prefix": "team", "name": "b"}}).is(t, 200)
	require.Len(t, walkWiki(t, w.client, "/wiki/api/v2/spaces/"+space+"/labels"), 1)

	me := w.site.AccountID()
	path := "/wiki/rest/api/content/" + page + "/restriction"
	group := w.record("group")
	read := object{"operation": "read", "restrictions": object{"user": []object{{"type": "known", "accountId": me}}, "group": []object{}}}
	update := object{"operation": "update", "restrictions": object{"group": []object{{"type": "group", "id": group}}}}
	w.sent(http.MethodPut, path, []object{read}).is(t, 200)
	w.sent(http.MethodPost, path, object{"results": []object{update}}).is(t, 200)
	shown := func() (string, string) {
		a := w.get(path+"/byOperation?expand=restrictions.user,restrictions.group").is(t, 200)
		return a.got(t, "read", "restrictions", "user", "size"), a.got(t, "update", "restrictions", "group", "size")
	}
	users, groups := shown()
	require.Equal(t, "1 1", users+" "+groups)
	w.sent(http.MethodPut, path, []object{update}).is(t, 200)
	users, groups = shown()
	require.Equal(t, "0 1", users+" "+groups, "PUT puts it in the place of what was there")
	require.Equal(t, 400, w.sent(http.MethodPut, path, []object{{"operation": "read", "restrictions": object{"user": []object{{"type": "known", "accountId": "x"}}}}}).status)
	w.do(http.MethodPut, path+"/byOperation/read/user?accountId="+url.QueryEscape(me), "").is(t, 200)
	w.do(http.MethodDelete, path+"/byOperation/update/byGroupId/"+group, "").is(t, 200)
	users, groups = shown()
	require.Equal(t, "1 0", users+" "+groups)
	w.del(path).is(t, 200)
}

func TestTemplatesTasksStatesAndCustomContentAreWritten(t *testing.T) {
	w, space := writableWiki(t)
	template := object{"name": "T", "templateType": "page", "description": "d", "body": object{"storage": object{"value": "<p>t</p>", "representation": "storage"}}, "space": object{"key": "ENG"}}
	id := w.sent(http.MethodPost, "/wiki/rest/api/template", template).is(t, 200).got(t, "templateId")
	template["templateId"], template["name"] = id, "U"
	w.sent(http.MethodPut, "/wiki/rest/api/template", template).is(t, 200)
	require.Equal(t, "U", w.get("/wiki/rest/api/template/page?spaceKey=ENG").is(t, 200).got(t, "results", "0", "name"))
	template["templateId"] = "1"
	require.Equal(t, 404, w.sent(http.MethodPut, "/wiki/rest/api/template", template).status)
	w.del("/wiki/rest/api/template/"+id).is(t, 204)

	task := `<ac:task-list><ac:task><ac:task-id>4</ac:task-id><ac:task-status>incomplete</ac:task-status><ac:task-body><span class="placeholder-inline-tasks">Do &lt;it&gt; <time datetime="2026-06-07" /></span></ac:task-body></ac:task></ac:task-list>`
	page := w.page(space, "P", task)
	a := w.get("/wiki/api/v2/tasks?body-format=storage&page-id="+page).is(t, 200)
	require.Equal(t, []string{"4", "incomplete", "2026-06-07T00:00:00.000Z", `Do &lt;it&gt; <time datetime="2026-06-07" />`},
		[]string{a.got(t, "results", "0", "localId"), a.got(t, "results", "0", "status"), a.got(t, "results", "0", "dueAt"), a.got(t, "results", "0", "body", "storage", "value")})
	one := a.got(t, "results", "0", "id")
	require.Equal(t, w.site.AccountID(), w.sent(http.MethodPut, "/wiki/api/v2/tasks/"+one, object{"status": "complete"}).is(t, 200).got(t, "completedBy"))
	require.Contains(t, w.text(page), "<ac:task-status>complete</ac:task-status>")
	w.edit(page, "P", strings.ReplaceAll(task, "Do", "Do all of"), 2).is(t, 200)
	require.Equal(t, "incomplete", w.get("/wiki/api/v2/tasks/"+one).is(t, 200).got(t, "status"), "a task keeps its id while it keeps its number")

	state := "/wiki/rest/api/content/" + page + "/state"
	w.sent(http.MethodPut, state+"?status=current", object{"name": "Nearly", "color": "#57d9a3"}).is(t, 200)
	require.Equal(t, "Nearly", w.get(state).is(t, 200).got(t, "contentState", "name"))
	require.Equal(t, "3", w.get("/wiki/api/v2/pages/"+page).is(t, 200).got(t, "version", "number"), "a state is a version")
	require.Equal(t, 400, w.sent(http.MethodPut, state, object{"name": "Nearly", "color": "green"}).status)

	const kind = "ac:com.example.app:diagram"
	custom := object{"type": kind, "pageId": page, "title": "C", "body": object{"representation": "raw", "value": `{"a":1}`}}
	made := w.sent(http.MethodPost, "/wiki/api/v2/custom-content", custom).is(t, 201).got(t, "id")
	custom["id"], custom["status"], custom["version"], custom["title"] = made, "current", object{"number": 2}, "D"
	w.sent(http.MethodPut, "/wiki/api/v2/custom-content/"+made, custom).is(t, 200)
	require.Equal(t, 409, w.sent(http.MethodPut, "/wiki/api/v2/custom-content/"+made, custom).status)
	require.Equal(t, "D", w.get("/wiki/api/v2/pages/"+page+"/custom-content?type="+kind).is(t, 200).got(t, "results", "0", "title"))
	w.sent(http.MethodPost, "/wiki/api/v2/custom-content/"+made+"/properties", object{"key": "k", "value": 1}).is(t, 200)
	require.Equal(t, 404, w.sent(http.MethodPost, "/wiki/api/v2/custom-content", object{"type": "x", "spaceId": space, "title": "C", "body": custom["body"]}).status)
	w.del("/wiki/api/v2/custom-content/"+made).is(t, 204)
}

func TestWhatElseIsInTreesIsWritten(t *testing.T) {
	w, space := writableWiki(t)
	for kind, in := range map[string]object{
		content.FolderType: {}, content.WhiteboardType: {}, content.DatabaseType: {}, content.EmbedType: {"embedUrl": "https://example.com/a?b=1&c=<2>"},
	} {
		in["spaceId"], in["title"] = space, "A <"+kind+">"
		a := w.sent(http.MethodPost, "/wiki/api/v2/"+kind+"s", in).is(t, 200)
		one := "/wiki/api/v2/" + kind + "s/" + a.got(t, "id")
		require.Equal(t, string(a.body), string(w.get(one).is(t, 200).body))
		below := w.sent(http.MethodPost, "/wiki/api/v2/pages", object{"spaceId": space, "title": "Below " + kind, "parentId": a.got(t, "id")}).is(t, 200)
		require.Equal(t, kind, below.got(t, "parentType"))
		require.Len(t, walkWiki(t, w.client, one+"/descendants"), 1)
		w.del(one).is(t, 204)
		require.NotEqual(t, a.got(t, "id"), w.get("/wiki/api/v2/pages/"+below.got(t, "id")).is(t, 200).got(t, "parentId"))
	}
	in := object{"spaceId": space, "title": "Twice"}
	w.sent(http.MethodPost, "/wiki/api/v2/folders", in).is(t, 200)
	require.Equal(t, 400, w.sent(http.MethodPost, "/wiki/api/v2/folders", in).status, "the title of a folder is there once")
}

func TestOfWritersOfOneVersionOneWins(t *testing.T) {
	w, space := writableWiki(t)
	page := w.page(space, "P", "<p>x</p>")
	long := strings.Repeat("<p>long enough that its check takes a while</p>", 5000)
	const rounds, writers = 8, 4
	for version := 2; version < 2+rounds; version++ {
		body := fmt.Sprintf(`{"id":%q,"status":"current","title":"P","body":{"representation":"storage","value":%q},"version":{"number":%d}}`, page, long, version)
		statuses := make(chan int, writers)
		for range writers {
			go func() {
				r, err := http.NewRequest(http.MethodPut, w.site.URL()+"/wiki/api/v2/pages/"+page, strings.NewReader(body))
				if err != nil {
					statuses <- 0
					return
				}
				r.SetBasicAuth(w.site.Email(), w.site.Token())
				res, err := w.http.Do(r)
				if err != nil {
					statuses <- 0
					return
				}
				_ = res.Body.Close()
				statuses <- res.StatusCode
			}()
		}
		got := map[int]int{}
		for range writers {
			got[<-statuses]++
		}
		require.Equal(t, map[int]int{http.StatusOK: 1, http.StatusConflict: writers - 1}, got)
	}
	require.Equal(t, fmt.Sprint(1+rounds), w.get("/wiki/api/v2/pages/"+page).is(t, 200).got(t, "version", "number"))
}
