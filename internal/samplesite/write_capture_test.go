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

	"github.com/stretchr/testify/require"

	"holdfast/internal/atlassian"
	"holdfast/internal/atlassian/jira"
	"holdfast/internal/samplesite"
	"holdfast/internal/samplesite/content"
)

// snapshot is what the real client reads of a site: one project and what belongs to the site.
type snapshot struct {
	product *jira.Jira
	of      map[string][]atlassian.Item // by kind, in order
}

func snapshotOf(t *testing.T, site *samplesite.Site, project string) snapshot {
	t.Helper()
	client, err := atlassian.New(atlassian.Config{Site: site.URL(), Credential: atlassian.Credential{Name: "sample", Email: site.Email(), Token: site.Token()}})
	require.NoError(t, err)
	c := snapshot{product: jira.New(client), of: map[string][]atlassian.Item{}}
	emit := func(i atlassian.Item) error {
		i.Body = bytes.Clone(i.Body)
		c.of[i.Kind] = append(c.of[i.Kind], i)
		return nil
	}
	odd := func(all []atlassian.Problem) {
		t.Helper()
		for _, p := range all {
			require.True(t, p.Note, "%+v", p)
		}
	}
	found := false
	require.NoError(t, c.product.Containers(t.Context(), func(all []atlassian.Container) error {
		for _, one := range all {
			if one.Key != project {
				continue
			}
			found = true
			var ids []string
			p, err := c.product.Census(t.Context(), one, func(some []string) error { ids = append(ids, some...); return nil })
			require.NoError(t, err)
			require.Nil(t, p)
			require.Len(t, ids, one.Items)
			problems, err := c.product.ExportContainer(t.Context(), one, emit)
			require.NoError(t, err)
			odd(problems)
			chunk, err := c.product.ExportItems(t.Context(), one, ids, func(string) bool { return true }, emit)
			require.NoError(t, err)
			odd(chunk.Problems)
			require.Equal(t, ids, chunk.Captured)
		}
		return nil
	}))
	require.True(t, found, project)
	problems, err := c.product.ExportSite(t.Context(), emit)
	require.NoError(t, err)
	odd(problems)
	return c
}

// parts is the records of a kind that belong to something.
func (c snapshot) parts(kind, parent string) (out []atlassian.Item) {
	for _, i := range c.of[kind] {
		if i.Parent == parent {
			out = append(out, i)
		}
	}
	return out
}

// only is some members of a body, as one can write them.
func only(t *testing.T, body json.RawMessage, names ...string) string {
	t.Helper()
	var m map[string]json.RawMessage
	require.NoError(t, json.Unmarshal(body, &m))
	out := map[string]json.RawMessage{}
	for _, n := range names {
		if v := m[n]; v != nil {
			out[n] = v
		}
	}
	b, err := json.Marshal(out)
	require.NoError(t, err)
	return string(b)
}

// eachOnly is only for each record of a list.
func eachOnly(t *testing.T, items []atlassian.Item, names ...string) (out []string) {
	for _, i := range items {
		out = append(out, only(t, i.Body, names...))
	}
	return out
}

// bytesOf reads an attachment as a backup does.
func (c snapshot) bytesOf(t *testing.T, a *atlassian.Attachment) string {
	t.Helper()
	r, err := c.product.Open(t.Context(), *a, 0)
	require.NoError(t, err)
	defer r.Close()
	b, err := io.ReadAll(r)
	require.NoError(t, err)
	return string(b)
}

// TestWhatIsWrittenIsCapturedAsItWas writes the parts of generated issues to new ones, by
// HTTP, and holds the capture of these against that of those.
func TestWhatIsWrittenIsCapturedAsItWas(t *testing.T) {
	cfg := small()
	cfg.Content.Projects = []content.ProjectSpec{{Key: "SRC", Issues: 12}, {Key: "TWO", Issues: 3}}
	cfg.Content.Config = content.Config{Groups: 1, Roles: 1}
	cfg.Content.Attachments = 12
	cfg.Content.Issues = []content.IssueSpec{{Key: "SRC-1", Comments: 130, Worklogs: 45, RemoteLinks: 4, Watchers: 60, Properties: 3},
		{Key: "SRC-2", Attachments: []content.FileSpec{{Name: "same.log", Size: 70_000}, {Name: "same.log", Size: 10}, {Name: "../../x", Size: 3}, {Name: "empty.csv", Size: 0}}}}
	site, c := checked(t, cfg)
	before := snapshotOf(t, site, "SRC")
	c.post("/rest/api/3/project", `{"key":"DST","name":"Restored","projectTypeKey":"software","projectTemplateKey":"com.pyxis.greenhopper.jira:gh-simplified-kanban-classic","leadAccountId":"`+site.AccountID()+`"}`).is(t, 201)

	to := map[string]string{}
	for _, i := range before.of["issue"] {
		a := c.post("/rest/api/3/issue", `{"fields":{"project":{"key":"DST"},"issuetype":{"name":"Task"},"summary":"x"}}`).is(t, 201)
		to[i.ID] = a.got(t, "id")
		issue := "/rest/api/3/issue/" + a.got(t, "key")
		for _, one := range before.parts("comment", i.ID) {
			c.post(issue+"/comment", only(t, one.Body, "body", "visibility")).is(t, 201)
		}
		for _, one := range before.parts("worklog", i.ID) {
			c.post(issue+"/worklog?adjustEstimate=leave&notifyUsers=false", only(t, one.Body, "started", "timeSpentSeconds", "comment")).is(t, 201)
		}
		for _, one := range before.parts("remotelink", i.ID) {
			c.post(issue+"/remotelink", only(t, one.Body, "globalId", "application", "relationship", "object")).is(t, 201)
		}
		for _, one := range before.parts("property", i.ID) {
			c.put(issue+"/properties/"+strings.ReplaceAll(one.ID, "/", "%2F"), string(one.Body)).is(t, 201)
		}
		for _, one := range before.parts("watchers", i.ID) {
			for _, w := range accounts(t, one.Body) {
				c.post(issue+"/watchers", fmt.Sprintf("%q", w)).is(t, 204)
			}
		}
		for _, one := range before.parts("attachment", i.ID) {
			attach(t, c, issue, one.Attachment, before.bytesOf(t, one.Attachment))
		}
	}

	after := snapshotOf(t, site, "DST")
	require.Len(t, after.of["issue"], len(before.of["issue"]))
	for _, i := range before.of["issue"] {
		for kind, members := range map[string][]string{
			"comment": {"body", "visibility", "jsdPublic"}, "worklog": {"started", "timeSpent", "timeSpentSeconds", "comment"},
			"remotelink": {"globalId", "application", "relationship", "object"},
		} {
			want, got := before.parts(kind, i.ID), after.parts(kind, to[i.ID])
			require.Equal(t, eachOnly(t, want, members...), eachOnly(t, got, members...), "%s of %s", kind, i.Key)
			for _, one := range got {
				if kind != "remotelink" {
					require.Equal(t, site.AccountID(), textAt(t, one.Body, "author", "accountId"))
				}
			}
			if len(want) > 0 {
				require.Equal(t, constantMembers(t, want[0].Body), constantMembers(t, got[0].Body), "records of %s have the same members", kind)
			}
		}
		require.Equal(t, textAt(t, before.issue(t, i.ID), "fields", "timetracking"), textAt(t, after.issue(t, to[i.ID]), "fields", "timetracking"))
		requireSame(t, before.parts("property", i.ID), after.parts("property", to[i.ID]))
		watching := func(c snapshot, id string) (out []string) {
			for _, one := range c.parts("watchers", id) {
				out = append(out, accounts(t, one.Body)...)
			}
			return out
		}
		require.Equal(t, watching(before, i.ID), watching(after, to[i.ID]), i.Key)
		want, got := before.parts("attachment", i.ID), after.parts("attachment", to[i.ID])
		require.Equal(t, eachOnly(t, want, "filename", "size", "mimeType"), eachOnly(t, got, "filename", "size", "mimeType"), i.Key)
		for k := range want {
			require.Equal(t, before.bytesOf(t, want[k].Attachment), after.bytesOf(t, got[k].Attachment), "%s %s", i.Key, want[k].ID)
		}
	}
	require.Equal(t, 130, len(after.parts("comment", to[before.of["issue"][0].ID])))
	require.Greater(t, len(after.of["attachment"]), 10)
	require.Zero(t, site.Counts().Leaks)
}

// issue is the body of one.
func (c snapshot) issue(t *testing.T, id string) json.RawMessage {
	t.Helper()
	for _, i := range c.of["issue"] {
		if i.ID == id {
			return i.Body
		}
	}
	t.Fatalf("issue %s was not captured", id)
	return nil
}

func textAt(t *testing.T, body json.RawMessage, path ...string) string {
	t.Helper()
	return answer{body: body}.got(t, path...)
}

// constantMembers is the names of the members of a body, where they are always there.
func constantMembers(t *testing.T, body json.RawMessage) (out []string) {
	t.Helper()
	var m map[string]json.RawMessage
	require.NoError(t, json.Unmarshal(body, &m))
	for _, name := range []string{"self", "id", "issueId", "author", "updateAuthor", "created", "updated", "jsdPublic"} {
		if m[name] != nil {
			out = append(out, name)
		}
	}
	return out
}

func requireSame(t *testing.T, want, got []atlassian.Item) {
	t.Helper()
	require.Len(t, got, len(want))
	for i := range want {
		require.Equal(t, want[i].ID, got[i].ID)
		require.Equal(t, string(want[i].Body), string(got[i].Body))
	}
}

// accounts is the ids of the watchers of an issue.
func accounts(t *testing.T, body json.RawMessage) (out []string) {
	t.Helper()
	var w struct{ Watchers []struct{ AccountID string } }
	require.NoError(t, json.Unmarshal(body, &w))
	for _, one := range w.Watchers {
		out = append(out, one.AccountID)
	}
	return out
}

// attach sends a file with its own name and type.
func attach(t *testing.T, c *client, issue string, a *atlassian.Attachment, data string) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	part, err := w.CreatePart(map[string][]string{"Content-Disposition": {multipart.FileContentDisposition("file", a.Name)}, "Content-Type": {a.MediaType}})
	require.NoError(t, err)
	_, err = io.WriteString(part, data)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	c.post(issue+"/attachments", b.String(), func(r *http.Request) {
		r.Header.Set("Content-Type", w.FormDataContentType())
		r.Header.Set("X-Atlassian-Token", "no-check")
	}).is(t, 200)
}
