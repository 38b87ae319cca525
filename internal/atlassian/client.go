package atlassian

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Config says whom a Client talks to and how patient it is.
type Config struct {
	// Site is the address of the site, such as "https://acme.atlassian.net".
	Site string
	// CloudID is the site's identity at Atlassian. A scoped credential needs it;
	// where it is empty the client asks the site itself.
	CloudID    string
	Credential Credential
	// Gateway is the base of the addresses for scoped credentials; empty means
	// "https://api.atlassian.com/ex/jira". The cloud id is appended.
	Gateway string
	// RetryFor is how long a call retries by itself; zero means 2 minutes.
	RetryFor time.Duration
	// Backoff is the first wait between two tries; zero means 2 seconds. It
	// doubles up to fifteen times that.
	Backoff time.Duration
	// IdleTimeout is how long a reply may stall; zero means 1 minute.
	IdleTimeout time.Duration
	// Throttle is shared by all clients of a process; nil means one of its own.
	Throttle *Throttle
	// Transport carries the requests; nil means one made for this client.
	Transport http.RoundTripper
	// UserAgent is sent with each request; empty means "holdfast".
	UserAgent string
	// Logger hears of retries and pauses; nil means none.
	Logger *slog.Logger
}

// Client calls the REST API of one site with one credential. It is safe for
// concurrent use.
type Client struct {
	config Config
}

// New returns a client. It does not call the site.
func New(config Config) (*Client, error) {
	site, err := url.Parse(strings.TrimRight(config.Site, "/"))
	if err != nil || site.Host == "" || site.Path != "" || site.User != nil || site.RawQuery != "" {
		return nil, errors.New("the site must be an address such as https://acme.atlassian.net")
	}
	if config.Credential.Token == "" {
		return nil, fmt.Errorf("credential %q has no token", config.Credential.Name)
	}
	return &Client{config: config}, nil
}

