package activities

import (
	"fmt"
	"net/url"
	"strings"
	"time"

	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"holdfast/internal/backup"
	"holdfast/internal/cluster"
	"holdfast/internal/message"
)

// bellOf is the Temporal Schedule of a policy's backups, nil where it has none.
func bellOf(in SetSchedulesInput) *client.ScheduleOptions {
	s := in.Policy.Schedule
	if s == nil || in.Removed {
		return nil
	}
	id := message.ScheduleID(in.Policy.ID)
	o := scheduleOf(id, in.Policy, s.Cron, s.TimeZone, s.Jitter, &client.ScheduleWorkflowAction{
		ID: id + "/run", Workflow: message.ScheduledRunWorkflow,
		Args:          []any{message.ScheduledRunInput{PolicyID: in.Policy.ID}},
		StaticSummary: "bell of " + in.Policy.ID,
	})
	if in.Paused != nil {
		o.Paused, o.Note = true, pauseNote(*in.Paused)
	}
	return o
}

// verificationOf is the Temporal Schedule of a policy's verifications, nil where it has none.
func verificationOf(in SetSchedulesInput) *client.ScheduleOptions {
	v := in.Policy.Verification
	if v == nil || in.Removed {
		return nil
	}
	id := message.VerificationScheduleID(in.Policy.ID)
	return scheduleOf(id, in.Policy, v.Cron, v.TimeZone, 0, &client.ScheduleWorkflowAction{
		ID: id + "/run", Workflow: message.VerifyWorkflow,
		Args:          []any{message.VerifyInput{PolicyID: in.Policy.ID}},
		StaticSummary: "verify the newest backup of " + in.Policy.ID,
	})
}

// drillOf is the Temporal Schedule of a policy's drills, nil where it has none.
func drillOf(in SetSchedulesInput) *client.ScheduleOptions {
	d := in.Policy.Drill
	if d == nil || in.Removed {
		return nil
	}
	id := message.DrillScheduleID(in.Policy.ID)
	return scheduleOf(id, in.Policy, d.Cron, d.TimeZone, 0, &client.ScheduleWorkflowAction{
		ID: id + "/run", Workflow: message.DrillWorkflow,
		// How many items it restores it asks the Policy.
		Args:          []any{message.DrillInput{PolicyID: in.Policy.ID, Product: in.Policy.Product, By: "schedule", Scheduled: true}},
		StaticSummary: "drill of the newest backup of " + in.Policy.ID,
	})
}

func scheduleOf(id string, p backup.Policy, cron, zone string, jitter time.Duration, action *client.ScheduleWorkflowAction) *client.ScheduleOptions {
	cron = strings.Join(strings.Fields(cron), " ")
	attributes := temporal.NewSearchAttributes(
		cluster.AttributeSite.ValueSet(hostOf(p.Site)),
		cluster.AttributeProduct.ValueSet(string(p.Product)),
		cluster.AttributePolicy.ValueSet(p.ID),
	)
	action.TaskQueue, action.TypedSearchAttributes = message.TaskQueue, attributes
	action.StaticDetails = ringsAt(cron, zone, jitter)
	return &client.ScheduleOptions{
		ID: id, Action: action, TypedSearchAttributes: attributes,
		Spec: client.ScheduleSpec{CronExpressions: []string{cron + " # " + cron[:min(len(cron), maxComment)]}, TimeZoneName: zone, Jitter: jitter},
		// A ring that comes while the one before it is not through is left out.
		Overlap: enums.SCHEDULE_OVERLAP_POLICY_SKIP, CatchupWindow: message.CatchUp,
	}
}

// maxComment is how many bytes Temporal takes for the comment of an expression.
const maxComment = 200

// ringsAt says for people when a schedule rings. Temporal keeps no expressions, but
// this text: by it, and by the comment that each expression leaves behind in the
// calendar that is made of it, isAs knows what a schedule was made of.
func ringsAt(cron, zone string, jitter time.Duration) string {
	if zone == "" {
		zone = "UTC"
	}
	text := fmt.Sprintf("Rings at `%s` in %s", cron, zone)
	if jitter > 0 {
		text += fmt.Sprintf(", up to %v later", jitter)
	}
	return text + "."
}

// pauseNote says on the Schedules page who paused a policy, when and why.
func pauseNote(n backup.Note) string {
	text := "paused at " + n.At.UTC().Format("2006-01-02 15:04:05Z")
	if n.By != "" {
		text += " by " + n.By
	}
	if n.Text != "" {
		text += ": " + n.Text
	}
	return text
}

// isAs reports whether a schedule that Temporal has is as it should be.
func isAs(have *client.ScheduleDescription, want *client.ScheduleOptions) bool {
	h, w := have.Schedule, want.Action.(*client.ScheduleWorkflowAction)
	a, ok := h.Action.(*client.ScheduleWorkflowAction)
	return ok && h.Spec != nil && h.Policy != nil && h.State != nil &&
		a.ID == w.ID && a.Workflow == w.Workflow && a.TaskQueue == w.TaskQueue &&
		a.StaticSummary == w.StaticSummary && a.StaticDetails == w.StaticDetails &&
		sameSpec(*h.Spec, want.Spec) &&
		h.Policy.Overlap == want.Overlap && h.Policy.CatchupWindow == want.CatchupWindow && !h.Policy.PauseOnFailure &&
		h.State.Paused == want.Paused && h.State.Note == want.Note && !h.State.LimitedActions
}

// sameSpec compares what Temporal has made of an expression with it, as far as it
// shows. An interval ("@every 1h") leaves no comment.
func sameSpec(have, want client.ScheduleSpec) bool {
	_, comment, _ := strings.Cut(want.CronExpressions[0], " # ")
	for _, c := range have.Calendars {
		if c.Comment != comment {
			return false
		}
	}
	return len(have.Calendars)+len(have.Intervals) == 1 && len(have.Skip) == 0 &&
		have.StartAt.IsZero() && have.EndAt.IsZero() &&
		have.TimeZoneName == want.TimeZoneName && have.Jitter == want.Jitter
}

// cronOf is the expression of a schedule as the policy has it.
func cronOf(spec client.ScheduleSpec) string {
	cron, _, _ := strings.Cut(spec.CronExpressions[0], " # ")
	return cron
}

func scheduleUpdate(want *client.ScheduleOptions) *client.ScheduleUpdate {
	spec := want.Spec
	return &client.ScheduleUpdate{
		Schedule: &client.Schedule{
			Action: want.Action, Spec: &spec,
			Policy: &client.SchedulePolicies{Overlap: want.Overlap, CatchupWindow: want.CatchupWindow},
			State:  &client.ScheduleState{Paused: want.Paused, Note: want.Note},
		},
		TypedSearchAttributes: &want.TypedSearchAttributes,
	}
}

func hostOf(site string) string {
	u, err := url.Parse(site)
	if err != nil {
		return ""
	}
	return u.Host
}
