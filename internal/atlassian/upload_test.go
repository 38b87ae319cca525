package atlassian

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/require"
)

// upload is one of these bytes, said to be so many.
func upload(content io.Reader, size int64) Upload {
	return Upload{
		Request: Request{Route: "POST /rest/api/3/issue/{issueIdOrKey}/attachments", Path: []string{"10001"}},
		Field:   "file", Fields: map[string]string{"comment": "as it was"}, Name: "a \"b\" \u00fc.png", Type: "image/png", Size: size,
		Open: func(context.Context) (io.ReadCloser, error) { return io.NopCloser(content), nil },
	}
}

func TestAFileIsSentWholeWithItsLengthAndName(t *testing.T) {
	content := bytes.Repeat([]byte("0123456789"), 100_000)
	var got *http.Request
	var sent []byte
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		got = r
		file, head, err := r.FormFile("file")
		if err != nil {
			answer(w, 400, `{}`)
			return
		}
		sent, _ = io.ReadAll(file)
		require.Equal(t, "a \"b\" \u00fc.png", head.Filename)
		require.Equal(t, "image/png", head.Header.Get("Content-Type"))
		require.Equal(t, "as it was", r.FormValue("comment"))
		answer(w, 200, `[{"id":"20001"}]`)
	})
	reply, err := c.Upload(t.Context(), upload(bytes.NewReader(content), int64(len(content))))
	require.NoError(t, err)
	require.JSONEq(t, `[{"id":"20001"}]`, string(reply.Body))
	require.Equal(t, content, sent)
	require.Equal(t, "no-check", got.Header.Get("X-Atlassian-Token"))
	require.Empty(t, got.TransferEncoding, "the length is told")
	require.Greater(t, got.ContentLength, int64(len(content)))
	user, password, _ := got.BasicAuth()
	require.Equal(t, []string{account.Email, secret}, []string{user, password})
}

func TestAnEmptyFileIsSentToo(t *testing.T) {
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		_, head, err := r.FormFile("file")
		require.NoError(t, err)
		require.Zero(t, head.Size)
		require.Equal(t, "application/octet-stream", head.Header.Get("Content-Type"))
		answer(w, 200, `[]`)
	})
	u := upload(strings.NewReader(""), 0)
	u.Type = "not a type/"
	_, err := c.Upload(t.Context(), u)
	require.NoError(t, err)
}

func TestWhatIsWrongWithTheFileIsReturnedAsItIs(t *testing.T) {
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(io.Discard, r.Body); err == nil {
			answer(w, 200, `[]`)
		}
	})
	broken := errors.New("the bucket is away")
	_, err := c.Upload(t.Context(), upload(io.MultiReader(strings.NewReader("abc"), iotest.ErrReader(broken)), 10))
	require.Equal(t, broken, err)
	_, err = c.Upload(t.Context(), upload(strings.NewReader("abc"), 10))
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	require.ErrorContains(t, err, "7 bytes before its 10")
	_, err = c.Upload(t.Context(), upload(strings.NewReader("abc"), 2))
	require.ErrorContains(t, err, "beyond its 2 bytes")
	u := upload(nil, 10)
	u.Open = func(context.Context) (io.ReadCloser, error) { return nil, broken }
	_, err = c.Upload(t.Context(), u)
	require.Equal(t, broken, err)
	_, err = c.Upload(t.Context(), upload(strings.NewReader("abc"), -1))
	require.Equal(t, ClassProtocol, ClassOf(err))
}

func TestAnUploadIsTriedAgainAfterA429AloneAndOpensTheFileAnew(t *testing.T) {
	for status, want := range map[int]struct {
		class  Class
		opened int
	}{429: {"", 2}, 500: {ClassAway, 1}, 413: {ClassProtocol, 1}} {
		sent := 0
		observed := &countingObserver{}
		c := serve(t, func(w http.ResponseWriter, r *http.Request) {
			io.Copy(io.Discard, r.Body)
			if sent++; sent == 1 {
				answer(w, status, `{}`)
				return
			}
			answer(w, 200, `[]`)
		}, func(config *Config) { config.Observer = observed })
		opened := 0
		u := upload(nil, 3)
		u.Open = func(context.Context) (io.ReadCloser, error) {
			opened++
			return io.NopCloser(strings.NewReader("abc")), nil
		}
		_, err := c.Upload(t.Context(), u)
		require.Equal(t, want.class, ClassOf(err), "%v", err)
		require.Equal(t, want.opened, opened)
		require.Equal(t, want.opened, observed.requests)
	}
}

// countingObserver counts tries.
type countingObserver struct{ requests int }

func (o *countingObserver) Request(string, Class)      { o.requests++ }
func (o *countingObserver) Waited(Wait, time.Duration) {}

func TestAnUploadDoesNotTakeTheCredentialAlongToAnotherHost(t *testing.T) {
	asked := 0
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked++ }))
	defer other.Close()
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		http.Redirect(w, r, other.URL, http.StatusTemporaryRedirect)
	})
	_, err := c.Upload(t.Context(), upload(strings.NewReader("abc"), 3))
	require.Equal(t, ClassProtocol, ClassOf(err))
	require.Zero(t, asked)
	require.NotContains(t, err.Error(), other.URL)
}

// TestALongUploadMayTakeLongerThanAReplyMayStall states that only the wait for the site counts.
func TestALongUploadMayTakeLongerThanAReplyMayStall(t *testing.T) {
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		answer(w, 200, `[]`)
	}, func(config *Config) { config.IdleTimeout = 150 * time.Millisecond })
	_, err := c.Upload(t.Context(), upload(&slow{parts: 5, wait: 60 * time.Millisecond}, 5))
	require.NoError(t, err)

	stuck := make(chan struct{})
	c = serve(t, func(_ http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		<-stuck
	}, func(config *Config) { config.IdleTimeout = 50 * time.Millisecond })
	_, err = c.Upload(t.Context(), upload(strings.NewReader("abc"), 3))
	close(stuck)
	require.Equal(t, ClassAway, ClassOf(err))
	require.ErrorContains(t, err, "nothing came")
}

// slow gives one byte at a time.
type slow struct {
	parts int
	wait  time.Duration
}

func (s *slow) Read(p []byte) (int, error) {
	if s.parts == 0 {
		return 0, io.EOF
	}
	time.Sleep(s.wait)
	s.parts--
	p[0] = 'x'
	return 1, nil
}

// TestTheIDOfAFileIsThatOfTheAddressWhichItIsAt states that nothing of the address but the id is
// kept, and that it is not followed.
func TestTheIDOfAFileIsThatOfTheAddressWhichItIsAt(t *testing.T) {
	followed := 0
	media := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { followed++ }))
	defer media.Close()
	for at, want := range map[string]string{"/file/ab-12/binary?sig=1": "ab-12", "/other?sig=1": "", "": ""} {
		c := serve(t, func(w http.ResponseWriter, r *http.Request) {
			if at == "" {
				io.WriteString(w, "bytes")
				return
			}
			w.Header().Set("Location", media.URL+at)
			w.WriteHeader(http.StatusSeeOther)
		})
		id, err := c.FileID(t.Context(), Request{Route: "GET /rest/api/3/attachment/content/{id}", Path: []string{"1"}})
		require.NoError(t, err)
		require.Equal(t, want, id)
	}
	require.Zero(t, followed)
	c := serve(t, func(w http.ResponseWriter, _ *http.Request) { answer(w, 404, `{}`) })
	_, err := c.FileID(t.Context(), Request{Route: "GET /rest/api/3/attachment/content/{id}", Path: []string{"1"}})
	require.Equal(t, ClassNotFound, ClassOf(err))
}
