package confluence

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"holdfast/internal/atlassian"
	"holdfast/internal/samplesite"
	"holdfast/internal/samplesite/content"
)

// writer writes to a sample site by HTTP, all within Atlassian's documents.
type writer struct {
	t    *testing.T
	site *samplesite.Site
	http *http.Client
}

func writes(t *testing.T, site *samplesite.Site) *writer {
	return &writer{t, site, &http.Client{Transport: newContract(t)}}
}

// send writes and returns the reply, which is to have the status.
func (w *writer) send(status int, method, path, contentType string, body io.Reader) raw {
	w.t.Helper()
	r, err := http.NewRequestWithContext(w.t.Context(), method, w.site.URL()+path, body)
	require.NoError(w.t, err)
	r.SetBasicAuth(w.site.Email(), w.site.Token())
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	r.Header.Set("X-Atlassian-Token", "no-check")
	res, err := w.http.Do(r)
	require.NoError(w.t, err)
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(res.Body)
	require.NoError(w.t, err)
	require.Equal(w.t, status, res.StatusCode, "%s %s: %s", method, path, b)
	return b
}

// put writes JSON and returns the id of the reply.
func (w *writer) put(status int, method, path string, body any) string {
	w.t.Helper()
	b, err := json.Marshal(body)
	require.NoError(w.t, err)
	return text(w.send(status, method, path, "application/json", strings.NewReader(string(b))), "id")
}

type object = map[string]any

func inStorage(value string) object { return object{"representation": "storage", "value": value} }

func TestWhatIsWrittenIsCaptured(t *testing.T) {
	site := sample(t, content.WikiSpec{})
	w := writes(t, site)
	space := w.put(201, "POST", v2+"/spaces", object{"name": "Engineering & more", "key": "ENG", "description": object{"value": "All <of> it", "representation": "plain"}})
	w.put(200, "POST", v1+"/space", object{"name": "Second", "key": "TWO"})
	w.put(201, "POST", v2+"/spaces/"+space+"/properties", object{"key": "holdfast.origin", "value": object{"id": "1"}})
	page := w.put(200, "POST", v2+"/pages", object{"spaceId": space, "title": "One", "body": inStorage("<p>first</p>")})
	below := w.put(200, "POST", v2+"/pages", object{"spaceId": space, "title": "Below", "parentId": page, "body": inStorage("<p>below</p>"), "subtype": "live"})
	w.put(200, "POST", v2+"/pages?root-level=true", object{"spaceId": space, "title": "Root", "body": inStorage("<p>root</p>")})
	w.put(200, "POST", v2+"/pages", object{"spaceId": space, "title": "Draft", "status": "draft", "body": inStorage("<p>draft</p>")})
	w.put(200, "POST", v2+"/blogposts", object{"spaceId": space, "title": "News", "body": inStorage("<p>news</p>"), "createdAt": "2024-03-05T10:00:00.000Z"})
	w.put(200, "POST", v2+"/pages/"+page+"/properties", object{"key": "holdfast.origin", "value": object{"id": "7"}})
	for n := 2; n <= 4; n++ {
		w.put(200, "PUT", v2+"/pages/"+below, object{"id": below, "status": "current", "title": "Below", "body": inStorage("<p>changed</p>"),
			"version": object{"number": n, "message": "again"}})
	}

	furnish(w, space, page)
	c, b := captured(t, site)
	checkBytes(t, site, c, b)
	for _, kind := range []string{spaceKind, pageKind, blogKind, adfKind, "folder", "whiteboard", "database", "embed", "label", "contentProperty", contentVersionKind, "restriction",
		"footerComment", "footerReply", "inlineComment", "inlineReply", "commentVersion", "attachment", attachmentVersionKind, customContentKind, "task", "spaceLabel", "spaceProperty",
		"spacePermissionAssignment", "spaceRoleAssignment", "spaceTheme", "spaceSettings", "spaceLookAndFeel", "spaceTemplate", "spaceWatcher", "spaceState", "spaceClassification", "template"} {
		require.True(t, slices.ContainsFunc(slices.Collect(maps.Keys(b.records)), func(r record) bool { return r.kind == kind }), "no %s was captured", kind)
	}
}

// captured backs the site up and holds the backup against what the site says it has.
func captured(t *testing.T, site *samplesite.Site) (*Confluence, *backup) {
	o := everything
	o.CustomContent = customTypes(site)
	c := New(sampleClient(t, site), o)
	b := backUp(t, c)
	for _, p := range b.problems {
		require.True(t, p.Note, "%v", p)
	}
	same(t, truth(site), b)
	require.Len(t, b.captured, b.asked)
	checkUsers(t, site, b)
	checkRestrictions(t, site, b)
	return c, b
}

// furnish writes what there is beside pages.
func furnish(w *writer, space, page string) {
	of := func(kind string) string {
		for r := range w.site.Truth().WikiRecords(kind) {
			return r.ID
		}
		return ""
	}
	me := w.site.AccountID()
	folder := w.put(200, "POST", v2+"/folders", object{"spaceId": space, "title": "Folder", "parentId": page})
	inside := w.put(200, "POST", v2+"/pages", object{"spaceId": space, "title": "In the folder", "parentId": folder, "body": inStorage("<p>x</p>")})
	w.put(200, "POST", v2+"/folders/"+folder+"/properties", object{"key": "holdfast.origin", "value": object{"id": "9"}})
	w.put(200, "POST", v2+"/whiteboards", object{"spaceId": space, "title": "Board"})
	w.put(200, "POST", v2+"/databases", object{"spaceId": space, "title": "Data"})
	w.put(200, "POST", v2+"/embeds", object{"spaceId": space, "title": "Link", "embedUrl": "https://example.com/?a=1&b=2"})

	text := "<p>Say <strong>hello &amp; go</strong>on, hello &amp; goon</p><ac:task-list><ac:task><ac:task-id>1</ac:task-id><ac:task-uuid>u</ac:task-uuid>" +
		"<ac:task-status>incomplete</ac:task-status><ac:task-body><span class=\"placeholder-inline-tasks\">Do <ac:link><ri:user ri:account-id=\"" + me + "\" /></ac:link></span></ac:task-body></ac:task></ac:task-list>"
	w.put(200, "PUT", v2+"/pages/"+inside, object{"id": inside, "status": "current", "title": "In the folder", "body": inStorage(text), "version": object{"number": 2}})
	footer := w.put(201, "POST", v2+"/footer-comments", object{"pageId": inside, "body": inStorage("<p>one</p>")})
	reply := w.put(201, "POST", v2+"/footer-comments", object{"parentCommentId": footer, "body": inStorage("<p>two</p>")})
	w.put(201, "POST", v2+"/footer-comments", object{"parentCommentId": reply, "body": inStorage("<p>three</p>")})
	w.put(200, "PUT", v2+"/footer-comments/"+footer, object{"version": object{"number": 2, "message": "m"}, "body": inStorage("<p>one again</p>")})
	inline := w.put(201, "POST", v2+"/inline-comments", object{"pageId": inside, "body": inStorage("<p>why</p>"),
		"inlineCommentProperties": object{"textSelection": "hello & goon", "textSelectionMatchCount": 2, "textSelectionMatchIndex": 0}})
	w.put(201, "POST", v2+"/inline-comments", object{"parentCommentId": inline, "body": inStorage("<p>so</p>")})
	w.put(200, "PUT", v2+"/inline-comments/"+inline, object{"version": object{"number": 2}, "resolved": true})
	w.put(200, "POST", v2+"/comments/"+inline+"/properties", object{"key": "holdfast.origin", "value": 1})

	file := w.upload("POST", v1+"/content/"+inside+"/child/attachment", "a b.txt", "text/plain", "hello")
	w.upload("PUT", v1+"/content/"+inside+"/child/attachment", "a b.txt", "text/plain", "hello again")
	w.upload("POST", v1+"/content/"+inside+"/child/attachment/"+file+"/data", "a b.txt", "text/plain", strings.Repeat("large ", 3<<20))
	w.put(200, "POST", v2+"/attachments/"+file+"/properties", object{"key": "holdfast.origin", "value": 1})
	w.put(200, "POST", v1+"/content/"+file+"/label", []object{{"prefix": "global", "name": "file"}})
	w.put(200, "POST", v1+"/content/"+inside+"/label", []object{{"prefix": "global", "name": "howto"}, {"prefix": "my", "name": "mine"}})
	w.put(200, "PUT", v1+"/content/"+inside+"/restriction", []object{{"operation": "update", "restrictions": object{
		"user": []object{{"type": "known", "accountId": me}}, "group": []object{{"type": "group", "id": of("group")}}}}})
	w.put(200, "PUT", v1+"/content/"+inside+"/state?status=current", object{"name": "Done", "color": "#57d9a3"})

	w.put(200, "POST", v1+"/space/ENG/label", []object{{"prefix": "team", "name": "ours"}})
	w.put(200, "POST", v1+"/space/ENG/permission", object{"subject": object{"type": "group", "identifier": of("group")}, "operation": object{"key": "read", "target": "space"}})
	w.put(200, "POST", v2+"/spaces/"+space+"/role-assignments", []object{{"principal": object{"principalType": "GROUP", "principalId": of("group")}, "roleId": of("spaceRole")}})
	w.put(200, "PUT", v1+"/space/ENG/theme", object{"themeKey": of("theme")})
	w.put(200, "PUT", v1+"/space/ENG/settings", object{"contentMode": "compact"})
	w.put(200, "PUT", v1+"/space/ENG", object{"name": "Engineering", "description": object{"plain": object{"value": "Less", "representation": "plain"}}})
	w.send(204, "POST", v1+"/user/watch/space/ENG?accountId="+url.QueryEscape(me), "", nil)
	w.send(204, "PUT", v2+"/spaces/"+space+"/classification-level/default", "application/json", strings.NewReader(`{"id":"`+of("classificationLevel")+`"}`))
	template := object{"name": "T", "templateType": "page", "body": object{"storage": object{"value": "<p>t</p>", "representation": "storage"}}}
	w.put(200, "POST", v1+"/template", template)
	template["space"] = object{"key": "ENG"}
	w.put(200, "POST", v1+"/template", template)
	custom := w.put(201, "POST", v2+"/custom-content", object{"type": "ac:com.example.x:y", "pageId": inside, "title": "C", "body": object{"representation": "raw", "value": "{}"}})
	w.put(200, "PUT", v2+"/custom-content/"+custom, object{"id": custom, "type": "ac:com.example.x:y", "status": "current", "pageId": inside, "title": "C2",
		"body": object{"representation": "raw", "value": "[]"}, "version": object{"number": 2}})

	old := w.put(200, "POST", v2+"/pages", object{"spaceId": space, "title": "Old", "body": inStorage("<p>old</p>")})
	w.put(200, "POST", v2+"/pages", object{"spaceId": space, "title": "Below old", "parentId": old, "body": inStorage("<p>old</p>")})
	id, err := strconv.Atoi(old)
	require.NoError(w.t, err)
	w.put(202, "POST", v1+"/content/archive", object{"pages": []object{{"id": id}}})
	gone := w.put(200, "POST", v2+"/pages", object{"spaceId": space, "title": "Trash", "body": inStorage("<p>t</p>")})
	w.send(204, "DELETE", v2+"/pages/"+gone, "", nil)
	w.send(200, "PUT", v1+"/content/"+inside+"/move/after/"+page, "", nil)
}

// upload sends a file and returns its id.
func (w *writer) upload(method, path, name, mediaType, data string) string {
	w.t.Helper()
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	part, err := form.CreatePart(textproto.MIMEHeader{"Content-Disposition": {fmt.Sprintf("form-data; name=%q; filename=%q", "file", name)}, "Content-Type": {mediaType}})
	require.NoError(w.t, err)
	_, err = io.WriteString(part, data)
	require.NoError(w.t, errors.Join(err, form.WriteField("comment", "a comment"), form.WriteField("minorEdit", "true"), form.Close()))
	var body io.Reader = &b
	if method == "PUT" {
		body = io.MultiReader(&b) // which can be read once only
	}
	reply := w.send(200, method, path, form.FormDataContentType(), body)
	if id := text(reply, "id"); id != "" {
		return id
	}
	for one := range atlassian.Elements(atlassian.Member(reply, "results")) {
		return text(one, "id")
	}
	return ""
}
