package main

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"github.com/stretchr/testify/require"
)

// TestHelpHasExamples states that every command shows how it is used, and that
// each line of it is what the command takes.
func TestHelpHasExamples(t *testing.T) {
	a := &app{streams: streams{strings.NewReader(""), io.Discard, io.Discard}}
	var all func(cmd *cobra.Command)
	all = func(cmd *cobra.Command) {
		t.Run(cmd.CommandPath(), func(t *testing.T) {
			require.NotEmpty(t, cmd.Example)
			used := false
			for line := range strings.Lines(cmd.Example) {
				typed, _, _ := strings.Cut(strings.TrimSpace(line), " | ")
				typed, _, _ = strings.Cut(typed, " > ")
				_, typed, found := strings.Cut(strings.TrimSuffix(typed, ")"), "holdfast ")
				require.True(t, found, line)
				meant, rest, err := newRoot(a).Find(shellWords(typed))
				require.NoError(t, err, line)
				used = used || strings.HasPrefix(meant.CommandPath(), cmd.CommandPath())
				require.NoError(t, meant.ParseFlags(rest), line)
				require.NoError(t, meant.ValidateRequiredFlags(), line)
				require.NoError(t, meant.ValidateArgs(meant.Flags().Args()), line)
			}
			require.True(t, used, "no example is of %s itself", cmd.CommandPath())
			cmd.Flags().VisitAll(func(f *pflag.Flag) { require.NotEmpty(t, f.Usage, f.Name) })
		})
		for _, sub := range cmd.Commands() {
			all(sub)
		}
	}
	all(newRoot(a))
}

func TestCompletionScripts(t *testing.T) {
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		got := holdfast(t, "completion", shell)
		require.Equal(t, exitDone, got.code, got.err)
		require.Contains(t, got.out, "holdfast")
	}
	got := holdfast(t, "completion", "tcsh")
	require.Equal(t, exitUsage, got.code)
	require.Contains(t, got.err, "bash, zsh, fish or powershell")
	require.Contains(t, holdfast(t, "--help").out, "completion", "it is no secret")
}

func TestCompletionWithoutCluster(t *testing.T) {
	nobody := "127.0.0.1:" + freePort(t)
	got := holdfast(t, cobra.ShellCompRequestCmd, "--address", nobody, "backup", "show", "")
	require.Equal(t, exitDone, got.code)
	require.Equal(t, ":4\n", got.out, "nothing, and no file names either")
	require.False(t, bytes.Contains([]byte(got.err), []byte("connect")), "no error: %s", got.err)
}

// shellWords are the words of a command as a shell takes it apart: single quotes hold
// one together.
func shellWords(typed string) (words []string) {
	for i, part := range strings.Split(typed, "'") {
		if i%2 == 1 {
			words = append(words, part)
		} else {
			words = append(words, strings.Fields(part)...)
		}
	}
	return words
}
