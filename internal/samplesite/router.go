package samplesite

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/url"
	"sort"
	"strings"

	"holdfast/internal/samplesite/content"
)

// Prefix is the path below which the platform API lives.
const Prefix = "/rest/api/3"

// MediaRoute is the route of the media host, as counted and as faults name it.
const MediaRoute = "/file/{id}/binary"

// route is a method and path template as in Atlassian's OpenAPI document.
type route struct {
	method   string
	template string
	segments []string
	scopes   []string // classic OAuth scopes, of which a scoped token needs all
	answer   func(*call) reply
	upload   bool // the answer reads the body itself, which may be of any size
}

// call is one request on its way through the site.
type call struct {
	site    *Site
	r       *http.Request
	route   *route
	params  map[string]string
	query   url.Values
	body    []byte
	known   bool // the credential was accepted
	gateway bool
	scoped  bool // by a token with scopes

	row       content.Row // of a write to an issue
	onProject int         // of a write to a project: its index

	files []content.Upload // of a write that sends files
}

// maxBody is the largest request body that is read.
const maxBody = 10 << 20

// Handler returns the site, for Start and for httptest.
func (s *Site) Handler() http.Handler { return http.HandlerFunc(s.serveSite) }

func (s *Site) serveSite(w http.ResponseWriter, r *http.Request) {
	path, gateway := s.strip(r.URL.EscapedPath())
	c := &call{site: s, r: r, query: r.URL.Query(), gateway: gateway}
	var allowed []string
	c.route, c.params, allowed = s.match(r.Method, path)
	if automated := c.route != nil && c.params["cloudid"] != ""; automated {
		c.gateway = c.params["cloudid"] == s.cloudID
		if !c.gateway {
			c.route = nil
		}
	}
	if c.route == nil {
		out := newOutput(w, s.count)
		s.unmatched(r, path, allowed).send(out)
		return
	}
	var tooLarge *http.MaxBytesError
	if !c.route.upload {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
		if err != nil && !errors.As(err, &tooLarge) {
			return // the client went away
		}
		c.body = body
	}
	s.run(w, c, tooLarge != nil)
}

// run counts the request, applies planned faults, authenticates, throttles and answers.
func (s *Site) run(w http.ResponseWriter, c *call, tooLarge bool) {
	id := s.count.identify(c)
	s.count.begin(c, id, s.world.epoch())
	out := newOutput(w, s.count)
	effect := s.faults.apply(c)
	// Noted before the reply is sent: the client may ask again at once.
	if effect.disturbing() {
		s.count.fail(id)
	}
	if !effect.wait(c.r.Context()) {
		return
	}
	out.cut = effect.cut
	if effect.reply != nil {
		effect.reply.send(out)
		return
	}
	if tooLarge {
		problem(http.StatusRequestEntityTooLarge, "The request body is too large.", c.r).send(out)
		return
	}
	refusal, header := s.authenticate(c)
	for k, v := range header {
		w.Header()[k] = v
	}
	if refusal == nil && c.scoped {
		refusal = c.outOfScope()
	}
	if refusal != nil {
		refusal.send(out)
		return
	}
	if throttled := s.rate.take(c, w.Header(), s.cfg.Now()); throttled != nil {
		s.count.throttle()
		s.count.fail(id)
		throttled.send(out)
		return
	}
	answer := c.route.answer(c)
	if answer.status >= http.StatusInternalServerError {
		s.count.fail(id)
	}
	answer.send(out)
}

// strip takes the gateway's prefix off the path.
func (s *Site) strip(path string) (string, bool) {
	rest, ok := strings.CutPrefix(path, "/ex/jira/"+s.cloudID)
	if ok && strings.HasPrefix(rest, "/rest/") {
		return rest, true
	}
	rest, ok = strings.CutPrefix(path, "/ex/confluence/"+s.cloudID)
	if ok && ofWiki(rest) {
		return rest, true
	}
	return path, false
}

// match finds the route of a path; literal segments win over parameters. Where
// only the method differs it returns the methods that the path has.
func (s *Site) match(method, path string) (*route, map[string]string, []string) {
	parts := strings.Split(strings.Trim(path, "/"), "/")
	var best *route
	var params map[string]string
	methods := map[string]bool{}
	for i := range s.routes {
		rt := &s.routes[i]
		p, ok := rt.accepts(parts)
		if !ok {
			continue
		}
		methods[rt.method] = true
		if rt.method == method && (best == nil || len(p) < len(params)) {
			best, params = rt, p
		}
	}
	if best != nil {
		return best, params, nil
	}
	var allowed []string
	for m := range methods {
		allowed = append(allowed, m)
	}
	sort.Strings(allowed)
	return nil, nil, allowed
}

func (rt *route) accepts(parts []string) (map[string]string, bool) {
	if len(parts) != len(rt.segments) {
		return nil, false
	}
	var params map[string]string
	for i, seg := range rt.segments {
		if !strings.HasPrefix(seg, "{") {
			if seg != parts[i] {
				return nil, false
			}
			continue
		}
		v, err := url.PathUnescape(parts[i])
		if err != nil || v == "" {
			return nil, false
		}
		if params == nil {
			params = map[string]string{}
		}
		params[strings.Trim(seg, "{}")] = v
	}
	return params, true
}

// unmatched answers a path or method that is not served: problem+json on both.
func (s *Site) unmatched(r *http.Request, path string, allowed []string) reply {
	s.count.unmatched(r.Method)
	if ofWiki(path) {
		return unmatchedWiki(r.Method, path, allowed)
	}
	if len(allowed) > 0 {
		out := problem(http.StatusMethodNotAllowed, "Request method '"+r.Method+"' is not supported.", r)
		out.header.Set("Allow", strings.Join(allowed, ","))
		return out
	}
	return problem(http.StatusNotFound, "No endpoint "+r.Method+" "+path+".", r)
}

// output writes a reply, counts its bytes and breaks it off where a fault says so.
type output struct {
	w      http.ResponseWriter
	count  *counter
	status int
	sent   int64
	cut    int64 // bytes of the body after which the connection is dropped; negative: never
}

func newOutput(w http.ResponseWriter, n *counter) *output { return &output{w: w, count: n, cut: -1} }

func (o *output) Header() http.Header { return o.w.Header() }

func (o *output) WriteHeader(status int) {
	o.status = status
	if o.cut == 0 {
		o.abort()
	}
	o.w.WriteHeader(status)
}

func (o *output) Write(p []byte) (int, error) {
	if o.status == 0 {
		o.status = http.StatusOK
	}
	if o.cut >= 0 && o.sent+int64(len(p)) > o.cut {
		n, _ := o.w.Write(p[:o.cut-o.sent])
		o.count.bytes(int64(n))
		if f, ok := o.w.(http.Flusher); ok {
			f.Flush()
		}
		o.abort()
	}
	n, err := o.w.Write(p)
	o.sent += int64(n)
	o.count.bytes(int64(n))
	return n, err
}

// abort drops the connection, in the way that net/http has for it.
func (o *output) abort() { panic(http.ErrAbortHandler) }

// isObject tells a JSON object from other bodies by its first byte.
func isObject(body []byte) bool { return bytes.HasPrefix(bytes.TrimSpace(body), []byte("{")) }
