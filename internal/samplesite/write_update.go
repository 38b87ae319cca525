package samplesite

import (
	"slices"

	"holdfast/internal/samplesite/content"
	"holdfast/internal/samplesite/rawjson"
)

// operations reads "update": lists of operations by field. What they come to is put
// among the fields; row is the issue, nil for a new one.
func (u *issueUpdate) operations(v rawjson.Raw, row *content.Row) *reply {
	if absent(v) {
		return nil
	}
	fields, err := rawjson.Split(v)
	if err != nil {
		p := refusePayload(payloadMessage)
		return &p
	}
	now := content.Made{}
	if row != nil {
		now = u.c.site.layer.Made(*row)
	}
	for _, f := range fields {
		list, err := rawjson.Items(f.Value)
		if err != nil {
			p := refusePayload(payloadMessage)
			return &p
		}
		if _, twice := u.fields[f.Name]; twice {
			u.errors[f.Name] = "Field '" + f.Name + "' cannot appear in both 'fields' and 'update'"
			continue
		}
		for _, op := range list {
			m, err := rawjson.Split(op)
			if err != nil || len(m) != 1 {
				p := refusePayload(payloadMessage)
				return &p
			}
			if f.Name == "issuelinks" {
				u.addLink(m[0])
				continue
			}
			u.operate(f.Name, m[0], now.Value(f.Name))
		}
	}
	return nil
}

// operate does one operation on a field, whose value is before as long as none was done.
func (u *issueUpdate) operate(id string, op rawjson.Member, before rawjson.Raw) {
	if v, done := u.fields[id]; done {
		before = v
	}
	items, err := rawjson.Items(before)
	if err != nil {
		items = nil // without a value
	}
	switch {
	case op.Name == "set":
		u.fields[id] = op.Value
	case id == "comment" || id == "worklog" || op.Name != "add" && op.Name != "remove":
		u.errors[id] = "The sample site does not know the operation '" + op.Name + "' of this field."
	case op.Name == "add":
		u.fields[id] = rawjson.Array(append(slices.Clone(items), op.Value))
	default:
		u.fields[id] = rawjson.Array(slices.DeleteFunc(slices.Clone(items), func(one rawjson.Raw) bool { return meant(one, op.Value) }))
	}
}

// meant reports whether a value of a list is the one that an operation names.
func meant(one, named rawjson.Raw) bool {
	if !isObject(one) || !isObject(named) {
		return string(one) == string(named)
	}
	for _, by := range []string{"id", "accountId", "name", "value"} {
		if v := at(named, by); v != "" {
			return at(one, by) == v
		}
	}
	return false
}

// addLink reads a link that an update adds.
func (u *issueUpdate) addLink(op rawjson.Member) {
	l, v := linkAsked{}, op.Value
	m, err := rawjson.Split(v)
	if err != nil || op.Name != "add" {
		u.errors["issuelinks"] = "The sample site knows the operation 'add' of this field only."
		return
	}
	kind, bad := u.c.linkType(rawjson.Get(m, "type"))
	other := rawjson.Get(m, "outwardIssue")
	if other == nil {
		other, l.inward = rawjson.Get(m, "inwardIssue"), true
	}
	row, hidden := u.c.linked(other)
	if bad != nil || hidden != nil {
		u.errors["issuelinks"] = "The link's type or issue does not exist, or may not be linked."
		return
	}
	l.kind, l.other = kind, row
	u.links = append(u.links, l)
}
