package main

import (
	"time"

	"github.com/spf13/cobra"

	"holdfast/internal/backup"
)

// settingFlags are what a user says of a policy's settings: of a new one, or of
// those of another that are to change.
type settingFlags struct {
	options  optionFlags
	schedule scheduleFlags
	limits   limitFlags
}

func (f *settingFlags) add(cmd *cobra.Command) {
	f.options.add(cmd)
	f.schedule.add(cmd)
	f.limits.add(cmd)
}

// apply changes of a policy what was given, at now.
func (f settingFlags) apply(p *backup.Policy, now time.Time) error {
	if err := f.options.apply(p); err != nil {
		return err
	}
	if err := f.limits.apply(p); err != nil {
		return err
	}
	return f.schedule.apply(p, now)
}
