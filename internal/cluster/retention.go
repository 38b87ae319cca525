package cluster

import (
	"context"
	"fmt"
	"time"

	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
)

// retentionMargin is how much longer than a backup its run should be kept.
const retentionMargin = 2 * 24 * time.Hour

// CheckRetention looks whether the namespace keeps closed workflows for as long
// as backups are kept, and two days more. Where it does not, advice says so and
// has the command that an operator should run; the backups do not depend on it.
func CheckRetention(ctx context.Context, c client.Client, namespace string, backups time.Duration) (advice string, err error) {
	d, err := c.WorkflowService().DescribeNamespace(ctx, &workflowservice.DescribeNamespaceRequest{Namespace: namespace})
	if err != nil {
		return "", fmt.Errorf("look up namespace %s: %w: check --namespace", namespace, err)
	}
	return retentionAdvice(namespace, d.GetConfig().GetWorkflowExecutionRetentionTtl().AsDuration(), backups), nil
}

// retentionAdvice is "" where runs are kept for long enough; a namespace that
// tells no time keeps them for good.
func retentionAdvice(namespace string, runs, backups time.Duration) string {
	want := backups + retentionMargin
	if runs == 0 || runs >= want {
		return ""
	}
	return fmt.Sprintf("namespace %s keeps closed runs for %s, and policies keep backups for %s: a backup's run can't be looked at as long as the backup; let an operator run\n"+
		"temporal operator namespace update --namespace %s --retention %s", namespace, hours(runs), hours(backups), namespace, hours(want))
}

// hours is a duration in whole hours, rounded up, as Temporal's tools take it.
func hours(d time.Duration) string {
	return fmt.Sprintf("%dh", (d+time.Hour-1)/time.Hour)
}
