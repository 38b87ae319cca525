package samplesite

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"holdfast/internal/samplesite/content"
	"holdfast/internal/samplesite/rawjson"
)

// Limits of properties, as Atlassian's document has them.
const (
	maxPropertyKey   = 255
	maxPropertyValue = 32_768
)

// partLimits is how many of a kind an issue takes: Atlassian's "field limits per issue".
var partLimits = map[string]int{"comment": 5000, "worklog": 10_000, "attachment": 2000}

// wrong is Jira's answer to a value that it does not take.
func wrong(field, message string) *reply {
	p := fieldErrors(map[string]string{field: message})
	return &p
}

// refused is refuse for callers that hand replies on.
func refused(status int, message string) *reply {
	p := refuse(status, message)
	return &p
}

// now is the site's clock as bodies have it: in milliseconds.
func (c *call) now() int64 { return c.site.cfg.Now().UnixMilli() }

// unwritable refuses the flag that only apps may set.
func (c *call) unwritable() *reply {
	for _, name := range []string{"notifyUsers", "overrideEditableFlag"} {
		set, bad := c.flag(name, false)
		if bad != nil {
			return bad
		}
		if set && name == "overrideEditableFlag" {
			return refused(http.StatusForbidden, "Only apps with the permission Administer Jira can override the editable flag.")
		}
	}
	return nil
}

// documentProblem says what is wrong with a text in Atlassian Document Format; "" is nothing.
func documentProblem(v rawjson.Raw) string {
	var doc struct {
		Type    string
		Version int
		Content []rawjson.Raw
	}
	if err := json.Unmarshal(v, &doc); err != nil || doc.Type != "doc" || doc.Version != 1 {
		return "Operation value must be an Atlassian Document (see the Atlassian Document Format)"
	}
	for _, n := range doc.Content {
		if !soundNode(n) {
			return "INVALID_INPUT"
		}
	}
	return ""
}

// soundNode checks what the format demands of every node.
func soundNode(v rawjson.Raw) bool {
	var n struct {
		Type    string
		Text    *string
		Content *[]rawjson.Raw
		Marks   []struct{ Type string }
		Attrs   map[string]any
	}
	if err := json.Unmarshal(v, &n); err != nil || n.Type == "" || n.Type == "doc" {
		return false
	}
	if (n.Type == "text") != (n.Text != nil) || n.Text != nil && *n.Text == "" {
		return false
	}
	for _, m := range n.Marks {
		if m.Type == "" {
			return false
		}
	}
	return n.Content == nil || !slices.ContainsFunc(*n.Content, func(c rawjson.Raw) bool { return !soundNode(c) })
}

// textPart reads a text of a body; field names it in errors.
func textPart(v rawjson.Raw, field string) *reply {
	if v == nil || string(v) == "null" {
		return wrong(field, "The "+field+" can not be empty!")
	}
	if what := documentProblem(v); what != "" {
		return wrong(field, what)
	}
	return nil
}

// visibility reads to which role or group a part is shown, and gives it as bodies have it.
func (c *call) visibility(v rawjson.Raw) (rawjson.Raw, *reply) {
	if v == nil || string(v) == "null" {
		return nil, nil
	}
	var in struct{ Type, Value, Identifier string }
	if err := json.Unmarshal(v, &in); err != nil {
		p := refusePayload(payloadMessage)
		return nil, &p
	}
	kind, id := "", ""
	switch in.Type {
	case "role":
		kind, id = "role", "id"
	case "group":
		kind, id = "group", "groupId"
	default:
		return nil, wrong("visibility", "The type '"+in.Type+"' is neither role nor group.")
	}
	for _, e := range c.site.src.Setup().List(kind, "") {
		name := at(e.Body, "name")
		if in.Identifier != "" && in.Identifier == at(e.Body, id) || in.Identifier == "" && in.Value != "" && in.Value == name {
			return rawjson.Object("type", kind, "value", name, "identifier", at(e.Body, id)), nil
		}
	}
	return nil, wrong("visibility", "The "+kind+" does not exist.")
}

// propertyList reads the properties that a part is created with.
func propertyList(v rawjson.Raw) ([]rawjson.Member, *reply) {
	if v == nil || string(v) == "null" {
		return nil, nil
	}
	items, err := rawjson.Items(v)
	if err != nil {
		p := refusePayload(payloadMessage)
		return nil, &p
	}
	var out []rawjson.Member
	for _, item := range items {
		m, err := rawjson.Split(item)
		key, isText := textOf(rawjson.Get(m, "key"))
		value := rawjson.Get(m, "value")
		if err != nil || !isText || key == "" || value == nil || len(m) != 2 {
			return nil, wrong("properties", "A property needs a key and a value, and nothing else.")
		}
		if bad := propertyProblem(key, value); bad != nil {
			return nil, bad
		}
		out, _ = content.SetMember(out, key, value)
	}
	return out, nil
}

// propertyProblem refuses keys and values that are too long.
func propertyProblem(key string, value rawjson.Raw) *reply {
	if len(key) > maxPropertyKey {
		return refused(http.StatusBadRequest, "The property key must not be longer than 255 characters.")
	}
	if len([]rune(string(value))) > maxPropertyValue {
		return refused(http.StatusBadRequest, "The property value must not be longer than 32768 characters.")
	}
	return nil
}

// propertyValue reads the body of a request that sets a property.
func (c *call) propertyValue() (rawjson.Raw, *reply) {
	if p := c.mustBeJSON(); p != nil {
		return nil, p
	}
	value := rawjson.Raw(strings.TrimSpace(string(c.body)))
	if len(value) == 0 || !json.Valid(value) {
		return nil, refused(http.StatusBadRequest, "The property value must be valid JSON and not empty.")
	}
	return value, propertyProblem(c.params["propertyKey"], value)
}

// besideProperties is a body with its properties, where expand asks for them.
func besideProperties(body rawjson.Raw, properties []rawjson.Member) rawjson.Raw {
	m, err := rawjson.Split(body)
	if err != nil {
		return body // bodies are our own
	}
	list := []rawjson.Raw{}
	for _, p := range properties {
		list = append(list, rawjson.Object("key", p.Name, "value", p.Value))
	}
	return rawjson.Members(append(m, rawjson.Member{Name: "properties", Value: rawjson.Array(list)}))
}

// propertyKeys is the reply that lists keys of properties.
func (c *call) propertyKeys(properties []rawjson.Member) reply {
	keys := []rawjson.Raw{}
	for _, p := range properties {
		keys = append(keys, rawjson.Object("self", content.Base+c.r.URL.Path+"/"+url.PathEscape(p.Name), "key", p.Name))
	}
	return ok(rawjson.Object("keys", keys))
}

// oneProperty is the reply that gives a property.
func (c *call) oneProperty(properties []rawjson.Member) reply {
	key := c.params["propertyKey"]
	for _, p := range properties {
		if p.Name == key {
			return ok(rawjson.Object("key", key, "value", p.Value))
		}
	}
	return noProperty(key)
}

func noProperty(key string) reply {
	return refuse(http.StatusNotFound, "The property with key '"+key+"' does not exist.")
}

// idsAsked reads {"ids": [...]} of at most a thousand.
func (c *call) idsAsked() ([]string, *reply) {
	body, bad := c.object("ids")
	if bad != nil {
		return nil, bad
	}
	var ids []int64
	if err := json.Unmarshal(body["ids"], &ids); body["ids"] == nil || err != nil {
		p := refusePayload(payloadMessage)
		return nil, &p
	}
	if len(ids) == 0 || len(ids) > 1000 {
		return nil, refused(http.StatusBadRequest, "Between 1 and 1000 ids must be given.")
	}
	var out []string
	for _, id := range ids {
		if text := strconv.FormatInt(id, 10); !slices.Contains(out, text) {
			out = append(out, text)
		}
	}
	return out, nil
}

// partByID finds one of an issue's comments or worklogs.
func partByID(all []content.Item, id string) (content.Item, bool) {
	i := slices.IndexFunc(all, func(item content.Item) bool { return item.ID == id })
	if i < 0 {
		return content.Item{}, false
	}
	return all[i], true
}

// fullIssue is the answer where an issue takes no more of a kind.
func fullIssue(kind string) *reply {
	return refused(http.StatusRequestEntityTooLarge, "The issue has reached its limit of "+strconv.Itoa(partLimits[kind])+" "+kind+"s.")
}
