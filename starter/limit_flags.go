package main

import (
	"time"

	"github.com/spf13/cobra"

	"holdfast/internal/backup"
)

// limitFlags are what a user says of the limits of a policy.
type limitFlags struct {
	cadence, retention, deadline  span
	downloadLife, packageDeadline span
	maxDownload                   byteSize

	given func(flag string) bool
}

func (f *limitFlags) add(cmd *cobra.Command) {
	l := backup.DefaultLimits()
	f.cadence, f.retention, f.deadline = span(l.Cadence), span(l.Retention), span(l.Deadline)
	f.downloadLife, f.packageDeadline, f.maxDownload = span(l.DownloadLife), span(l.PackageDeadline), byteSize(l.MaxDownload)
	fl := cmd.Flags()
	fl.Var(&f.cadence, "cadence", "from the start of a COMPLETE backup to the next one that may start")
	fl.Var(&f.retention, "retention", "from the start of a backup to its expiry")
	fl.Var(&f.deadline, "deadline", "after how long a run gives up")
	fl.Var(&f.downloadLife, "download-life", "how long a prepared download can be fetched")
	fl.Var(&f.maxDownload, "max-download", "the largest download that is prepared, such as 50GB")
	fl.Var(&f.packageDeadline, "package-deadline", "after how long the preparation of a download gives up")
	f.given = fl.Changed
	for _, name := range []string{"cadence", "retention", "deadline", "download-life", "max-download", "package-deadline"} {
		completeValues(cmd, name)
	}
}

// apply changes of a policy what was given.
func (f limitFlags) apply(p *backup.Policy) error {
	for _, d := range []struct {
		flag  string
		value span
		limit *time.Duration
	}{
		{"cadence", f.cadence, &p.Limits.Cadence}, {"retention", f.retention, &p.Limits.Retention},
		{"deadline", f.deadline, &p.Limits.Deadline}, {"download-life", f.downloadLife, &p.Limits.DownloadLife},
		{"package-deadline", f.packageDeadline, &p.Limits.PackageDeadline},
	} {
		if !f.given(d.flag) {
			continue
		}
		if d.value <= 0 {
			return usagef("--%s is %s: give a positive duration such as 14d or 36h", d.flag, spanText(time.Duration(d.value)))
		}
		*d.limit = time.Duration(d.value)
	}
	if f.given("max-download") {
		if f.maxDownload <= 0 {
			return usagef("--max-download is %s: give a positive size such as 50GB", decimalSize(int64(f.maxDownload)))
		}
		p.Limits.MaxDownload = int64(f.maxDownload)
	}
	return nil
}
