package backup

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Validate reports everything that is wrong with a policy, joined into one
// error whose lines each say what to change.
func Validate(p Policy) error {
	var problems []error
	wrong := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }
	if id, err := PolicyID(p.Product, p.Site); err != nil {
		problems = append(problems, err)
	} else if p.ID != id {
		wrong("policy %q of %s of %s must have the id %q", p.ID, p.Product, p.Site, id)
	}
	if p.CloudID == "" {
		wrong("the policy is not bound to a cloud id: run its check against the site first")
	}
	if p.Credential == "" || strings.TrimSpace(p.Credential) != p.Credential {
		wrong("credential %q is not a name: give the name of an entry of the workers' credentials", p.Credential)
	}
	problems = append(problems, validOptions(p.Product, p.Options)...)
	problems = append(problems, validSchedules(p)...)
	for _, d := range durations(p.Limits) {
		if d.value <= 0 {
			wrong("limit %s is %v: give a positive duration", d.name, d.value)
		}
	}
	if p.Limits.MaxDownload <= 0 {
		wrong("limit maxDownload is %d: give a positive number of bytes", p.Limits.MaxDownload)
	}
	if p.Limits.ProbeMax < p.Limits.ProbeAfter {
		wrong("limit probeMax (%v) is less than probeAfter (%v): give at least as much", p.Limits.ProbeMax, p.Limits.ProbeAfter)
	}
	return errors.Join(problems...)
}

type namedDuration struct {
	name  string
	value time.Duration
}

// durations lists the limits that are durations, by their names in JSON.
func durations(l Limits) []namedDuration {
	return []namedDuration{
		{"cadence", l.Cadence}, {"retention", l.Retention}, {"fileLife", l.FileLife},
		{"downloadLife", l.DownloadLife}, {"deadline", l.Deadline}, {"heartbeat", l.Heartbeat},
		{"hostTimeout", l.HostTimeout}, {"probeAfter", l.ProbeAfter}, {"probeMax", l.ProbeMax},
		{"packageDeadline", l.PackageDeadline}, {"readGrace", l.ReadGrace}, {"expiryNotice", l.ExpiryNotice},
	}
}
