package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/mocks"

	"holdfast/internal/backup"
	"holdfast/internal/message"
	"holdfast/internal/restore"
)

// aPreview is a restore that waits to be accepted, with a plan that has one of everything.
func aPreview() restoreShown {
	id := restore.NewID(jiraBackup, start)
	mapped := []restore.Mapped{
		{Kind: "field", ID: "1", Name: "Points", How: restore.ByNothing, Effect: "it is left out"},
		{Kind: "field", ID: "2", Name: "Team", To: "12", ToName: "Team", How: restore.ByName},
		{Kind: "priority", ID: "3", Name: "High", To: "4", ToName: "Low", How: restore.ByFile},
		{Kind: "user", ID: "u0", Name: "Bob", To: "b", ToName: "Fallback", How: restore.ByFallback},
		{Kind: "user", ID: "u1", Name: "Eve", To: "e", ToName: "Eve", How: restore.ByEmail},
	}
	for i := range shownMapped + 2 {
		mapped = append(mapped, restore.Mapped{Kind: "status", ID: fmt.Sprint(i), Name: fmt.Sprint("S", i), How: restore.ByNothing})
	}
	return restoreShown{
		RestoreView: message.RestoreView{ID: id, BackupID: jiraBackup, Product: backup.Jira, Site: "https://new.atlassian.net", Status: restore.Planned,
			Until: start, RequestedAt: start, Plan: &restore.Summary{Containers: 1, Skipped: 1, Warnings: 1, Phases: []restore.PlanPhase{{Name: "issues", Batches: 2}}}},
		Preview: &restore.Plan{
			Containers: []restore.PlanContainer{{Key: "EE", As: "EE", Name: "Engine", Items: 12}, {Key: "PL", As: "PL", Name: "Plant", Skip: "the key PL is taken"}},
			Kinds: []restore.PlanKind{{Kind: "issue", Title: "issues", Archive: 12, Create: 12}, {Kind: "vote", Title: "votes", Archive: 3, Cannot: 3},
				{Kind: "theme", Title: "themes", Archive: 4, Skip: 4}},
			Mapped: mapped, Warnings: []string{"people may be mailed"},
		},
	}
}

// previewLines are the lines of a restore that is shown.
func previewLines(t *testing.T, s restoreShown, all bool) []string {
	return lines(t, func(w *tabwriter.Writer) { (&app{}).printRestore(w, s, all) })
}

func TestPreviewIsShort(t *testing.T) {
	s := aPreview()
	got := previewLines(t, s, false)
	require.Equal(t, []string{
		"warnings 1",
		"warning people may be mailed",
		"",
		"KEY AS NAME ITEMS ATTACHMENTS SIZE NOT RESTORED BECAUSE",
		"EE EE Engine 12 0 0 B -",
		"PL PL Plant 0 0 0 B the key PL is taken",
		"",
		"KIND IN THE BACKUP TO CREATE SKIPPED CAN'T BE RESTORED NOTE",
		"issues 12 12 0 0 -",
		"votes 3 0 0 3 -",
		"",
		"and 1 more of which nothing is created: --all",
		"",
		"KIND IN THE BACKUP IN THE DESTINATION FOUND BY WITHOUT IT",
		"field Points - none it is left out",
		"priority High Low mapping file -",
		"user Bob Fallback fallback -",
	}, got[slices.Index(got, "warnings 1"):][:17], "%s", strings.Join(got, "\n"))
	require.Contains(t, got, "status and 2 more: --all")
	require.Contains(t, got, "and 2 more with the same id or name: --all")
	require.Contains(t, got, "holdfast restore show --all "+s.ID)
	require.Equal(t, "holdfast restore apply "+s.ID, got[len(got)-1])

	all := previewLines(t, s, true)
	for _, want := range []string{"themes 4 0 4 0 -", "field Team Team same name -", "user Eve Eve same e-mail -", fmt.Sprintf("status S%d - none -", shownMapped+1)} {
		require.Contains(t, all, want)
		require.NotContains(t, got, want)
	}
	require.NotContains(t, strings.Join(all, "\n"), "--all")
}

func TestManyProjectsAreCountedInAPreview(t *testing.T) {
	s := aPreview()
	for i := range shownContainers {
		s.Preview.Containers = append(s.Preview.Containers, restore.PlanContainer{Key: fmt.Sprint("P", i), As: fmt.Sprint("P", i)})
	}
	require.Contains(t, previewLines(t, s, false), "and 2 more: --all")
	require.Contains(t, strings.Join(previewLines(t, s, true), "\n"), fmt.Sprintf("\nP%d P%[1]d ", shownContainers-1))
}

// nothing is aPreview of a plan that creates nothing.
func nothing() restoreShown {
	s := aPreview()
	s.Plan.Containers, s.Plan.Skipped, s.Plan.Phases[0].Batches = 0, 2, 0
	for i := range s.Preview.Kinds {
		s.Preview.Kinds[i].Create = 0
	}
	return s
}

func TestPlanThatCreatesNothingSaysSoFirst(t *testing.T) {
	s := nothing()
	for name, shown := range map[string]restoreShown{"with the store": s, "without": {RestoreView: s.RestoreView}} {
		t.Run(name, func(t *testing.T) {
			got := previewLines(t, shown, false)
			require.Regexp(t, `^nothing to restore: none of 2 projects is created.*give other keys with --as-key KEY=NEW$`, got[0])
			require.NotContains(t, strings.Join(got, "\n"), "restore apply", "it can't be accepted")
			require.NotContains(t, strings.Join(got, "\n"), "can be accepted")
		})
	}
	require.Contains(t, previewLines(t, s, false), "PL PL Plant 0 0 0 B the key PL is taken", "why is there to read")

	filters := nothing()
	filters.Plan.Phases[0].Batches, filters.Preview.Kinds[0].Create = 1, 3
	require.False(t, nothingPlanned(filters.RestoreView, filters.Preview), "what belongs to no project is created")
	require.False(t, nothingPlanned(aPreview().RestoreView, nil))
	over := nothing()
	over.Status = restore.Cancelled
	require.False(t, nothingPlanned(over.RestoreView, over.Preview))
	s.Plan.Skipped = 0
	require.Contains(t, nothingText(s.RestoreView), "choose something else")

	var said strings.Builder
	a := &app{streams: streams{err: &said}, started: true}
	require.Equal(t, exitRefused, a.finish(nothingToRestore{"nothing"}))
	require.Empty(t, said.String(), "the preview has said it")
}

// TestWhatMakesNoSenseOfARestoreIsRefused states that all that is asked of a restore which is not
// one to do that with exits alike.
func TestWhatMakesNoSenseOfARestoreIsRefused(t *testing.T) {
	may := func(status restore.Status, applied bool) message.RestoreView {
		v := message.RestoreView{ID: "r", BackupID: jiraBackup, Status: status}
		if applied {
			v.AppliedAt = start
		}
		return v
	}
	for name, err := range map[string]error{
		"apply what is planned at this moment": mayApply(may(restore.Planning, false)),
		"apply what is applied":                mayApply(may(restore.Applying, true)),
		"apply what is COMPLETE":               mayApply(may(restore.Complete, true)),
		"apply what is INCOMPLETE":             mayApply(may(restore.Incomplete, true)),
		"apply what LAPSED":                    mayApply(may(restore.Lapsed, false)),
		"retry what is COMPLETE":               mayRetry(may(restore.Complete, true)),
		"retry what wrote nothing":             mayRetry(may(restore.Failed, false)),
		"retry what waits to be accepted":      mayRetry(may(restore.Planned, false)),
		"retry what goes on":                   mayRetry(may(restore.Applying, true)),
		"cancel what is over":                  mayCancel(may(restore.Complete, true)),
	} {
		var refused *refusal
		require.ErrorAs(t, err, &refused, name)
		require.Equal(t, exitRefused, (&app{streams: streams{err: &strings.Builder{}}, started: true}).finish(err), name)
	}
	require.NoError(t, mayApply(may(restore.Planned, false)))
	require.NoError(t, mayRetry(may(restore.Incomplete, true)))
	require.NoError(t, mayCancel(may(restore.Planned, false)))
}

func TestRestoresForPeople(t *testing.T) {
	id := func(minute int) string { return restore.NewID(wikiBackup, start.AddDate(0, 0, minute)) }
	all := []restoreListed{
		{RestoreSummary: message.RestoreSummary{ID: id(1), BackupID: wikiBackup, Site: "https://new.atlassian.net", Status: restore.Applying, Lock: true, By: "ann@builder-7.acme.example"},
			Waiting: "the quota of the site is used up until 2026-11-23 03:00:00Z, and it goes on by itself then"},
		{RestoreSummary: message.RestoreSummary{ID: id(0), BackupID: wikiBackup, Site: "http://127.0.0.1:45867", Status: restore.Incomplete, EndedAt: start, By: "drill confluence-acme.d20261124T080000Z",
			Reason: "3 failed", Counts: restore.Counts{Created: 1234, Failed: 3}}},
	}
	require.Equal(t, []string{
		"RESTORE TO STATUS CREATED FAILED HELD BY REASON",
		id(1) + " new.atlassian.net APPLYING - - held ann@builder… waits: the quota of…",
		id(0) + " drill INCOMPLETE 1,234 3 - drill 3 failed",
	}, lines(t, func(w *tabwriter.Writer) { printRestores(w, all) }))
	var out strings.Builder
	w := tabwriter.NewWriter(&out, 0, 0, 2, ' ', 0)
	printRestores(w, all)
	require.NoError(t, w.Flush())
	for l := range strings.Lines(out.String()) {
		require.LessOrEqual(t, len([]rune(l)), listWidth+3, l)
	}
	require.False(t, isDrill(message.RestoreSummary{BackupID: wikiBackup, By: "drill sergeant"}), "somebody may be called so")
}

// TestRestoresUnderWayTellWhatTheyWaitFor states that a list asks those alone that can wait,
// and waits for none that does not answer.
func TestRestoresUnderWayTellWhatTheyWaitFor(t *testing.T) {
	c := &mocks.Client{}
	answer := &mocks.Value{}
	answer.On("Get", mock.Anything).Run(func(args mock.Arguments) {
		args.Get(0).(*message.RestoreView).Waiting = "no worker has the credential"
	}).Return(nil)
	c.On("QueryWorkflow", mock.Anything, message.RestoreID("one"), "", message.ShowRestore.Name).Return(answer, nil)
	c.On("QueryWorkflow", mock.Anything, message.RestoreID("two"), "", message.ShowRestore.Name).Return(nil, context.DeadlineExceeded)
	listed := askWaiting(t.Context(), c, []message.RestoreSummary{{ID: "one", Status: restore.Planning}, {ID: "two", Status: restore.Applying}, {ID: "three", Status: restore.Complete}})
	require.Len(t, listed, 3)
	require.Equal(t, "no worker has the credential", listed[0].Waiting)
	require.Empty(t, listed[1].Waiting)
	require.Empty(t, listed[2].Waiting)
}
