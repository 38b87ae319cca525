package activities

import (
	"context"
	"slices"

	"holdfast/internal/atlassian"
	"holdfast/internal/backup"
)

// ListContainersInput says whose containers to list.
type ListContainersInput struct {
	Run Run `json:"run"`
	Try int `json:"try"` // how often the workflow has asked; part of object names
}

// ListContainersResult says where the list is and what is in it.
type ListContainersResult struct {
	Tag        string `json:"tag"` // in the names of the objects that this call wrote
	Pages      int    `json:"pages"`
	Containers int    `json:"containers"`
	Items      int    `json:"items"` // as the site counts them
}

// ListContainers writes the site's containers, without those that the run leaves out, to
// runs/<backup>/containers/<page>.<tag>.json, in pages of at most MaxPage.
func (a *Activities) ListContainers(ctx context.Context, in ListContainersInput) (ListContainersResult, error) {
	product, err := a.product(in.Run)
	if err != nil {
		return ListContainersResult{}, err
	}
	beat := startPulse(ctx)
	defer beat.end()

	l := containerLister{
		dir: openRunDir(a.deps.Store, in.Run), tag: tagOf(ctx, in.Try),
		options: in.Run.Options, listed: make(map[string]bool),
	}
	err = product.Containers(ctx, func(page []atlassian.Container) error {
		beat.add(StepProgress{Items: len(page)})
		return l.add(ctx, page)
	})
	if err == nil {
		err = l.flush(ctx)
	}
	if err != nil {
		return ListContainersResult{}, failed(err)
	}
	return ListContainersResult{Tag: l.tag, Pages: l.pages, Containers: len(l.listed), Items: l.items}, nil
}

// leavesOut reports whether a container is not to be in a backup of these options (P1).
func leavesOut(o backup.Options, c atlassian.Container) bool {
	return slices.Contains(o.Exclude, c.Key) || o.NoPersonalSpaces && c.Personal
}

// containerLister cuts the list of containers into pages.
type containerLister struct {
	dir     runDir
	tag     string
	options backup.Options
	// listed has the ids so far: a container that moved between two pages of the
	// site's list comes twice. A site has thousands of containers at most.
	listed map[string]bool
	page   []atlassian.Container
	pages  int
	items  int
}

func (l *containerLister) add(ctx context.Context, page []atlassian.Container) error {
	for _, c := range page {
		if leavesOut(l.options, c) || l.listed[c.ID] {
			continue
		}
		l.listed[c.ID] = true
		l.items += max(0, c.Items)
		l.page = append(l.page, c)
		if len(l.page) == MaxPage {
			if err := l.flush(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

func (l *containerLister) flush(ctx context.Context) error {
	if len(l.page) == 0 {
		return nil
	}
	err := l.dir.write(ctx, l.dir.containers(l.pages, l.tag), ContainerPage{l.page})
	l.pages++
	l.page = l.page[:0]
	return err
}
