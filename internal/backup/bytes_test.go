package backup

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestBytes(t *testing.T) {
	end := start.Add(14 * day)
	for _, c := range []struct {
		name string
		b    Backup
		has  bool
		// present is one second before its expiry, at it, and one second after.
		present [3]bool
	}{
		{"S2: COMPLETE", Backup{Status: Complete, ExpiresAt: end}, true, [3]bool{true, false, false}},
		{"S3: INCOMPLETE", Backup{Status: Incomplete, ExpiresAt: end}, true, [3]bool{true, false, false}},
		{"on hold", Backup{Status: Complete, ExpiresAt: end, Held: &Note{At: start}}, true, [3]bool{true, true, true}},
		{"R1: FAILED by its verification", Backup{Status: Failed, ExpiresAt: end}, true, [3]bool{true, false, false}},
		{"S4: FAILED as a run", Backup{Status: Failed}, false, [3]bool{}},
		{"S1: IN PROGRESS", Backup{Status: InProgress, ExpiresAt: end}, false, [3]bool{}},
		{"S5: EXPIRED", Backup{Status: Expired, Was: Complete, ExpiresAt: end}, false, [3]bool{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			require.Equal(t, c.has, HasBytes(c.b))
			for i, e := range edges {
				require.Equal(t, c.present[i], Present(c.b, end.Add(e.off)), e.name)
			}
			gone := Expire(c.b)
			require.Equal(t, c.has, gone.Status != c.b.Status)
			require.False(t, HasBytes(gone))
		})
	}
	require.Equal(t, Failed, Expire(Backup{Status: Failed, ExpiresAt: end}).Was, "a bad backup does not get better by expiring")
}

func TestDelete(t *testing.T) {
	at := start.Add(time.Hour)
	held := Backup{ID: "b", Status: Complete, StartedAt: start, ExpiresAt: start.Add(14 * day), Held: &Note{At: start}}
	for _, c := range []struct {
		why  Note
		want string
	}{
		{Note{At: at}, "deleted at 2026-11-23 03:16:58Z"},
		{Note{At: at, By: "ann"}, "deleted by ann at 2026-11-23 03:16:58Z"},
		{Note{At: at, By: "ann", Text: "a mistake"}, "deleted by ann at 2026-11-23 03:16:58Z: a mistake"},
	} {
		b := Delete(held, c.why)
		require.Equal(t, Expired, b.Status)
		require.Equal(t, Complete, b.Was)
		require.Equal(t, c.want, b.Reason)
		require.Nil(t, b.Held)
		require.Equal(t, held.ExpiresAt, b.ExpiresAt)
		require.Equal(t, start, LastComplete([]Backup{b}), "R1: deleting a backup does not reset the cadence")
	}
	gone := Backup{Status: Failed}
	require.Equal(t, gone, Delete(gone, Note{At: at}))
}
