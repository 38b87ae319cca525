package samplesite_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holdfast/internal/samplesite"
	"holdfast/internal/samplesite/content"
)

func contentPath(id int64) string { return fmt.Sprintf("/rest/api/3/attachment/content/%d", id) }

// anonymous sends no credential.
func anonymous(r *http.Request) { r.Header.Del("Authorization") }

func ranged(spec string) func(*http.Request) {
	return func(r *http.Request) { anonymous(r); r.Header.Set("Range", spec) }
}

func TestMediaHost(t *testing.T) {
	var clock atomic.Int64
	clock.Store(time.Date(2026, 11, 23, 3, 0, 0, 0, time.UTC).UnixNano())
	cfg := small()
	cfg.Now = func() time.Time { return time.Unix(0, clock.Load()) }
	site, c := checked(t, cfg)
	files := first(t, site, "BIG-4").Attachments()
	require.Len(t, files, 4)
	require.Equal(t, files[0].Name, files[1].Name)
	a := files[0]
	whole, err := io.ReadAll(a.Open())
	require.NoError(t, err)
	require.Len(t, whole, 70_000)

	redirect := func() string {
		r := c.get(contentPath(a.ID))
		require.Equal(t, http.StatusSeeOther, r.status)
		require.Empty(t, r.body)
		return r.header.Get("Location")
	}
	t.Run("303 to another host name with a signed URL", func(t *testing.T) {
		at, err := url.Parse(redirect())
		require.NoError(t, err)
		own, err := url.Parse(site.URL())
		require.NoError(t, err)
		require.NotEqual(t, own.Hostname(), at.Hostname())
		r := c.get(at.String(), anonymous)
		require.Equal(t, 200, r.status)
		require.True(t, bytes.Equal(whole, r.body))
		require.Equal(t, "text/plain", r.header.Get("Content-Type"))
		require.Contains(t, r.header.Get("Content-Disposition"), "same.log")
	})
	t.Run("net/http itself drops the credentials on the way to the other name", func(t *testing.T) {
		follow := *c
		follow.http = &http.Client{Transport: c.http.Transport}
		r := follow.get(contentPath(a.ID))
		require.Equal(t, 200, r.status)
		require.Len(t, r.body, 70_000)
		require.Zero(t, site.Counts().Leaks)
	})
	t.Run("credentials are refused and counted", func(t *testing.T) {
		require.Equal(t, 400, c.get(redirect()).status)
		require.Equal(t, 1, site.Counts().Leaks)
	})
	t.Run("no signature, a foreign one, an expired one: 403", func(t *testing.T) {
		at := redirect()
		require.Equal(t, 403, c.get(site.MediaURL()+"/file/"+content.MediaID(a.ID)+"/binary", anonymous).status)
		other := strings.Replace(at, content.MediaID(a.ID), content.MediaID(files[1].ID), 1)
		require.Equal(t, 403, c.get(other, anonymous).status)
		clock.Add(int64(59 * time.Second))
		require.Equal(t, 200, c.get(at, anonymous).status)
		clock.Add(int64(2 * time.Second))
		require.Equal(t, 403, c.get(at, anonymous).status)
	})
	t.Run("ranges, at the media host and with redirect=false", func(t *testing.T) {
		direct := func(edit func(*http.Request)) answer {
			return c.get(site.URL()+contentPath(a.ID)+"?redirect=false", func(r *http.Request) {
				edit(r)
				r.SetBasicAuth(site.Email(), site.Token())
			})
		}
		media := func(edit func(*http.Request)) answer { return c.get(redirect(), edit) }
		for _, get := range []func(func(*http.Request)) answer{direct, media} {
			r := get(ranged("bytes=65000-"))
			require.Equal(t, 206, r.status)
			require.True(t, bytes.Equal(whole[65000:], r.body))
			require.Equal(t, "bytes 65000-69999/70000", r.header.Get("Content-Range"))
			r = get(ranged("bytes=4095-4097"))
			require.True(t, bytes.Equal(whole[4095:4098], r.body))
			require.Equal(t, 416, get(ranged("bytes=70000-")).status)
			r = get(anonymous)
			require.Equal(t, 200, r.status)
			require.True(t, bytes.Equal(whole, r.body))
		}
	})
	t.Run("bytes that are gone: 404 while the issue lists them", func(t *testing.T) {
		at := redirect()
		site.LoseAttachmentBytes(a.ID)
		require.Equal(t, 404, c.get(at, anonymous).status)
		require.Equal(t, 404, c.get(contentPath(a.ID)).status)
		require.Equal(t, 200, c.get(fmt.Sprintf("/rest/api/3/attachment/%d", a.ID)).status)
		require.True(t, first(t, site, "BIG-4").Attachments()[0].Lost)
		require.Contains(t, string(c.get("/rest/api/3/issue/BIG-4?fields=attachment").body), fmt.Sprintf(`"id":"%d"`, a.ID))
	})
	t.Run("fewer bytes than announced", func(t *testing.T) {
		site.TruncateAttachment(files[2].ID, 1)
		require.Len(t, c.get(contentPath(files[2].ID)+"?redirect=false").body, 1)
	})
	t.Run("a deleted attachment is listed no more", func(t *testing.T) {
		site.DeleteAttachment(files[1].ID)
		require.Equal(t, 404, c.get(contentPath(files[1].ID)).status)
		require.NotContains(t, string(c.get("/rest/api/3/issue/BIG-4?fields=attachment").body), fmt.Sprintf(`"id":"%d"`, files[1].ID))
		require.Len(t, first(t, site, "BIG-4").Attachments(), 3)
	})
	t.Run("an empty file", func(t *testing.T) {
		r := c.get(contentPath(files[3].ID) + "?redirect=false")
		require.Equal(t, 200, r.status)
		require.Empty(t, r.body)
	})
}

// TestLargeAttachmentStreams: 200 MB are made while they are sent.
func TestLargeAttachmentStreams(t *testing.T) {
	const size = 200 << 20
	site, c := start(t, samplesite.Config{Rate: -1, Content: content.Spec{
		Projects: []content.ProjectSpec{{Key: "A", Issues: 1}},
		Issues:   []content.IssueSpec{{Key: "A-1", Attachments: []content.FileSpec{{Name: "dump.zip", Size: size}}}},
	}})
	id := first(t, site, "A-1").Attachments()[0].ID
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	r, err := http.NewRequest(http.MethodGet, site.URL()+contentPath(id)+"?redirect=false", nil)
	require.NoError(t, err)
	c.auth(r)
	res, err := c.http.Do(r)
	require.NoError(t, err)
	defer res.Body.Close()
	h := sha256.New()
	n, err := io.Copy(h, res.Body)
	require.NoError(t, err)
	require.EqualValues(t, size, n)
	runtime.ReadMemStats(&after)
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(16<<20), "bytes allocated for a file of 200 MB")
	require.Eventually(t, func() bool { return site.Counts().Bytes == size }, 5*time.Second, time.Millisecond, "the last write is counted after it was sent")
	want := sha256.New()
	_, err = io.Copy(want, first(t, site, "A-1").Attachments()[0].Open())
	require.NoError(t, err)
	require.Equal(t, want.Sum(nil), h.Sum(nil))
}
