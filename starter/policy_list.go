package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"holdfast/internal/backup"
	"holdfast/internal/cluster"
	"holdfast/internal/message"
)

func newPolicyList(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List the policies",
		Example: "  holdfast policy list\n" +
			"  holdfast policy list -o json | jq -r '.[].id'",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.dial(cmd.Context())
			if err != nil {
				return err
			}
			defer c.Close()
			ctx, cancel := a.call(cmd.Context())
			defer cancel()
			all, err := listPolicies(ctx, c)
			if err != nil {
				return err
			}
			return a.print(all, func(w io.Writer) { printPolicies(w, all, time.Now()) })
		},
	}
}

// listPolicies reads the memos of all policies, in order of their ids; no worker is needed for it.
func listPolicies(ctx context.Context, c client.Client) ([]message.PolicySummary, error) {
	all := []message.PolicySummary{}
	var page []byte
	for {
		found, err := c.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{
			Query:         fmt.Sprintf("WorkflowType = '%s' AND ExecutionStatus = 'Running'", message.PolicyWorkflow),
			NextPageToken: page,
		})
		if err != nil {
			return nil, explain("list the policies", err)
		}
		for _, e := range found.Executions {
			var s message.PolicySummary
			payload := e.GetMemo().GetFields()[message.Memo]
			if payload == nil || cluster.DataConverter().FromPayload(payload, &s) != nil {
				continue // not configured yet
			}
			all = append(all, s)
		}
		if page = found.NextPageToken; len(page) == 0 {
			break
		}
	}
	slices.SortFunc(all, func(x, y message.PolicySummary) int { return strings.Compare(x.ID, y.ID) })
	// A policy that just continued as new may be listed twice.
	return slices.CompactFunc(all, func(x, y message.PolicySummary) bool { return x.ID == y.ID }), nil
}

func printPolicies(w io.Writer, all []message.PolicySummary, now time.Time) {
	if len(all) == 0 {
		fmt.Fprintln(w, "There are no policies. Create one with 'holdfast policy create'.")
		return
	}
	row(w, "POLICY", "SITE", "PRODUCT", "AVAILABLE", "LAST BACKUP", "STATUS", "RECOVERY POINT", "NEXT RUN")
	for _, p := range all {
		last, status, point := "", backup.Status(""), ""
		if p.Last != nil {
			last, status = when(p.Last.StartedAt), p.Last.Status
		}
		switch {
		case p.LastComplete.IsZero():
		case p.Available == 0:
			point = "none: EXPIRED"
		default:
			point = age(now.Sub(p.LastComplete)) + " old"
		}
		next := when(p.NextRun)
		switch {
		case p.Retired:
			next = "deleted"
		case p.Paused:
			next = "paused"
		}
		row(w, p.ID, p.Site, p.Product, p.Available, last, status, point, next)
	}
}
