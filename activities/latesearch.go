package activities

import (
	"context"
	"errors"
)

// LateSearch finds issues created before the start that the census did not have
// yet and writes shards for them (page "late").
type LateSearchInput struct {
	Run            Run        `json:"run"`
	Try            int        `json:"try"`
	Shards         []ShardSet `json:"shards"` // the census
	ContainerPages int        `json:"containerPages"`
	ContainerTag   string     `json:"containerTag"`
}

// LateSearch …
func (a *Activities) LateSearch(ctx context.Context, in LateSearchInput) (CensusResult, error) {
	return CensusResult{}, errors.ErrUnsupported
}
