package gcs

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holdfast/internal/store"
	"holdfast/internal/store/gcs/gcstest"
)

const (
	small = 10_000
	large = 5<<20 + 1 // three chunks of the smallest size
)

// errPassing stands for an error that is none of package store: the object may be
// there, and trying again later may help.
var errPassing = errors.New("a passing fault")

// faultRow is one fault and what a store makes of it.
type faultRow struct {
	name   string
	faults []gcstest.Fault
	setup  func(*testing.T, *gcstest.Server, *Store)
	run    func(*testing.T, *Store) error
	want   error // nil, an error of package store, or errPassing
}

// TestFaults: each fault ends in a stored object that is whole, or in a clear
// error; never in a wrong object, and with no goroutine left behind.
func TestFaults(t *testing.T) {
	for _, row := range slices.Concat(wholeFaults(), chunkFaults(), readFaults(), changeFaults(), listFaults()) {
		t.Run(row.name, func(t *testing.T) {
			server, stop := gcstest.Serve(t.TempDir(), "bucket")
			defer stop()
			s := open(t, server)
			s.patience = patience{request: 400 * time.Millisecond, faults: 600 * time.Millisecond, rate: 64 << 20, pause: 5 * time.Millisecond, maxPause: 50 * time.Millisecond}
			s.buffers.left = 0 // the smallest chunks
			if row.setup != nil {
				row.setup(t, server, s)
			}
			server.Plan(row.faults...)
			err := row.run(t, s)
			requireKind(t, row.want, err)
			server.AllFired(t)
			require.NoError(t, s.Close())
			stop()
			requireNoGoroutines(t)
		})
	}
}

// requireKind holds an error against the one that is wanted. Every error says
// what was done to what.
func requireKind(t *testing.T, want, got error) {
	t.Helper()
	if want == nil {
		require.NoError(t, got)
		return
	}
	require.Error(t, got)
	require.Contains(t, got.Error(), "gs://bucket/prefix")
	require.NotContains(t, got.Error(), "upload_id", "the address of an upload is as good as a credential")
	require.NotContains(t, got.Error(), "?", "nor any other query")
	if want != errPassing {
		require.ErrorIs(t, got, want)
		return
	}
	for _, definite := range []error{
		store.ErrNotExist, store.ErrPrecondition, store.ErrRefused, store.ErrHeld, store.ErrCorrupt, store.ErrName, context.Canceled, context.DeadlineExceeded,
	} {
		require.NotErrorIs(t, got, definite)
	}
}

func requireNoGoroutines(t *testing.T) {
	t.Helper()
	var stacks string
	require.Eventually(t, func() bool {
		buf := make([]byte, 1<<20)
		stacks = string(buf[:runtime.Stack(buf, true)])
		for _, ours := range []string{"gcs.(*Store)", "gcs.(*reader)", "storage.(*Writer)", "storage.(*httpStorageClient)", "gensupport.", "gcstest.(*"} {
			if strings.Contains(stacks, ours) {
				return false
			}
		}
		return true
	}, 5*time.Second, 10*time.Millisecond, "a goroutine is left behind")
}

// content makes bytes that no two sizes share.
func content(size int) []byte {
	data := make([]byte, size)
	r := rand.NewChaCha8([32]byte{byte(size), byte(size >> 8)})
	_, _ = r.Read(data)
	return data
}

// putting puts size bytes under the name x. Whatever comes of it, x is whole, or
// it is absent; absent it must be where the error says so, and what Put tells of
// it is what others see.
func putting(size int) func(*testing.T, *Store) error {
	return func(t *testing.T, s *Store) error {
		data := content(size)
		o, err := s.Put(t.Context(), "x", bytes.NewReader(data), store.IfAbsent())
		s.patience = hasty()
		st, serr := s.Stat(t.Context(), "x")
		if err == nil {
			require.NoError(t, serr)
			require.Equal(t, o, st)
		}
		if serr != nil {
			requireAway(t, serr)
			return err
		}
		require.NotErrorIs(t, err, store.ErrCorrupt, "what is wrong is deleted")
		got, rerr := store.ReadAll(t.Context(), s, "x", large)
		require.NoError(t, rerr)
		require.True(t, bytes.Equal(data, got), "another object than was put")
		return err
	}
}

// requireAway accepts that an object is absent, or its bucket.
func requireAway(t *testing.T, err error) {
	t.Helper()
	if !errors.Is(err, errNoBucket) {
		require.ErrorIs(t, err, store.ErrNotExist)
	}
}

func wholeFaults() []faultRow {
	insert := func(f gcstest.Fault) []gcstest.Fault {
		f.Op = gcstest.Insert
		return []gcstest.Fault{f}
	}
	put := putting(small)
	return []faultRow{
		{"put: 503 three times", insert(gcstest.Fault{Status: 503, Times: 3}), nil, put, nil},
		{"put: 408, 429, 500", slices.Concat(insert(gcstest.Fault{Status: 408}), insert(gcstest.Fault{Status: 429}), insert(gcstest.Fault{Status: 500})), nil, put, nil},
		{"put: a quota as 403", insert(gcstest.Fault{Status: 403, Reason: "rateLimitExceeded", Times: 2}), nil, put, nil},
		{"put: a reset", insert(gcstest.Fault{Reset: true}), nil, put, nil},
		{"put: a reset in mid-body", insert(gcstest.Fault{Reset: true, AfterBytes: 5000}), nil, put, nil},
		{"put: 503 in mid-body", insert(gcstest.Fault{Status: 503, AfterBytes: 5000}), nil, put, nil},
		{"put: a stall", insert(gcstest.Fault{Stall: true}), nil, put, nil},
		{"put: the reply is lost", insert(gcstest.Fault{Lost: true}), nil, put, nil},
		{"put: the reply is cut in mid-JSON", insert(gcstest.Fault{Cut: true}), nil, put, nil},
		{"put: the reply is lost, then 503 for ever, and for a while for the look", slices.Concat(insert(gcstest.Fault{Lost: true}), insert(gcstest.Fault{Status: 503, Times: -1}),
			[]gcstest.Fault{{Op: gcstest.Attrs, Status: 503, Times: 3}}), nil, put, nil},
		{"put: damaged on the way", insert(gcstest.Fault{Flip: true}), nil, put, store.ErrCorrupt},
		{"put: damaged, and the server does not notice", insert(gcstest.Fault{Flip: true, Unchecked: true}), nil, put, store.ErrCorrupt},
		{"put: 503 for ever", insert(gcstest.Fault{Status: 503, Times: -1}), nil, put, errPassing},
		{"put: a stall for ever", insert(gcstest.Fault{Stall: true, Times: -1}), nil, put, errPassing},
		{"put: 401", insert(gcstest.Fault{Status: 401}), nil, put, store.ErrRefused},
		{"put: 403", insert(gcstest.Fault{Status: 403}), nil, put, store.ErrRefused},
		{"put: no bucket", nil, func(_ *testing.T, server *gcstest.Server, _ *Store) { server.DeleteBucket("bucket") }, put, errNoBucket},
	}
}

func chunkFaults() []faultRow {
	var rows []faultRow
	put := putting(large)
	add := func(name string, want error, faults ...gcstest.Fault) {
		rows = append(rows, faultRow{"put in chunks: " + name, faults, nil, put, want})
	}
	for _, op := range []gcstest.Op{gcstest.Begin, gcstest.Chunk, gcstest.Final} {
		add("503 three times at "+string(op), nil, gcstest.Fault{Op: op, Status: 503, Times: 3})
		add("408, 429, 500 at "+string(op), nil, gcstest.Fault{Op: op, Status: 408}, gcstest.Fault{Op: op, Status: 429}, gcstest.Fault{Op: op, Status: 500})
		add("a reset at "+string(op), nil, gcstest.Fault{Op: op, Reset: true})
		add("503 for ever at "+string(op), errPassing, gcstest.Fault{Op: op, Status: 503, Times: -1})
		add("a stall for ever at "+string(op), errPassing, gcstest.Fault{Op: op, Stall: true, Times: -1})
		add("403 at "+string(op), store.ErrRefused, gcstest.Fault{Op: op, Status: 403})
	}
	for _, op := range []gcstest.Op{gcstest.Chunk, gcstest.Final} {
		add("503 in the middle of "+string(op), nil, gcstest.Fault{Op: op, Status: 503, AfterBytes: 300_000})
		add("a reset in the middle of "+string(op), nil, gcstest.Fault{Op: op, Reset: true, AfterBytes: 300_000})
		add("a stall in the middle of "+string(op), nil, gcstest.Fault{Op: op, Stall: true, AfterBytes: 300_000})
		add("the reply is lost of "+string(op), nil, gcstest.Fault{Op: op, Lost: true})
		add("damaged at "+string(op), store.ErrCorrupt, gcstest.Fault{Op: op, Flip: true})
	}
	final := gcstest.Fault{Op: gcstest.Final}
	then := func(f gcstest.Fault, status int) []gcstest.Fault {
		return []gcstest.Fault{f, {Op: gcstest.Final, Status: status}}
	}
	lost, flipped := final, final
	lost.Lost, flipped.Flip, flipped.Unchecked = true, true, true
	add("the last reply is cut in mid-JSON", nil, gcstest.Fault{Op: gcstest.Final, Cut: true})
	add("the last reply is lost, then the upload is forgotten (404)", nil, then(lost, 404)...)
	add("the last reply is lost, then the upload is forgotten (410)", nil, then(lost, 410)...)
	add("the last reply is lost, then our own object is in the way", nil, then(lost, 412)...)
	add("the upload is forgotten before it is whole", errPassing, gcstest.Fault{Op: gcstest.Chunk, After: 1, Status: 404})
	add("damaged, and the server does not notice", store.ErrCorrupt, flipped)
	rows = append(rows, faultRow{"put in chunks: no bucket", nil, func(_ *testing.T, server *gcstest.Server, _ *Store) { server.DeleteBucket("bucket") }, put, errNoBucket})
	return rows
}

// failing gives data and then an error.
type failing struct {
	io.Reader
	err error
}

func (f *failing) Read(p []byte) (int, error) {
	n, err := f.Reader.Read(p)
	if err == io.EOF {
		err = f.err
	}
	return n, err
}

func TestAReaderThatFailsInTheMiddleOfChunksStoresNothing(t *testing.T) {
	server := gcstest.Start(t, "bucket")
	s := open(t, server)
	s.buffers.left = 0
	own := errors.New("the site went away")
	for _, size := range []int{1, small, minChunk - 1, minChunk, minChunk + 1, large, 3 * minChunk} {
		_, err := s.Put(t.Context(), "x", &failing{bytes.NewReader(content(size)), own}, store.IfAbsent())
		require.Equal(t, own, err, "after %d bytes", size)
		require.Empty(t, server.Names("bucket"))
	}
	require.NoError(t, s.Close())
	requireNoGoroutines(t)
}

func TestWhatIsDamagedOnTheWayIsNeverStored(t *testing.T) {
	server := gcstest.Start(t, "bucket")
	s := open(t, server)
	s.buffers.left = 0
	server.Plan(gcstest.Fault{Op: gcstest.Insert, Flip: true}, gcstest.Fault{Op: gcstest.Chunk, Flip: true})
	for _, size := range []int{small, large} {
		_, err := store.PutBytes(t.Context(), s, "x", content(size), store.IfAbsent())
		require.ErrorIs(t, err, store.ErrCorrupt)
	}
	require.Zero(t, server.Requests(gcstest.Delete), "the server had the checksum, and nothing had to be deleted")
	server.AllFired(t)
}
