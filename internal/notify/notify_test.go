package notify

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holdfast/internal/backup"
)

const secret = "whsec-very-secret-0123"

func notice(event backup.Event) backup.Notice {
	return backup.Notice{
		ID: "jira-acme/7.20261130T031502Z", Event: event, At: time.Date(2026, 11, 30, 3, 15, 2, 0, time.UTC),
		Policy: "jira-acme", Product: backup.Jira, Site: "https://acme.atlassian.net", Text: "what happened; what to do",
		Backup: &backup.Backup{ID: "jira-acme.20261130T020000Z", Status: backup.Incomplete},
	}
}

// write writes a notifications file and returns its path.
func write(t *testing.T, content any) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "notifications.json")
	rewrite(t, path, content)
	return path
}

func rewrite(t *testing.T, path string, content any) {
	t.Helper()
	data, ok := content.(string)
	if !ok {
		body, err := json.Marshal(content)
		require.NoError(t, err)
		data = string(body)
	}
	require.NoError(t, os.WriteFile(path, []byte(data), 0o600))
}

// load returns the hooks of a file with this content.
func load(t *testing.T, content any) *Hooks {
	t.Helper()
	h, err := Load(write(t, content))
	require.NoError(t, err)
	return h
}

func TestAnEntryIsToldOfItsEventsAlone(t *testing.T) {
	log := filepath.Join(t.TempDir(), "told")
	tell := script(t, `printf '%s\n' "$HOLDFAST_EVENT" >> `+log)
	h := load(t, map[string]any{
		"all":  map[string]any{"command": []string{tell}},
		"some": map[string]any{"command": []string{tell}, "events": []string{"failed", "verification failed"}},
	})
	for _, c := range []struct {
		to    string
		event backup.Event
		want  bool
	}{
		{"all", backup.EventComplete, true},
		{"all", backup.EventExpiring, true},
		{"some", backup.EventFailed, true},
		{"some", backup.EventVerificationFailed, true},
		{"some", backup.EventComplete, false},
		{"some", backup.EventMissed, false},
		{"some", backup.EventTest, true},
	} {
		t.Run(fmt.Sprintf("%s of %s", c.to, c.event), func(t *testing.T) {
			require.NoError(t, os.RemoveAll(log))
			receipt, err := h.Deliver(t.Context(), c.to, notice(c.event))
			require.NoError(t, err)
			require.Equal(t, c.want, receipt.Wanted)
			told, _ := os.ReadFile(log)
			if c.want {
				require.Equal(t, string(c.event)+"\n", string(told))
			} else {
				require.Empty(t, string(told))
			}
		})
	}
}

func TestAnEntryThatIsNotThereIsUnknown(t *testing.T) {
	var none *Hooks
	_, err := none.Deliver(t.Context(), "ops", notice(backup.EventFailed))
	require.ErrorIs(t, err, ErrUnknown)
	require.ErrorContains(t, err, "--notifications")

	path := filepath.Join(t.TempDir(), "notifications.json")
	h, err := Load(path)
	require.NoError(t, err, "a file that is not there yet holds nothing")
	_, err = h.Deliver(t.Context(), "ops", notice(backup.EventFailed))
	require.ErrorIs(t, err, ErrUnknown)

	rewrite(t, path, map[string]any{"ops": map[string]any{"command": []string{"true"}}})
	_, err = h.Deliver(t.Context(), "ops", notice(backup.EventFailed))
	require.NoError(t, err, "a file that has come is read")

	rewrite(t, path, map[string]any{"other": map[string]any{"command": []string{"true"}}})
	require.NoError(t, os.Chtimes(path, time.Now(), time.Now().Add(time.Hour)))
	_, err = h.Deliver(t.Context(), "ops", notice(backup.EventFailed))
	require.ErrorIs(t, err, ErrUnknown, "a file that has changed is read again")
	require.ErrorContains(t, err, `"ops"`)

	require.NoError(t, os.Remove(path))
	_, err = h.Deliver(t.Context(), "other", notice(backup.EventFailed))
	require.ErrorIs(t, err, ErrUnknown, "a file that has gone holds nothing")
}

func TestAFileThatOthersCanReadIsRefused(t *testing.T) {
	for _, mode := range []os.FileMode{0o640, 0o604, 0o644, 0o620} {
		path := write(t, map[string]any{"ops": map[string]any{"webhook": "https://ops.example", "secret": secret}})
		require.NoError(t, os.Chmod(path, mode))
		_, err := Load(path)
		require.ErrorContains(t, err, "chmod 600", "mode %o", mode)
		require.NotContains(t, err.Error(), secret)
	}
}

// TestAMalformedFileIsNotQuoted states that each mistake is told, without what the
// file holds: an address, a secret or an argument of a command.
func TestAMalformedFileIsNotQuoted(t *testing.T) {
	for name, c := range map[string]struct{ content, says string }{
		"no JSON":           {secret, "not of the form"},
		"an unknown field":  {`{"ops": {"webhook": "https://ops.example", "secret": "` + secret + `", "typo": 1}}`, "not of the form"},
		"another type":      {`{"ops": {"webhook": "https://ops.example", "secret": ["` + secret + `"]}}`, "not of the form"},
		"no secret":         {`{"ops": {"webhook": "https://ops.example/` + secret + `"}}`, `"ops" has no secret`},
		"no address":        {`{"ops": {"webhook": "ops.example/` + secret + `", "secret": "x"}}`, `"ops" has an address that is none`},
		"a broken address":  {`{"ops": {"webhook": "https://u:` + secret + `@[", "secret": "x"}}`, `"ops" has an address that is none`},
		"another scheme":    {`{"ops": {"webhook": "file:///` + secret + `", "secret": "x"}}`, `"ops" has an address that is none`},
		"nothing":           {`{"ops": {"secret": "` + secret + `"}}`, "neither a webhook nor a command"},
		"both":              {`{"ops": {"webhook": "https://ops.example", "secret": "` + secret + `", "command": ["true"]}}`, "make two entries"},
		"a shell line":      {`{"ops": {"command": "page ` + secret + `"}}`, "not of the form"},
		"a relative path":   {`{"ops": {"command": ["./` + secret + `"]}}`, "no name"},
		"an empty command":  {`{"ops": {"command": ["", "` + secret + `"]}}`, "no name"},
		"a secret command":  {`{"ops": {"command": ["page"], "secret": "` + secret + `"}}`, "of no use"},
		"an event of none":  {`{"ops": {"command": ["page"], "events": ["` + secret + `"]}}`, "verification failed"},
		"a test is no kind": {`{"ops": {"command": ["page"], "events": ["test"]}}`, "verification failed"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Load(write(t, c.content))
			require.ErrorContains(t, err, c.says)
			require.NotContains(t, err.Error(), secret)
		})
	}
}
