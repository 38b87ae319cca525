package notify

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"

	"holdfast/internal/backup"
)

// command runs a program on the worker's host, without a shell, with the notice on
// its standard input. What it writes is counted and dropped.
type command struct {
	argv  []string
	limit time.Duration
}

// afterKill is how long a program that was killed may keep its output open: one that
// it started may have it.
const afterKill = time.Second

func (c *command) deliver(ctx context.Context, n backup.Notice, body []byte) (string, error) {
	limited, cancel := context.WithTimeout(ctx, c.limit)
	defer cancel()
	var out tally
	cmd := exec.CommandContext(limited, c.argv[0], c.argv[1:]...)
	cmd.Dir, cmd.Env = "/", environment(n)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(body), &out, &out
	// What it starts ends with it.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = afterKill
	err := cmd.Run()
	var exit *exec.ExitError
	switch {
	case err == nil, errors.Is(err, exec.ErrWaitDelay):
		return fmt.Sprintf("the command exited with 0 and wrote %d bytes", out.bytes), nil
	case ctx.Err() != nil:
		return "", ctx.Err()
	case limited.Err() != nil:
		return "", fmt.Errorf("the command took longer than %v and was killed: let it end sooner", c.limit)
	case errors.As(err, &exit):
		return "", fmt.Errorf("the command %s and wrote %d bytes: run it by hand to see why", ended(exit), out.bytes)
	case errors.Is(err, exec.ErrNotFound), errors.Is(err, os.ErrNotExist):
		return "", errors.New("the command is not on this host: install it, or correct it in the notifications file")
	case errors.Is(err, os.ErrPermission):
		return "", errors.New("the command may not be run by the worker: make it executable for the worker's user")
	}
	return "", errors.New("the command can't be run on this host: run it by hand to see why")
}

// ended says how a program ended.
func ended(exit *exec.ExitError) string {
	if code := exit.ExitCode(); code >= 0 {
		return fmt.Sprintf("exited with %d", code)
	}
	return "was killed by a signal"
}

// environment is all that a program is given: where programs are, and what the notice
// is about. The worker's own holds credentials.
func environment(n backup.Notice) []string {
	env := []string{
		"PATH=" + os.Getenv("PATH"), "LANG=C.UTF-8",
		"HOLDFAST_EVENT=" + string(n.Event), "HOLDFAST_NOTICE=" + n.ID, "HOLDFAST_POLICY=" + n.Policy,
	}
	if n.Backup != nil {
		env = append(env, "HOLDFAST_BACKUP="+n.Backup.ID, "HOLDFAST_STATUS="+string(n.Backup.Status))
	}
	return env
}

// tally counts what is written to it and drops it.
type tally struct{ bytes int64 }

func (t *tally) Write(p []byte) (int, error) {
	t.bytes += int64(len(p))
	return len(p), nil
}
