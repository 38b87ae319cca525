package atlassian

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const secret = "ATATT-very-secret-0123"

func TestACredentialNeverShowsItsToken(t *testing.T) {
	c := Credential{Name: "acme", Email: "backup@acme.example", Token: secret}
	var log strings.Builder
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "credential", c, "pointer", &c, "inside", struct{ C Credential }{c})
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "credential", c, "pointer", &c, "inside", struct{ C Credential }{c})
	body, err := json.Marshal(map[string]any{"c": c, "p": &c})
	require.NoError(t, err)
	shown := log.String() + string(body)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		shown += fmt.Sprintf(verb, c) + fmt.Sprintf(verb, &c) + fmt.Sprintf(verb, []Credential{c})
	}
	require.NotContains(t, shown, secret)
	require.NotContains(t, shown, fmt.Sprintf("%x", secret))
	require.Contains(t, shown, "acme")
}

func writeFile(t *testing.T, path, content string, mode os.FileMode) {
	t.Helper()
	require.NoError(t, os.WriteFile(path, []byte(content), mode))
	require.NoError(t, os.Chmod(path, mode))
}

func TestCredentialsFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "credentials.json")
	c, err := LoadCredentials(path)
	require.NoError(t, err, "a file that is not there yet holds nothing")
	_, err = c.Lookup("acme")
	require.ErrorIs(t, err, ErrNoCredential)

	writeFile(t, path, `{"acme": {"email": "a@acme.example", "token": "`+secret+`"}, "beta": {"token": "t2", "gateway": true}}`, 0o600)
	got, err := c.Lookup("acme")
	require.NoError(t, err, "a changed file is read again")
	require.Equal(t, "a@acme.example", got.Email)
	require.Equal(t, secret, got.Token)
	got, err = c.Lookup("beta")
	require.NoError(t, err)
	require.True(t, got.Gateway)

	writeFile(t, path, `{"beta": {"token": "changed"}}`, 0o600)
	require.NoError(t, os.Chtimes(path, time.Now(), time.Now().Add(time.Hour)))
	got, err = c.Lookup("beta")
	require.NoError(t, err)
	require.Equal(t, "changed", got.Token)

	_, err = c.Lookup("acme")
	require.ErrorIs(t, err, ErrNoCredential)
	require.Contains(t, err.Error(), "HOLDFAST_CREDENTIAL_ACME_TOKEN")
}

func TestACredentialsFileThatOthersCanReadIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "credentials.json")
	for _, mode := range []os.FileMode{0o640, 0o604, 0o644, 0o620} {
		writeFile(t, path, `{"acme": {"email": "a@b", "token": "`+secret+`"}}`, mode)
		_, err := LoadCredentials(path)
		require.ErrorContains(t, err, "chmod 600", "mode %o", mode)
		require.NotContains(t, err.Error(), secret)
	}
}

func TestAMalformedCredentialsFileIsNotQuoted(t *testing.T) {
	path := filepath.Join(t.TempDir(), "credentials.json")
	for _, content := range []string{
		`{"acme": {"token": "` + secret + `", "typo": 1}}`, `{"acme": {"token": ["` + secret + `"]}}`,
		`{"acme": "` + secret + `"}`, secret, `{"acme": {"email": "a@b"}}`,
	} {
		writeFile(t, path, content, 0o600)
		_, err := LoadCredentials(path)
		require.Error(t, err)
		require.NotContains(t, err.Error(), secret)
	}
}

func TestTheEnvironmentComesBeforeTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "credentials.json")
	writeFile(t, path, `{"acme-eu": {"email": "file@b", "token": "file"}}`, 0o600)
	c, err := LoadCredentials(path)
	require.NoError(t, err)
	t.Setenv("HOLDFAST_CREDENTIAL_ACME_EU_EMAIL", "env@b")
	t.Setenv("HOLDFAST_CREDENTIAL_ACME_EU_TOKEN", secret)
	got, err := c.Lookup("acme-eu")
	require.NoError(t, err)
	require.Equal(t, Credential{Name: "acme-eu", Email: "env@b", Token: secret}, got)
}

func TestStaticCredentials(t *testing.T) {
	c := StaticCredentials(map[string]Credential{"demo": {Email: "d@b", Token: "x"}})
	got, err := c.Lookup("demo")
	require.NoError(t, err)
	require.Equal(t, "demo", got.Name)
	_, err = c.Lookup("other")
	require.ErrorIs(t, err, ErrNoCredential)
}
