package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"golang.org/x/term"
)

// errDeclined is the answer no.
var errDeclined = errors.New("not done: the question was not answered with yes")

// confirm asks whether to go on, unless --yes was given. Where nobody sits at a
// terminal it asks for --yes instead.
func (a *app) confirm(ctx context.Context, question string, yes bool) error {
	if yes {
		return nil
	}
	if !a.canAsk() {
		return usagef("this asks for your consent, and there is no terminal to ask at: look at the above and pass --yes")
	}
	return ask(ctx, a.in, a.err, question)
}

// choose asks for one of answers; any other answer is no. Where nobody sits at a
// terminal it asks for flags instead.
func (a *app) choose(ctx context.Context, question string, answers ...string) (string, error) {
	if !a.canAsk() {
		return "", usagef("this asks what to do, and there is no terminal to ask at: look at the above and pass --backups %s, and --yes", strings.Join(answers, " or "))
	}
	return pick(ctx, a.in, a.err, question, answers)
}

// canAsk reports whether somebody sits at a terminal.
func (a *app) canAsk() bool {
	f, ok := a.in.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// ask waits for a yes.
func ask(ctx context.Context, in io.Reader, out io.Writer, question string) error {
	answer, err := pick(ctx, in, out, question, nil)
	if err == nil && answer != "y" && answer != "yes" {
		return errDeclined
	}
	return err
}

// pick waits for one of answers, or, where there are none, for any; or for the end of
// ctx: a read of a terminal can't be interrupted, so it is left behind then.
func pick(ctx context.Context, in io.Reader, out io.Writer, question string, answers []string) (string, error) {
	among := "y"
	if len(answers) > 0 {
		among = strings.Join(answers, "/")
	}
	fmt.Fprintf(out, "%s [%s/N] ", question, among)
	typed := make(chan string, 1)
	go func() {
		line, _ := bufio.NewReader(in).ReadString('\n')
		typed <- line
	}()
	select {
	case <-ctx.Done():
		return "", ctx.Err()
	case line := <-typed:
		answer := strings.ToLower(strings.TrimSpace(line))
		if len(answers) > 0 && !slices.Contains(answers, answer) {
			return "", errDeclined
		}
		return answer, nil
	}
}
