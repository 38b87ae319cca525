package backup

import (
	"fmt"
	"strings"
	"time"
)

// Schedule says when backups of a policy start by themselves (P5).
type Schedule struct {
	// Cron is a cron expression of five fields, such as "0 3 * * 1", or "@weekly" and the like.
	Cron string `json:"cron"`
	// TimeZone is the IANA name of the zone in which Cron counts; empty means UTC.
	TimeZone string `json:"timeZone,omitempty"`
	// Jitter is the most by which each run starts later, at random: many policies
	// need not all start at once.
	Jitter time.Duration `json:"jitter,omitempty"`
	// Retries is how often a scheduled run that ended INCOMPLETE or FAILED is tried
	// again by itself, RetryAfter its end.
	Retries    int           `json:"retries"`
	RetryAfter time.Duration `json:"retryAfter"`
}

// The figures of a Schedule for which a user gives none.
const (
	DefaultRetries    = 3
	DefaultRetryAfter = 30 * time.Minute
)

// Verification says when the newest available backup of a policy is read again
// by itself and checked.
type Verification struct {
	Cron     string `json:"cron"`
	TimeZone string `json:"timeZone,omitempty"`
	// Of is into how many shares the data is divided: each verification reads the
	// next one, so that after so many all has been read. 1 reads all each time.
	Of int `json:"of"`
}

// Drill says when the newest available backup of a policy is restored by itself into
// a sample site, and compared with it field by field.
type Drill struct {
	Cron     string `json:"cron"`
	TimeZone string `json:"timeZone,omitempty"`
	// Sample is how many items are restored at least, in whole containers, the smallest
	// first; 0 restores all.
	Sample int `json:"sample,omitempty"`
}

// JudgeRing says what becomes of a scheduled run whose bell rings at now, where
// interval is the time to the next ring (P5): it starts at the time that is
// returned, now or at most half the interval later, when R1 allows it; or it is
// refused with one of the errors of MayStart.
func JudgeRing(h History, now time.Time, interval time.Duration, l Limits) (time.Time, error) {
	err := MayStart(h, now, l)
	if early, ok := err.(*TooEarly); ok && early.Allowed.Sub(now) <= interval/2 {
		return early.Allowed, nil
	}
	return now, err
}

// validSchedules lists what is wrong with a policy's schedules. Temporal has the
// last word about cron expressions, when it is given them.
func validSchedules(p Policy) (problems []error) {
	wrong := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }
	cron := func(what, expression string) {
		if !strings.HasPrefix(expression, "@") && len(strings.Fields(expression)) != 5 {
			wrong("%s %q is no cron expression: give five fields, such as \"0 3 * * 1\" (Mondays at 3), or @daily, @weekly, @monthly", what, expression)
		}
	}
	if s := p.Schedule; s != nil {
		cron("schedule", s.Cron)
		if s.Jitter < 0 {
			wrong("jitter is %v: give a duration such as 1h, or none", s.Jitter)
		}
		if s.Retries < 0 || s.Retries > 0 && s.RetryAfter <= 0 {
			wrong("a run is to be tried again %d times, %v apart: give 0 or more times, and a positive duration", s.Retries, s.RetryAfter)
		}
	}
	if v := p.Verification; v != nil {
		cron("schedule of verifications", v.Cron)
		if v.Of < 1 {
			wrong("a verification reads one of %d shares: give 1 or more", v.Of)
		}
	}
	if d := p.Drill; d != nil {
		cron("schedule of drills", d.Cron)
		if d.Sample < 0 {
			wrong("a drill restores a sample of %d items: give how many, or 0 for all", d.Sample)
		}
	}
	seen := make(map[string]bool, len(p.Notify))
	for _, name := range p.Notify {
		if name == "" || strings.TrimSpace(name) != name || seen[name] {
			wrong("notification %q is no name, or named twice: give the name of an entry of the workers' notifications", name)
		}
		seen[name] = true
	}
	return problems
}
