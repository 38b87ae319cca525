package atlassian

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// tenantInfo tells a site's cloud id, to anybody.
const tenantInfo = "GET /_edge/tenant_info"

// API names an interface that a route is of; the zero value is the product's own.
type API string

// Automation is the interface of automation rules, whose routes are as in
// Atlassian's document of it: "GET /rest/v1/rule/summary".
const Automation API = "automation"

// Request is one call of the API.
type Request struct {
	// API says where the route is to be found.
	API API
	// Route is the method and the route template as in Atlassian's OpenAPI
	// document: "GET /rest/api/3/issue/{issueIdOrKey}".
	Route string
	// Path holds the values of the template's parameters, in order. They are escaped.
	Path  []string
	Query url.Values
	// Header is sent besides what each request has.
	Header http.Header
	// Body is sent as JSON where it is not nil. A POST always has one.
	Body any
	// Write says that the request changes something and may not be sent again where it
	// is not known whether it arrived: only a refusal that says that nothing was
	// done (429, a connection that never was) is tried again. Any other passing
	// fault is returned at once as ClassAway, and the caller looks what became of it. The
	// reply to a write may have no body.
	Write bool
}

// Reply is the answer to a Request that succeeded.
type Reply struct {
	Status int
	Header http.Header
	Body   json.RawMessage // valid JSON, as the site sent it; nil with 204 No Content, or where a write's is empty
}

// Hook is called with each request before it is sent, once for all its tries. It
// may set what it sends, headers above all. Its error is the request's.
type Hook func(ctx context.Context, r *Request) error

// Before returns a client like c, with its connections and its throttle, that
// calls hook with each request but that for the cloud id. What hook itself asks of
// c does not come to it.
func (c *Client) Before(hook Hook) *Client {
	hooked := *c
	hooked.hooks = append(slices.Clone(c.hooks), hook)
	return &hooked
}

// prepare calls the hooks with a request of which they may change the headers.
func (c *Client) prepare(ctx context.Context, r Request) (Request, error) {
	if r.Route == tenantInfo || len(c.hooks) == 0 {
		return r, nil
	}
	if r.Header = r.Header.Clone(); r.Header == nil {
		r.Header = http.Header{}
	}
	for _, hook := range c.hooks {
		if err := hook(ctx, &r); err != nil {
			return r, err
		}
	}
	return r, nil
}

// Do makes the call and returns its JSON reply. It waits for the throttle and
// retries passing errors for Config.RetryFor; those of a write as Request.Write
// says. Errors are *Error.
func (c *Client) Do(ctx context.Context, r Request) (*Reply, error) {
	reply, err := c.do(ctx, r)
	if err != nil {
		return nil, c.orGone(ctx, err)
	}
	return reply, nil
}

// orGone returns err, or that the whole site is gone where that is what it means.
func (c *Client) orGone(ctx context.Context, err error) error {
	var e *Error
	if errors.As(err, &e) && e.Class == ClassNotFound && e.plain {
		// The API answers in JSON; a page may mean that the whole site is gone.
		if _, gone := c.CloudID(ctx); ClassOf(gone) == ClassSiteGone {
			return gone
		}
	}
	return err
}

func (c *Client) do(ctx context.Context, r Request) (*Reply, error) {
	r, err := c.prepare(ctx, r)
	if err != nil {
		return nil, err
	}
	var payload []byte
	if r.Body != nil {
		if payload, err = marshal(r.Body); err != nil {
			return nil, protocolError(r.Route, "the request cannot be written as JSON")
		}
	}
	base, err := c.base(ctx, r)
	if err != nil {
		return nil, err
	}
	var reply *Reply
	err = c.retry(ctx, r.Route, r.Write, func() *Error {
		var failed *Error
		reply, failed = c.try(ctx, r, base, payload)
		return failed
	})
	if err != nil {
		return nil, err
	}
	return reply, nil
}

// marshal is json.Marshal that leaves "<", ">" and "&" as they are.
func marshal(v any) ([]byte, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	err := enc.Encode(v)
	return bytes.TrimRight(buf.Bytes(), "\n"), err
}

// try sends the request once and reads the whole reply.
func (c *Client) try(ctx context.Context, r Request, base string, payload []byte) (*Reply, *Error) {
	req, failed := c.newRequest(ctx, r, base, payload)
	if failed != nil {
		return nil, failed
	}
	return c.exchange(ctx, r, req)
}

// exchange sends req, which r became, and reads the whole reply.
func (c *Client) exchange(ctx context.Context, r Request, req *http.Request) (*Reply, *Error) {
	req.Header.Set("Accept", "application/json")
	resp, err := c.send(req)
	if err != nil {
		return nil, awayError(r.Route, ctx, err)
	}
	defer resp.Body.Close()
	c.throttle.heed(c.key(r.Route), resp.Header)
	if failed := c.judge(r.Route, resp); failed != nil {
		return nil, failed
	}
	reply := &Reply{Status: resp.StatusCode, Header: resp.Header}
	if resp.StatusCode == http.StatusNoContent {
		return reply, nil
	}
	media := mediaType(resp.Header)
	if !r.Write && !isJSON(media) {
		return nil, replyError(resp, r.Route, ClassProtocol, fmt.Sprintf("the site answers with %q instead of JSON", media))
	}
	body, err := readAll(resp, c.config.MaxReply)
	switch {
	case errors.Is(err, ErrTooLarge):
		failed := replyError(resp, r.Route, ClassProtocol, "")
		failed.Err = ErrTooLarge
		return nil, failed
	case err != nil:
		return nil, awayError(r.Route, ctx, err)
	case r.Write && len(body) == 0:
		return reply, nil
	case !isJSON(media):
		return nil, replyError(resp, r.Route, ClassProtocol, fmt.Sprintf("the site answers with %q instead of JSON", media))
	case !json.Valid(body):
		return nil, invalidBody(resp, r.Route, body)
	}
	reply.Body = body
	return reply, nil
}

// newRequest makes the HTTP request. This is the only place where credentials
// are attached; the transport removes them should the address be another one.
func (c *Client) newRequest(ctx context.Context, r Request, base string, payload []byte) (*http.Request, *Error) {
	method, path, err := expand(r.Route, r.Path)
	if err != nil {
		return nil, protocolError(r.Route, err.Error())
	}
	address := base + path
	if len(r.Query) > 0 {
		address += "?" + r.Query.Encode()
	}
	var body io.Reader
	if payload != nil {
		body = bytes.NewReader(payload)
	}
	req, err := http.NewRequestWithContext(ctx, method, address, body)
	if err != nil {
		return nil, protocolError(r.Route, "the address of the request is not valid")
	}
	for name, values := range r.Header {
		req.Header[http.CanonicalHeaderKey(name)] = values
	}
	req.Header.Set("User-Agent", c.config.UserAgent)
	if method == http.MethodPost || payload != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if r.Route != tenantInfo {
		if cred := c.config.Credential; cred.Email != "" {
			req.SetBasicAuth(cred.Email, cred.Token)
		} else {
			req.Header.Set("Authorization", "Bearer "+cred.Token)
		}
	}
	return req, nil
}

// expand fills a route's parameters.
func expand(route string, values []string) (method, path string, err error) {
	method, template, ok := strings.Cut(route, " ")
	if !ok {
		return "", "", errors.New("the route has no method")
	}
	segments := strings.Split(template, "/")
	n := 0
	for i, s := range segments {
		if !strings.HasPrefix(s, "{") {
			continue
		}
		if n == len(values) || values[n] == "" || values[n] == "." || values[n] == ".." {
			return "", "", fmt.Errorf("the parameter %s has no usable value", s)
		}
		segments[i] = url.PathEscape(values[n])
		n++
	}
	if n != len(values) {
		return "", "", errors.New("more values than parameters")
	}
	return method, strings.Join(segments, "/"), nil
}

// readAll reads the body, at most max bytes of it.
func readAll(resp *http.Response, max int64) ([]byte, error) {
	if resp.ContentLength > max {
		return nil, ErrTooLarge
	}
	var buf bytes.Buffer
	if resp.ContentLength > 0 {
		buf.Grow(int(resp.ContentLength) + bytes.MinRead)
	}
	n, err := buf.ReadFrom(io.LimitReader(resp.Body, max+1))
	if err != nil {
		return nil, err
	}
	if n > max {
		return nil, ErrTooLarge
	}
	return buf.Bytes(), nil
}

// invalidBody tells a body that breaks off, which may be whole the next time,
// from one that is not JSON.
func invalidBody(resp *http.Response, route string, body []byte) *Error {
	var v json.RawMessage
	err := json.NewDecoder(bytes.NewReader(body)).Decode(&v)
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return replyError(resp, route, ClassAway, "the reply breaks off")
	}
	return replyError(resp, route, ClassProtocol, "the reply is not valid JSON")
}
