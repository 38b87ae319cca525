package samplesite

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"holdfast/internal/samplesite/content"
	"holdfast/internal/samplesite/rawjson"
)

// wikiType is what Confluence sends; Jira adds the charset.
const wikiType = "application/json"

// The codes of errors of REST v2.
const (
	invalidParameter = "INVALID_REQUEST_PARAMETER"
	notFound         = "NOT_FOUND"
)

// wikiOK is an answer of either of Confluence's APIs.
func wikiOK(body rawjson.Raw) reply { return typed(http.StatusOK, wikiType, body) }

// wikiRefuse is an error of REST v2.
func wikiRefuse(status int, code, title string) reply {
	return typed(status, wikiType, rawjson.Object("errors", []rawjson.Raw{
		rawjson.Object("status", status, "code", code, "title", title, "detail", nil),
	}))
}

// wikiInvalid is the answer of REST v2 to a parameter that it does not take.
func wikiInvalid(format string, args ...any) *reply {
	p := wikiRefuse(http.StatusBadRequest, invalidParameter, fmt.Sprintf(format, args...))
	return &p
}

// wikiAbsent is the answer of REST v2 for what is not there and what the account may not see alike.
func wikiAbsent() reply { return wikiRefuse(http.StatusNotFound, notFound, "Not Found") }

// plainRefuse is an error of REST v1, and of what stands in front of both APIs.
func plainRefuse(status int, message string) reply {
	return typed(status, wikiType, rawjson.Object("statusCode", status, "message", message))
}

// strangers is the answer of every route of Confluence to a credential that it does
// not accept, and to none: 403, where others answer 401.
func strangers() *reply {
	p := plainRefuse(http.StatusForbidden, "Request rejected because caller cannot access Confluence")
	return &p
}

// unparseable is the answer of the server in front of Confluence to a Basic
// credential that is not base64 of a name and a token: a page, not JSON.
func unparseable() *reply {
	p := typed(http.StatusUnauthorized, "text/html;charset=utf-8", []byte("<!doctype html><html lang=\"en\"><head><title>HTTP Status 401 – Unauthorized</title></head>"+
		"<body><h1>HTTP Status 401 – Unauthorized</h1><p><b>Message</b> Basic Authentication Failure - Reason : AUTHENTICATED_FAILED</p></body></html>"))
	p.header.Set("Www-Authenticate", "OAuth realm=\""+url.QueryEscape(content.Base)+"\"")
	return &p
}

// ofWiki reports whether a path without the gateway's prefix is Confluence's.
func ofWiki(path string) bool { return strings.HasPrefix(path, "/wiki/") }

// unmatchedWiki answers a path or method that Confluence does not have.
func unmatchedWiki(method, path string, allowed []string) reply {
	out := wikiRefuse(http.StatusNotFound, notFound, "No endpoint "+method+" "+path+".")
	if len(allowed) > 0 {
		out = wikiRefuse(http.StatusMethodNotAllowed, "METHOD_NOT_ALLOWED", "Request method '"+method+"' is not supported.")
		out.header.Set("Allow", strings.Join(allowed, ","))
	}
	return out
}
