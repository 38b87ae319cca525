package backup

import (
	"fmt"
	"strings"
	"time"
)

// Cause is a definite refusal that ends a run at once.
type Cause string

// The causes of a run's end before its time.
const (
	CauseCredentials  Cause = "credentials refused"
	CauseSiteGone     Cause = "site gone"
	CauseStoreRefused Cause = "store refused"
	CauseOwned        Cause = "owned by another installation"
)

// Outcome is what is known of a run that ends, or waits: the input of Judge.
type Outcome struct {
	// Cancelled is set where someone cancelled the run; By says who, empty where
	// that came by way of Temporal itself.
	Cancelled bool
	By        string
	// Terminated is set where an operator terminated the workflow.
	Terminated bool
	// Cause is set where a definite refusal ended the run; Detail is its message,
	// which ends in what to do.
	Cause  Cause
	Detail string
	// Waiting says what an open run waits for; empty where it waits for nothing.
	Waiting string
	// Deadline is set where it has passed before the run was through.
	Deadline time.Time

	CensusDone    bool     // the list of all ids is stored
	Baseline      Baseline // S6
	AcceptSmaller bool
	Containers    int // that the census found and the policy does not exclude
	Items         int // that the census found in them
	Captured      int // containers of which something was captured, be it that they are empty
	Whole         int // containers captured whole

	Missing       int // items, sub-collections and attachments that should be there and are not
	NoPermission  int // containers and kinds of content that the account may not read and the policy does not exclude
	ShortCensus   int // containers whose list of ids does not add up
	GoneOver      int // containers with more gone items than GoneTolerance
	GoneContainer string
}

// Judge gives a run its status, row by row of the table of statuses, and for
// every status but COMPLETE the reason: what happened, and what to do. The first
// row that holds counts. A run that waits is IN PROGRESS, with what it waits for.
func Judge(o Outcome) (Status, string) {
	switch {
	case o.Terminated:
		return Failed, "terminated: the workflow was ended by an operator in Temporal; nothing of it counts as a backup, run again"
	case o.Cancelled && o.By == "":
		return Failed, "cancelled by an operator in Temporal; nothing of it counts as a backup, run again when wanted"
	case o.Cancelled:
		return Failed, fmt.Sprintf("cancelled by %s; nothing of it counts as a backup, run again when wanted", o.By)
	case o.Cause != "":
		return Failed, refusal(o)
	case !o.Deadline.IsZero():
		return judgeDeadline(o)
	case o.Waiting != "":
		return InProgress, "waiting: " + o.Waiting
	case !o.CensusDone:
		return Failed, "the list of what the site holds could not be made: run again; if it fails again, check the site with its own pages"
	}
	if !o.AcceptSmaller {
		if err := Compare(o.Baseline, o.Containers, o.Items); err != nil {
			return Failed, err.Error()
		}
	}
	if o.Captured == 0 {
		return Failed, fmt.Sprintf("none of %d containers could be captured: check what the account may read, then run again", o.Containers)
	}
	return judgeContent(o)
}

// refusal is the reason for a definite refusal.
func refusal(o Outcome) string {
	do := o.Detail
	if do == "" {
		do = remedy(o.Cause)
	}
	return fmt.Sprintf("%s: %s", o.Cause, do)
}

// remedy is what to do about a refusal that does not say it.
func remedy(c Cause) string {
	switch c {
	case CauseCredentials:
		return "give the workers a valid credential, then run again"
	case CauseSiteGone:
		return "check the address of the site; if it has moved, make a new policy"
	case CauseStoreRefused:
		return "let the workers write to the store, then run again"
	case CauseOwned:
		return "run it from the installation that owns it, or take it over"
	}
	return "mend the cause, then run again"
}

// judgeDeadline judges a run that was not through in time.
func judgeDeadline(o Outcome) (Status, string) {
	at := stamp(o.Deadline)
	cause := ""
	if o.Waiting != "" {
		cause = " while waiting: " + o.Waiting
	}
	switch {
	case !o.CensusDone:
		return Failed, fmt.Sprintf("not through at its deadline, %s%s, and without a list of what the site holds: run again, with a later deadline where the site is slow", at, cause)
	case o.Whole == 0:
		return Failed, fmt.Sprintf("not through at its deadline, %s%s, and no container was whole: run again, with a later deadline where the site is slow", at, cause)
	case !o.AcceptSmaller:
		if err := Compare(o.Baseline, o.Containers, o.Items); err != nil {
			return Failed, err.Error()
		}
	}
	return Incomplete, fmt.Sprintf("not through at its deadline, %s%s: %d of %d containers are whole; run again, with a later deadline where the site is slow",
		at, cause, o.Whole, o.Containers)
}

// judgeContent judges a run that went through to its end.
func judgeContent(o Outcome) (Status, string) {
	var lacks []string
	add := func(n int, format string, args ...any) {
		if n > 0 {
			lacks = append(lacks, fmt.Sprintf(format, args...))
		}
	}
	add(o.Missing, "%d items, attachments or parts of items are missing", o.Missing)
	add(o.NoPermission, "no permission on %d containers or kinds of content that the policy does not exclude", o.NoPermission)
	add(o.ShortCensus, "the list of ids of %d containers does not add up", o.ShortCensus)
	add(o.GoneOver, "in %d containers (%s) more items went away during the run than deletions explain", o.GoneOver, o.GoneContainer)
	if len(lacks) == 0 {
		return Complete, ""
	}
	return Incomplete, strings.Join(lacks, "; ") + ": the report lists each with its reason; mend what it names and run again"
}
