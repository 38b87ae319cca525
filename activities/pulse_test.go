package activities

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestAPulseBeatsAsLongAsTheActivityGetsOn(t *testing.T) {
	t.Parallel()
	p := startPulse(t.Context())
	defer p.end()
	p.add(StepProgress{Items: 2})
	p.add(StepProgress{Items: 3, Bytes: 7})
	done, ok := p.alive(time.Now().Add(silence - time.Second))
	require.True(t, ok, "during the wait for a slow reply")
	require.Equal(t, StepProgress{Items: 5, Bytes: 7}, done)
	_, ok = p.alive(time.Now().Add(silence + time.Second))
	require.False(t, ok, "not when nothing has moved for too long")
	p.add(StepProgress{})
	_, ok = p.alive(time.Now())
	require.True(t, ok)
}
