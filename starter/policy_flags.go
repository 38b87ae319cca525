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

// policy is a policy of the target that has no options yet, nor the site's cloud id.
func (t target) policy() (backup.Policy, error) {
	site := strings.TrimRight(t.site, "/")
	id, err := backup.PolicyID(backup.Product(t.product), site)
	if err != nil {
		return backup.Policy{}, usagef("%v", err)
	}
	return backup.Policy{
		ID: id, Product: backup.Product(t.product), Site: site, Credential: t.credential, Limits: backup.DefaultLimits(),
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
	fl.StringArrayVar(&f.exclude, "exclude", nil, "key of a project or space to leave out; may be repeated")
	fl.BoolVar(&f.noRemoteLinks, "no-remote-links", false, "Jira: leave out the remote links of issues, which cost a request per issue")
	fl.BoolVar(&f.noProperties, "no-properties", false, "Jira: leave out the properties of issues, which cost a request per issue")
	fl.BoolVar(&f.personalSpaces, "personal-spaces", true, "Confluence: include the personal spaces")
	fl.StringVar(&f.versions, "versions", allVersions, "Confluence: versions of pages and blog posts to keep: all, or how many of the newest")
	fl.StringVar(&f.attachmentVersions, "attachment-versions", latestVersion, "Confluence: versions of attachments to keep: latest or all")
	fl.BoolVar(&f.adminKey, "admin-key", false, "Confluence: read restricted pages with the Admin Key, where the account may use it")
	fl.StringArrayVar(&f.customContent, "custom-content", nil, "Confluence: type of custom content to include, such as ac:com.example.app:diagram; may be repeated")
	f.given = fl.Changed
	completeValues(cmd, "versions", allVersions)
	completeValues(cmd, "attachment-versions", latestVersion, allVersions)
	completeValues(cmd, "exclude")
	completeValues(cmd, "custom-content")
	for _, name := range []string{"no-attachments", "no-remote-links", "no-properties", "personal-spaces", "admin-key"} {
		completeValues(cmd, name, "true", "false")
	}
}

// options are those that the flags describe for a policy of a product.
func (f optionFlags) options(p backup.Product) (backup.Options, error) {
	for _, other := range []backup.Product{backup.Jira, backup.Confluence} {
		for _, name := range flagsOf(other) {
			if other != p && f.given(name) {
				return backup.Options{}, usagef("--%s is for %s, and this is a policy of %s: leave it out, or give --product %s", name, other, p, other)
			}
		}
	}
	o := backup.Options{Attachments: !f.noAttachments, Exclude: f.exclude}
	if p == backup.Jira {
		o.NoRemoteLinks, o.NoProperties = f.noRemoteLinks, f.noProperties
		return o, nil
	}
	o.NoPersonalSpaces, o.AdminKey, o.CustomContent = !f.personalSpaces, f.adminKey, f.customContent
	for _, kind := range f.customContent {
		if !strings.Contains(kind, ":") {
			return o, usagef("--custom-content is %q, which is no type: give one such as ac:com.example.app:diagram", kind)
		}
	}
	if f.versions != allVersions {
		n, err := strconv.Atoi(f.versions)
		if err != nil || n < 1 {
			return o, usagef("--versions is %q: give all, or how many of the newest to keep, 1 or more", f.versions)
		}
		o.Versions = n
	}
	switch f.attachmentVersions {
	case allVersions:
		o.AttachmentVersions = true
	case latestVersion:
	default:
		return o, usagef("--attachment-versions is %q: give latest or all", f.attachmentVersions)
	}
	return o, nil
}

// completeValues lets a shell complete the values of a flag.
func completeValues(cmd *cobra.Command, flag string, values ...cobra.Completion) {
	// It fails only for a flag that does not exist, or is registered twice.
	_ = cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp))
}
