package backup

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestPolicyID(t *testing.T) {
	for _, c := range []struct {
		product Product
		site    string
		want    string // empty: refused
	}{
		{Jira, "https://acme.atlassian.net", "jira-acme"},
		{Jira, "https://Acme.Atlassian.net/", "jira-acme"},
		{Confluence, "https://acme.atlassian.net", "confluence-acme"},
		{Jira, "http://127.0.0.1:8080", "jira-127-0-0-1-8080"},
		{Jira, "http://[::1]:8080", "jira-1-8080"},
		{Jira, "https://jira.example.org", "jira-jira-example-org"},
		{"bitbucket", "https://acme.atlassian.net", ""},
		{Jira, "acme.atlassian.net", ""},
		{Jira, "", ""},
		{Jira, "https://", ""},
		{Jira, "https://.atlassian.net", ""},
		{Jira, "ftp://acme.atlassian.net", ""},
		{Jira, "https://acme.atlassian.net/wiki", ""},
		{Jira, "https://api.atlassian.com/", ""},
		{Jira, "https://ada:secret@acme.atlassian.net", ""},
	} {
		id, err := PolicyID(c.product, c.site)
		if c.want == "" {
			require.Error(t, err, c.site)
			require.NotContains(t, err.Error(), "secret")
			continue
		}
		require.NoError(t, err, c.site)
		require.Equal(t, c.want, id)
		product, _, err := ParsePolicyID(id)
		require.NoError(t, err)
		require.Equal(t, c.product, product)
	}
	for _, bad := range []string{"", "jira", "jira-", "bitbucket-acme", "jira-Acme", "jira-a/b", "jira-..", "jira-a--b", "jira--a"} {
		_, _, err := ParsePolicyID(bad)
		require.Error(t, err, bad)
	}
}

func TestBackupID(t *testing.T) {
	at := start.Add(300 * time.Millisecond).In(time.FixedZone("", 3600))
	id := NewBackupID("jira-acme", at)
	require.Equal(t, "jira-acme.20261123T021658Z", id)
	policy, began, err := ParseBackupID(id)
	require.NoError(t, err)
	require.Equal(t, "jira-acme", policy)
	require.True(t, began.Equal(start))
	for _, bad := range []string{"", "jira-acme", "jira-acme.", "jira-acme.20261123T021658", "jira.20261123T021658Z", "jira-acme.20261123T021658.5Z", "jira-acme.20261123T021658Z.x"} {
		_, _, err := ParseBackupID(bad)
		require.Error(t, err, bad)
	}
}

func TestValidate(t *testing.T) {
	good := Policy{ID: "jira-acme", Product: Jira, Site: "https://acme.atlassian.net", CloudID: "c", Credential: "acme",
		Options: Options{Exclude: []string{"EE"}}, Limits: DefaultLimits()}
	require.NoError(t, Validate(good))
	for _, c := range []struct {
		name   string
		change func(*Policy)
		says   string
	}{
		{"another site's id", func(p *Policy) { p.ID = "jira-other" }, `must have the id "jira-acme"`},
		{"no site", func(p *Policy) { p.Site = "" }, "give an address"},
		{"an unknown product", func(p *Policy) { p.Product = "trello" }, "jira or confluence"},
		{"no cloud id", func(p *Policy) { p.CloudID = "" }, "cloud id"},
		{"no credential", func(p *Policy) { p.Credential = "" }, "workers' credentials"},
		{"an excluded name", func(p *Policy) { p.Options.Exclude = []string{"Online shop"} }, "and not the name"},
		{"an empty excluded key", func(p *Policy) { p.Options.Exclude = []string{""} }, "not a key"},
		{"a key excluded twice", func(p *Policy) { p.Options.Exclude = []string{"EE", "EE"} }, "twice"},
		{"no cadence", func(p *Policy) { p.Limits.Cadence = 0 }, "limit cadence"},
		{"no size of downloads", func(p *Policy) { p.Limits.MaxDownload = 0 }, "maxDownload"},
		{"probes that shrink", func(p *Policy) { p.Limits.ProbeMax = time.Second }, "probeMax"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := good
			c.change(&p)
			require.ErrorContains(t, Validate(p), c.says)
		})
	}
}
