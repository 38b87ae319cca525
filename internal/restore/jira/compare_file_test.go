package jira_test

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holdfast/internal/atlassian"
	capturing "holdfast/internal/atlassian/jira"
	"holdfast/internal/restore/jira"
	"holdfast/internal/restore/restoretest"
)

// flipped is a transport that changes one bit of each file of more than a byte.
type flipped struct{ files int }

func (f *flipped) RoundTrip(r *http.Request) (*http.Response, error) {
	reply, err := http.DefaultTransport.RoundTrip(r)
	if err != nil || reply.StatusCode >= http.StatusMultipleChoices || strings.HasPrefix(r.URL.Path, "/rest/") || strings.HasPrefix(r.URL.Path, "/_edge/") {
		return reply, err
	}
	data, err := io.ReadAll(reply.Body)
	_ = reply.Body.Close()
	if len(data) > 1 {
		f.files++
		data[len(data)/2] ^= 1
	}
	reply.Body = io.NopCloser(bytes.NewReader(data))
	return reply, err
}

func TestBytesOfFilesAreCompared(t *testing.T) {
	t.Parallel()
	b := capture(t, start(t, small()))
	to := b.empty(t, true)
	steps := b.steps(t, to)
	restoretest.Run(t, steps)
	require.Zero(t, restoretest.Compare(t, steps).Score().Different)

	flip := &flipped{}
	client, err := atlassian.New(atlassian.Config{
		Site: to.URL(), Credential: atlassian.Credential{Name: "sample", Email: to.Email(), Token: to.Token()},
		RetryFor: 3 * time.Second, Backoff: 5 * time.Millisecond, Transport: flip,
	})
	require.NoError(t, err)
	steps.Target = jira.New(client, capturing.New(client))
	found := restoretest.Compare(t, steps)
	require.NotZero(t, flip.files)
	require.EqualValues(t, flip.files, found.Score().Different)
	for _, f := range found.Fields {
		require.Equal(t, f.Different != 0, f.Kind == "attachment" && f.Path == "bytes", f)
	}
}
