package jira

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"holdfast/internal/archive"
	"holdfast/internal/atlassian"
	"holdfast/internal/restore"
)

// Compare implements restore.Target. It reads the destination as a backup would, and
// never by the code that wrote it.
func (t *Target) Compare(ctx context.Context, j *restore.Job, b restore.Batch) error {
	c := &comparing{target: t, job: j, batch: b, kinds: map[string]*restore.Comparison{}}
	switch b.Phase {
	case phaseProjects:
		return c.project(ctx)
	case phaseIssues:
		return c.issues(ctx)
	case phaseBoards:
		return c.shared(ctx, kindBoard)
	case phaseFilters:
		return c.shared(ctx, kindFilter)
	case phaseDashboards:
		return c.shared(ctx, kindDashboard)
	case phasePlans:
		return c.shared(ctx, kindPlan)
	}
	return nil // its records are compared with those of another phase
}

// comparing is one call of Compare.
type comparing struct {
	target *Target
	job    *restore.Job
	batch  restore.Batch
	kinds  map[string]*restore.Comparison
	there  string            // id of the batch's project in the destination
	types  map[string]string // id of a field, here or there → its custom type
}

// of returns the comparison of a kind.
func (c *comparing) of(kind string) *restore.Comparison {
	if c.kinds[kind] == nil {
		c.kinds[kind] = restore.NewComparison(kind, c.rules(kind))
		if kind == "issue" {
			c.kinds[kind].Shorten = withoutFieldID
		}
	}
	return c.kinds[kind]
}

// compare compares a record with its counterpart.
func (c *comparing) compare(ctx context.Context, want, got archive.Record) error {
	if _, err := c.fieldTypes(ctx); err != nil {
		return err
	}
	got.Body = c.mentioned(want, got)
	a, err := c.shape(ctx, want, true)
	if err != nil {
		return err
	}
	b, err := c.shape(ctx, got, false)
	if err != nil {
		return err
	}
	return c.of(want.Kind).Compare(c.job.Diff, want.ID, a, b, func(path string) bool { return c.excused(want, path) })
}

// excused reports whether the report says that a member is not as it was; whom something is shared with
// is left out, where permissions are not restored.
func (c *comparing) excused(want archive.Record, path string) bool {
	if !c.job.Plan.Spec.Options.Permissions && (sharable(want.Kind) || want.Kind == kindPlanDetail) {
		for _, private := range []string{"owner", "sharePermissions", "editPermissions", "permissions"} {
			if path == private || strings.HasPrefix(path, private+"[") || strings.HasPrefix(path, private+".") {
				return true
			}
		}
	}
	return c.job.Excused(want.Kind, want.ID, path)
}

// mentioned is the body of got without those fields of an issue or a project of which
// want says nothing, not even that they are empty: sites have fields of their own.
func (c *comparing) mentioned(want, got archive.Record) json.RawMessage {
	only := func(has, told map[string]json.RawMessage, name func(string) string) {
		known := map[string]bool{}
		for id := range told {
			known[name(id)] = true
		}
		maps.DeleteFunc(has, func(id string, _ json.RawMessage) bool { return !known[id] })
	}
	body, told := members(got.Body), members(want.Body)
	switch want.Kind {
	case "project", kindFilter, kindDashboard:
		only(body, told, func(name string) string { return name })
	case "issue":
		fields := members(body["fields"])
		only(fields, members(told["fields"]), func(id string) string {
			if to, ok := c.job.Mapping.To("field", id); ok {
				return to
			}
			return id
		})
		body["fields"] = object(fields)
	default:
		return got.Body
	}
	return object(body)
}

// list compares records that stand in a list of their own, one by one in their order.
func (c *comparing) list(ctx context.Context, kind string, want, got []archive.Record) error {
	for i, w := range want {
		if i >= len(got) {
			c.missing(w)
			continue
		}
		if err := c.compare(ctx, w, got[i]); err != nil {
			return err
		}
	}
	for _, g := range got[min(len(want), len(got)):] {
		c.job.Diff.TooMany(kind, g.ID)
	}
	return nil
}

// named compares records that are told apart by a name, whatever their order.
func (c *comparing) named(ctx context.Context, kind string, want, got []archive.Record, name func(archive.Record) string) error {
	have := map[string]archive.Record{}
	for _, g := range got {
		if _, twice := have[name(g)]; twice {
			c.job.Diff.TooMany(kind, g.ID)
			continue
		}
		have[name(g)] = g
	}
	for _, w := range want {
		g, ok := have[name(w)]
		if !ok {
			c.missing(w)
			continue
		}
		delete(have, name(w))
		if err := c.compare(ctx, w, g); err != nil {
			return err
		}
	}
	for _, g := range got {
		if left, ok := have[name(g)]; ok && left.ID == g.ID {
			c.job.Diff.TooMany(kind, g.ID)
		}
	}
	return nil
}

func (c *comparing) missing(w archive.Record) {
	verdict := restore.Absent
	// A backup has no record of an issue that nobody watches: what is missing of it is
	// its watchers.
	if c.job.Excused(w.Kind, w.ID, "") || w.Kind == "watchers" && c.job.Excused(w.Kind, w.ID, "watchers") {
		verdict = restore.Expected
	}
	c.job.Diff.Missing(w.Kind, w.ID, verdict)
}

// project compares a project and what belongs to it but its issues.
func (c *comparing) project(ctx context.Context) error {
	want, err := collect(c.job.Archive.Container(ctx, c.batch.Container, "project", "version", "component", "projectProperty", "projectRole"))
	if err != nil {
		return err
	}
	if len(want["project"]) == 0 {
		return fmt.Errorf("compare the project %s: the backup has no record of it", c.batch.Container)
	}
	ref, ok, err := c.job.IDs.Get(ctx, "project", want["project"][0].ID)
	if err != nil {
		return err
	}
	if !ok {
		for kind, records := range want {
			for _, w := range records {
				if kind == "projectRole" && !c.job.Plan.Spec.Options.Permissions {
					continue
				}
				c.missing(w)
			}
		}
		return nil
	}
	got := map[string][]archive.Record{}
	c.there = ref.ID
	there := atlassian.Container{ID: ref.ID, Key: ref.Key, Items: -1}
	if _, err := c.target.product.ExportContainer(ctx, there, func(i atlassian.Item) error {
		got[i.Kind] = append(got[i.Kind], recordOf(i))
		return nil
	}); err != nil {
		return err
	}
	if err := c.list(ctx, "project", want["project"], got["project"]); err != nil {
		return err
	}
	for _, kind := range []string{"version", "component"} {
		if err := c.named(ctx, kind, want[kind], got[kind], nameOf); err != nil {
			return err
		}
	}
	byID := func(r archive.Record) string { return r.ID }
	if err := c.named(ctx, "projectProperty", want["projectProperty"], withoutOrigin(got["projectProperty"]), byID); err != nil {
		return err
	}
	if c.job.Plan.Spec.Options.Permissions {
		if err := c.named(ctx, "projectRole", want["projectRole"], c.mapped(want["projectRole"], got["projectRole"]), nameOf); err != nil {
			return err
		}
	}
	return c.census(ctx, there)
}

// mapped are the roles that are those of the backup in the destination, which may have others.
func (c *comparing) mapped(want, got []archive.Record) []archive.Record {
	ours := map[string]bool{}
	for _, w := range want {
		if to, ok := c.job.Mapping.To(kindRole, w.ID); ok {
			ours[to] = true
		}
	}
	return slices.DeleteFunc(slices.Clone(got), func(g archive.Record) bool { return !ours[g.ID] })
}

// census looks for issues of the destination's project that nobody restored.
func (c *comparing) census(ctx context.Context, there atlassian.Container) error {
	left := 0
	for found, err := range c.job.Archive.Container(ctx, c.batch.Container, "issue") {
		if err != nil {
			return err
		}
		if _, ok, err := c.job.IDs.Get(ctx, "issue", found.ID); err != nil {
			return err
		} else if ok {
			left--
		}
	}
	if _, err := c.target.product.Census(ctx, there, func(ids []string) error {
		left += len(ids)
		return nil
	}); err != nil {
		return err
	}
	for range max(left, 0) {
		c.job.Diff.TooMany("issue", "in "+there.Key)
	}
	return nil
}

// recordOf is what a backup would keep of an item.
func recordOf(i atlassian.Item) archive.Record {
	return archive.Record{Kind: i.Kind, ID: i.ID, Key: i.Key, Parent: i.Parent, Body: i.Body}
}

// collect gathers records by kind.
func collect(records func(func(archive.Record, error) bool)) (map[string][]archive.Record, error) {
	all := map[string][]archive.Record{}
	for r, err := range records {
		if err != nil {
			return nil, err
		}
		all[r.Kind] = append(all[r.Kind], r)
	}
	return all, nil
}

func nameOf(r archive.Record) string { return atlassian.Text(atlassian.Member(r.Body, "name")) }

// withoutOrigin leaves out the properties that the restore itself set.
func withoutOrigin(all []archive.Record) []archive.Record {
	var rest []archive.Record
	for _, r := range all {
		if !strings.HasPrefix(r.ID, "holdfast.") {
			rest = append(rest, r)
		}
	}
	return rest
}

// members are those of an object; nil where it is none.
func members(v json.RawMessage) map[string]json.RawMessage {
	var m map[string]json.RawMessage
	if json.Unmarshal(v, &m) != nil {
		return nil
	}
	return m
}
