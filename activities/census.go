package activities

import (
	"context"
	"errors"
	"time"
)

// Census lists all ids of one page of containers and cuts them into shards:
// runs/<id>/shards/<shard>.<tag>.json.
type CensusInput struct {
	Run  Run    `json:"run"`
	Try  int    `json:"try"`
	Page int    `json:"page"`
	Tag  string `json:"tag"` // of ListContainersResult
}
type CensusResult struct {
	Tag     string    `json:"tag"`
	Shards  int       `json:"shards"` // ShardID(page, 0) … ShardID(page, Shards-1)
	Items   int       `json:"items"`
	TakenAt time.Time `json:"takenAt"`
	Short   int       `json:"short"` // containers whose census does not add up (problems object has them): INCOMPLETE
}

// ShardSet names the shards that one Census wrote.
type ShardSet struct {
	Page   int    `json:"page"`
	Shards int    `json:"shards"`
	Tag    string `json:"tag"`
}

// Census …
func (a *Activities) Census(ctx context.Context, in CensusInput) (CensusResult, error) {
	return CensusResult{}, errors.ErrUnsupported
}
