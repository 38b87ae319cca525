package main

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"holdfast/activities"
	"holdfast/internal/atlassian"
	"holdfast/internal/samplesite"
)

// siteWithCredentials serves a site and returns the arguments with which it is
// looked at from this process.
func siteWithCredentials(t *testing.T) (*samplesite.Site, []string) {
	t.Helper()
	site, err := samplesite.New(samplesite.Demo(20, 0))
	require.NoError(t, err)
	require.NoError(t, site.Start(t.Context()))
	t.Cleanup(func() { require.NoError(t, site.Close()) })
	file, err := writeCredentials(filepath.Join(t.TempDir(), "credentials.json"), map[string]*samplesite.Site{sampleCredential: site})
	require.NoError(t, err)
	return site, []string{"site", "check", "--site", site.URL(), "--credential", sampleCredential, "--local", "--credentials", file}
}

func looked(t *testing.T, args ...string) (siteChecked, int) {
	t.Helper()
	got := holdfast(t, append(args, "-o", "json")...)
	var s siteChecked
	require.NoError(t, json.Unmarshal([]byte(got.out), &s), got.err)
	return s, got.code
}

func TestSiteCheckTellsWhoIAmAndWhatLacks(t *testing.T) {
	site, args := siteWithCredentials(t)
	s, _ := looked(t, args...)
	require.Equal(t, site.URL(), s.Site)
	require.Equal(t, site.CloudID(), s.CloudID)
	require.Equal(t, site.AccountID(), s.AccountID)
	require.NotEmpty(t, s.TimeZone)
	require.True(t, s.Administer)
	require.Equal(t, 20, s.Items)
	require.NotEmpty(t, s.Kinds)
	require.Empty(t, s.Unreadable)

	site.WithdrawAdmin()
	site.DenyBrowse("HR")
	s, code := looked(t, args...)
	require.Equal(t, exitIncomplete, code)
	require.False(t, s.Readable)
	require.False(t, s.Administer)
	require.Equal(t, []string{"HR"}, s.Unreadable)
	require.Equal(t, 1, s.UnreadableCount)
	table := holdfast(t, args...)
	require.Equal(t, exitIncomplete, table.code)
	require.Regexp(t, `(?m)^administrator +no: `, table.out)
	require.Regexp(t, `(?m)^not readable +HR: backups stay INCOMPLETE`, table.out)
	require.NotContains(t, table.out+table.err, site.Token())
}

func TestSiteCheckRefusals(t *testing.T) {
	site, args := siteWithCredentials(t)
	site.RevokeToken()
	got := holdfast(t, args...)
	require.Equal(t, exitFailed, got.code)
	require.Contains(t, got.err, "check that the API token is valid")

	got = holdfast(t, "site", "check", "--site", site.URL(), "--credential", "nobody", "--local")
	require.Equal(t, exitFailed, got.code)
	require.Contains(t, got.err, "credential nobody is not in the environment, and no file was given")

	absent := filepath.Join(t.TempDir(), "absent.json")
	got = holdfast(t, "site", "check", "--site", site.URL(), "--credential", "nobody", "--local", "--credentials", absent)
	require.Equal(t, exitFailed, got.code)
	require.Contains(t, got.err, "there is no file "+absent)

	require.NoError(t, site.Close())
	got = holdfast(t, append(args, "--timeout", "1s")...)
	require.Equal(t, exitFailed, got.code)
	require.Contains(t, got.err, "check --site, and that this network reaches it")
	require.NotContains(t, got.err, "the run goes on", "there is no run")

	got = holdfast(t, "site", "check", "--site", site.URL(), "--credential", sampleCredential, "--credentials", "x.json")
	require.Equal(t, exitUsage, got.code)
	require.Contains(t, got.err, "--credentials is for --local")
}

// TestSiteCheckTable states what an operator reads of each state of a kind.
func TestSiteCheckTable(t *testing.T) {
	s := siteChecked{Site: "https://acme.example", Product: "jira", SiteAccess: activities.SiteAccess{
		Administer: true, Unreadable: []string{"A", "B"}, UnreadableCount: 5,
		Kinds: []atlassian.KindAccess{
			{Title: "statuses", State: "captured", Permission: "Administer Jira"},
			{Title: "issues", Content: true, State: "no permission", Permission: "Browse projects", Scope: "read:jira-work"},
			{Title: "plans", State: "no permission", Permission: "Administer Jira", Note: "needs Premium"},
			{Title: "boards", State: "not exposed by the API", Note: "no Jira Software"},
		},
	}}
	require.False(t, readable(s.SiteAccess))
	var out bytes.Buffer
	a := &app{streams: streams{out: &out}, output: "table"}
	require.NoError(t, a.print(s, s.table))
	for _, line := range []string{
		`statuses +readable`,
		`issues +no permission +Browse projects; scope read:jira-work +backups stay INCOMPLETE`,
		`plans +no permission +Administer Jira +a line of the report \(needs Premium\)`,
		`boards +not exposed by the API +(- +)?no Jira Software`,
		`not readable +A, B and 3 more: `,
		`The account lacks something: 2 of 4 kinds`,
	} {
		require.Regexp(t, `(?m)^`+line, out.String())
	}
	all := activities.SiteAccess{Administer: true, Kinds: s.Kinds[3:]}
	require.True(t, readable(all), "what nobody can have does not lack")
	all.Administer = false
	require.False(t, readable(all))
}

func TestSiteCheckFromAWorker(t *testing.T) {
	s, _ := startedDemo(t, siteFlags{issues: 10, pages: 10, attachments: 0, seed: 7})
	for product, kind := range map[string]string{"jira": "filter", "confluence": "spaceRole"} {
		got, code := looked(t, "site", "check", "--site", s.site.URL(), "--credential", sampleCredential, "--address", s.server.Addr(), "--product", product)
		require.Contains(t, []int{exitDone, exitIncomplete}, code)
		require.Equal(t, s.site.AccountID(), got.AccountID)
		require.Equal(t, code == exitDone, got.Readable)
		require.True(t, slices.ContainsFunc(got.Kinds, func(k atlassian.KindAccess) bool { return k.Kind == kind }), product)
	}

	none := holdfast(t, "site", "check", "--site", s.site.URL(), "--credential", "nobody", "--address", s.server.Addr())
	require.Equal(t, exitFailed, none.code)
	require.Contains(t, none.err, "no worker has credential nobody")
}
