package gcstest

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// call is one request.
type call struct {
	op           Op
	bucket, name string
	source       string // of Rewrite: the object that is copied
	query        url.Values
	session      *session
	r            *http.Request
	w            http.ResponseWriter // conn, or answer
	conn         http.ResponseWriter
	answer       *httptest.ResponseRecorder
	fault        *Fault
}

// parse tells what is asked.
func (s *Server) parse(w http.ResponseWriter, r *http.Request) (*call, bool) {
	c := &call{query: r.URL.Query(), r: r, w: w, conn: w}
	path, upload := strings.CutPrefix(r.URL.EscapedPath(), "/upload")
	path, ok := strings.CutPrefix(strings.TrimPrefix(path, "/download"), "/storage/v1/b/")
	if !ok {
		return c, s.parseSigned(c)
	}
	parts := strings.Split(path, "/")
	for i, part := range parts {
		var err error
		if parts[i], err = url.PathUnescape(part); err != nil {
			return nil, false
		}
	}
	c.bucket = parts[0]
	switch {
	case len(parts) == 1 && r.Method == http.MethodGet:
		c.op = Bucket
	case len(parts) == 2 && parts[1] == "o" && upload:
		return c, s.parseUpload(c)
	case len(parts) == 2 && parts[1] == "o" && r.Method == http.MethodGet:
		c.op, c.name = List, c.query.Get("prefix")
	case len(parts) == 3 && parts[1] == "o":
		c.name = parts[2]
		c.op = map[string]Op{http.MethodGet: Attrs, http.MethodDelete: Delete, http.MethodPatch: Patch}[r.Method]
		if c.op == Attrs && c.query.Get("alt") == "media" {
			c.op = Read
		}
	case len(parts) == 4 && parts[1] == "o" && parts[3] == "compose" && r.Method == http.MethodPost:
		c.op, c.name = Compose, parts[2]
	case len(parts) == 8 && parts[1] == "o" && parts[3] == "rewriteTo" && parts[5] == c.bucket && r.Method == http.MethodPost:
		c.op, c.source, c.name = Rewrite, parts[2], parts[7]
	}
	return c, c.op != ""
}

func (s *Server) parseUpload(c *call) bool {
	c.name = c.query.Get("name")
	switch c.query.Get("uploadType") {
	case "multipart":
		c.op = Insert
		return c.r.Method == http.MethodPost
	case "resumable":
		c.op = Begin
	default:
		return false
	}
	if id := c.query.Get("upload_id"); id != "" {
		s.mu.Lock()
		c.session = s.sessions[id]
		s.mu.Unlock()
		c.op = Chunk
		if !strings.HasSuffix(c.r.Header.Get("Content-Range"), "/*") {
			c.op = Final
		}
		if c.session != nil {
			c.name = c.session.name
		}
	}
	return true
}

// fail answers with an error as the service words it.
func fail(w http.ResponseWriter, status int, reason, message string) {
	if reason == "" {
		reason = map[int]string{401: "required", 403: "forbidden", 404: "notFound", 412: "conditionNotMet", 429: "rateLimitExceeded", 503: "backendError"}[status]
	}
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"error": map[string]any{
		"code": status, "message": message,
		"errors": []any{map[string]any{"domain": "global", "reason": reason, "message": message}},
	}})
}

// reply answers with v.
func reply(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	_ = json.NewEncoder(w).Encode(v)
}

// resource describes an object as the service does.
func (o *object) resource() map[string]any {
	m := map[string]any{
		"kind": "storage#object", "id": fmt.Sprintf("%s/%s/%d", o.bucket, o.name, o.generation), "bucket": o.bucket, "name": o.name,
		"generation": strconv.FormatInt(o.generation, 10), "metageneration": strconv.FormatInt(o.metageneration, 10),
		"size": strconv.FormatInt(o.size, 10), "crc32c": encode(o.crc32c), "contentType": o.contentType, "storageClass": "STANDARD",
		"timeCreated": o.created.Format(time.RFC3339Nano), "updated": o.updated.Format(time.RFC3339Nano),
	}
	if len(o.metadata) > 0 {
		m["metadata"] = o.metadata
	}
	if o.components > 0 {
		m["componentCount"] = o.components
	}
	if o.temporaryHold {
		m["temporaryHold"] = true
	}
	if o.eventHold {
		m["eventBasedHold"] = true
	}
	return m
}

// encode writes a checksum as the service does.
func encode(sum uint32) string {
	return base64.StdEncoding.EncodeToString(binary.BigEndian.AppendUint32(nil, sum))
}

// described is what a request says of the object that it makes.
type described struct {
	Name          string            `json:"name"`
	ContentType   string            `json:"contentType"`
	Metadata      map[string]string `json:"metadata"`
	CRC32C        string            `json:"crc32c"`
	TemporaryHold *bool             `json:"temporaryHold"`
	EventHold     *bool             `json:"eventBasedHold"`
	components    int               // of how many others it is composed
}

// refusal is an answer that refuses.
type refusal struct {
	status          int
	reason, message string
}

func (r *refusal) write(w http.ResponseWriter) { fail(w, r.status, r.reason, r.message) }

// check holds the preconditions in the query, whose names begin with prefix,
// against the object, nil where there is none.
func check(query url.Values, prefix string, o *object) *refusal {
	var generation, metageneration int64
	if o != nil {
		generation, metageneration = o.generation, o.metageneration
	}
	for name, holds := range map[string]func(int64) bool{
		"GenerationMatch":        func(v int64) bool { return generation == v },
		"GenerationNotMatch":     func(v int64) bool { return generation != v },
		"MetagenerationMatch":    func(v int64) bool { return metageneration == v },
		"MetagenerationNotMatch": func(v int64) bool { return metageneration != v },
	} {
		text := query.Get(prefix + name)
		if text == "" {
			continue
		}
		v, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return &refusal{http.StatusBadRequest, "invalid", "Invalid value for " + prefix + name}
		}
		if !holds(v) {
			return &refusal{http.StatusPreconditionFailed, "conditionNotMet", "At least one of the pre-conditions you specified did not hold."}
		}
	}
	return nil
}

// kept returns a refusal if a hold or the retention policy keeps the object.
func (b *bucket) kept(o *object) *refusal {
	const until = "'%s/%s' is under active %s hold and cannot be deleted, overwritten or archived until hold is removed."
	switch {
	case o == nil:
		return nil
	case o.temporaryHold:
		return &refusal{http.StatusForbidden, "objectUnderActiveHold", fmt.Sprintf("Object "+until, o.bucket, o.name, "Temporary")}
	case o.eventHold:
		return &refusal{http.StatusForbidden, "objectUnderActiveHold", fmt.Sprintf("Object "+until, o.bucket, o.name, "Event-Based")}
	case time.Since(o.created) < b.retention:
		return &refusal{http.StatusForbidden, "forbidden", fmt.Sprintf(
			"Object '%s/%s' is subject to bucket's retention policy and cannot be deleted, overwritten or archived until %s",
			o.bucket, o.name, o.created.Add(b.retention).Format(time.RFC3339Nano))}
	}
	return nil
}

func notFound(bucket, name string) *refusal {
	return &refusal{http.StatusNotFound, "notFound", fmt.Sprintf("No such object: %s/%s", bucket, name)}
}
