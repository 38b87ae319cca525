package main

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/temporal"

	"holdfast/internal/backup"
	"holdfast/internal/failure"
	"holdfast/internal/message"
	"holdfast/internal/restore"
	"holdfast/internal/store/storeurl"
)

// The exit codes; they are part of the interface (docs/cli.md).
const (
	exitDone       = 0
	exitFailed     = 1
	exitUsage      = 2
	exitIncomplete = 3
	exitRefused    = 4
)

// usageError is an error of whoever typed the command.
type usageError struct{ message string }

func (e *usageError) Error() string { return e.message }

func usagef(format string, args ...any) error {
	return &usageError{fmt.Sprintf(format, args...)}
}

// outcome is the error of a command that did its work and found, or made, a
// backup that is not COMPLETE. What there is to say has been printed.
type outcome struct{ status backup.Status }

func (o outcome) Error() string { return "the backup is " + string(o.status) }

// outcomeOf is nil for COMPLETE.
func outcomeOf(status backup.Status) error {
	if status == backup.Complete {
		return nil
	}
	return outcome{status}
}

// finish prints what is left to say of a command's error and returns the exit code.
func (a *app) finish(err error) int {
	var usage *usageError
	var address *storeurl.AddressError
	var o outcome
	var restored restoreOutcome
	var nothing nothingToRestore
	var refused *refusal
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &restored):
		if restored.status == restore.Incomplete {
			return exitIncomplete
		}
		return exitFailed
	case errors.As(err, &nothing):
		return exitRefused
	case errors.As(err, &refused):
		fmt.Fprintf(a.err, "holdfast: %s\n", a.hint(err.Error()))
		return exitRefused
	case errors.As(err, &o):
		if o.status == backup.Incomplete {
			return exitIncomplete
		}
		return exitFailed
	case errors.As(err, &usage), errors.As(err, &address), !a.started:
		fmt.Fprintf(a.err, "holdfast: %s\nRun it with --help for what it takes.\n", plain(err))
		return exitUsage
	}
	fmt.Fprintf(a.err, "holdfast: %s\n", a.hint(err.Error()))
	return exitFailed
}

// hint is text with the flags by which this command found its cluster in the
// commands that it names: they are there to be copied.
func (a *app) hint(text string) string {
	program := "holdfast"
	if a.address != "" {
		program += " --address " + shellQuote(a.address)
	}
	if a.namespace != "" {
		program += " --namespace " + shellQuote(a.namespace)
	}
	var pairs []string
	for _, command := range []string{" backup ", " policy ", " download ", " restore ", " notify "} {
		pairs = append(pairs, "holdfast"+command, program+command)
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

// plain is an error of flags without the name of the function of Go that found it.
func plain(err error) string {
	return regexp.MustCompile(`: strconv\.\w+: parsing "[^"]*": `).ReplaceAllString(err.Error(), ": ")
}

// explained is an error as the operator reads it; what it was stays beneath.
type explained struct {
	text  string
	cause error
}

func (e *explained) Error() string { return e.text }
func (e *explained) Unwrap() error { return e.cause }

// explain turns the error of a request about what (a policy, a backup) into one
// that says what the operator can do.
func explain(what string, err error) error {
	if err == nil {
		return nil
	}
	return &explained{what + ": " + advice(err), err}
}

func advice(err error) string {
	var notFound *serviceerror.NotFound
	var namespace *serviceerror.NamespaceNotFound
	var deadline *serviceerror.DeadlineExceeded
	var canceled *serviceerror.Canceled
	kind, text := failure.Of(err)
	switch {
	case kind == failure.TooEarly:
		if at := when(detail[time.Time](err)); !strings.Contains(text, at) {
			return fmt.Sprintf("%s (allowed at %s)", text, at)
		}
		return text
	case kind == failure.Running:
		id := detail[string](err)
		return fmt.Sprintf("%s\n  watch it:   holdfast backup watch %s\n  or end it:  holdfast backup cancel %s", text, id, id)
	case kind == failure.NoCredential:
		return text + " (its --credentials, or its environment)"
	case text != "":
		return text
	case errors.As(err, &namespace):
		return fmt.Sprintf("the cluster has no namespace %s: check --namespace and --address", namespace.Namespace)
	case errors.As(err, &notFound):
		return "Temporal does not know it: look for it with 'holdfast policy list' and 'holdfast backup list POLICY', and check --address and --namespace"
	case errors.Is(err, context.Canceled), errors.As(err, &canceled):
		return "interrupted; what was asked for may go on: look with 'holdfast policy list'"
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &deadline):
		return fmt.Sprintf("no answer in time: check that a worker runs for this cluster and namespace (temporal task-queue describe --task-queue %s), or give it longer with --timeout", message.TaskQueue)
	}
	return fmt.Sprintf("%v: check the cluster and try again", err)
}

// detail is the first detail of an application error, the zero value where it has none.
func detail[T any](err error) (v T) {
	var app *temporal.ApplicationError
	if errors.As(err, &app) && app.HasDetails() {
		_ = app.Details(&v)
	}
	return v
}
