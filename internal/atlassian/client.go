package atlassian

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
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
	// Gateway is the base of the addresses for scoped credentials, to which the
	// cloud id is appended; empty means Jira's, "https://api.atlassian.com/ex/jira".
	// Confluence's is "https://api.atlassian.com/ex/confluence".
	Gateway string
	// RetryFor is how long a call retries by itself; zero means 2 minutes.
	RetryFor time.Duration
	// Backoff is the first wait between two tries, zero means 2 seconds. It
	// doubles up to fifteen times that (Atlassian's advice: 2 to 30 seconds).
	Backoff time.Duration
	// IdleTimeout is how long a reply may stall; zero means 1 minute.
	IdleTimeout time.Duration
	// MaxReply is the largest reply held in memory, in bytes; zero means 128 MiB.
	// Attachments are streamed and not concerned.
	MaxReply int64
	// Throttle is shared by all clients of a process; nil means one of its own.
	Throttle *Throttle
	// Transport carries the requests; nil means one made for this client. It
	// must not add credentials of its own.
	Transport http.RoundTripper
	// UserAgent is sent with each request; empty means "holdfast".
	UserAgent string
	// Logger hears of retries and pauses; nil means none.
	Logger *slog.Logger
	// Observer hears of every request and wait; nil means that nobody does.
	Observer Observer
}

// Client calls the REST API of one site with one credential. It is safe for
// concurrent use.
type Client struct {
	config    Config
	site      *url.URL
	gateway   *url.URL // nil where the credential works at the site itself
	transport http.RoundTripper
	throttle  *Throttle
	log       *slog.Logger

	hooks []Hook
	cloud *cloud
}

// cloud is the cloud id of a client's site, once it is known.
type cloud struct {
	mu sync.Mutex
	id string
}

// New returns a client. It does not call the site.
func New(config Config) (*Client, error) {
	site, err := url.Parse(strings.TrimRight(config.Site, "/"))
	if err != nil || !httpURL(site) || site.Path != "" || site.RawQuery != "" {
		return nil, errors.New("the site must be an address such as https://acme.atlassian.net")
	}
	if config.Credential.Token == "" {
		return nil, fmt.Errorf("credential %q has no token: add it to the credentials", config.Credential.Name)
	}
	c := &Client{config: config, site: site, cloud: &cloud{id: config.CloudID}, throttle: config.Throttle, log: config.Logger}
	setDefault(&c.config.RetryFor, 2*time.Minute)
	setDefault(&c.config.Backoff, 2*time.Second)
	setDefault(&c.config.IdleTimeout, time.Minute)
	setDefault(&c.config.MaxReply, 128<<20)
	setDefault(&c.config.UserAgent, "holdfast")
	setDefault(&c.config.Gateway, "https://api.atlassian.com/ex/jira")
	if c.throttle == nil {
		c.throttle = NewThrottle(0)
	}
	if c.log == nil {
		c.log = slog.New(slog.DiscardHandler)
	}
	if c.config.Observer == nil {
		c.config.Observer = nobody{}
	}
	origin := site
	if config.Credential.Gateway {
		c.gateway, err = url.Parse(strings.TrimRight(c.config.Gateway, "/"))
		if err != nil || !httpURL(c.gateway) {
			return nil, errors.New("the gateway must be an address such as https://api.atlassian.com/ex/jira")
		}
		origin = c.gateway
	}
	c.transport = &guard{next: config.Transport, scheme: origin.Scheme, host: origin.Host}
	if config.Transport == nil {
		c.transport = &guard{next: newTransport(), scheme: origin.Scheme, host: origin.Host}
	}
	return c, nil
}

func httpURL(u *url.URL) bool {
	return u != nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.User == nil
}

func setDefault[T comparable](v *T, d T) {
	var zero T
	if *v == zero {
		*v = d
	}
}

// Site returns the address of the site.
func (c *Client) Site() string { return c.site.String() }

// CloudID asks the site for its identity at Atlassian. The answer needs no
// credential, and none is sent. A host that answers that it knows no such site is
// ClassSiteGone.
func (c *Client) CloudID(ctx context.Context) (string, error) {
	reply, err := c.do(ctx, Request{Route: tenantInfo})
	var e *Error
	if errors.As(err, &e) && e.Status == http.StatusNotFound {
		e.Class, e.Reason = ClassSiteGone, "the host knows no site of this name"
	}
	if err != nil {
		return "", err
	}
	id := Text(Member(reply.Body, "cloudId"))
	if id == "" {
		return "", protocolError(tenantInfo, "the reply has no cloudId")
	}
	return id, nil
}

// base is the address that the request's route is appended to.
func (c *Client) base(ctx context.Context, r Request) (string, error) {
	if r.Route == tenantInfo || c.gateway == nil && r.API == "" {
		return c.site.String(), nil
	}
	c.cloud.mu.Lock()
	id := c.cloud.id
	c.cloud.mu.Unlock()
	if id == "" {
		var err error
		if id, err = c.CloudID(ctx); err != nil {
			return "", err
		}
		c.cloud.mu.Lock()
		c.cloud.id = id
		c.cloud.mu.Unlock()
	}
	if r.API == Automation {
		return c.automation() + "/" + url.PathEscape(id), nil
	}
	return c.gateway.String() + "/" + url.PathEscape(id), nil
}

// automation is the address of the Automation API, to which the cloud id is
// appended. Credentials of the gateway are taken by the gateway alone, others by
// the site, which has the same API below /gateway/api.
func (c *Client) automation() string {
	if c.gateway == nil {
		return c.site.String() + "/gateway/api/automation/public/jira"
	}
	return c.gateway.Scheme + "://" + c.gateway.Host + "/automation/public/jira"
}
