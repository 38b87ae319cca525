package gcs

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holdfast/internal/store"
	"holdfast/internal/store/gcs/gcstest"
)

// stored puts size bytes under the name x.
func stored(size int) func(*testing.T, *gcstest.Server, *Store) {
	return func(t *testing.T, _ *gcstest.Server, s *Store) {
		_, err := store.PutBytes(t.Context(), s, "x", content(size), store.IfAbsent())
		require.NoError(t, err)
	}
}

// reading reads x from offset on, and what it gives before an error is right.
func reading(size, offset int) func(*testing.T, *Store) error {
	return func(t *testing.T, s *Store) error {
		r, err := s.Get(t.Context(), "x", int64(offset), -1)
		if err != nil {
			return err
		}
		got, err := io.ReadAll(r)
		require.NoError(t, r.Close())
		if err == nil || !errors.Is(err, store.ErrCorrupt) {
			require.True(t, bytes.HasPrefix(content(size)[offset:], got), "other bytes than were put")
		}
		if err == nil {
			require.Len(t, got, size-offset)
		}
		return err
	}
}

func readFaults() []faultRow {
	var rows []faultRow
	add := func(name string, want error, faults ...gcstest.Fault) {
		for i := range faults {
			faults[i].Op = gcstest.Read
		}
		rows = append(rows, faultRow{"get: " + name, faults, stored(large), reading(large, 0), want})
	}
	add("503 three times", nil, gcstest.Fault{Status: 503, Times: 3})
	add("408, 429, 500", nil, gcstest.Fault{Status: 408}, gcstest.Fault{Status: 429}, gcstest.Fault{Status: 500})
	add("a reset", nil, gcstest.Fault{Reset: true})
	add("a stall", nil, gcstest.Fault{Stall: true})
	add("broken in the middle, again and again", nil,
		gcstest.Fault{Reset: true, AfterBytes: 1}, gcstest.Fault{Reset: true, AfterBytes: 1 << 20}, gcstest.Fault{Status: 503}, gcstest.Fault{Reset: true, AfterBytes: 3 << 20})
	add("a stall in the middle", nil, gcstest.Fault{Stall: true, AfterBytes: 1 << 20})
	add("a stall for ever", errPassing, gcstest.Fault{Stall: true, Times: -1})
	add("a stall in the middle for ever", errPassing, gcstest.Fault{Stall: true, AfterBytes: 1 << 20}, gcstest.Fault{Stall: true, Times: -1})
	add("503 for ever", errPassing, gcstest.Fault{Status: 503, Times: -1})
	add("damaged on the way", store.ErrCorrupt, gcstest.Fault{Flip: true})
	add("damaged on the way after a break", store.ErrCorrupt, gcstest.Fault{Reset: true, AfterBytes: 1 << 20}, gcstest.Fault{Flip: true})
	add("401", store.ErrRefused, gcstest.Fault{Status: 401})
	add("403", store.ErrRefused, gcstest.Fault{Status: 403})
	return append(rows,
		faultRow{"get: a range that breaks off", []gcstest.Fault{{Op: gcstest.Read, Reset: true, AfterBytes: 1000}}, stored(large), reading(large, 1<<20), nil},
		faultRow{"get: rotten in the bucket", nil, func(t *testing.T, server *gcstest.Server, s *Store) {
			stored(large)(t, server, s)
			require.NoError(t, server.Corrupt("bucket", "prefix/x", 4<<20))
		}, reading(large, 0), store.ErrCorrupt},
		faultRow{"get: deleted in the middle of a read that breaks off", []gcstest.Fault{{Op: gcstest.Read, Reset: true, AfterBytes: 1 << 20}},
			func(t *testing.T, server *gcstest.Server, s *Store) {
				stored(large)(t, server, s)
				server.Plan(gcstest.Fault{Op: gcstest.Read, After: 1, Unchecked: true, Before: func() { server.Remove("bucket", "prefix/x") }})
			}, reading(large, 0), store.ErrNotExist},
		faultRow{"get: replaced in the middle of a read that stands still", []gcstest.Fault{{Op: gcstest.Read, Stall: true, AfterBytes: 1 << 20}},
			func(t *testing.T, server *gcstest.Server, s *Store) {
				stored(large)(t, server, s)
				server.Plan(gcstest.Fault{Op: gcstest.Read, After: 1, Unchecked: true, Before: func() { replace(t, s) }})
			}, reading(large, 0), store.ErrNotExist},
		faultRow{"get: no bucket", nil, func(_ *testing.T, server *gcstest.Server, _ *Store) { server.DeleteBucket("bucket") }, reading(1, 0), errNoBucket},
		faultRow{"get: no bucket, of a range", nil, func(_ *testing.T, server *gcstest.Server, _ *Store) { server.DeleteBucket("bucket") }, reading(1, 1), errNoBucket},
		faultRow{"stat: 503 three times", []gcstest.Fault{{Op: gcstest.Attrs, Status: 503, Times: 3}}, stored(1), stat, nil},
		faultRow{"stat: a stall", []gcstest.Fault{{Op: gcstest.Attrs, Stall: true}}, stored(1), stat, nil},
		faultRow{"stat: the reply is cut in mid-JSON", []gcstest.Fault{{Op: gcstest.Attrs, Cut: true}}, stored(1), stat, nil},
		faultRow{"stat: 404 in words of a proxy's, of an object", []gcstest.Fault{{Op: gcstest.Attrs, Status: http.StatusNotFound, Message: "Not Found"}}, stored(1), stat, store.ErrNotExist},
		faultRow{"stat: 404 in words of a proxy's, of a bucket", []gcstest.Fault{{Op: gcstest.Attrs, Status: http.StatusNotFound, Message: "Not Found"}},
			func(_ *testing.T, server *gcstest.Server, _ *Store) { server.DeleteBucket("bucket") }, stat, errNoBucket},
		faultRow{"stat: no bucket", nil, func(_ *testing.T, server *gcstest.Server, _ *Store) { server.DeleteBucket("bucket") }, stat, errNoBucket},
	)
}

// replace puts an object of another content in x's place.
func replace(t *testing.T, s *Store) {
	if _, err := store.Replace(t.Context(), s, "x", content(large+1)); err != nil {
		t.Error(err)
	}
}

func stat(t *testing.T, s *Store) error {
	_, err := s.Stat(t.Context(), "x")
	return err
}

func listFaults() []faultRow {
	names := []string{"a/1", "a/2", "b", "c/1"}
	filled := func(t *testing.T, _ *gcstest.Server, s *Store) {
		for _, name := range names {
			_, err := store.PutBytes(t.Context(), s, name, nil, store.IfAbsent())
			require.NoError(t, err)
		}
	}
	listing := func(t *testing.T, s *Store) error {
		var got []string
		for o, err := range s.List(t.Context(), "") {
			if err != nil {
				return err
			}
			got = append(got, o.Name)
		}
		require.Equal(t, names, got)
		return nil
	}
	var rows []faultRow
	add := func(name string, want error, fault gcstest.Fault) {
		fault.Op = gcstest.List
		rows = append(rows, faultRow{"list: " + name, []gcstest.Fault{fault}, filled, listing, want})
	}
	add("503 three times", nil, gcstest.Fault{Status: 503, Times: 3})
	add("a reset", nil, gcstest.Fault{Reset: true})
	add("a stall", nil, gcstest.Fault{Stall: true})
	add("a page cut in mid-JSON", nil, gcstest.Fault{Cut: true})
	add("503 for ever", errPassing, gcstest.Fault{Status: 503, Times: -1})
	add("403", store.ErrRefused, gcstest.Fault{Status: 403})
	return append(rows, faultRow{"list: no bucket", nil, func(_ *testing.T, server *gcstest.Server, _ *Store) { server.DeleteBucket("bucket") }, listing, errNoBucket})
}

func TestSixteenRacersInBadWeather(t *testing.T) {
	server := gcstest.Start(t, "bucket")
	s := open(t, server)
	server.Plan(
		gcstest.Fault{Op: gcstest.Insert, Lost: true, After: 2, Times: 5}, gcstest.Fault{Op: gcstest.Insert, Status: 503, Times: 5}, gcstest.Fault{Op: gcstest.Insert, Cut: true, After: 1},
	)
	// All of them write the same bytes: only the id of a write tells whose it is.
	var wg sync.WaitGroup
	errs := make([]error, 16)
	for i := range errs {
		wg.Go(func() { _, errs[i] = store.PutBytes(t.Context(), s, "x", []byte("same"), store.IfAbsent()) })
	}
	wg.Wait()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
			continue
		}
		require.ErrorIs(t, err, store.ErrPrecondition)
	}
	require.Equal(t, 1, won)
	server.AllFired(t)
}

func TestTheCallersContextEndsWhatStandsStill(t *testing.T) {
	server := gcstest.Start(t, "bucket")
	s := open(t, server)
	s.patience.request = time.Hour
	s.buffers.left = 0
	stored(large)(t, server, s)
	for _, op := range []gcstest.Op{gcstest.Insert, gcstest.Begin, gcstest.Chunk, gcstest.Final, gcstest.Attrs, gcstest.Delete, gcstest.Rewrite, gcstest.List, gcstest.Read} {
		ctx, cancel := context.WithCancel(t.Context())
		server.Plan(gcstest.Fault{Op: op, Stall: true, Before: func() { time.AfterFunc(50*time.Millisecond, cancel) }})
		var err error
		switch op {
		case gcstest.Insert:
			_, err = store.PutBytes(ctx, s, "new", nil, store.IfAbsent())
		case gcstest.Begin, gcstest.Chunk, gcstest.Final:
			_, err = store.PutBytes(ctx, s, "new", content(large), store.IfAbsent())
		case gcstest.Attrs:
			_, err = s.Stat(ctx, "x")
		case gcstest.Delete:
			err = s.Delete(ctx, "x", 1)
		case gcstest.Rewrite:
			_, err = s.Copy(ctx, "x", "new", store.IfAbsent())
		case gcstest.List:
			for _, err = range s.List(ctx, "") {
			}
		case gcstest.Read:
			_, err = store.ReadAll(ctx, s, "x", large)
		}
		cancel()
		require.ErrorIs(t, err, context.Canceled, op)
		require.Equal(t, []string{"prefix/x"}, server.Names("bucket"), op)
	}
	server.AllFired(t)
}
