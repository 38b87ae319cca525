package notify

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"holdfast/internal/backup"
)

// The headers of a notice.
const (
	SignatureHeader = "Holdfast-Signature"
	NoticeHeader    = "Holdfast-Notice"
)

// webhook posts notices to an address.
type webhook struct {
	address *url.URL
	secret  string
	client  *http.Client
}

func newWebhook(address *url.URL, secret string) *webhook {
	return &webhook{address: address, secret: secret, client: newClient()}
}

func newClient() *http.Client {
	transport, ok := http.DefaultTransport.(*http.Transport)
	if !ok {
		transport = &http.Transport{Proxy: http.ProxyFromEnvironment}
	}
	transport = transport.Clone()
	// Notices are rare: a connection that was kept would be one that is gone.
	transport.DisableKeepAlives = true
	return &http.Client{
		Timeout: Timeout, Transport: transport,
		// A notice is for the address that the operator gave, and for no other.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// String is the address without what may be a key.
func (w *webhook) String() string { return w.address.Scheme + "://" + w.address.Host }

func (w *webhook) deliver(ctx context.Context, n backup.Notice, body []byte) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.address.String(), bytes.NewReader(body))
	if err != nil {
		return "", &RefusedError{Reason: "its address can't be asked: correct it in the notifications file"}
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "holdfast")
	req.Header.Set(NoticeHeader, n.ID)
	req.Header.Set(SignatureHeader, Sign(w.secret, time.Now(), body))
	resp, err := w.client.Do(req)
	if err != nil {
		return "", w.away(ctx, err)
	}
	_ = resp.Body.Close() // unread: what it says is of no use, and may be anything
	return w.judge(resp.StatusCode)
}

// judge says what a status means for a notice.
func (w *webhook) judge(status int) (string, error) {
	answer := fmt.Sprintf("%s answered %d %s", w, status, http.StatusText(status))
	switch {
	case status >= 200 && status < 300:
		return answer, nil
	case status >= 300 && status < 400:
		return "", &RefusedError{Reason: answer + ", which sends elsewhere: give the address where notices are taken in the notifications file"}
	case status == http.StatusRequestTimeout, status == http.StatusTooManyRequests, status >= 500:
		return "", fmt.Errorf("%s: look there for why", answer)
	}
	return "", &RefusedError{Reason: answer + ": look there for why it refuses the notice, or correct the address or the secret in the notifications file"}
}
