package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"holdfast/internal/failure"
)

// patience is how long a check may take before the user is told what it waits for.
const patience = 5 * time.Second

// stuckTime is how long the cluster may take to tell what a check waits for.
const stuckTime = 2 * time.Second

// tellWaiting tells after a while what a workflow with one step waits for, which
// does what and asks whom: a site, or the one that is told. The caller calls what it
// returns once the workflow has ended.
func (a *app) tellWaiting(ctx context.Context, c client.Client, workflowID, what, whom string) (stop func() bool) {
	return time.AfterFunc(patience, func() {
		why := stuck(ctx, c, workflowID, whom)
		if why == "" {
			why = "for a worker"
		}
		fmt.Fprintf(a.err, "Still waiting to %s: %s …\n", what, why)
	}).Stop
}

// explainCheck is explain for a check of a site by a worker. One that had no
// answer in time may lack a worker; more often it is the site that is silent,
// which the server knows and the error does not.
func explainCheck(ctx context.Context, c client.Client, workflowID, site string, err error) error {
	var deadline *serviceerror.DeadlineExceeded
	if errors.Is(err, context.DeadlineExceeded) || errors.As(err, &deadline) {
		if why := stuck(ctx, c, workflowID, site); why != "" {
			return &explained{fmt.Sprintf("check %s: no answer in time: %s", site, why), err}
		}
	}
	return explainSite(site, err)
}

// explainSite is explain for a question to a site. A run waits until a site is
// back; nobody waits for a check.
func explainSite(site string, err error) error {
	if kind, text := failure.Of(err); kind == failure.SiteAway {
		text, _, _ = strings.Cut(text, "; the run goes on")
		return &explained{fmt.Sprintf("check %s: %s; check --site, and that this network reaches it", site, text), err}
	}
	return explain("check "+site, err)
}

// stuck is what the one step of a check waits for, as the server tells; empty
// where no worker has taken it, or the server does not answer.
func stuck(ctx context.Context, c client.Client, workflowID, site string) string {
	// The time of the check itself may be over.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stuckTime)
	defer cancel()
	d, err := c.DescribeWorkflowExecution(ctx, workflowID, "")
	if err != nil {
		return ""
	}
	for _, step := range d.GetPendingActivities() {
		if last := step.GetLastFailure(); last.GetMessage() != "" {
			text, _, _ := strings.Cut(last.GetMessage(), "; the run goes on")
			return text
		}
		if step.GetState() == enumspb.PENDING_ACTIVITY_STATE_STARTED {
			return fmt.Sprintf("worker %s asks, and %s does not answer it: check its address and that worker's network, or give it longer with --timeout",
				cell(step.GetLastWorkerIdentity()), site)
		}
	}
	return ""
}
