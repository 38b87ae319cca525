package activities

import (
	"context"
	"time"
)

// endTime is how long a site may take to end what a run opened there.
const endTime = 30 * time.Second

// endAtSite ends what a run opened at its site: Confluence's Admin Key. Nothing
// waits for it: what is not ended ends by itself within the hour.
func (a *Activities) endAtSite(ctx context.Context, run Run) {
	if a.deps.Sites == nil {
		return
	}
	product, err := a.product(run)
	if err == nil {
		ctx, cancel := context.WithTimeout(ctx, endTime)
		defer cancel()
		err = product.End(ctx)
	}
	if err != nil {
		a.deps.Log.Warn("what the run opened at the site was not ended; it ends by itself", "backup", run.BackupID, "error", err)
	}
}
