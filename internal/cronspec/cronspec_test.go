package cronspec

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func at(s string) time.Time {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		panic(err)
	}
	return t
}

func TestNext(t *testing.T) {
	for _, c := range []struct {
		name, cron, zone, after string
		want                    []string
	}{
		{"UTC where no zone is given", "0 3 * * 1", "", "2026-11-23T03:00:00Z", []string{"2026-11-30T03:00:00Z", "2026-12-07T03:00:00Z"}},
		{"the clock of the zone, over its change in spring", "0 3 * * 1", "Europe/Berlin", "2027-03-20T00:00:00Z", []string{"2027-03-22T02:00:00Z", "2027-03-29T01:00:00Z"}},
		{"and in autumn", "0 3 * * 1", "Europe/Berlin", "2026-10-18T00:00:00Z", []string{"2026-10-19T01:00:00Z", "2026-10-26T02:00:00Z"}},
		{"a shorthand", "@weekly", "", "2026-11-23T00:00:00Z", []string{"2026-11-29T00:00:00Z"}},
		{"months without a 31st are left out", "0 0 31 * *", "", "2026-11-01T00:00:00Z", []string{"2026-12-31T00:00:00Z", "2027-01-31T00:00:00Z", "2027-03-31T00:00:00Z"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := Next(c.cron, c.zone, 0, at(c.after), len(c.want))
			require.NoError(t, err)
			for i, want := range c.want {
				require.Equal(t, want, got[i].UTC().Format(time.RFC3339))
			}
		})
	}
}

func TestJitterOnlyDelays(t *testing.T) {
	plain, err := Next("0 3 * * 1", "Europe/Berlin", 0, at("2026-11-23T00:00:00Z"), 60)
	require.NoError(t, err)
	late, err := Next("0 3 * * 1", "Europe/Berlin", time.Hour, at("2026-11-23T00:00:00Z"), 60)
	require.NoError(t, err)
	differ := map[time.Duration]bool{}
	for i := range plain {
		by := late[i].Sub(plain[i])
		require.GreaterOrEqual(t, by, time.Duration(0))
		require.Less(t, by, time.Hour)
		differ[by] = true
	}
	require.Greater(t, len(differ), 30, "each week by another part")
}

func TestWhatTemporalRefusesIsAnErrorThatSaysWhatToGive(t *testing.T) {
	for _, c := range []struct{ name, cron, zone, want string }{
		{"an hour that is none", "0 25 * * 1", "", "give five fields"},
		{"words", "every monday", "", "give five fields"},
		{"nothing", "", "", "give five fields"},
		{"a zone that is none", "0 3 * * 1", "Mars/Olympus", "give an IANA name"},
		{"the zone of whoever's host it is", "0 3 * * 1", "Local", "give an IANA name"},
		{"a zone in the expression", "CRON_TZ=Europe/Berlin 0 3 * * 1", "", "on its own"},
		{"a day that never comes", "0 0 30 2 *", "", "never rings"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Next(c.cron, c.zone, 0, at("2026-11-23T00:00:00Z"), 1)
			require.ErrorContains(t, err, c.want)
		})
	}
}
