package main

import (
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"holdfast/internal/backup"
)

// target is what is to be backed up, or looked at, and as whom.
type target struct {
	site, product, credential string
}

func (t *target) add(cmd *cobra.Command) {
	fl := cmd.Flags()
	fl.StringVar(&t.site, "site", "", "address of the site, such as https://acme.atlassian.net")
	fl.StringVar(&t.product, "product", string(backup.Jira), "product of the site: jira or confluence")
	fl.StringVar(&t.credential, "credential", "", "name of the credential, as the workers know it")
	for _, name := range []string{"site", "credential"} {
		_ = cmd.MarkFlagRequired(name) // fails only for a flag that does not exist
	}
	completeValues(cmd, "product", string(backup.Jira), string(backup.Confluence))
	completeValues(cmd, "site") // with nothing: a shell would offer files
	completeValues(cmd, "credential")
}

// policy is a policy of the target that holds what one holds unless flags say
// otherwise. It lacks the site's cloud id.
func (t target) policy() (backup.Policy, error) {
	site := strings.TrimRight(t.site, "/")
	id, err := backup.PolicyID(backup.Product(t.product), site)
	if err != nil {
		return backup.Policy{}, usagef("%v", err)
	}
	return backup.Policy{
		ID: id, Product: backup.Product(t.product), Site: site, Credential: t.credential,
		Options: backup.Options{Attachments: true}, Limits: backup.DefaultLimits(),
	}, nil
}

// optionFlags are what a user says of what backups hold. Each product has some.
type optionFlags struct {
	noAttachments bool
	exclude       []string

	noRemoteLinks, noProperties bool // Jira

	personalSpaces               bool // Confluence
	versions, attachmentVersions string
	adminKey                     bool
	customContent                []string

	given func(flag string) bool
	ofNew bool // the flags are of a policy that is new: its product is a flag too
}

// flagsOf are the flags that one product alone has.
func flagsOf(p backup.Product) []string {
	if p == backup.Confluence {
		return []string{"personal-spaces", "versions", "attachment-versions", "admin-key", "custom-content"}
	}
	return []string{"no-remote-links", "no-properties"}
}

// The values of --versions and --attachment-versions.
const (
	allVersions   = "all"
	latestVersion = "latest"
)

func (f *optionFlags) add(cmd *cobra.Command) {
	fl := cmd.Flags()
	fl.BoolVar(&f.noAttachments, "no-attachments", false, "leave out the bytes of attachments")
	fl.StringArrayVar(&f.exclude, "exclude", nil, "key of a project or space to leave out; may be repeated; none: none is left out")
	fl.BoolVar(&f.noRemoteLinks, "no-remote-links", false, "Jira: leave out the remote links of issues, which cost a request per issue")
	fl.BoolVar(&f.noProperties, "no-properties", false, "Jira: leave out the properties of issues, which cost a request per issue")
	fl.BoolVar(&f.personalSpaces, "personal-spaces", true, "Confluence: include the personal spaces")
	fl.StringVar(&f.versions, "versions", allVersions, "Confluence: versions of pages and blog posts to keep: all, or how many of the newest")
	fl.StringVar(&f.attachmentVersions, "attachment-versions", latestVersion, "Confluence: versions of attachments to keep: latest or all")
	fl.BoolVar(&f.adminKey, "admin-key", false, "Confluence: read restricted pages with the Admin Key, where the account may use it")
	fl.StringArrayVar(&f.customContent, "custom-content", nil, "Confluence: type of custom content to include, such as ac:com.example.app:diagram; may be repeated; none: none is included")
	f.given = fl.Changed
	f.ofNew = fl.Lookup("product") != nil
	completeValues(cmd, "versions", allVersions)
	completeValues(cmd, "attachment-versions", latestVersion, allVersions)
	completeValues(cmd, "exclude")
	completeValues(cmd, "custom-content")
	for _, name := range []string{"no-attachments", "no-remote-links", "no-properties", "personal-spaces", "admin-key"} {
		completeValues(cmd, name, "true", "false")
	}
}

// apply changes of a policy what was given.
func (f optionFlags) apply(p *backup.Policy) error {
	for _, other := range []backup.Product{backup.Jira, backup.Confluence} {
		for _, name := range flagsOf(other) {
			if other == p.Product || !f.given(name) {
				continue
			}
			do := "leave it out"
			if f.ofNew {
				do += ", or give --product " + string(other)
			}
			return usagef("--%s is for %s, and this is a policy of %s: %s", name, other, p.Product, do)
		}
	}
	o := &p.Options
	for name, change := range map[string]func() error{
		"no-attachments":  func() error { o.Attachments = !f.noAttachments; return nil },
		"exclude":         func() error { o.Exclude = listOf(f.exclude); return nil },
		"no-remote-links": func() error { o.NoRemoteLinks = f.noRemoteLinks; return nil },
		"no-properties":   func() error { o.NoProperties = f.noProperties; return nil },
		"personal-spaces": func() error { o.NoPersonalSpaces = !f.personalSpaces; return nil },
		"admin-key":       func() error { o.AdminKey = f.adminKey; return nil },
		"versions":        func() (err error) { o.Versions, err = parseVersions(f.versions); return err },
		"attachment-versions": func() (err error) {
			o.AttachmentVersions, err = parseAttachmentVersions(f.attachmentVersions)
			return err
		},
		"custom-content": func() (err error) { o.CustomContent, err = parseCustomContent(listOf(f.customContent)); return err },
	} {
		if !f.given(name) {
			continue
		}
		if err := change(); err != nil {
			return err
		}
	}
	return nil
}

func parseVersions(text string) (int, error) {
	if text == allVersions {
		return 0, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return 0, usagef("--versions is %q: give all, or how many of the newest to keep, 1 or more", text)
	}
	return n, nil
}

func parseAttachmentVersions(text string) (all bool, err error) {
	switch text {
	case allVersions:
		return true, nil
	case latestVersion:
		return false, nil
	}
	return false, usagef("--attachment-versions is %q: give latest or all", text)
}

func parseCustomContent(kinds []string) ([]string, error) {
	for _, kind := range kinds {
		if !strings.Contains(kind, ":") {
			return nil, usagef("--custom-content is %q, which is no type: give one such as ac:com.example.app:diagram", kind)
		}
	}
	return kinds, nil
}

// completeValues lets a shell complete the values of a flag.
func completeValues(cmd *cobra.Command, flag string, values ...cobra.Completion) {
	// It fails only for a flag that does not exist, or is registered twice.
	_ = cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp))
}
