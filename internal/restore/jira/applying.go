package jira

import (
	"context"
	"slices"
	"strings"

	"holdfast/internal/archive"
	"holdfast/internal/atlassian"
	"holdfast/internal/restore"
)

// applying is one call of Apply.
type applying struct {
	target *Target
	job    *restore.Job
	batch  restore.Batch

	me    string               // account id of who restores
	types map[string]fieldType // fields of the archive, by id
	// inSprints are the ids of the sprints that are restored.
	inSprints map[string]bool
}

// flaw is a way in which a record is not as it was: a sentence of the report, and the paths of
// members, as Compare knows them, that it is about.
type flaw struct {
	reason string
	fields []string
}

func flawed(reason string, fields ...string) flaw { return flaw{reason, fields} }

// wanted reports whether a record is to be restored now.
func (a *applying) wanted(kind, id string) bool { return a.job.Only == nil || a.job.Only(kind, id) }

// written notes that a record is there, with its flaws.
func (a *applying) written(r archive.Record, flaws ...flaw) {
	row := a.row(r)
	row.Outcome = restore.Created
	var reasons []string
	for _, f := range flaws {
		row.Outcome = restore.Degraded
		if !slices.Contains(reasons, f.reason) {
			reasons = append(reasons, f.reason)
		}
		row.Fields = append(row.Fields, f.fields...)
	}
	slices.Sort(row.Fields)
	row.Fields = slices.Compact(row.Fields)
	row.Reason = strings.Join(reasons, "; ")
	a.job.Out.Row(row)
}

// missed notes that a record could not be restored.
func (a *applying) missed(r archive.Record, reason string) {
	row := a.row(r)
	row.Outcome, row.Reason = restore.Missed, reason
	a.job.Out.Row(row)
}

// skipped notes that a record was not to be restored.
func (a *applying) skipped(r archive.Record, reason string) {
	row := a.row(r)
	row.Outcome, row.Reason = restore.Skipped, reason
	a.job.Out.Row(row)
}

// row is that of a record. What has an id only within something has that as its parent.
func (a *applying) row(r archive.Record) restore.Row {
	row := restore.Row{Kind: r.Kind, ID: r.ID, Key: r.Key, Container: a.batch.Container}
	switch r.Kind {
	case kindProject, kindVersion, kindComponent, kindIssue, kindBoard, kindSprint, kindFilter, kindDashboard, kindPlan:
	case "projectProperty", "projectRole":
		if c := a.container(); c != nil {
			row.Parent = c.ID
		}
	default:
		row.Parent = r.Parent
	}
	return row
}

// beat tells that so much more is done.
func (a *applying) beat(items int, bytes int64) {
	if a.job.Beat != nil {
		a.job.Beat(items, bytes)
	}
}

// account returns the id of the account that restores.
func (a *applying) account(ctx context.Context) (string, error) {
	if a.me != "" {
		return a.me, nil
	}
	body, err := a.target.get(ctx, "/rest/api/3/myself", nil)
	if err != nil {
		return "", err
	}
	a.me = atlassian.Text(atlassian.Member(body, "accountId"))
	return a.me, nil
}

// container is what the plan says of the batch's project; nil where it says nothing.
func (a *applying) container() *restore.PlanContainer {
	for i, c := range a.job.Plan.Containers {
		if c.Key == a.batch.Container {
			return &a.job.Plan.Containers[i]
		}
	}
	return nil
}

// projectRef is the destination's project of the batch; false where it was not created.
func (a *applying) projectRef(ctx context.Context) (restore.Ref, bool, error) {
	c := a.container()
	if c == nil {
		return restore.Ref{}, false, nil
	}
	return a.job.IDs.Get(ctx, kindProject, c.ID)
}

// user is the account that a user of the backup is in the destination; "" where none is.
func (a *applying) user(id string) string {
	to, _ := a.job.Mapping.To(kindUser, id)
	return to
}

// active is the account that is given what a user of the backup had: one that is not active
// can be given nothing, so that the fallback is; "" where there is none.
func (a *applying) active(id string) string {
	row, _ := a.job.Mapping.Row(kindUser, id)
	if row.Effect == notActive {
		return a.job.Plan.Spec.Options.FallbackUser
	}
	return row.To
}
