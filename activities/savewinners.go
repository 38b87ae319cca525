package activities

import "context"

// Winner is the attempt of a shard that counts.
type Winner struct {
	Shard  ShardRef `json:"shard"`
	Result string   `json:"result,omitempty"` // UploadResult.Object; empty: given up
	Reason string   `json:"reason,omitempty"` // why it was given up, for the operator
}

// SaveWinnersInput is what a batch achieved, as it was decided in its workflow.
type SaveWinnersInput struct {
	Run     Run      `json:"run"`
	Batch   string   `json:"batch"`
	Winners []Winner `json:"winners"`
}

// SaveWinners writes what a batch achieved to runs/<backup>/winners/<batch>.json.
// A second call with the same input changes nothing.
func (a *Activities) SaveWinners(ctx context.Context, in SaveWinnersInput) error {
	defer startPulse(ctx).end()
	d := openRunDir(a.deps.Store, in.Run)
	return failed(d.write(ctx, d.winners(in.Batch), winnersPage{in.Winners}))
}
