package activities

import (
	"context"
	"fmt"
	"time"

	"holdfast/internal/atlassian"
)

// CensusInput names a page of containers.
type CensusInput struct {
	Run  Run    `json:"run"`
	Try  int    `json:"try"`
	Page int    `json:"page"`
	Tag  string `json:"tag"` // of ListContainersResult
}

// CensusResult says what a census, or a late search, has found. The ids are in
// the run's folder.
type CensusResult struct {
	Tag     string    `json:"tag"`
	Shards  int       `json:"shards"` // ShardSet.Shard(0) … ShardSet.Shard(Shards-1)
	Items   int       `json:"items"`
	TakenAt time.Time `json:"takenAt"` // when the last id was listed
	// Short counts the containers whose ids could not be listed, or not all: INCOMPLETE.
	Short int `json:"short"`
}

// ShardSet names the shards that one Census or LateSearch wrote.
type ShardSet struct {
	Page   int    `json:"page"` // LatePage for those of LateSearch
	Shards int    `json:"shards"`
	Tag    string `json:"tag"`
}

// Census lists all ids of one page of containers and cuts them into shards of
// at most MaxShardItems: runs/<backup>/shards/<shard>.<tag>.json. A container that
// can't be read is a problem of the backup, not of the census: the others go on.
func (a *Activities) Census(ctx context.Context, in CensusInput) (CensusResult, error) {
	product, err := a.product(in.Run)
	if err != nil {
		return CensusResult{}, err
	}
	beat := startPulse(ctx)
	defer beat.end()

	dir := openRunDir(a.deps.Store, in.Run)
	set := ShardSet{Page: in.Page, Tag: tagOf(ctx, in.Try)}
	var page ContainerPage
	if err := dir.read(ctx, dir.containers(in.Page, in.Tag), &page); err != nil {
		return CensusResult{}, failed(err)
	}
	cut := &cutter{dir: dir, name: set.Shard, beat: beat}
	var problems CensusProblems
	kind := kindsOf(in.Run.Policy.Product).container
	for _, c := range page.Containers {
		if err := problems.walk(ctx, product, kind, c, cut); err != nil {
			return CensusResult{}, failed(err)
		}
	}
	if err := cut.flush(ctx); err != nil {
		return CensusResult{}, failed(err)
	}
	if err := dir.write(ctx, dir.problems(set), problems); err != nil {
		return CensusResult{}, failed(err)
	}
	return CensusResult{
		Tag: set.Tag, Shards: cut.shards, Items: cut.items, TakenAt: time.Now().UTC(),
		Short: len(problems.Short) + len(problems.Unreadable),
	}, nil
}

// walk cuts the ids of one container, and records what is wrong with it.
func (p *CensusProblems) walk(ctx context.Context, product atlassian.Product, kind string, c atlassian.Container, cut *cutter) error {
	slices := cut.container(c, true)
	var stop error // an error that is not the site's
	listed := 0
	short, err := product.Census(ctx, c, func(ids []string) error {
		listed += len(ids)
		stop = slices.add(ctx, ids)
		return stop
	})
	switch {
	case stop != nil:
		return stop
	case err != nil && ctx.Err() == nil && ofContainer(err):
		p.Unreadable = append(p.Unreadable, atlassian.Problem{
			Kind: kind, ID: c.ID, Key: c.Key, Container: c.Key,
			Reason: "its items could not be listed: " + err.Error(),
		})
		return nil
	case err != nil:
		return fmt.Errorf("list the ids of %s: %w", c.Key, err)
	}
	if short != nil {
		short.Container = c.Key
		if listed == 0 {
			p.Unreadable = append(p.Unreadable, *short)
			return nil
		}
		p.Short = append(p.Short, *short)
	}
	return slices.end(ctx)
}

// ofContainer reports whether err concerns one container alone: it went away, is
// hidden from the account, or its list does not make sense.
func ofContainer(err error) bool {
	switch atlassian.ClassOf(err) {
	case atlassian.ClassForbidden, atlassian.ClassNotFound, atlassian.ClassProtocol:
		return true
	}
	return false
}
