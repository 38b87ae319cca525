package gcstest

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
)

// rewrite does one step of a copy. The copy is a second name of the same file.
func (s *Server) rewrite(c *call) {
	defer c.after()
	about, err := describedBy(c)
	if err != nil {
		fail(c.w, http.StatusBadRequest, "parseError", err.Error())
		return
	}
	s.mu.Lock()
	src, refused := s.live(c, c.source, c.query.Get("sourceGeneration"))
	if refused == nil {
		refused = check(c.query, "ifSource", src)
	}
	if refused == nil {
		refused = check(c.query, "if", s.buckets[c.bucket].objects[c.name])
	}
	token := c.query.Get("rewriteToken")
	done, known := s.rewrites[token]
	s.mu.Unlock()
	if refused == nil && token != "" && !known {
		refused = &refusal{http.StatusBadRequest, "invalid", "The provided rewriteToken is invalid."}
	}
	if refused != nil {
		refused.write(c.w)
		return
	}
	answer := map[string]any{"kind": "storage#rewriteResponse", "objectSize": strconv.FormatInt(src.size, 10)}
	if s.RewriteStep > 0 {
		done += s.RewriteStep
	} else {
		done = src.size
	}
	if done < src.size {
		token = rand.Text()
		s.mu.Lock()
		s.rewrites[token] = done
		s.mu.Unlock()
		answer["totalBytesRewritten"], answer["done"], answer["rewriteToken"] = strconv.FormatInt(done, 10), false, token
		reply(c.w, answer)
		return
	}
	path := filepath.Join(s.dir, rand.Text())
	if err := os.Link(src.path, path); err != nil {
		notFound(c.bucket, c.source).write(c.w) // replaced since
		return
	}
	f, err := os.Open(path)
	if err != nil {
		fail(c.w, http.StatusInternalServerError, "backendError", err.Error())
		return
	}
	body := &content{File: f, size: src.size, sum: src.crc32c}
	if c.fault != nil && c.fault.Flip {
		body.sum ^= 1
	}
	if about.Metadata == nil {
		about.Metadata = src.metadata
	}
	if about.ContentType == "" {
		about.ContentType = src.contentType
	}
	o, refused := s.publish(c.bucket, c.name, c.query, about, body, "")
	if refused != nil {
		body.discard()
		refused.write(c.w)
		return
	}
	answer["totalBytesRewritten"], answer["done"], answer["resource"] = strconv.FormatInt(o.size, 10), true, o.resource()
	reply(c.w, answer)
}

// maxComponents is how many objects can be composed at a time.
const maxComponents = 32

// compose makes an object of others, one after another.
func (s *Server) compose(c *call) {
	defer c.after()
	var request struct {
		Sources []struct {
			Name          string      `json:"name"`
			Generation    json.Number `json:"generation"`
			Preconditions struct {
				Generation json.Number `json:"ifGenerationMatch"`
			} `json:"objectPreconditions"`
		} `json:"sourceObjects"`
		Destination described `json:"destination"`
	}
	if err := json.NewDecoder(c.r.Body).Decode(&request); err != nil {
		fail(c.w, http.StatusBadRequest, "parseError", err.Error())
		return
	}
	if n := len(request.Sources); n == 0 || n > maxComponents {
		fail(c.w, http.StatusBadRequest, "invalid", fmt.Sprintf("The number of source components provided (%d) is not 1 to %d", n, maxComponents))
		return
	}
	body, err := s.newContent()
	if err != nil {
		fail(c.w, http.StatusInternalServerError, "backendError", err.Error())
		return
	}
	components := 0
	for _, source := range request.Sources {
		s.mu.Lock()
		o, refused := s.live(c, source.Name, source.Generation.String())
		if want := source.Preconditions.Generation.String(); refused == nil && want != "" && want != strconv.FormatInt(o.generation, 10) {
			refused = &refusal{http.StatusPreconditionFailed, "conditionNotMet", "At least one of the pre-conditions you specified did not hold."}
		}
		var f *os.File
		if refused == nil {
			if f, err = os.Open(o.path); err != nil {
				refused = &refusal{http.StatusInternalServerError, "backendError", err.Error()}
			}
		}
		s.mu.Unlock()
		if refused != nil {
			body.discard()
			refused.write(c.w)
			return
		}
		components += max(1, o.components)
		_, err = io.Copy(body, f)
		f.Close()
		if err != nil {
			body.discard()
			fail(c.w, http.StatusInternalServerError, "backendError", err.Error())
			return
		}
	}
	request.Destination.components = components
	if c.fault != nil && c.fault.Flip {
		body.sum ^= 1
	}
	o, refused := s.publish(c.bucket, c.name, c.query, request.Destination, body, c.wanted(request.Destination.CRC32C))
	if refused != nil {
		body.discard()
		refused.write(c.w)
		return
	}
	reply(c.w, o.resource())
}
