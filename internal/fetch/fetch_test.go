package fetch

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// site serves one file, by links that it forgets when it is told to.
type site struct {
	*httptest.Server
	data []byte
	etag string

	mu     sync.Mutex
	links  int            // that were given
	ranges []string       // that were asked for
	answer []http.Handler // instead of the file, one after the other
}

func newSite(t *testing.T, size int) *site {
	t.Helper()
	s := &site{data: make([]byte, size), etag: `"1"`}
	r := rand.NewChaCha8([32]byte{1})
	_, _ = r.Read(s.data)
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.ranges = append(s.ranges, r.Header.Get("Range"))
		var instead http.Handler
		if len(s.answer) > 0 {
			instead, s.answer = s.answer[0], s.answer[1:]
		}
		s.mu.Unlock()
		if instead != nil {
			instead.ServeHTTP(w, r)
			return
		}
		w.Header().Set("ETag", s.etag)
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(s.data))
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *site) file(t *testing.T) File {
	sum := sha256.Sum256(s.data)
	return File{
		Link: func(context.Context) (string, error) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.links++
			return fmt.Sprintf("%s/p?signature=secret%d", s.URL, s.links), nil
		},
		Size: int64(len(s.data)), SHA256: hex.EncodeToString(sum[:]), Part: filepath.Join(t.TempDir(), "backup.zip.part"), Retry: time.Millisecond,
	}
}

// broken sends the beginning of the rest that is asked for and breaks off.
func (s *site) broken(send int) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", s.etag)
		http.ServeContent(cut{w, &send}, r, "", time.Time{}, bytes.NewReader(s.data))
		panic(http.ErrAbortHandler)
	})
}

// cut is a writer that takes no more than left.
type cut struct {
	http.ResponseWriter
	left *int
}

func (c cut) Write(p []byte) (int, error) {
	if len(p) > *c.left {
		n, _ := c.ResponseWriter.Write(p[:*c.left])
		*c.left = 0
		c.ResponseWriter.(http.Flusher).Flush()
		return n, errors.New("cut off")
	}
	*c.left -= len(p)
	return c.ResponseWriter.Write(p)
}

func status(code int) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) })
}

func holds(t *testing.T, f File, want []byte) {
	t.Helper()
	got, err := os.ReadFile(f.Part)
	require.NoError(t, err)
	require.True(t, bytes.Equal(want, got))
}

func TestFetch(t *testing.T) {
	const size = 3 << 20
	for name, c := range map[string]struct {
		answer func(s *site) []http.Handler
		there  func(s *site) []byte // of an earlier fetch
		links  int
		ranges []string
	}{
		"at once": {links: 1, ranges: []string{""}},
		"a link that has ended: another one goes on": {
			answer: func(s *site) []http.Handler { return []http.Handler{s.broken(1 << 20), status(http.StatusForbidden)} },
			links:  3, ranges: []string{"", "bytes=1048576-", "bytes=1048576-"}},
		"a link whose server has gone, and a server in trouble": {
			answer: func(*site) []http.Handler {
				return []http.Handler{status(http.StatusGone), status(http.StatusBadGateway)}
			},
			links: 3, ranges: []string{"", "", ""}},
		"more links than failures in a row are borne, each a little further": {
			answer: func(s *site) (all []http.Handler) {
				for range maxFailures + 1 {
					all = append(all, s.broken(1000))
				}
				return all
			},
			links: 8, ranges: []string{"", "bytes=1000-", "bytes=2000-", "bytes=3000-", "bytes=4000-", "bytes=5000-", "bytes=6000-", "bytes=7000-"}},
		"another part than was asked for: it is not taken": {
			there: func(s *site) []byte { return s.data[:1000] },
			answer: func(s *site) []http.Handler {
				return []http.Handler{http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
					w.Header().Set("Content-Range", fmt.Sprintf("bytes 0-%d/%d", len(s.data)-1, len(s.data)))
					w.WriteHeader(http.StatusPartialContent)
					_, _ = w.Write(s.data)
				})}
			}, links: 2, ranges: []string{"bytes=1000-", "bytes=1000-"}},
		"an earlier fetch: it goes on": {
			there: func(s *site) []byte { return s.data[:1000] }, links: 1, ranges: []string{"bytes=1000-"}},
		"an earlier fetch had all of it": {there: func(s *site) []byte { return s.data }},
		"an earlier fetch of a file that was longer": {
			there: func(s *site) []byte { return make([]byte, size+1) }, links: 1, ranges: []string{""}},
		"an earlier fetch of another file: begun anew": {
			there: func(*site) []byte { return []byte("of another file") }, links: 2, ranges: []string{"bytes=15-", ""}},
		"a server without ranges: begun anew": {
			there: func(s *site) []byte { return s.data[:1000] },
			answer: func(s *site) []http.Handler {
				return []http.Handler{http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(s.data) })}
			}, links: 1, ranges: []string{"bytes=1000-"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, size)
			f := s.file(t)
			if c.answer != nil {
				s.answer = c.answer(s)
			}
			if c.there != nil {
				require.NoError(t, os.WriteFile(f.Part, c.there(s), 0o600))
			}
			var last int64
			f.Progress = func(done int64, _ string) { last = done }
			require.NoError(t, Fetch(t.Context(), f))
			holds(t, f, s.data)
			require.Equal(t, c.links, s.links)
			require.Equal(t, c.ranges, s.ranges)
			require.Equal(t, f.Size, last)
		})
	}
}

func TestFetchOfAFileThatChangedBeginsAnew(t *testing.T) {
	s := newSite(t, 1<<20)
	f := s.file(t)
	old := s.data
	s.data = bytes.Clone(old)
	s.data[0] ^= 1
	sum := sha256.Sum256(s.data)
	f.SHA256 = hex.EncodeToString(sum[:])
	s.answer = []http.Handler{http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"0"`)
		left := 1000
		http.ServeContent(cut{w, &left}, r, "", time.Time{}, bytes.NewReader(old))
		panic(http.ErrAbortHandler)
	})}
	require.NoError(t, Fetch(t.Context(), f))
	holds(t, f, s.data)
	require.Equal(t, []string{"", "bytes=1000-"}, s.ranges, "If-Range has the server send all of it")
}

func TestFetchGivesUp(t *testing.T) {
	t.Run("where nothing comes any more; what is there is kept, and nothing names the link", func(t *testing.T) {
		s := newSite(t, 1<<20)
		f := s.file(t)
		s.answer = append(s.answer, s.broken(1000))
		for range maxFailures {
			s.answer = append(s.answer, status(http.StatusForbidden))
		}
		var waited []string
		f.Progress = func(_ int64, waiting string) { waited = append(waited, waiting) }
		err := Fetch(t.Context(), f)
		require.ErrorContains(t, err, "does not take the link any more (403)")
		holds(t, f, s.data[:1000])
		s.Close()
		err = errors.Join(err, Fetch(t.Context(), f))
		require.ErrorContains(t, err, "does not answer")
		require.NotContains(t, err.Error(), "secret")
		require.NotContains(t, strings.Join(waited, "\n"), "secret")
		require.Contains(t, strings.Join(waited, "\n"), "has broken off")
		holds(t, f, s.data[:1000])
	})
	t.Run("at once where no link is to be had", func(t *testing.T) {
		s := newSite(t, 10)
		f := s.file(t)
		refused := errors.New("the download has expired")
		f.Link = func(context.Context) (string, error) { return "", refused }
		require.ErrorIs(t, Fetch(t.Context(), f), refused)
	})
	t.Run("when it is interrupted", func(t *testing.T) {
		s := newSite(t, 1<<20)
		f := s.file(t)
		ctx, interrupt := context.WithCancel(t.Context())
		f.Progress = func(done int64, _ string) {
			if done > 0 {
				interrupt()
			}
		}
		require.ErrorIs(t, Fetch(ctx, f), context.Canceled)
		f.Progress = nil
		require.NoError(t, Fetch(t.Context(), f))
		holds(t, f, s.data)
	})
	t.Run("where another file comes, which is not kept", func(t *testing.T) {
		s := newSite(t, 1<<20)
		f := s.file(t)
		f.SHA256 = strings.Repeat("0", 64)
		require.ErrorIs(t, Fetch(t.Context(), f), ErrDamaged)
		require.NoFileExists(t, f.Part)
	})
	t.Run("where another process fetches into the file", func(t *testing.T) {
		s := newSite(t, 10)
		f := s.file(t)
		other, err := os.Create(f.Part)
		require.NoError(t, err)
		defer other.Close()
		require.NoError(t, syscall.Flock(int(other.Fd()), syscall.LOCK_EX))
		require.ErrorIs(t, Fetch(t.Context(), f), ErrBusy)
	})
	t.Run("where a redirection would take it elsewhere", func(t *testing.T) {
		s := newSite(t, 10)
		f := s.file(t)
		elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("followed") }))
		defer elsewhere.Close()
		for range maxFailures {
			s.answer = append(s.answer, http.RedirectHandler(elsewhere.URL, http.StatusFound))
		}
		require.ErrorContains(t, Fetch(t.Context(), f), "302 Found")
	})
}
