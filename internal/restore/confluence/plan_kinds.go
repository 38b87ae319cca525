package confluence

import (
	"holdfast/internal/archive"
	"holdfast/internal/atlassian"
	"holdfast/internal/restore"
)

// spaceScope are the kinds that belong to a space as a whole.
var spaceScope = []string{
	spaceKind, spaceLabelKind, spacePropertyKind, permissionKind, assignmentKind, themeKind, settingsKind, lookKind,
	templateKind, watcherKind, "spaceState", defaultLevelKind,
}

// fate is what becomes of a record.
type fate int

const (
	create fate = iota
	leave
	cannot
)

// notRestored are kinds that are never restored, with the reason.
var notRestored = map[string]struct {
	fate
	note string
}{
	"adf":             {leave, "the site makes it from the text"},
	userKind:          {leave, "users are mapped to those of the destination"},
	groupKind:         {leave, "groups are mapped to those of the destination"},
	"groupMember":     {leave, "who is in a group is the destination's"},
	roleKind:          {leave, "roles are mapped to those of the destination"},
	"spaceRoleMode":   {leave, settingOfSite},
	"spacePermission": {leave, "the site makes it"},
	"systemInfo":      {leave, "it describes the site"},
	"lookAndFeel":     {leave, settingOfSite},
	"theme":           {leave, settingOfSite},
	"selectedTheme":   {leave, settingOfSite},
	levelKind:         {leave, "levels are mapped to those of the destination"},
	"adminKey":        {leave, settingOfSite},
	"restrictedPage":  {leave, "it is a page that could not be read: the backup has nothing else of it"},
	"blueprint":       {cannot, "the API does not create templates of blueprints"},
	"like":            {cannot, "the API has no call that likes a page"},
	"spaceState":      {cannot, "the API has no call that sets them"},
}

const (
	settingOfSite = "a restore does not change settings of the whole site"
	notAsked      = "the newest version is restored: more of them with --versions"
	noPermissions = "not asked for: they are restored with --permissions"
	noFiles       = "left out, as asked for"
	partOnly      = "templates of the site are restored with the whole product alone"
)

// counting counts records by kind.
type counting struct {
	order   []string
	kinds   map[string]*restore.PlanKind
	options restore.Options
	all     bool
}

func newCounting(table []atlassian.Kind, spec restore.Spec) *counting {
	c := &counting{kinds: map[string]*restore.PlanKind{}, options: spec.Options, all: spec.Selection.All()}
	for _, k := range table {
		if c.kinds[k.Name] == nil {
			c.kinds[k.Name] = &restore.PlanKind{Kind: k.Name, Title: k.Title}
			c.order = append(c.order, k.Name)
		}
	}
	return c
}

func (c *counting) kind(name string) *restore.PlanKind {
	if c.kinds[name] == nil {
		c.kinds[name] = &restore.PlanKind{Kind: name, Title: name}
		c.order = append(c.order, name)
	}
	return c.kinds[name]
}

func (c *counting) count(kind string, n int, f fate, note string) {
	k := c.kind(kind)
	k.Archive += n
	switch f {
	case create:
		k.Create += n
	case leave:
		k.Skip += n
	case cannot:
		k.Cannot += n
	}
	if k.Note == "" && n > 0 {
		k.Note = note
	}
}

func (c *counting) skip(kind, note string) { c.count(kind, 1, leave, note) }

func (c *counting) archive(kind string) int { return c.kind(kind).Archive }

// skipAll counts all records of a space that is not restored.
func (c *counting) skipAll(segments []archive.Segment, key, note string) {
	for _, s := range segments {
		if s.Container == key {
			for kind, n := range s.Records {
				c.count(kind, n, leave, note)
			}
		}
	}
}

// site counts records that belong to no space.
func (c *counting) site(kind string, n int) {
	never, ok := notRestored[kind]
	switch {
	case ok:
		c.count(kind, n, never.fate, never.note)
	case kind == siteTemplateKind && c.all:
		c.count(kind, n, create, "")
	case kind == siteTemplateKind:
		c.count(kind, n, leave, partOnly)
	default:
		c.count(kind, n, leave, settingOfSite)
	}
}

// rows are the kinds of which the backup has any, parents before children.
func (c *counting) rows() []restore.PlanKind {
	rows := []restore.PlanKind{}
	for _, name := range c.order {
		if k := c.kinds[name]; k.Archive > 0 {
			rows = append(rows, *k)
		}
	}
	return rows
}

// tally counts the records of a space as they go by.
type tally struct {
	*counting
	of       bool // what goes by belongs to something that is restored
	current  int  // version of the item that goes by
	versions map[string]int
}

// add counts a record.
func (t *tally) add(rec archive.Record) {
	f, note := t.fate(rec)
	t.count(rec.Kind, 1, f, note)
}

// fate decides on a record.
func (t *tally) fate(rec archive.Record) (fate, string) {
	if never, ok := notRestored[rec.Kind]; ok {
		return never.fate, never.note
	}
	switch rec.Kind {
	case pageKind, blogKind:
		t.current = number(rec.Body, "version", "number")
		clear(t.versions)
	case versionKind:
		return t.version(number(rec.Body, "number"), t.current)
	case footerKind, footerReply, inlineKind, inlineReply:
		t.versions[rec.ID] = number(rec.Body, "version", "number")
		switch text(rec.Body, "status") {
		case "trashed", "deleted":
			t.versions[rec.ID] = notWritten
			return cannot, inTrash
		case "archived":
			t.versions[rec.ID] = notWritten
			return cannot, inArchive
		}
	case remarkVersion:
		return t.version(number(rec.Body, "number"), t.versions[rec.Parent])
	case attachmentKind, olderFileKind:
		if t.options.NoAttachments {
			return leave, noFiles
		}
	case permissionKind, assignmentKind:
		if !t.options.Permissions {
			return leave, noPermissions
		}
		if why := ungrantable(rec.Body); rec.Kind == permissionKind && why != "" {
			return cannot, why
		}
	}
	return create, ""
}

// notWritten is the version of a comment that is not restored.
const notWritten = -1

// version decides on a version of a text: of as many of the newest as are asked for, the current
// one among them.
func (t *tally) version(n, current int) (fate, string) {
	if current == notWritten {
		return cannot, ofTrash
	}
	if newest := max(1, t.options.Versions); n > current-newest {
		return create, ""
	}
	return leave, notAsked
}
