package devserver

import (
	"context"
	"fmt"
	"time"

	namespacepb "go.temporal.io/api/namespace/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"google.golang.org/protobuf/types/known/durationpb"
)

// keepFor raises a namespace's retention where it is less than want: a database
// may be older than the wish.
func keepFor(ctx context.Context, c client.Client, namespace string, want time.Duration) error {
	d, err := c.WorkflowService().DescribeNamespace(ctx, &workflowservice.DescribeNamespaceRequest{Namespace: namespace})
	if err != nil {
		return fmt.Errorf("look up namespace %s: %w", namespace, err)
	}
	if d.GetConfig().GetWorkflowExecutionRetentionTtl().AsDuration() >= want {
		return nil
	}
	_, err = c.WorkflowService().UpdateNamespace(ctx, &workflowservice.UpdateNamespaceRequest{
		Namespace: namespace,
		Config:    &namespacepb.NamespaceConfig{WorkflowExecutionRetentionTtl: durationpb.New(want)},
	})
	if err != nil {
		return fmt.Errorf("keep closed workflows of namespace %s for %v: %w", namespace, want, err)
	}
	return nil
}
