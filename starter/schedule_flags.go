package main

import (
	"errors"
	"time"

	"github.com/spf13/cobra"

	"holdfast/internal/backup"
	"holdfast/internal/cronspec"
)

// scheduleFlags are what a user says of when backups start by themselves, when they
// are read again, and who is told of it.
type scheduleFlags struct {
	schedule, timeZone string
	jitter, retryAfter span
	retries            int
	verifySchedule     string
	verifyShares       int
	drillSchedule      string
	drillSample        int
	notify             []string

	given func(flag string) bool
}

// none is the value of a flag that takes away what a policy has.
const none = "none"

func (f *scheduleFlags) add(cmd *cobra.Command) {
	f.retryAfter = span(backup.DefaultRetryAfter)
	fl := cmd.Flags()
	fl.StringVar(&f.schedule, "schedule", "", `cron expression by which backups start by themselves, such as "0 3 * * 1" or @weekly; none: they do not`)
	fl.StringVar(&f.timeZone, "time-zone", "UTC", "IANA name of the time zone in which the schedules count, such as Europe/Berlin")
	fl.Var(&f.jitter, "jitter", "the most by which a scheduled run starts later, at random")
	fl.IntVar(&f.retries, "retries", backup.DefaultRetries, "how often a scheduled run that ended INCOMPLETE or FAILED is tried again")
	fl.Var(&f.retryAfter, "retry-after", "how long after its end it is tried again")
	fl.StringVar(&f.verifySchedule, "verify-schedule", "", "cron expression by which the newest backup is read again and checked; none: it is not")
	fl.IntVar(&f.verifyShares, "verify-shares", 1, "into how many shares a backup is divided for that: each time the next one is read")
	fl.StringVar(&f.drillSchedule, "drill-schedule", "", "cron expression by which the newest backup is restored into a sample site and compared; none: it is not")
	fl.IntVar(&f.drillSample, "drill-sample", 0, "restore whole projects or spaces for that, the smallest first, until they have so many items; 0: all")
	fl.StringArrayVar(&f.notify, "notify", nil, "name of an entry of the workers' notifications that is told of events; may be repeated; none: nobody is")
	f.given = fl.Changed
	completeValues(cmd, "schedule", "@daily", "@weekly", "@monthly", none)
	completeValues(cmd, "verify-schedule", "@daily", "@weekly", "@monthly", none)
	completeValues(cmd, "drill-schedule", "@daily", "@weekly", "@monthly", none)
	completeValues(cmd, "time-zone")
	for _, name := range []string{"jitter", "retries", "retry-after", "verify-shares", "drill-sample"} {
		completeValues(cmd, name)
	}
	completeValues(cmd, "notify", none)
}

// apply changes of a policy what was given. Expressions and time zones are tried.
func (f scheduleFlags) apply(p *backup.Policy, now time.Time) error {
	if err := f.applySchedule(p); err != nil {
		return err
	}
	if err := f.applyVerification(p); err != nil {
		return err
	}
	if err := f.applyDrill(p); err != nil {
		return err
	}
	if f.given("time-zone") && p.Schedule == nil && p.Verification == nil && p.Drill == nil {
		return usagef("--time-zone is that of a schedule, and the policy has none: give --schedule too")
	}
	if f.given("notify") {
		p.Notify = listOf(f.notify)
	}
	_, err := nextRuns(*p, now)
	return err
}

func (f scheduleFlags) applySchedule(p *backup.Policy) error {
	if f.given("schedule") {
		switch {
		case f.schedule == none:
			p.Schedule = nil
		case p.Schedule == nil:
			p.Schedule = &backup.Schedule{Cron: f.schedule, Retries: backup.DefaultRetries, RetryAfter: backup.DefaultRetryAfter}
			if p.Verification != nil {
				p.Schedule.TimeZone = p.Verification.TimeZone
			}
		default:
			s := *p.Schedule
			s.Cron = f.schedule
			p.Schedule = &s
		}
	}
	if p.Schedule == nil {
		for _, name := range []string{"jitter", "retries", "retry-after"} {
			if f.given(name) {
				return usagef("--%s is that of a schedule, and the policy has none: give --schedule too", name)
			}
		}
		return nil
	}
	s := *p.Schedule // what the policy was stays as it was
	p.Schedule = &s
	if f.given("time-zone") {
		s.TimeZone = f.timeZone
	}
	if f.given("jitter") {
		s.Jitter = time.Duration(f.jitter)
	}
	if f.given("retries") {
		s.Retries = f.retries
	}
	if f.given("retry-after") {
		s.RetryAfter = time.Duration(f.retryAfter)
	}
	return nil
}

func (f scheduleFlags) applyVerification(p *backup.Policy) error {
	if f.given("verify-schedule") {
		switch {
		case f.verifySchedule == none:
			p.Verification = nil
		case p.Verification == nil:
			p.Verification = &backup.Verification{Cron: f.verifySchedule, Of: 1}
			if p.Schedule != nil {
				p.Verification.TimeZone = p.Schedule.TimeZone
			}
		default:
			v := *p.Verification
			v.Cron = f.verifySchedule
			p.Verification = &v
		}
	}
	if p.Verification == nil {
		if f.given("verify-shares") {
			return usagef("--verify-shares is that of a schedule of verifications, and the policy has none: give --verify-schedule too")
		}
		return nil
	}
	v := *p.Verification
	p.Verification = &v
	if f.given("time-zone") {
		v.TimeZone = f.timeZone
	}
	if f.given("verify-shares") {
		v.Of = f.verifyShares
	}
	return nil
}

func (f scheduleFlags) applyDrill(p *backup.Policy) error {
	if f.given("drill-schedule") {
		switch {
		case f.drillSchedule == none:
			p.Drill = nil
		case p.Drill == nil:
			p.Drill = &backup.Drill{Cron: f.drillSchedule}
			if p.Schedule != nil {
				p.Drill.TimeZone = p.Schedule.TimeZone
			} else if p.Verification != nil {
				p.Drill.TimeZone = p.Verification.TimeZone
			}
		default:
			d := *p.Drill
			d.Cron = f.drillSchedule
			p.Drill = &d
		}
	}
	if p.Drill == nil {
		if f.given("drill-sample") {
			return usagef("--drill-sample is that of a schedule of drills, and the policy has none: give --drill-schedule too")
		}
		return nil
	}
	d := *p.Drill
	p.Drill = &d
	if f.given("time-zone") {
		d.TimeZone = f.timeZone
	}
	if f.given("drill-sample") {
		if f.drillSample < 0 {
			return usagef("--drill-sample is %d: give how many items, or 0 for all", f.drillSample)
		}
		d.Sample = f.drillSample
	}
	return nil
}

// listOf are the values of a flag that may be repeated; none alone are none.
func listOf(values []string) []string {
	if len(values) == 1 && values[0] == none {
		return nil
	}
	return values
}

// previewRuns is how many of its next runs a policy is shown with.
const previewRuns = 3

// nextRuns are the next times at which the policy's schedule rings, without its
// jitter. What Temporal would refuse, of verifications too, is wrong usage.
func nextRuns(p backup.Policy, now time.Time) ([]time.Time, error) {
	if v := p.Verification; v != nil {
		if _, err := cronspec.Next(v.Cron, v.TimeZone, 0, now, 1); err != nil {
			return nil, usagef("%s: %v", blamed(err, "--verify-schedule"), err)
		}
	}
	if d := p.Drill; d != nil {
		if _, err := cronspec.Next(d.Cron, d.TimeZone, 0, now, 1); err != nil {
			return nil, usagef("%s: %v", blamed(err, "--drill-schedule"), err)
		}
	}
	s := p.Schedule
	if s == nil {
		return nil, nil
	}
	next, err := cronspec.Next(s.Cron, s.TimeZone, 0, now, previewRuns)
	if err != nil {
		return nil, usagef("%s: %v", blamed(err, "--schedule"), err)
	}
	return next, nil
}

// blamed is the flag that an error of cronspec is about: that of the time zone, or
// the one of the expression.
func blamed(err error, schedule string) string {
	var zone *cronspec.ZoneError
	if errors.As(err, &zone) {
		return "--time-zone"
	}
	return schedule
}
