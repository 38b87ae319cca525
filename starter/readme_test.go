package main

import (
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"holdfast/internal/atlassian"
	"holdfast/internal/atlassian/confluence"
	"holdfast/internal/atlassian/jira"
)

// TestREADMENamesTheScopes states that a token made as the README says reads
// every kind of data that there is.
func TestREADMENamesTheScopes(t *testing.T) {
	text, err := os.ReadFile("../README.md")
	require.NoError(t, err)
	jiraScopes, wikiScopes, found := strings.Cut(string(text), "and for Confluence")
	require.True(t, found)
	for _, c := range []struct {
		product string
		kinds   []atlassian.Kind
		also    []string // that no kind of data has, as Atlassian's OpenAPI documents say
		text    string
	}{
		{"jira", jira.New(nil).Kinds(), nil, jiraScopes},
		{"confluence", confluence.New(nil, confluence.Options{}).Kinds(), []string{
			"read:confluence-user",                   // GET /wiki/rest/api/user/current: who we are
			"search:confluence",                      // GET /wiki/rest/api/content/search: drafts, and what is in trees
			"read:hierarchical-content:confluence",   // GET /wiki/api/v2/pages/{id}/descendants: trees
			"readonly:content.attachment:confluence", // GET …/child/attachment/{attachmentId}/download: bytes
		}, wikiScopes},
	} {
		t.Run(c.product, func(t *testing.T) {
			want := c.also
			for _, k := range c.kinds {
				for scope := range strings.SplitSeq(k.TokenScope, ", ") {
					if scope != "" {
						want = append(want, scope)
					}
				}
			}
			slices.Sort(want)
			named := regexp.MustCompile(`\b(?:read|manage|search|readonly):[a-z.-]+(?::[a-z-]+)?`).FindAllString(c.text, -1)
			require.ElementsMatch(t, slices.Compact(want), named)
		})
	}
}

// TestDocumentedCommandsAreOnes states that what the documents show of holdfast
// can be typed.
func TestDocumentedCommandsAreOnes(t *testing.T) {
	a := &app{streams: streams{strings.NewReader(""), io.Discard, io.Discard}}
	for _, path := range []string{"../README.md", "../docs/cli.md"} {
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		shell, found := false, 0
		for line := range strings.Lines(string(text)) {
			line = strings.TrimSpace(line)
			if strings.HasPrefix(line, "```") {
				shell = line == "```sh"
				continue
			}
			line, _, _ = strings.Cut(line, " #")
			typed, ours := strings.CutPrefix(line, "./holdfast ")
			if !ours {
				typed, ours = strings.CutPrefix(line, "go run ./starter ")
			}
			if !shell || !ours {
				continue
			}
			found++
			cmd, rest, err := newRoot(a).Find(shellWords(typed))
			require.NoError(t, err, line)
			require.NoError(t, cmd.ParseFlags(rest), line)
			require.NoError(t, cmd.ValidateRequiredFlags(), line)
			require.NoError(t, cmd.ValidateArgs(cmd.Flags().Args()), line)
		}
		if path == "../README.md" {
			require.Greater(t, found, 5)
		}
	}
}
