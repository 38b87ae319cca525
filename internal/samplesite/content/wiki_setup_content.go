package content

import (
	"holdfast/internal/samplesite/rawjson"
)

// firstTemplate is the id of the first template; those of each space begin a thousand further.
const firstTemplate = 20_000_001

// templates is templates of the site or of a space.
func (b *wikiBuilder) templates(kind, owner string, n int, space raw) {
	b.open(kind, owner)
	first := firstTemplate + 1000*len(b.Owners(kind))
	if kind == "template" {
		first = firstTemplate
	}
	for k := range n {
		id := number(first + k)
		pairs := b.templateMembers(id, "template", k)
		if space != nil {
			pairs = append(pairs, "space", space)
		}
		b.add(kind, owner, id, rawjson.Object(pairs...))
	}
}

// blueprints is the templates that apps bring.
func (b *wikiBuilder) blueprints(n int) {
	b.open("blueprint", "")
	for k := range n {
		id := b.uuid("blueprint", k)
		b.add("blueprint", "", id, rawjson.Object(append(b.templateMembers(id, "blueprint", k),
			"originalTemplate", rawjson.Object("pluginKey", "com.example.blueprints", "moduleKey", "template-"+number(k)), "referencingBlueprint", b.uuid("referencing blueprint", k))...))
	}
}

// templateMembers is what both have. A template's text has places that are filled in.
func (b *wikiBuilder) templateMembers(id, part string, k int) []any {
	r := b.rng(part, k)
	labels := []raw{}
	for _, one := range b.w.labels(r, -1+k%3, 2, true) {
		labels = append(labels, one.Body)
	}
	body := "<p>" + xmlText(paragraph(r, pickScript(r), 3)) + `</p><at:declarations><at:string at:name="who" /></at:declarations><p><at:var at:name="who" /></p>` +
		`<p><ac:placeholder ac:type="mention">Wer &amp; wann?</ac:placeholder></p>`
	return []any{"templateId", id, "name", b.name("Template", k), "description", b.note(part, k), "labels", labels, "templateType", "page", "editorVersion", "v2",
		"body", rawjson.Object("storage", rawjson.Object("value", body, "representation", "storage", "embeddedContent", []raw{},
			"_expandable", rawjson.Object("content", "", "embeddedContent", "", "webresource", "", "mediaToken", ""))),
		"_links", rawjson.Object("self", Base+"/wiki/rest/api/template/"+id)}
}

// appTypes are the types of custom content that apps keep on the site.
var appTypes = list("ac:com.example.diagrams:diagram|ac:com.example.polls:poll")

// customCount is how much custom content a space has.
func (w *wiki) customCount(space int) int {
	return few(w.spec.Spaces[space].CustomContent, w.rng(wikiSetupPart, int64(space), 2).below(5))
}

// customFrom is the id of the first custom content of a space.
func (w *wiki) customFrom(space int) int64 {
	id := int64(firstCustom)
	for i := range space {
		id += int64(w.customCount(i))
	}
	return id
}

// customContent is what apps keep in a space: on pages, and on none.
func (b *wikiBuilder) customContent(i int, space string) {
	w := b.w
	first := w.customFrom(i)
	for _, kind := range appTypes {
		b.open("customContent", space+"/"+kind)
	}
	var pages []Node
	for _, k := range w.ofSpace[i] {
		if n := w.nodes[k]; n.number > 0 && n.Status == "current" {
			pages = append(pages, n)
		}
	}
	for k := range w.customCount(i) {
		r := w.rng(wikiSetupPart, int64(i), 3, uint64(k))
		id, kind := idText(first+int64(k)), pickAt(appTypes, k)
		made := Node{ID: first + int64(k), Created: firstCreated + int64(k)*60_000, Modified: lastCreated}
		var pageID, blogID string
		if len(pages) > 0 && k%5 != 3 {
			on := pick(r, pages)
			pageID, blogID = idText(on.ID), ""
			if on.Type == BlogType {
				pageID, blogID = "", idText(on.ID)
			}
			made.Created = on.Created
		}
		value := string(rawjson.Object("shapes", []raw{oddValue, rawjson.Object("text", sentence(r, pickScript(r)))}, "xml", "<mxfile a=\"&lt;\"/>"))
		versions := 1 + r.longTail(3)
		b.add("customContent", space+"/"+kind, id, rawjson.Members(compact("id", id, "type", kind, "status", "current", "title", b.name("Diagram", k), "spaceId", space,
			"pageId", pageID, "blogPostId", blogID, "authorId", w.author(made).AccountID, "createdAt", FormatWikiTime(made.Created),
			"version", w.versionAt(made, versions, versions).Body, "body", rawjson.Object("raw", bodyOf("raw", value)), "_links", rawjson.Object("webui", w.spacePath(i)+"/custom-content/"+id))))
	}
}
