package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"holdfast/internal/backup"
	"holdfast/internal/catalog"
	"holdfast/internal/message"
	"holdfast/internal/metrics"
	"holdfast/internal/store"
)

// policiesEvery is how often the store is asked about all policies.
const policiesEvery = 5 * time.Minute

// watchPolicies shows the last success of every policy in counts, now and from
// time to time, until the function that it returns is called or ctx ends. What
// retention is given, once, is the longest time for which a policy keeps backups.
func watchPolicies(ctx context.Context, c client.Client, s store.Store, counts *metrics.Metrics, log *slog.Logger, retention func(longest time.Duration)) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var watching sync.WaitGroup
	watching.Go(func() {
		tick := time.NewTicker(policiesEvery)
		defer tick.Stop()
		told := false
		for {
			files, err := policyFiles(ctx, c, s)
			switch {
			case ctx.Err() != nil:
				return
			case err != nil:
				log.Warn("the last successes of policies are not known; they are looked up again in some minutes", "error", err)
			default:
				counts.SetPolicies(shown(files))
			}
			if !told {
				retention(longestRetention(files))
				told = true
			}
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
		}
	})
	return func() { cancel(); watching.Wait() }
}

func shown(files []catalog.File) []metrics.Policy {
	all := make([]metrics.Policy, len(files))
	for i, f := range files {
		all[i] = metrics.Policy{ID: f.Policy.ID, Product: f.Policy.Product, LastSuccess: f.LastCompleteStart}
	}
	return all
}

func longestRetention(files []catalog.File) time.Duration {
	longest := backup.DefaultLimits().Retention
	for _, f := range files {
		longest = max(longest, f.Policy.Limits.Retention)
	}
	return longest
}

// policyFiles reads policy.json of all policies that this namespace controls,
// without the rows of their backups. A policy whose file is not written yet is left out.
func policyFiles(ctx context.Context, c client.Client, s store.Store) ([]catalog.File, error) {
	var all []catalog.File
	seen := make(map[string]bool)
	var page []byte
	for {
		found, err := c.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{
			Query:         fmt.Sprintf("WorkflowType = '%s' AND ExecutionStatus = 'Running'", message.PolicyWorkflow),
			NextPageToken: page,
		})
		if err != nil {
			return nil, fmt.Errorf("list the policies: %w", err)
		}
		for _, e := range found.Executions {
			id := strings.TrimPrefix(e.GetExecution().GetWorkflowId(), message.PolicyID(""))
			if seen[id] {
				continue // one that just continued as new is listed twice
			}
			seen[id] = true
			f, err := catalog.ReadFile(ctx, s, id)
			if errors.Is(err, store.ErrNotExist) {
				continue // not written yet
			}
			if err != nil {
				return nil, err
			}
			f.Backups = nil
			all = append(all, f)
		}
		if page = found.NextPageToken; len(page) == 0 {
			return all, nil
		}
	}
}
