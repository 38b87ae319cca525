package workflows

import (
	"fmt"

	"go.temporal.io/sdk/workflow"

	"holdfast/activities"
	"holdfast/internal/backup"
	"holdfast/internal/failure"
	"holdfast/internal/message"
)

// listContainers lists what the policy covers, page by page.
func (b *backupRun) listContainers(ctx workflow.Context) error {
	b.enter(ctx, message.Census)
	var a *activities.Activities
	err := b.gate.persist(ctx, func(try int) error {
		return workflow.ExecuteActivity(b.long(ctx, "list the containers"), a.ListContainers, activities.ListContainersInput{
			Run: b.in.Run, Try: try,
		}).Get(ctx, &b.containers)
	})
	b.progress.Containers = b.containers.Containers
	return err
}

// censusWindow is how many pages of containers are walked at a time.
const censusWindow = 4

// census lists the ids of all items, page of containers by page of containers.
func (b *backupRun) census(ctx workflow.Context) error {
	work, stop := workflow.WithCancel(ctx)
	defer stop()
	var (
		a       *activities.Activities
		failed  error
		results = make([]activities.CensusResult, b.containers.Pages)
		slots   = workflow.NewSemaphore(ctx, censusWindow)
		pages   = workflow.NewWaitGroup(ctx)
	)
	for page := range b.containers.Pages {
		if slots.Acquire(work, 1) != nil {
			break
		}
		pages.Go(work, func(ctx workflow.Context) {
			defer slots.Release(1)
			err := b.gate.persist(ctx, func(try int) error {
				return workflow.ExecuteActivity(b.long(ctx, fmt.Sprintf("list the ids of page %d of containers", page+1)), a.Census, activities.CensusInput{
					Run: b.in.Run, Try: try, Page: page, Tag: b.containers.Tag,
				}).Get(ctx, &results[page])
			})
			if err != nil && failed == nil {
				failed = err
				stop()
			}
			b.progress.Items += results[page].Items
			b.progress.Shards += results[page].Shards
			b.show(ctx)
		})
	}
	calm, _ := workflow.NewDisconnectedContext(ctx)
	pages.Wait(calm)
	if failed != nil {
		return failed
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	for page, r := range results {
		b.shards = append(b.shards, activities.ShardSet{Page: page, Shards: r.Shards, Tag: r.Tag})
	}
	if err := b.dedupe(ctx); err != nil {
		return err
	}
	b.censusAt = workflow.Now(ctx)
	if b.in.AcceptSmaller {
		return nil
	}
	// The seal judges by what could be read, which is no more than this: what is
	// too little now fails at once (S6).
	if err := backup.Compare(b.in.Baseline, b.containers.Containers, b.progress.Items); err != nil {
		return failure.New(failure.Smaller, err.Error())
	}
	return nil
}

// dedupe leaves each id to one shard: an item that moved from one container to
// another during the census was listed in both.
func (b *backupRun) dedupe(ctx workflow.Context) error {
	var a *activities.Activities
	var one activities.DedupeResult
	err := b.gate.persist(ctx, func(try int) error {
		return workflow.ExecuteActivity(b.long(ctx, "leave each id to one shard"), a.Dedupe, activities.DedupeInput{
			Run: b.in.Run, Try: try, Shards: b.shards, Items: b.progress.Items,
		}).Get(ctx, &one)
	})
	if err == nil {
		b.shards, b.progress.Items = one.Shards, one.Items
	}
	return err
}
