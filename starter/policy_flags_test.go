package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"

	"holdfast/internal/backup"
	"holdfast/internal/logging"
)

// policyOfFlags is the policy that these flags of policy create describe.
func policyOfFlags(t *testing.T, args ...string) (backup.Policy, error) {
	t.Helper()
	var f policyFlags
	cmd := &cobra.Command{Use: "create"}
	f.target.add(cmd)
	f.settings.add(cmd)
	require.NoError(t, cmd.ParseFlags(append([]string{"--site", "https://acme.atlassian.net/", "--credential", "acme"}, args...)))
	return f.policy()
}

func TestFlagsMakeOptions(t *testing.T) {
	for args, want := range map[string]backup.Options{
		"":                                  {Attachments: true},
		"--no-attachments":                  {},
		"--exclude EE --exclude HR":         {Attachments: true, Exclude: []string{"EE", "HR"}},
		"--no-remote-links --no-properties": {Attachments: true, NoRemoteLinks: true, NoProperties: true},
		"--product confluence":              {Attachments: true},
		"--product confluence --personal-spaces=false":      {Attachments: true, NoPersonalSpaces: true},
		"--product confluence --versions 1":                 {Attachments: true, Versions: 1},
		"--product confluence --versions all":               {Attachments: true},
		"--product confluence --attachment-versions all":    {Attachments: true, AttachmentVersions: true},
		"--product confluence --attachment-versions latest": {Attachments: true},
		"--product confluence --admin-key --custom-content ac:a:b --custom-content ac:a:c": {
			Attachments: true, AdminKey: true, CustomContent: []string{"ac:a:b", "ac:a:c"}},
	} {
		t.Run(args, func(t *testing.T) {
			p, err := policyOfFlags(t, strings.Fields(args)...)
			require.NoError(t, err)
			require.Equal(t, want, p.Options)
			require.Equal(t, "https://acme.atlassian.net", p.Site)
			p.CloudID = "c"
			require.NoError(t, backup.Validate(p))
		})
	}
}

func TestFlagsBelongToAProduct(t *testing.T) {
	for args, says := range map[string]string{
		"--personal-spaces":                                 "--personal-spaces is for confluence, and this is a policy of jira: leave it out, or give --product confluence",
		"--versions all":                                    "--versions is for confluence",
		"--attachment-versions latest":                      "--attachment-versions is for confluence",
		"--admin-key":                                       "--admin-key is for confluence",
		"--custom-content ac:a:b":                           "--custom-content is for confluence",
		"--product confluence --no-remote-links":            "--no-remote-links is for jira, and this is a policy of confluence: leave it out, or give --product jira",
		"--product confluence --no-properties=false":        "--no-properties is for jira",
		"--product confluence --versions 0":                 `--versions is "0": give all, or how many of the newest to keep, 1 or more`,
		"--product confluence --versions some":              `--versions is "some": give all`,
		"--product confluence --attachment-versions newest": `--attachment-versions is "newest": give latest or all`,
		"--product confluence --custom-content polls":       `--custom-content is "polls", which is no type: give one such as ac:com.example.app:diagram`,
		"--product both":                                    "take jira or confluence",
	} {
		t.Run(args, func(t *testing.T) {
			_, err := policyOfFlags(t, strings.Fields(args)...)
			require.ErrorContains(t, err, says)
			require.IsType(t, &usageError{}, err)
		})
	}
}

func TestOptionsAreShown(t *testing.T) {
	show := func(args ...string) string {
		p, err := policyOfFlags(t, args...)
		require.NoError(t, err)
		var out bytes.Buffer
		describePolicy(&out, p)
		return out.String()
	}
	jira := show("--no-remote-links")
	require.Contains(t, jira, "attachments\tincluded\n")
	require.Contains(t, jira, "remote links\tswitched off\n")
	require.Contains(t, jira, "properties of issues\tincluded\n")
	require.NotContains(t, jira, "personal spaces")
	wiki := show("--product", "confluence", "--personal-spaces=false")
	require.Contains(t, wiki, "personal spaces\tswitched off\n", "D1")
	require.Contains(t, wiki, "spaces left out\tnone\n")
	require.NotContains(t, wiki, "remote links")
}

func TestShellsCompleteValues(t *testing.T) {
	for args, want := range map[string][]string{
		"policy create --product ":             {"jira", "confluence"},
		"site check --product ":                {"jira", "confluence"},
		"policy create --versions ":            {"all"},
		"policy create --attachment-versions ": {"latest", "all"},
		"policy create --personal-spaces=":     {"true", "false"},
		"policy create --custom-content ":      nil, // no file is one
		"policy create --exclude ":             nil,
		"policy create --credential ":          nil,
		"policy create --as ":                  nil,
		"backup run --as ":                     nil,
		"site check --site ":                   nil,
		"backup run --personal-spaces=":        {"true", "false"},
		"backup run --attachments=":            {"true", "false"},
		"policy delete --backups ":             {"keep", "delete"},
		"policy edit --schedule ":              {"@daily", "@weekly", "@monthly", "none"},
		"policy edit --jitter ":                nil,
		"policy edit --notify ":                {"none"},
		"backup extend --to ":                  nil,
		"policy list -o ":                      {"table", "json"},
		"policy list --output=":                {"table", "json"},
		"policy list --log-level ":             {"debug", "info", "warn", "error"},
	} {
		t.Run(args, func(t *testing.T) {
			got := holdfast(t, append([]string{cobra.ShellCompRequestCmd}, strings.Split(args, " ")...)...)
			require.Equal(t, exitDone, got.code, got.err)
			require.Equal(t, append(want, ":4"), strings.Fields(got.out))
		})
	}
	for level := range strings.FieldsSeq("debug info warn error") {
		_, err := logging.ParseLevel(level)
		require.NoError(t, err)
	}
}

func TestEditHasNoDefaults(t *testing.T) {
	require.Contains(t, holdfast(t, "policy", "create", "--help").out, "(default 7d)")
	got, _, _ := strings.Cut(holdfast(t, "policy", "edit", "--help").out, "Global Flags:")
	require.NotContains(t, strings.ReplaceAll(got, "(default \""+operator(), ""), "(default", "what is not given stays as it is")
}
