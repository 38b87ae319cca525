package gcs

import (
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holdfast/internal/store"
	"holdfast/internal/store/gcs/gcstest"
)

const account = "backup@p.iam.gserviceaccount.com"

// openEmulated opens the store of a server as a worker does that STORAGE_EMULATOR_HOST
// and GOOGLE_APPLICATION_CREDENTIALS tell of it.
func openEmulated(t *testing.T, server *gcstest.Server) *Store {
	t.Helper()
	key := filepath.Join(t.TempDir(), "key.json")
	require.NoError(t, server.KeyFile(key, account, "http://127.0.0.1:1/token"))
	t.Setenv("STORAGE_EMULATOR_HOST", server.URL())
	t.Setenv("GOOGLE_APPLICATION_CREDENTIALS", key)
	s, err := Open(t.Context(), "bucket", "prefix")
	require.NoError(t, err)
	t.Cleanup(func() { s.Close() })
	s.patience = hasty()
	return s
}

// fetch asks for an address, with a header or none, as a client without credentials.
func fetch(t *testing.T, method, address string, header ...string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, address, nil)
	require.NoError(t, err)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	res, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	return res, string(body)
}

func TestALinkGivesTheObjectToWhoHasNoCredential(t *testing.T) {
	server := gcstest.Start(t, "bucket")
	s := openEmulated(t, server)
	_, err := store.PutBytes(t.Context(), s, "p/downloads/a b.1.zip", []byte("0123456789"), store.IfAbsent())
	require.NoError(t, err)
	link, err := s.Link(t.Context(), "p/downloads/a b.1.zip", "a b.1.zip", time.Now().Add(15*time.Minute))
	require.NoError(t, err)
	require.Contains(t, link, "X-Goog-Algorithm=GOOG4-RSA-SHA256")

	res, body := fetch(t, "GET", link)
	require.Equal(t, http.StatusOK, res.StatusCode, body)
	require.Equal(t, "0123456789", body)
	require.Equal(t, `attachment; filename="a b.1.zip"`, res.Header.Get("Content-Disposition"))
	for ranges, want := range map[string]string{"bytes=4-": "456789", "bytes=-3": "789", "bytes=2-4": "234"} {
		res, body := fetch(t, "GET", link, "Range", ranges, "If-Range", res.Header.Get("Etag"))
		require.Equal(t, http.StatusPartialContent, res.StatusCode)
		require.Equal(t, want, body)
	}

	change := func(change func(*url.URL, url.Values)) string {
		u, err := url.Parse(link)
		require.NoError(t, err)
		query := u.Query()
		change(u, query)
		u.RawQuery = query.Encode()
		return u.String()
	}
	for name, changed := range map[string]string{
		"another object":                change(func(u *url.URL, _ url.Values) { u.Path = "/bucket/prefix/other"; u.RawPath = "" }),
		"another name of the file":      change(func(_ *url.URL, q url.Values) { q.Set("response-content-disposition", "inline") }),
		"a longer life":                 change(func(_ *url.URL, q url.Values) { q.Set("X-Goog-Expires", "604800") }),
		"another signature":             change(func(_ *url.URL, q url.Values) { q.Set("X-Goog-Signature", "00"+q.Get("X-Goog-Signature")[2:]) }),
		"no signature":                  change(func(_ *url.URL, q url.Values) { q.Del("X-Goog-Signature") }),
		"another account":               change(func(_ *url.URL, q url.Values) { q.Set("X-Goog-Credential", "x"+q.Get("X-Goog-Credential")) }),
		"the bare address of an object": strings.Split(link, "?")[0],
	} {
		res, body := fetch(t, "GET", changed)
		require.Equal(t, http.StatusForbidden, res.StatusCode, name)
		require.NotContains(t, body, "0123456789")
	}

	none, err := s.Link(t.Context(), "p/none", "none", time.Now().Add(time.Minute))
	require.NoError(t, err)
	res, _ = fetch(t, "GET", none)
	require.Equal(t, http.StatusNotFound, res.StatusCode)
}

func TestALinkEnds(t *testing.T) {
	server := gcstest.Start(t, "bucket")
	s := openEmulated(t, server)
	stored(small)(t, server, s)
	link, err := s.Link(t.Context(), "x", "x", time.Now().Add(1500*time.Millisecond))
	require.NoError(t, err)
	res, _ := fetch(t, "GET", link)
	require.Equal(t, http.StatusOK, res.StatusCode)
	require.Eventually(t, func() bool {
		res, _ := fetch(t, "GET", link)
		return res.StatusCode == http.StatusBadRequest
	}, 5*time.Second, 50*time.Millisecond)

	for _, until := range []time.Time{time.Now().Add(-time.Second), time.Now(), time.Now().Add(8 * 24 * time.Hour)} {
		_, err := s.Link(t.Context(), "x", "x", until)
		require.Error(t, err)
	}
	_, err = s.Link(t.Context(), "../x", "x", time.Now().Add(time.Minute))
	require.ErrorIs(t, err, store.ErrName)
}

func TestAnAccountWithoutAKeyHasIAMSign(t *testing.T) {
	for _, test := range []struct {
		name   string
		faults []gcstest.Fault
		want   error
	}{
		{"it signs", nil, nil},
		{"it is away for a moment", []gcstest.Fault{{Op: gcstest.SignBlob, Status: 503, Times: 2}, {Op: gcstest.SignBlob, Reset: true}}, nil},
		{"it stays away", []gcstest.Fault{{Op: gcstest.SignBlob, Status: 503, Times: -1}}, errPassing},
		{"it does not answer", []gcstest.Fault{{Op: gcstest.SignBlob, Stall: true, Times: -1}}, errPassing},
		{"the account may not sign", []gcstest.Fault{{Op: gcstest.SignBlob, Status: 403, Message: "Permission 'iam.serviceAccounts.signBlob' denied"}}, store.ErrRefused},
	} {
		t.Run(test.name, func(t *testing.T) {
			server := gcstest.Start(t, "bucket")
			s := open(t, server)
			stored(small)(t, server, s)
			_, err := server.Account(account)
			require.NoError(t, err)
			s.signers = &signers{client: http.DefaultClient, iam: server.URL(), insecure: true, found: &signer{account: account}}
			s.patience = patience{request: 400 * time.Millisecond, faults: 600 * time.Millisecond, rate: 64 << 20, pause: 5 * time.Millisecond, maxPause: 50 * time.Millisecond}
			server.Plan(test.faults...)
			link, err := s.Link(t.Context(), "x", "x", time.Now().Add(time.Minute))
			requireKind(t, test.want, err)
			server.AllFired(t)
			if err != nil {
				require.NotContains(t, err.Error(), "X-Goog")
				if test.want == store.ErrRefused {
					require.ErrorContains(t, err, account)
					require.ErrorContains(t, err, "roles/iam.serviceAccountTokenCreator")
					require.ErrorContains(t, err, "iamcredentials.googleapis.com")
				}
				return
			}
			res, body := fetch(t, "GET", link)
			require.Equal(t, http.StatusOK, res.StatusCode)
			require.Equal(t, string(content(small)), body)
		})
	}
}

func TestWhoSigns(t *testing.T) {
	const impersonation = `"service_account_impersonation_url": "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/` + account + `:generateAccessToken"`
	for _, test := range []struct {
		name, file, account string
		says                string
	}{
		{"an impersonated account", `{"type": "impersonated_service_account", ` + impersonation + `}`, account, ""},
		{"federation that impersonates", `{"type": "external_account", ` + impersonation + `}`, account, ""},
		{"federation alone can't sign", `{"type": "external_account"}`, "", "external_account"},
		{"a person's account can't sign", `{"type": "authorized_user", "refresh_token": "secret"}`, "", "service account"},
		{"no JSON", `secret`, "", "GOOGLE_APPLICATION_CREDENTIALS"},
		{"a key that is none", `{"type": "service_account", "client_email": "` + account + `", "private_key": "secret"}`, "", "new key file"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := signerOf([]byte(test.file))
			if test.says != "" {
				require.ErrorIs(t, err, store.ErrRefused)
				require.ErrorContains(t, err, test.says)
				require.NotContains(t, err.Error(), "secret")
				return
			}
			require.NoError(t, err)
			require.Equal(t, &signer{account: test.account}, got)
		})
	}
}

func TestAnEmulatorWithoutAKeyIsGivenSomeSignature(t *testing.T) {
	server := gcstest.Start(t, "bucket")
	t.Setenv("STORAGE_EMULATOR_HOST", server.URL())
	t.Setenv("GOOGLE_APPLICATION_CREDENTIALS", "")
	s, err := Open(t.Context(), "bucket", "prefix")
	require.NoError(t, err)
	t.Cleanup(func() { s.Close() })
	stored(small)(t, server, s)
	link, err := s.Link(t.Context(), "x", "x", time.Now().Add(time.Minute))
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(link, server.URL()+"/bucket/prefix/x?"), "it leads to the emulator")
	res, _ := fetch(t, "GET", link)
	require.Equal(t, http.StatusForbidden, res.StatusCode, "this server does look at it")
}
