package gcs

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/api/googleapi"

	"holdfast/internal/store"
	"holdfast/internal/store/gcs/gcstest"
)

func TestPassing(t *testing.T) {
	for _, test := range []struct {
		err  error
		want bool
	}{
		{&googleapi.Error{Code: 408}, true},
		{&googleapi.Error{Code: 429}, true},
		{&googleapi.Error{Code: 500}, true},
		{&googleapi.Error{Code: 503}, true},
		{&googleapi.Error{Code: 403, Errors: []googleapi.ErrorItem{{Reason: "userRateLimitExceeded"}}}, true},
		{&googleapi.Error{Code: 403, Errors: []googleapi.ErrorItem{{Reason: "forbidden"}}}, false},
		{&googleapi.Error{Code: 400}, false},
		{&googleapi.Error{Code: 401}, false},
		{&googleapi.Error{Code: 404}, false},
		{&googleapi.Error{Code: 412}, false},
		{&url.Error{Op: "Get", URL: "https://x", Err: &net.OpError{Op: "dial", Err: errors.New("no route to host")}}, true},
		{io.ErrUnexpectedEOF, true},
		{errStalled, true},
		{errPastEnd, false},
		{errNoBucket, false},
		{context.Canceled, false},
		{store.ErrRefused, false},
		{nil, false},
	} {
		require.Equal(t, test.want, passing(test.err), "%v", test.err)
	}
}

func TestAStallThatTakesAllTheTimeIsTriedAgainOnce(t *testing.T) {
	server := gcstest.Start(t, "bucket")
	s := open(t, server)
	s.patience.request, s.patience.faults = 300*time.Millisecond, time.Millisecond
	server.Plan(gcstest.Fault{Op: gcstest.Insert, Stall: true})
	_, err := store.PutBytes(t.Context(), s, "x", nil, store.IfAbsent())
	require.NoError(t, err)
	server.AllFired(t)
}

func TestAReaderThatTakesItsTimeIsNoStall(t *testing.T) {
	server := gcstest.Start(t, "bucket")
	s := open(t, server)
	s.buffers.left = 0
	s.patience = patience{request: 300 * time.Millisecond, faults: 300 * time.Millisecond, rate: 1 << 30, pause: time.Millisecond, maxPause: time.Millisecond}
	// Longer than the watch over the upload allows, and then a fault: the time in
	// which the site gives nothing is not the bucket's.
	slow := &pausing{Reader: bytes.NewReader(content(large)), at: 3 << 20, pause: time.Second}
	server.Plan(gcstest.Fault{Op: gcstest.Final, Status: 503})
	_, err := s.Put(t.Context(), "x", slow, store.IfAbsent())
	require.NoError(t, err)
	server.AllFired(t)
}

// pausing makes one pause when so many bytes are read.
type pausing struct {
	io.Reader
	at    int
	pause time.Duration
}

func (p *pausing) Read(b []byte) (int, error) {
	if p.at > 0 {
		if p.at -= len(b); p.at <= 0 {
			time.Sleep(p.pause)
		}
	}
	return p.Reader.Read(b)
}

func TestBuffersShareTheBudget(t *testing.T) {
	b := newBuffers()
	var sizes []int
	var gives []func()
	for range 16 {
		size, give := b.take()
		sizes, gives = append(sizes, size>>20), append(gives, give)
	}
	require.Equal(t, []int{8, 8, 8, 8, 8, 8, 8, 4, 2, 2, 2, 2, 2, 2, 2, 2}, sizes)
	for _, give := range gives {
		give()
		give() // once counts
	}
	require.Equal(t, budget, b.left)
}

func TestErrorsNameNoUpload(t *testing.T) {
	s := open(t, gcstest.Start(t, "bucket"))
	secret := "https://storage.example/upload?uploadType=resumable&upload_id=SECRET"
	for _, err := range []error{
		&url.Error{Op: "Post", URL: secret, Err: errors.New("broken pipe")},
		fmt.Errorf("upload request to %v not sent, choose larger value for ChunkRetryDeadline", secret),
		fmt.Errorf("chunk upload failed after 3 attempts, final error: %w", &url.Error{Op: "Post", URL: secret, Err: io.EOF}),
	} {
		got := s.fault("put", "x", err)
		require.NotContains(t, got.Error(), "SECRET")
		require.ErrorIs(t, got, err)
		require.ErrorContains(t, got, "put x in gs://bucket/prefix")
	}
}
