package workflows

import (
	"fmt"

	"go.temporal.io/sdk/workflow"

	"holdfast/activities"
	"holdfast/internal/backup"
	"holdfast/internal/cluster"
	"holdfast/internal/failure"
	"holdfast/internal/message"
	"holdfast/internal/restore"
)

// Drill proves that a backup can be restored: it is restored into a sample site that
// is started for the purpose, read back, and compared field by field. The Policy is
// told what was found. A drill whose host is lost begins anew.
func Drill(ctx workflow.Context, in message.DrillInput) (message.DrillReport, error) {
	d := &drillRun{in: in}
	if err := d.setup(ctx); err != nil {
		return message.DrillReport{}, err
	}
	return d.run(ctx)
}

type drillRun struct {
	in   message.DrillInput
	gate *gate
	view message.DrillView
}

// maxDrills is how often a drill begins at most, where its host is lost.
const maxDrills = 3

// drillVersions is how many of the newest versions of a page a drill restores: texts of that many are in
// memory together.
const drillVersions = 20

func (d *drillRun) setup(ctx workflow.Context) error {
	if d.in.ID == "" {
		d.in.ID = message.NewDrillID(d.in.PolicyID, workflow.GetInfo(ctx).WorkflowStartTime)
	}
	if d.in.Limits == (backup.Limits{}) {
		d.in.Limits = backup.DefaultLimits()
	}
	d.view.ID, d.view.BackupID = d.in.ID, d.in.BackupID
	d.show(ctx)
	return message.ShowDrill.Handle(ctx, "how far this drill is", func() (message.DrillView, error) { return d.view, nil })
}

func (d *drillRun) run(ctx workflow.Context) (message.DrillReport, error) {
	d.gate = newGate(ctx, d.in.Limits, func(waiting string) {
		d.view.Waiting = waiting
		d.show(ctx)
	})
	if err := d.begin(ctx); err != nil {
		return message.DrillReport{}, err
	}
	if d.in.BackupID == "" {
		workflow.SetCurrentDetails(ctx, "There is no backup to restore")
		return message.DrillReport{ID: d.in.ID, At: workflow.Now(ctx).UTC(), Reason: "there is no backup to restore"}, nil
	}
	d.mark(ctx, "DRILLING")
	found, err := d.drill(ctx)
	if ctx.Err() != nil {
		d.endRead(ctx)
		d.view.Waiting = ""
		d.mark(ctx, string(restore.Cancelled))
		return message.DrillReport{}, ctx.Err()
	}
	report := d.judge(ctx, found, err)
	d.view.Report = &report
	if report.Passed {
		d.mark(ctx, "PROVEN")
	} else {
		d.mark(ctx, "FAILED")
	}
	var a *activities.Activities
	return report, workflow.ExecuteActivity(steadfast(ctx, d.in.Limits, "tell the policy"), a.RecordDrill, activities.RecordDrillInput{
		PolicyID: d.in.PolicyID, Report: report,
	}).Get(ctx, nil)
}

// begin asks the Policy what to restore; it stays in the store meanwhile.
func (d *drillRun) begin(ctx workflow.Context) error {
	var a *activities.Activities
	var due message.BeginDrillResult
	err := workflow.ExecuteActivity(shortCall(ctx, d.in.Limits, "ask policy "+d.in.PolicyID+" what to restore"), a.BeginDrill, activities.BeginDrillInput{
		PolicyID: d.in.PolicyID, Begin: message.BeginDrillInput{ReadID: d.readID(ctx), BackupID: d.in.BackupID, Scheduled: d.in.Scheduled},
	}).Get(ctx, &due)
	if err != nil {
		return err
	}
	d.in.BackupID, d.view.BackupID = due.BackupID, due.BackupID
	if due.Product != "" {
		d.in.Product, d.in.Limits = due.Product, due.Limits
	}
	if d.in.Scheduled {
		d.in.Sample = due.Sample
	}
	return nil
}

// drill restores the backup, on another host where one is lost.
func (d *drillRun) drill(ctx workflow.Context) (found message.RestoreView, err error) {
	for d.view.Try = 1; ; d.view.Try++ {
		found, err = d.once(ctx)
		if kind, _ := failure.Of(err); kind != failure.LeaseLost || d.view.Try >= maxDrills || ctx.Err() != nil {
			return found, err
		}
		if err := workflow.NewTimerWithOptions(ctx, d.in.Limits.ProbeAfter, workflow.TimerOptions{
			Summary: summarize(fmt.Sprintf("begin anew, try %d, after: %s", d.view.Try+1, reason(err))),
		}).Get(ctx, nil); err != nil {
			return found, err
		}
	}
}

// once restores the backup into a sample site on one host.
func (d *drillRun) once(ctx workflow.Context) (message.RestoreView, error) {
	var a *activities.Activities
	var site activities.DrillSiteResult
	in := activities.DrillSiteInput{
		DrillID: d.in.ID, PolicyID: d.in.PolicyID, BackupID: d.in.BackupID, Product: d.in.Product, Sample: d.in.Sample,
	}
	err := insist(ctx, d.gate, "", func(int) error {
		return workflow.ExecuteActivity(longWalk(ctx, d.in.Limits, "start a sample site for "+d.in.BackupID), a.StartDrillSite, in).Get(ctx, &site)
	})
	if err != nil {
		return message.RestoreView{}, err
	}
	found, err := d.restore(ctx, site)
	if kind, _ := failure.Of(err); kind != failure.LeaseLost {
		calm, _ := workflow.NewDisconnectedContext(ctx)
		if err := workflow.ExecuteActivity(hostCall(calm, site.Queue, d.in.Limits, "stop the sample site"), a.StopDrillSite, in).Get(calm, nil); err != nil {
			workflow.GetLogger(ctx).Warn("the sample site was not stopped; it ends by itself when nothing uses it", "error", reason(err))
		}
	}
	return found, err
}

// restore has the backup restored into the sample site, and compared.
func (d *drillRun) restore(ctx workflow.Context, site activities.DrillSiteResult) (found message.RestoreView, err error) {
	spec := restore.Spec{
		ID:       d.restoreID(ctx),
		BackupID: d.in.BackupID, PolicyID: d.in.PolicyID, Product: d.in.Product, From: backup.FromStore,
		Site: site.Site, Credential: site.Credential,
		Selection: d.in.Select, Options: restore.Options{Permissions: true, Versions: drillVersions},
	}
	if spec.Selection.All() {
		spec.Selection.Containers = site.Containers
	}
	d.view.RestoreID = spec.ID
	d.show(ctx)
	child := workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{
		WorkflowID:            message.RestoreID(spec.ID),
		WaitForCancellation:   true,
		TypedSearchAttributes: restoreAttributes(spec, restore.Planning),
		StaticSummary:         summarize("drill " + d.in.ID + ": restore of " + spec.BackupID + " to " + spec.Site),
	})
	err = workflow.ExecuteChildWorkflow(child, message.RestoreWorkflow, message.RestoreInput{
		Spec: spec, Limits: d.in.Limits, By: "drill " + d.in.ID, Apply: true, Compare: true, Queue: site.Queue,
	}).Get(ctx, &found)
	return found, err
}

// restoreID makes the id of the restore of this try: nobody else's, whatever else is planned
// of this backup in this second.
func (d *drillRun) restoreID(ctx workflow.Context) string {
	info := workflow.GetInfo(ctx)
	by := fmt.Sprintf("%s/%s/%d", info.WorkflowExecution.ID, info.OriginalRunID, d.view.Try) // a reset keeps the original run
	return restore.NewIDFor(d.in.BackupID, workflow.Now(ctx), by)
}

// judge says whether everything came back that can be written.
func (d *drillRun) judge(ctx workflow.Context, found message.RestoreView, err error) message.DrillReport {
	r := message.DrillReport{
		ID: d.in.ID, BackupID: d.in.BackupID, At: workflow.Now(ctx).UTC(), RestoreID: d.view.RestoreID,
		Score: found.Score, Sample: d.in.Sample, ReadID: d.readID(ctx),
	}
	switch s := found.Score; {
	case err != nil:
		r.Reason = "the restore failed: " + reason(err)
	case found.Status != restore.Complete:
		r.Reason = fmt.Sprintf("restore %s is %s: %s", found.ID, found.Status, found.Reason)
	case s == nil || s.Records == 0:
		r.Reason = "nothing was compared"
	case !s.Perfect():
		r.Reason = fmt.Sprintf("%d fields are different, %d records are absent, and %d too many: `holdfast restore report %s` lists them",
			s.Different, s.Absent, s.Surplus, found.ID)
	default:
		r.Passed = true
	}
	return r
}

// endRead lets the backup of a drill that was cancelled expire again.
func (d *drillRun) endRead(ctx workflow.Context) {
	var a *activities.Activities
	calm, _ := workflow.NewDisconnectedContext(ctx)
	err := workflow.ExecuteActivity(shortCall(calm, d.in.Limits, "let "+d.in.BackupID+" expire again"), a.EndRestoreRead, activities.RestoreReadInput{
		PolicyID: d.in.PolicyID, BackupID: d.in.BackupID, ReadID: d.readID(ctx),
	}).Get(calm, nil)
	if err != nil {
		workflow.GetLogger(ctx).Warn("the policy was not told of the end of a read", "error", reason(err))
	}
}

func (d *drillRun) readID(ctx workflow.Context) string {
	return workflow.GetInfo(ctx).WorkflowExecution.ID
}

// mark shows how the drill stands, also in the search attributes.
func (d *drillRun) mark(ctx workflow.Context, status string) {
	d.show(ctx)
	err := workflow.UpsertTypedSearchAttributes(ctx,
		cluster.AttributeProduct.ValueSet(string(d.in.Product)),
		cluster.AttributePolicy.ValueSet(d.in.PolicyID),
		cluster.AttributeStatus.ValueSet(status),
	)
	if err != nil {
		workflow.GetLogger(ctx).Warn("search attributes were not set", "error", err)
	}
}

// show writes the drill's state for the Web UI.
func (d *drillRun) show(ctx workflow.Context) {
	v := d.view
	text := fmt.Sprintf("Drill of backup %s, try %d of %d at most.\n", v.BackupID, max(v.Try, 1), maxDrills)
	if v.RestoreID != "" {
		text += "\nIts restore: " + v.RestoreID + "\n"
	}
	if v.Waiting != "" {
		text += "\n**Waiting:** " + v.Waiting + "\n"
	}
	if r := v.Report; r != nil {
		text = fmt.Sprintf("## %s\n\n%s", map[bool]string{true: "PROVEN", false: "FAILED"}[r.Passed], text)
		if r.Reason != "" {
			text += "\n" + r.Reason + "\n"
		}
		if r.Score != nil {
			text += "\n" + scoreTable(*r.Score)
		}
	}
	workflow.SetCurrentDetails(ctx, text)
}
