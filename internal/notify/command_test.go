package notify

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holdfast/internal/backup"
)

// script is a program that a shell runs.
func script(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "program")
	require.NoError(t, os.WriteFile(path, []byte("#!/bin/sh\n"+text+"\n"), 0o700))
	return path
}

// commandOf is the hooks with one entry, "pager", that runs a command.
func commandOf(t *testing.T, argv ...string) *Hooks {
	t.Helper()
	return load(t, map[string]any{"pager": map[string]any{"command": argv}})
}

func TestACommandReadsTheNotice(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("HOLDFAST_CREDENTIAL_ACME_TOKEN", secret)
	program := script(t, `cd `+dir+`; cat > stdin; env > env; printf '%s|' "$@" > args; pwd > pwd; echo 12345`)
	n := notice(backup.EventIncomplete)
	receipt, err := commandOf(t, program, "--team", "$HOME; touch here", "").Deliver(t.Context(), "pager", n)
	require.NoError(t, err)
	require.Equal(t, Receipt{Wanted: true, Answer: "the command exited with 0 and wrote 6 bytes"}, receipt)

	read := func(name string) string {
		data, err := os.ReadFile(filepath.Join(dir, name))
		require.NoError(t, err)
		return string(data)
	}
	var told backup.Notice
	require.NoError(t, json.Unmarshal([]byte(read("stdin")), &told))
	require.Equal(t, n, told)
	require.Equal(t, "--team|$HOME; touch here||", read("args"), "no shell reads the arguments")
	env := read("env")
	require.Contains(t, env, "HOLDFAST_EVENT=incomplete\n")
	require.Contains(t, env, "HOLDFAST_NOTICE="+n.ID+"\n")
	require.Contains(t, env, "HOLDFAST_POLICY=jira-acme\n")
	require.Contains(t, env, "HOLDFAST_BACKUP="+n.Backup.ID+"\n")
	require.Contains(t, env, "HOLDFAST_STATUS=INCOMPLETE\n")
	require.NotContains(t, env, secret, "the worker's own environment is not the command's")
}

// TestACommandThatFailsMayWorkLater states what is told of a command that did not take
// the notice, without what it wrote.
func TestACommandThatFailsMayWorkLater(t *testing.T) {
	plain := filepath.Join(t.TempDir(), "plain")
	require.NoError(t, os.WriteFile(plain, nil, 0o600))
	for name, c := range map[string]struct {
		argv []string
		says string
	}{
		"it fails":            {[]string{script(t, `echo `+secret+` >&2; exit 3`), secret}, "the command exited with 3 and wrote 23 bytes"},
		"it is killed":        {[]string{script(t, `kill -9 $$`), secret}, "the command was killed by a signal and wrote 0 bytes"},
		"it is not there":     {[]string{"/nowhere/" + secret}, "is not on this host"},
		"it is not in PATH":   {[]string{secret}, "is not on this host"},
		"it is no program":    {[]string{plain, secret}, "may not be run by the worker"},
		"it writes very much": {[]string{script(t, `head -c 10000000 /dev/zero; exit 1`)}, "wrote 10000000 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := commandOf(t, c.argv...).Deliver(t.Context(), "pager", notice(backup.EventFailed))
			require.ErrorContains(t, err, c.says)
			require.ErrorContains(t, err, `notification "pager"`)
			require.NotContains(t, err.Error(), secret)
			var definite *RefusedError
			require.False(t, errors.As(err, &definite))
		})
	}
}

func TestACommandThatHangsIsKilledWithWhatItStarted(t *testing.T) {
	for name, end := range map[string]func(*command) (context.Context, error){
		"at its limit": func(c *command) (context.Context, error) {
			c.limit = 300 * time.Millisecond
			return t.Context(), fmt.Errorf("took longer than 300ms")
		},
		"with the step": func(*command) (context.Context, error) {
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(300*time.Millisecond, cancel)
			return ctx, context.Canceled
		},
	} {
		t.Run(name, func(t *testing.T) {
			pids := filepath.Join(t.TempDir(), "pids")
			h := commandOf(t, script(t, `sleep 600 & echo $! $$ > `+pids+`; wait`))
			c, ok := h.byName["pager"].hook.(*command)
			require.True(t, ok)
			ctx, want := end(c)
			began := time.Now()
			_, err := h.Deliver(ctx, "pager", notice(backup.EventFailed))
			require.ErrorContains(t, err, want.Error())
			require.Less(t, time.Since(began), 10*time.Second)
			data, err := os.ReadFile(pids)
			require.NoError(t, err)
			for _, pid := range strings.Fields(string(data)) {
				require.Eventually(t, func() bool { return gone(t, pid) }, 10*time.Second, 10*time.Millisecond, "process %s lives on", pid)
			}
		})
	}
}

// gone reports whether there is no such process any more, or only what is left of one.
func gone(t *testing.T, pid string) bool {
	n, err := strconv.Atoi(pid)
	require.NoError(t, err)
	if errors.Is(syscall.Kill(n, 0), syscall.ESRCH) {
		return true
	}
	status, err := os.ReadFile("/proc/" + pid + "/stat")
	return err != nil || strings.Contains(string(status), ") Z ")
}

func TestACommandMayLeaveSomethingBehind(t *testing.T) {
	h := commandOf(t, script(t, `sleep 20 &`))
	began := time.Now()
	_, err := h.Deliver(t.Context(), "pager", notice(backup.EventFailed))
	require.NoError(t, err, "the notice was taken, though its output is still open")
	require.Less(t, time.Since(began), 10*time.Second)
}
