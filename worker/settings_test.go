package main

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/pflag"
	"github.com/stretchr/testify/require"
)

func TestFlagsComeBeforeTheEnvironment(t *testing.T) {
	for name, tc := range map[string]struct {
		args []string
		env  map[string]string
		want settings
		says string
	}{
		"a flag alone":               {args: []string{"--store", "file:///a"}, want: settings{store: "file:///a", slots: 4}},
		"the environment alone":      {env: map[string]string{"HOLDFAST_STORE": "file:///b", "HOLDFAST_SCRATCH_SLOTS": "7"}, want: settings{store: "file:///b", slots: 7}},
		"both":                       {args: []string{"--store", "file:///a"}, env: map[string]string{"HOLDFAST_STORE": "file:///b"}, want: settings{store: "file:///a", slots: 4}},
		"empty is not set":           {env: map[string]string{"HOLDFAST_SCRATCH_SLOTS": ""}, want: settings{slots: 4}},
		"what makes no sense":        {env: map[string]string{"HOLDFAST_SCRATCH_SLOTS": "many"}, says: "HOLDFAST_SCRATCH_SLOTS in the environment"},
		"help is no setting":         {env: map[string]string{"HOLDFAST_HELP": "true"}, want: settings{slots: 4}},
		"Temporal's own are its own": {env: map[string]string{"HOLDFAST_ADDRESS": "x:1", "TEMPORAL_ADDRESS": "y:1"}, want: settings{slots: 4}},
	} {
		t.Run(name, func(t *testing.T) {
			var got settings
			f := pflag.NewFlagSet("worker", pflag.ContinueOnError)
			got.register(f)
			require.NoError(t, f.Parse(tc.args))
			err := fromEnvironment(f, func(name string) (string, bool) { v, ok := tc.env[name]; return v, ok })
			if tc.says != "" {
				require.ErrorContains(t, err, tc.says)
				return
			}
			require.NoError(t, err)
			require.Equal(t, tc.want, settings{address: got.address, store: got.store, slots: got.slots})
		})
	}
}

func TestRequiredFlagsMayComeFromTheEnvironment(t *testing.T) {
	t.Setenv("HOLDFAST_STORE", "ftp://x")
	t.Setenv("HOLDFAST_SCRATCH", t.TempDir())
	var stderr strings.Builder
	require.Equal(t, exitUsage, run(nil, &stderr, &stderr))
	require.Contains(t, stderr.String(), "ftp:// is not supported")
}

// TestDocumentListsEveryFlag holds the table of docs/cli.md to the flags: names,
// environment and defaults.
func TestDocumentListsEveryFlag(t *testing.T) {
	text, err := os.ReadFile("../docs/cli.md")
	require.NoError(t, err)
	_, section, found := strings.Cut(string(text), "## The worker\n")
	require.True(t, found)
	documented := make(map[string][]string)
	row := regexp.MustCompile("(?m)^\\| `--([a-z-]+)` \\| `([A-Z_]+)` \\| .* \\| ([^|]*) ?\\|$")
	for _, cells := range row.FindAllStringSubmatch(section, -1) {
		documented[cells[1]] = []string{cells[2], strings.Trim(cells[3], " `")}
	}
	var s settings
	f := pflag.NewFlagSet("worker", pflag.ContinueOnError)
	s.register(f)
	f.VisitAll(func(flag *pflag.Flag) {
		cells, ok := documented[flag.Name]
		require.True(t, ok, "--%s is not in docs/cli.md", flag.Name)
		require.Equal(t, environmentName(flag.Name), cells[0])
		if flag.DefValue != "" {
			require.Equal(t, flag.DefValue, cells[1], flag.Name)
		}
		delete(documented, flag.Name)
	})
	require.Empty(t, documented, "docs/cli.md has flags that the worker has not")
}
