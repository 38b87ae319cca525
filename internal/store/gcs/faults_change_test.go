package gcs

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holdfast/internal/store"
	"holdfast/internal/store/gcs/gcstest"
)

// copying copies x to y. Whatever comes of it, y is whole or absent, and x stays.
func copying(t *testing.T, s *Store) error {
	o, err := s.Copy(t.Context(), "x", "y", store.IfAbsent())
	s.patience = hasty()
	st, serr := s.Stat(t.Context(), "y")
	if err == nil {
		require.NoError(t, serr)
		require.Equal(t, o, st)
	}
	if serr != nil {
		requireAway(t, serr)
		return err
	}
	got, rerr := store.ReadAll(t.Context(), s, "y", large)
	require.NoError(t, rerr)
	require.Equal(t, content(small), got)
	return err
}

// composing makes y of x twice. Whatever comes of it, y is whole or absent, and x
// stays.
func composing(t *testing.T, s *Store) error {
	o, err := s.Compose(t.Context(), []string{"x", "x"}, "y", store.IfAbsent())
	s.patience = hasty()
	st, serr := s.Stat(t.Context(), "y")
	if err == nil {
		require.NoError(t, serr)
		require.Equal(t, o, st)
	}
	if serr != nil {
		requireAway(t, serr)
		return err
	}
	got, rerr := store.ReadAll(t.Context(), s, "y", large)
	require.NoError(t, rerr)
	require.Equal(t, append(content(small), content(small)...), got)
	return err
}

// deleting deletes the generation of x that there is. Whatever comes of it, a nil
// says that x is gone.
func deleting(t *testing.T, s *Store) error {
	all := hasty()
	all, s.patience = s.patience, all
	o, err := s.Stat(t.Context(), "x")
	require.NoError(t, err)
	s.patience = all
	err = s.Delete(t.Context(), "x", o.Generation)
	s.patience = hasty()
	_, serr := s.Stat(t.Context(), "x")
	if err == nil {
		require.ErrorIs(t, serr, store.ErrNotExist)
	}
	return err
}

func changeFaults() []faultRow {
	var rows []faultRow
	steps := func(t *testing.T, server *gcstest.Server, s *Store) {
		stored(small)(t, server, s)
		server.RewriteStep = small / 4
	}
	addCopy := func(name string, want error, faults ...gcstest.Fault) {
		for i := range faults {
			faults[i].Op = gcstest.Rewrite
		}
		rows = append(rows, faultRow{"copy: " + name, faults, steps, copying, want})
	}
	addCompose := func(name string, want error, faults ...gcstest.Fault) {
		for i := range faults {
			if faults[i].Op == "" {
				faults[i].Op = gcstest.Compose
			}
		}
		rows = append(rows, faultRow{"compose: " + name, faults, stored(small), composing, want})
	}
	addDelete := func(name string, want error, faults ...gcstest.Fault) {
		for i := range faults {
			faults[i].Op = gcstest.Delete
		}
		rows = append(rows, faultRow{"delete: " + name, faults, stored(small), deleting, want})
	}
	for _, add := range []func(string, error, ...gcstest.Fault){addCopy, addCompose, addDelete} {
		add("503 three times", nil, gcstest.Fault{Status: 503, Times: 3})
		add("408, 429, 500", nil, gcstest.Fault{Status: 408}, gcstest.Fault{Status: 429}, gcstest.Fault{Status: 500})
		add("a reset", nil, gcstest.Fault{Reset: true})
		add("503 for ever", errPassing, gcstest.Fault{Status: 503, Times: -1})
		add("a stall for ever", errPassing, gcstest.Fault{Stall: true, Times: -1})
		add("401", store.ErrRefused, gcstest.Fault{Status: 401})
		add("403", store.ErrRefused, gcstest.Fault{Status: 403})
	}
	addDelete("a stall", nil, gcstest.Fault{Stall: true})
	addDelete("the reply is lost", nil, gcstest.Fault{Lost: true})
	addCopy("503 between the steps", nil, gcstest.Fault{Status: 503, After: 1}, gcstest.Fault{Status: 503, After: 2, Times: 2})
	addCopy("the last reply is lost", nil, gcstest.Fault{Lost: true, After: 3})
	addCopy("the last reply is cut in mid-JSON", nil, gcstest.Fault{Cut: true, After: 3})
	addCopy("a step's reply is lost", nil, gcstest.Fault{Lost: true, After: 1})
	addCopy("the copy has another checksum", store.ErrCorrupt, gcstest.Fault{Flip: true, After: 3})
	addCompose("a stall", nil, gcstest.Fault{Stall: true})
	addCompose("the reply is lost", nil, gcstest.Fault{Lost: true})
	addCompose("the reply is cut in mid-JSON", nil, gcstest.Fault{Cut: true})
	addCompose("the reply is lost, then 503 for ever, and for a while for the look", nil,
		gcstest.Fault{Lost: true}, gcstest.Fault{Status: 503, Times: -1}, gcstest.Fault{Op: gcstest.Attrs, After: 2, Status: 503, Times: 3})
	addCompose("503 for the look at a part", nil, gcstest.Fault{Op: gcstest.Attrs, Status: 503, Times: 3})
	addCompose("what comes of it has another checksum", store.ErrCorrupt, gcstest.Fault{Flip: true})
	addCompose("what comes of it has another checksum, and the server does not notice", store.ErrCorrupt, gcstest.Fault{Flip: true, Unchecked: true})
	return append(rows,
		faultRow{"compose: a part is deleted meanwhile", nil, func(t *testing.T, server *gcstest.Server, s *Store) {
			stored(small)(t, server, s)
			server.Plan(gcstest.Fault{Op: gcstest.Compose, Unchecked: true, Before: func() { server.Remove("bucket", "prefix/x") }})
		}, composing, store.ErrNotExist},
		faultRow{"compose: a part is replaced meanwhile", nil, func(t *testing.T, server *gcstest.Server, s *Store) {
			stored(small)(t, server, s)
			server.Plan(gcstest.Fault{Op: gcstest.Compose, Unchecked: true, Before: func() { replace(t, s) }})
		}, composing, store.ErrNotExist},
		faultRow{"compose: the reply is lost, and the parts are gone when it is repeated", nil, func(t *testing.T, server *gcstest.Server, s *Store) {
			stored(small)(t, server, s)
			server.Plan(gcstest.Fault{Op: gcstest.Compose, Lost: true}, gcstest.Fault{Op: gcstest.Compose, Unchecked: true, Before: func() { server.Remove("bucket", "prefix/x") }})
		}, composing, nil},
		faultRow{"compose: no bucket", nil, func(_ *testing.T, server *gcstest.Server, _ *Store) { server.DeleteBucket("bucket") }, composing, errNoBucket},
		faultRow{"compose: the bucket goes away", nil, func(t *testing.T, server *gcstest.Server, s *Store) {
			stored(small)(t, server, s)
			server.Plan(gcstest.Fault{Op: gcstest.Compose, Unchecked: true, Before: func() { server.DeleteBucket("bucket") }})
		}, composing, errNoBucket},
		faultRow{"copy: the source is deleted between the steps", nil, func(t *testing.T, server *gcstest.Server, s *Store) {
			steps(t, server, s)
			server.Plan(gcstest.Fault{Op: gcstest.Rewrite, After: 1, Unchecked: true, Before: func() { server.Remove("bucket", "prefix/x") }})
		}, copying, store.ErrNotExist},
		faultRow{"copy: the source is replaced between the steps", nil, func(t *testing.T, server *gcstest.Server, s *Store) {
			steps(t, server, s)
			server.Plan(gcstest.Fault{Op: gcstest.Rewrite, After: 1, Unchecked: true, Before: func() { replace(t, s) }})
		}, copying, store.ErrNotExist},
		faultRow{"copy: no bucket", nil, func(_ *testing.T, server *gcstest.Server, _ *Store) { server.DeleteBucket("bucket") }, copying, errNoBucket},
		faultRow{"delete: the bucket goes away", nil, func(t *testing.T, server *gcstest.Server, s *Store) {
			stored(small)(t, server, s)
			server.Plan(gcstest.Fault{Op: gcstest.Delete, Unchecked: true, Before: func() { server.DeleteBucket("bucket") }})
		}, deleting, errNoBucket},
		faultRow{"delete: a temporary hold", nil, func(t *testing.T, server *gcstest.Server, s *Store) {
			stored(small)(t, server, s)
			server.Hold("bucket", "prefix/x", true, false)
		}, deleting, store.ErrHeld},
		faultRow{"delete: an event-based hold", nil, func(t *testing.T, server *gcstest.Server, s *Store) {
			stored(small)(t, server, s)
			server.Hold("bucket", "prefix/x", false, true)
		}, deleting, store.ErrHeld},
		faultRow{"delete: a retention policy", nil, func(t *testing.T, server *gcstest.Server, s *Store) {
			stored(small)(t, server, s)
			server.Retain("bucket", time.Hour)
		}, deleting, store.ErrHeld},
	)
}

func TestHeldObjects(t *testing.T) {
	server := gcstest.Start(t, "bucket")
	s := open(t, server)
	stored(small)(t, server, s)
	o, err := s.Stat(t.Context(), "x")
	require.NoError(t, err)
	server.Retain("bucket", time.Hour)

	t.Run("are not replaced, in one request, in chunks, or by a copy", func(t *testing.T) {
		s.buffers.left = 0
		for _, size := range []int{small, large} {
			_, err := store.PutBytes(t.Context(), s, "x", content(size), store.IfGeneration(o.Generation))
			require.ErrorIs(t, err, store.ErrHeld)
		}
		_, err := store.PutBytes(t.Context(), s, "y", nil, store.IfAbsent())
		require.NoError(t, err)
		_, err = s.Copy(t.Context(), "y", "x", store.IfGeneration(o.Generation))
		require.ErrorIs(t, err, store.ErrHeld)
		_, err = s.Compose(t.Context(), []string{"y"}, "x", store.IfGeneration(o.Generation))
		require.ErrorIs(t, err, store.ErrHeld)
	})
	t.Run("the error says until when, and is a refusal", func(t *testing.T) {
		err := s.Delete(t.Context(), "x", o.Generation)
		require.ErrorIs(t, err, store.ErrHeld)
		require.ErrorIs(t, err, store.ErrRefused)
		require.ErrorContains(t, err, "until "+o.Updated.Add(time.Hour).Format("2006-01-02T15:04"))
	})
	t.Run("may be deleted once they are free", func(t *testing.T) {
		server.Retain("bucket", 0)
		require.NoError(t, s.Delete(t.Context(), "x", o.Generation))
	})
	t.Run("keep the probe from passing, which says why", func(t *testing.T) {
		server.Retain("bucket", time.Hour)
		err := store.Probe(t.Context(), s)
		require.ErrorIs(t, err, store.ErrHeld)
		require.ErrorContains(t, err, "retention policy")
	})
}
