package samplesite_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"holdfast/internal/samplesite"
)

// client asks a site and never follows redirects.
type client struct {
	t    testing.TB
	site *samplesite.Site
	http *http.Client
	auth func(*http.Request)
	doc  *document // where set, every reply is held against it
}

func start(t testing.TB, cfg samplesite.Config) (*samplesite.Site, *client) {
	t.Helper()
	site, err := samplesite.New(cfg)
	require.NoError(t, err)
	require.NoError(t, site.Start(context.Background()))
	t.Cleanup(func() { _ = site.Close() })
	c := &client{t: t, site: site, http: &http.Client{
		Transport:     &http.Transport{},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	t.Cleanup(c.http.CloseIdleConnections)
	c.auth = func(r *http.Request) { r.SetBasicAuth(site.Email(), site.Token()) }
	return site, c
}

// answer is a reply that was read to its end.
type answer struct {
	status int
	header http.Header
	body   []byte
	req    *http.Request
	err    error // of reading the body
}

func (c *client) do(method, path, body string, edit ...func(*http.Request)) answer {
	c.t.Helper()
	url := path
	if strings.HasPrefix(path, "/") {
		url = c.site.URL() + path
	}
	var in io.Reader
	if body != "" {
		in = strings.NewReader(body)
	}
	r, err := http.NewRequest(method, url, in)
	require.NoError(c.t, err)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if c.auth != nil {
		c.auth(r)
	}
	for _, e := range edit {
		e(r)
	}
	res, err := c.http.Do(r)
	if err != nil {
		return answer{err: err, req: r}
	}
	defer res.Body.Close()
	out, err := io.ReadAll(res.Body)
	a := answer{status: res.StatusCode, header: res.Header, body: out, req: r, err: err}
	if c.doc != nil && err == nil {
		c.doc.check(c.t, a)
		if method != http.MethodGet {
			c.doc.accepted(c.t, a, body)
		}
	}
	return a
}

func (c *client) get(path string, edit ...func(*http.Request)) answer {
	c.t.Helper()
	return c.do(http.MethodGet, path, "", edit...)
}

func (c *client) post(path, body string, edit ...func(*http.Request)) answer {
	c.t.Helper()
	return c.do(http.MethodPost, path, body, edit...)
}

// decode reads a JSON reply of status 200 into v.
func (a answer) decode(t testing.TB, v any) {
	t.Helper()
	require.NoError(t, a.err)
	require.Equal(t, http.StatusOK, a.status, "%s", a.body)
	dec := json.NewDecoder(bytes.NewReader(a.body))
	dec.UseNumber()
	require.NoError(t, dec.Decode(v))
}
