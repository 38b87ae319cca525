package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
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
	f, ok := a.in.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return usagef("this asks for your consent, and there is no terminal to ask at: look at the above and pass --yes")
	}
	return ask(ctx, a.in, a.err, question)
}

// ask waits for an answer, or for the end of ctx: a read of a terminal can't be
// interrupted, so it is left behind then.
func ask(ctx context.Context, in io.Reader, out io.Writer, question string) error {
	fmt.Fprintf(out, "%s [y/N] ", question)
	answers := make(chan string, 1)
	go func() {
		line, _ := bufio.NewReader(in).ReadString('\n')
		answers <- line
	}()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case line := <-answers:
		switch strings.ToLower(strings.TrimSpace(line)) {
		case "y", "yes":
			return nil
		}
		return errDeclined
	}
}
