package samplesite

import (
	"slices"
	"strconv"
	"strings"
)

// adminKey reports whether the request is made with an Admin Key that is in force.
func (c *call) adminKey() bool {
	if c.r.Header.Get(adminKeyHeader) != "true" {
		return false
	}
	w := c.site.wiki
	w.mu.RLock()
	defer w.mu.RUnlock()
	return c.site.cfg.Now().UnixMilli() < w.keyUntil
}

// wikiInt reads a number of REST v2, which must be in the range.
func (c *call) wikiInt(name string, otherwise, least, most int64) (int64, *reply) {
	v := c.query.Get(name)
	if v == "" {
		return otherwise, nil
	}
	n, err := strconv.ParseInt(v, 10, 64)
	if err != nil {
		return 0, wikiInvalid("Provided value {%s} for '%s' is not the correct type. Expected type is long", v, name)
	}
	if n < least || n > most {
		return 0, wikiInvalid("Provided value {%s} for '%s' is not in the range of %d to %d", v, name, least, most)
	}
	return n, nil
}

// wikiFlag reads a boolean of REST v2.
func (c *call) wikiFlag(name string, otherwise bool) (bool, *reply) {
	switch v := c.query.Get(name); v {
	case "":
		return otherwise, nil
	case "true":
		return true, nil
	case "false":
		return false, nil
	default:
		return false, wikiInvalid("Provided value {%s} for '%s' is not the correct type. Expected type is boolean", v, name)
	}
}

// pathID reads an id of the path, which REST v2 takes as a number only.
func (c *call) pathID(name string) (int64, *reply) {
	id, err := strconv.ParseInt(c.params[name], 10, 64)
	if err != nil {
		return 0, wikiInvalid("Provided value {%s} for '%s' is not the correct type. Expected type is long", c.params[name], name)
	}
	return id, nil
}

// wikiIDs reads ids, repeated and joined by commas; none where the parameter is absent.
func (c *call) wikiIDs(name string, most int) ([]int64, *reply) {
	values := splitList(c.query[name]...)
	if len(values) > most {
		return nil, wikiInvalid("Provided value for '%s' has %d items, which is more than %d", name, len(values), most)
	}
	var out []int64
	for _, v := range values {
		id, err := strconv.ParseInt(v, 10, 64)
		if err != nil {
			return nil, wikiInvalid("Provided value {%s} for '%s' is not the correct type. Expected type is long", v, name)
		}
		out = append(out, id)
	}
	return out, nil
}

// someOf reads values of an enumeration, repeated and joined by commas; otherwise
// where the parameter is absent.
func (c *call) someOf(name string, otherwise []string, allowed ...string) ([]string, *reply) {
	values := splitList(c.query[name]...)
	for _, v := range values {
		if !slices.Contains(allowed, v) {
			return nil, wikiInvalid("Provided value {%s} for '%s' is not one of %s", v, name, strings.Join(allowed, ", "))
		}
	}
	if len(values) == 0 {
		return otherwise, nil
	}
	return values, nil
}

// oneOf reads a value of an enumeration; "" where the parameter is absent.
func (c *call) oneOf(name string, allowed ...string) (string, *reply) {
	v := c.query.Get(name)
	if v != "" && !slices.Contains(allowed, v) {
		return "", wikiInvalid("Provided value {%s} for '%s' is not one of %s", v, name, strings.Join(allowed, ", "))
	}
	return v, nil
}
