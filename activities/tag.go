package activities

import (
	"context"
	"fmt"

	"go.temporal.io/sdk/activity"
)

// tagOf names one attempt of one activity in the names of the objects that it
// writes, so that an attempt that was given up and still runs can't touch the
// objects of the one that counts. Tries are counted by the workflow; the
// activity's id tells apart the calls that one try makes after a wait.
func tagOf(ctx context.Context, try int) string {
	if !activity.IsActivity(ctx) {
		return fmt.Sprintf("%d", try)
	}
	info := activity.GetInfo(ctx)
	return fmt.Sprintf("%d-%s-%d", try, info.ActivityID, info.Attempt)
}
