package samplesite

import (
	"bytes"
	"encoding/json"
	"net/http"
	"time"

	"holdfast/internal/samplesite/content"
	"holdfast/internal/samplesite/rawjson"
)

// How long an Admin Key works, in minutes.
const (
	usualKey = 10
	mostKey  = 60
)

// key returns when the account's Admin Key ends, and whether it is in force.
func (w *wikiWorld) key(now time.Time) (until int64, inForce bool) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	return w.keyUntil, now.UnixMilli() < w.keyUntil
}

// keyless is the answer to an account that may not use Admin Keys, or of a site
// that has none; nil where it may.
func (c *call) keyless() *reply {
	c.site.wiki.mu.RLock()
	none := c.site.wiki.noKey
	c.site.wiki.mu.RUnlock()
	c.site.world.mu.RLock()
	none = none || c.site.world.lacksAdmin
	c.site.world.mu.RUnlock()
	if !none {
		return nil
	}
	p := wikiAbsent()
	return &p
}

func getAdminKey(c *call) reply {
	if p := c.keyless(); p != nil {
		return *p
	}
	until, inForce := c.site.wiki.key(c.site.cfg.Now())
	if !inForce {
		return wikiAbsent()
	}
	return c.keyReply(until)
}

func (c *call) keyReply(until int64) reply {
	return wikiOK(rawjson.Object("accountId", c.site.AccountID(), "expirationTime", content.FormatWikiTime(until)))
}

func postAdminKey(c *call) reply {
	if p := c.keyless(); p != nil {
		return *p
	}
	var in struct{ DurationInMinutes int }
	if text := bytes.TrimSpace(c.body); len(text) > 0 {
		if err := json.Unmarshal(text, &in); err != nil {
			return *wikiInvalid("The request body cannot be read")
		}
	}
	if in.DurationInMinutes < 0 || in.DurationInMinutes > mostKey {
		return *wikiInvalid("durationInMinutes must be between 1 and %d", mostKey)
	}
	if in.DurationInMinutes == 0 {
		in.DurationInMinutes = usualKey
	}
	until := c.site.cfg.Now().Add(time.Duration(in.DurationInMinutes) * time.Minute).UnixMilli()
	c.site.wiki.mu.Lock()
	c.site.wiki.keyUntil = until
	c.site.wiki.mu.Unlock()
	return c.keyReply(until)
}

func deleteAdminKey(c *call) reply {
	if p := c.keyless(); p != nil {
		return *p
	}
	c.site.wiki.mu.Lock()
	c.site.wiki.keyUntil = 0
	c.site.wiki.mu.Unlock()
	return reply{status: http.StatusNoContent}
}
