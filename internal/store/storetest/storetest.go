// Package storetest is what every store.Store must do, as tests, and a Store
// that fails as planned.
package storetest

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/require"

	"holdfast/internal/store"
)

// Lack is something that a store must do and that the emulator behind it is known
// not to do.
type Lack string

// What emulators do not do.
const (
	NoConditionOfDelete Lack = "a deletion does not hold to its generation"
	NoConditionOfCopy   Lack = "a copy does not hold to its condition"

	NoConditionOfCompose Lack = "composing does not hold to its condition"
	NoGenerationOfParts  Lack = "composing takes parts of another generation than was asked for"
)

// Run runs the suite; open returns a new, empty store each time. Rules that need
// what lacks name are skipped, with that as the reason.
func Run(t *testing.T, open func(t *testing.T) store.Store, lacks ...Lack) {
	for _, test := range []struct {
		name  string
		run   func(*testing.T, store.Store)
		needs Lack // which the rule needs not to be
	}{
		{"a name that no object can have is refused by every method", names, ""},
		{"names with unusual characters are kept as they are", unusualNames, ""},
		{"Put, Stat and Get agree", putStatGet, ""},
		{"an object may be empty", empty, ""},
		{"an object may be large", large, ""},
		{"an object may be of any size around those of buffers", sizes, ""},
		{"a write without a condition is refused", zeroCondition, ""},
		{"IfAbsent does not overwrite", ifAbsent, ""},
		{"IfAbsent: of 16 racers exactly one wins", ifAbsentRace, ""},
		{"IfAbsent: of 16 racers with the same bytes exactly one wins", sameBytesRace, ""},
		{"IfGeneration overwrites that generation only", ifGeneration, ""},
		{"IfGeneration: of 16 racers exactly one wins each round", ifGenerationRace, ""},
		{"a generation is new with each write, even of the same bytes", generations, ""},
		{"Delete removes that generation only", deletes, NoConditionOfDelete},
		{"Delete of an absent object is no error", deleteAbsent, ""},
		{"folders come and go with their objects while others write", folderRace, ""},
		{"Get reads ranges", ranges, ""},
		{"a read past the end fails, and not with io.EOF", pastTheEnd, ""},
		{"Get of an absent object is ErrNotExist", absent, ""},
		{"List yields each object once, in the order of names", list, ""},
		{"a prefix need not end at a slash", listPrefix, ""},
		{"List yields many objects of one folder", listMany, ""},
		{"List may be left early and walked again", listBreak, ""},
		{"Folders yields folders, not objects", folders, ""},
		{"an error of the reader is returned as it is, and nothing is stored", readerError, ""},
		{"a reader may give single bytes, and data together with io.EOF", oddReaders, ""},
		{"who reads an object that is overwritten reads the old or the new one whole", overwrittenWhileRead, ""},
		{"a cancelled context ends every method", cancelled, ""},
		{"a context cancelled in the middle of a write stores nothing", cancelledWrite, ""},
		{"Copy makes an object that lives on without its source", copies, ""},
		{"Copy holds to its condition", copyConditions, NoConditionOfCopy},
		{"Compose makes one object of others, in their order", composes, ""},
		{"Compose takes 1 to 32 objects", composeCounts, ""},
		{"Compose of an absent object is ErrNotExist, and makes nothing", composeAbsent, ""},
		{"Compose holds to its condition", composeConditions, NoConditionOfCompose},
		{"Compose may take what it replaces", composeItself, NoConditionOfCompose},
		{"Compose: of 16 racers exactly one wins", composeRace, NoConditionOfCompose},
		{"who composes an object that is overwritten takes the old or the new one whole", composeOverwritten, NoGenerationOfParts},
		{"Probe passes and leaves nothing behind", probe, ""},
		{"the helpers of package store", helpers, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			if slices.Contains(lacks, test.needs) {
				t.Skipf("the emulator lacks it: %s", test.needs)
			}
			test.run(t, open(t))
		})
	}
}

func background(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	t.Cleanup(cancel)
	return ctx
}

func put(t *testing.T, s store.Store, name, content string) store.Object {
	t.Helper()
	o, err := store.PutBytes(background(t), s, name, []byte(content), store.IfAbsent())
	require.NoError(t, err)
	return o
}

func read(t *testing.T, s store.Store, name string) string {
	t.Helper()
	data, err := store.ReadAll(background(t), s, name, 1<<30)
	require.NoError(t, err)
	return string(data)
}

func crc(data []byte) uint32 { return crc32.Checksum(data, crc32.MakeTable(crc32.Castagnoli)) }

func names(t *testing.T, s store.Store) {
	ctx := background(t)
	o := put(t, s, "good", "x")
	for _, name := range []string{
		"", "/", "/a", "a/", "a//b", ".", "..", "a/..", "../a", "a/../b", "a/./b", "./a",
		"a\x00b", "a\nb", "a\x7f", "a\xffb", store.Reserved, store.Reserved + "/tmp/x",
		strings.Repeat("x", store.MaxElement+1), strings.Repeat("x/", store.MaxName/2) + "yy",
	} {
		_, err := s.Put(ctx, name, strings.NewReader("x"), store.IfAbsent())
		require.ErrorIs(t, err, store.ErrName, "Put %.40q", name)
		_, err = s.Get(ctx, name, 0, -1)
		require.ErrorIs(t, err, store.ErrName, "Get %.40q", name)
		_, err = s.Stat(ctx, name)
		require.ErrorIs(t, err, store.ErrName, "Stat %.40q", name)
		_, err = s.Copy(ctx, "good", name, store.IfAbsent())
		require.ErrorIs(t, err, store.ErrName, "Copy to %.40q", name)
		_, err = s.Copy(ctx, name, "new", store.IfAbsent())
		require.ErrorIs(t, err, store.ErrName, "Copy from %.40q", name)
		_, err = s.Compose(ctx, []string{"good"}, name, store.IfAbsent())
		require.ErrorIs(t, err, store.ErrName, "Compose to %.40q", name)
		_, err = s.Compose(ctx, []string{"good", name}, "new", store.IfAbsent())
		require.ErrorIs(t, err, store.ErrName, "Compose from %.40q", name)
		require.ErrorIs(t, s.Delete(ctx, name, o.Generation), store.ErrName, "Delete %.40q", name)
	}
	require.Equal(t, []string{"good"}, listed(t, s, ""))
}

func unusualNames(t *testing.T, s store.Store) {
	names := []string{
		".hidden", "...", "a b", "a%2Fb", "c:d", `back\slash`, "snow☃man/日本", "~user/x", "UPPER", "UPPER.txt",
		strings.Repeat("n", store.MaxElement), "e\u0301 decomposed", "\u00e9 composed", "*?[x]", "-rf", ".holdfastx", "x/.holdfast/y",
	}
	for _, name := range names {
		put(t, s, name, "content of "+name)
	}
	for _, name := range names {
		require.Equal(t, "content of "+name, read(t, s, name))
	}
	require.ElementsMatch(t, names, listed(t, s, ""))
}

func sizes(t *testing.T, s store.Store) {
	ctx := background(t)
	data := make([]byte, 8<<20+1)
	_, _ = rand.Read(data)
	for _, at := range []int{1, 32 << 10, 256 << 10, 1 << 20, 2 << 20, 8 << 20} {
		for size := at - 1; size <= at+1; size++ {
			name := fmt.Sprintf("%d bytes", size)
			o, err := s.Put(ctx, name, bytes.NewReader(data[:size]), store.IfAbsent())
			require.NoError(t, err, name)
			require.EqualValues(t, size, o.Size)
			require.Equal(t, crc(data[:size]), o.CRC32C)
			got, err := store.ReadAll(ctx, s, name, int64(size))
			require.NoError(t, err, name)
			require.True(t, bytes.Equal(data[:size], got), name)
			require.NoError(t, s.Delete(ctx, name, o.Generation))
		}
	}
}

func putStatGet(t *testing.T, s store.Store) {
	ctx := background(t)
	before := time.Now().Add(-5 * time.Minute)
	o := put(t, s, "a/b/c.txt", "hello")
	require.Equal(t, "a/b/c.txt", o.Name)
	require.EqualValues(t, 5, o.Size)
	require.Equal(t, crc([]byte("hello")), o.CRC32C)
	require.NotZero(t, o.Generation)
	require.True(t, o.Updated.After(before), "Updated is %v", o.Updated)
	st, err := s.Stat(ctx, "a/b/c.txt")
	require.NoError(t, err)
	require.Equal(t, o, st)
	require.Equal(t, "hello", read(t, s, "a/b/c.txt"))
}

func empty(t *testing.T, s store.Store) {
	o := put(t, s, "empty", "")
	require.Zero(t, o.Size)
	require.Zero(t, o.CRC32C)
	require.Empty(t, read(t, s, "empty"))
	require.Equal(t, []string{"empty"}, listed(t, s, ""))
}

func large(t *testing.T, s store.Store) {
	ctx := background(t)
	data := make([]byte, 5<<20+7)
	_, _ = rand.Read(data)
	o, err := s.Put(ctx, "large", bytes.NewReader(data), store.IfAbsent())
	require.NoError(t, err)
	require.EqualValues(t, len(data), o.Size)
	require.Equal(t, crc(data), o.CRC32C)
	got, err := store.ReadAll(ctx, s, "large", int64(len(data)))
	require.NoError(t, err)
	require.True(t, bytes.Equal(data, got))
	_, err = store.ReadAll(ctx, s, "large", int64(len(data))-1)
	require.ErrorContains(t, err, "larger than")
}

// onlyReader hides what else a reader can do.
type onlyReader struct{ r io.Reader }

func (r *onlyReader) Read(p []byte) (int, error) { return r.r.Read(p) }

func readerError(t *testing.T, s store.Store) {
	ctx := background(t)
	own := errors.New("the site went away")
	for _, n := range []int{0, 1, 3 << 20} {
		r := io.MultiReader(bytes.NewReader(make([]byte, n)), iotest.ErrReader(own))
		_, err := s.Put(ctx, "x/broken", r, store.IfAbsent())
		require.Equal(t, own, err, "after %d bytes", n)
		_, err = s.Stat(ctx, "x/broken")
		require.ErrorIs(t, err, store.ErrNotExist)
	}
	o := put(t, s, "x/whole", "old")
	_, err := s.Put(ctx, "x/whole", iotest.TimeoutReader(iotest.OneByteReader(strings.NewReader("new"))), store.IfGeneration(o.Generation))
	require.Equal(t, iotest.ErrTimeout, err)
	require.Equal(t, "old", read(t, s, "x/whole"))
	require.Equal(t, []string{"x/whole"}, listed(t, s, ""))
}

func oddReaders(t *testing.T, s store.Store) {
	ctx := background(t)
	for name, r := range map[string]io.Reader{
		"bytes": iotest.OneByteReader(strings.NewReader("content")),
		"eof":   iotest.DataErrReader(strings.NewReader("content")),
		"half":  iotest.HalfReader(strings.NewReader("content")),
	} {
		_, err := s.Put(ctx, name, r, store.IfAbsent())
		require.NoError(t, err)
		require.Equal(t, "content", read(t, s, name))
	}
}

func cancelled(t *testing.T, s store.Store) {
	o := put(t, s, "x", "x")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := s.Put(ctx, "y", strings.NewReader("y"), store.IfAbsent())
	require.ErrorIs(t, err, context.Canceled)
	_, err = s.Stat(ctx, "x")
	require.ErrorIs(t, err, context.Canceled)
	_, err = s.Copy(ctx, "x", "y", store.IfAbsent())
	require.ErrorIs(t, err, context.Canceled)
	_, err = s.Compose(ctx, []string{"x"}, "y", store.IfAbsent())
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorIs(t, s.Delete(ctx, "x", o.Generation), context.Canceled)
	r, err := s.Get(ctx, "x", 0, -1)
	if err == nil {
		_, err = io.ReadAll(r)
		require.NoError(t, r.Close())
	}
	require.ErrorIs(t, err, context.Canceled)
	err = nil
	for _, err = range s.List(ctx, "") {
	}
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, []string{"x"}, listed(t, s, ""))
}

func cancelledWrite(t *testing.T, s store.Store) {
	ctx, cancel := context.WithCancel(t.Context())
	r := io.MultiReader(strings.NewReader("some"), readFunc(func(p []byte) (int, error) {
		cancel()
		return copy(p, "more"), nil
	}))
	_, err := s.Put(ctx, "x", r, store.IfAbsent())
	require.ErrorIs(t, err, context.Canceled)
	require.Empty(t, listed(t, s, ""))
}

type readFunc func([]byte) (int, error)

func (f readFunc) Read(p []byte) (int, error) { return f(p) }

func probe(t *testing.T, s store.Store) {
	require.NoError(t, store.Probe(background(t), s))
	require.Empty(t, listed(t, s, ""))
}
