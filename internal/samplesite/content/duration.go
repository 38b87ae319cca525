package content

import (
	"strconv"
	"strings"
)

// Seconds of the units of time tracking, with a working day of eight hours and a
// working week of five days, as "configuration" says.
const (
	workMinute = 60
	workHour   = 60 * workMinute
	workDay    = 8 * workHour
	workWeek   = 5 * workDay
)

var workUnits = []struct {
	name    string
	seconds int64
}{{"w", workWeek}, {"d", workDay}, {"h", workHour}, {"m", workMinute}}

// Duration writes seconds as Jira does in its format "pretty": "1d 2h 30m". What is
// less than a minute is not shown.
func Duration(seconds int64) string {
	var parts []string
	for _, u := range workUnits {
		if n := seconds / u.seconds; n > 0 {
			parts = append(parts, strconv.FormatInt(n, 10)+u.name)
			seconds %= u.seconds
		}
	}
	if len(parts) == 0 {
		return "0m"
	}
	return strings.Join(parts, " ")
}

// ParseDuration reads a duration such as "1d 2h" or "90", which is minutes; false where it is not one.
func ParseDuration(text string) (seconds int64, valid bool) {
	fields := strings.Fields(text)
	for _, f := range fields {
		unit := int64(workMinute)
		for _, u := range workUnits {
			if rest, found := strings.CutSuffix(f, u.name); found {
				f, unit = rest, u.seconds
				break
			}
		}
		n, err := strconv.ParseInt(f, 10, 32)
		if err != nil || n < 0 {
			return 0, false
		}
		seconds += n * unit
	}
	return seconds, len(fields) > 0
}
