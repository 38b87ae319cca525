package backup

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// SameSelection reports whether backups of o and of other hold the same containers
// where the site is the same: S6 compares no others.
func (o Options) SameSelection(other Options) bool {
	return slices.Equal(o.Exclude, other.Exclude) && o.NoPersonalSpaces == other.NoPersonalSpaces
}

// Choice is an option as people read it.
type Choice struct {
	Name  string
	Value string // "switched off" where something is left out (P1)
}

// switchedOff is the word that reports use too.
const switchedOff = "switched off"

// Choices are the options that a product has, all of them, for people.
func (o Options) Choices(p Product) []Choice {
	included := func(on bool) string {
		if on {
			return "included"
		}
		return switchedOff
	}
	all := []Choice{{"attachments", included(o.Attachments)}}
	if p == Confluence {
		all = append(all,
			Choice{"personal spaces", included(!o.NoPersonalSpaces)},
			Choice{"versions of pages", o.versions()},
			Choice{"older versions of attachments", included(o.AttachmentVersions)},
			Choice{"Admin Key", o.adminKey()},
			Choice{"custom content", o.customContent()})
	} else {
		all = append(all,
			Choice{"remote links", included(!o.NoRemoteLinks)},
			Choice{"properties of issues", included(!o.NoProperties)})
	}
	left := "none"
	if len(o.Exclude) > 0 {
		left = strings.Join(o.Exclude, ", ") + " (" + switchedOff + ")"
	}
	return append(all, Choice{p.Containers() + " left out", left})
}

func (o Options) versions() string {
	switch o.Versions {
	case 0:
		return "all"
	case 1:
		return "the current one, older ones " + switchedOff
	}
	return fmt.Sprintf("the newest %d, older ones %s", o.Versions, switchedOff)
}

func (o Options) adminKey() string {
	if o.AdminKey {
		return "used where the account may"
	}
	return switchedOff
}

func (o Options) customContent() string {
	if len(o.CustomContent) == 0 {
		return switchedOff
	}
	return "of the types " + strings.Join(o.CustomContent, ", ")
}

// validOptions lists what is wrong with the options of a product.
func validOptions(p Product, o Options) (problems []error) {
	wrong := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }
	seen := make(map[string]bool, len(o.Exclude))
	for _, key := range o.Exclude {
		if key == "" || strings.ContainsFunc(key, unicode.IsSpace) {
			wrong("excluded key %q is not a key: give the key, such as EE, and not the name", key)
		} else if seen[key] {
			wrong("key %s is excluded twice: name it once", key)
		}
		seen[key] = true
	}
	for _, s := range o.switches() {
		if s.of != p && s.set {
			wrong("%s is an option of %s, and this is a policy of %s: leave it out", s.name, s.of, p)
		}
	}
	if o.Versions < 0 {
		wrong("versions is %d: give how many to keep, or 0 for all", o.Versions)
	}
	named := make(map[string]bool, len(o.CustomContent))
	for _, kind := range o.CustomContent {
		if kind == "" || strings.ContainsFunc(kind, unicode.IsSpace) {
			wrong("type of custom content %q is none: give one such as ac:com.example.app:diagram", kind)
		} else if named[kind] {
			wrong("type of custom content %s is named twice: name it once", kind)
		}
		named[kind] = true
	}
	return problems
}

// productSwitch is an option that one product alone has.
type productSwitch struct {
	name string // in JSON
	of   Product
	set  bool
}

func (o Options) switches() []productSwitch {
	return []productSwitch{
		{"noRemoteLinks", Jira, o.NoRemoteLinks},
		{"noProperties", Jira, o.NoProperties},
		{"noPersonalSpaces", Confluence, o.NoPersonalSpaces},
		{"versions", Confluence, o.Versions != 0},
		{"attachmentVersions", Confluence, o.AttachmentVersions},
		{"adminKey", Confluence, o.AdminKey},
		{"customContent", Confluence, len(o.CustomContent) > 0},
	}
}
