package activities

import (
	"context"
	"errors"
)

// ListContainers writes runs/<id>/containers/<page>.<tag>.json (pages of at most 50 containers, excluded ones left out).
type ListContainersInput struct {
	Run Run `json:"run"`
	Try int `json:"try"` // how often the workflow has asked; part of object names
}
type ListContainersResult struct {
	Tag        string   `json:"tag"` // names the objects that this call wrote: "<try>-<activity attempt>"
	Pages      int      `json:"pages"`
	Containers int      `json:"containers"`
	Items      int      `json:"items"`
	NotFound   []string `json:"notFound,omitempty"` // excluded keys that do not exist
}

// ListContainers …
func (a *Activities) ListContainers(ctx context.Context, in ListContainersInput) (ListContainersResult, error) {
	return ListContainersResult{}, errors.ErrUnsupported
}
