package buildinfo

import (
	"runtime/debug"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestProgram(t *testing.T) {
	setting := func(k, v string) debug.BuildSetting { return debug.BuildSetting{Key: k, Value: v} }
	for want, b := range map[string]debug.BuildInfo{
		"holdfast v0.1.0": {Main: debug.Module{Version: "v0.1.0"}, Settings: []debug.BuildSetting{setting("vcs.revision", "abc")}},
		"holdfast devel":  {Main: debug.Module{Version: "(devel)"}},
		"holdfast devel abc+changes": {Settings: []debug.BuildSetting{
			setting("vcs.revision", "abc"), setting("vcs.modified", "true"),
		}},
	} {
		require.Equal(t, want, read(&b).Program())
	}
}
