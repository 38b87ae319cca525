package workflows

import (
	"errors"
	"fmt"
	"slices"

	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"holdfast/internal/backup"
	"holdfast/internal/cluster"
	"holdfast/internal/failure"
	"holdfast/internal/message"
)

// keptNotices is how many notices wait to be announced at most: then the oldest goes.
const keptNotices = 100

// setupNotices announces what there is to announce.
func (p *policyRun) setupNotices(ctx workflow.Context) error {
	workflow.Go(ctx, p.sendNotices)
	return message.TestNotify.Handle(ctx, "announce a test to the policy's notifications", p.validateTestNotify, p.handleTestNotify)
}

// announce notes that an event is to be announced. row, which may be nil, is the
// backup that it is about. The caller touches the policy afterwards. A policy that
// has no notifications announces nothing.
func (p *policyRun) announce(ctx workflow.Context, event backup.Event, text string, row *backup.Backup) {
	p.addNotice(ctx, backup.Notice{Event: event, Text: text, Backup: snapshot(row)})
}

// addNotice completes a notice and has it announced.
func (p *policyRun) addNotice(ctx workflow.Context, n backup.Notice) backup.Notice {
	if len(p.Policy.Notify) == 0 {
		return n
	}
	p.NoticeCount++
	n.At = workflow.Now(ctx).UTC()
	n.ID = noticeID(p.Policy.ID, p.NoticeCount, n)
	n.Policy, n.Product, n.Site = p.Policy.ID, p.Policy.Product, p.Policy.Site
	p.Notices = append(p.Notices, n)
	if over := len(p.Notices) - keptNotices; over > 0 {
		workflow.GetLogger(ctx).Error("too many notices wait to be announced; the oldest are dropped", "dropped", over)
		p.Notices = slices.Clone(p.Notices[over:])
	}
	return n
}

// noticeID is the id of a policy's count-th notice. The time is in it because a
// policy that is made anew, or imported, counts from 1 again, and who is told takes
// a notice of the same id for the same.
func noticeID(policyID string, count int, n backup.Notice) string {
	return fmt.Sprintf("%s/%d.%s", policyID, count, n.At.Format("20060102T150405Z"))
}

// snapshot is a backup as it is now, whatever becomes of its row.
func snapshot(row *backup.Backup) *backup.Backup {
	if row == nil {
		return nil
	}
	b := *row
	if b.Held != nil {
		held := *b.Held
		b.Held = &held
	}
	if b.Download != nil {
		download := *b.Download
		b.Download = &download
	}
	return &b
}

// announceRun is announce for a run that has ended.
func (p *policyRun) announceRun(ctx workflow.Context, row backup.Backup) {
	switch row.Status {
	case backup.Complete:
		p.announce(ctx, backup.EventComplete, completeText(p.Policy, row), &row)
	case backup.Incomplete:
		p.announce(ctx, backup.EventIncomplete, incompleteText(row), &row)
	case backup.Failed:
		p.announce(ctx, backup.EventFailed, failedText(row), &row)
	}
}

func completeText(p backup.Policy, row backup.Backup) string {
	return fmt.Sprintf("backup %s is COMPLETE with %d %s of %d %s and %d attachments; it is kept until %s",
		row.ID, row.Counts.Items, p.Product.Items(), row.Counts.Containers, p.Product.Containers(), row.Counts.Attachments, when(row.ExpiresAt))
}

func incompleteText(row backup.Backup) string {
	return fmt.Sprintf("backup %s is INCOMPLETE: %s (`holdfast backup show %s` lists what is missing)", row.ID, row.Reason, row.ID)
}

func failedText(row backup.Backup) string {
	return fmt.Sprintf("backup %s has FAILED: %s (`holdfast backup logs %s` tells how it went)", row.ID, row.Reason, row.ID)
}

// sendNotices hands one notice after the other to the workflows that deliver them.
// A notice stays in the policy's state until all of them have started.
func (p *policyRun) sendNotices(ctx workflow.Context) {
	for {
		if workflow.Await(ctx, func() bool { return len(p.Notices) > 0 }) != nil {
			return
		}
		p.busy++
		n := p.Notices[0]
		err := p.send(ctx, n)
		if err == nil || ctx.Err() == nil {
			p.Notices = slices.DeleteFunc(p.Notices, func(other backup.Notice) bool { return other.ID == n.ID })
		}
		p.busy--
		if ctx.Err() != nil {
			return
		}
	}
}

// send starts a Notification for each of those that are told of n.
func (p *policyRun) send(ctx workflow.Context, n backup.Notice) error {
	var errs []error
	for _, to := range p.told(n) {
		if err := p.startNotification(ctx, n, to); err != nil {
			workflow.GetLogger(ctx).Error("a notice can't be delivered", "notice", n.ID, "to", to, "error", reason(err))
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// told are the names of those that are told of n.
func (p *policyRun) told(n backup.Notice) []string {
	if n.To != "" {
		return []string{n.To}
	}
	return slices.Clone(p.Policy.Notify)
}

// startNotification starts the delivery of n, which outlives this run of the Policy.
// One that has started already, in a run before, is as good.
func (p *policyRun) startNotification(ctx workflow.Context, n backup.Notice, to string) error {
	child := workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{
		WorkflowID:            message.NotificationID(n, to),
		WorkflowIDReusePolicy: enums.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE,
		ParentClosePolicy:     enums.PARENT_CLOSE_POLICY_ABANDON,
		TypedSearchAttributes: temporal.NewSearchAttributes(
			cluster.AttributeSite.ValueSet(host(p.Policy.Site)),
			cluster.AttributeProduct.ValueSet(string(p.Policy.Product)),
			cluster.AttributePolicy.ValueSet(p.Policy.ID),
		),
		StaticSummary: summarize(fmt.Sprintf("%s of %s to %s", n.Event, n.Policy, to)),
	})
	// An abandoned child whose start is still pending would be lost with the next continue-as-new.
	err := workflow.ExecuteChildWorkflow(child, message.NotificationWorkflow, message.NotificationInput{To: to, Notice: n}).GetChildWorkflowExecution().Get(ctx, nil)
	var exists *temporal.ChildWorkflowExecutionAlreadyStartedError
	if errors.As(err, &exists) {
		return nil
	}
	return err
}

func (p *policyRun) validateTestNotify(ctx workflow.Context, in message.NoteInput) error {
	switch {
	case !p.configured():
		return failure.New(failure.NotFound, "there is no such policy: create it with `holdfast policy create`")
	case len(p.Policy.Notify) == 0:
		return failure.New(failure.InvalidArgument, fmt.Sprintf("policy %s has no notifications: name some with `holdfast policy edit %s --notify NAME`", p.Policy.ID, p.Policy.ID))
	case in.To != "" && !slices.Contains(p.Policy.Notify, in.To):
		return failure.New(failure.NotFound, fmt.Sprintf("policy %s has no notification %q: it has %q", p.Policy.ID, in.To, p.Policy.Notify))
	}
	return nil
}

// handleTestNotify announces a test, and answers with it once its deliveries have
// started: the caller waits for them by their ids.
func (p *policyRun) handleTestNotify(ctx workflow.Context, in message.NoteInput) (backup.Notice, error) {
	if err := p.validateTestNotify(ctx, in); err != nil {
		return backup.Notice{}, err
	}
	n := p.addNotice(ctx, backup.Notice{Event: backup.EventTest, Text: testText(p.Policy.ID, in), To: in.To})
	p.move(ctx)
	err := workflow.Await(ctx, func() bool {
		return !slices.ContainsFunc(p.Notices, func(other backup.Notice) bool { return other.ID == n.ID })
	})
	return n, err
}

func testText(policyID string, in message.NoteInput) string {
	text := "this is a test of the notifications of policy " + policyID
	if in.By != "" {
		text += ", asked for by " + in.By
	}
	if in.Text != "" {
		text += ": " + in.Text
	}
	return text + "; nothing is to be done"
}
