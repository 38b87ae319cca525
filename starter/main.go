// Command holdfast is the command line of holdfast: it creates policies, starts
// and watches backups, looks at what became of them, and shows all of it on a
// site of its own.
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	os.Exit(run(context.Background(), os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr}))
}

// streams are what a command reads and writes.
type streams struct {
	in  io.Reader
	out io.Writer // results
	err io.Writer // progress, questions, messages, logs
}

// run runs one command and returns its exit code. A signal ends it; a second
// one ends it at once.
func run(ctx context.Context, args []string, s streams) int {
	ctx, release := signal.NotifyContext(ctx, syscall.SIGTERM, os.Interrupt)
	defer release()
	context.AfterFunc(ctx, release)

	a := &app{streams: s}
	cmd := newRoot(a)
	cmd.SetArgs(args)
	cmd.SetIn(s.in)
	cmd.SetOut(s.out)
	cmd.SetErr(s.err)
	return a.finish(cmd.ExecuteContext(ctx))
}
