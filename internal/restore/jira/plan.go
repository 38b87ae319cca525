package jira

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"holdfast/internal/archive"
	"holdfast/internal/backup"
	"holdfast/internal/restore"
)

// planning is one call of Plan.
type planning struct {
	target *Target
	job    *restore.Job
	out    *restore.Planner

	selected map[string]*selected // by key of the project
	seen     []person             // users that appear in what is restored
	boards   []restore.Position
	// filters, dashboards and plans are those that are restored.
	filters, dashboards, plans []restore.Position
}

// selected is what of a project is restored.
type selected struct {
	plan   *restore.PlanContainer
	issues []issueAt // in the order of their numbers
	counts map[string]int
	// archived is how many of its versions are archived.
	archived int
}

func (p *planning) plan(ctx context.Context) error {
	if err := p.containers(ctx); err != nil {
		return err
	}
	if err := p.walk(ctx); err != nil {
		return err
	}
	if err := p.choose(); err != nil {
		return err
	}
	if err := p.mapConfiguration(ctx); err != nil {
		return err
	}
	if err := p.mapUsers(ctx); err != nil {
		return err
	}
	if err := p.findBoards(ctx); err != nil {
		return err
	}
	if err := p.findShared(ctx); err != nil {
		return err
	}
	if err := p.kinds(ctx); err != nil {
		return err
	}
	p.warn()
	return p.phases()
}

// containers fills in the projects, and what keeps them from being restored (T4).
func (p *planning) containers(ctx context.Context) error {
	spec := p.job.Plan.Spec.Selection
	wanted := slices.Clone(spec.Containers)
	for _, item := range spec.Items {
		key, _, issue := strings.Cut(item, "-")
		if !issue {
			return fmt.Errorf("%w: restore the issue %q: keys of issues look like EE-12", restore.ErrRequest, item)
		}
		wanted = append(wanted, key)
	}
	var names []string
	for _, key := range projectKeys(p.job.Archive.Manifest()) {
		for r, err := range p.job.Archive.Container(ctx, key, kindProject) {
			if err != nil {
				return err
			}
			if r.Key != "" {
				key = r.Key
			}
			if len(wanted) > 0 && !slices.Contains(wanted, key) {
				continue
			}
			c := restore.PlanContainer{ID: r.ID, Key: key, As: spec.Key(key), Name: textOf(r.Body, "name")}
			names = append(names, c.Name)
			p.job.Plan.Containers = append(p.job.Plan.Containers, c)
		}
	}
	for _, key := range wanted {
		if !slices.ContainsFunc(p.job.Plan.Containers, func(c restore.PlanContainer) bool { return c.Key == key }) {
			return fmt.Errorf("%w: restore the project %s: the backup does not have it", restore.ErrRequest, key)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(spec.As)) {
		if !slices.ContainsFunc(p.job.Plan.Containers, func(c restore.PlanContainer) bool { return c.Key == key }) {
			return fmt.Errorf("%w: give the project %s another key: it is not among those that are restored", restore.ErrRequest, key)
		}
	}
	return p.taken(ctx, names)
}

// taken marks the projects whose keys the destination has.
func (p *planning) taken(ctx context.Context, names []string) error {
	var keys []string
	for i := range p.job.Plan.Containers {
		c := &p.job.Plan.Containers[i]
		switch {
		case !validKey(c.As):
			c.Skip = "the key " + c.As + " is not one that a project can have: 2 to 10 letters and digits, capitals only"
		case slices.Contains(keys, c.As):
			c.Skip = "another project of the restore gets the key " + c.As + "; give one of them another key"
		}
		keys = append(keys, c.As)
	}
	found, err := p.target.projectsTaken(ctx, keys, names)
	if err != nil {
		return err
	}
	p.job.Plan.Fingerprint["projects"] = found.print(keys)
	p.selected = map[string]*selected{}
	for i := range p.job.Plan.Containers {
		c := &p.job.Plan.Containers[i]
		if state := found.state[c.As]; state != "" && c.Skip == "" {
			c.Skip = "the key " + c.As + " " + state + "; give the project another key to restore it beside"
		}
		if c.Skip == "" && found.names[strings.ToLower(c.Name)] {
			p.job.Plan.Warnings = append(p.job.Plan.Warnings, "the destination has a project of the name of "+c.Key+": the restored one gets its key added to its name")
		}
		p.selected[c.Key] = &selected{plan: c, counts: map[string]int{}}
	}
	return nil
}

func validKey(key string) bool {
	if len(key) < 2 || len(key) > 10 || key[0] < 'A' || key[0] > 'Z' {
		return false
	}
	return !strings.ContainsFunc(key, func(r rune) bool { return !(r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_') })
}

// projectKeys are the containers of a backup, in their order.
func projectKeys(m archive.Manifest) []string {
	var keys []string
	for _, s := range m.Segments {
		if s.Container != "" && !slices.Contains(keys, s.Container) {
			keys = append(keys, s.Container)
		}
	}
	return keys
}

// warn says what to know before the plan is applied.
func (p *planning) warn() {
	plan := p.job.Plan
	add := func(format string, args ...any) { plan.Warnings = append(plan.Warnings, fmt.Sprintf(format, args...)) }
	if plan.BackupStatus == backup.Incomplete {
		add("the backup is INCOMPLETE: what it lists as missing is not restored")
	}
	attachments, gaps, skipped := 0, 0, 0
	for _, c := range plan.Containers {
		attachments += p.selected[c.Key].counts["attachment"]
		if c.Skip != "" {
			skipped++
			continue
		}
		if !renumbered(p.out.Mapping, c.Key) {
			gaps += p.selected[c.Key].gaps()
		} else if len(plan.Spec.Selection.Items) == 0 {
			add("issues of %s get new numbers: between theirs are %d that no issue of the backup has", c.Key, p.selected[c.Key].gaps())
		}
	}
	if plan.Spec.Options.NoAttachments && attachments > 0 {
		add("%d attachments are left out", attachments)
	}
	if n := p.job.Archive.Manifest(); !n.Options.Attachments && attachments > 0 {
		add("the backup has no bytes of attachments: %d of them cannot be restored", attachments)
	}
	if gaps > 0 {
		add("%d numbers that no issue of the backup has are used up by issues that are deleted at once, so that all others keep their keys", gaps)
	}
	if len(plan.Spec.Selection.Items) > 0 {
		add("chosen issues get new keys")
	}
	if skipped > 0 {
		add("%d projects are skipped: their keys are taken in the destination", skipped)
	}
	if plan.Spec.Options.FallbackUser == "" {
		n := 0
		for row := range p.out.Mapping.All(kindUser) {
			if row.To == "" {
				n++
			}
		}
		if n > 0 {
			add("%d users of the backup are not in the destination, or not active there, and no fallback is named", n)
		}
	}
	add("people who watch what is restored, or are named in it, may be mailed by the destination")
}

// phases cuts the restore into batches.
func (p *planning) phases() error {
	if err := p.out.Phase(phaseProjects, "projects"); err != nil {
		return err
	}
	each := func(f func(key string, s *selected) error) error {
		for _, c := range p.job.Plan.Containers {
			if c.Skip == "" {
				if err := f(c.Key, p.selected[c.Key]); err != nil {
					return err
				}
			}
		}
		return nil
	}
	whole := func(key string, s *selected) error {
		return p.out.Batch(restore.Batch{Lane: key, Container: key, Items: []restore.Position{{Kind: kindProject, ID: s.plan.ID, Key: key}}})
	}
	if err := each(whole); err != nil {
		return err
	}
	for _, phase := range []struct {
		name, title string
		lanes       bool
		of          func(issueAt) bool
	}{
		{phaseIssues, "issues", true, func(issueAt) bool { return true }},
		{phaseDetails, "comments, work logs, files and statuses", false, func(issueAt) bool { return true }},
		{phaseLinks, "links between issues", false, func(i issueAt) bool { return i.links }},
	} {
		if err := p.out.Phase(phase.name, phase.title); err != nil {
			return err
		}
		if err := each(func(key string, s *selected) error {
			lane := ""
			if phase.lanes {
				lane = key
			}
			return p.out.Items(lane, key, s.positions(phase.of))
		}); err != nil {
			return err
		}
	}
	if err := p.out.Phase(phaseBoards, "boards and sprints"); err != nil {
		return err
	}
	// One project after the other: sprints of one may hold issues of another.
	if err := each(func(key string, _ *selected) error {
		var boards []restore.Position
		for _, b := range p.boards {
			if b.Parent == key {
				boards = append(boards, b)
			}
		}
		if len(boards) == 0 {
			return nil
		}
		return p.out.Batch(restore.Batch{Lane: "boards", Container: key, Items: boards})
	}); err != nil {
		return err
	}
	if err := p.sharedPhases(); err != nil {
		return err
	}
	if err := p.out.Phase(phaseVersions, "archived versions"); err != nil {
		return err
	}
	return each(func(key string, s *selected) error {
		if s.archived == 0 {
			return nil
		}
		return whole(key, s)
	})
}
