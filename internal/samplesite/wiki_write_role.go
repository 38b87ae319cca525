package samplesite

import (
	"slices"

	"holdfast/internal/samplesite/content"
	"holdfast/internal/samplesite/rawjson"
)

// roleAssignment is what a request says of who has which role in a space.
type roleAssignment struct {
	Principal struct {
		Type string `json:"principalType"`
		ID   string `json:"principalId"`
	} `json:"principal"`
	RoleID string `json:"roleId"`
}

// assignable says what keeps a role from being assigned.
func (c *call) assignable(one roleAssignment) *reply {
	setup := c.site.wiki.src.Setup()
	known := false
	switch one.Principal.Type {
	case "USER":
		_, known = c.site.wikiUser(one.Principal.ID)
	case "GROUP":
		_, known = setup.Find(ofGroup, "", one.Principal.ID)
	case "ACCESS_CLASS":
		known = slices.Contains([]string{"anonymous-users", "jsm-project-admins", "authenticated-users", "all-licensed-users", "all-product-admins"}, one.Principal.ID)
	}
	if !known {
		return wikiInvalid("The principal %s %s does not exist", one.Principal.Type, one.Principal.ID)
	}
	if _, found := setup.Find("spaceRole", "", one.RoleID); !found && one.RoleID != "" {
		return wikiInvalid("The role %s does not exist", one.RoleID)
	}
	return nil
}

func assignmentEntry(kind, principal, role string) content.Entry {
	return content.Entry{ID: principal, Project: -1, Body: rawjson.Object("principal", rawjson.Object("principalType", kind, "principalId", principal), "roleId", role)}
}

// assigned is assignments with another one: a principal has one role; without one it has none.
func assigned(all []content.Entry, one roleAssignment) []content.Entry {
	out := slices.DeleteFunc(slices.Clone(all), func(e content.Entry) bool {
		return at(e.Body, "principal.principalType") == one.Principal.Type && at(e.Body, "principal.principalId") == one.Principal.ID
	})
	if one.RoleID != "" {
		out = append(out, assignmentEntry(one.Principal.Type, one.Principal.ID, one.RoleID))
	}
	return out
}

// grantPlain grants a permission as POST /space of REST v1 gives it.
func (c *call) grantPlain(p rawjson.Raw, grant func(kind, principal, key, target string)) {
	key, target := at(p, "operation.operation"), at(p, "operation.targetType")
	for _, e := range itemsAt(p, "subjects", "user", "results") {
		grant("user", at(e, "accountId"), key, target)
	}
	for _, e := range itemsAt(p, "subjects", "group", "results") {
		grant("group", at(e, "id"), key, target)
	}
}

// itemsAt is the elements of an array inside of objects; none where it is not there.
func itemsAt(body rawjson.Raw, path ...string) []rawjson.Raw {
	for _, name := range path {
		members, err := rawjson.Split(body)
		if err != nil {
			return nil
		}
		body = rawjson.Get(members, name)
	}
	items, err := rawjson.Items(body)
	if err != nil {
		return nil
	}
	return items
}
