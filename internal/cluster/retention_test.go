package cluster

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holdfast/internal/devserver"
)

func TestRetention(t *testing.T) {
	const day, week = 24 * time.Hour, 7 * 24 * time.Hour
	for name, tc := range map[string]struct {
		runs, backups time.Duration
		says          string
	}{
		"one second less than two days more": {16*day - time.Second, 2 * week, "--namespace team --retention 384h"},
		"two days more":                      {16 * day, 2 * week, ""},
		"for good":                           {0, 2 * week, ""},
		"a policy that keeps for longer":     {30 * day, 12 * week, "--namespace team --retention 2064h"},
	} {
		t.Run(name, func(t *testing.T) {
			got := retentionAdvice("team", tc.runs, tc.backups)
			if tc.says == "" {
				require.Empty(t, got)
				return
			}
			require.Contains(t, got, "temporal operator namespace update "+tc.says)
		})
	}
}

func TestRetentionOfAServer(t *testing.T) {
	s, err := devserver.Start(t.Context(), devserver.Config{Retention: 72 * time.Hour})
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Stop()) }()
	c, namespace, err := Dial(t.Context(), Options{Address: s.Addr(), Namespace: s.Namespace()})
	require.NoError(t, err)
	defer c.Close()
	advice, err := CheckRetention(t.Context(), c, namespace, 14*24*time.Hour)
	require.NoError(t, err)
	require.Contains(t, advice, "keeps closed runs for 72h, and policies keep backups for 336h")
	advice, err = CheckRetention(t.Context(), c, namespace, time.Hour)
	require.NoError(t, err)
	require.Empty(t, advice)
	_, err = CheckRetention(t.Context(), c, "nowhere", time.Hour)
	require.ErrorContains(t, err, "check --namespace")
}
