package samplesite

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"holdfast/internal/samplesite/content"
	"holdfast/internal/samplesite/rawjson"
)

// MediaHandler returns the media host, which knows no accounts: a signed URL
// that has not expired is all that it wants, and it counts every credential
// that it is shown as a leak.
func (s *Site) MediaHandler() http.Handler { return http.HandlerFunc(s.serveMedia) }

var mediaTemplate = route{method: http.MethodGet, template: MediaRoute, segments: []string{"file", "{id}", "binary"}}

func (s *Site) serveMedia(w http.ResponseWriter, r *http.Request) {
	rt := mediaTemplate
	c := &call{site: s, r: r, query: r.URL.Query(), route: &rt}
	params, found := rt.accepts(splitPath(r.URL.EscapedPath()))
	if !found || r.Method != http.MethodGet {
		s.count.unmatched(r.Method)
		typed(http.StatusNotFound, "text/plain", []byte("not found")).send(newOutput(w, s.count))
		return
	}
	c.params = params
	id := s.count.identify(c)
	s.count.begin(c, id, s.world.epoch())
	out := newOutput(w, s.count)
	effect := s.faults.apply(c)
	if effect.disturbing() {
		s.count.fail(id)
	}
	if !effect.wait(r.Context()) {
		return
	}
	out.cut = effect.cut
	if effect.reply != nil {
		effect.reply.send(out)
		return
	}
	s.media(c).send(out)
}

func (s *Site) media(c *call) reply {
	if c.r.Header.Get("Authorization") != "" || c.r.Header.Get("Cookie") != "" {
		s.count.leak()
		return mediaError(http.StatusBadRequest, "Credentials are not accepted here.")
	}
	expires, _ := strconv.ParseInt(c.query.Get("expires"), 10, 64)
	if !hmac.Equal([]byte(s.sign(c.params["id"], expires)), []byte(c.query.Get("token"))) {
		return mediaError(http.StatusForbidden, "The signature does not match.")
	}
	if s.cfg.Now().Unix() >= expires {
		return mediaError(http.StatusForbidden, "The token has expired.")
	}
	if strings.HasPrefix(c.params["id"], wikiFilePrefix) {
		return s.wikiMedia(c)
	}
	id := content.AttachmentOf(c.params["id"])
	a, found := s.attachment(id)
	if !found || s.world.isLost(id) {
		return mediaError(http.StatusNotFound, "The file does not exist.")
	}
	return file(c.r, a.Name, a.MediaType, s.bytesOf(a))
}

func mediaError(status int, message string) reply {
	return typed(status, "application/json", rawjson.Object("error", rawjson.Object("code", http.StatusText(status), "title", message)))
}

// bytesOf returns what the site has of an attachment, which a fault may have cut short.
func (s *Site) bytesOf(a content.Attachment) io.ReadSeeker {
	if n, short := s.world.truncated(a.ID); short && n < a.Size {
		return a.Head(n)
	}
	return a.Open()
}

// sign is the signature of a URL for a file until a Unix time.
func (s *Site) sign(id string, expires int64) string {
	mac := hmac.New(sha256.New, s.signKey)
	fmt.Fprintf(mac, "%s %d", id, expires)
	return hex.EncodeToString(mac.Sum(nil))
}

// signed returns the URL at the media host under which an attachment's bytes are for a short time.
func (s *Site) signed(a content.Attachment) string {
	return s.signedURL(content.MediaID(a.ID), a.Name)
}

// signedURL is the URL of the media host's file of that id.
func (s *Site) signedURL(id, name string) string {
	// Rounded up, since the URL carries whole seconds.
	expires := s.cfg.Now().Add(s.cfg.SignedFor + time.Second - 1).Unix()
	q := url.Values{"token": {s.sign(id, expires)}, "expires": {strconv.FormatInt(expires, 10)}, "name": {name}, "dl": {"true"}}
	return fmt.Sprintf("%s/file/%s/binary?%s", s.MediaURL(), id, q.Encode())
}
