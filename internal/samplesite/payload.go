package samplesite

import (
	"bytes"
	"encoding/json"
	"math"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"holdfast/internal/samplesite/rawjson"
)

// payload refuses what cannot be the body of a POST, as measured on live search/jql.
func (c *call) payload() *reply {
	contentType := c.r.Header.Get("Content-Type")
	if media, _, err := mime.ParseMediaType(contentType); err != nil || media != "application/json" {
		if contentType == "" {
			contentType = "null"
		}
		p := problem(http.StatusUnsupportedMediaType, "Content-Type '"+contentType+"' is not supported.", c.r)
		return &p
	}
	trimmed := bytes.TrimSpace(c.body)
	var p reply
	switch {
	case len(trimmed) == 0 || string(trimmed) == "null":
		p = refusePayload("No content to map to Object due to end of input")
	case !json.Valid(trimmed):
		p = refusePayload("There was an error parsing JSON. Check that your request body is valid.")
	case trimmed[0] != '{':
		p = refusePayload(payloadMessage)
	default:
		return nil
	}
	return &p
}

// object takes a body apart whose members must be among names.
func (c *call) object(names ...string) (map[string]rawjson.Raw, *reply) {
	if p := c.payload(); p != nil {
		return nil, p
	}
	members, err := rawjson.Split(c.body)
	if err != nil {
		p := refusePayload(payloadMessage)
		return nil, &p
	}
	out := map[string]rawjson.Raw{}
	for _, m := range members {
		if !slices.Contains(names, m.Name) {
			p := refusePayload(payloadMessage)
			return nil, &p
		}
		out[m.Name] = m.Value
	}
	return out, nil
}

// texts reads an array of strings; numbers are taken as text, null is an error of its own.
func texts(v rawjson.Raw) (list []string, null, valid bool) {
	if v == nil {
		return nil, false, true
	}
	var items []any
	dec := json.NewDecoder(bytes.NewReader(v))
	dec.UseNumber()
	if err := dec.Decode(&items); err != nil {
		return nil, false, false
	}
	for _, item := range items {
		switch item := item.(type) {
		case string:
			list = append(list, item)
		case json.Number:
			list = append(list, item.String())
		case nil:
			return nil, true, true
		default:
			return nil, false, false
		}
	}
	return list, false, true
}

// textOf reads a string; null and absence are "".
func textOf(v rawjson.Raw) (string, bool) {
	if v == nil || string(v) == "null" {
		return "", true
	}
	var s string
	err := json.Unmarshal(v, &s)
	return s, err == nil
}

// integer reads a number as live search does: "5" and 1.5 are coerced, null is 0.
func integer(v rawjson.Raw, otherwise int) (int, bool) {
	if v == nil {
		return otherwise, true
	}
	s := strings.TrimSpace(string(v))
	if s == "null" {
		return 0, true
	}
	f, err := strconv.ParseFloat(strings.Trim(s, `"`), 64)
	if err != nil || math.Abs(f) > math.MaxInt32 {
		return 0, false
	}
	return int(f), true
}
