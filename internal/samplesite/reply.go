package samplesite

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"holdfast/internal/samplesite/rawjson"
)

// reply is an answer before it is sent.
type reply struct {
	status int
	header http.Header
	body   []byte
	stream func(http.ResponseWriter) // instead of body
}

// jsonType is what Jira sends; Confluence leaves the charset out.
const jsonType = "application/json;charset=UTF-8"

func (p reply) send(o *output) {
	h := o.Header()
	for k, v := range p.header {
		h[k] = v
	}
	h.Set("X-Arequestid", strconv.FormatInt(time.Now().UnixNano(), 36))
	h.Set("Atl-Traceid", fmt.Sprintf("%032x", time.Now().UnixNano()))
	if p.stream != nil {
		p.stream(o)
		return
	}
	h.Set("Content-Length", strconv.Itoa(len(p.body)))
	o.WriteHeader(p.status)
	if len(p.body) > 0 {
		_, _ = o.Write(p.body)
	}
}

func typed(status int, contentType string, body []byte) reply {
	return reply{status: status, header: http.Header{"Content-Type": {contentType}}, body: body}
}

func ok(body rawjson.Raw) reply { return typed(http.StatusOK, jsonType, body) }

// refuse is Jira's ErrorCollection.
func refuse(status int, message string) reply {
	return typed(status, jsonType, rawjson.Object("errorMessages", []string{message}, "errors", rawjson.Raw("{}")))
}

// refusePayload is what search answers to a body that it does not understand: without "errors".
func refusePayload(message string) reply {
	return typed(http.StatusBadRequest, jsonType, rawjson.Object("errorMessages", []string{message}))
}

const payloadMessage = "Invalid request payload. Refer to the REST API documentation and try again."

// problem is an answer of the framework in front of Jira, RFC 9457.
func problem(status int, detail string, r *http.Request) reply {
	return typed(status, "application/problem+json", rawjson.Object("type", "about:blank", "title", http.StatusText(status),
		"status", status, "detail", detail, "instance", r.URL.Path))
}

// noIssue is the answer for absent and hidden issues alike.
func noIssue() reply {
	return refuse(http.StatusNotFound, "Issue does not exist or you do not have permission to see it.")
}

func noProject(idOrKey string) reply {
	return refuse(http.StatusNotFound, "No project could be found with key '"+idOrKey+"'.")
}

// mustLogIn is the answer of operations that need an account, to an anonymous request: not JSON.
func mustLogIn() reply {
	return typed(http.StatusUnauthorized, "text/html;charset=UTF-8", []byte("Client must be authenticated to access this resource."))
}

// serverError is the answer to a body that Jira trips over: it looks transient and is not.
func serverError() reply {
	return typed(http.StatusInternalServerError, jsonType, rawjson.Object("message", "Internal server error", "status-code", 500, "stack-trace", ""))
}

// number reads an integer parameter; the first value counts where it is repeated.
func (c *call) number(name string, otherwise int64) (int64, *reply) {
	values, given := c.query[name]
	if !given || values[0] == "" {
		return otherwise, nil
	}
	n, err := strconv.ParseInt(values[0], 10, 64)
	if err != nil {
		p := problem(http.StatusBadRequest, "Failed to convert '"+name+"' with value: '"+values[0]+"'", c.r)
		return 0, &p
	}
	return n, nil
}

// flag reads a boolean parameter.
func (c *call) flag(name string, otherwise bool) (bool, *reply) {
	v := c.query.Get(name)
	if v == "" {
		return otherwise, nil
	}
	b, err := strconv.ParseBool(v)
	if err != nil {
		p := problem(http.StatusBadRequest, "Failed to convert '"+name+"' with value: '"+v+"'", c.r)
		return false, &p
	}
	return b, nil
}

// file sends bytes, all or the range that r asks for, 416 where it has none. Data
// that can be closed is closed afterwards.
func file(r *http.Request, name, mediaType string, data io.ReadSeeker) reply {
	return reply{stream: func(w http.ResponseWriter) {
		if c, closes := data.(io.Closer); closes {
			defer func() { _ = c.Close() }()
		}
		w.Header().Set("Content-Type", mediaType)
		w.Header().Set("Content-Disposition", "attachment; filename*=UTF-8''"+url.PathEscape(name))
		http.ServeContent(w, r, "", time.Time{}, data)
	}}
}
