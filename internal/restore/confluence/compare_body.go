package confluence

import (
	"context"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"time"
)

// idWant is the id that something has in the destination.
func (c *comparing) idWant(ctx context.Context, v json.RawMessage, kinds ...string) (json.RawMessage, error) {
	id := jsonText(v)
	for _, kind := range kinds {
		ref, err := c.ref(ctx, kind, id)
		if err != nil {
			return nil, err
		}
		if ref.ID != "" {
			return jsonOf(ref.ID), nil
		}
	}
	return v, nil
}

// userWant is the account that a user is in the destination.
func (c *comparing) userWant(v json.RawMessage) (json.RawMessage, error) {
	if to, ok := c.job.Mapping.To(userKind, jsonText(v)); ok {
		return jsonOf(to), nil
	}
	return v, nil
}

// keyWant is the key that a space has in the destination.
func (c *comparing) keyWant(v json.RawMessage) (json.RawMessage, error) {
	return jsonOf(c.job.Plan.Spec.Selection.Key(jsonText(v))), nil
}

// The references of a text in storage format. They are rewritten by these expressions here and
// token by token where the text is restored: a fault of either shows.
var (
	accountRef = regexp.MustCompile(`ri:account-id="([^"]*)"`)
	contentRef = regexp.MustCompile(`ri:content-id="(\d+)"`)
	spaceRef   = regexp.MustCompile(`ri:space-key="([^"]*)"`)
	pageURL    = regexp.MustCompile(`/wiki/spaces/([^/"<]+)/(pages|blog/\d+/\d+/\d+|folder|whiteboard|database|embed)/(\d+)`)
	viewURL    = regexp.MustCompile(`/wiki/pages/viewpage\.action\?pageId=(\d+)`)
	marker     = regexp.MustCompile(`</?ac:inline-comment-marker[^>]*>`)
	localID    = regexp.MustCompile(` (ac:local-id|ac:macro-id|ri:version-at-save|data-local-id)="[^"]*"`)
	fileRef    = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`)
)

// bodyWant is a text of the archive as it should be in the destination.
func (c *comparing) bodyWant(ctx context.Context, v json.RawMessage) (json.RawMessage, error) {
	s := jsonText(v)
	var failed error
	content := func(id string) string {
		for _, kind := range []string{pageKind, blogKind, folderKind, whiteboardKind, databaseKind, embedKind} {
			ref, err := c.ref(ctx, kind, id)
			failed = cmpError(failed, err)
			if ref.ID != "" {
				return ref.ID
			}
		}
		return id
	}
	space := func(key string) string {
		if c.restored(key) {
			return c.job.Plan.Spec.Selection.Key(key)
		}
		return key
	}
	s = accountRef.ReplaceAllStringFunc(s, func(m string) string {
		id := accountRef.FindStringSubmatch(m)[1]
		if to, ok := c.job.Mapping.To(userKind, id); ok {
			id = to
		}
		return `ri:account-id="` + id + `"`
	})
	s = contentRef.ReplaceAllStringFunc(s, func(m string) string { return `ri:content-id="` + content(contentRef.FindStringSubmatch(m)[1]) + `"` })
	s = spaceRef.ReplaceAllStringFunc(s, func(m string) string { return `ri:space-key="` + space(spaceRef.FindStringSubmatch(m)[1]) + `"` })
	s = pageURL.ReplaceAllStringFunc(s, func(m string) string {
		at := pageURL.FindStringSubmatch(m)
		if content(at[3]) == at[3] {
			return m // it was not restored
		}
		return "/wiki/spaces/" + space(at[1]) + "/" + at[2] + "/" + content(at[3])
	})
	s = viewURL.ReplaceAllStringFunc(s, func(m string) string {
		return "/wiki/pages/viewpage.action?pageId=" + content(viewURL.FindStringSubmatch(m)[1])
	})
	return jsonOf(plain(s)), failed
}

// bodyGot is a text of the destination without what the restore added.
func (c *comparing) bodyGot(v json.RawMessage) (json.RawMessage, error) {
	return jsonOf(plain(withoutPanel(jsonText(v)))), nil
}

// plain is a text without what each site makes of its own: the marks of comments, and
// identities of macros and files.
func plain(s string) string {
	return fileRef.ReplaceAllString(localID.ReplaceAllString(marker.ReplaceAllString(s, ""), ""), "-")
}

// restored reports whether a space is restored.
func (c *comparing) restored(key string) bool {
	for _, p := range c.job.Plan.Containers {
		if p.Key == key {
			return p.Skip == ""
		}
	}
	return false
}

// now is the account that a user of the archive is in the destination.
func (c *comparing) now(id string) string {
	if to, ok := c.job.Mapping.To(userKind, id); ok {
		return to
	}
	return id
}

// people are the accounts of a restriction but the one that restores: it is among them in any
// case, since it would shut itself out otherwise.
func (c *comparing) people(ctx context.Context, v json.RawMessage, now func(string) string) (json.RawMessage, error) {
	me, err := c.me(ctx)
	if err != nil {
		return nil, err
	}
	var list struct {
		Results []json.RawMessage `json:"results"`
	}
	_ = json.Unmarshal(v, &list)
	all := []string{}
	for _, e := range list.Results {
		if id := now(text(e, "accountId")); id != me {
			all = append(all, id)
		}
	}
	slices.Sort(all)
	return jsonOf(strings.Join(all, " ")), nil
}

// groupsOf are the names of the groups of a restriction.
func (c *comparing) groupsOf(v json.RawMessage) (json.RawMessage, error) {
	return sortedTexts(v, func(e json.RawMessage) string { return text(e, "name") }), nil
}

func sortedTexts(v json.RawMessage, of func(json.RawMessage) string) json.RawMessage {
	var list struct {
		Results []json.RawMessage `json:"results"`
	}
	_ = json.Unmarshal(v, &list)
	all := []string{}
	for _, e := range list.Results {
		all = append(all, of(e))
	}
	slices.Sort(all)
	return jsonOf(strings.Join(all, " "))
}

func jsonText(v json.RawMessage) string {
	var s string
	_ = json.Unmarshal(v, &s)
	return s
}

func jsonOf(s string) json.RawMessage {
	data, _ := json.Marshal(s)
	return data
}

// versionMessage is what a restore writes as the message of a version, with what it was after it.
var versionMessage = regexp.MustCompile(`(?s)^` + messageBegin + `\d+, written(?: by .*?)? on \d{4}-\d\d-\d\d \d\d:\d\d UTC(?:: (.*))?$`)

// messageGot is the message of a version without what the restore put before it.
func messageGot(v json.RawMessage) (json.RawMessage, error) {
	if m := versionMessage.FindStringSubmatch(jsonText(v)); m != nil {
		return jsonOf(m[1]), nil
	}
	return v, nil
}

// instant is a time however it is written.
func instant(v json.RawMessage) (json.RawMessage, error) {
	at, err := time.Parse(time.RFC3339, jsonText(v))
	if err != nil {
		return v, nil
	}
	return jsonOf(at.UTC().Format(time.RFC3339Nano)), nil
}

// withoutSpace is the look of a space without the space.
func withoutSpace(v json.RawMessage) (json.RawMessage, error) {
	var look map[string]json.RawMessage
	if json.Unmarshal(v, &look) != nil || look == nil {
		return v, nil
	}
	delete(look, "spaceReference")
	return json.Marshal(look)
}
