package main

import (
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"holdfast/internal/atlassian/jira"
)

// TestREADMENamesTheScopes states that a token made as the README says reads
// every kind of data that there is.
func TestREADMENamesTheScopes(t *testing.T) {
	text, err := os.ReadFile("../README.md")
	require.NoError(t, err)
	var want []string
	for _, k := range jira.New(nil).Kinds() {
		for scope := range strings.SplitSeq(k.TokenScope, ", ") {
			if scope != "" {
				want = append(want, scope)
			}
		}
	}
	slices.Sort(want)
	named := regexp.MustCompile(`\b(?:read|manage):[a-z.-]+(?::[a-z-]+)?`).FindAllString(string(text), -1)
	require.ElementsMatch(t, slices.Compact(want), named)
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
			cmd, rest, err := newRoot(a).Find(strings.Fields(typed))
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
