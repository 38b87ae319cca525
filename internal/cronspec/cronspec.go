// Package cronspec tells when a cron expression rings, by the code of the Temporal
// server itself, so that what is shown before a policy is saved is what will be.
// It links that code: the CLI uses it, a worker does not.
package cronspec

import (
	"fmt"
	"strings"
	"time"

	schedulepb "go.temporal.io/api/schedule/v1"
	"go.temporal.io/server/common/dynamicconfig"
	"go.temporal.io/server/service/worker/scheduler"
	"google.golang.org/protobuf/types/known/durationpb"
)

// maxIterations bounds the search for one time; a cron expression needs a few.
const maxIterations = 10000

// jitterSeed stands for the identity of the schedule, which decides by how much of
// the jitter each ring is late.
const jitterSeed = "holdfast"

// ZoneError says that a time zone is not known, so that who asks can name the flag
// that gave it.
type ZoneError struct{ Name string }

func (e *ZoneError) Error() string {
	return fmt.Sprintf("time zone %q is not known: give an IANA name such as Europe/Berlin, or UTC", e.Name)
}

// Next returns the next n times after after at which cron rings in the time zone
// (an IANA name; empty means UTC): fewer where it rings no more. With jitter,
// each is later by a part of it, as one schedule might be: another schedule's parts
// differ. An expression or a time zone that Temporal would refuse, or one that
// never rings after after, is an error that says what to give.
func Next(cron, timeZone string, jitter time.Duration, after time.Time, n int) ([]time.Time, error) {
	never := dynamicconfig.GetIntPropertyFn(maxIterations)
	builder := scheduler.NewSpecBuilder(never, never)
	// Time zones and expressions are tried apart, so that the error tells which is wrong.
	if _, err := builder.NewCompiledSpec(&schedulepb.ScheduleSpec{TimezoneName: timeZone}); err != nil || timeZone == "Local" {
		return nil, &ZoneError{timeZone}
	}
	if strings.Contains(cron, "=") {
		return nil, fmt.Errorf("cron expression %q names a time zone: give it on its own", cron)
	}
	spec, err := builder.NewCompiledSpec(&schedulepb.ScheduleSpec{
		CronString: []string{cron}, TimezoneName: timeZone, Jitter: durationpb.New(jitter),
	})
	if err != nil {
		return nil, fmt.Errorf("cron expression %q: %w: give five fields, such as \"0 3 * * 1\" (Mondays at 3), or @daily, @weekly, @monthly", cron, err)
	}
	var times []time.Time
	for len(times) < n {
		next, err := spec.GetNextTime(jitterSeed, after)
		if err != nil {
			return nil, fmt.Errorf("cron expression %q: %w: give a simpler one", cron, err)
		}
		if next.Next.IsZero() {
			break
		}
		times = append(times, next.Next)
		after = next.Nominal
	}
	if n > 0 && len(times) == 0 {
		return nil, fmt.Errorf("cron expression %q never rings: give a day that its month has", cron)
	}
	return times, nil
}
