//go:build unix

package dir

import (
	"context"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/require"

	"holdfast/internal/store"
	"holdfast/internal/store/storetest"
)

func open(t testing.TB) *Store {
	t.Helper()
	s, err := Open(t.TempDir())
	require.NoError(t, err)
	t.Cleanup(func() { s.Close() })
	return s
}

func put(t *testing.T, s *Store, name, content string) store.Object {
	t.Helper()
	o, err := store.PutBytes(t.Context(), s, name, []byte(content), store.IfAbsent())
	require.NoError(t, err)
	return o
}

func TestConformance(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.Store { return open(t) })
}

func TestConformanceOfTwoProcesses(t *testing.T) {
	// Two Stores share nothing but the directory, as two processes do.
	storetest.Run(t, func(t *testing.T) store.Store {
		a := open(t)
		b, err := Open(a.path)
		require.NoError(t, err)
		return &alternating{stores: [2]*Store{a, b}}
	})
}

func TestOpen(t *testing.T) {
	base := t.TempDir()
	t.Run("makes the last element", func(t *testing.T) {
		s, err := Open(filepath.Join(base, "new store"))
		require.NoError(t, err)
		require.Equal(t, "file://"+base+"/new%20store", s.URL())
	})
	t.Run("does not make more: a disk may not be mounted", func(t *testing.T) {
		_, err := Open(filepath.Join(base, "not/mounted"))
		require.ErrorContains(t, err, "create the directory")
	})
	t.Run("a file is no directory", func(t *testing.T) {
		path := filepath.Join(base, "file")
		require.NoError(t, os.WriteFile(path, nil, 0o600))
		_, err := Open(path)
		require.ErrorContains(t, err, "must be a directory")
	})
}

func TestTemporaryFiles(t *testing.T) {
	s := open(t)
	put(t, s, "x", "x")
	temps := func() int {
		entries, err := os.ReadDir(filepath.Join(s.path, tempDir))
		require.NoError(t, err)
		return len(entries)
	}
	t.Run("none is left by writes, failed ones included", func(t *testing.T) {
		_, err := s.Put(t.Context(), "y", iotest.ErrReader(syscall.EIO), store.IfAbsent())
		require.Equal(t, syscall.EIO, err)
		require.Zero(t, temps())
	})
	t.Run("that of a dead writer shows nowhere and is swept", func(t *testing.T) {
		require.NoError(t, os.WriteFile(filepath.Join(s.path, tempDir, "dead"), []byte("half"), 0o600))
		for o, err := range s.List(t.Context(), "") {
			require.NoError(t, err)
			require.Equal(t, "x", o.Name)
		}
		_, err := Open(s.path)
		require.NoError(t, err)
		require.Zero(t, temps())
	})
	t.Run("that of a living writer stays, and the write succeeds", func(t *testing.T) {
		r := readerFunc(func(p []byte) (int, error) {
			require.Equal(t, 1, temps())
			_, err := Open(s.path)
			require.NoError(t, err)
			require.Equal(t, 1, temps())
			return strings.NewReader("living").Read(p)
		})
		_, err := s.Put(t.Context(), "living", iotest.DataErrReader(&once{r: r}), store.IfAbsent())
		require.NoError(t, err)
		data, err := store.ReadAll(t.Context(), s, "living", 100)
		require.NoError(t, err)
		require.Equal(t, "living", string(data))
		require.Zero(t, temps())
	})
}

func TestSymbolicLinksAreNoObjects(t *testing.T) {
	outside := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(outside, "secret"), []byte("secret"), 0o600))
	s := open(t)
	put(t, s, "a/x", "x")
	require.NoError(t, os.Symlink(filepath.Join(outside, "secret"), filepath.Join(s.path, "a/link")))
	require.NoError(t, os.Symlink(outside, filepath.Join(s.path, "folder")))
	require.NoError(t, syscall.Mkfifo(filepath.Join(s.path, "a/pipe"), 0o600))

	for _, name := range []string{"a/link", "folder/secret", "a/pipe"} {
		_, err := s.Get(t.Context(), name, 0, -1)
		require.Error(t, err, name)
		_, err = s.Stat(t.Context(), name)
		require.Error(t, err, name)
	}
	_, err := store.PutBytes(t.Context(), s, "folder/new", []byte("x"), store.IfAbsent())
	require.Error(t, err)
	require.NoFileExists(t, filepath.Join(outside, "new"))
	require.Error(t, s.Delete(t.Context(), "folder/secret", 1))
	require.FileExists(t, filepath.Join(outside, "secret"))
	var names []string
	for o, err := range s.List(t.Context(), "") {
		require.NoError(t, err)
		names = append(names, o.Name)
	}
	require.Equal(t, []string{"a/x"}, names)
}

func TestANameThatIsAFolder(t *testing.T) {
	s := open(t)
	put(t, s, "a/x", "x")
	_, err := store.PutBytes(t.Context(), s, "a/x/y", nil, store.IfAbsent())
	require.ErrorIs(t, err, store.ErrName)
	_, err = store.PutBytes(t.Context(), s, "a", nil, store.IfAbsent())
	require.Error(t, err)
}

func TestDeleteRemovesEmptyFolders(t *testing.T) {
	s := open(t)
	o := put(t, s, "a/b/c/x", "x")
	other := put(t, s, "a/y", "y")
	require.NoError(t, s.Delete(t.Context(), "a/b/c/x", o.Generation))
	require.NoDirExists(t, filepath.Join(s.path, "a/b"))
	require.NoError(t, s.Delete(t.Context(), "a/y", other.Generation))
	require.NoDirExists(t, filepath.Join(s.path, "a"))
}

func TestCopyIsALink(t *testing.T) {
	s := open(t)
	put(t, s, "src", strings.Repeat("x", 1000))
	_, err := s.Copy(t.Context(), "src", "a/dst", store.IfAbsent())
	require.NoError(t, err)
	a, err := os.Stat(filepath.Join(s.path, "src"))
	require.NoError(t, err)
	b, err := os.Stat(filepath.Join(s.path, "a/dst"))
	require.NoError(t, err)
	require.True(t, os.SameFile(a, b))
}

func TestEntriesInWindows(t *testing.T) {
	s := open(t)
	var want []string
	for c := 'a'; c <= 'z'; c++ {
		name := "f/" + string(c)
		if c%5 == 0 {
			name += "/sub"
			want = append(want, string(c)+"/")
		} else {
			want = append(want, string(c))
		}
		put(t, s, name, "")
	}
	for _, limit := range []int{1, 2, 7, 12, 13, 25, 26, 27, 100} {
		var got []string
		for entry, err := range s.entries(t.Context(), "f/", "", limit) {
			require.NoError(t, err)
			got = append(got, entry)
		}
		require.Equal(t, want, got, "windows of %d", limit)
	}
}

func TestFaults(t *testing.T) {
	s := open(t)
	for err, want := range map[error]error{
		syscall.EACCES: store.ErrRefused, syscall.EPERM: store.ErrRefused, syscall.EROFS: store.ErrRefused,
		syscall.ENAMETOOLONG: store.ErrName, syscall.ENOENT: store.ErrNotExist,
		syscall.ENOSPC: syscall.ENOSPC, syscall.EIO: syscall.EIO, context.Canceled: context.Canceled,
	} {
		got := s.fault("put", "x", &os.PathError{Op: "open", Path: "secret/path", Err: err})
		require.ErrorIs(t, got, want)
		require.ErrorContains(t, got, "put x in "+s.path)
		require.NotContains(t, got.Error(), "secret")
	}
	for _, err := range []error{syscall.ENOSPC, syscall.EIO} {
		got := s.fault("put", "x", err)
		for _, definite := range []error{store.ErrPrecondition, store.ErrName, store.ErrRefused, store.ErrCorrupt, store.ErrNotExist} {
			require.NotErrorIs(t, got, definite, "a full or failing disk is ambiguous")
		}
	}
}

func TestReadOnlyDirectory(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("root may write everywhere; TestFaults covers how refusals are told")
	}
	s := open(t)
	put(t, s, "x", "x")
	require.NoError(t, os.Chmod(filepath.Join(s.path, tempDir), 0o500))
	t.Cleanup(func() { _ = os.Chmod(filepath.Join(s.path, tempDir), 0o700) })
	err := store.Probe(t.Context(), s)
	require.ErrorIs(t, err, store.ErrRefused)
	require.ErrorContains(t, err, "permissions")
	data, err := store.ReadAll(t.Context(), s, "x", 10)
	require.NoError(t, err)
	require.Equal(t, "x", string(data))
}

func TestTheLockIsHeldAcrossProcesses(t *testing.T) {
	a := open(t)
	o := put(t, a, "x", "x")
	b, err := Open(a.path)
	require.NoError(t, err)
	unlock, err := a.lock(t.Context())
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	require.ErrorIs(t, b.Delete(ctx, "x", o.Generation), context.DeadlineExceeded)
	unlock()
	require.NoError(t, b.Delete(t.Context(), "x", o.Generation))
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func TestAWriterMakesAFolderAgainThatIsRemovedUnderIt(t *testing.T) {
	s := open(t)
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() {
		for { // as a Delete does, all the time
			unlock, err := s.lock(ctx)
			if err != nil {
				return
			}
			for folder := "deep/er/folder"; folder != "."; folder = path.Dir(folder) {
				_ = s.root.Remove(folder)
			}
			unlock()
		}
	})
	for range 30 {
		o := put(t, s, "deep/er/folder/x", "x")
		_, err := s.Copy(t.Context(), "deep/er/folder/x", "deep/other/x", store.IfAbsent())
		require.NoError(t, err)
		require.NoError(t, s.Delete(t.Context(), "deep/er/folder/x", o.Generation))
		require.NoError(t, s.Delete(t.Context(), "deep/other/x", o.Generation))
	}
	cancel()
	wg.Wait()
}
