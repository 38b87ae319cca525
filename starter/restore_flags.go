package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"holdfast/internal/backup"
	"holdfast/internal/restore"
)

// selectFlags are what a user says of which part of a backup is restored (T3).
type selectFlags struct {
	projects, spaces []string
}

func (f *selectFlags) add(cmd *cobra.Command) {
	fl := cmd.Flags()
	fl.StringArrayVar(&f.projects, "project", nil, "Jira: key of a project to restore; may be repeated (default: all)")
	fl.StringArrayVar(&f.spaces, "space", nil, "Confluence: key of a space to restore; may be repeated (default: all)")
	completeValues(cmd, "project")
	completeValues(cmd, "space")
}

// containers are the keys that were given, which must be those of the product.
func (f selectFlags) containers(p backup.Product) ([]string, error) {
	if p == backup.Confluence {
		return unique(f.spaces), otherProduct(p, "project", len(f.projects))
	}
	return unique(f.projects), otherProduct(p, "space", len(f.spaces))
}

func otherProduct(p backup.Product, flag string, given int) error {
	if given == 0 {
		return nil
	}
	of := backup.Jira
	if p == backup.Jira {
		of = backup.Confluence
	}
	return usagef("--%s is for %s, and this is a backup of %s: leave it out", flag, of, p)
}

// unique are values in their order, each once.
func unique(values []string) (all []string) {
	for _, v := range values {
		if !slices.Contains(all, v) {
			all = append(all, v)
		}
	}
	return all
}

// restoreFlags are what a user says of how and what of a backup is restored.
type restoreFlags struct {
	selectFlags
	issues, pages []string
	children      bool
	as            []string
	mapping       string // path of a mapping file
	options       restore.Options

	given func(flag string) bool
}

func (f *restoreFlags) add(cmd *cobra.Command) {
	f.selectFlags.add(cmd)
	fl := cmd.Flags()
	fl.StringArrayVar(&f.issues, "issue", nil, "Jira: key of an issue to restore, such as EE-12; may be repeated")
	fl.StringArrayVar(&f.pages, "page", nil, "Confluence: id of a page or blog post to restore; may be repeated")
	fl.BoolVar(&f.children, "with-children", false, "with the issues or pages, all that is below them")
	fl.StringArrayVar(&f.as, "as-key", nil, "key that the project or space gets in the destination: NEW where one is restored, or EE=NEW, which may be repeated")
	fl.StringVar(&f.mapping, "map", "", "JSON file that says what users and configuration are in the destination (docs/restore.md); it is put into the store")
	fl.StringVar(&f.options.FallbackUser, "fallback-user", "", "account id in place of users whom the destination does not have")
	fl.BoolVar(&f.options.NoPanels, "no-panels", false, "leave out the panels that say in the text who wrote it and when")
	fl.BoolVar(&f.options.NoAttachments, "no-attachments", false, "leave out attachments")
	fl.IntVar(&f.options.Versions, "versions", 1, "Confluence: how many of the newest versions of a page to write, one after another")
	fl.BoolVar(&f.options.Permissions, "permissions", false, "restore the permissions of spaces, the roles of projects, and the owners and shares of filters, dashboards and plans, as far as their users and groups are mapped")
	f.given = fl.Changed
	for _, name := range []string{"issue", "page", "as-key", "fallback-user", "versions"} {
		completeValues(cmd, name)
	}
}

var (
	// Project keys as Jira's API documents them ("Create project").
	jiraKey  = regexp.MustCompile(`^[A-Z][A-Z0-9]{1,9}$`)
	spaceKey = regexp.MustCompile(`^~?[A-Za-z0-9]{1,255}$`)
	issueKey = regexp.MustCompile(`^([A-Z][A-Z0-9_]*)-[1-9][0-9]*$`)
	pageID   = regexp.MustCompile(`^[1-9][0-9]*$`)
)

// apply sets in s what was given, for a backup of s.Product.
func (f restoreFlags) apply(s *restore.Spec) (err error) {
	if s.Selection, err = f.selection(s.Product); err != nil {
		return err
	}
	if f.given("versions") {
		if err := otherProduct(s.Product, "versions", map[bool]int{true: 1}[s.Product == backup.Jira]); err != nil {
			return err
		}
		if f.options.Versions < 1 {
			return usagef("--versions is %d: give how many of the newest to write, 1 or more", f.options.Versions)
		}
	}
	s.Options = f.options
	if s.Options.Versions == 1 {
		s.Options.Versions = 0
	}
	return nil
}

func (f restoreFlags) selection(p backup.Product) (s restore.Selection, err error) {
	if s.Containers, err = f.containers(p); err != nil {
		return s, err
	}
	flag, items, form := "issue", f.issues, issueKey
	if p == backup.Confluence {
		flag, items, form = "page", f.pages, pageID
		err = otherProduct(p, "issue", len(f.issues))
	} else {
		err = otherProduct(p, "page", len(f.pages))
	}
	if err != nil {
		return s, err
	}
	for _, item := range items {
		if !form.MatchString(item) {
			return s, usagef("--%s is %q: give %s", flag, item, map[string]string{"issue": "a key such as EE-12", "page": "an id, the number in its address"}[flag])
		}
	}
	s.Items, s.Children = unique(items), f.children
	switch {
	case len(s.Items) > 0 && len(s.Containers) > 0:
		return s, usagef("--%s chooses single ones, and --%s whole %s: give one of both, and restore twice for both", flag, containerFlag(p), p.Containers())
	case s.Children && len(s.Items) == 0:
		return s, usagef("--with-children needs --%s", flag)
	}
	s.As, err = f.keys(p, s)
	return s, err
}

func containerFlag(p backup.Product) string {
	if p == backup.Confluence {
		return "space"
	}
	return "project"
}

// keys are the other keys that containers get.
func (f restoreFlags) keys(p backup.Product, s restore.Selection) (map[string]string, error) {
	if len(f.as) == 0 {
		return nil, nil
	}
	chosen := chosenKeys(p, s)
	as, taken := map[string]string{}, map[string]bool{}
	for _, text := range f.as {
		from, to, named := strings.Cut(text, "=")
		if !named {
			if from, to = "", text; len(chosen) != 1 {
				return nil, usagef("--as-key %s leaves open which of the %s it is for: give %s", text, p.Containers(), whichKey(p, s, text))
			}
			from = chosen[0]
		}
		form, like := jiraKey, "2 to 10 capital letters and digits, a letter first"
		if p == backup.Confluence {
			form, like = spaceKey, "letters and digits"
		}
		switch {
		case from == "" || named && len(chosen) > 0 && !slices.Contains(chosen, from):
			return nil, usagef("--as-key %s: %q is not among what is restored: %s", text, from, chooseToo(p, s))
		case !form.MatchString(to):
			return nil, usagef("--as-key %s: %q is no key: give %s", text, to, like)
		case as[from] != "":
			return nil, usagef("--as-key gives %s two keys: give one", from)
		case taken[to]:
			return nil, usagef("--as-key gives the key %s twice: each of the %s needs its own", to, p.Containers())
		}
		as[from], taken[to] = to, true
	}
	return as, nil
}

// whichKey says how to give a key for one of several containers. Single items are not
// chosen beside whole containers.
func whichKey(p backup.Product, s restore.Selection, to string) string {
	switch {
	case len(s.Items) == 0:
		return fmt.Sprintf("KEY=%s, or choose one with --%s", to, containerFlag(p))
	case p == backup.Confluence:
		return fmt.Sprintf("KEY=%s, KEY being the key of their space", to)
	}
	return fmt.Sprintf("KEY=%s for each of %s", to, strings.Join(chosenKeys(p, s), ", "))
}

// chooseToo says what to do of a key that is not among the chosen ones.
func chooseToo(p backup.Product, s restore.Selection) string {
	if len(s.Items) == 0 {
		return fmt.Sprintf("choose it with --%s too", containerFlag(p))
	}
	if keys := chosenKeys(p, s); len(keys) > 0 {
		return "give one of " + strings.Join(keys, ", ")
	}
	return "give the key of a space before the ="
}

// chosenKeys are the keys of the containers of a selection, as far as the flags tell;
// none where all may be meant.
func chosenKeys(p backup.Product, s restore.Selection) []string {
	if len(s.Items) == 0 || p == backup.Confluence {
		return s.Containers
	}
	var keys []string
	for _, item := range s.Items {
		keys = append(keys, issueKey.FindStringSubmatch(item)[1])
	}
	return unique(keys)
}
