package confluence

import (
	"context"
	"encoding/json"
	"strings"

	"holdfast/internal/archive"
)

// access compares who may do what in a space, and who watches it. What the account that restores has
// more of is there because it made the space.
func (c *comparing) access(ctx context.Context, want, got map[string][]archive.Record) error {
	me, err := c.me(ctx)
	if err != nil {
		return err
	}
	watcher := func(r archive.Record) string { return text(r.Body, "watcher", "accountId") }
	if err := c.granted(ctx, watcherKind, want[watcherKind], got[watcherKind], watcher, func(r archive.Record) string { return c.now(watcher(r)) }, me); err != nil {
		return err
	}
	if !c.job.Plan.Spec.Options.Permissions {
		return nil
	}
	permission := func(r archive.Record, to string) string {
		return strings.Join([]string{to, text(r.Body, "principal", "type"), text(r.Body, "operation", "key"), text(r.Body, "operation", "targetType")}, " ")
	}
	err = c.granted(ctx, permissionKind, want[permissionKind], got[permissionKind],
		func(r archive.Record) string { return permission(r, text(r.Body, "principal", "id")) },
		func(r archive.Record) string { return permission(r, c.nowWho(text(r.Body, "principal", "id"))) }, me+" ")
	if err != nil {
		return err
	}
	role := func(r archive.Record, to string) string { return to + " " + text(r.Body, "principal", "principalType") }
	return c.granted(ctx, assignmentKind, want[assignmentKind], got[assignmentKind],
		func(r archive.Record) string { return role(r, text(r.Body, "principal", "principalId")) },
		func(r archive.Record) string { return role(r, c.nowWho(text(r.Body, "principal", "principalId"))) }, me+" ")
}

// granted is named for what accounts and groups are given: where one account stands in for several, what
// they all had is there once; surplus whose name begins with own is passed over.
func (c *comparing) granted(ctx context.Context, kind string, want, got []archive.Record, there, here func(archive.Record) string, own string) error {
	have, used := map[string]archive.Record{}, map[string]bool{}
	for _, g := range got {
		if _, twice := have[there(g)]; twice {
			c.job.Diff.TooMany(kind, g.ID)
			continue
		}
		have[there(g)] = g
	}
	for _, w := range want {
		name := here(w)
		g, ok := have[name]
		if !ok || c.excused(w, "") {
			c.missing(w)
			continue
		}
		used[name] = true
		if err := c.compare(ctx, w, g); err != nil {
			return err
		}
	}
	for name, g := range have {
		if !used[name] && !strings.HasPrefix(name, own) {
			c.job.Diff.TooMany(kind, g.ID)
		}
	}
	return nil
}

// me is the account that restored.
func (c *comparing) me(ctx context.Context) (string, error) {
	var err error
	if c.account == "" {
		c.account, err = c.target.me(ctx)
	}
	return c.account, err
}

// nowWho is what a user or a group of the archive is in the destination.
func (c *comparing) nowWho(id string) string {
	if to, ok := c.job.Mapping.To(groupKind, id); ok {
		return to
	}
	return c.now(id)
}

// whoWant is the user or the group that one of the archive is in the destination.
func (c *comparing) whoWant(v json.RawMessage) (json.RawMessage, error) {
	return jsonOf(c.nowWho(jsonText(v))), nil
}

// mappedWant is what something of the configuration is in the destination.
func (c *comparing) mappedWant(kind string) func(json.RawMessage) (json.RawMessage, error) {
	return func(v json.RawMessage) (json.RawMessage, error) {
		if to, ok := c.job.Mapping.To(kind, jsonText(v)); ok {
			return jsonOf(to), nil
		}
		return v, nil
	}
}
