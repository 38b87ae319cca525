package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"
)

// result is what a command left behind.
type result struct {
	code     int
	out, err string
}

// holdfast runs one command, as from a script: without a terminal.
func holdfast(t *testing.T, args ...string) result {
	t.Helper()
	return holdfastIn(t.Context(), args...)
}

func holdfastIn(ctx context.Context, args ...string) result {
	var out, err bytes.Buffer
	code := run(ctx, args, streams{strings.NewReader(""), &out, &err})
	return result{code, out.String(), err.String()}
}

func TestWrongArgumentsExit2(t *testing.T) {
	for name, tc := range map[string]struct {
		args []string
		says string
	}{
		"no command":                  {nil, `"holdfast" needs a command`},
		"unknown command":             {[]string{"backups"}, `"backups" is no command of "holdfast"`},
		"no subcommand":               {[]string{"policy"}, `"holdfast policy" needs a command`},
		"unknown subcommand":          {[]string{"backup", "restart"}, `"restart" is no command of "holdfast backup"`},
		"unknown flag":                {[]string{"policy", "list", "--all"}, "unknown flag: --all"},
		"unknown output":              {[]string{"version", "-o", "xml"}, "use table or json"},
		"unknown level":               {[]string{"version", "--log-level", "loud"}, "use debug, info, warn or error"},
		"no time":                     {[]string{"version", "--timeout", "0s"}, "give a positive duration"},
		"argument too many":           {[]string{"version", "now"}, "unknown command"},
		"argument missing":            {[]string{"backup", "watch"}, `"holdfast backup watch" takes one BACKUP; 0 were given`},
		"arguments too many":          {[]string{"policy", "show", "a", "b"}, `"holdfast policy show" takes one POLICY; 2 were given`},
		"required flags":              {[]string{"policy", "create"}, `required flag(s) "credential", "site" not set`},
		"site that is none":           {[]string{"policy", "create", "--credential", "c", "--site", "acme"}, "give an address such as https://acme.atlassian.net"},
		"product that is none":        {[]string{"policy", "create", "--credential", "c", "--site", "https://acme.atlassian.net", "--product", "trello"}, "take jira or confluence"},
		"product to look at, both":    {[]string{"site", "check", "--credential", "c", "--site", "https://acme.atlassian.net", "--product", "both"}, "take jira or confluence"},
		"backup id that is none":      {[]string{"backup", "verify", "jira-acme"}, "'holdfast backup list POLICY' has the ids"},
		"demo again, of what":         {[]string{"demo", "--again"}, "--again needs --data"},
		"demo again, of another site": {[]string{"demo", "--again", "--data", "x", "--issues", "3"}, "--issues can't be given with --again"},
		"argument that is empty":      {[]string{"policy", "show", ""}, `takes one POLICY; an empty one was given`},
		"value that is none":          {[]string{"backup", "run", "jira-acme", "--attachments=maybe"}, `invalid argument "maybe" for "--attachments" flag: invalid syntax`},
		"deletion that leaves open what becomes of backups": {[]string{"policy", "delete", "jira-acme", "--yes"}, "--yes leaves open what becomes of the backups: give --backups keep or --backups delete too"},
		"deletion of what":                {[]string{"policy", "delete", "jira-acme", "--backups", "some"}, `--backups is "some": give keep (until they expire) or delete (now)`},
		"limit that is no duration":       {[]string{"policy", "edit", "jira-acme", "--retention", "14"}, `invalid argument "14" for "--retention" flag: "14" is no duration: give one such as 14d, 36h or 90m`},
		"limit that is no size":           {[]string{"policy", "edit", "jira-acme", "--max-download", "much"}, `"much" is no size: give one such as 50GB`},
		"schedule that is none":           {[]string{"policy", "create", "--credential", "c", "--site", "https://acme.atlassian.net", "--schedule", "often"}, `--schedule: cron expression "often"`},
		"extension by nothing":            {[]string{"backup", "extend", "jira-acme.20261123T021658Z"}, "give either --to TIME or --by DURATION"},
		"extension to no time":            {[]string{"backup", "extend", "jira-acme.20261123T021658Z", "--to", "later"}, `--to is "later", which is no time`},
		"hold without a reason":           {[]string{"backup", "hold", "jira-acme.20261123T021658Z"}, `required flag(s) "why" not set`},
		"share that is none":              {[]string{"backup", "verify", "jira-acme.20261123T021658Z", "--read-data", "3/2"}, "such as 1/7"},
		"download into a folder":          {[]string{"download", "get", "jira-acme.20261123T021658Z", "-o", "."}, ". is a folder: give a file with -o"},
		"download over a file":            {[]string{"download", "get", "jira-acme.20261123T021658Z", "-o", "main.go"}, "main.go is there already"},
		"file that is a folder":           {[]string{"verify", "."}, ". is no file"},
		"downloads of two":                {[]string{"download", "list", "a", "b"}, "takes at most one POLICY; 2 were given"},
		"test of nothing":                 {[]string{"notify", "test"}, "takes one POLICY and at most one NAME; 0 were given"},
		"restore of what":                 {[]string{"restore", "plan", "--to", "https://a.example", "--credential", "c"}, `takes one BACKUP; 0 were given`},
		"restore to where":                {[]string{"restore", "plan", "jira-acme.20261123T021658Z", "--credential", "c"}, `required flag(s) "to" not set`},
		"restore to no site":              {[]string{"restore", "plan", "jira-acme.20261123T021658Z", "--credential", "c", "--to", "new"}, "--to: "},
		"restore of a backup and a file":  {[]string{"restore", "plan", "jira-acme.20261123T021658Z", "--file", "j.zip", "--credential", "c", "--to", "https://a.example"}, "--file is given instead of a BACKUP"},
		"restore of no file":              {[]string{"restore", "plan", "--file", "none.zip", "--credential", "c", "--to", "https://a.example"}, "check its name"},
		"restore id that is none":         {[]string{"restore", "show", "jira-acme.20261123T021658Z"}, "is not the id of a restore"},
		"report of no store":              {[]string{"restore", "report", "jira-acme.20261123T021658Z.r20261124T080000Z", "--address", "127.0.0.1:1", "--store", ""}, "give its address with --store"},
		"drill of what":                   {[]string{"restore", "drill", "acme"}, "neither of a backup nor of a policy"},
		"drill of a sample of a choice":   {[]string{"restore", "drill", "jira-acme", "--sample", "5", "--project", "EE"}, "--sample chooses the projects by itself"},
		"drill of less than nothing":      {[]string{"policy", "create", "--credential", "c", "--site", "https://acme.atlassian.net", "--drill-schedule", "@weekly", "--drill-sample", "-1"}, "--drill-sample is -1"},
		"drills that are no schedule":     {[]string{"policy", "create", "--credential", "c", "--site", "https://acme.atlassian.net", "--drill-schedule", "often"}, `--drill-schedule: cron expression "often"`},
		"sample of no drills":             {[]string{"policy", "create", "--credential", "c", "--site", "https://acme.atlassian.net", "--drill-sample", "5"}, "give --drill-schedule too"},
		"one port twice":                  {[]string{"dev", "--port", "7000", "--ui-port", "7000"}, "--port and --ui-port are both 7000"},
		"negative issues":                 {[]string{"sample-site", "--issues", "-1"}, "can't be negative"},
		"negative pages":                  {[]string{"sample-site", "--pages", "-1"}, "can't be negative"},
		"attachments of nothing":          {[]string{"sample-site", "--issues", "0", "--pages", "0"}, "give --issues or --pages too"},
		"demo of a product that is none":  {[]string{"demo", "--product", "trello"}, "take jira, confluence or both"},
		"demo of Jira, with pages":        {[]string{"demo", "--product", "jira", "--pages", "3"}, "--pages is for confluence, and this is a demo of jira"},
		"demo of Confluence, with issues": {[]string{"demo", "--product", "confluence", "--issues", "3"}, "--issues is for jira, and this is a demo of confluence"},
		"demo again, of another product":  {[]string{"demo", "--again", "--data", "x", "--product", "jira"}, "--product can't be given with --again"},
	} {
		t.Run(name, func(t *testing.T) {
			got := holdfast(t, tc.args...)
			require.Equal(t, exitUsage, got.code, got.err)
			require.Contains(t, got.err, tc.says)
			require.Contains(t, got.err, "--help")
		})
	}
}

func TestNoClusterExits1(t *testing.T) {
	for _, args := range [][]string{
		{"policy", "list"}, {"backup", "list", "jira-acme"}, {"backup", "show", "jira-acme.20261123T021658Z"},
	} {
		got := holdfast(t, append(args, "--address", "127.0.0.1:1")...)
		require.Equal(t, exitFailed, got.code)
		require.Contains(t, got.err, "connect to Temporal at 127.0.0.1:1")
		require.Contains(t, got.err, "check --address")
	}
}

func TestHelpTellsExitCodes(t *testing.T) {
	got := holdfast(t, "--help")
	require.Equal(t, exitDone, got.code)
	for _, part := range []string{"0  done", "1  failed", "2  wrong arguments", "3  the backup"} {
		require.Contains(t, got.out, part)
	}
}

// TestHelpSpeaksPlainly states that no help names a rule by the code that comments know it by.
func TestHelpSpeaksPlainly(t *testing.T) {
	code := regexp.MustCompile(`\b[DLPRST][0-9]{1,2}\b`)
	var all func(cmd *cobra.Command)
	all = func(cmd *cobra.Command) {
		for _, text := range []string{cmd.Short, cmd.Long, cmd.Example, cmd.Flags().FlagUsages()} {
			require.NotRegexp(t, code, text, cmd.CommandPath())
		}
		for _, sub := range cmd.Commands() {
			all(sub)
		}
	}
	all(newRoot(&app{streams: streams{strings.NewReader(""), io.Discard, io.Discard}}))
}

func TestVersion(t *testing.T) {
	require.Contains(t, holdfast(t, "version").out, "version")
	require.JSONEq(t, holdfast(t, "version", "-o", "json").out, holdfast(t, "-o", "json", "version").out)
}

func TestDemoLeavesOtherFoldersAlone(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "thesis.txt")
	require.NoError(t, os.WriteFile(file, []byte("all of it"), 0o600))
	got := holdfast(t, "demo", "--data", dir)
	require.Equal(t, exitFailed, got.code)
	require.Contains(t, got.err, "is not empty, and no demo made it")
	require.FileExists(t, file)
}
