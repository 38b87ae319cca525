package backup

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestSources(t *testing.T) {
	at := func(days int, s Status) Backup {
		b := Backup{ID: fmt.Sprint(days), Status: s, StartedAt: start.Add(time.Duration(days) * day), Counts: Counts{Attachments: 1}}
		b.ExpiresAt = ExpiresAt(b.StartedAt, DefaultLimits())
		return b
	}
	bare := func(b Backup) Backup { b.Counts.Attachments = 0; return b }
	now := start.Add(13 * day)
	for _, c := range []struct {
		name    string
		backups []Backup
		want    []string
	}{
		{"none yet", nil, nil},
		{"the newest COMPLETE one has all that older ones have", []Backup{at(0, Complete), at(7, Complete)}, []string{"7"}},
		{"INCOMPLETE ones after it come first", []Backup{at(0, Complete), at(1, Incomplete), at(2, Incomplete)}, []string{"2", "1", "0"}},
		{"at most three, the newest COMPLETE one among them", []Backup{at(0, Complete), at(1, Incomplete), at(2, Incomplete), at(3, Incomplete)}, []string{"3", "2", "0"}},
		{"at most three INCOMPLETE ones", []Backup{at(0, Incomplete), at(1, Incomplete), at(2, Incomplete), at(3, Incomplete)}, []string{"3", "2", "1"}},
		{"FAILED, EXPIRED and IN PROGRESS ones have no bytes", []Backup{at(0, Expired), at(1, Failed), at(2, InProgress)}, nil},
		{"one without attachments does not hide those before", []Backup{at(0, Complete), bare(at(7, Complete))}, []string{"0"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			require.Equal(t, c.want, Sources(c.backups, Options{Attachments: true}, now))
			require.Empty(t, Sources(c.backups, Options{}, now), "a run without attachments copies none")
		})
	}
	for _, e := range edges {
		t.Run("S5: "+e.name+" its expiry", func(t *testing.T) {
			got := Sources([]Backup{at(0, Complete)}, Options{Attachments: true}, start.Add(14*day+e.off))
			require.Equal(t, e.off < 0, len(got) == 1)
		})
	}
}
