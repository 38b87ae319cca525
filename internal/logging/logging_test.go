package logging

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestParseLevel(t *testing.T) {
	for name, want := range map[string]slog.Level{
		"debug": slog.LevelDebug, "info": slog.LevelInfo, "WARN": slog.LevelWarn, "error": slog.LevelError,
	} {
		got, err := ParseLevel(name)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	_, err := ParseLevel("loud")
	require.ErrorContains(t, err, "use debug, info, warn or error")
}

func TestMachinesReadJSON(t *testing.T) {
	var out bytes.Buffer
	log := New(&out, slog.LevelInfo).With("shard", "p001")
	log.Debug("below the level")
	log.Error("the store is away", "after", 3)
	var line map[string]any
	require.NoError(t, json.Unmarshal(out.Bytes(), &line), "exactly one line: %s", out.String())
	require.Contains(t, line, "time")
	delete(line, "time")
	require.Equal(t, map[string]any{"level": "error", "message": "the store is away", "shard": "p001", "after": 3.0}, line)
}

func TestPeopleReadLines(t *testing.T) {
	var out bytes.Buffer
	slog.New(handler(&out, slog.LevelWarn, true)).Warn("the store is away", "after", 3)
	require.Regexp(t, `^\d\d:\d\d:\d\d WARN the store is away \{"after": 3\}\n$`, out.String())
}

func TestCancellationsAreNoErrors(t *testing.T) {
	for name, tc := range map[string]struct {
		err   error
		level slog.Level
		want  string
	}{
		"a step that was cancelled is not told of": {fmt.Errorf("get it: %w", context.Canceled), slog.LevelInfo, ""},
		"at debug it is, as what it is":            {context.Canceled, slog.LevelDebug, "debug"},
		"a step that failed is an error":           {errors.New("no room"), slog.LevelInfo, "error"},
		"one that took too long is an error":       {context.DeadlineExceeded, slog.LevelInfo, "error"},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			New(&out, tc.level).With("run", "r").Error("Activity error.", "Error", tc.err)
			if tc.want == "" {
				require.Empty(t, out.String())
				return
			}
			require.Contains(t, out.String(), `"level":"`+tc.want+`"`)
		})
	}
}
