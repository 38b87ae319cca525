package samplesite

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"holdfast/internal/samplesite/content"
	"holdfast/internal/samplesite/rawjson"
)

// wikiWriteRoutes serves what changes Confluence, by either of its APIs.
func (s *Site) wikiWriteRoutes() []route {
	routes := slices.Concat(spaceWriteRoutes(), pageWriteRoutes(), treeWriteRoutes(), propertyRoutes(), commentWriteRoutes(), fileWriteRoutes(), labelWriteRoutes(), restrictionWriteRoutes(),
		accessWriteRoutes(), settingWriteRoutes(), templateWriteRoutes(), customWriteRoutes(), taskWriteRoutes(), stateWriteRoutes())
	for i := range routes {
		if r := &routes[i]; !r.upload && r.method != http.MethodGet {
			r.answer = oneWriter(r.answer)
		}
	}
	return routes
}

// oneWriter lets one request at a time write, from the look at what there is to the
// change; what is read meanwhile is as it was before or as it is afterwards.
func oneWriter(answer func(*call) reply) func(*call) reply {
	return func(c *call) reply {
		c.site.wiki.writing.Lock()
		defer c.site.wiki.writing.Unlock()
		if bad := c.mayNot(); bad != nil {
			return *bad
		}
		p := answer(c)
		if p.status < http.StatusMultipleChoices {
			c.site.change(func(*world) {}) // counts it, so that what is asked again because of it is told apart
		}
		return p
	}
}

// most5MB is the largest request that REST v2 takes.
const most5MB = 5 << 20

// wikiBody reads the request's body into a value, which names every member that there may be.
func (c *call) wikiBody(into any) *reply {
	if len(c.body) > most5MB {
		p := wikiRefuse(http.StatusRequestEntityTooLarge, "REQUEST_TOO_LARGE", "The request is larger than 5 MB")
		return &p
	}
	dec := json.NewDecoder(bytes.NewReader(c.body))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		return c.wikiBad("The request body cannot be read: " + err.Error())
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return c.wikiBad("The request body holds more than one value")
	}
	return nil
}

// wikiBad is the answer of either API to a request that it does not take.
func (c *call) wikiBad(message string) *reply {
	if strings.HasPrefix(c.route.template, WikiV2+"/") {
		return wikiInvalid("%s", message)
	}
	p := plainRefuse(http.StatusBadRequest, message)
	return &p
}

// wikiConflict is the answer to a version that is not the next one.
func (c *call) wikiConflict(have, given int) *reply {
	message := fmt.Sprintf("Version must be incremented on update. Current version is: %d, provided version is: %d", have, given)
	p := wikiRefuse(http.StatusConflict, "CONFLICT", message)
	if !strings.HasPrefix(c.route.template, WikiV2+"/") {
		p = plainRefuse(http.StatusConflict, message)
	}
	return &p
}

// now is the site's clock in Unix ms.
func (c *call) wikiNow() int64 { return c.site.cfg.Now().UnixMilli() }

// writtenBody is a text as requests of REST v2 give it: in one representation, or in
// an object by representation.
type writtenBody struct {
	Representation *string  `json:"representation"`
	Value          *string  `json:"value"`
	Storage        *oneBody `json:"storage"`
	ADF            *oneBody `json:"atlas_doc_format"`
	Wiki           *oneBody `json:"wiki"`
	Raw            *oneBody `json:"raw"`
}

type oneBody struct {
	Representation string `json:"representation"`
	Value          string `json:"value"`
}

// given is the representation and text of a body; of none at all it is empty storage.
func (b *writtenBody) given() (representation, value string) {
	if b == nil {
		return content.StorageFormat, ""
	}
	for name, one := range map[string]*oneBody{content.StorageFormat: b.Storage, content.ADFFormat: b.ADF, "wiki": b.Wiki, "raw": b.Raw} {
		if one != nil {
			if one.Representation != "" {
				name = one.Representation
			}
			return name, one.Value
		}
	}
	representation = content.StorageFormat
	if b.Representation != nil {
		representation = *b.Representation
	}
	if b.Value != nil {
		value = *b.Value
	}
	return representation, value
}

// wikiText is a body in storage format, and as a document of the editor where it was sent as one.
func (c *call) wikiText(b *writtenBody) (storage, adf string, bad *reply) {
	representation, value := b.given()
	switch representation {
	case content.StorageFormat:
		if err := wellFormed(value); err != nil {
			return "", "", c.wikiBad("Error parsing xhtml: " + err.Error())
		}
		return value, "", nil
	case content.ADFFormat:
		storage, err := content.StorageOf(value)
		if err != nil {
			return "", "", c.wikiBad("Failed to convert from ADF: " + err.Error())
		}
		return storage, value, nil
	case "wiki":
		return "<p>" + content.XMLText(value) + "</p>", "", nil
	}
	return "", "", c.wikiBad("The representation " + representation + " is not supported")
}

// wellFormed says what keeps a text from being storage format.
func wellFormed(storage string) error {
	clean := strings.Map(func(r rune) rune {
		if r < 0x20 && r != '\t' && r != '\n' && r != '\r' || r == 0xfffe || r == 0xffff {
			return -1 // bodies of live sites have none, those of the sample do
		}
		return r
	}, storage)
	// Exports of spaces write the end of CDATA so, and bodies were recorded from them.
	clean = strings.ReplaceAll(clean, "]] >", "]]>")
	dec := xml.NewDecoder(strings.NewReader("<body>" + clean + "</body>"))
	dec.Entity = xml.HTMLEntity
	for {
		if _, err := dec.Token(); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// titled says what keeps a text from being a title.
func (c *call) titled(title string) *reply {
	if strings.TrimSpace(title) == "" {
		return c.wikiBad("title: must not be blank")
	}
	if utf8.RuneCountInString(title) > 255 {
		return c.wikiBad("title: must not be longer than 255 characters")
	}
	return nil
}

// numbered reads an id that a request's body gives as text.
func numbered(id string) int64 {
	var n int64
	if _, err := fmt.Sscanf(id, "%d", &n); err != nil || fmt.Sprint(n) != id {
		return -1
	}
	return n
}

// own returns a copy of what belongs to a node, for changing it: of one that was
// generated it is as it is now. The caller is the one who writes.
func (s *Site) own(n content.Node) *content.Written {
	w := s.wiki
	w.mu.RLock()
	edited := len(w.edits[n.ID]) > 0
	w.mu.RUnlock()
	if of := w.written.Written(n.ID); of != nil && !edited {
		out := of.Clone()
		out.Node = n
		return out
	}
	out := (&content.Written{Node: n}).Clone()
	if !hasText(n) {
		body := w.src.Detail(n)
		out.Author, out.Owner, out.Target = at(body, "authorId"), at(body, "ownerId"), at(body, "embedUrl")
		members, _ := rawjson.Split(body) // details are our own
		out.History = []content.WrittenVersion{{WikiVersion: content.WikiVersion{Number: 1, Title: n.Title, Body: rawjson.Get(members, "version")}}}
		return out
	}
	own := w.contentOf(n)
	members := rawjson.Members(own.Members())
	out.Author, out.Owner, out.LastOwner, out.Subtype = at(members, "authorId"), at(members, "ownerId"), notNull(at(members, "lastOwnerId")), notNull(at(members, "subtype"))
	for _, v := range slices.Backward(own.Versions()) {
		out.History = append(out.History, content.WrittenVersion{WikiVersion: v, Storage: own.Body(v.Number, content.StorageFormat), ADF: own.Body(v.Number, content.ADFFormat)})
	}
	out.Labels, out.Properties, out.Likes = slices.Clone(own.Labels()), slices.Clone(own.Properties()), slices.Clone(own.Likes())
	out.Comments, out.Files = own.Comments(), own.Files()
	for _, operation := range restrictable {
		out.Users[operation], out.Groups[operation] = own.Restriction(operation)
	}
	for _, t := range w.src.Tasks(n.Space) {
		if t.Node == n.ID {
			out.Tasks = append(out.Tasks, t)
		}
	}
	return out
}

// save writes a node, new or changed.
func (w *wikiWorld) save(n *content.Written) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.written.Put(n)
	delete(w.edits, n.Node.ID)
	for _, f := range n.Files {
		if fate := w.files[f.ID]; fate != nil {
			fate.newer = nil // the file has them now
		}
	}
	i, found := slices.BinarySearchFunc(w.nodes, n.Node.ID, func(one content.Node, id int64) int { return int(min(1, max(-1, one.ID-id))) })
	if found {
		w.nodes[i] = n.Node
		return
	}
	w.nodes = slices.Insert(w.nodes, i, n.Node)
}

func notNull(text string) string {
	if text == "null" {
		return ""
	}
	return text
}
