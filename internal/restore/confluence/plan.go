package confluence

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"holdfast/internal/archive"
	"holdfast/internal/restore"
)

// planning is one call of Plan.
//
// It holds of each item of the spaces that are restored where it is in the archive and in its
// tree, and its title: some 200 bytes. Texts and parts go by.
type planning struct {
	*Target
	job  *restore.Job
	plan *restore.Plan
	out  *restore.Planner
	spec restore.Spec

	kinds  *counting
	spaces []*plannedSpace
	users  map[string]person
	// items are the chosen pages that were not found yet.
	items map[string]bool
	// templates says that the backup has templates of the whole site.
	templates bool
}

// plannedSpace is a space that is restored.
type plannedSpace struct {
	id, key, home string
	nodes         []node
	levels        int
	whole         bool
}

// Plan implements restore.Target.
func (t *Target) Plan(ctx context.Context, j *restore.Job, w *restore.Planner) error {
	if j.Beat == nil {
		quiet := *j
		quiet.Beat = func(int, int64) {}
		j = &quiet
	}
	p := &planning{
		Target: t, job: j, plan: w.Plan, out: w, spec: w.Plan.Spec, users: map[string]person{}, items: map[string]bool{},
		kinds: newCounting(t.product.Kinds(), w.Plan.Spec),
	}
	for _, id := range p.spec.Selection.Items {
		p.items[id] = true
	}
	steps := []func(context.Context) error{p.containers, p.site, p.mapUsers, p.mapGroups, p.mapRoles, p.mapLevels, p.phases}
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return err
		}
	}
	p.warn()
	p.plan.Kinds = p.kinds.rows()
	var err error
	p.plan.Fingerprint, err = t.Fingerprint(ctx, &restore.Job{Plan: p.plan, Archive: j.Archive, Mapping: w.Mapping})
	return err
}

// invalid refuses what was asked for.
func invalid(format string, values ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{restore.ErrRequest}, values...)...)
}

// containers decides on each space of the backup, and walks through those that are restored.
func (p *planning) containers(ctx context.Context) error {
	keys := p.keys()
	s := p.spec.Selection
	for _, key := range s.Containers {
		if !slices.Contains(keys, key) {
			return invalid("the backup has no space %s: it has %s", key, some(keys))
		}
	}
	for key, as := range s.As {
		if !slices.Contains(keys, key) {
			return invalid("the backup has no space %s that could have the key %s", key, as)
		}
	}
	taken := map[string]string{}
	for _, key := range keys {
		named := s.All() || slices.Contains(s.Containers, key)
		if !named && len(s.Items) == 0 {
			continue
		}
		if err := p.container(ctx, key, named, taken); err != nil {
			return err
		}
	}
	if len(p.items) > 0 {
		var left []string
		for id := range p.items {
			left = append(left, id)
		}
		slices.Sort(left)
		return invalid("the backup has no page or blog post %s", some(left))
	}
	return nil
}

// keys are those of the spaces of the backup.
func (p *planning) keys() []string {
	var keys []string
	seen := map[string]bool{}
	for _, seg := range p.job.Archive.Manifest().Segments {
		if seg.Container != "" && !seen[seg.Container] {
			seen[seg.Container] = true
			keys = append(keys, seg.Container)
		}
	}
	return keys
}

// some is a list for people that does not grow.
func some(all []string) string {
	if len(all) > 10 {
		return strings.Join(all[:10], ", ") + fmt.Sprintf(" and %d more", len(all)-10)
	}
	return strings.Join(all, ", ")
}

// container decides on one space. named says that it is selected by its key, and not for some of its pages.
func (p *planning) container(ctx context.Context, key string, named bool, taken map[string]string) error {
	rec, err := p.spaceRecord(ctx, key)
	if err != nil {
		return err
	}
	as := p.spec.Selection.Key(key)
	c := restore.PlanContainer{ID: rec.ID, Key: key, As: as, Name: text(rec.Body, "name")}
	if c.Skip, err = p.skip(ctx, rec, c); err != nil {
		return err
	}
	if other, twice := taken[as]; twice {
		return invalid("the spaces %s and %s cannot both have the key %s", other, key, as)
	}
	if c.Skip != "" && named {
		p.kinds.skipAll(p.job.Archive.Manifest().Segments, key, c.Skip)
		for _, seg := range p.job.Archive.Manifest().Segments {
			if seg.Container == key {
				c.Items += seg.Records[pageKind] + seg.Records[blogKind]
			}
		}
		p.plan.Containers = append(p.plan.Containers, c)
		return nil
	}
	s := &plannedSpace{id: rec.ID, key: key, home: text(rec.Body, "homepageId"), whole: named}
	if err := p.walk(ctx, s, &c); err != nil {
		return err
	}
	if len(s.nodes) == 0 && !named {
		return nil // none of the chosen pages is in it
	}
	taken[as] = key
	p.plan.Containers = append(p.plan.Containers, c)
	if c.Skip == "" {
		p.spaces = append(p.spaces, s)
	}
	return nil
}

func (p *planning) spaceRecord(ctx context.Context, key string) (archive.Record, error) {
	for rec, err := range p.job.Archive.Container(ctx, key, spaceKind) {
		return rec, err
	}
	return archive.Record{}, nil
}

// skip says why a space is not restored; "" where it is (T4).
func (p *planning) skip(ctx context.Context, rec archive.Record, c restore.PlanContainer) (string, error) {
	if rec.ID == "" {
		return "the backup has no description of the space", nil
	}
	if strings.HasPrefix(c.As, "~") {
		return "a personal space is its owner's to create: give it another key with --as-key", nil
	}
	there, err := p.findSpace(ctx, c.As)
	if err != nil || there == nil {
		return "", err
	}
	o, err := p.readOrigin(ctx, spaceKind, text(there, "id"))
	if isRefusal(err) {
		err = nil
	}
	if err != nil || o.Restore == p.spec.ID {
		return "", err // an earlier try of this restore made it
	}
	if text(there, "status") == "archived" {
		return "the destination has an archived space of that key: give it another one with --as-key", nil
	}
	return "the destination has a space of that key: give it another one with --as-key", nil
}

// site counts what belongs to no space.
func (p *planning) site(ctx context.Context) error {
	for _, seg := range p.job.Archive.Manifest().Segments {
		if seg.Container != "" {
			continue
		}
		for kind, n := range seg.Records {
			p.kinds.site(kind, n)
			p.templates = p.templates || kind == siteTemplateKind && n > 0 && p.spec.Selection.All()
		}
	}
	if p.templates {
		return p.templatesThere(ctx)
	}
	return nil
}

// templatesThere maps the templates of the site that the destination has to those.
func (p *planning) templatesThere(ctx context.Context) error {
	have, err := p.Target.templates(ctx, "")
	if err != nil {
		return err
	}
	for rec, err := range p.job.Archive.Site(ctx, siteTemplateKind) {
		if err != nil {
			return err
		}
		name := text(rec.Body, "name")
		if have[name] == 0 {
			continue
		}
		have[name]--
		p.out.Mapping.Put(restore.Mapped{Kind: siteTemplateKind, ID: rec.ID, Name: name, To: name, ToName: name, How: restore.ByName})
		k := p.kinds.kind(siteTemplateKind)
		k.Create, k.Skip, k.Note = k.Create-1, k.Skip+1, hasTemplate
	}
	return nil
}

// warn says what to know before the restore is applied.
func (p *planning) warn() {
	for _, c := range p.plan.Containers {
		if strings.HasPrefix(c.Key, "~") && c.Skip == "" {
			p.plan.Warnings = append(p.plan.Warnings, fmt.Sprintf("The personal space %s becomes an ordinary space with the key %s.", c.Key, c.As))
		}
	}
	if n := p.kinds.archive(restrictKind); n > 0 {
		p.plan.Warnings = append(p.plan.Warnings, "The restoring account is added to each restriction of a page, so that it does not shut itself out.")
	}
	if p.kinds.archive(whiteboardKind)+p.kinds.archive(databaseKind) > 0 {
		p.plan.Warnings = append(p.plan.Warnings, "Whiteboards and databases come back empty: the API neither gives nor takes what is on them.")
	}
	if !p.spec.Options.Permissions {
		p.plan.Warnings = append(p.plan.Warnings, "Permissions of spaces are not restored: new spaces have those that the destination gives to each. Restrictions of pages are.")
	}
}
