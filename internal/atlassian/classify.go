package atlassian

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net"
	"net/http"
	"slices"
	"strings"
	"syscall"
	"time"
)

// judge returns what a reply means where it is not a success, nil where it is.
// It goes by status, headers and the shape of the body: refusals are written in
// the account's language.
func (c *Client) judge(route string, resp *http.Response) *Error {
	if reason := loginRefused(resp.Header); reason != "" {
		// Jira serves a bad token as anonymous, with 200 and empty lists: only
		// this header tells.
		return replyError(resp, route, ClassCredentials, "the site says "+reason)
	}
	status := resp.StatusCode
	switch {
	case status >= 200 && status <= 299:
		return nil
	case status >= 300 && status <= 399:
		return replyError(resp, route, ClassProtocol, "the site redirects the API elsewhere: was it renamed?")
	case status == http.StatusUnauthorized:
		return replyError(resp, route, ClassCredentials, "")
	case status == http.StatusForbidden:
		if tokenUnreadable(resp) {
			return replyError(resp, route, ClassCredentials, "the token is not of the kind that this address takes")
		}
		return replyError(resp, route, ClassForbidden, "")
	case status == http.StatusNotFound:
		return replyError(resp, route, ClassNotFound, "")
	case status == http.StatusGone:
		return replyError(resp, route, ClassProtocol, "the site no longer offers this call: holdfast needs an update")
	case status == http.StatusTooManyRequests:
		return quotaError(resp, route, time.Now())
	case status == http.StatusRequestTimeout, status == http.StatusTooEarly, status >= 500:
		e := replyError(resp, route, ClassAway, "")
		e.Until = namedWait(resp.Header, time.Now())
		return e
	}
	e := replyError(resp, route, ClassProtocol, "")
	if status == http.StatusBadRequest {
		e.Fields = refusedFields(resp)
	}
	return e
}

// refusedFields returns the sorted names of the "errors" of a reply. A name that does
// not look like a member's is left out: it may be content.
func refusedFields(resp *http.Response) []string {
	body, _ := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if !json.Valid(body) {
		return nil
	}
	var names []string
	for name := range Members(Member(body, "errors")) {
		if fieldName(name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// fieldName reports whether a text is shaped as the names of members are:
// "customfield_10010", "timetracking_originalestimate", "fields.summary".
func fieldName(s string) bool {
	return s != "" && len(s) <= 100 && !strings.ContainsFunc(s, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("_-.[]", r))
	})
}

// loginRefused returns the value of x-seraph-loginreason where it says that
// the credential was not accepted.
func loginRefused(h http.Header) string {
	for _, v := range h.Values("X-Seraph-Loginreason") {
		for reason := range strings.SplitSeq(v, ",") {
			switch reason = strings.TrimSpace(reason); reason {
			case "AUTHENTICATED_FAILED", "AUTHENTICATION_DENIED", "AUTHORISATION_FAILED", "OUT":
				return reason
			}
		}
	}
	return ""
}

// tokenUnreadable recognises the gateway's {"error": "…"}, its answer to a
// bearer token that it cannot read; Jira's own refusals have other members.
func tokenUnreadable(resp *http.Response) bool {
	body, _ := io.ReadAll(io.LimitReader(resp.Body, 4096))
	if !json.Valid(body) {
		return false
	}
	members, errors := 0, 0
	for name, value := range Members(body) {
		members++
		if name == "error" && len(value) > 0 && value[0] == '"' {
			errors++
		}
	}
	return members == 1 && errors == 1
}

func mediaType(h http.Header) string {
	t, _, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil {
		return ""
	}
	return t
}

func isJSON(mediaType string) bool {
	return mediaType == "application/json" || strings.HasSuffix(mediaType, "+json")
}

func split(route string) (method, template string) {
	method, template, _ = strings.Cut(route, " ")
	return method, template
}

// replyError is an Error about a reply.
func replyError(resp *http.Response, route string, class Class, reason string) *Error {
	e := NewError(class, resp.StatusCode, route, reason)
	e.plain = !isJSON(mediaType(resp.Header))
	for _, name := range []string{"Atl-Traceid", "Atl-Request-Id", "X-Arequestid"} {
		if e.Trace = resp.Header.Get(name); e.Trace != "" {
			break
		}
	}
	return e
}

// protocolError is an Error without a reply.
func protocolError(route, reason string) *Error {
	return NewError(ClassProtocol, 0, route, reason)
}

// awayError is an Error about a connection. A call that its own context ended
// is ClassAway too, with the context's error as cause.
func awayError(route string, ctx context.Context, err error) *Error {
	e := NewError(ClassAway, 0, route, "")
	var op *net.OpError
	e.unsent = errors.As(err, &op) && (op.Op == "dial" || op.Op == "proxyconnect")
	if ctx.Err() != nil {
		e.Err = ctx.Err()
	} else {
		e.Err = cause(err)
	}
	return e
}

var errBroken = errors.New("the connection broke off")

// cause keeps of a connection's error what cannot hold content or an address
// with a signature: net/http quotes malformed replies, and *url.Error the address.
func cause(err error) error {
	var (
		stall *stallError
		dns   *net.DNSError
		op    *net.OpError
		errno syscall.Errno
		cert  *tls.CertificateVerificationError
	)
	switch {
	case errors.As(err, &stall):
		return stall
	case errors.As(err, &dns):
		return dns
	case errors.As(err, &cert):
		return cert
	case errors.As(err, &errno):
		return errno
	case errors.As(err, &op):
		return errors.New("network error during " + op.Op)
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return io.ErrUnexpectedEOF
	}
	return errBroken
}
