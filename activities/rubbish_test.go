package activities

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"holdfast/internal/archive"
	"holdfast/internal/store/storetest"
)

// The folders of other runs of the policy, as their ends left them.
const (
	cutOff     = "jira-acme/backups/jira-acme.20261101T000000Z/"
	cutOffRun  = "jira-acme/runs/jira-acme.20261101T000000Z/"
	discarded  = "jira-acme/backups/jira-acme.20261102T000000Z/"
	expired    = "jira-acme/backups/jira-acme.20261103T000000Z/"
	sealedRow  = "jira-acme/backups/jira-acme.20261104T000000Z/"
	sealedRun2 = "jira-acme/runs/jira-acme.20261104T000000Z/"
	damaged    = "jira-acme/backups/jira-acme.20261105T000000Z/"
	unread     = "jira-acme/backups/jira-acme.20261106T000000Z/"
	later      = "jira-acme/backups/jira-acme.20261201T000000Z/"
	laterRun   = "jira-acme/runs/jira-acme.20261201T000000Z/"
)

// litter leaves what runs leave, and returns what of it is to stay.
func (r *recordedRun) litter() (stays []string) {
	state := func(dir, rest string) string {
		return `{"backup":"` + strings.TrimSuffix(strings.TrimPrefix(dir, "jira-acme/backups/"), "/") + `",` + rest + `}`
	}
	for name, content := range map[string]string{
		cutOff + "projects/EE/0.ndjson.zst": "x",
		cutOff + "attachments/1":            "x",
		cutOffRun + "shards/0.json":         "x",
		discarded + "attachments/1":         "x",
		sealedRun2 + "shards/0.json":        "x",
	} {
		r.putAt(name, content)
	}
	for name, content := range map[string]string{
		discarded + archive.StateName:      state(discarded, `"status":"FAILED"`),
		expired + archive.StateName:        state(expired, `"status":"EXPIRED"`),
		expired + "attachments/1":          "still to be deleted by its expiry",
		sealedRow + archive.ManifestName:   "{}",
		sealedRow + "attachments/1":        "x",
		damaged + archive.StateName:        state(damaged, `"status":"FAILED","expiresAt":"2026-12-01T00:00:00Z"`),
		damaged + "attachments/1":          "of a backup whose verification found no manifest",
		unread + archive.StateName:         "{",
		unread + "attachments/1":           "x",
		later + "attachments/1":            "of a run in progress",
		laterRun + "shards/0.json":         "of a run in progress",
		"jira-acme/backups/notes/file.txt": "not ours",
	} {
		r.putAt(name, content)
		stays = append(stays, name)
	}
	return stays
}

func TestSealOfALaterRunRemovesRubbish(t *testing.T) {
	t.Parallel()
	r := newRecordedRun(t)
	stays := r.litter()
	_, err := r.seal(r.store)
	require.NoError(t, err)
	others := slices.DeleteFunc(r.keys(), func(name string) bool { return strings.HasPrefix(name, r.path()) })
	require.ElementsMatch(t, stays, others)
}

func TestRubbishThatCanNotBeRemovedDoesNotFailTheSeal(t *testing.T) {
	t.Parallel()
	r := newRecordedRun(t)
	r.litter()
	for name, err := range map[string]error{"held": errKept, "away": context.DeadlineExceeded} {
		t.Run(name, func(t *testing.T) {
			r := r.clone(t)
			_, failed := r.seal(storetest.NewFaulty(r.store, storetest.Fault{Method: storetest.Delete, Name: cutOff, Times: -1, Err: err}))
			require.NoError(t, failed)
		})
	}
}

func TestSealThatIsKilledAmongRubbishEndsTheSame(t *testing.T) {
	t.Parallel()
	recorded := newRecordedRun(t)
	stays := recorded.litter()
	recorded.save()
	for n := 40; ; n += 3 {
		r := recorded.clone(t)
		done := r.killedAt(n, n%2 == 0, func(ctx context.Context, a *Activities) error {
			_, err := a.Seal(ctx, r.in)
			if err == nil && ctx.Err() != nil {
				return ctx.Err() // killed among the rubbish, which fails no seal
			}
			return err
		})
		_, err := New(Deps{Store: r.store, Version: "holdfast test"}).Seal(t.Context(), r.in)
		require.NoError(t, err)
		others := slices.DeleteFunc(r.keys(), func(name string) bool { return strings.HasPrefix(name, r.path()) })
		require.ElementsMatch(t, stays, others)
		if done {
			break
		}
	}
}
