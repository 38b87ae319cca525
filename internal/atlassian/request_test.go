package atlassian

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"
)

const keyHeader = "Atl-Confluence-With-Admin-Key"

var (
	getPage    = Request{Route: "GET /wiki/api/v2/pages/{id}", Path: []string{"1"}}
	makeKey    = Request{Route: "POST /wiki/api/v2/admin-key", Body: map[string]int{"durationInMinutes": 60}}
	giveKey    = Request{Route: "DELETE /wiki/api/v2/admin-key"}
	withHeader = func(_ context.Context, r *Request) error {
		r.Header.Set(keyHeader, "true")
		return nil
	}
)

func TestAReplyWithoutABodyIsOneOf204(t *testing.T) {
	for status, want := range map[int]Class{http.StatusNoContent: "", http.StatusOK: ClassProtocol} {
		var method, kind string
		c := serve(t, func(w http.ResponseWriter, r *http.Request) {
			method, kind = r.Method, r.Header.Get("Content-Type")
			w.WriteHeader(status)
		})
		reply, err := c.Do(t.Context(), giveKey)
		require.Equal(t, want, ClassOf(err), "%v", err)
		require.Equal(t, http.MethodDelete, method)
		require.Empty(t, kind, "there is no body that it could be of")
		if err == nil {
			require.Equal(t, status, reply.Status)
			require.Nil(t, reply.Body)
		}
	}
}

func TestAHookSetsHeadersOfTheRequestsOfItsClientAlone(t *testing.T) {
	var got []string
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		got = append(got, r.Method+" "+r.URL.Path+" "+r.Header.Get(keyHeader))
		answer(w, 200, `{"cloudId":"cloud-1"}`)
	})
	asked := 0
	hooked := c.Before(func(ctx context.Context, r *Request) error {
		if asked++; asked == 1 {
			if _, err := c.Do(ctx, makeKey); err != nil {
				return err
			}
		}
		return withHeader(ctx, r)
	})
	own := http.Header{"X-Own": {"1"}}
	withOwn := getPage
	withOwn.Header = own
	_, err := hooked.Do(t.Context(), withOwn)
	require.NoError(t, err)
	_, err = hooked.CloudID(t.Context())
	require.NoError(t, err)
	_, err = c.Do(t.Context(), getPage)
	require.NoError(t, err)
	require.Equal(t, []string{
		"POST /wiki/api/v2/admin-key ", "GET /wiki/api/v2/pages/1 true", "GET /_edge/tenant_info ", "GET /wiki/api/v2/pages/1 ",
	}, got)
	require.Equal(t, http.Header{"X-Own": {"1"}}, own, "the request's own header is not the hook's to change")

	refused := errors.New("no key")
	_, err = c.Before(func(context.Context, *Request) error { return refused }).Do(t.Context(), getPage)
	require.Equal(t, refused, err)
	require.Len(t, got, 4, "and nothing is sent")
}

func TestAHookedClientKnowsTheCloudIDThatTheOtherAskedFor(t *testing.T) {
	asked := 0
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/_edge/tenant_info" {
			asked++
		}
		answer(w, 200, `{"cloudId":"cloud-1"}`)
	})
	gateway := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		require.Equal(t, "/ex/confluence/cloud-1/wiki/api/v2/pages/1", r.URL.Path)
		answer(w, 200, `{}`)
	}))
	defer gateway.Close()
	scoped, err := New(Config{Site: c.Site(), Gateway: gateway.URL + "/ex/confluence", Credential: Credential{Name: "s", Token: secret, Gateway: true}})
	require.NoError(t, err)
	for _, c := range []*Client{scoped.Before(withHeader), scoped, scoped.Before(withHeader).Before(withHeader)} {
		_, err := c.Do(t.Context(), getPage)
		require.NoError(t, err)
	}
	require.Equal(t, 1, asked)
}

// TestAnAttachmentIsAskedForWithTheHookAndItsMediaHostWithout states that a header
// is set each time that the site is asked, and that the media host does not see it.
func TestAnAttachmentIsAskedForWithTheHookAndItsMediaHostWithout(t *testing.T) {
	var seen []string
	media := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen = append(seen, "media "+r.Header.Get(keyHeader)+r.Header.Get("Authorization"))
		io.WriteString(w, "bytes")
	}))
	defer media.Close()
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		seen = append(seen, "site "+r.Header.Get(keyHeader)+" "+r.URL.RawQuery)
		w.Header().Set("Location", media.URL+"/file?sig=1")
		w.WriteHeader(http.StatusFound)
	}).Before(withHeader)
	body, err := c.Open(t.Context(), Request{
		Route: "GET /wiki/rest/api/content/{id}/child/attachment/{attachmentId}/download",
		Path:  []string{"1", "att2"}, Query: map[string][]string{"version": {"3"}},
	}, 0, 5)
	require.NoError(t, err)
	defer body.Close()
	got, err := io.ReadAll(body)
	require.NoError(t, err)
	require.Equal(t, "bytes", string(got))
	require.Equal(t, []string{"site true version=3", "media "}, seen)
}
