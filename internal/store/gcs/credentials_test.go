package gcs

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/api/option"

	"holdfast/internal/store"
	"holdfast/internal/store/gcs/gcstest"
)

// keyFile writes the key file of a service account whose tokens come from
// tokens.
func keyFile(t *testing.T, tokens string) string {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	der, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	data, err := json.Marshal(map[string]string{
		"type": "service_account", "project_id": "p", "private_key_id": "1", "client_email": "backup@p.iam.gserviceaccount.com", "client_id": "1",
		"private_key": string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})), "token_uri": tokens,
	})
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "key.json")
	require.NoError(t, os.WriteFile(path, data, 0o600))
	return path
}

func TestCredentials(t *testing.T) {
	for _, test := range []struct {
		name   string
		status []int // of the answers to requests for a token; the last one stays
		want   error
	}{
		{"a key that Google knows", []int{200}, nil},
		{"a key that was deleted is a refusal", []int{400}, store.ErrRefused},
		{"a token service that is away for a moment", []int{503, 503, 200}, nil},
		{"a token service that is away", []int{503}, errPassing},
	} {
		t.Run(test.name, func(t *testing.T) {
			asked := 0
			tokens := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				status := test.status[min(asked, len(test.status)-1)]
				asked++
				w.Header().Set("Content-Type", "application/json")
				w.WriteHeader(status)
				if status == 200 {
					_, _ = w.Write([]byte(`{"access_token":"secret-token","token_type":"Bearer","expires_in":3600}`))
					return
				}
				_, _ = w.Write([]byte(`{"error":"invalid_grant","error_description":"secret-detail"}`))
			}))
			t.Cleanup(tokens.Close)
			server := gcstest.Start(t, "bucket")
			t.Setenv("GOOGLE_APPLICATION_CREDENTIALS", keyFile(t, tokens.URL))
			s, err := Open(t.Context(), "bucket", "prefix", option.WithEndpoint(server.URL()+"/storage/v1/"))
			require.NoError(t, err)
			t.Cleanup(func() { s.Close() })
			s.patience = hasty()
			s.patience.faults = 3 * time.Second
			err = store.Probe(t.Context(), s)
			requireKind(t, test.want, err)
			require.NotZero(t, asked)
			if err != nil {
				require.NotContains(t, err.Error(), "secret")
				require.NotContains(t, err.Error(), "PRIVATE")
				require.NotContains(t, err.Error(), "assertion")
			}
		})
	}
}
