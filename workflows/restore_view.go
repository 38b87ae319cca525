package workflows

import (
	"fmt"
	"strings"

	"go.temporal.io/sdk/workflow"

	"holdfast/internal/cluster"
	"holdfast/internal/message"
	"holdfast/internal/restore"
)

// touch shows a change of status or phase, also in the memo, from which lists are
// made, and in the search attributes.
func (r *restoreRun) touch(ctx workflow.Context) {
	r.show(ctx)
	if err := workflow.UpsertMemo(ctx, map[string]any{message.RestoreMemo: summaryOf(r.view)}); err != nil {
		workflow.GetLogger(ctx).Warn("the memo was not set", "error", err)
	}
	err := workflow.UpsertTypedSearchAttributes(ctx,
		cluster.AttributeSite.ValueSet(host(r.in.Spec.Site)),
		cluster.AttributeProduct.ValueSet(string(r.in.Spec.Product)),
		cluster.AttributePolicy.ValueSet(r.in.Spec.PolicyID),
		cluster.AttributeStatus.ValueSet(string(r.view.Status)),
	)
	if err != nil {
		workflow.GetLogger(ctx).Warn("search attributes were not set", "error", err)
	}
}

// maxReason is how many bytes of a reason a memo tells.
const maxReason = 800

// summaryOf is what lists tell of a restore.
func summaryOf(v message.RestoreView) message.RestoreSummary {
	return message.RestoreSummary{
		ID: v.ID, BackupID: v.BackupID, Product: v.Product, Site: v.Site, From: v.From,
		Status: v.Status, Reason: shorten(v.Reason, maxReason), By: v.By, RequestedAt: v.RequestedAt, Until: v.Until,
		AppliedAt: v.AppliedAt, EndedAt: v.EndedAt, Retry: v.Retry, Lock: v.Lock, Phase: v.Phase,
		Counts: total(v.Counts), Perfect: v.Score != nil && v.Score.Perfect(),
	}
}

// show writes the restore's state for the Web UI.
func (r *restoreRun) show(ctx workflow.Context) {
	v := r.view
	var t strings.Builder
	fmt.Fprintf(&t, "## %s\n\nRestore of backup %s into %s.\n\n| | |\n|---|---|\n", v.Status, v.BackupID, v.Site)
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&t, "| %s | %s |\n", name, cell(value))
		}
	}
	line("asked for at", when(v.RequestedAt))
	line("by", v.By)
	if v.Retry > 0 {
		line("try", fmt.Sprint(v.Retry+1))
	}
	line("planned at", when(v.PlannedAt))
	if v.Status == restore.Planned {
		line("waits to be accepted until", when(v.Until))
	}
	line("accepted at", when(v.AppliedAt))
	line("by", v.AppliedBy)
	if v.EndedAt.IsZero() {
		line("gives up at", when(v.Deadline))
	}
	line("ended at", when(v.EndedAt))
	if v.Lock {
		line("destination", "held by this restore")
	}
	if v.Waiting != "" {
		t.WriteString("\n**Waiting:** " + v.Waiting + "\n")
	}
	if v.Reason != "" {
		t.WriteString("\n" + v.Reason + "\n")
	}
	if v.Plan != nil {
		t.WriteString("\n" + planTable(v.Product.Containers(), v.Product.Items(), *v.Plan))
	}
	if !v.AppliedAt.IsZero() {
		t.WriteString("\n" + phasesTable(v.Phases))
		if v.EndedAt.IsZero() && v.Phase != "" {
			t.WriteString("\nOf the phase under way:\n")
		}
		t.WriteString("\n" + outcomesTable(v.Counts))
	}
	if v.Score != nil {
		t.WriteString("\n" + scoreTable(*v.Score))
	}
	workflow.SetCurrentDetails(ctx, t.String())
}

// planTable is what a plan comes to, in Markdown.
func planTable(containers, items string, p restore.Summary) string {
	var t strings.Builder
	t.WriteString("| planned | |\n|---|---:|\n")
	row := func(name string, value any) { fmt.Fprintf(&t, "| %s | %v |\n", name, value) }
	row(containers, p.Containers)
	row(containers+" skipped", p.Skipped)
	row(items, p.Items)
	row("attachments", p.Attachments)
	row("bytes of attachments", p.Bytes)
	row("without counterpart", p.Unmapped)
	row("records that can't be restored", p.Cannot)
	row("warnings", p.Warnings)
	return t.String()
}

// phasesTable is how far each phase is, in Markdown.
func phasesTable(phases []message.PhaseProgress) string {
	var t strings.Builder
	t.WriteString("| phase | batches | done |\n|---|---:|---:|\n")
	for _, p := range phases {
		title := p.Title
		if p.Compare {
			title = "compare " + title
		}
		fmt.Fprintf(&t, "| %s | %d | %d |\n", cell(title), p.Batches, p.Done)
	}
	return t.String()
}

// outcomesTable is what became of the records, kind by kind, in Markdown.
func outcomesTable(counts map[string]restore.Counts) string {
	var t strings.Builder
	t.WriteString("| kind | created | skipped | degraded | failed |\n|---|---:|---:|---:|---:|\n")
	for _, kind := range workflow.DeterministicKeys(counts) {
		c := counts[kind]
		fmt.Fprintf(&t, "| %s | %d | %d | %d | %d |\n", cell(kind), c.Created, c.Skipped, c.Degraded, c.Failed)
	}
	return t.String()
}

// scoreTable is what a comparison found, in Markdown.
func scoreTable(s restore.Score) string {
	var t strings.Builder
	t.WriteString("| compared | |\n|---|---:|\n")
	row := func(name string, value int) { fmt.Fprintf(&t, "| %s | %d |\n", name, value) }
	row("records", s.Records)
	row("fields", s.Fields)
	row("equal", s.Equal)
	row("different", s.Different)
	row("absent", s.Absent)
	row("surplus", s.Surplus)
	row("as the report says", s.Expected)
	row("not writable", s.Unwritable)
	return t.String()
}
