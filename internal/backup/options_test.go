package backup

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestOptionsBelongToAProduct(t *testing.T) {
	policy := func(p Product, o Options) Policy {
		return Policy{ID: string(p) + "-acme", Product: p, Site: "https://acme.atlassian.net", CloudID: "c", Credential: "acme", Options: o, Limits: DefaultLimits()}
	}
	jira := Options{Attachments: true, Exclude: []string{"EE"}, NoRemoteLinks: true, NoProperties: true}
	confluence := Options{Attachments: true, Exclude: []string{"~712020"}, NoPersonalSpaces: true, Versions: 3, AttachmentVersions: true, AdminKey: true, CustomContent: []string{"ac:a:b"}}
	require.NoError(t, Validate(policy(Jira, jira)))
	require.NoError(t, Validate(policy(Confluence, confluence)))
	for _, c := range []struct {
		name    string
		product Product
		options Options
		says    string
	}{
		{"P1: Jira has no personal spaces", Jira, Options{NoPersonalSpaces: true}, "noPersonalSpaces is an option of confluence, and this is a policy of jira: leave it out"},
		{"Jira has no versions", Jira, Options{Versions: 1}, "versions is an option of confluence"},
		{"Jira has no versions of attachments", Jira, Options{AttachmentVersions: true}, "attachmentVersions is an option of confluence"},
		{"Jira has no Admin Key", Jira, Options{AdminKey: true}, "adminKey is an option of confluence"},
		{"Jira has no custom content", Jira, Options{CustomContent: []string{"ac:a:b"}}, "customContent is an option of confluence"},
		{"Confluence has no remote links", Confluence, Options{NoRemoteLinks: true}, "noRemoteLinks is an option of jira, and this is a policy of confluence: leave it out"},
		{"Confluence has no properties of issues", Confluence, Options{NoProperties: true}, "noProperties is an option of jira"},
		{"versions can't be fewer than none", Confluence, Options{Versions: -1}, "versions is -1"},
		{"a type that is empty", Confluence, Options{CustomContent: []string{""}}, "is none: give one such as"},
		{"a type with a space", Confluence, Options{CustomContent: []string{"my diagrams"}}, "is none: give one such as"},
		{"a type twice", Confluence, Options{CustomContent: []string{"ac:a:b", "ac:a:b"}}, "named twice"},
	} {
		t.Run(c.name, func(t *testing.T) { require.ErrorContains(t, Validate(policy(c.product, c.options)), c.says) })
	}
}

func TestP1WhatIsLeftOutShowsAsSwitchedOff(t *testing.T) {
	choices := func(p Product, o Options) map[string]string {
		all := make(map[string]string)
		for _, c := range o.Choices(p) {
			all[c.Name] = c.Value
		}
		return all
	}
	require.Equal(t, map[string]string{
		"attachments": "included", "remote links": "included", "properties of issues": "included", "projects left out": "none",
	}, choices(Jira, Options{Attachments: true}))
	require.Equal(t, map[string]string{
		"attachments": "switched off", "remote links": "switched off", "properties of issues": "switched off", "projects left out": "EE, HR (switched off)",
	}, choices(Jira, Options{NoRemoteLinks: true, NoProperties: true, Exclude: []string{"EE", "HR"}}))
	require.Equal(t, map[string]string{
		"attachments": "included", "personal spaces": "included", "versions of pages": "all", "older versions of attachments": "included",
		"Admin Key": "used where the account may", "custom content": "of the types ac:a:b, ac:a:c", "spaces left out": "none",
	}, choices(Confluence, Options{Attachments: true, AttachmentVersions: true, AdminKey: true, CustomContent: []string{"ac:a:b", "ac:a:c"}}))
	require.Equal(t, map[string]string{
		"attachments": "switched off", "personal spaces": "switched off", "versions of pages": "the current one, older ones switched off",
		"older versions of attachments": "switched off", "Admin Key": "switched off", "custom content": "switched off", "spaces left out": "OLD (switched off)",
	}, choices(Confluence, Options{NoPersonalSpaces: true, Versions: 1, Exclude: []string{"OLD"}}))
	require.Equal(t, "the newest 5, older ones switched off", choices(Confluence, Options{Versions: 5})["versions of pages"])
}

func TestS6ComparesBackupsOfTheSameSelection(t *testing.T) {
	a := Options{Exclude: []string{"EE"}}
	require.True(t, a.SameSelection(Options{Exclude: []string{"EE"}, Attachments: true, Versions: 2}))
	require.False(t, a.SameSelection(Options{}))
	require.False(t, a.SameSelection(Options{Exclude: []string{"EE"}, NoPersonalSpaces: true}))
}
