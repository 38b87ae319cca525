package samplesite

import (
	"net/http"

	"holdfast/internal/samplesite/content"
	"holdfast/internal/samplesite/rawjson"
)

// keyedReads is the routes that list properties of a kind and give one; owner finds what has them.
func keyedReads(template string, scopes []string, kind string, owner func(*call) (string, *reply)) []route {
	properties := func(c *call) ([]rawjson.Member, *reply) {
		id, bad := owner(c)
		if bad != nil {
			return nil, bad
		}
		var out []rawjson.Member
		for _, e := range c.site.src.Setup().List(kind, id) {
			m, err := rawjson.Split(e.Body)
			if err == nil {
				out = append(out, rawjson.Member{Name: e.ID, Value: rawjson.Get(m, "value")})
			}
		}
		return out, nil
	}
	return []route{
		{method: http.MethodGet, template: template, scopes: scopes, answer: func(c *call) reply {
			all, bad := properties(c)
			if bad != nil {
				return *bad
			}
			return c.propertyKeys(all)
		}},
		{method: http.MethodGet, template: template + "/{propertyKey}", scopes: scopes, answer: func(c *call) reply {
			all, bad := properties(c)
			if bad != nil {
				return *bad
			}
			return c.oneProperty(all)
		}},
	}
}

// keyedWrites is the routes that set and delete such a property.
func keyedWrites(template string, scopes []string, kind string, owner func(*call) (string, *reply)) []write {
	return []write{
		{method: http.MethodPut, template: template + "/{propertyKey}", scopes: scopes, answer: func(c *call) reply {
			id, bad := owner(c)
			if bad != nil {
				return *bad
			}
			value, bad := c.propertyValue()
			if bad != nil {
				return *bad
			}
			key := c.params["propertyKey"]
			_, there := c.site.src.Setup().Find(kind, id, key)
			c.site.layer.Put(kind, id, content.Entry{ID: key, Project: -1, Body: rawjson.Object("key", key, "value", value)})
			if there {
				return wrote(http.StatusOK, rawjson.Raw("{}"))
			}
			return wrote(http.StatusCreated, rawjson.Raw("{}"))
		}},
		{method: http.MethodDelete, template: template + "/{propertyKey}", scopes: scopes, answer: func(c *call) reply {
			id, bad := owner(c)
			if bad != nil {
				return *bad
			}
			if !c.site.layer.Remove(kind, id, c.params["propertyKey"]) {
				return noProperty(c.params["propertyKey"])
			}
			return wrote(http.StatusNoContent, nil)
		}},
	}
}
