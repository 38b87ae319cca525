package workflows

import (
	"go.temporal.io/sdk/workflow"

	"holdfast/activities"
	"holdfast/internal/backup"
	"holdfast/internal/message"
)

// SiteCheck asks what a credential may read at a site, kind by kind, where the
// workers run.
func SiteCheck(ctx workflow.Context, in message.CheckInput) (activities.SiteAccess, error) {
	var a *activities.Activities
	var found activities.SiteAccess
	err := workflow.ExecuteActivity(shortCall(ctx, backup.DefaultLimits(), "look at all kinds of data of "+host(in.Site)), a.CheckSite, activities.CheckSiteInput{
		Site: in.Site, Product: in.Product, Credential: in.Credential,
	}).Get(ctx, &found)
	return found, err
}
