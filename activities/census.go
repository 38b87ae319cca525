package activities

import (
	"context"
	"fmt"
	"slices"

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
	Tag    string `json:"tag"`
	Shards int    `json:"shards"` // ShardSet.Shard(0) … ShardSet.Shard(Shards-1)
	Items  int    `json:"items"`
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
// at most MaxShardItems of the product: runs/<backup>/shards/<shard>.<tag>.json. A container that
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
	w := &censusWalk{
		product: product, kind: kindsOf(in.Run.Policy.Product).container,
		cut: &cutter{dir: dir, name: set.Shard, max: MaxShardItems(in.Run.Policy.Product), beat: beat},
	}
	if err := w.page(ctx, page.Containers); err != nil {
		return CensusResult{}, failed(err)
	}
	if err := dir.write(ctx, dir.problems(set), w.problems); err != nil {
		return CensusResult{}, failed(err)
	}
	return CensusResult{
		Tag: set.Tag, Shards: w.cut.shards, Items: w.cut.items,
		Short: len(w.problems.Short) + len(w.problems.Unreadable),
	}, nil
}

// censusWalk takes the census of one page of containers.
type censusWalk struct {
	product  atlassian.Product
	kind     string // of containers
	cut      *cutter
	problems CensusProblems
	empty    []atlassian.Container // without ids
}

func (w *censusWalk) page(ctx context.Context, containers []atlassian.Container) error {
	for _, c := range containers {
		if err := w.container(ctx, c); err != nil {
			return err
		}
	}
	if err := w.empties(ctx); err != nil {
		return err
	}
	return w.cut.flush(ctx)
}

// container cuts the ids of one container, and records what is wrong with it.
func (w *censusWalk) container(ctx context.Context, c atlassian.Container) error {
	cut := w.cut.container(c, true)
	var stop error // an error that is not the site's
	listed := 0
	short, err := w.product.Census(ctx, c, func(ids []string) error {
		listed += len(ids)
		stop = cut.add(ctx, ids)
		return stop
	})
	switch {
	case stop != nil:
		return stop
	case err != nil && ctx.Err() == nil && ofContainer(err):
		w.unreadable(c, "its items could not be listed: "+err.Error())
	case err != nil:
		return fmt.Errorf("list the ids of %s: %w", c.Key, err)
	case short != nil && listed == 0:
		short.Container = c.Key
		w.problems.Unreadable = append(w.problems.Unreadable, *short)
	case short != nil:
		short.Container = c.Key
		w.problems.Short = append(w.problems.Short, *short)
	case listed == 0:
		w.empty = append(w.empty, c)
	}
	return nil
}

// empties tells containers that are empty from those whose items the account may
// not see: to a search both look the same (S6).
func (w *censusWalk) empties(ctx context.Context) error {
	if len(w.empty) == 0 {
		return nil
	}
	access, err := w.product.Access(ctx, w.empty)
	if err != nil {
		return fmt.Errorf("ask whether containers without items can be read: %w", err)
	}
	for _, c := range w.empty {
		if slices.Contains(access.Unreadable, c.Key) {
			w.unreadable(c, fmt.Sprintf("no permission to browse %s: give it to the account, or exclude %s", c.Key, c.Key))
			continue
		}
		if err := w.cut.container(c, true).bare(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (w *censusWalk) unreadable(c atlassian.Container, reason string) {
	w.problems.Unreadable = append(w.problems.Unreadable, atlassian.Problem{
		Kind: w.kind, ID: c.ID, Key: c.Key, Container: c.Key, Reason: reason,
	})
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
