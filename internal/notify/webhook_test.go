package notify

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holdfast/internal/backup"
)

// taken is a request as it came.
type taken struct {
	header http.Header
	path   string
	body   []byte
}

// receiver takes notices and answers each as answer says.
func receiver(t *testing.T, answer http.HandlerFunc) (string, chan taken) {
	t.Helper()
	came := make(chan taken, 10)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		came <- taken{r.Header, r.URL.Path, body}
		answer(w, r)
	}))
	t.Cleanup(s.Close)
	return s.URL, came
}

func answering(status int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }
}

// webhookTo is the hooks with one entry, "ops", that tells an address.
func webhookTo(t *testing.T, address string) *Hooks {
	t.Helper()
	return load(t, map[string]any{"ops": map[string]any{"webhook": address, "secret": secret}})
}

func TestANoticeIsSigned(t *testing.T) {
	address, came := receiver(t, answering(http.StatusNoContent))
	n := notice(backup.EventIncomplete)
	receipt, err := webhookTo(t, address+"/hooks/holdfast").Deliver(t.Context(), "ops", n)
	require.NoError(t, err)
	require.Equal(t, Receipt{Wanted: true, Answer: address + " answered 204 No Content"}, receipt)
	got := <-came
	require.Equal(t, "/hooks/holdfast", got.path)
	require.Equal(t, "application/json", got.header.Get("Content-Type"))
	require.Equal(t, n.ID, got.header.Get("Holdfast-Notice"))

	// The signature, made as the documents say.
	at, signature, ok := strings.Cut(strings.TrimPrefix(got.header.Get("Holdfast-Signature"), "t="), ",v1=")
	require.True(t, ok)
	seconds, err := strconv.ParseInt(at, 10, 64)
	require.NoError(t, err)
	require.WithinDuration(t, time.Now(), time.Unix(seconds, 0), time.Minute)
	mac := hmac.New(sha256.New, []byte(secret))
	fmt.Fprintf(mac, "%s.%s", at, got.body)
	require.Equal(t, hex.EncodeToString(mac.Sum(nil)), signature)

	var told backup.Notice
	dec := json.NewDecoder(bytes.NewReader(got.body))
	dec.DisallowUnknownFields()
	require.NoError(t, dec.Decode(&told))
	require.Equal(t, n, told)
}

// TestTheDocumentedCheckHolds runs the commands that docs/notifications.md gives for
// checking a signature, on a request that came.
func TestTheDocumentedCheckHolds(t *testing.T) {
	for _, tool := range []string{"sh", "openssl"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("there is no %s here", tool)
		}
	}
	text, err := os.ReadFile("../../docs/notifications.md")
	require.NoError(t, err)
	_, section, _ := strings.Cut(string(text), "## Check the signature")
	_, example, _ := strings.Cut(section, "```sh\n")
	example, _, found := strings.Cut(example, "```")
	require.True(t, found)

	address, came := receiver(t, answering(http.StatusOK))
	_, err = webhookTo(t, address).Deliver(t.Context(), "ops", notice(backup.EventFailed))
	require.NoError(t, err)
	got := <-came
	check := func(body []byte, key string) string {
		dir := t.TempDir()
		require.NoError(t, os.WriteFile(filepath.Join(dir, "body.json"), body, 0o600))
		cmd := exec.CommandContext(t.Context(), "sh", "-c", example)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "SIGNATURE="+got.header.Get(SignatureHeader), "SECRET="+key)
		out, _ := cmd.CombinedOutput()
		return string(out)
	}
	require.Equal(t, "the notice is ours\n", check(got.body, secret))
	require.Empty(t, check(append(got.body, ' '), secret), "another body")
	require.Empty(t, check(got.body, secret+"x"), "another secret")
}

func TestWhatAnAnswerMeans(t *testing.T) {
	const (
		taken = iota
		passes
		refused
	)
	for status, want := range map[int]int{
		200: taken, 201: taken, 202: taken, 204: taken,
		301: refused, 302: refused, 303: refused, 307: refused, 308: refused,
		400: refused, 401: refused, 403: refused, 404: refused, 405: refused, 410: refused, 413: refused, 422: refused,
		408: passes, 429: passes,
		500: passes, 502: passes, 503: passes, 504: passes,
	} {
		t.Run(strconv.Itoa(status), func(t *testing.T) {
			elsewhere, redirected := receiver(t, answering(http.StatusOK))
			address, came := receiver(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Location", elsewhere)
				w.WriteHeader(status)
				if status >= 300 {
					_, _ = io.WriteString(w, "you said "+secret)
				}
			})
			receipt, err := webhookTo(t, address+"/T0/"+secret+"?key="+secret).Deliver(t.Context(), "ops", notice(backup.EventFailed))
			require.Len(t, came, 1)
			require.Empty(t, redirected, "a notice is for the address that was given")
			require.Equal(t, want == taken, receipt.Wanted)
			if want == taken {
				require.NoError(t, err)
				return
			}
			var definite *RefusedError
			require.Equal(t, want == refused, errors.As(err, &definite), "%v", err)
			require.ErrorContains(t, err, fmt.Sprintf(`notification "ops": %s answered %d`, address, status))
			require.NotContains(t, err.Error(), secret)
		})
	}
}

// TestASiteThatIsAwayMayComeBack states that no fault of the network is definite, and
// that none tells more of the address than its scheme and host.
func TestASiteThatIsAwayMayComeBack(t *testing.T) {
	for name, c := range map[string]struct {
		address func(t *testing.T) string
		says    string
	}{
		"refused":       {refusing, "connection refused"},
		"no such name":  {func(*testing.T) string { return "http://no..name" }, "can't be looked up"},
		"silent":        {silent, "no answer within"},
		"hung up":       {hangingUp, "can't be reached"},
		"not HTTP":      {babbling, "no answer that is HTTP"},
		"a certificate": {selfSigned, "its certificate is not accepted"},
	} {
		t.Run(name, func(t *testing.T) {
			address := c.address(t)
			u, err := url.Parse(address)
			require.NoError(t, err)
			u.User, u.Path, u.RawQuery = url.UserPassword("holdfast", secret), "/"+secret, "key="+secret
			h := webhookTo(t, u.String())
			w, ok := h.byName["ops"].hook.(*webhook)
			require.True(t, ok)
			w.client.Timeout = 500 * time.Millisecond
			_, err = h.Deliver(t.Context(), "ops", notice(backup.EventFailed))
			require.ErrorContains(t, err, c.says)
			require.ErrorContains(t, err, address+" can't be reached")
			require.NotContains(t, err.Error(), secret)
			var definite *RefusedError
			require.False(t, errors.As(err, &definite), "%v", err)
		})
	}
}

func refusing(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, l.Close())
	return "http://" + l.Addr().String()
}

// silent listens and never answers.
func silent(t *testing.T) string { return serving(t, func(net.Conn) { <-t.Context().Done() }) }

func hangingUp(t *testing.T) string { return serving(t, func(net.Conn) {}) }

// babbling answers with something that is not HTTP.
func babbling(t *testing.T) string {
	return serving(t, func(c net.Conn) { _, _ = io.WriteString(c, secret+"\r\n\r\n") })
}

func selfSigned(t *testing.T) string {
	s := httptest.NewUnstartedServer(answering(http.StatusOK))
	s.Config.ErrorLog = nil
	s.StartTLS()
	t.Cleanup(s.Close)
	return s.URL
}

// serving takes connections, reads what comes first and does with them what do says.
func serving(t *testing.T, do func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				_, _ = c.Read(make([]byte, 4096))
				do(c)
			}()
		}
	}()
	return "http://" + l.Addr().String()
}

func TestADeliveryThatIsCutOffIsNoFault(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	address, _ := receiver(t, func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	})
	_, err := webhookTo(t, address).Deliver(ctx, "ops", notice(backup.EventFailed))
	require.ErrorIs(t, err, context.Canceled)
}
