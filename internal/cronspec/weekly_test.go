package cronspec

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	schedulepb "go.temporal.io/api/schedule/v1"
	"go.temporal.io/server/common/dynamicconfig"
	"go.temporal.io/server/service/worker/scheduler"
	"google.golang.org/protobuf/types/known/durationpb"

	"holdfast/internal/backup"
)

// TestP5OneBackupEveryWeek rings as Temporal would for many schedules, Mondays at 3 in
// Berlin with up to an hour of jitter, for 60 weeks, and judges each ring by the rules:
// the jitter of one week and the clock of another never cost a week its backup.
func TestP5OneBackupEveryWeek(t *testing.T) {
	const weeks = 60
	limits := backup.DefaultLimits()
	never := dynamicconfig.GetIntPropertyFn(0)
	spec, err := scheduler.NewSpecBuilder(never, never).NewCompiledSpec(&schedulepb.ScheduleSpec{
		CronString: []string{"0 3 * * 1"}, TimezoneName: "Europe/Berlin", Jitter: durationpb.New(time.Hour),
	})
	require.NoError(t, err)
	zone, err := time.LoadLocation("Europe/Berlin")
	require.NoError(t, err)
	waited, changes := 0, map[int]bool{}
	for _, seed := range []string{"namespace-schedule/jira-acme", "namespace-schedule/confluence-acme", "a", "b", "c", "d", "e", "f"} {
		rings := make([]time.Time, 0, weeks+1)
		for after := time.Date(2026, 8, 1, 0, 0, 0, 0, time.UTC); len(rings) <= weeks; after = rings[len(rings)-1] {
			next, err := spec.GetNextTime(seed, after)
			require.NoError(t, err)
			rings = append(rings, next.Next) // Temporal goes on from the time with jitter
		}
		var h backup.History
		var days []string
		for n, ring := range rings[:weeks] {
			start, err := backup.JudgeRing(h, ring, rings[n+1].Sub(ring), limits)
			require.NoError(t, err, "%s, week %d", seed, n)
			require.False(t, start.Before(ring))
			require.Less(t, start.Sub(ring), 2*time.Hour+time.Second, "%s, week %d", seed, n)
			if start.After(ring) {
				waited++
			}
			local := start.In(zone)
			require.Equal(t, time.Monday, local.Weekday(), "%s, week %d: %v", seed, n, local)
			days = append(days, local.Format(time.DateOnly))
			_, offset := local.Zone()
			changes[offset] = true
			h.LastComplete = start
		}
		first, err := time.ParseInLocation(time.DateOnly, days[0], time.UTC)
		require.NoError(t, err)
		for n, day := range days {
			require.Equal(t, first.AddDate(0, 0, 7*n).Format(time.DateOnly), day, "%s: one backup every week", seed)
		}
	}
	require.Len(t, changes, 2, "summer and winter")
	require.Greater(t, waited, 8*5, "rings do come before R1 allows a backup")
}
